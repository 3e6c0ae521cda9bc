// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A kernel image whose memory is a buffer: for tests that write the memory themselves. Pages can be made missing.
 */
#ifndef MEMIMAGE_H
#define MEMIMAGE_H

#include "image/internal.h"
#include <stdlib.h>
#include <string.h>

struct mem {
	uint64_t base;
	size_t len;
	uint8_t *data;
	uint8_t *missing; // a byte for each page
	uint8_t *tracked; // a byte for each page: read while it counted
	bool untracked;
	unsigned long reads;
	bool big_endian;
	uint32_t ptr_size;
	struct {
		const char *name;
		uint64_t addr;
	} symbols[8]; // what the backend knows by itself
};

enum { MEM_PAGE = 4096 };

static inline enum oom_status mem_read(void *backend, uint64_t addr, void *buf, size_t len)
{
	struct mem *m = backend;
	m->reads++;
	if (addr < m->base || len > m->len || addr - m->base > m->len - len)
		return OOM_EREAD;
	for (uint64_t p = (addr - m->base) / MEM_PAGE; len && p <= (addr - m->base + len - 1) / MEM_PAGE; p++)
		if (m->missing[p])
			return OOM_EREAD;
	for (uint64_t p = (addr - m->base) / MEM_PAGE; len && p <= (addr - m->base + len - 1) / MEM_PAGE; p++)
		m->tracked[p] |= !m->untracked;
	memcpy(buf, m->data + (addr - m->base), len);
	return OOM_OK;
}

static inline void mem_track(void *backend, bool on)
{
	((struct mem *)backend)->untracked = !on;
}

static inline enum oom_status mem_symbol(void *backend, const char *name, uint64_t *addr)
{
	struct mem *m = backend;
	for (size_t i = 0; i < 8 && m->symbols[i].name; i++)
		if (strcmp(m->symbols[i].name, name) == 0) {
			*addr = m->symbols[i].addr;
			return OOM_OK;
		}
	return OOM_ENOENT;
}

static const struct oom_image_ops mem_ops = {.read_virt = mem_read, .track = mem_track};
static const struct oom_image_ops mem_symbol_ops = {.read_virt = mem_read, .symbol = mem_symbol};

static inline void mem_init(struct mem *m, uint64_t base, size_t len, uint32_t ptr_size, bool big_endian)
{
	*m = (struct mem){.base = base, .len = len, .ptr_size = ptr_size, .big_endian = big_endian};
	m->data = calloc(1, len);
	m->missing = calloc(1, len / MEM_PAGE + 1);
	m->tracked = calloc(1, len / MEM_PAGE + 1);
}

static inline void mem_free(struct mem *m)
{
	free(m->data);
	free(m->missing);
	free(m->tracked);
}

/** Writes a number in the image's byte order. */
static inline void mem_put(struct mem *m, uint64_t addr, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		m->data[addr - m->base + (m->big_endian ? size - 1 - i : i)] = (uint8_t)(value >> (8 * i));
}

static inline struct oom_image *mem_image(struct mem *m, const char *vmcoreinfo,
					  const struct oom_image_options *options)
{
	const struct oom_image_info info = {
		.arch = "x86_64",
		.format = "test",
		.page_size = MEM_PAGE,
		.ptr_size = m->ptr_size,
		.big_endian = m->big_endian,
	};
	struct oom_image *image = NULL;
	const struct oom_image_ops *ops = m->symbols[0].name ? &mem_symbol_ops : &mem_ops;
	oom_image_new(ops, m, vmcoreinfo, strlen(vmcoreinfo), &info, options, &image, NULL);
	return image;
}

/** Is there a line in the image's missing list with @p part in it? */
static inline bool mem_misses(const struct oom_image *image, const char *part)
{
	for (size_t i = 0; i < image->info.missing.n; i++)
		if (strstr(image->info.missing.v[i], part))
			return true;
	return false;
}

#endif
