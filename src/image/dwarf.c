// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Types from the DWARF of a vmlinux, read by libdw: for kernels without BTF.
 *
 * A vmlinux describes each type once in every file that uses it, some millions of entries. All are visited once, at
 * the first question (0.5 s for 600 MB), and one of each name and size is kept; enumerators are visited at the first
 * question for one.
 */
#include "image/types.h"

#if !OOM_WITH_DW

enum oom_status oom_dwarf_open(const char *path, struct oom_dwarf **ret, struct oom_error *err)
{
	*ret = NULL;
	return oom_fail(err, OOM_EFORMAT, "%s: this build reads no DWARF", path);
}

void oom_dwarf_free(struct oom_dwarf *d)
{
	(void)d;
}

enum oom_status oom_dwarf_member(struct oom_dwarf *d, const char *type, const char *path, struct oom_member *ret)
{
	(void)d, (void)type, (void)path, (void)ret;
	return OOM_ENOENT;
}

enum oom_status oom_dwarf_size(struct oom_dwarf *d, const char *type, uint32_t *ret)
{
	(void)d, (void)type, (void)ret;
	return OOM_ENOENT;
}

enum oom_status oom_dwarf_enumerator(struct oom_dwarf *d, const char *name, int64_t *ret)
{
	(void)d, (void)name, (void)ret;
	return OOM_ENOENT;
}

enum oom_status oom_dwarf_enum_each(struct oom_dwarf *d, const char *type, oom_enum_fn *each, void *arg)
{
	(void)d, (void)type, (void)each, (void)arg;
	return OOM_ENOENT;
}

#else

#include "image/hash.h"
#include "image/symbols.h"
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAMES_MAX = 1 << 20,  // types, or enumerators, of different names
	DIES_MAX = 1 << 26,   // entries visited
	CHAIN_MAX = 32,	      // typedefs and qualifiers one behind the other
	DEPTH_MAX = 16,	      // anonymous structures in one another
	VISITS_MAX = 1 << 16, // members looked at for one path
	BYTES_MAX = 1 << 28,
};

/** A type or an enumerator that has a name. */
struct entry {
	const char *name; // libdw's
	Dwarf_Off die;
	uint32_t hash;
	int tag;
	int64_t value; // size of a structure or enum; value of an enumerator
};

struct table {
	struct entry *v;
	size_t n, cap;
	struct oom_hash index;
	bool done;
};

struct oom_dwarf {
	struct oom_elf file;
	Dwarf *dw;
	bool big_endian;
	uint8_t ptr_size;
	struct table types, enumerators;
};

/* Entries of DWARF. */

/** The next sibling; false at the end, and where the file leads back. */
static bool next_die(Dwarf_Die *die)
{
	Dwarf_Off before = dwarf_dieoffset(die);
	return dwarf_siblingof(die, die) == 0 && dwarf_dieoffset(die) > before;
}

static bool number(Dwarf_Die *die, unsigned at, uint64_t *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;
	if (!dwarf_attr_integrate(die, at, &attr) || dwarf_formudata(&attr, &value) != 0)
		return false;
	*ret = value;
	return true;
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute attr;
	return dwarf_attr_integrate(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, ret);
}

static bool is_alias(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	       tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/** The type behind typedefs and qualifiers; false if there is none (void) or no end. */
static bool resolve(Dwarf_Die die, Dwarf_Die *ret)
{
	for (int i = 0; i < CHAIN_MAX; i++) {
		Dwarf_Die next;
		if (!is_alias(dwarf_tag(&die))) {
			*ret = die;
			return true;
		}
		if (!type_of(&die, &next))
			return false;
		die = next;
	}
	return false;
}

/** Elements of an array, of all dimensions; 0 for a flexible one. */
static bool count_of(Dwarf_Die *array, uint64_t *ret)
{
	Dwarf_Die range;
	uint64_t count = 1, n;
	if (dwarf_child(array, &range) != 0)
		return false;
	do {
		if (dwarf_tag(&range) != DW_TAG_subrange_type)
			continue;
		if (number(&range, DW_AT_count, &n)) {
			count *= n <= BYTES_MAX ? n : 0;
		} else {
			// `x[0]` has no bound with some compilers, -1 with others.
			bool bound = number(&range, DW_AT_upper_bound, &n);
			count *= bound && n < BYTES_MAX ? n + 1 : 0;
		}
		if (count > BYTES_MAX)
			return false;
	} while (next_die(&range));
	*ret = count;
	return true;
}

static bool size_of(const struct oom_dwarf *d, Dwarf_Die die, uint32_t *ret)
{
	uint64_t count = 1, n, size;
	for (int i = 0; i < CHAIN_MAX; i++) {
		if (!resolve(die, &die))
			return false;
		int tag = dwarf_tag(&die);
		if (tag == DW_TAG_array_type) {
			Dwarf_Die element;
			if (!count_of(&die, &n) || !type_of(&die, &element) || (count *= n) > BYTES_MAX)
				return false;
			die = element;
			continue;
		}
		if (!number(&die, DW_AT_byte_size, &size)) {
			if (tag != DW_TAG_pointer_type)
				return false;
			size = d->ptr_size;
		}
		if (size > BYTES_MAX || size * count > BYTES_MAX)
			return false;
		*ret = (uint32_t)(size * count);
		return true;
	}
	return false;
}

static bool is_signed(Dwarf_Die die)
{
	uint64_t encoding;
	if (!resolve(die, &die))
		return false;
	if (dwarf_tag(&die) == DW_TAG_enumeration_type) {
		Dwarf_Die base;
		return type_of(&die, &base) && is_signed(base);
	}
	return number(&die, DW_AT_encoding, &encoding) && (encoding == DW_ATE_signed || encoding == DW_ATE_signed_char);
}

/* The index. */

static bool table_grow(struct table *t)
{
	size_t cap = t->cap ? 2 * t->cap : 1 << 14;
	struct entry *v = cap <= NAMES_MAX ? realloc(t->v, cap * sizeof(*v)) : NULL;
	struct oom_hash index;
	if (!v)
		return false;
	t->v = v;
	if (!oom_hash_init(&index, cap))
		return false;
	for (uint32_t i = 0; i < t->n; i++)
		oom_hash_insert(&index, v[i].hash, i);
	oom_hash_free(&t->index);
	t->index = index;
	t->cap = cap;
	return true;
}

/** Adds an entry unless it is there, with the same tag and value. */
static void table_add(struct table *t, const char *name, Dwarf_Die *die, int64_t value)
{
	uint32_t hash = oom_hash_name(name);
	int tag = dwarf_tag(die);
	struct oom_hash_walk walk = {.h = &t->index, .hash = hash};
	for (uint32_t i; oom_hash_next(&walk, &i);) {
		const struct entry *e = &t->v[i];
		if (e->tag == tag && e->value == value && (e->name == name || strcmp(e->name, name) == 0))
			return;
	}
	if (t->n == t->cap && !table_grow(t))
		return;
	t->v[t->n] = (struct entry){name, dwarf_dieoffset(die), hash, tag, value};
	if (oom_hash_insert(&t->index, hash, (uint32_t)t->n))
		t->n++;
}

static void add_type(struct oom_dwarf *d, Dwarf_Die *die)
{
	uint64_t size = 0;
	int tag = dwarf_tag(die);
	switch (tag) {
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_enumeration_type:
		if (!number(die, DW_AT_byte_size, &size)) // a declaration
			return;
		break;
	case DW_TAG_typedef:
	case DW_TAG_base_type:
		break;
	default:
		return;
	}
	const char *name = dwarf_diename(die);
	if (name)
		table_add(&d->types, name, die, (int64_t)size);
}

static bool value_of(Dwarf_Die *enumerator, int64_t *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Sword value;
	Dwarf_Word word;
	if (!dwarf_attr(enumerator, DW_AT_const_value, &attr))
		return false;
	// GCC chooses data1 … data8 for values without a sign, sdata for negative ones.
	if (dwarf_whatform(&attr) != DW_FORM_sdata && dwarf_formudata(&attr, &word) == 0)
		value = (Dwarf_Sword)word;
	else if (dwarf_formsdata(&attr, &value) != 0)
		return false;
	*ret = value;
	return true;
}

static void add_enumerators(struct oom_dwarf *d, Dwarf_Die *die)
{
	Dwarf_Die child;
	int64_t value;
	if (dwarf_tag(die) != DW_TAG_enumeration_type || dwarf_child(die, &child) != 0)
		return;
	do {
		const char *name = dwarf_diename(&child);
		if (dwarf_tag(&child) == DW_TAG_enumerator && name && value_of(&child, &value))
			table_add(&d->enumerators, name, &child, value);
	} while (next_die(&child));
}

/** Calls @p add with each entry at the top of each unit. */
static void visit(struct oom_dwarf *d, struct table *t, void (*add)(struct oom_dwarf *d, Dwarf_Die *die))
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die top, die;
	uint32_t dies = 0;
	if (t->done)
		return;
	t->done = true;
	while (dwarf_get_units(d->dw, unit, &unit, NULL, NULL, &top, NULL) == 0) {
		if (dwarf_child(&top, &die) != 0)
			continue;
		do {
			add(d, &die);
		} while (++dies < DIES_MAX && next_die(&die));
	}
}

/* Members. */

/** A member that was found: its type, where it starts in the outermost structure, bits if it is a bit field. */
struct place {
	Dwarf_Die type;
	uint64_t bit;
	uint32_t bits;
};

/** Where member @p m starts in its structure, in bits; its length if it is a bit field. */
static bool place_of(const struct oom_dwarf *d, Dwarf_Die *m, struct place *ret)
{
	uint64_t at = 0, bits = 0, bit, size;
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t n;
	if (!type_of(m, &ret->type))
		return false;
	// DWARF 2 wrote the offset as an expression; members of a union have none.
	if (!number(m, DW_AT_data_member_location, &at) && dwarf_attr(m, DW_AT_data_member_location, &attr)) {
		if (dwarf_getlocation(&attr, &ops, &n) != 0 || n != 1 || ops->atom != DW_OP_plus_uconst)
			return false;
		at = ops->number;
	}
	if (number(m, DW_AT_bit_size, &bits) && (!bits || bits > 64))
		return false;
	if (at > BYTES_MAX)
		return false;
	ret->bit = at * 8;
	ret->bits = (uint32_t)bits;
	if (bits && number(m, DW_AT_data_bit_offset, &bit)) {
		ret->bit += bit;
	} else if (bits && number(m, DW_AT_bit_offset, &bit)) { // up to DWARF 3: from the most significant bit
		uint32_t of_type;
		if (!number(m, DW_AT_byte_size, &size)) {
			if (!size_of(d, ret->type, &of_type))
				return false;
			size = of_type;
		}
		if (size > 8 || bit > 64 || bit + bits > size * 8)
			return false;
		ret->bit += d->big_endian ? bit : size * 8 - bit - bits;
	}
	return ret->bit <= (uint64_t)BYTES_MAX * 8;
}

static bool find_member(const struct oom_dwarf *d, Dwarf_Die type, const struct oom_path *path, uint64_t base,
			int depth, int *visits, struct place *ret)
{
	Dwarf_Die structure, m;
	if (depth > DEPTH_MAX || !resolve(type, &structure) || dwarf_child(&structure, &m) != 0)
		return false;
	int tag = dwarf_tag(&structure);
	if (tag != DW_TAG_structure_type && tag != DW_TAG_union_type)
		return false;
	do {
		struct place p;
		if (++*visits > VISITS_MAX)
			return false;
		if (dwarf_tag(&m) != DW_TAG_member)
			continue;
		const char *name = dwarf_diename(&m);
		bool wanted = name && strncmp(name, path->name, path->len) == 0 && !name[path->len];
		if ((name && *name && !wanted) || !place_of(d, &m, &p))
			continue;
		p.bit += base;
		if (wanted) {
			*ret = p;
			return true;
		}
		if (find_member(d, p.type, path, p.bit, depth + 1, visits, ret))
			return true;
	} while (next_die(&m));
	return false;
}

static bool fill(const struct oom_dwarf *d, struct place p, uint32_t whole, struct oom_member *ret)
{
	uint64_t count = 1, n;
	bool array = false;
	Dwarf_Die type, element;
	uint32_t size;
	*ret = (struct oom_member){0};
	for (int i = 0; resolve(p.type, &type) && dwarf_tag(&type) == DW_TAG_array_type; i++) {
		if (i >= CHAIN_MAX || !count_of(&type, &n) || (count *= n) > BYTES_MAX || !type_of(&type, &element))
			return false;
		array = true;
		p.type = element;
	}
	if (!size_of(d, p.type, &size) || (array && size * count > BYTES_MAX))
		return false;
	if (p.bits) {
		if (!oom_bitfield(p.bit, p.bits, size, d->big_endian, ret))
			return false;
	} else {
		ret->offset = (uint32_t)(p.bit / 8);
		ret->elem_size = size;
		ret->count = array ? (uint32_t)count : 0;
		ret->size = array ? (uint32_t)count * size : size;
	}
	ret->is_signed = is_signed(p.type);
	ret->known = ret->offset <= whole && ret->size <= whole - ret->offset;
	return ret->known;
}

static bool member_of(const struct oom_dwarf *d, Dwarf_Die type, const char *path, struct oom_member *ret)
{
	uint32_t whole;
	int visits = 0;
	struct place p = {.type = type};
	if (!size_of(d, type, &whole))
		return false;
	while (path) {
		struct oom_path part = oom_path_split(path);
		struct place found;
		if (p.bits || !find_member(d, p.type, &part, p.bit, 0, &visits, &found))
			return false;
		p = found;
		path = part.rest;
	}
	return fill(d, p, whole, ret);
}

/* Questions. */

/** The next type called @p name. */
static bool next_named(struct oom_dwarf *d, struct oom_hash_walk *walk, const char *name, Dwarf_Die *die)
{
	for (uint32_t i; oom_hash_next(walk, &i);)
		if (strcmp(d->types.v[i].name, name) == 0 && dwarf_offdie(d->dw, d->types.v[i].die, die))
			return true;
	return false;
}

static int rank_of(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);
	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type ? 2 : tag != DW_TAG_typedef;
}

/** As with BTF: structures before typedefs, and of those that have the member the largest answers. */
enum oom_status oom_dwarf_member(struct oom_dwarf *d, const char *type, const char *path, struct oom_member *ret)
{
	visit(d, &d->types, add_type);
	struct oom_hash_walk walk = {.h = &d->types.index, .hash = oom_hash_name(type)};
	int best_rank = -1;
	uint32_t best = 0;
	Dwarf_Die die;
	*ret = (struct oom_member){0};
	while (next_named(d, &walk, type, &die)) {
		struct oom_member m;
		uint32_t size;
		int rank = rank_of(&die);
		if (!size_of(d, die, &size) || rank < best_rank || (rank == best_rank && size <= best) ||
		    !member_of(d, die, path, &m))
			continue;
		*ret = m;
		best = size;
		best_rank = rank;
	}
	return ret->known ? OOM_OK : OOM_ENOENT;
}

enum oom_status oom_dwarf_size(struct oom_dwarf *d, const char *type, uint32_t *ret)
{
	visit(d, &d->types, add_type);
	struct oom_hash_walk walk = {.h = &d->types.index, .hash = oom_hash_name(type)};
	int best_rank = -1;
	uint32_t best = 0;
	Dwarf_Die die;
	while (next_named(d, &walk, type, &die)) {
		uint32_t size;
		int rank = rank_of(&die);
		if (size_of(d, die, &size) && (rank > best_rank || (rank == best_rank && size > best))) {
			best = size;
			best_rank = rank;
		}
	}
	if (best_rank < 0)
		return OOM_ENOENT;
	*ret = best;
	return OOM_OK;
}

/** A name that stands for different values in different enums has no answer; equal ones are in the table once. */
enum oom_status oom_dwarf_enumerator(struct oom_dwarf *d, const char *name, int64_t *ret)
{
	visit(d, &d->enumerators, add_enumerators);
	struct oom_hash_walk walk = {.h = &d->enumerators.index, .hash = oom_hash_name(name)};
	const struct entry *found = NULL;
	for (uint32_t i; oom_hash_next(&walk, &i);) {
		if (strcmp(d->enumerators.v[i].name, name) != 0)
			continue;
		if (found)
			return OOM_ENOENT;
		found = &d->enumerators.v[i];
	}
	if (!found)
		return OOM_ENOENT;
	*ret = found->value;
	return OOM_OK;
}

enum oom_status oom_dwarf_enum_each(struct oom_dwarf *d, const char *type, oom_enum_fn *each, void *arg)
{
	visit(d, &d->types, add_type);
	struct oom_hash_walk walk = {.h = &d->types.index, .hash = oom_hash_name(type)};
	Dwarf_Die named, die, child;
	while (next_named(d, &walk, type, &named)) {
		if (!resolve(named, &die) || dwarf_tag(&die) != DW_TAG_enumeration_type ||
		    dwarf_child(&die, &child) != 0)
			continue;
		do {
			const char *name = dwarf_diename(&child);
			int64_t value;
			if (name && value_of(&child, &value) && !each(arg, name, value))
				break;
		} while (next_die(&child));
		return OOM_OK;
	}
	return OOM_ENOENT;
}

enum oom_status oom_dwarf_open(const char *path, struct oom_dwarf **ret, struct oom_error *err)
{
	struct oom_dwarf *d = calloc(1, sizeof(*d));
	if (!d)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	enum oom_status status = oom_elf_open(path, &d->file, err);
	const char *ident = status == OOM_OK ? elf_getident(d->file.elf, NULL) : NULL;
	if (ident) {
		d->big_endian = ident[EI_DATA] == ELFDATA2MSB;
		d->ptr_size = ident[EI_CLASS] == ELFCLASS32 ? 4 : 8;
		d->dw = dwarf_begin_elf(d->file.elf, DWARF_C_READ, NULL);
	}
	if (status == OOM_OK && !d->dw)
		status = oom_fail(err, OOM_ENOENT, "%s: neither BTF nor DWARF in it", path);
	if (status != OOM_OK) {
		oom_dwarf_free(d);
		return status;
	}
	*ret = d;
	return OOM_OK;
}

void oom_dwarf_free(struct oom_dwarf *d)
{
	if (!d)
		return;
	if (d->dw)
		dwarf_end(d->dw);
	oom_elf_close(&d->file);
	free(d->types.v);
	free(d->enumerators.v);
	oom_hash_free(&d->types.index);
	oom_hash_free(&d->enumerators.index);
	free(d);
}

#endif
