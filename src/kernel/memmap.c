// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Where the struct pages are. Source: include/linux/mmzone.h, mm/sparse.c.
 *
 * Sparse memory: mem_section[] is an array of pointers to arrays of struct mem_section as large as a page
 * (CONFIG_SPARSEMEM_EXTREME), or one array of them. section_mem_map holds the address of the struct page that frame 0
 * would have, with flags in its low bits: an address that is a multiple of the page size, as a section's frames times
 * the size of struct page are. Flat memory: mem_map is one array, from the first frame of the node on.
 */
#include "kernel/census.h"

#include <stdlib.h>
#include <string.h>

enum {
	SECTION_PRESENT = 1,
	SECTION_HAS_MEM_MAP = 2,
	SECTION_ONLINE = 4, // 4.13 (2d070eab2e82)
	SECTIONS_MAX = 1 << 26,
	EXT_MAX = 1024,	     // bytes of an entry: some 80
	EXT_INVALID = 1,     // in page_ext: it is about to go, 6.0 (b1d5488a2521)
	PAGES_MAX_BITS = 34, // 64 TiB of 4 KiB: more is no machine but damage
};

struct sections {
	struct oom_image *image;
	struct oom_memmap *memmap;
	struct oom_arena *arena;
	uint32_t size;	       // of struct mem_section
	struct oom_member map; // section_mem_map
	struct oom_member ext; // page_ext, CONFIG_PAGE_EXTENSION
	uint64_t frames;       // in a section
	bool some_online;
	size_t lost;
};

static int64_t number(struct oom_image *image, const char *key)
{
	const char *text = oom_vmcoreinfo(image, key);
	char *end;
	long long value = text ? strtoll(text, &end, 10) : -1;
	return text && end != text && value > 0 ? value : OOM_ABSENT;
}

static bool add_run(struct sections *s, uint64_t pfn, uint64_t n, uint64_t addr)
{
	struct oom_memmap_runs *runs = &s->memmap->runs;
	struct oom_memmap_run *last = runs->n ? &runs->v[runs->n - 1] : NULL;
	if (s->memmap->pages + n > UINT64_C(1) << PAGES_MAX_BITS)
		return false;
	s->memmap->pages += n;
	if (last && last->pfn + last->n == pfn && last->addr + last->n * s->memmap->size == addr) {
		last->n += n;
		return true;
	}
	struct oom_memmap_run *run = oom_list_add(s->arena, runs);
	if (run)
		*run = (struct oom_memmap_run){pfn, n, addr};
	return run != NULL;
}

/** What is kept of a section's pages besides struct page: less of that is known where memory is short. */
static void add_ext(struct sections *s, uint64_t pfn, const uint8_t *section)
{
	struct oom_memmap_exts *exts = &s->memmap->exts;
	uint64_t base =
		s->ext.known ? oom_get_uint(s->image, section + s->ext.offset, oom_image_info(s->image)->ptr_size) : 0;
	struct oom_memmap_ext *last = exts->n ? &exts->v[exts->n - 1] : NULL;
	if (!base || base & EXT_INVALID)
		return;
	if (last && last->pfn + last->n == pfn && last->base == base) {
		last->n += s->frames;
		return;
	}
	struct oom_memmap_ext *ext = oom_list_add(s->arena, exts);
	if (ext)
		*ext = (struct oom_memmap_ext){pfn, s->frames, base};
}

/** Sections @p first.. of the @p n at @p table. */
static void take_sections(struct sections *s, uint64_t table, uint64_t first, uint64_t n)
{
	uint8_t buf[4096];
	uint64_t page = oom_image_info(s->image)->page_size, per_read = sizeof(buf) / s->size;
	for (uint64_t i = 0; i < n; i += per_read) {
		uint64_t count = n - i < per_read ? n - i : per_read;
		if (oom_read(s->image, table + i * s->size, buf, count * s->size) != OOM_OK) {
			s->lost++;
			continue;
		}
		for (uint64_t k = 0; k < count; k++) {
			uint64_t value = oom_get_uint(s->image, buf + k * s->size + s->map.offset,
						      oom_image_info(s->image)->ptr_size);
			uint64_t pfn = (first + i + k) * s->frames;
			if (!(value & SECTION_PRESENT) || !(value & SECTION_HAS_MEM_MAP) || !(value & ~(page - 1)))
				continue;
			if (s->some_online && !(value & SECTION_ONLINE))
				continue;
			if (!s->some_online && value & SECTION_ONLINE) { // those before are offline
				s->some_online = true;
				s->memmap->runs.n = s->memmap->exts.n = 0;
				s->memmap->pages = 0;
			}
			if (!add_run(s, pfn, s->frames, (value & ~(page - 1)) + pfn * s->memmap->size))
				return;
			add_ext(s, pfn, buf + k * s->size);
		}
	}
}

/** Bits of a section's size where VMCOREINFO does not say it (before 5.13, 4f5aecdff25f): one value per architecture.
 */
static int64_t section_bits(struct oom_image *image)
{
	int64_t bits = number(image, "NUMBER(SECTION_SIZE_BITS)");
	const char *arch = oom_image_info(image)->arch;
	if (oom_known(bits) || !arch)
		return bits;
	return strcmp(arch, "x86_64") == 0  ? 27
	       : strcmp(arch, "s390x") == 0 ? 28
	       : strcmp(arch, "ppc64") == 0 ? 24
					    : OOM_ABSENT;
}

static bool find_sections(struct sections *s, uint64_t table)
{
	const struct oom_image_info *info = oom_image_info(s->image);
	int64_t bits = section_bits(s->image), length = number(s->image, "LENGTH(mem_section)");
	int64_t phys_bits = number(s->image, "NUMBER(MAX_PHYSMEM_BITS)");
	if (!oom_known(bits) || bits < 16 || bits > 40 || !oom_known(length) || length > SECTIONS_MAX ||
	    oom_type_size(s->image, "mem_section", &s->size) != OOM_OK || !s->size || s->size > 256 ||
	    oom_member(s->image, "mem_section", "section_mem_map", &s->map) != OOM_OK ||
	    s->map.offset + info->ptr_size > s->size)
		return false;
	if (oom_member(s->image, "mem_section", "page_ext", &s->ext) == OOM_OK &&
	    s->ext.offset + info->ptr_size > s->size)
		s->ext.known = false;
	s->frames = (UINT64_C(1) << bits) / info->page_size;
	uint64_t per_root = info->page_size / s->size;
	if (oom_known(phys_bits) && phys_bits > bits && phys_bits < 60 &&
	    UINT64_C(1) << (phys_bits - bits) == (uint64_t)length) {
		take_sections(s, table, 0, (uint64_t)length);
		return s->memmap->runs.n > 0;
	}
	for (uint64_t i = 0; i < (uint64_t)length && i * per_root < SECTIONS_MAX; i++) {
		uint64_t root;
		if (oom_read_ulong(s->image, table + i * info->ptr_size, &root) != OOM_OK)
			s->lost++;
		else if (root)
			take_sections(s, root, i * per_root, per_root);
	}
	return s->memmap->runs.n > 0;
}

static bool find_flat(struct sections *s)
{
	struct oom_member start, spanned, map;
	uint64_t node, pfn, n, addr;
	if (oom_symbol(s->image, "contig_page_data", &node) != OOM_OK ||
	    oom_member(s->image, "pglist_data", "node_start_pfn", &start) != OOM_OK ||
	    oom_member(s->image, "pglist_data", "node_spanned_pages", &spanned) != OOM_OK ||
	    oom_member(s->image, "pglist_data", "node_mem_map", &map) != OOM_OK ||
	    oom_read_ulong(s->image, node + start.offset, &pfn) != OOM_OK ||
	    oom_read_ulong(s->image, node + spanned.offset, &n) != OOM_OK ||
	    oom_read_ulong(s->image, node + map.offset, &addr) != OOM_OK)
		return false;
	return addr && n && add_run(s, pfn, n, addr);
}

bool oom_memmap_find(struct oom_memmap *memmap, struct oom_image *image, struct oom_case *c, struct oom_arena *arena)
{
	struct sections s = {.image = image, .memmap = memmap, .arena = arena};
	uint64_t table;
	*memmap = (struct oom_memmap){0};
	if (oom_type_size(image, "page", &memmap->size) != OOM_OK || memmap->size < 16 || memmap->size > 256) {
		oom_case_missing(c, "census: struct page is not described");
		return false;
	}
	// VMCOREINFO's symbol is the array itself, even where the variable is a pointer to it.
	bool sparse =
		oom_vmcoreinfo(image, "SYMBOL(mem_section)") && oom_symbol(image, "mem_section", &table) == OOM_OK;
	if (sparse ? find_sections(&s, table) : find_flat(&s)) {
		const struct oom_memmap_run *run = memmap->runs.v;
		memmap->linear = true;
		for (size_t i = 1; i < memmap->runs.n; i++)
			memmap->linear &=
				run[i].addr - run[i].pfn * memmap->size == run->addr - run->pfn * memmap->size;
		if (s.lost)
			oom_case_missing(c, "census: parts of mem_section[] are not in the dump");
		return true;
	}
	oom_case_missing(c, "census: %s",
			 s.lost ? "mem_section[] is not in the dump, as in a slim one"
				: "where the struct pages are cannot be told");
	return false;
}

uint64_t oom_memmap_addr(const struct oom_memmap *memmap, uint64_t pfn)
{
	size_t low = 0, high = memmap->runs.n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct oom_memmap_run *run = &memmap->runs.v[mid];
		if (pfn >= run->pfn + run->n)
			low = mid + 1;
		else if (pfn < run->pfn)
			high = mid;
		else
			return run->addr + (pfn - run->pfn) * memmap->size;
	}
	return 0;
}

uint64_t oom_memmap_pfn(const struct oom_memmap *memmap, uint64_t addr)
{
	if (memmap->linear) {
		const struct oom_memmap_run *run = &memmap->runs.v[0];
		uint64_t from_0 = addr - (run->addr - run->pfn * memmap->size), pfn = from_0 / memmap->size;
		return !(from_0 % memmap->size) && oom_memmap_addr(memmap, pfn) == addr ? pfn : UINT64_MAX;
	}
	for (size_t i = 0; i < memmap->runs.n; i++) {
		const struct oom_memmap_run *run = &memmap->runs.v[i];
		if (addr >= run->addr && (addr - run->addr) / memmap->size < run->n)
			return (addr - run->addr) % memmap->size ? UINT64_MAX
								 : run->pfn + (addr - run->addr) / memmap->size;
	}
	return UINT64_MAX;
}

/** Is this in vmalloc's range? Only x86_64's is known here; elsewhere nothing is. */
static bool in_vmalloc(struct oom_image *image, uint64_t addr)
{
	const uint64_t range = UINT64_C(32)
			       << 40; // Documentation/arch/x86/x86_64/mm.rst: with four levels of page tables
	const char *arch = oom_image_info(image)->arch;
	uint64_t base = oom_variable_ptr(image, "vmalloc_base"), end = oom_variable_ptr(image, "vmemmap_base");
	if (!arch || strcmp(arch, "x86_64") != 0)
		return false;
	base = base ? base : UINT64_C(0xffffc90000000000);
	end = end > base ? end : base + range;
	return addr >= base && addr < end;
}

int64_t oom_page_ext_kb(struct oom_image *image)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct oom_memmap memmap;
	if (oom_built_without(image, "page_ext_size"))
		return 0;
	struct oom_case *unsaid = temp ? oom_case_new() : NULL; // what the census says of it, it says itself
	int64_t size = oom_variable(image, "page_ext_size", 0), bytes = 0;
	bool found = unsaid && size >= 0 && size <= EXT_MAX && oom_memmap_find(&memmap, image, unsaid, temp);
	for (size_t i = 0; found && i < memmap.exts.n; i++) {
		const struct oom_memmap_ext *ext = &memmap.exts.v[i];
		if (!in_vmalloc(image, ext->base + ext->pfn * (uint64_t)size)) // mm/page_ext.c, alloc_page_ext()
			bytes += (int64_t)ext->n * size;
	}
	oom_case_free(unsaid);
	return found ? bytes / 1024 : OOM_ABSENT;
}
