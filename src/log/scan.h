// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Small scanners over a piece of text that is not NUL-terminated. None reads past `end`, none allocates.
 *
 * The functions named scan_* take a cursor, move it behind what they recognised and return true; where they do not
 * recognise anything they return false and leave the cursor alone.
 */
#ifndef OOM_LOG_SCAN_H
#define OOM_LOG_SCAN_H

#include <oomortem/base.h>
#include <string.h>

struct cur {
	const char *p, *end;
};

/** No text at all (NULL, 0) is an empty cursor. */
static inline struct cur cur_of(const char *text, size_t len)
{
	return (struct cur){text, text ? text + len : NULL};
}

static inline size_t cur_left(const struct cur *c)
{
	return (size_t)(c->end - c->p);
}

/** The next byte as an unsigned value, -1 at the end. */
static inline int cur_peek(const struct cur *c)
{
	return c->p < c->end ? (unsigned char)*c->p : -1;
}

static inline bool is_digit(int ch)
{
	return ch >= '0' && ch <= '9';
}

static inline bool is_alpha(int ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

/** A byte of a C identifier. */
static inline bool is_word(int ch)
{
	return is_alpha(ch) || is_digit(ch) || ch == '_';
}

static inline bool is_blank(int ch)
{
	return ch == ' ' || ch == '\t';
}

/** Skips blanks; how many. */
static inline size_t scan_blanks(struct cur *c)
{
	const char *from = c->p;
	while (c->p < c->end && is_blank((unsigned char)*c->p))
		c->p++;
	return (size_t)(c->p - from);
}

static inline bool scan_char(struct cur *c, char ch)
{
	if (c->p == c->end || *c->p != ch)
		return false;
	c->p++;
	return true;
}

/** Does the text begin with the @p n bytes at @p lit? */
static inline bool cur_begins(const struct cur *c, const char *lit, size_t n)
{
	return cur_left(c) >= n && !memcmp(c->p, lit, n);
}

static inline bool scan_lit(struct cur *c, const char *lit)
{
	size_t n = strlen(lit);
	if (!cur_begins(c, lit, n))
		return false;
	c->p += n;
	return true;
}

/** First place of @p lit in the rest, NULL if there is none. */
static inline const char *cur_find(const struct cur *c, const char *lit)
{
	if (!c->p)
		return NULL;
	return memmem(c->p, cur_left(c), lit, strlen(lit));
}

static inline bool cur_has(const struct cur *c, const char *lit)
{
	return cur_find(c, lit) != NULL;
}

/** Moves behind the first place of @p lit. */
static inline bool scan_past(struct cur *c, const char *lit)
{
	const char *at = cur_find(c, lit);
	if (!at)
		return false;
	c->p = at + strlen(lit);
	return true;
}

/** A run of decimal digits without sign. Digits that overflow are consumed and make the value OOM_ABSENT. */
bool scan_digits(struct cur *c, int64_t *ret);
/** The same with an optional minus. */
bool scan_int(struct cur *c, int64_t *ret);
/** "0x" and hexadecimal digits of at most 64 bits. */
bool scan_hex(struct cur *c, uint64_t *ret);
/** The run of bytes up to a blank or the end. */
struct cur scan_token(struct cur *c);
/** Blanks, then a run of other bytes; false at the end. */
bool scan_word(struct cur *c, struct cur *ret);
/** Without blanks at both ends. */
struct cur cur_trim(struct cur c);
/** Last place of @p lit, NULL if there is none. */
const char *cur_rfind(const struct cur *c, const char *lit);
/** "0-1,4": what the kernel prints of a nodemask that is not "(null)". */
bool is_node_list(struct cur c);
/** Is the whole text equal to @p lit? */
bool cur_is(const struct cur *c, const char *lit);

/** A word and a number of lines such as "free:12kB min: 3kB isolated(anon):0kB pages_scanned:0 Balloon:0kB". */
struct pair {
	struct cur key;
	int64_t value;
	bool has_kb; /**< "kB" or "KB" stood behind the number */
};

/**
 * The next "key:number" of the rest. Text between that is no such pair is skipped; a key that a line break cut in two
 * ("unevi ctable:0kB") is given as its last part, with @p before the part in front of it (empty if there is none).
 */
bool scan_pair(struct cur *c, struct pair *ret, struct cur *before);

#endif
