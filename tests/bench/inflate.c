// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The floor of the bench: reads a kdump-compressed dump (zlib) and inflates each of its pages once, nothing else.
 * Shares no code with oomortem. Layout: makedumpfile's diskdump_mod.h, header version 6, 64-bit little endian.
 * Prints pages and bytes.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK_SIZE_AT = 428, SUB_HDR_AT = 432, BITMAP_BLOCKS_AT = 436, MAX_MAPNR_AT = 440, DESC_SIZE = 24 };

static uint32_t u32(const unsigned char *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static size_t bits(const unsigned char *p, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += (size_t)__builtin_popcount(p[i]);
	return n;
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	unsigned char head[464];
	if (fd < 0 || pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, "KDUMP   ", 8) != 0) {
		fprintf(stderr, "usage: inflate VMCORE (kdump-compressed)\n");
		return 2;
	}
	size_t block = u32(head + BLOCK_SIZE_AT);
	size_t bitmap = block * u32(head + BITMAP_BLOCKS_AT);
	off_t at = (off_t)(block * (1 + u32(head + SUB_HDR_AT)));
	unsigned char *map = malloc(bitmap);
	if (pread(fd, map, bitmap, at) != (ssize_t)bitmap)
		return 1;
	// Two bitmaps, the second of which counts, unless there is only room for one.
	size_t skip = bitmap / 2 * 8 >= u32(head + MAX_MAPNR_AT) ? bitmap / 2 : 0;
	size_t pages = bits(map + skip, bitmap - skip), bytes = 0;
	unsigned char *desc = malloc(pages * DESC_SIZE), *in = malloc(block), *out = malloc(block);
	if (pread(fd, desc, pages * DESC_SIZE, at + (off_t)bitmap) != (ssize_t)(pages * DESC_SIZE))
		return 1;
	z_stream z = {0};
	inflateInit(&z);
	for (size_t i = 0; i < pages; i++) {
		uint64_t offset;
		memcpy(&offset, desc + i * DESC_SIZE, sizeof(offset));
		uint32_t size = u32(desc + i * DESC_SIZE + 8), flags = u32(desc + i * DESC_SIZE + 12);
		if (size > block || pread(fd, in, size, (off_t)offset) != (ssize_t)size)
			return 1;
		if (flags & 1) {
			inflateReset(&z);
			z.next_in = in;
			z.avail_in = size;
			z.next_out = out;
			z.avail_out = (uInt)block;
			if (inflate(&z, Z_FINISH) != Z_STREAM_END)
				return 1;
		}
		bytes += block;
	}
	printf("%zu pages, %zu bytes\n", pages, bytes);
	return 0;
}
