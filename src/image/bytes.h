// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Numbers in the byte order of a dump. */
#ifndef OOM_BYTES_H
#define OOM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The number of @p size bytes at @p buf; of more than 8 bytes the 8 lowest count. */
static inline uint64_t oom_bytes_uint(const void *buf, size_t size, bool big_endian)
{
	const uint8_t *p = buf;
	uint64_t value = 0;
	for (size_t i = 0; i < size && i < 8; i++)
		value |= (uint64_t)p[big_endian ? size - 1 - i : i] << (8 * i);
	return value;
}

#endif
