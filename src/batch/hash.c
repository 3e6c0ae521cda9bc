// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Names for inputs that stay the same from run to run and from machine to machine. */
#include "batch/batch.h"
#include <inttypes.h>
#include <stdio.h>

/** FNV-1a with 64 bits; @p seed 0 or an earlier result. */
uint64_t batch_hash(uint64_t seed, const void *bytes, size_t len)
{
	uint64_t hash = seed ? seed : UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
	return hash;
}

void batch_hex(uint64_t hash, char ret[BATCH_KEY])
{
	// The finalizer of MurmurHash3: FNV's high bits know little of the last bytes, and names take the high digits.
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	snprintf(ret, BATCH_KEY, "%016" PRIx64, hash ^ hash >> 33);
}

bool batch_in_shard(const struct batch_input *input, int64_t shard, int64_t shards)
{
	unsigned int number = 0;
	char head[9];
	if (shards <= 1)
		return true;
	snprintf(head, sizeof(head), "%.8s", input->key);
	if (sscanf(head, "%8x", &number) != 1)
		return false;
	return (int64_t)(number % (uint64_t)shards) == shard - 1;
}
