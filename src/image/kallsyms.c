// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * kallsyms: all names are read and hashed once, token by token and without being written out; addresses are read one
 * by one as they are asked for, so that a report touches few pages of the address table.
 */
#include "image/kallsyms.h"
#include "image/hash.h"
#include <stdlib.h>
#include <string.h>

enum {
	NAMES_MAX = 64 << 20, // bytes; 187,000 names take 2.8 MB
	TOKENS = 256,
	NO_BLOCK = -1, // as uint32_t: a block of names that is damaged
};

struct oom_kallsyms {
	struct oom_image *image;
	uint32_t n, nr_blocks, lost;
	uint8_t *names; // as in the image, from the first name to the token table: the markers stand at the end
	size_t names_len;
	uint32_t *block; // where each 256th name starts in names
	uint8_t *holes;	 // a byte for each page of names
	size_t nr_holes;
	char *tokens;
	uint16_t token[TOKENS], token_len[TOKENS];
	struct oom_kallsyms_place place;
	struct oom_hash index;
};

/** Hashes of the tokens, for the time of indexing. */
struct token_hashes {
	uint64_t whole[TOKENS]; // of the token
	uint64_t first[TOKENS]; // of the token without its first character, the symbol's type
	uint64_t power[TOKENS]; // OOM_HASH_BASE to the power of its length
};

size_t oom_read_sparse(struct oom_image *image, uint64_t addr, uint8_t *buf, size_t len, uint8_t *holes)
{
	if (oom_read(image, addr, buf, len) == OOM_OK)
		return 0;
	size_t failed = 0, page = image->info.page_size;
	for (size_t done = 0, i = 0; done < len; i++) {
		size_t piece = page - (size_t)((addr + done) % page);
		if (piece > len - done)
			piece = len - done;
		if (oom_read(image, addr + done, buf + done, piece) != OOM_OK) {
			memset(buf + done, 0, piece);
			failed++;
			if (holes)
				holes[i] = 1;
		}
		done += piece;
	}
	return failed;
}

bool oom_kallsyms_from_vmcoreinfo(const struct oom_image *image, struct oom_kallsyms_tables *ret)
{
	const struct oom_vmcoreinfo *info = image->vmcoreinfo;
	int64_t names, num_syms, table, index, array, base;
	*ret = (struct oom_kallsyms_tables){0};
	if (!oom_vmcoreinfo_number(info, "SYMBOL", "kallsyms_names", &names) ||
	    !oom_vmcoreinfo_number(info, "SYMBOL", "kallsyms_num_syms", &num_syms) ||
	    !oom_vmcoreinfo_number(info, "SYMBOL", "kallsyms_token_table", &table) ||
	    !oom_vmcoreinfo_number(info, "SYMBOL", "kallsyms_token_index", &index))
		return false;
	ret->names = (uint64_t)names;
	ret->num_syms_at = (uint64_t)num_syms;
	ret->token_table = (uint64_t)table;
	ret->token_index = (uint64_t)index;
	if (oom_vmcoreinfo_number(info, "SYMBOL", "kallsyms_addresses", &array))
		ret->place[ret->places++] =
			(struct oom_kallsyms_place){.kind = OOM_KALLSYMS_ABSOLUTE, .array = (uint64_t)array};
	if (!oom_vmcoreinfo_number(info, "SYMBOL", "kallsyms_offsets", &array))
		return ret->places > 0;
	if (oom_vmcoreinfo_number(info, "SYMBOL", "kallsyms_relative_base", &base)) {
		struct oom_kallsyms_place place = {OOM_KALLSYMS_RELATIVE, (uint64_t)array, (uint64_t)base, 0};
		ret->place[ret->places++] = place;
		place.kind = OOM_KALLSYMS_PERCPU;
		ret->place[ret->places++] = place;
	}
	ret->place[ret->places++] = (struct oom_kallsyms_place){.kind = OOM_KALLSYMS_PLACE, .array = (uint64_t)array};
	return true;
}

/* Names. */

/**
 * The name at *@p pos of names: its tokens and their number; moves *@p pos behind it. A length of 128 and more takes
 * two bytes since 6.1 (73bbb94466fd); before, names had at most 128 characters and none so long without any token of
 * two, so that the rule holds for those kernels too. No name is empty. False: there is no name here.
 */
static bool next_name(const struct oom_kallsyms *k, size_t *pos, const uint8_t **tokens, size_t *len)
{
	size_t at = *pos;
	if (at >= k->names_len)
		return false;
	size_t n = k->names[at++];
	if (n & 0x80) {
		if (at >= k->names_len)
			return false;
		n = (n & 0x7f) | (size_t)k->names[at++] << 7;
	}
	if (!n || n > k->names_len - at)
		return false;
	*tokens = k->names + at;
	*len = n;
	*pos = at + n;
	return true;
}

/** Name number @p i; false if its block is damaged. */
static bool name_of(const struct oom_kallsyms *k, uint32_t i, const uint8_t **tokens, size_t *len)
{
	size_t pos = k->block[i / OOM_KALLSYMS_BLOCK];
	if (pos == (uint32_t)NO_BLOCK)
		return false;
	for (uint32_t skip = i % OOM_KALLSYMS_BLOCK + 1; skip; skip--)
		if (!next_name(k, &pos, tokens, len))
			return false;
	return true;
}

/** Is symbol @p i called @p name? Its type letter to @p type. */
static bool name_is(const struct oom_kallsyms *k, uint32_t i, const char *name, char *type)
{
	const uint8_t *tokens;
	size_t len;
	if (!name_of(k, i, &tokens, &len) || !k->token_len[tokens[0]])
		return false;
	*type = k->tokens[k->token[tokens[0]]];
	for (size_t t = 0; t < len; t++) {
		size_t skip = t == 0, n = k->token_len[tokens[t]] - skip;
		// strncmp: the name may end within the token.
		if (strncmp(name, k->tokens + k->token[tokens[t]] + skip, n) != 0)
			return false;
		name += n;
	}
	return *name == '\0';
}

/** Reads the 256 tokens. */
static enum oom_status load_tokens(struct oom_kallsyms *k, const struct oom_kallsyms_tables *tables,
				   struct oom_error *err)
{
	uint8_t index[TOKENS * 2];
	size_t len = (size_t)(tables->token_index - tables->token_table);
	if (tables->token_index <= tables->token_table || len > OOM_KALLSYMS_TOKENS_MAX)
		return oom_fail(err, OOM_EDAMAGE, "kallsyms: the token table's length is impossible");
	k->tokens = malloc(len + 1);
	if (!k->tokens)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	if (oom_read(k->image, tables->token_table, k->tokens, len) != OOM_OK ||
	    oom_read(k->image, tables->token_index, index, sizeof(index)) != OOM_OK)
		return oom_fail(err, OOM_EREAD, "kallsyms: its token table is not in the dump");
	k->tokens[len] = '\0';
	for (size_t i = 0; i < TOKENS; i++) {
		size_t at = (size_t)oom_get_uint(k->image, index + 2 * i, 2);
		if (at >= len)
			return oom_fail(err, OOM_EDAMAGE, "kallsyms: token %zu lies outside the table", i);
		k->token[i] = (uint16_t)at;
		k->token_len[i] = (uint16_t)strlen(k->tokens + at);
	}
	return OOM_OK;
}

static enum oom_status load_names(struct oom_kallsyms *k, const struct oom_kallsyms_tables *tables,
				  struct oom_error *err)
{
	uint32_t n;
	if (oom_read_u32(k->image, tables->num_syms_at, &n) != OOM_OK)
		return oom_fail(err, OOM_EREAD, "kallsyms: its tables are not in the dump");
	k->names_len = (size_t)(tables->token_table - tables->names);
	if (!n || n > OOM_KALLSYMS_MAX || tables->token_table <= tables->names || k->names_len > NAMES_MAX ||
	    k->names_len < 2 * (size_t)n)
		return oom_fail(err, OOM_EDAMAGE, "kallsyms: %u symbols in %zu bytes are impossible", n, k->names_len);
	k->n = n;
	k->nr_blocks = (n + OOM_KALLSYMS_BLOCK - 1) / OOM_KALLSYMS_BLOCK;
	k->names = malloc(k->names_len);
	k->block = malloc(k->nr_blocks * sizeof(*k->block));
	k->holes = calloc(k->names_len / k->image->info.page_size + 2, 1);
	if (!k->names || !k->block || !k->holes)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	k->nr_holes = oom_read_sparse(k->image, tables->names, k->names, k->names_len, k->holes);
	return OOM_OK;
}

/* Markers. */

/** Fills block[] from the markers of @p width bytes at @p at of names, if they can be that. */
static bool take_markers(struct oom_kallsyms *k, size_t at, size_t width)
{
	uint64_t before = 0;
	for (uint32_t i = 0; i < k->nr_blocks; i++) {
		uint64_t marker = oom_get_uint(k->image, k->names + at + i * width, width);
		if (i ? marker < before + 2 * OOM_KALLSYMS_BLOCK : marker != 0)
			return false;
		if (marker >= at)
			return false;
		k->block[i] = (uint32_t)marker;
		before = marker;
	}
	return true;
}

/**
 * Looks for the markers before the token table. They are not in VMCOREINFO, and without damage not needed; where a
 * page of names is missing they tell where the names go on. Since 6.2 (60443c88f3a8, 19bd8981dc2e) and up to 6.3 the
 * table seqs_of_names, 3 bytes a symbol, stands between the two.
 */
static bool find_markers(struct oom_kallsyms *k)
{
	const size_t behind[] = {0, 3 * (size_t)k->n};
	for (size_t b = 0; b < 2; b++)
		for (size_t width = 4; width <= k->image->info.ptr_size; width += 4)
			for (size_t pad = 0; pad < 8; pad += b ? 1 : 4) {
				size_t need = behind[b] + pad + k->nr_blocks * width;
				if (need <= k->names_len && take_markers(k, k->names_len - need, width))
					return true;
			}
	return false;
}

/* The index. */

static void hash_tokens(const struct oom_kallsyms *k, struct token_hashes *h)
{
	for (size_t t = 0; t < TOKENS; t++) {
		const char *token = k->tokens + k->token[t];
		h->whole[t] = h->first[t] = 0;
		h->power[t] = 1;
		for (size_t i = 0; i < k->token_len[t]; i++) {
			h->whole[t] = oom_hash_add(h->whole[t], (uint8_t)token[i]);
			h->power[t] *= OOM_HASH_BASE;
			if (i)
				h->first[t] = oom_hash_add(h->first[t], (uint8_t)token[i]);
		}
	}
}

static bool touches_hole(const struct oom_kallsyms *k, uint64_t names, size_t from, size_t to)
{
	uint64_t page = k->image->info.page_size, skew = names % page;
	for (uint64_t p = (skew + from) / page; k->nr_holes && p <= (skew + to - 1) / page; p++)
		if (k->holes[p])
			return true;
	return false;
}

/** Behind the last of the @p n names at @p pos; 0 if one of them is damaged. */
static size_t block_end(const struct oom_kallsyms *k, uint64_t names, size_t pos, uint32_t n)
{
	const uint8_t *tokens;
	size_t start = pos, len;
	for (uint32_t i = 0; i < n; i++)
		if (!next_name(k, &pos, &tokens, &len))
			return 0;
	return touches_hole(k, names, start, pos) ? 0 : pos;
}

static void index_block(struct oom_kallsyms *k, const struct token_hashes *h, uint32_t first, size_t pos, uint32_t n)
{
	uint32_t hashes[OOM_KALLSYMS_BLOCK];
	const uint8_t *tokens;
	size_t len;
	for (uint32_t i = 0; i < n && next_name(k, &pos, &tokens, &len); i++) {
		uint64_t hash = h->first[tokens[0]];
		for (size_t t = 1; t < len; t++)
			hash = hash * h->power[tokens[t]] + h->whole[tokens[t]];
		hashes[i] = oom_hash_finish(hash);
	}
	oom_hash_insert_all(&k->index, hashes, first, n);
}

/** Indexes block by block; a block that does not end where the next one starts is left out. */
static enum oom_status index_names(struct oom_kallsyms *k, uint64_t names, struct oom_error *err)
{
	struct token_hashes hashes;
	hash_tokens(k, &hashes);
	if (!oom_hash_init(&k->index, k->n))
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	bool markers = find_markers(k);
	size_t pos = 0;
	for (uint32_t b = 0; b < k->nr_blocks; b++) {
		uint32_t first = b * OOM_KALLSYMS_BLOCK, n = k->n - first;
		if (n > OOM_KALLSYMS_BLOCK)
			n = OOM_KALLSYMS_BLOCK;
		if (markers)
			pos = k->block[b];
		bool lost = !markers && b && !pos;
		size_t end = lost ? 0 : block_end(k, names, pos, n);
		if (!end || (markers && b + 1 < k->nr_blocks && end != k->block[b + 1])) {
			k->block[b] = (uint32_t)NO_BLOCK;
			k->lost += n;
			pos = 0;
			continue;
		}
		k->block[b] = (uint32_t)pos;
		index_block(k, &hashes, first, pos, n);
		pos = end;
	}
	if (k->lost >= k->n)
		return oom_fail(err, k->nr_holes ? OOM_EREAD : OOM_EDAMAGE, "kallsyms: its names are %s",
				k->nr_holes ? "not in the dump" : "damaged");
	return OOM_OK;
}

/* Addresses. */

static enum oom_status address_of(struct oom_kallsyms *k, const struct oom_kallsyms_place *place, uint32_t i,
				  uint64_t *ret)
{
	uint32_t offset;
	uint64_t at = place->array + (uint64_t)i * 4;
	if (place->kind == OOM_KALLSYMS_ABSOLUTE)
		return oom_read_ulong(k->image, place->array + (uint64_t)i * k->image->info.ptr_size, ret);
	enum oom_status status = oom_read_u32(k->image, at, &offset);
	if (status != OOM_OK)
		return status;
	uint64_t extended = (uint64_t)(int64_t)(int32_t)offset;
	if (place->kind == OOM_KALLSYMS_RELATIVE)
		*ret = place->base + offset;
	else if (place->kind == OOM_KALLSYMS_PLACE)
		*ret = at + extended;
	else
		*ret = (int32_t)offset >= 0 ? offset : place->base - 1 - extended;
	if (k->image->info.ptr_size == 4)
		*ret &= UINT32_MAX;
	return OOM_OK;
}

/** The number of the symbol @p name. */
static bool find_index(const struct oom_kallsyms *k, const char *name, uint32_t *ret)
{
	struct oom_hash_walk walk = {.h = &k->index, .hash = oom_hash_name(name)};
	bool found = false;
	for (uint32_t i; oom_hash_next(&walk, &i);) {
		char type;
		if (!name_is(k, i, name, &type))
			continue;
		bool global = type >= 'A' && type <= 'Z';
		if (!found || global)
			*ret = i;
		found = true;
		if (global)
			break;
	}
	return found;
}

const char *const oom_known_symbols[] = {
	"_stext",	    "init_uts_ns", "swapper_pg_dir", "node_online_map",
	"contig_page_data", "node_data",   "init_top_pgt",   NULL,
};

bool oom_symbol_known(const struct oom_image *image, const char *name, uint64_t *ret)
{
	int64_t value;
	if (oom_vmcoreinfo_number(image->vmcoreinfo, "SYMBOL", name, &value)) {
		*ret = (uint64_t)value;
		return true;
	}
	return image->ops->symbol && image->ops->symbol(image->backend, name, ret) == OOM_OK;
}

/** Of the ways in which addresses may be written, the one that gives a known symbol its address. */
static bool choose_place(struct oom_kallsyms *k, const struct oom_kallsyms_tables *tables)
{
	for (const char *const *name = oom_known_symbols; *name; name++) {
		uint64_t known, addr;
		uint32_t i;
		if (!oom_symbol_known(k->image, *name, &known) || !find_index(k, *name, &i))
			continue;
		for (size_t p = 0; p < tables->places; p++) {
			k->place = tables->place[p];
			if (k->place.base_at && oom_read_ulong(k->image, k->place.base_at, &k->place.base) != OOM_OK)
				continue;
			if (address_of(k, &k->place, i, &addr) == OOM_OK && addr == known)
				return true;
		}
	}
	return false;
}

enum oom_status oom_kallsyms_new(struct oom_image *image, const struct oom_kallsyms_tables *tables,
				 struct oom_kallsyms **ret, struct oom_error *err)
{
	struct oom_kallsyms *k = calloc(1, sizeof(*k));
	if (!k)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	k->image = image;
	enum oom_status status = load_tokens(k, tables, err);
	if (status == OOM_OK)
		status = load_names(k, tables, err);
	if (status == OOM_OK)
		status = index_names(k, tables->names, err);
	if (status == OOM_OK && !choose_place(k, tables))
		status = oom_fail(err, OOM_EDAMAGE, "kallsyms: no known way of writing addresses gives _stext its own");
	if (status != OOM_OK) {
		oom_kallsyms_free(k);
		return status;
	}
	*ret = k;
	return OOM_OK;
}

void oom_kallsyms_free(struct oom_kallsyms *k)
{
	if (!k)
		return;
	free(k->names);
	free(k->block);
	free(k->holes);
	free(k->tokens);
	oom_hash_free(&k->index);
	free(k);
}

enum oom_status oom_kallsyms_find(struct oom_kallsyms *k, const char *name, uint64_t *addr)
{
	uint32_t i;
	return find_index(k, name, &i) ? address_of(k, &k->place, i, addr) : OOM_ENOENT;
}

uint32_t oom_kallsyms_lost(const struct oom_kallsyms *k)
{
	return k->lost;
}

/* Address to name. */

/** The name of symbol @p i without its type, in the image's arena. */
static const char *name_text(const struct oom_kallsyms *k, uint32_t i)
{
	char text[OOM_KALLSYMS_NAME_MAX];
	const uint8_t *tokens;
	size_t len, n = 0;
	if (!name_of(k, i, &tokens, &len))
		return NULL;
	for (size_t t = 0; t < len; t++) {
		size_t piece = k->token_len[tokens[t]];
		if (piece >= sizeof(text) - n)
			return NULL;
		memcpy(text + n, k->tokens + k->token[tokens[t]], piece);
		n += piece;
	}
	return n > 1 ? oom_strndup(k->image->arena, text + 1, n - 1) : NULL;
}

const char *oom_kallsyms_at(struct oom_kallsyms *k, uint64_t addr, uint64_t *distance)
{
	enum { ALIASES_MAX = 64 };
	uint64_t first, last, at, found = 0;
	if (address_of(k, &k->place, 0, &first) != OOM_OK || addr < first ||
	    address_of(k, &k->place, k->n - 1, &last) != OOM_OK || addr > last)
		return NULL;
	uint32_t low = 0, high = k->n;
	for (found = first; high - low > 1;) {
		uint32_t middle = low + (high - low) / 2;
		if (address_of(k, &k->place, middle, &at) != OOM_OK)
			return NULL;
		if (at <= addr) {
			low = middle;
			found = at;
		} else {
			high = middle;
		}
	}
	// Of several names of one address the kernel says the first.
	for (int i = 0; i < ALIASES_MAX && low && address_of(k, &k->place, low - 1, &at) == OOM_OK && at == found; i++)
		low--;
	*distance = addr - found;
	return name_text(k, low);
}
