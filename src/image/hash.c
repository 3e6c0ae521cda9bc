// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The index from names to numbers: open addressing, one probe after the other.
 */
#include "image/hash.h"
#include <stdlib.h>

enum {
	BITS_MIN = 4,
	BITS_MAX = 28,
	STEPS_MAX = 512, // honest names stay well below at the load that init() allows
};

uint32_t oom_hash_name(const char *name)
{
	uint64_t hash = 0;
	for (; *name; name++)
		hash = oom_hash_add(hash, (uint8_t)*name);
	return oom_hash_finish(hash);
}

bool oom_hash_init(struct oom_hash *h, size_t max)
{
	*h = (struct oom_hash){.bits = BITS_MIN};
	// At most three slots in four are used; the numbers then fit in `bits` bits, with room for the + 1.
	while (h->bits < BITS_MAX && ((size_t)3 << h->bits) / 4 < max)
		h->bits++;
	if (((size_t)3 << h->bits) / 4 < max)
		return false;
	h->slots = calloc((size_t)1 << h->bits, sizeof(*h->slots));
	h->max = h->slots ? max : 0;
	return h->slots != NULL;
}

void oom_hash_free(struct oom_hash *h)
{
	free(h->slots);
	*h = (struct oom_hash){0};
}

static uint32_t slot_of(const struct oom_hash *h, uint32_t hash, uint32_t step)
{
	return ((hash >> (32 - h->bits)) + step) & (((uint32_t)1 << h->bits) - 1);
}

bool oom_hash_insert(struct oom_hash *h, uint32_t hash, uint32_t number)
{
	if (h->n >= h->max || number >= h->max)
		return false;
	uint32_t mask = ((uint32_t)1 << h->bits) - 1, tag = hash << h->bits;
	uint32_t step = 0, same = 0;
	for (uint32_t slot; (slot = h->slots[slot_of(h, hash, step)]); step++) {
		same += (slot & ~mask) == tag;
		if (step >= STEPS_MAX || same >= OOM_HASH_SAME)
			return false;
	}
	h->slots[slot_of(h, hash, step)] = tag | (number + 1);
	h->n++;
	return true;
}

void oom_hash_insert_all(struct oom_hash *h, const uint32_t *hashes, uint32_t first, size_t n)
{
	enum { AHEAD = 16 };
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(&h->slots[slot_of(h, hashes[i + AHEAD], 0)], 1);
		oom_hash_insert(h, hashes[i], first + (uint32_t)i);
	}
}

bool oom_hash_next(struct oom_hash_walk *walk, uint32_t *number)
{
	const struct oom_hash *h = walk->h;
	if (!h->slots)
		return false;
	uint32_t mask = ((uint32_t)1 << h->bits) - 1, tag = walk->hash << h->bits;
	for (uint32_t slot; (slot = h->slots[slot_of(h, walk->hash, walk->step)]);) {
		walk->step++;
		if ((slot & ~mask) == tag) {
			*number = (slot & mask) - 1;
			return true;
		}
	}
	return false;
}
