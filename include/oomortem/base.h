// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What every part of oomortem shares: status and error text, absent knowledge, the arena, growable lists.
 *
 * Errors: a function that can fail returns an enum oom_status; the sentence that names what failed is in the
 * struct oom_error that was passed in (a NULL error is allowed and loses only the sentence).
 *
 * Ownership: a case, a diagnosis and an image each own one arena. Everything that hangs off them lives in it and
 * goes with it in one call; nothing is freed one by one.
 */
#ifndef OOMORTEM_BASE_H
#define OOMORTEM_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OOM_PUBLIC	      __attribute__((visibility("default")))
#define OOM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/** Version of the library and the program; the soname carries the first number. */
#define OOMORTEM_VERSION "0.1.0"

enum oom_status {
	OOM_OK = 0,
	OOM_ENOMEM,  /**< the host ran out of memory */
	OOM_EOPEN,   /**< a file could not be opened */
	OOM_EREAD,   /**< memory or a file could not be read: not in the dump, excluded, or an I/O error */
	OOM_ENOENT,  /**< no such symbol, type, member, enumerator, key */
	OOM_EFORMAT, /**< not of a kind or format that we know */
	OOM_EDAMAGE, /**< of the right kind, but damaged beyond use */
	OOM_EINVAL,  /**< the caller's argument is wrong */
	OOM_EMATCH,  /**< a vmlinux, System.map or BTF file of another kernel build */
	OOM_EWRITE,  /**< output could not be written */
	OOM_EINTR,   /**< interrupted by the user */
};

/** The last failure, in a fixed buffer so that it survives a lack of memory. */
struct oom_error {
	enum oom_status status;
	char text[512]; /**< one line without the program's name, "" if there is none */
};

/** Sets @p err (may be NULL) and returns @p status, so that a caller can `return oom_fail(...)`. */
OOM_PUBLIC enum oom_status oom_fail(struct oom_error *err, enum oom_status status, const char *fmt, ...)
	OOM_PRINTF(3, 4);

/* Absent knowledge. A number that could not be learnt is OOM_ABSENT, never 0; a string NULL; a truth OOM_MAYBE. */

#define OOM_ABSENT INT64_MIN

enum { OOM_NO = 0, OOM_YES = 1, OOM_MAYBE = -1 }; /**< values of an oom_tri */
typedef int8_t oom_tri;

static inline bool oom_known(int64_t value)
{
	return value != OOM_ABSENT;
}

/** @p value, or @p otherwise where it is absent. */
static inline int64_t oom_or(int64_t value, int64_t otherwise)
{
	return value == OOM_ABSENT ? otherwise : value;
}

/* Arena: allocations that live as long as their owner. Not for more than one thread at a time. */

struct oom_arena;

OOM_PUBLIC struct oom_arena *oom_arena_new(void);
OOM_PUBLIC void oom_arena_free(struct oom_arena *arena); /**< NULL is allowed */
/** Everything that @p from owns belongs to @p to from now on; @p from itself is gone. NULL as @p from is allowed. */
OOM_PUBLIC void oom_arena_adopt(struct oom_arena *to, struct oom_arena *from);
/** Zeroed memory aligned for any type; NULL without memory. */
OOM_PUBLIC void *oom_alloc(struct oom_arena *arena, size_t size);
/** A copy of @p len bytes with a NUL behind; NULL without memory. */
OOM_PUBLIC char *oom_strndup(struct oom_arena *arena, const char *text, size_t len);
OOM_PUBLIC char *oom_strdup(struct oom_arena *arena, const char *text); /**< NULL in, NULL out */
OOM_PUBLIC char *oom_printf(struct oom_arena *arena, const char *fmt, ...) OOM_PRINTF(2, 3);

/* Growable lists in an arena. */

/** Declares struct @p name, a list of @p type. `known` false: it could not be learnt (JSON null), not "empty". */
#define OOM_LIST(name, type)                                                                                           \
	struct name {                                                                                                  \
		type *v;                                                                                               \
		size_t n, cap;                                                                                         \
		bool known;                                                                                            \
	}

/** Makes room for one more element of @p size bytes behind *@p v and zeroes it; NULL without memory. */
OOM_PUBLIC void *oom_list_grow(struct oom_arena *arena, void **v, size_t *n, size_t *cap, size_t size);

/** Adds a zeroed element to @p list (a pointer to an OOM_LIST struct), marks it known; its address or NULL. */
#define oom_list_add(arena, list)                                                                                      \
	((list)->known = true, (__typeof__((list)->v))oom_list_grow((arena), (void **)&(list)->v, &(list)->n,          \
								    &(list)->cap, sizeof(*(list)->v)))

OOM_LIST(oom_strings, const char *);
OOM_LIST(oom_ints, int64_t);

/** Adds a copy of the formatted text; without memory the text is lost. */
OOM_PUBLIC void oom_strings_addf(struct oom_arena *arena, struct oom_strings *list, const char *fmt, ...)
	OOM_PRINTF(3, 4);
OOM_PUBLIC void oom_ints_add(struct oom_arena *arena, struct oom_ints *list, int64_t value);

#endif
