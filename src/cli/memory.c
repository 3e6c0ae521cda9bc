// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Was there memory for all of it? The program is linked with --wrap for these, so that each of its own allocations that
 * fails is counted, wherever the library makes do with less: under a limit (the hook of the capture kernel, ulimit) a
 * list that was cut off must not pass for a whole one.
 */
#include "cli/cli.h"
#include <stdatomic.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

static atomic_bool failed;

static void *check(void *memory, bool wanted)
{
	if (!memory && wanted)
		atomic_store(&failed, true);
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return check(__real_malloc(size), size != 0);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return check(__real_calloc(n, size), n && size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return check(__real_realloc(old, size), size != 0);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return check(__real_reallocarray(old, n, size), n && size);
}

char *__wrap_strdup(const char *text)
{
	return check(__real_strdup(text), true);
}

char *__wrap_strndup(const char *text, size_t len)
{
	return check(__real_strndup(text, len), true);
}

bool cli_memory_settle(struct oom_case *c)
{
	bool lacked = atomic_exchange(&failed, false);
	if (!lacked && !(c && c->source.no_memory))
		return true;
	if (!c)
		return false;
	size_t before = c->source.missing.n;
	oom_case_missing(c, "memory ran out while the input was read: lists may be cut off, and what is counted or "
			    "added up from them too small");
	c->source.complete = OOM_NO;
	return c->source.missing.n > before;
}
