// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Reads of a dump.
 *
 * A page that was left out of the dump cannot be read, though crash and libkdumpfile (file.zero_excluded) can be told
 * to take it for zeros: of the 49,645 pages that makedumpfile 1.7.2 -d 31 leaves out of a 256 MB guest 38,894 are not
 * zeros, and pages of zeros it keeps, all with the same descriptor. Two exceptions: a dump that left out nothing but
 * zeros, and the kernel's own image, of which only the gaps and the init code, both freed after boot, are ever left
 * out; they lie between the tables that a long read visits, and no walker looks into them.
 */
#include "image/dump.h"
#include <stdlib.h>
#include <string.h>

enum { CACHE_BYTES = 4 << 20, WAYS = 4, LONG_READ = 16 << 10 };

struct slot {
	uint64_t pfn; // + 1; 0: empty
	enum oom_page_status status;
	unsigned char *page;
};

/** Inflated frames, WAYS in a row compete; the next to go is the one that came first. */
struct oom_cache {
	size_t nr_rows;
	uint8_t *next; // in each row
	struct slot *slots;
};

static void free_cache(struct oom_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; cache->slots && i < cache->nr_rows * WAYS; i++)
		free(cache->slots[i].page);
	free(cache->slots);
	free(cache->next);
	free(cache);
}

static struct oom_cache *new_cache(size_t page_size)
{
	struct oom_cache *cache = calloc(1, sizeof(*cache));
	if (!cache)
		return NULL;
	cache->nr_rows = CACHE_BYTES / page_size / WAYS;
	if (!cache->nr_rows)
		cache->nr_rows = 1;
	cache->next = calloc(cache->nr_rows, 1);
	cache->slots = calloc(cache->nr_rows * WAYS, sizeof(*cache->slots));
	if (cache->next && cache->slots)
		return cache;
	free_cache(cache);
	return NULL;
}

/** The row of a frame. */
static struct slot *row_of(struct oom_cache *cache, uint64_t pfn, size_t *row)
{
	*row = (size_t)(pfn * UINT64_C(0x9e3779b97f4a7c15) >> 40) % cache->nr_rows;
	return &cache->slots[*row * WAYS];
}

static struct slot *cached(struct oom_cache *cache, uint64_t pfn)
{
	size_t row;
	struct slot *slots = row_of(cache, pfn, &row);
	for (int i = 0; i < WAYS; i++)
		if (slots[i].pfn == pfn + 1)
			return &slots[i];
	return NULL;
}

/** The frame in the cache, read if it is not there yet; NULL without memory. */
static struct slot *load(struct oom_dump *d, uint64_t pfn)
{
	struct slot *slot = cached(d->cache, pfn);
	if (slot)
		return slot;
	size_t row;
	slot = row_of(d->cache, pfn, &row);
	slot += d->cache->next[row]++ % WAYS;
	if (!slot->page && !(slot->page = malloc(d->pages->page_size))) {
		d->no_memory = true;
		return NULL;
	}
	slot->status = d->pages->ops->read(d->pages, pfn, slot->page);
	slot->pfn = pfn + 1;
	return slot;
}

static void remember(struct oom_dump *d, uint64_t pfn, size_t from, size_t len)
{
	if (d->tracking && d->exact)
		oom_exact_saw(d->exact, pfn, from, len);
	enum oom_subject subject = d->image ? d->image->subject : OOM_ABOUT_MEMORY;
	if (d->tracking && (d->last_fact != pfn + 1 || d->last_subject != subject)) {
		oom_pfnset_add(&d->facts[subject], pfn);
		d->last_fact = pfn + 1;
		d->last_subject = subject;
	}
}

/** A page that should be in the file and is not, though nothing at the file's end told of it: the dump is not whole. */
static void tell_lost(struct oom_dump *d)
{
	if (d->lost_told || !d->image || d->pages->complete == OOM_NO)
		return;
	d->lost_told = true;
	d->image->info.complete = OOM_NO;
	oom_strings_addf(d->image->arena, &d->image->info.missing, OOM_LOST_PAGES);
}

/** Copies a piece of one frame; @p image: of the kernel's image. */
static bool read_piece(struct oom_dump *d, uint64_t pfn, size_t from, void *buf, size_t len, bool image)
{
	enum oom_page_status status;
	if (d->long_read && len == d->pages->page_size && !cached(d->cache, pfn)) {
		// A table that is read once: straight to where it is wanted, not through the cache.
		status = d->pages->ops->read(d->pages, pfn, buf);
	} else {
		struct slot *slot = load(d, pfn);
		if (!slot)
			return false;
		status = slot->status;
		if (status == OOM_PAGE_OK)
			memcpy(buf, slot->page + from, len);
	}
	if (status == OOM_PAGE_EXCLUDED && ((image && d->pages->free_excluded) || d->pages->only_zeros_excluded)) {
		memset(buf, 0, len);
		status = OOM_PAGE_OK;
	}
	if (status == OOM_PAGE_OK)
		remember(d, pfn, from, len);
	else if (status == OOM_PAGE_LOST)
		tell_lost(d);
	return status == OOM_PAGE_OK;
}

static bool read_frames(struct oom_dump *d, uint64_t phys, void *buf, size_t len, bool image)
{
	size_t size = d->pages->page_size;
	for (size_t n = 0; n < len;) {
		size_t from = (size_t)((phys + n) % size), piece = size - from < len - n ? size - from : len - n;
		if (!read_piece(d, (phys + n) / size, from, (char *)buf + n, piece, image))
			return false;
		n += piece;
	}
	return true;
}

bool oom_dump_read(struct oom_dump *dump, uint64_t phys, void *buf, size_t len)
{
	return read_frames(dump, phys, buf, len, false);
}

bool oom_dump_read_entry(void *arg, uint64_t phys, void *entry, size_t size)
{
	struct oom_dump *d = arg;
	enum oom_subject before = d->image ? d->image->subject : OOM_ABOUT_MEMORY;
	if (d->image)
		d->image->subject = OOM_ABOUT_MEMORY; // whatever is mapped there: the tables lead to more
	bool found = read_frames(d, phys, entry, size, false);
	if (d->image)
		d->image->subject = before;
	return found;
}

/* Translation. */

/** x86_64 keeps the start of its direct map in a variable; the page tables, where they are there, tell it as well. */
static void find_direct_map(struct oom_dump *d)
{
	d->direct_asked = true;
	if (d->xlat.arch != OOM_XLAT_X86_64)
		return;
	uint64_t base, at, bytes = d->pages->max_pfn * d->pages->page_size;
	bool found = oom_xlat_find_direct(&d->xlat, oom_dump_read_entry, d, &base);
	if (!found && d->image)
		found = oom_symbol(d->image, "page_offset_base", &at) == OOM_OK &&
			oom_read_u64(d->image, at, &base) == OOM_OK;
	if (!found)
		found = oom_xlat_default_direct(&d->xlat, &base);
	if (found)
		oom_xlat_set_direct(&d->xlat, base, bytes);
}

/** The report says once that addresses could not be translated for want of a page table. */
static void note_missing_table(struct oom_dump *d)
{
	if (d->table_missed || !d->image || d->image->info.no_page_tables || d->pages->complete == OOM_YES)
		return;
	d->table_missed = true;
	oom_strings_addf(
		d->image->arena, &d->image->info.missing,
		"page tables: some of the kernel's are not in the dump, so not all of what is mapped by them (vmalloc, "
		"modules, struct pages) could be read");
}

/** @p image is set where the address is one of the kernel's image. */
static bool translate(struct oom_dump *d, uint64_t virt, uint64_t *phys, bool *image)
{
	*image = oom_xlat_in_image(&d->xlat, virt);
	if (!*image && !d->direct_asked)
		find_direct_map(d);
	bool sure;
	bool linear = oom_xlat_linear(&d->xlat, virt, phys, &sure);
	if (linear && sure)
		return true;
	if (!oom_xlat_is_kernel(&d->xlat, virt))
		return false;
	uint64_t walked;
	enum oom_walk found = OOM_WALK_NO_TABLE;
	if (d->xlat.root)
		found = oom_xlat_walk(&d->xlat, d->xlat.root, NULL, virt, oom_dump_read_entry, d, &walked);
	else if (d->foreign)
		found = oom_foreign_translate(d->foreign, virt, &walked);
	if (found == OOM_WALK_MAPPED)
		*phys = walked;
	else if (found == OOM_WALK_NO_TABLE)
		note_missing_table(d);
	return found == OOM_WALK_MAPPED || (found == OOM_WALK_NO_TABLE && linear);
}

bool oom_dump_translate(struct oom_dump *dump, uint64_t virt, uint64_t *phys)
{
	bool image;
	return translate(dump, virt, phys, &image);
}

/* The image's operations. */

static enum oom_status dump_read_phys(void *backend, uint64_t phys, void *buf, size_t len)
{
	struct oom_dump *d = backend;
	d->long_read = len >= LONG_READ;
	return read_frames(d, phys, buf, len, false) ? OOM_OK : OOM_EREAD;
}

/** How many of the @p left bytes from @p addr on lie in its page, and where that is; 0: not to be translated. */
static size_t piece_at(struct oom_dump *d, uint64_t addr, size_t left, uint64_t *phys, bool *image)
{
	size_t in_page = d->page_size - (size_t)(addr % d->page_size);
	if (!translate(d, addr, phys, image))
		return 0;
	return in_page < left ? in_page : left;
}

static enum oom_status dump_read_virt(void *backend, uint64_t addr, void *buf, size_t len)
{
	struct oom_dump *d = backend;
	d->long_read = len >= LONG_READ;
	uint64_t phys;
	bool image;
	for (size_t n = 0, piece; n < len; n += piece) {
		piece = piece_at(d, addr + n, len - n, &phys, &image);
		if (!piece || !read_frames(d, phys, (char *)buf + n, piece, image))
			return OOM_EREAD;
	}
	return OOM_OK;
}

static bool dump_has_pfn(void *backend, uint64_t pfn)
{
	struct oom_dump *d = backend;
	return d->pages->ops->status(d->pages, pfn * d->page_size / d->pages->page_size) != OOM_PAGE_ABSENT;
}

static void dump_track(void *backend, bool on)
{
	struct oom_dump *d = backend;
	d->tracking = on && d->image && d->image->options.track;
}

static void dump_words(void *backend, uint64_t addr, size_t len, enum oom_words what, bool goes_on)
{
	struct oom_dump *d = backend;
	uint64_t phys;
	bool image;
	for (size_t n = 0, piece; d->tracking && d->exact && n < len; n += piece) {
		piece = piece_at(d, addr + n, len - n, &phys, &image);
		if (!piece)
			return;
		oom_exact_words(d->exact, phys, piece, what, goes_on || n);
	}
}

static void dump_saw(void *backend, uint64_t addr, size_t len)
{
	struct oom_dump *d = backend;
	size_t size = d->pages->page_size;
	uint64_t phys;
	bool image;
	for (size_t n = 0, piece; d->tracking && n < len; n += piece) {
		piece = piece_at(d, addr + n, len - n, &phys, &image);
		if (!piece)
			return;
		for (size_t m = 0, part; m < piece; m += part) {
			size_t from = (size_t)((phys + m) % size);
			part = size - from < piece - m ? size - from : piece - m;
			remember(d, (phys + m) / size, from, part);
		}
	}
}

static void dump_close(void *backend)
{
	oom_dump_free(backend);
}

/** Without libaddrxlat, whose contexts belong to one thread. */
static void *dump_clone(void *backend)
{
	const struct oom_dump *from = backend;
	struct oom_pages *pages =
		from->foreign || !from->pages->ops->clone ? NULL : from->pages->ops->clone(from->pages);
	struct oom_dump *d = pages ? oom_dump_new(pages) : NULL;
	if (!d)
		return NULL;
	d->xlat = from->xlat;
	d->page_size = from->page_size;
	d->big_endian = from->big_endian;
	d->direct_asked = from->direct_asked;
	return d;
}

const struct oom_image_ops oom_dump_ops = {
	.read_virt = dump_read_virt,
	.read_phys = dump_read_phys,
	.has_pfn = dump_has_pfn,
	.track = dump_track,
	.saw = dump_saw,
	.words = dump_words,
	.close = dump_close,
	.clone = dump_clone,
};

struct oom_dump *oom_dump_new(struct oom_pages *pages)
{
	struct oom_dump *d = calloc(1, sizeof(*d));
	if (!d) {
		oom_pages_close(pages);
		return NULL;
	}
	d->pages = pages;
	d->page_size = 4096;
	d->cache = new_cache(pages->page_size);
	if (!d->cache) {
		oom_dump_free(d);
		return NULL;
	}
	return d;
}

void oom_dump_free(struct oom_dump *dump)
{
	if (!dump)
		return;
	oom_foreign_free(dump->foreign);
	free_cache(dump->cache);
	oom_pages_close(dump->pages);
	for (int i = 0; i < OOM_NR_SUBJECTS; i++)
		oom_pfnset_clear(&dump->facts[i]);
	oom_exact_free(dump->exact);
	free(dump);
}

struct oom_dump *oom_dump_of(struct oom_image *image)
{
	return image->ops == &oom_dump_ops ? image->backend : NULL;
}
