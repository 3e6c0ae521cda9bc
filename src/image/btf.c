// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Types from BTF (Documentation/bpf/btf.rst), read by libbpf.
 *
 * libbpf 1.1.2 checks that each type lies within the section, not what it says: sizes, offsets, and type numbers are
 * checked here, chains and nesting are bounded. It takes the header's length on trust, so that is checked before.
 */
#include "case/files.h"
#include "image/types.h"
#include "image/hash.h"
#include "image/symbols.h"
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CHAIN_MAX = 32,	      // typedefs, qualifiers and arrays one behind the other
	DEPTH_MAX = 16,	      // anonymous structures in one another
	VISITS_MAX = 1 << 16, // members looked at for one path; struct task_struct has 300
	SIZE_MAX_BYTES = 1 << 28,
	BATCH = 256, // names hashed before they are inserted
};

/** An enumerator: number @p at of the enum @p type. */
struct enumerator {
	uint32_t type, at;
};

struct oom_btf {
	struct btf *btf;
	uint32_t nr_types;
	uint32_t first; // number of the first type that is its own: 1, or behind those of the kernel that it continues
	uint32_t ptr_size;
	uint32_t *named; // numbers of the types with a name
	size_t nr_named;
	uint32_t *enums; // numbers of the enums, named or not
	size_t nr_enums;
	struct oom_hash names; // name -> index of named[]
	struct enumerator *enumerators;
	size_t nr_enumerators;
	struct oom_hash enumerator_names; // made at the first question
	bool enumerators_done;
	bool signed_enums; // this BTF tells signed enums from unsigned ones
};

/* Types. */

static const struct btf_type *type_of(const struct oom_btf *b, uint32_t id)
{
	return id && id < b->nr_types ? btf__type_by_id(b->btf, id) : NULL;
}

static const char *name_at(const struct oom_btf *b, uint32_t offset)
{
	const char *name = btf__name_by_offset(b->btf, offset);
	return name ? name : "";
}

static bool is_alias(const struct btf_type *t)
{
	return btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t);
}

/** The number of the type behind typedefs and qualifiers; 0. */
static uint32_t resolve(const struct oom_btf *b, uint32_t id)
{
	for (int i = 0; i < CHAIN_MAX; i++) {
		const struct btf_type *t = type_of(b, id);
		if (!t)
			return 0;
		if (!is_alias(t))
			return id;
		id = t->type;
	}
	return 0;
}

/** Bytes of a type; false if it has no size (void, a function), or an impossible one. */
static bool size_of(const struct oom_btf *b, uint32_t id, uint32_t *ret)
{
	uint64_t count = 1;
	for (int i = 0; i < CHAIN_MAX; i++) {
		const struct btf_type *t = type_of(b, resolve(b, id));
		if (!t)
			return false;
		uint64_t size = t->size;
		switch (btf_kind(t)) {
		case BTF_KIND_ARRAY:
			count *= btf_array(t)->nelems;
			if (count > SIZE_MAX_BYTES)
				return false;
			id = btf_array(t)->type;
			continue;
		case BTF_KIND_PTR:
			size = b->ptr_size;
			break;
		case BTF_KIND_INT:
		case BTF_KIND_FLOAT:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			break;
		default:
			return false;
		}
		if (size > SIZE_MAX_BYTES || size * count > SIZE_MAX_BYTES)
			return false;
		*ret = (uint32_t)(size * count);
		return true;
	}
	return false;
}

static bool is_signed(const struct oom_btf *b, uint32_t id)
{
	const struct btf_type *t = type_of(b, resolve(b, id));
	if (t && btf_is_int(t))
		return btf_int_encoding(t) & BTF_INT_SIGNED;
	return t && btf_is_any_enum(t) && btf_kflag(t);
}

/* Members. */

/** A member that was found: its type, where it starts in the outermost structure, bits if it is a bit field. */
struct place {
	uint32_t type;
	uint64_t bit; // from the start
	uint32_t bits;
};

/** Looks for @p name among the members of structure @p id, which starts at bit @p base, through anonymous members. */
static bool find_member(const struct oom_btf *b, uint32_t id, const struct oom_path *path, uint64_t base, int depth,
			int *visits, struct place *ret)
{
	const struct btf_type *t = type_of(b, id);
	if (!t || !btf_is_composite(t) || depth > DEPTH_MAX)
		return false;
	const struct btf_member *m = btf_members(t);
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		if (++*visits > VISITS_MAX)
			return false;
		const char *name = name_at(b, m[i].name_off);
		uint64_t bit = base + btf_member_bit_offset(t, i);
		if (!*name) {
			if (find_member(b, resolve(b, m[i].type), path, bit, depth + 1, visits, ret))
				return true;
		} else if (strncmp(name, path->name, path->len) == 0 && !name[path->len]) {
			*ret = (struct place){m[i].type, bit, btf_member_bitfield_size(t, i)};
			return true;
		}
	}
	return false;
}

/** Bits of an int type that is narrower than its bytes: how bit fields were written before kind_flag (5.0). */
static void old_bitfield(const struct oom_btf *b, struct place *p)
{
	const struct btf_type *t = type_of(b, resolve(b, p->type));
	if (!p->bits && t && btf_is_int(t) && btf_int_bits(t) && btf_int_bits(t) < 8 * t->size) {
		p->bits = btf_int_bits(t);
		p->bit += btf_int_offset(t);
	}
}

/** An array of arrays counts its innermost elements. */
static bool fill_array(const struct oom_btf *b, struct place *p, struct oom_member *ret)
{
	uint64_t count = 1;
	const struct btf_type *t;
	bool array = false;
	for (int i = 0; (t = type_of(b, resolve(b, p->type))) && btf_is_array(t); i++) {
		count *= btf_array(t)->nelems;
		if (i >= CHAIN_MAX || count > SIZE_MAX_BYTES)
			return false;
		array = true;
		p->type = btf_array(t)->type;
	}
	if (!size_of(b, p->type, &ret->elem_size))
		return false;
	ret->count = array ? (uint32_t)count : 0;
	ret->size = array ? (uint32_t)count * ret->elem_size : ret->elem_size;
	return true;
}

/** The member that was found in a structure of @p whole bytes, which it must not leave. */
static bool fill(const struct oom_btf *b, struct place p, uint32_t whole, struct oom_member *ret)
{
	uint32_t size;
	bool big = btf__endianness(b->btf) == BTF_BIG_ENDIAN;
	*ret = (struct oom_member){0};
	old_bitfield(b, &p);
	if (p.bits) {
		if (!size_of(b, p.type, &size) || !oom_bitfield(p.bit, p.bits, size, big, ret))
			return false;
	} else {
		if (p.bit % 8 || p.bit / 8 > whole || !size_of(b, p.type, &size))
			return false;
		ret->offset = (uint32_t)(p.bit / 8);
		if (!fill_array(b, &p, ret))
			return false;
	}
	ret->is_signed = is_signed(b, p.type);
	ret->known = ret->offset <= whole && ret->size <= whole - ret->offset;
	return ret->known;
}

static bool member_of(const struct oom_btf *b, uint32_t id, const char *path, struct oom_member *ret)
{
	uint32_t whole;
	int visits = 0;
	struct place p = {.type = id};
	if (!size_of(b, id, &whole))
		return false;
	while (path) {
		struct oom_path part = oom_path_split(path);
		if (p.bits || !find_member(b, resolve(b, p.type), &part, p.bit, 0, &visits, &p))
			return false;
		path = part.rest;
	}
	return fill(b, p, whole, ret);
}

/* Names. */

/** The next type called @p name. */
static bool next_named(const struct oom_btf *b, struct oom_hash_walk *walk, const char *name, uint32_t *id)
{
	for (uint32_t i; oom_hash_next(walk, &i);) {
		*id = b->named[i];
		if (strcmp(name_at(b, type_of(b, *id)->name_off), name) == 0)
			return true;
	}
	return false;
}

/** Structures come before what else has that name. */
static int rank_of(const struct oom_btf *b, uint32_t id)
{
	const struct btf_type *t = type_of(b, id);
	return btf_is_composite(t) ? 2 : !btf_is_typedef(t);
}

/**
 * Several structures may share a name (private ones of drivers, or one whose copies pahole could not merge): of those
 * that have the member the largest answers.
 */
enum oom_status oom_btf_member(struct oom_btf *b, const char *type, const char *path, struct oom_member *ret)
{
	struct oom_hash_walk walk = {.h = &b->names, .hash = oom_hash_name(type)};
	uint32_t best = 0;
	int best_rank = -1;
	*ret = (struct oom_member){0};
	for (uint32_t id; next_named(b, &walk, type, &id);) {
		struct oom_member m;
		uint32_t size;
		int rank = rank_of(b, id);
		if (!size_of(b, id, &size) || rank < best_rank || (rank == best_rank && size <= best) ||
		    !member_of(b, id, path, &m))
			continue;
		*ret = m;
		best = size;
		best_rank = rank;
	}
	return ret->known ? OOM_OK : OOM_ENOENT;
}

enum oom_status oom_btf_size(struct oom_btf *b, const char *type, uint32_t *ret)
{
	struct oom_hash_walk walk = {.h = &b->names, .hash = oom_hash_name(type)};
	int best_rank = -1;
	uint32_t best = 0;
	for (uint32_t id; next_named(b, &walk, type, &id);) {
		uint32_t size;
		int rank = rank_of(b, id);
		if (size_of(b, id, &size) && (rank > best_rank || (rank == best_rank && size > best))) {
			best = size;
			best_rank = rank;
		}
	}
	if (best_rank < 0)
		return OOM_ENOENT;
	*ret = best;
	return OOM_OK;
}

/** Sorts out the types with a name and the enums. */
static bool collect(struct oom_btf *b)
{
	b->named = malloc(b->nr_types * sizeof(*b->named));
	b->enums = malloc(b->nr_types * sizeof(*b->enums));
	if (!b->named || !b->enums)
		return false;
	for (uint32_t id = b->first; id < b->nr_types; id++) {
		const struct btf_type *t = btf__type_by_id(b->btf, id);
		int kind = t ? btf_kind(t) : BTF_KIND_UNKN;
		bool is_enum = kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
		if (is_enum)
			b->enums[b->nr_enums++] = id;
		if (kind && t->name_off &&
		    (is_enum || kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_TYPEDEF ||
		     kind == BTF_KIND_INT))
			b->named[b->nr_named++] = id;
	}
	return true;
}

static bool index_names(struct oom_btf *b)
{
	uint32_t hashes[BATCH];
	if (!collect(b) || !oom_hash_init(&b->names, b->nr_named))
		return false;
	for (uint32_t i = 0, n; i < b->nr_named; i += n) {
		for (n = 0; n < BATCH && i + n < b->nr_named; n++)
			hashes[n] = oom_hash_name(name_at(b, type_of(b, b->named[i + n])->name_off));
		oom_hash_insert_all(&b->names, hashes, i, n);
	}
	return true;
}

/* Enumerators. */

/**
 * A value of 32 bits. pahole tells signed enums since 1.24 (kind_flag); before, only a small negative number can be
 * told from a large positive one.
 */
static int64_t value_of(const struct oom_btf *b, const struct btf_type *t, uint32_t at)
{
	if (btf_is_enum64(t))
		return (int64_t)btf_enum64_value(&btf_enum64(t)[at]);
	int32_t value = btf_enum(t)[at].val;
	if (btf_kflag(t) || (!b->signed_enums && value < 0 && value > INT16_MIN))
		return value;
	return (uint32_t)value;
}

static const char *enumerator_name(const struct oom_btf *b, const struct btf_type *t, uint32_t at)
{
	return name_at(b, btf_is_enum64(t) ? btf_enum64(t)[at].name_off : btf_enum(t)[at].name_off);
}

static void index_enumerators(struct oom_btf *b)
{
	size_t n = 0;
	b->enumerators_done = true;
	for (size_t e = 0; e < b->nr_enums; e++) {
		const struct btf_type *t = type_of(b, b->enums[e]);
		n += btf_vlen(t);
		b->signed_enums |= btf_is_enum64(t) || btf_kflag(t);
	}
	b->enumerators = malloc((n ? n : 1) * sizeof(*b->enumerators));
	if (!b->enumerators || !oom_hash_init(&b->enumerator_names, n))
		return;
	for (size_t e = 0; e < b->nr_enums; e++) {
		const struct btf_type *t = type_of(b, b->enums[e]);
		for (uint32_t i = 0; i < btf_vlen(t); i++) {
			uint32_t hash = oom_hash_name(enumerator_name(b, t, i));
			b->enumerators[b->nr_enumerators] = (struct enumerator){b->enums[e], i};
			oom_hash_insert(&b->enumerator_names, hash, (uint32_t)b->nr_enumerators++);
		}
	}
}

/** A name that stands for different values in different enums (Opt_uid, NONE) has no answer. */
enum oom_status oom_btf_enumerator(struct oom_btf *b, const char *name, int64_t *ret)
{
	if (!b->enumerators_done)
		index_enumerators(b);
	struct oom_hash_walk walk = {.h = &b->enumerator_names, .hash = oom_hash_name(name)};
	bool found = false;
	int64_t value = 0;
	for (uint32_t i; oom_hash_next(&walk, &i);) {
		const struct enumerator *e = &b->enumerators[i];
		const struct btf_type *t = type_of(b, e->type);
		if (strcmp(enumerator_name(b, t, e->at), name) != 0)
			continue;
		if (found && value != value_of(b, t, e->at))
			return OOM_ENOENT;
		value = value_of(b, t, e->at);
		found = true;
	}
	if (!found)
		return OOM_ENOENT;
	*ret = value;
	return OOM_OK;
}

enum oom_status oom_btf_enum_each(struct oom_btf *b, const char *type, oom_enum_fn *each, void *arg)
{
	struct oom_hash_walk walk = {.h = &b->names, .hash = oom_hash_name(type)};
	if (!b->enumerators_done)
		index_enumerators(b);
	for (uint32_t id; next_named(b, &walk, type, &id);) {
		const struct btf_type *t = type_of(b, resolve(b, id));
		if (!t || !btf_is_any_enum(t) || !btf_vlen(t))
			continue;
		for (uint32_t i = 0; i < btf_vlen(t); i++)
			if (!each(arg, enumerator_name(b, t, i), value_of(b, t, i)))
				break;
		return OOM_OK;
	}
	return OOM_ENOENT;
}

/* Opening. */

/** The header, in the host's byte order; false if it or its two sections do not lie within @p len bytes: what libbpf
 * 1.1.2 does not look at. */
static bool read_header(const void *data, size_t len, struct btf_header *h)
{
	if (len < sizeof(*h))
		return false;
	memcpy(h, data, sizeof(*h));
	if (h->magic == bswap_16(BTF_MAGIC)) {
		h->hdr_len = bswap_32(h->hdr_len);
		h->type_off = bswap_32(h->type_off);
		h->type_len = bswap_32(h->type_len);
		h->str_off = bswap_32(h->str_off);
		h->str_len = bswap_32(h->str_len);
	} else if (h->magic != BTF_MAGIC) {
		return false;
	}
	if (h->hdr_len < sizeof(*h) || h->hdr_len > len)
		return false;
	uint64_t room = len - h->hdr_len;
	return (uint64_t)h->type_off + h->type_len <= h->str_off && (uint64_t)h->str_off + h->str_len <= room;
}

/**
 * A module's BTF behind the kernel's as one: it counts types and strings on from there. (libbpf exports a function for
 * that only in later versions.) The result is to be freed; NULL.
 */
static void *append(const struct oom_btf *base, const void *data, size_t len, size_t *ret_len)
{
	uint32_t base_len;
	const uint8_t *first = btf__raw_data(base->btf, &base_len), *second = data;
	struct btf_header a, b;
	uint16_t magics[2];
	if (!first || !read_header(first, base_len, &a) || !read_header(second, len, &b))
		return NULL;
	memcpy(&magics[0], first, 2);
	memcpy(&magics[1], second, 2);
	size_t total = sizeof(a) + (size_t)a.type_len + b.type_len + a.str_len + b.str_len;
	uint8_t *both = magics[0] == magics[1] && total <= OOM_BTF_MAX ? malloc(total) : NULL;
	if (!both)
		return NULL;
	bool swap = magics[0] != BTF_MAGIC;
	struct btf_header h = {.magic = magics[0], .version = a.version};
	uint32_t types = a.type_len + b.type_len, strings = a.str_len + b.str_len;
	h.hdr_len = swap ? bswap_32((uint32_t)sizeof(h)) : (uint32_t)sizeof(h);
	h.type_len = swap ? bswap_32(types) : types;
	h.str_off = h.type_len;
	h.str_len = swap ? bswap_32(strings) : strings;
	uint8_t *at = both;
	memcpy(at, &h, sizeof(h));
	at += sizeof(h);
	memcpy(at, first + a.hdr_len + a.type_off, a.type_len);
	at += a.type_len;
	memcpy(at, second + b.hdr_len + b.type_off, b.type_len);
	at += b.type_len;
	memcpy(at, first + a.hdr_len + a.str_off, a.str_len);
	at += a.str_len;
	memcpy(at, second + b.hdr_len + b.str_off, b.str_len);
	*ret_len = total;
	return both;
}

/** Types of @p data; names are indexed from number @p first on. */
static enum oom_status new_btf(const void *data, size_t len, uint32_t ptr_size, uint32_t first, struct oom_btf **ret,
			       struct oom_error *err)
{
	struct btf_header h;
	if (len > OOM_BTF_MAX || !read_header(data, len, &h))
		return oom_fail(err, OOM_EDAMAGE, "BTF: its header is damaged");
	struct oom_btf *b = calloc(1, sizeof(*b));
	if (!b)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	// libbpf prints what it does not like to standard error.
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	b->btf = btf__new(data, (uint32_t)len);
	libbpf_set_print(print);
	long error = b->btf ? libbpf_get_error(b->btf) : -errno;
	if (error) {
		b->btf = NULL;
		oom_btf_free(b);
		if (error == -ENOMEM)
			return oom_fail(err, OOM_ENOMEM, "out of memory for the BTF");
		return oom_fail(err, OOM_EDAMAGE, "BTF: libbpf %s cannot read it: %s", libbpf_version_string(),
				strerror((int)-error));
	}
	b->nr_types = btf__type_cnt(b->btf);
	b->first = first;
	b->ptr_size = ptr_size;
	if (!index_names(b)) {
		oom_btf_free(b);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	*ret = b;
	return OOM_OK;
}

enum oom_status oom_btf_new(const void *data, size_t len, uint32_t ptr_size, struct oom_btf **ret,
			    struct oom_error *err)
{
	return new_btf(data, len, ptr_size, 1, ret, err);
}

enum oom_status oom_btf_new_split(const void *data, size_t len, const struct oom_btf *base, struct oom_btf **ret,
				  struct oom_error *err)
{
	size_t both_len;
	void *both = append(base, data, len, &both_len);
	if (!both)
		return oom_fail(err, OOM_EDAMAGE, "BTF of a module: its header is damaged");
	enum oom_status status = new_btf(both, both_len, base->ptr_size, base->nr_types, ret, err);
	free(both);
	return status;
}

void oom_btf_free(struct oom_btf *b)
{
	if (!b)
		return;
	btf__free(b->btf);
	free(b->named);
	free(b->enums);
	free(b->enumerators);
	oom_hash_free(&b->names);
	oom_hash_free(&b->enumerator_names);
	free(b);
}

/** A raw BTF file at @p fd. */
static enum oom_status open_raw(int fd, const char *path, uint32_t ptr_size, struct oom_btf **ret,
				struct oom_error *err)
{
	off_t len = lseek(fd, 0, SEEK_END);
	void *data = len > 0 && len <= OOM_BTF_MAX ? malloc((size_t)len) : NULL;
	enum oom_status status = OOM_EFORMAT;
	struct oom_error own = {0};
	if (data && pread(fd, data, (size_t)len, 0) == len)
		status = oom_btf_new(data, (size_t)len, ptr_size, ret, &own);
	else
		oom_fail(&own, status, "not a BTF file");
	if (status != OOM_OK)
		oom_fail(err, status, "%s: %s", path, own.text);
	free(data);
	return status;
}

enum oom_status oom_btf_open(const char *path, uint32_t ptr_size, struct oom_btf **ret, struct oom_error *err)
{
	uint16_t magic = 0;
	int fd = oom_open_file(path, O_NONBLOCK); // a pipe in its place must not block us for ever
	if (fd < 0)
		return oom_fail(err, OOM_EOPEN, "%s: %s", path, strerror(errno));
	if (pread(fd, &magic, sizeof(magic), 0) == sizeof(magic) &&
	    (magic == BTF_MAGIC || magic == bswap_16(BTF_MAGIC))) {
		enum oom_status status = open_raw(fd, path, ptr_size, ret, err);
		close(fd);
		return status;
	}
	close(fd);
	OOM_ELF e = {.fd = -1};
	enum oom_status status = oom_elf_open(path, &e, err);
	if (status != OOM_OK)
		return status;
	Elf_Data *data = oom_elf_section(&e, ".BTF");
	if (!data || !data->d_buf)
		return oom_fail(err, OOM_ENOENT, "%s: no section .BTF", path);
	return oom_btf_new(data->d_buf, data->d_size, ptr_size, ret, err);
}
