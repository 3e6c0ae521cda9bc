// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * oom_slim_write(): which frames of a dump go into its slim copy. Those that gave a fact have been remembered while a
 * report was made (oom_image_track()); what is added here are the page tables by which other readers find them.
 *
 * User memory is never among them: oom_read_user() does not count, and no walker reads a user's page otherwise.
 * What is to be redacted has only the bytes of those frames that gave a fact (exact.h).
 */
#include "image/dump.h"
#include "image/slimfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ROUNDS = 8 };

/** Remembers the tables that lead to @p virt. */
static void touch(struct oom_dump *d, uint64_t virt)
{
	uint64_t phys;
	if (d->xlat.root)
		oom_xlat_walk(&d->xlat, d->xlat.root, NULL, virt, oom_dump_read_entry, d, &phys);
}

/** Adds the variables by which readers find the linear maps, and ppc64's byte order, where page tables do not tell. */
static void add_bases(struct oom_image *image)
{
	static const char *const NAMES[] = {"page_offset_base", "vmalloc_base",	  "vmemmap_base",   "phys_base",
					    "memstart_addr",	"kimage_voffset", "node_online_map"};
	uint64_t at, value;
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (oom_symbol(image, NAMES[i], &at) == OOM_OK)
			(void)oom_read_ulong(image, at, &value);
}

/** Remembers the tables that lead to where the linear maps have the frame at @p phys. */
static void touch_maps(struct oom_dump *d, uint64_t phys)
{
	for (int m = 0; m < OOM_NR_MAPS; m++) {
		const struct oom_linear_map *map = &d->xlat.maps[m];
		if (map->last && phys - map->phys <= map->last - map->start)
			touch(d, map->start + (phys - map->phys));
	}
}

/**
 * Adds the page tables of the remembered frames' addresses in the linear maps. Our own reader needs them only for what
 * is mapped elsewhere, and those were remembered when it was read; libkdumpfile asks them for everything.
 */
static void add_tables(struct oom_dump *d)
{
	size_t before = 0;
	// A table is a frame with an address, too; after two or three rounds there is nothing new.
	for (int round = 0; round < MAX_ROUNDS && before != d->facts[OOM_ABOUT_MEMORY].n; round++) {
		before = d->facts[OOM_ABOUT_MEMORY].n;
		for (int s = 0; s < OOM_NR_SUBJECTS; s++)
			for (size_t i = 0, n = d->facts[s].n; i < n; i++)
				touch_maps(d, d->facts[s].list[i] * d->pages->page_size);
	}
}

/**
 * All frames to write, what matters most first: of a file that is cut off the beginning is left. The log and the state
 * of the machine nobody else has, in the order in which a report asks for them; symbols are in the kernel's System.map
 * and vmlinux, and types in any machine's /sys/kernel/btf/vmlinux with the same kernel.
 * @return false: without memory, or there are none
 */
static bool order(const struct oom_dump *d, struct oom_pfnset *ret)
{
	ret->no_memory = d->no_memory || (d->image && d->image->info.no_memory);
	for (int s = 0; s < OOM_NR_SUBJECTS; s++) {
		ret->no_memory |= d->facts[s].no_memory;
		for (size_t i = 0; i < d->facts[s].n; i++)
			oom_pfnset_add(ret, d->facts[s].list[i]);
	}
	return ret->n && !ret->no_memory;
}

static bool read_again(void *dump, uint64_t phys, void *buf, size_t len)
{
	return oom_dump_read(dump, phys, buf, len);
}

/** Writes the frames of @p all. */
static enum oom_status write_frames(struct oom_dump *d, const struct oom_pfnset *all,
				    const struct oom_rewriter *rewriter, int fd, struct oom_error *err)
{
	uint64_t *pfns = oom_pfnset_sorted(all);
	if (!pfns)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	struct oom_slimfile file = {.pages = d->pages, .pfns = pfns, .nr_pfns = all->n, .order = all->list};
	if (rewriter) {
		file.exact = d->exact;
		file.rewriter = rewriter;
	}
	// What else is incomplete, a damaged VMCOREINFO for one, the slim dump shows by itself.
	file.lacks = d->pages->complete == OOM_NO ? d->pages->why : d->lost_told ? OOM_LOST_PAGES : NULL;
	if (d->xlat.arch == OOM_XLAT_X86_64)
		file.phys_base = d->xlat.maps[OOM_MAP_IMAGE].phys;
	enum oom_status status = rewriter ? oom_exact_rewrite(d->exact, read_again, d, rewriter, err) : OOM_OK;
	if (status == OOM_OK)
		status = oom_slimfile_write(fd, &file, err);
	free(pfns);
	if (status == OOM_OK && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
		status = oom_fail(err, OOM_EWRITE, "cannot be written: %m");
	return status;
}

static enum oom_status write_file(struct oom_dump *d, const struct oom_rewriter *rewriter, int fd,
				  struct oom_error *err)
{
	struct oom_pfnset all = {0};
	enum oom_status status;
	if (order(d, &all))
		status = write_frames(d, &all, rewriter, fd, err);
	else
		status = all.no_memory ? oom_fail(err, OOM_ENOMEM, "out of memory")
				       : oom_fail(err, OOM_EINVAL, "no page of this dump gave a fact");
	oom_pfnset_clear(&all);
	return status;
}

static enum oom_status finish(int fd, enum oom_status status, struct oom_error *err)
{
	if (fd >= 0 && close(fd) != 0 && status == OOM_OK)
		status = oom_fail(err, OOM_EWRITE, "cannot be written: %m");
	return status;
}

/** Writes beside the place and moves it there, so that neither an old file nor the dump itself is lost by a failure. */
static enum oom_status write_and_rename(struct oom_dump *d, const struct oom_rewriter *rewriter, const char *path,
					struct oom_error *err)
{
	size_t len = strlen(path) + sizeof(".XXXXXX");
	char *temporary = malloc(len);
	if (!temporary)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	snprintf(temporary, len, "%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC);
	enum oom_status status =
		fd < 0 ? oom_fail(err, OOM_EWRITE, "cannot be written: %m") : write_file(d, rewriter, fd, err);
	status = finish(fd, status, err);
	if (status == OOM_OK && rename(temporary, path) != 0)
		status = oom_fail(err, OOM_EWRITE, "cannot be written: %m");
	if (fd >= 0 && status != OOM_OK)
		unlink(temporary);
	free(temporary);
	return status;
}

static enum oom_status write_slim(struct oom_image *image, const char *path, bool for_crash,
				  const struct oom_rewriter *rewriter, struct oom_error *err)
{
	struct oom_dump *d = oom_dump_of(image);
	if (!d)
		return oom_fail(err, OOM_EINVAL, "this is no dump file");
	if (!image->options.track || (rewriter && !d->exact))
		return oom_fail(err, OOM_EINVAL, "the dump was not opened to be slimmed");
	bool before = oom_image_track(image, true);
	if (for_crash)
		oom_slim_add_crash(image);
	add_bases(image);
	add_tables(d);
	oom_image_track(image, before);

	struct stat st;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		enum oom_status status =
			fd < 0 ? oom_fail(err, OOM_EWRITE, "cannot be written: %m") : write_file(d, rewriter, fd, err);
		return finish(fd, status, err);
	}
	return write_and_rename(d, rewriter, path, err);
}

enum oom_status oom_slim_write(struct oom_image *image, const char *path, bool for_crash, struct oom_error *err)
{
	return write_slim(image, path, for_crash, NULL, err);
}

enum oom_status oom_slim_write_rewritten(struct oom_image *image, const char *path, const struct oom_rewriter *rewriter,
					 struct oom_error *err)
{
	return write_slim(image, path, false, rewriter, err);
}
