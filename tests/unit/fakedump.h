// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Writes small kdump-compressed dumps and flattened files, after makedumpfile's IMPLEMENTATION and diskdump_mod.h and
 * independent of the readers and of the slim writer.
 */
#ifndef FAKEDUMP_H
#define FAKEDUMP_H

#include <endian.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { FAKE_PLAIN = 0, FAKE_ZLIB = 1, FAKE_LZO = 2, FAKE_SNAPPY = 4, FAKE_INCOMPLETE = 8, FAKE_ZSTD = 0x20 };
enum { FAKE_FRAMES = 3 * 4096 + 100 }; // more than one stride of the reader's index

struct fakedump {
	bool big_endian, words32;
	unsigned block, version, packing, status_extra, level;
	bool split;
	uint64_t start, end;
	const char *machine, *vmcoreinfo;
	bool (*has)(uint64_t pfn);				      // in bitmap 2
	void (*fill)(uint64_t pfn, unsigned char *page, size_t size); // NULL: fake_fill
};

/** A file that lives in memory and is opened by its path. */
struct fakefile {
	int fd;
	char path[64];
};

static inline struct fakefile fake_file(void)
{
	struct fakefile f = {.fd = memfd_create("dump", MFD_CLOEXEC)};
	assert_true(f.fd >= 0);
	snprintf(f.path, sizeof(f.path), "/proc/self/fd/%d", f.fd);
	return f;
}

static inline void fake_write(int fd, uint64_t at, const void *bytes, size_t len)
{
	assert_int_equal(pwrite(fd, bytes, len, (off_t)at), len);
}

static inline bool fake_has(uint64_t pfn)
{
	return pfn % 29 < 3 || (pfn > 4000 && pfn < 4200) || pfn == FAKE_FRAMES - 1;
}

static inline bool fake_has_few(uint64_t pfn)
{
	return pfn % 97 < 2 || pfn == FAKE_FRAMES - 1;
}

/** Page contents: one page in five is zeros, one cannot be compressed, the others are text-like. */
static inline void fake_fill(uint64_t pfn, unsigned char *page, size_t size)
{
	uint64_t seed = pfn * UINT64_C(0x9e3779b97f4a7c15) + 1;
	memset(page, 0, size);
	if (pfn % 5 == 0)
		return;
	for (size_t i = 0; i < size; i += sizeof(seed)) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		uint64_t mixed = seed ^ seed >> 29;
		uint64_t word =
			pfn % 5 == 1 ? mixed
				     : (mixed & UINT64_C(0x0303030303030303)) + UINT64_C(0x6161616161616161) + pfn % 11;
		memcpy(page + i, &word, sizeof(word));
	}
}

static inline void fake_put(const struct fakedump *d, unsigned char *at, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		at[d->big_endian ? size - 1 - i : i] = (unsigned char)(value >> (8 * i));
}

/** Compressed bytes; as many as there were if they do not shrink. */
static inline size_t fake_pack(const struct fakedump *d, const unsigned char *page, unsigned char *packed)
{
	static unsigned char work[LZO1X_1_MEM_COMPRESS];
	size_t n = 2 * d->block;
	uLongf zlen = n;
	lzo_uint llen = n;
	switch (d->packing) {
	case FAKE_ZLIB:
		assert_int_equal(compress2(packed, &zlen, page, d->block, 1), Z_OK);
		return zlen;
	case FAKE_LZO:
		assert_int_equal(lzo1x_1_compress(page, d->block, packed, &llen, work), LZO_E_OK);
		return llen;
	case FAKE_SNAPPY:
		assert_int_equal(snappy_compress((const char *)page, d->block, (char *)packed, &n), SNAPPY_OK);
		return n;
	case FAKE_ZSTD:
		return ZSTD_compress(packed, n, page, d->block, 1);
	default:
		return d->block;
	}
}

/** Offsets of header and sub header fields: {64-bit, i386}. */
static inline size_t fake_sub(const struct fakedump *d, unsigned char *head, unsigned char *sub, uint64_t blocks)
{
	bool n = d->words32;
	size_t word = n ? 4 : 8, at = n ? 412 : 424;
	memcpy(head, "KDUMP   ", 8);
	fake_put(d, head + 8, 4, d->version);
	snprintf((char *)head + 12 + 4 * 65, 65, "%s", d->machine);
	fake_put(d, head + at, 4, d->packing | d->status_extra);
	fake_put(d, head + at + 4, 4, d->block);
	fake_put(d, head + at + 8, 4, 1);
	fake_put(d, head + at + 12, 4, blocks);
	fake_put(d, head + at + 16, 4, FAKE_FRAMES);
	fake_put(d, sub + word, 4, d->level);
	fake_put(d, sub + word + 4, 4, d->split);
	fake_put(d, sub + (n ? 12 : 16), word, d->start);
	fake_put(d, sub + (n ? 16 : 24), word, d->end);
	if (d->version >= 6) {
		fake_put(d, sub + (n ? 56 : 80), 8, d->start);
		fake_put(d, sub + (n ? 64 : 88), 8, d->end);
		fake_put(d, sub + (n ? 72 : 96), 8, FAKE_FRAMES);
	}
	size_t struct_len = n ? 80 : 104, text = d->vmcoreinfo ? strlen(d->vmcoreinfo) : 0;
	if (!text)
		return 0;
	unsigned char *note = sub + struct_len;
	fake_put(d, note, 4, sizeof("VMCOREINFO"));
	fake_put(d, note + 4, 4, text);
	memcpy(note + 12, "VMCOREINFO", 10);
	memcpy(note + 24, d->vmcoreinfo, text);
	if (d->version >= 4) { // the note alone, as QEMU writes it: no offset of the text
		fake_put(d, sub + (n ? 32 : 48), 8, d->block + struct_len);
		fake_put(d, sub + (n ? 40 : 56), word, 24 + (text + 3) / 4 * 4);
	} else {
		fake_put(d, sub + (n ? 20 : 32), 8, d->block + struct_len + 24);
		fake_put(d, sub + (n ? 28 : 40), word, text);
	}
	return text;
}

/** Writes the dump; frames [start, end) of a part, all of them otherwise. */
static inline void fake_dump(const struct fakedump *d, int fd)
{
	uint64_t half = (FAKE_FRAMES / 8 + d->block) / d->block, blocks = 2 * half;
	unsigned char *head = calloc(1, d->block), *sub = calloc(1, d->block), *bits = calloc(blocks, d->block);
	unsigned char *page = malloc(d->block), *packed = malloc(2 * d->block), desc[24];
	uint64_t desc_at = (2 + blocks) * d->block, nr = 0, zeros = 0;
	fake_sub(d, head, sub, blocks);
	for (uint64_t pfn = 0; pfn < FAKE_FRAMES; pfn++) {
		bits[pfn / 8] |= (unsigned char)(pfn % 13 != 12 ? 1u << pfn % 8 : 0); // RAM
		if (!d->has(pfn))
			continue;
		bits[pfn / 8] |= (unsigned char)(1u << pfn % 8);
		bits[half * d->block + pfn / 8] |= (unsigned char)(1u << pfn % 8);
		nr++; // makedumpfile leaves room for the descriptors of all parts in each
	}
	uint64_t data = desc_at + 24 * nr;
	fake_write(fd, 0, head, d->block);
	fake_write(fd, d->block, sub, d->block);
	fake_write(fd, 2 * d->block, bits, blocks * d->block);
	for (uint64_t pfn = d->split ? d->start : 0; pfn < (d->split ? d->end : FAKE_FRAMES); pfn++) {
		if (!d->has(pfn))
			continue;
		(d->fill ? d->fill : fake_fill)(pfn, page, d->block);
		bool zero = !page[0] && !memcmp(page, page + 1, d->block - 1);
		size_t len = zero ? d->block : fake_pack(d, page, packed);
		bool plain = len >= d->block;
		len = plain ? d->block : len;
		memset(desc, 0, sizeof(desc));
		fake_put(d, desc, 8, zero && zeros ? zeros : data);
		fake_put(d, desc + 8, 4, len);
		fake_put(d, desc + 12, 4, plain ? 0 : d->packing);
		fake_write(fd, desc_at, desc, sizeof(desc));
		desc_at += sizeof(desc);
		if (zero && zeros)
			continue;
		zeros = zero ? data : zeros;
		fake_write(fd, data, plain ? page : packed, len);
		data += len;
	}
	free(head);
	free(sub);
	free(bits);
	free(page);
	free(packed);
}

/** The file of @p from in makedumpfile's flattened format, in records of @p step bytes; the header is written again
 * last. */
static inline void fake_flatten(int from, int to, size_t step, bool end_mark)
{
	unsigned char head[4096] = "makedumpfile";
	uint64_t one = htobe64(1), at = 0, pos = sizeof(head);
	memcpy(head + 16, &one, 8);
	memcpy(head + 24, &one, 8);
	fake_write(to, 0, head, sizeof(head));
	unsigned char *bytes = malloc(step);
	uint64_t size = (uint64_t)lseek(from, 0, SEEK_END);
	for (bool again = false; at < size || !again;) {
		if (at >= size) { // once more the first record, as the real writer does for the header
			at = 0;
			again = true;
		}
		size_t len = size - at < step ? (size_t)(size - at) : step;
		assert_int_equal(pread(from, bytes, len, (off_t)at), len);
		if (at == 0 && !again)
			memset(bytes, 0xee, len); // what the record at the end must hide
		uint64_t record[2] = {htobe64(at), htobe64(len)};
		fake_write(to, pos, record, 16);
		fake_write(to, pos + 16, bytes, len);
		pos += 16 + len;
		at = again ? size : at + len;
	}
	uint64_t mark[2] = {UINT64_MAX, UINT64_MAX};
	if (end_mark)
		fake_write(to, pos, mark, 16);
	free(bytes);
}

#endif
