// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The scanners of scan.h that are too long for a header. */
#include "log/scan.h"

bool scan_digits(struct cur *c, int64_t *ret)
{
	if (!is_digit(cur_peek(c)))
		return false;
	int64_t value = 0;
	bool overflow = false;
	for (; is_digit(cur_peek(c)); c->p++) {
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *c->p - '0', &value))
			overflow = true;
	}
	// Bytes that were lost (text.c) may have been digits.
	*ret = overflow || cur_peek(c) == '\0' ? OOM_ABSENT : value;
	return true;
}

bool scan_int(struct cur *c, int64_t *ret)
{
	struct cur try = *c;
	bool minus = scan_char(&try, '-');
	if (!scan_digits(&try, ret))
		return false;
	if (minus && oom_known(*ret))
		*ret = -*ret;
	*c = try;
	return true;
}

static int hex_digit(int ch)
{
	if (is_digit(ch))
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

bool scan_hex(struct cur *c, uint64_t *ret)
{
	struct cur try = *c;
	if (!scan_lit(&try, "0x") || hex_digit(cur_peek(&try)) < 0)
		return false;
	uint64_t value = 0;
	for (int digit; (digit = hex_digit(cur_peek(&try))) >= 0; try.p++) {
		if (value >> 60)
			return false;
		value = value << 4 | (uint64_t)digit;
	}
	if (cur_peek(&try) == '\0')
		return false;
	*ret = value;
	*c = try;
	return true;
}

struct cur scan_token(struct cur *c)
{
	struct cur ret = {c->p, c->p};
	while (c->p < c->end && !is_blank((unsigned char)*c->p))
		c->p++;
	ret.end = c->p;
	return ret;
}

bool scan_word(struct cur *c, struct cur *ret)
{
	scan_blanks(c);
	*ret = scan_token(c);
	return ret->p < ret->end;
}

struct cur cur_trim(struct cur c)
{
	scan_blanks(&c);
	while (c.end > c.p && is_blank((unsigned char)c.end[-1]))
		c.end--;
	return c;
}

const char *cur_rfind(const struct cur *c, const char *lit)
{
	const char *last = NULL;
	struct cur rest = *c;
	for (const char *at; (at = cur_find(&rest, lit)); rest.p = at + 1)
		last = at;
	return last;
}

bool is_node_list(struct cur c)
{
	bool digit = false;
	for (; c.p < c.end; c.p++) {
		digit = is_digit((unsigned char)*c.p);
		if (!digit && *c.p != '-' && *c.p != ',')
			return false;
	}
	return digit;
}

bool cur_is(const struct cur *c, const char *lit)
{
	size_t n = strlen(lit);
	return cur_left(c) == n && !memcmp(c->p, lit, n);
}

bool scan_pair(struct cur *c, struct pair *ret, struct cur *before)
{
	for (const char *colon; (colon = memchr(c->p, ':', cur_left(c)));) {
		const char *key = colon;
		while (key > c->p && !is_blank((unsigned char)key[-1]))
			key--;
		const char *gap = key;
		while (gap > c->p && is_blank((unsigned char)gap[-1]))
			gap--;
		const char *front = gap;
		while (front > c->p && is_word((unsigned char)front[-1]))
			front--;
		struct cur value = {colon + 1, c->end};
		c->p = colon + 1;
		scan_blanks(&value); // "shmem_thp: 0kB", and a line break behind the colon
		if (key == colon || !scan_int(&value, &ret->value))
			continue;
		ret->key = (struct cur){key, colon};
		ret->has_kb = scan_lit(&value, "kB") || scan_lit(&value, "KB");
		if (memchr(key, '\0', (size_t)(value.p - key)) || cur_peek(&value) == '\0')
			continue;
		*before = (struct cur){front, gap};
		c->p = value.p;
		return true;
	}
	return false;
}
