// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Memory of a process, by its page tables: command lines. Works over every backend that reads physical memory. What is
 * read here never counts as a page that gave a fact: user memory must not get into a slim dump.
 */
#include "image/xlat.h"

struct oom_xlat *oom_image_xlat(struct oom_image *image)
{
	if (!image->xlat) {
		image->xlat = oom_alloc(image->arena, sizeof(*image->xlat));
		if (image->xlat && !image->info.big_endian)
			oom_xlat_init(image->xlat, image->info.arch, image->vmcoreinfo, image->info.page_size, NULL);
	}
	return image->xlat;
}

static bool read_entry(void *arg, uint64_t phys, void *entry, size_t size)
{
	return oom_read_phys(arg, phys, entry, size) == OOM_OK;
}

static enum oom_status read_user(struct oom_image *image, const struct oom_xlat *x, uint64_t pgd, uint64_t addr,
				 uint8_t *buf, size_t len)
{
	for (size_t n = 0; n < len;) {
		size_t page = image->info.page_size, within = (size_t)((addr + n) % page);
		size_t piece = page - within < len - n ? page - within : len - n;
		uint64_t top, phys;
		// The root's address is a virtual one, whose translation is the backend's business.
		if (oom_read_u64(image, pgd + 8 * oom_xlat_top_index(x, addr + n), &top) != OOM_OK ||
		    oom_xlat_walk(x, 0, &top, addr + n, read_entry, image, &phys) != OOM_WALK_MAPPED ||
		    oom_read_phys(image, phys, buf + n, piece) != OOM_OK)
			return OOM_EREAD;
		n += piece;
	}
	return OOM_OK;
}

enum oom_status oom_read_user(struct oom_image *image, uint64_t pgd, uint64_t addr, void *buf, size_t len)
{
	const struct oom_xlat *x = oom_image_xlat(image);
	if (!x || !pgd || (len && addr + len - 1 < addr) || !oom_xlat_is_user(x, len ? addr + len - 1 : addr))
		return OOM_EREAD;
	bool before = oom_image_track(image, false);
	enum oom_status status = read_user(image, x, pgd, addr, buf, len);
	oom_image_track(image, before);
	return status;
}
