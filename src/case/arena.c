// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The arena: blocks in a chain, each handed out from front to back, all freed together.
 *
 *   arena ─► block (newest) ─► block ─► … ─► block (first)
 *            [used......|free......]
 */
#include <oomortem/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The first block is small, each further one twice as large, so that a small arena stays small.
enum { BLOCK_FIRST = 2 * 1024, BLOCK_SIZE = 64 * 1024, ALIGN = _Alignof(max_align_t) };

struct block {
	struct block *next;
	size_t size, used; // bytes of data[]
	_Alignas(max_align_t) unsigned char data[];
};

struct oom_arena {
	struct block *blocks;
	size_t next_size; // bytes of the next block, 0: BLOCK_FIRST
};

struct oom_arena *oom_arena_new(void)
{
	return calloc(1, sizeof(struct oom_arena));
}

void oom_arena_free(struct oom_arena *arena)
{
	if (!arena)
		return;
	for (struct block *b = arena->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

void oom_arena_adopt(struct oom_arena *to, struct oom_arena *from)
{
	if (!from)
		return;
	struct block **end = to->blocks ? &to->blocks->next : &to->blocks; // behind the newest, which stays in use
	struct block *rest = *end;
	*end = from->blocks;
	while (*end)
		end = &(*end)->next;
	*end = rest;
	free(from);
}

static struct block *block_with(struct oom_arena *arena, size_t size)
{
	struct block *b = arena->blocks;
	if (b && b->size - b->used >= size)
		return b;
	size_t next = arena->next_size ? arena->next_size : BLOCK_FIRST;
	size_t room = size > next / 4 ? size : next;
	struct block *fresh = malloc(sizeof(*fresh) + room);
	if (!fresh)
		return NULL;
	fresh->size = room;
	fresh->used = 0;
	// A big allocation gets a block of its own behind the newest, whose free rest stays in use.
	if (b && room == size) {
		fresh->next = b->next;
		b->next = fresh;
	} else {
		fresh->next = b;
		arena->blocks = fresh;
		arena->next_size = next < BLOCK_SIZE ? next * 2 : BLOCK_SIZE;
	}
	return fresh;
}

void *oom_alloc(struct oom_arena *arena, size_t size)
{
	if (size > SIZE_MAX - sizeof(struct block) - ALIGN)
		return NULL;
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct block *b = block_with(arena, size);
	if (!b)
		return NULL;
	void *ret = b->data + b->used;
	b->used += size;
	return memset(ret, 0, size);
}

char *oom_strndup(struct oom_arena *arena, const char *text, size_t len)
{
	char *ret = len < SIZE_MAX ? oom_alloc(arena, len + 1) : NULL;
	if (ret && len)
		memcpy(ret, text, len);
	return ret;
}

char *oom_strdup(struct oom_arena *arena, const char *text)
{
	return text ? oom_strndup(arena, text, strlen(text)) : NULL;
}

__attribute__((format(printf, 2, 0))) static char *vprintf_in(struct oom_arena *arena, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;
	va_copy(again, ap);
	int len = vsnprintf(small, sizeof(small), fmt, ap);
	char *ret = NULL;
	if (len >= 0 && (size_t)len < sizeof(small)) {
		ret = oom_strndup(arena, small, (size_t)len);
	} else if (len >= 0) {
		ret = oom_alloc(arena, (size_t)len + 1);
		if (ret)
			vsnprintf(ret, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	return ret;
}

char *oom_printf(struct oom_arena *arena, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *ret = vprintf_in(arena, fmt, ap);
	va_end(ap);
	return ret;
}

void *oom_list_grow(struct oom_arena *arena, void **v, size_t *n, size_t *cap, size_t size)
{
	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 8;
		void *bigger;
		if (more > SIZE_MAX / size || !(bigger = oom_alloc(arena, more * size)))
			return NULL;
		if (*n)
			memcpy(bigger, *v, *n * size);
		*v = bigger;
		*cap = more;
	}
	return (char *)*v + size * (*n)++;
}

void oom_strings_addf(struct oom_arena *arena, struct oom_strings *list, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = vprintf_in(arena, fmt, ap);
	va_end(ap);
	const char **slot = text ? oom_list_add(arena, list) : NULL;
	if (slot)
		*slot = text;
}

void oom_ints_add(struct oom_arena *arena, struct oom_ints *list, int64_t value)
{
	int64_t *slot = oom_list_add(arena, list);
	if (slot)
		*slot = value;
}
