// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A map from addresses to numbers: open addressing with linear probing, at most half full, growing by doubling.
 */
#include "kernel/walk.h"

#include <stdlib.h>

enum { FIRST_SIZE = 256 };

/** Where @p key is or would be. The size is a power of two and one slot at least is empty. */
static struct oom_map_slot *slot_of(const struct oom_map *map, uint64_t key)
{
	// Fibonacci hashing: addresses differ in their middle bits, the upper half of the product mixes them all.
	size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->size - 1);
	while (map->slots[i].key && map->slots[i].key != key)
		i = (i + 1) & (map->size - 1);
	return &map->slots[i];
}

static bool grow(struct oom_map *map)
{
	struct oom_map bigger = {.size = map->size ? map->size * 2 : FIRST_SIZE, .n = map->n};
	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < map->size; i++)
		if (map->slots[i].key)
			*slot_of(&bigger, map->slots[i].key) = map->slots[i];
	free(map->slots);
	*map = bigger;
	return true;
}

uint64_t *oom_map_get(const struct oom_map *map, uint64_t key)
{
	if (!map->slots || !key)
		return NULL;
	struct oom_map_slot *slot = slot_of(map, key);
	return slot->key ? &slot->value : NULL;
}

bool oom_map_add(struct oom_map *map, uint64_t key, uint64_t value)
{
	if (!key || oom_map_get(map, key) || (map->n >= map->size / 2 && !grow(map)))
		return false;
	*slot_of(map, key) = (struct oom_map_slot){key, value};
	map->n++;
	return true;
}

void oom_map_free(struct oom_map *map)
{
	free(map->slots);
	*map = (struct oom_map){0};
}
