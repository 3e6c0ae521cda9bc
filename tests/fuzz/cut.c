// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * cut KIND DUMP: a piece of a real dump that is small enough to be a fuzzer's seed, on standard output.
 *
 *   kallsyms, vmcoreinfo   as regions.h has it: the first symbols with their tables; VMCOREINFO and the kernel's copy
 * of it scan                   kallsyms that VMCOREINFO says nothing about printk                 likewise: the last
 * records of the log btf                    as fuzz_btf.c has it: the structures that it asks for, and what they
 * consist of frames                 numbers of the page frames that a dump needs for its own VMCOREINFO to be checked,
 * as text
 */
#include "image/dump.h"
#include "image/internal.h"
#include "image/kallsyms.h"
#include <bpf/btf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SYMBOLS = 2560,
	NAMES_MAX = 64 << 10,
	TOKENS = 1024,
	BTF_TYPES = 1500,
	RECORDS = 128,
	TEXT = 12 << 10,
	FRAMES_LISTED = 24
};

static void put(uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		putchar((int)(value >> 8 * i & 0xff));
}

static void put_head(struct oom_image *image, const char *text, size_t len)
{
	put((image->info.ptr_size == 4) | image->info.big_endian << 1, 1);
	put(len, 2);
	fwrite(text, 1, len, stdout);
}

static void put_piece(uint64_t addr, const void *bytes, size_t len)
{
	put(addr, 8);
	put(len, 4);
	fwrite(bytes, 1, len, stdout);
}

/** The same from the image's memory; nothing where that is not readable. */
static void put_memory(struct oom_image *image, uint64_t addr, size_t len)
{
	uint8_t *bytes = malloc(len);
	if (bytes && oom_read(image, addr, bytes, len) == OOM_OK)
		put_piece(addr, bytes, len);
	free(bytes);
}

/* kallsyms. */

/** The table of a dump. */
struct table {
	struct oom_kallsyms_tables t;
	const struct oom_kallsyms_place *place;
	uint64_t base;
	uint8_t *names;
	int32_t *offsets;
	uint32_t n;
};

static uint64_t address(const struct table *k, uint32_t i)
{
	int64_t offset = k->offsets[i];
	switch (k->place->kind) {
	case OOM_KALLSYMS_PLACE:
		return k->place->array + 4 * (uint64_t)i + (uint64_t)offset;
	case OOM_KALLSYMS_PERCPU:
		return offset >= 0 ? (uint64_t)offset : k->base - 1 - (uint64_t)offset;
	default:
		return k->base + (uint32_t)offset;
	}
}

/** A number of the symbol at @p addr, by the one way of writing addresses that has it; 0: none. */
static uint32_t number_of(struct oom_image *image, struct table *k, uint64_t addr)
{
	for (size_t i = 0; i < k->t.places; i++) {
		k->place = &k->t.place[i];
		// A slim dump has only the pages that gave a fact.
		oom_read_sparse(image, k->place->array, (uint8_t *)k->offsets, 4 * (size_t)k->n, NULL);
		if (k->place->kind == OOM_KALLSYMS_ABSOLUTE ||
		    (k->place->base_at && oom_read_u64(image, k->place->base_at, &k->base) != OOM_OK))
			continue;
		for (uint32_t at = 1; at < k->n; at++)
			if (k->offsets[at] && address(k, at) == addr)
				return at;
	}
	return 0;
}

/** Behind @p n names from @p at on: each a length (two bytes from 128 on, since 6.1) and that many tokens. */
static size_t behind_names(const uint8_t *names, size_t at, size_t n)
{
	for (; n; n--) {
		size_t len = names[at] & 0x7f;
		at += names[at] & 0x80 ? 2 + (len | (size_t)names[at + 1] << 7) : 1 + len;
	}
	return at;
}

static void append(uint8_t *to, size_t *len, const void *bytes, size_t n)
{
	memcpy(to + *len, bytes, n);
	*len += (n + 7) & ~(size_t)7;
}

/** The @p offsets of the cut table at @p at. */
static void append_offsets(const struct table *k, uint32_t first, uint64_t at, uint8_t *to, size_t *len)
{
	int32_t offsets[SYMBOLS];
	for (uint32_t i = 0; i < SYMBOLS; i++)
		offsets[i] = k->place->kind == OOM_KALLSYMS_PLACE ? (int32_t)(address(k, first + i) - at - *len - 4 * i)
								  : k->offsets[first + i];
	append(to, len, offsets, sizeof(offsets));
	if (k->place->base_at)
		append(to, len, &k->base, 8);
}

/** One piece as the kernel writes it, with SYMBOLS of its symbols; the lines of VMCOREINFO to @p text if @p told. */
static void put_table(struct oom_image *image, const struct table *k, uint32_t first, uint64_t at, char *text, bool say)
{
	static uint8_t piece[128 << 10];
	uint8_t tokens[OOM_KALLSYMS_TOKENS_MAX];
	uint32_t markers[SYMBOLS / OOM_KALLSYMS_BLOCK], n = SYMBOLS;
	bool later = k->place->array > k->t.names;
	size_t len = 0, start = behind_names(k->names, 0, first), tokens_len = k->t.token_index - k->t.token_table;
	uint64_t offsets = at;
	for (uint32_t i = 0; i < SYMBOLS / OOM_KALLSYMS_BLOCK; i++)
		markers[i] = (uint32_t)(behind_names(k->names, start, i * OOM_KALLSYMS_BLOCK) - start);
	if (tokens_len > sizeof(tokens) - 512 || oom_read(image, k->t.token_table, tokens, tokens_len + 512) != OOM_OK)
		exit(1);
	if (!later)
		append_offsets(k, first, at, piece, &len);
	uint64_t num_syms = at + len;
	append(piece, &len, &n, 4);
	uint64_t names = at + len;
	append(piece, &len, k->names + start, behind_names(k->names, start, SYMBOLS) - start);
	append(piece, &len, markers, sizeof(markers));
	uint64_t table = at + len;
	append(piece, &len, tokens, tokens_len);
	uint64_t index = at + len;
	append(piece, &len, tokens + tokens_len, 512);
	if (later) {
		offsets = at + len;
		append_offsets(k, first, at, piece, &len);
	}
	if (say)
		sprintf(text + strlen(text),
			"SYMBOL(kallsyms_num_syms)=%" PRIx64 "\nSYMBOL(kallsyms_names)=%" PRIx64
			"\nSYMBOL(kallsyms_token_table)=%" PRIx64 "\nSYMBOL(kallsyms_token_index)=%" PRIx64
			"\nSYMBOL(kallsyms_offsets)=%" PRIx64 "\nSYMBOL(kallsyms_relative_base)=%" PRIx64 "\n",
			num_syms, names, table, index, offsets, offsets + 4 * SYMBOLS);
	put_head(image, text, strlen(text));
	put_piece(at, piece, len);
}

/** VMCOREINFO without a word about kallsyms. */
static void strip(struct oom_image *image, char *text)
{
	const struct oom_pages *pages = oom_dump_of(image)->pages;
	for (const char *p = pages->vmcoreinfo, *end = p + pages->vmcoreinfo_len, *nl; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl : end - 1;
		if (!memmem(p, (size_t)(nl - p), "kallsyms", 8))
			strncat(text, p, (size_t)(nl + 1 - p));
	}
}

static void put_kallsyms(struct oom_image *image, bool scan)
{
	static char text[16384];
	struct table k = {0};
	uint64_t stext;
	if (!oom_symbol_known(image, "_stext", &stext) ||
	    (!oom_kallsyms_from_vmcoreinfo(image, &k.t) && !oom_kallsyms_scan(image, stext, &k.t)) ||
	    oom_read_u32(image, k.t.num_syms_at, &k.n) != OOM_OK)
		exit(1);
	size_t len = k.t.token_table - k.t.names;
	k.names = malloc(len);
	k.offsets = malloc(4 * (size_t)k.n);
	if (!k.names || !k.offsets || oom_read(image, k.t.names, k.names, len) != OOM_OK)
		exit(1);
	uint32_t first = 0;
	for (const char *const *name = oom_known_symbols; *name && !first; name++) {
		uint64_t addr;
		if (oom_symbol_known(image, *name, &addr))
			first = number_of(image, &k, addr);
	}
	if (first < 16 || first + SYMBOLS > k.n)
		exit(1);
	strip(image, text);
	put_table(image, &k, first - 16, stext + (1 << 20), text, !scan);
	free(k.names);
	free(k.offsets);
}

static void put_vmcoreinfo(struct oom_image *image)
{
	const struct oom_pages *pages = oom_dump_of(image)->pages;
	uint64_t addr, text;
	put_head(image, pages->vmcoreinfo, pages->vmcoreinfo_len);
	if (oom_symbol(image, "vmcoreinfo_data", &addr) == OOM_OK && oom_read_ulong(image, addr, &text) == OOM_OK) {
		put_memory(image, addr, 8);
		put_memory(image, text, 4096);
	}
	if (oom_symbol(image, "init_uts_ns", &addr) == OOM_OK)
		put_memory(image, addr, 512);
}

/* printk. */

static uint64_t told(struct oom_image *image, const char *kind, const char *name)
{
	int64_t ret;
	if (!oom_vmcoreinfo_number(image->vmcoreinfo, kind, name, &ret))
		exit(1);
	return (uint64_t)ret;
}

static uint64_t word_at(struct oom_image *image, uint64_t addr)
{
	uint64_t ret;
	if (oom_read_ulong(image, addr, &ret) != OOM_OK)
		exit(1);
	return ret;
}

/** The ring of 5.10 with its last records: those before have never been, by tail_id. (These logs have not wrapped.) */
static void put_printk(struct oom_image *image)
{
	const struct oom_pages *pages = oom_dump_of(image)->pages;
	uint8_t head[512];
	uint64_t prb = told(image, "SYMBOL", "prb"), ring = word_at(image, prb);
	uint64_t desc = told(image, "OFFSET", "printk_ringbuffer.desc_ring");
	uint64_t tail_at = desc + told(image, "OFFSET", "prb_desc_ring.tail_id");
	uint64_t head_id = word_at(image, ring + desc + told(image, "OFFSET", "prb_desc_ring.head_id"));
	uint64_t descs = word_at(image, ring + desc + told(image, "OFFSET", "prb_desc_ring.descs"));
	uint64_t infos = word_at(image, ring + desc + told(image, "OFFSET", "prb_desc_ring.infos"));
	uint64_t data = ring + told(image, "OFFSET", "printk_ringbuffer.text_data_ring");
	uint64_t text = word_at(image, data + told(image, "OFFSET", "prb_data_ring.data"));
	size_t size = told(image, "SIZE", "printk_ringbuffer");
	uint64_t desc_size = told(image, "SIZE", "prb_desc"), info_size = told(image, "SIZE", "printk_info"), bits = 0;
	if (size > sizeof(head) || oom_read(image, ring, head, size) != OOM_OK ||
	    oom_read(image, ring + desc, &bits, 4) != OOM_OK)
		exit(1);
	uint64_t first = (head_id - RECORDS + 1) & ((UINT64_C(1) << bits) - 1);
	uint64_t tail_id = head_id - RECORDS + 1;
	memcpy(head + tail_at, &tail_id, sizeof(tail_id));
	uint64_t begin_at = descs + first * desc_size + told(image, "OFFSET", "prb_desc.text_blk_lpos");
	put_head(image, pages->vmcoreinfo, pages->vmcoreinfo_len);
	put_memory(image, prb, 8);
	put_piece(ring, head, size);
	put_memory(image, descs + first * desc_size, RECORDS * desc_size);
	put_memory(image, infos + first * info_size, RECORDS * info_size);
	uint64_t size_bits = 0;
	oom_read(image, data, &size_bits, 4);
	put_memory(image, text + (word_at(image, begin_at) & ((UINT64_C(1) << size_bits) - 1)), TEXT);
}

/* BTF. */

struct cut {
	const struct btf *from;
	struct btf *to;
	uint32_t *map; // number in `from` → number in `to`; 0: not there
	uint32_t *todo, nr_todo;
};

static void want(struct cut *c, uint32_t id)
{
	if (!id || c->map[id] || c->nr_todo == BTF_TYPES)
		return;
	int to = btf__add_type(c->to, c->from, btf__type_by_id(c->from, id));
	if (to < 0)
		exit(1);
	c->map[id] = (uint32_t)to;
	c->todo[c->nr_todo++] = id;
}

/** Wants the types that a type consists of; what a pointer points at stays behind. */
static void want_parts(struct cut *c, const struct btf_type *t)
{
	if (btf_is_composite(t))
		for (uint16_t i = 0; i < btf_vlen(t); i++)
			want(c, btf_members(t)[i].type);
	else if (btf_is_array(t))
		want(c, btf_array(t)->type), want(c, btf_array(t)->index_type);
	else if (btf_is_mod(t) || btf_is_typedef(t))
		want(c, t->type);
}

/** In the copy, the numbers of types are still those of the whole. */
static void renumber(const struct cut *c, struct btf_type *t)
{
	if (btf_is_composite(t)) {
		for (uint16_t i = 0; i < btf_vlen(t); i++)
			btf_members(t)[i].type = c->map[btf_members(t)[i].type];
	} else if (btf_is_array(t)) {
		btf_array(t)->type = c->map[btf_array(t)->type];
		btf_array(t)->index_type = c->map[btf_array(t)->index_type];
	} else if (btf_is_ptr(t) || btf_is_mod(t) || btf_is_typedef(t)) {
		t->type = c->map[t->type];
	}
}

static void put_btf(struct oom_image *image)
{
	static const char *const roots[] = {"zone_stat_item", "node_stat_item", "memcg_stat_item", "list_head",
					    "page",	      "zone",		"pglist_data",	   "kmem_cache",
					    "mm_struct",      "task_struct"};
	uint64_t start, stop;
	if (oom_symbol(image, "__start_BTF", &start) != OOM_OK || oom_symbol(image, "__stop_BTF", &stop) != OOM_OK)
		exit(1);
	uint8_t *raw = malloc(stop - start);
	if (!raw || oom_read(image, start, raw, stop - start) != OOM_OK)
		exit(1);
	struct cut c = {.from = btf__new(raw, (uint32_t)(stop - start)), .to = btf__new_empty()};
	c.map = calloc(btf__type_cnt(c.from), sizeof(*c.map));
	c.todo = calloc(BTF_TYPES, sizeof(*c.todo));
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		uint32_t from = c.nr_todo;
		int32_t id = btf__find_by_name(c.from, roots[i]);
		if (id > 0)
			want(&c, (uint32_t)id);
		for (; from < c.nr_todo; from++)
			want_parts(&c, btf__type_by_id(c.from, c.todo[from]));
	}
	for (uint32_t i = 1; i < btf__type_cnt(c.to); i++)
		renumber(&c, (struct btf_type *)btf__type_by_id(c.to, i));
	uint32_t len;
	const void *data = btf__raw_data(c.to, &len);
	putchar(0);
	fwrite(data, 1, len, stdout);
	btf__free(c.to);
	btf__free((struct btf *)c.from);
	free(c.map);
	free(c.todo);
	free(raw);
}

/** What a report of the log alone needs: the page tables to two places, VMCOREINFO's copy, the name, the log's first
 * part. */
static void put_frames(struct oom_image *image)
{
	struct oom_dump *d = oom_dump_of(image);
	uint8_t page[4096];
	uint64_t at, text, ring = word_at(image, told(image, "SYMBOL", "prb"));
	uint64_t desc = ring + told(image, "OFFSET", "printk_ringbuffer.desc_ring");
	uint64_t data = ring + told(image, "OFFSET", "printk_ringbuffer.text_data_ring");
	for (int i = 0; i < OOM_NR_SUBJECTS; i++)
		oom_pfnset_clear(&d->facts[i]);
	oom_pfnset_add(&d->facts[0], d->xlat.root / 4096);
	if (oom_symbol(image, "vmcoreinfo_data", &at) == OOM_OK && oom_read_ulong(image, at, &text) == OOM_OK)
		oom_read(image, text, page, sizeof(page));
	if (oom_symbol(image, "vmemmap_base", &at) == OOM_OK && oom_read_ulong(image, at, &text) == OOM_OK)
		oom_read(image, text + 64 * 4096, page, sizeof(page));
	oom_read(image, told(image, "SYMBOL", "init_uts_ns"), page, 400);
	oom_read(image, ring, page, 256);
	oom_read(image, word_at(image, desc + told(image, "OFFSET", "prb_desc_ring.descs")), page, sizeof(page));
	oom_read(image, word_at(image, desc + told(image, "OFFSET", "prb_desc_ring.infos")), page, sizeof(page));
	oom_read(image, word_at(image, data + told(image, "OFFSET", "prb_data_ring.data")), page, sizeof(page));
	for (int i = 1; i < OOM_NR_SUBJECTS; i++)
		for (size_t j = 0; j < d->facts[i].n; j++)
			oom_pfnset_add(&d->facts[0], d->facts[i].list[j]);
	uint64_t *pfns = oom_pfnset_sorted(&d->facts[0]);
	for (size_t i = 0; pfns && i < d->facts[0].n; i++)
		printf("%" PRIu64 "\n", pfns[i]);
	free(pfns);
}

int main(int argc, char **argv)
{
	struct oom_error err = {0};
	struct oom_image *image = NULL;
	const char *kind = argc == 3 ? argv[1] : "";
	const char *const paths[] = {argc == 3 ? argv[2] : ""};
	const struct oom_image_options options = {.track = true};
	if (oom_image_open(paths, 1, &options, &image, &err) != OOM_OK) {
		fprintf(stderr, "cut: %s: %s\n", paths[0], err.text);
		return 2;
	}
	if (strcmp(kind, "kallsyms") == 0 || strcmp(kind, "scan") == 0)
		put_kallsyms(image, *kind == 's');
	else if (strcmp(kind, "vmcoreinfo") == 0)
		put_vmcoreinfo(image);
	else if (strcmp(kind, "printk") == 0)
		put_printk(image);
	else if (strcmp(kind, "btf") == 0)
		put_btf(image);
	else
		put_frames(image);
	oom_image_close(image);
	return 0;
}
