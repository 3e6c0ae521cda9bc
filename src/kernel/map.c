// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A map from addresses to numbers: open addressing with linear probing, at most half full, growing by doubling.
 */
#include "kernel/walk.h"

#include <stdlib.h>

enum { FIRST_SIZE = 256 };

/** Where @p key is or would be. The size is a power of two and one slot at least is empty. */
static size_t slot_of(const struct oom_map *map, uint64_t key)
{
	// Fibonacci hashing: addresses differ in their middle bits, the upper half of the product mixes them all.
	size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->size - 1);
	while (map->keys[i] && map->keys[i] != key)
		i = (i + 1) & (map->size - 1);
	return i;
}

static bool grow(struct oom_map *map)
{
	struct oom_map bigger = {.size = map->size ? map->size * 2 : FIRST_SIZE, .n = map->n};
	bigger.keys = calloc(bigger.size, sizeof(*bigger.keys));
	bigger.values = calloc(bigger.size, sizeof(*bigger.values));
	if (!bigger.keys || !bigger.values) {
		oom_map_free(&bigger);
		return false;
	}
	for (size_t i = 0; i < map->size; i++) {
		if (!map->keys[i])
			continue;
		size_t to = slot_of(&bigger, map->keys[i]);
		bigger.keys[to] = map->keys[i];
		bigger.values[to] = map->values[i];
	}
	oom_map_free(map);
	*map = bigger;
	return true;
}

uint64_t *oom_map_get(const struct oom_map *map, uint64_t key)
{
	if (!map->size || !key)
		return NULL;
	size_t i = slot_of(map, key);
	return map->keys[i] ? &map->values[i] : NULL;
}

bool oom_map_add(struct oom_map *map, uint64_t key, uint64_t value)
{
	if (!key || oom_map_get(map, key))
		return false;
	if (map->n >= map->size / 2 && !grow(map))
		return false;
	size_t i = slot_of(map, key);
	map->keys[i] = key;
	map->values[i] = value;
	map->n++;
	return true;
}

void oom_map_free(struct oom_map *map)
{
	free(map->keys);
	free(map->values);
	*map = (struct oom_map){0};
}
