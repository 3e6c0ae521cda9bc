// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Reads of a dump: virtual address → linear map, else page tables → frame → page cache.
 *
 * An excluded page reads as zeros only where the dump level says that pages of zeros were left out, and only at a kernel
 * address: there is no telling such a page from one that was left out for another reason, and at a kernel address the
 * other reasons (page cache, user memory, free) do not apply.
 */
#include "image/dump.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CACHE_BYTES = 4 << 20 };

struct oom_page_slot {
	uint64_t pfn; // + 1; 0: empty
	enum oom_page_status status;
	unsigned char *page;
};

static size_t slot_index(const struct oom_dump *d, uint64_t pfn)
{
	return (size_t)(pfn * UINT64_C(0x9e3779b97f4a7c15) >> 40) % d->nr_slots;
}

/** The frame's bytes, valid until the next call; NULL if it cannot be read, or is excluded and @p zeros is false. */
static const unsigned char *frame(struct oom_dump *d, uint64_t pfn, bool zeros)
{
	struct oom_page_slot *slot = &d->slots[slot_index(d, pfn)];
	if (slot->pfn != pfn + 1) {
		if (!slot->page && !(slot->page = malloc(d->pages->page_size)))
			return NULL;
		slot->status = d->pages->ops->read(d->pages, pfn, slot->page);
		slot->pfn = pfn + 1;
		if (slot->status == OOM_PAGE_EXCLUDED)
			memset(slot->page, 0, d->pages->page_size);
	}
	bool usable = slot->status == OOM_PAGE_OK ||
		      (slot->status == OOM_PAGE_EXCLUDED && zeros && d->pages->zero_excluded);
	if (!usable)
		return NULL;
	if (d->tracking)
		oom_pfnset_add(&d->facts, pfn);
	return slot->page;
}

static bool read_frames(struct oom_dump *d, uint64_t phys, void *buf, size_t len, bool zeros)
{
	size_t size = d->pages->page_size;
	for (size_t n = 0; n < len;) {
		size_t within = (size_t)((phys + n) % size), piece = size - within < len - n ? size - within : len - n;
		const unsigned char *page = frame(d, (phys + n) / size, zeros);
		if (!page)
			return false;
		memcpy((char *)buf + n, page + within, piece);
		n += piece;
	}
	return true;
}

static enum oom_status dump_read_phys(void *backend, uint64_t phys, void *buf, size_t len)
{
	return read_frames(backend, phys, buf, len, false) ? OOM_OK : OOM_EREAD;
}

static bool read_entry(void *arg, uint64_t phys, void *entry, size_t size)
{
	return read_frames(arg, phys, entry, size, true);
}

static bool walk(struct oom_dump *d, uint64_t virt, uint64_t *phys)
{
	return d->xlat.root && oom_xlat_walk(&d->xlat, d->xlat.root, NULL, virt, read_entry, d, phys);
}

/** x86_64 keeps the start of the direct map in a variable: readable once the image's map is known. */
static void find_direct_map(struct oom_dump *d)
{
	uint64_t at, base;
	d->direct_asked = true;
	if (d->xlat.arch != OOM_XLAT_X86_64 || !d->image)
		return;
	if (oom_symbol(d->image, "page_offset_base", &at) != OOM_OK || oom_read_u64(d->image, at, &base) != OOM_OK)
		return;
	uint64_t bytes = d->pages->max_pfn * d->pages->page_size;
	// Where both are there, the page tables are the judge.
	uint64_t probe = base + d->xlat.maps[OOM_MAP_IMAGE].phys + (16 << 20), phys;
	if (walk(d, probe, &phys) && phys != probe - base)
		return;
	oom_xlat_set_direct(&d->xlat, base, bytes);
}

static bool translate(struct oom_dump *d, uint64_t virt, uint64_t *phys)
{
	if (oom_xlat_linear(&d->xlat, virt, phys))
		return true;
	if (!d->direct_asked) {
		find_direct_map(d);
		if (oom_xlat_linear(&d->xlat, virt, phys))
			return true;
	}
	return walk(d, virt, phys);
}

static enum oom_status dump_read_virt(void *backend, uint64_t addr, void *buf, size_t len)
{
	struct oom_dump *d = backend;
	for (size_t n = 0; n < len;) {
		size_t within = (size_t)((addr + n) % d->page_size);
		size_t piece = d->page_size - within < len - n ? d->page_size - within : len - n;
		uint64_t phys;
		if (!translate(d, addr + n, &phys) || !read_frames(d, phys, (char *)buf + n, piece, true)) {
			if (!d->translator ||
			    oom_libkdump_read_virt(d->translator, addr + n, (char *)buf + n, piece) != OOM_OK)
				return OOM_EREAD;
		}
		n += piece;
	}
	return OOM_OK;
}

static bool dump_has_pfn(void *backend, uint64_t pfn)
{
	struct oom_dump *d = backend;
	uint64_t block = pfn * d->page_size / d->pages->page_size;
	return d->pages->ops->status(d->pages, block) == OOM_PAGE_OK;
}

static void dump_track(void *backend, bool on)
{
	struct oom_dump *d = backend;
	d->tracking = on && d->image->options.track;
}

static void dump_close(void *backend)
{
	struct oom_dump *d = backend;
	if (d->translator)
		d->translator->ops->close(d->translator);
	d->pages->ops->close(d->pages);
	for (size_t i = 0; i < d->nr_slots; i++)
		free(d->slots[i].page);
	free(d->slots);
	oom_pfnset_clear(&d->facts);
	free(d);
}

static const struct oom_image_ops dump_ops = {
	.read_virt = dump_read_virt,
	.read_phys = dump_read_phys,
	.has_pfn = dump_has_pfn,
	.track = dump_track,
	.close = dump_close,
};

struct oom_dump *oom_dump_of(struct oom_image *image)
{
	return image->ops == &dump_ops ? image->backend : NULL;
}

/* Opening. */

static enum oom_status open_sources(const char *const *paths, size_t n, struct oom_source **sources,
				    struct oom_error *err)
{
	for (size_t i = 0; i < n; i++) {
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
		enum oom_status status = fd < 0 ? oom_fail(err, OOM_EOPEN, "cannot be opened: %m")
						: oom_source_open(fd, &sources[i], err);
		if (status != OOM_OK) {
			while (i--)
				oom_source_close(sources[i]);
			return status;
		}
	}
	return OOM_OK;
}

/** Takes over the sources. */
static enum oom_status open_pages(struct oom_source **sources, size_t n, struct oom_pages **ret, struct oom_error *err)
{
	if (oom_diskdump_is(sources[0]))
		return oom_diskdump_open(sources, n, ret, err);
	if (n == 1 && oom_elfdump_is(sources[0]))
		return oom_elfdump_open(sources[0], ret, err);
	if (!oom_source_is_flat(sources[0]))
		return oom_libkdump_open(sources, n, ret, err);
	for (size_t i = 0; i < n; i++)
		oom_source_close(sources[i]);
	return oom_fail(err, OOM_EFORMAT, "a flattened file that holds no dump of a known format");
}

/** libkdumpfile on the same files, to translate addresses of an architecture that xlat.c does not know. */
static struct oom_pages *open_translator(const char *const *paths, size_t n, const char *arch,
					 const struct oom_vmcoreinfo *info)
{
	struct oom_source **sources = calloc(n, sizeof(*sources));
	struct oom_pages *pages = NULL;
	if (sources && open_sources(paths, n, sources, NULL) == OOM_OK && oom_libkdump_open(sources, n, &pages, NULL) == OOM_OK) {
		int64_t pgd = 0;
		// i386 PAE: libkdumpfile 0.5.1 recurses without end until it is told where the tables start.
		if (strcmp(arch, "ia32") == 0 && oom_vmcoreinfo_number(info, "SYMBOL", "swapper_pg_dir", &pgd))
			pgd -= 0xc0000000;
		oom_libkdump_set_arch(pages, arch, (uint64_t)pgd);
	}
	free(sources);
	return pages;
}

/** Memory of a dump without VMCOREINFO in its headers is searched for it. */
static void find_missing_vmcoreinfo(struct oom_pages *pages, struct oom_image_info *info, struct oom_arena *arena)
{
	if (pages->vmcoreinfo)
		return;
	pages->vmcoreinfo = oom_find_vmcoreinfo(pages, &pages->vmcoreinfo_len);
	oom_strings_addf(arena, &info->missing, "VMCOREINFO: the dump's headers do not have it%s",
			 pages->vmcoreinfo ? "; it was found in the dump's memory" : ", and no copy was found in its memory");
}

static struct oom_image_info describe(const struct oom_pages *pages, const struct oom_vmcoreinfo *vmci,
				      struct oom_arena *arena)
{
	struct oom_image_info info = {.format = pages->format, .complete = pages->complete, .page_size = 4096};
	int64_t page_size;
	const char *text = oom_vmcoreinfo_get(vmci, "PAGESIZE");
	page_size = text ? strtoll(text, NULL, 10) : 4096;
	if (page_size >= 4096 && page_size <= 65536 && !(page_size & (page_size - 1)))
		info.page_size = (uint32_t)page_size;
	info.arch = oom_dump_arch(pages, vmci);
	info.big_endian = pages->big_endian;
	info.ptr_size = info.arch && (strcmp(info.arch, "ia32") == 0 || strcmp(info.arch, "arm") == 0) ? 4 : 8;
	if (!info.arch)
		oom_strings_addf(arena, &info.missing, "the architecture: neither the dump's header nor VMCOREINFO tells it");
	if (pages->complete == OOM_NO)
		oom_strings_addf(arena, &info.missing, "%s", pages->why_incomplete);
	return info;
}

static struct oom_dump *dump_new(struct oom_pages *pages, const struct oom_image_options *options)
{
	struct oom_dump *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->pages = pages;
	d->nr_slots = CACHE_BYTES / pages->page_size;
	d->slots = calloc(d->nr_slots, sizeof(*d->slots));
	d->tracking = options && options->track;
	if (d->slots)
		return d;
	free(d);
	return NULL;
}

/** Are the kernel's page tables readable? If not, the linear maps have to do, and the report says so. */
static void probe_page_tables(struct oom_dump *d, struct oom_image *image)
{
	uint64_t stext, phys;
	if (!d->xlat.root || oom_symbol(image, "_stext", &stext) != OOM_OK)
		return;
	bool before = oom_image_track(image, false);
	image->info.no_page_tables = !walk(d, stext, &phys);
	oom_image_track(image, before);
	if (image->info.no_page_tables)
		oom_strings_addf(image->arena, &image->info.missing,
				 "page tables: not in the dump; addresses were translated by the kernel's linear maps, what is "
				 "mapped elsewhere (vmalloc, modules) is missing");
}

static enum oom_status make_image(struct oom_pages *pages, const char *const *paths, size_t nr_paths,
				  const struct oom_image_options *options, struct oom_image **ret, struct oom_error *err)
{
	struct oom_arena *scratch = oom_arena_new();
	struct oom_dump *d = dump_new(pages, options);
	if (!scratch || !d) {
		oom_arena_free(scratch);
		free(d);
		pages->ops->close(pages);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	struct oom_image_info found = {0};
	find_missing_vmcoreinfo(pages, &found, scratch);
	struct oom_vmcoreinfo *vmci =
		pages->vmcoreinfo ? oom_vmcoreinfo_new(scratch, pages->vmcoreinfo, pages->vmcoreinfo_len) : NULL;
	struct oom_image_info info = describe(pages, vmci, scratch);
	for (size_t i = 0; i < found.missing.n; i++)
		oom_strings_addf(scratch, &info.missing, "%s", found.missing.v[i]);
	d->page_size = info.page_size < pages->page_size ? info.page_size : pages->page_size;
	oom_xlat_init(&d->xlat, info.arch, vmci, info.page_size);
	if (info.arch && (d->xlat.arch == OOM_XLAT_NONE || d->xlat.arch == OOM_XLAT_IA32))
		d->translator = open_translator(paths, nr_paths, info.arch, vmci);
	enum oom_status status = oom_image_new(&dump_ops, d, pages->vmcoreinfo, pages->vmcoreinfo_len, &info, options, ret, err);
	oom_arena_free(scratch);
	if (status != OOM_OK) {
		dump_close(d);
		return status;
	}
	d->image = *ret;
	probe_page_tables(d, *ret);
	return OOM_OK;
}

enum oom_status oom_image_open(const char *const *paths, size_t nr_paths, const struct oom_image_options *options,
			       struct oom_image **ret, struct oom_error *err)
{
	if (!nr_paths)
		return oom_fail(err, OOM_EINVAL, "no file given");
	struct oom_source **sources = calloc(nr_paths, sizeof(*sources));
	if (!sources)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	struct oom_pages *pages = NULL;
	enum oom_status status = open_sources(paths, nr_paths, sources, err);
	if (status == OOM_OK)
		status = open_pages(sources, nr_paths, &pages, err);
	free(sources);
	if (status == OOM_OK)
		status = make_image(pages, paths, nr_paths, options, ret, err);
	if (status != OOM_OK)
		return status;
	// A vmlinux or System.map that the user gave must fit this kernel: that is an error now, not a gap later.
	if (options && (options->vmlinux || options->system_map))
		status = oom_symbols_new(*ret, &(*ret)->symbols, err);
	if (status != OOM_OK) {
		oom_image_close(*ret);
		*ret = NULL;
	}
	return status;
}
