// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * An image made of a fuzzer's input: VMCOREINFO and pieces of memory, so that the mutations reach what the kernel
 * wrote.
 *
 *   byte       bit 0: pointers of 4 bytes, bit 1: big endian
 *   2 bytes    length of VMCOREINFO (little endian, like all that follows), then its text
 *   pieces     8 bytes address, 4 bytes length (the last piece may be shorter), then the bytes
 */
#ifndef OOM_TESTS_REGIONS_H
#define OOM_TESTS_REGIONS_H

#include "fuzz.h"
#include "image/internal.h"
#include <string.h>

enum { REGIONS_MAX = 64 };

struct regions {
	struct {
		uint64_t addr, len;
		const uint8_t *bytes;
	} v[REGIONS_MAX];
	size_t n;
};

static inline uint64_t regions_number(const uint8_t *p, size_t size)
{
	uint64_t ret = 0;
	for (size_t i = 0; i < size; i++)
		ret |= (uint64_t)p[i] << 8 * i;
	return ret;
}

/** Bytes from @p addr on that are in one piece. */
static inline size_t regions_piece(const struct regions *r, uint64_t addr, const uint8_t **bytes)
{
	for (size_t i = 0; i < r->n; i++)
		if (addr - r->v[i].addr < r->v[i].len) {
			*bytes = r->v[i].bytes + (addr - r->v[i].addr);
			return r->v[i].len - (addr - r->v[i].addr);
		}
	return 0;
}

static enum oom_status regions_read(void *backend, uint64_t addr, void *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		const uint8_t *bytes;
		size_t n = regions_piece(backend, addr + done, &bytes);
		if (!n)
			return OOM_EREAD;
		n = n < len - done ? n : len - done;
		memcpy((uint8_t *)buf + done, bytes, n);
		done += n;
	}
	return OOM_OK;
}

/** The image of an input; NULL if that is none. @p r must live as long. */
static inline struct oom_image *regions_open(struct regions *r, const uint8_t *data, size_t size)
{
	static const struct oom_image_ops ops = {.read_virt = regions_read};
	struct oom_image *image = NULL;
	struct oom_error err = {0};
	size_t text = size >= 3 ? regions_number(data + 1, 2) : 0;
	r->n = 0;
	if (size < 3 || text > size - 3)
		return NULL;
	for (size_t at = 3 + text; r->n < REGIONS_MAX && at + 12 < size; r->n++) {
		uint64_t len = regions_number(data + at + 8, 4);
		r->v[r->n].addr = regions_number(data + at, 8);
		r->v[r->n].bytes = data + at + 12;
		r->v[r->n].len = len < size - at - 12 ? len : size - at - 12;
		at += 12 + r->v[r->n].len;
	}
	const struct oom_image_info info = {.arch = "x86_64",
					    .format = "fuzz",
					    .page_size = 4096,
					    .ptr_size = data[0] & 1 ? 4 : 8,
					    .big_endian = data[0] & 2};
	if (oom_image_new(&ops, r, (const char *)data + 3, text, &info, NULL, &image, &err) != OOM_OK)
		abort();
	return image;
}

#endif
