// SPDX-License-Identifier: GPL-2.0-or-later
/** @file SipHash-2-4, as its authors describe it in "SipHash: a fast short-input PRF" (2012), sections 2.1 to 2.4. */
#include "report/redact.h"

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static uint64_t load(const uint8_t *at, size_t n)
{
	uint64_t ret = 0;
	for (size_t i = 0; i < n; i++)
		ret |= (uint64_t)at[i] << (8 * i);
	return ret;
}

static void rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

uint64_t rd_siphash(const uint8_t key[16], const void *data, size_t len)
{
	const uint8_t *at = data;
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	uint64_t v[4] = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
			 k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};
	for (size_t left = len;; at += 8, left -= 8) {
		uint64_t m = left >= 8 ? load(at, 8) : load(at, left) | (uint64_t)len << 56;
		v[3] ^= m;
		rounds(v, 2);
		v[0] ^= m;
		if (left < 8)
			break;
	}
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
