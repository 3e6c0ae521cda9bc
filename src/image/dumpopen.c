// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * oom_image_open(): the right reader for a file, and what is known about the dump as a whole.
 */
#include "case/files.h"
#include "image/dump.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void oom_pages_close(struct oom_pages *pages)
{
	if (pages)
		pages->ops->close(pages);
}

static enum oom_status open_source(const char *path, struct oom_source **ret, struct oom_error *err)
{
	struct stat st;
	int fd = oom_open_file(path, O_NONBLOCK); // a pipe in its place must not block us for ever
	if (fd < 0)
		return oom_fail(err, OOM_EOPEN, "cannot be opened: %m");
	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) {
		close(fd);
		return oom_fail(err, OOM_EFORMAT, "is no file");
	}
	return oom_source_open(fd, ret, err);
}

static void close_sources(struct oom_source **sources, size_t n)
{
	for (size_t i = 0; i < n; i++)
		oom_source_close(sources[i]);
}

static enum oom_status open_sources(const char *const *paths, size_t n, struct oom_source **sources,
				    struct oom_error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct oom_error own = {0};
		enum oom_status status = open_source(paths[i], &sources[i], &own);
		if (status != OOM_OK) {
			close_sources(sources, i);
			// Whoever tells of it names the first file.
			return oom_fail(err, status, "%s%s%s", i ? paths[i] : "", i ? ": " : "", own.text);
		}
	}
	return OOM_OK;
}

/** Takes over the sources. */
static enum oom_status open_pages(struct oom_source **sources, size_t n, struct oom_pages **ret, struct oom_error *err)
{
	bool flat = oom_source_is_flat(sources[0]), can = true;
	if (oom_diskdump_is(sources[0])) {
		for (size_t i = 1; i < n; i++)
			if (!oom_diskdump_is(sources[i])) {
				close_sources(sources, n);
				return oom_fail(err, OOM_EFORMAT, "these files are not parts of one dump");
			}
		can = oom_diskdump_can(sources[0]);
		if (can || flat)
			return oom_diskdump_open(sources, n, ret, err);
	}
	if (n > 1 && can) {
		close_sources(sources, n);
		return oom_fail(err, OOM_EFORMAT,
				"these files are not parts of one dump: only kdump-compressed dumps are split");
	}
	if (oom_elfdump_is(sources[0]))
		return oom_elfdump_open(sources[0], ret, err);
	if (!oom_source_size(sources[0]) || flat) {
		close_sources(sources, n);
		return flat ? oom_fail(err, OOM_EFORMAT, "is a flattened file that holds no dump of a known format")
			    : oom_fail(err, OOM_EFORMAT, "is empty");
	}
	return oom_libkdump_open(sources, n, ret, err);
}

/** A dump without VMCOREINFO in its headers is searched for it. */
static void find_missing_vmcoreinfo(struct oom_pages *pages, struct oom_strings *missing, struct oom_arena *arena)
{
	if (pages->vmcoreinfo)
		return;
	pages->vmcoreinfo = oom_find_vmcoreinfo(pages, &pages->vmcoreinfo_len);
	if (!pages->vmcoreinfo)
		oom_strings_addf(arena, missing, "VMCOREINFO: neither the dump's headers nor its memory have it");
}

static uint32_t kernel_page_size(const struct oom_vmcoreinfo *vmci)
{
	const char *text = oom_vmcoreinfo_get(vmci, "PAGESIZE");
	unsigned long size = text ? strtoul(text, NULL, 10) : 0;
	return size >= 4096 && size <= 65536 && !(size & (size - 1)) ? (uint32_t)size : 4096;
}

static void describe(const struct oom_pages *pages, const struct oom_vmcoreinfo *vmci, struct oom_image_info *info,
		     struct oom_arena *arena)
{
	info->format = pages->format;
	info->complete = pages->complete;
	info->page_size = kernel_page_size(vmci);
	info->arch = oom_dump_arch(pages, vmci);
	info->big_endian = pages->big_endian;
	info->ptr_size = pages->ptr_size ? pages->ptr_size : 8;
	// A 64-bit container can hold a 32-bit kernel, as QEMU's dumps of an i386 guest with PAE may.
	if (info->arch && (strcmp(info->arch, "ia32") == 0 || strcmp(info->arch, "arm") == 0))
		info->ptr_size = 4;
	if (!info->arch)
		oom_strings_addf(arena, &info->missing,
				 "the architecture: neither the dump's header nor VMCOREINFO tells it");
	if (pages->complete == OOM_NO)
		oom_strings_addf(arena, &info->missing, "%s", pages->why);
}

/** Is the kernel's top-level page table readable? If not, the linear maps have to do, and the report says so. */
static void probe_page_tables(struct oom_dump *d, struct oom_image *image)
{
	uint8_t entry[8];
	if (d->foreign || (d->xlat.root && oom_dump_read(d, d->xlat.root, entry, sizeof(entry))))
		return;
	image->info.no_page_tables = true;
	oom_strings_addf(
		image->arena, &image->info.missing,
		"page tables: %s; addresses are translated by the linear maps alone, and what is mapped elsewhere "
		"(vmalloc, modules, struct pages) is missing",
		d->xlat.levels ? "the kernel's are not in the dump" : "those of this kind of machine are not known");
}

/** Takes over @p pages. */
static enum oom_status make_image(struct oom_pages *pages, struct oom_arena *scratch,
				  const struct oom_image_options *options, struct oom_image **ret,
				  struct oom_error *err)
{
	struct oom_image_info info = {0};
	find_missing_vmcoreinfo(pages, &info.missing, scratch);
	struct oom_vmcoreinfo *vmci =
		pages->vmcoreinfo ? oom_vmcoreinfo_new(scratch, pages->vmcoreinfo, pages->vmcoreinfo_len) : NULL;
	describe(pages, vmci, &info, scratch);
	struct oom_dump *d = oom_dump_new(pages);
	if (!d)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	if (options && options->track && options->exact && !(d->exact = oom_exact_new(pages->page_size))) {
		oom_dump_free(d);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	d->page_size = info.page_size;
	oom_xlat_init(&d->xlat, info.arch, vmci, info.page_size, pages->has_phys_base ? &pages->phys_base : NULL);
	d->big_endian = info.big_endian = oom_dump_big_endian(pages, info.arch, vmci, &d->xlat);
	if (info.big_endian) { // xlat.c reads little-endian tables; arm64 can have the others
		d->xlat.levels = 0;
		d->xlat.root = 0;
	}
	if (info.arch && !d->xlat.levels)
		d->foreign = oom_foreign_new(d, info.arch, vmci);
	enum oom_status status =
		oom_image_new(&oom_dump_ops, d, pages->vmcoreinfo, pages->vmcoreinfo_len, &info, options, ret, err);
	if (status != OOM_OK) {
		oom_dump_free(d);
		return status;
	}
	d->image = *ret;
	probe_page_tables(d, *ret);
	d->tracking = options && options->track;
	return OOM_OK;
}

static enum oom_status open_dump(const char *const *paths, size_t nr_paths, const struct oom_image_options *options,
				 struct oom_image **ret, struct oom_error *err)
{
	struct oom_source **sources = calloc(nr_paths, sizeof(void *));
	if (!sources)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	struct oom_pages *pages = NULL;
	enum oom_status status = open_sources(paths, nr_paths, sources, err);
	if (status == OOM_OK)
		status = open_pages(sources, nr_paths, &pages, err);
	free(sources);
	if (!pages)
		return status;
	struct oom_arena *scratch = oom_arena_new();
	if (!scratch) {
		oom_pages_close(pages);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	status = make_image(pages, scratch, options, ret, err);
	oom_arena_free(scratch);
	return status;
}

/** A vmlinux, System.map or BTF file that the user gave must fit this kernel: that is an error now, not a gap later. */
static enum oom_status open_given(struct oom_image *image, const struct oom_image_options *options,
				  struct oom_error *err)
{
	enum oom_status status = OOM_OK;
	if (options->vmlinux || options->system_map) {
		image->symbols_asked = true;
		image->subject = OOM_ABOUT_SYMBOLS;
		status = oom_symbols_new(image, &image->symbols, err);
	}
	if (status == OOM_OK && options->btf) {
		image->types_asked = true;
		image->subject = OOM_ABOUT_TYPES;
		status = oom_types_new(image, &image->types, err);
	}
	image->subject = OOM_ABOUT_MEMORY;
	return status;
}

enum oom_status oom_image_open(const char *const *paths, size_t nr_paths, const struct oom_image_options *options,
			       struct oom_image **ret, struct oom_error *err)
{
	if (!nr_paths)
		return oom_fail(err, OOM_EINVAL, "no file given");
	enum oom_status status = open_dump(paths, nr_paths, options, ret, err);
	if (status != OOM_OK)
		return status;
	if (options)
		status = open_given(*ret, options, err);
	if (status == OOM_OK) {
		oom_vmcoreinfo_check(*ret);
	} else {
		oom_image_close(*ret);
		*ret = NULL;
	}
	return status;
}
