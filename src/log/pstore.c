// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * pstore keeps the end of a log in parts, the newest as part 1, each with a headline ("Panic#1 Part2", fs/pstore/
 * platform.c pstore_dump()). Concatenated they run backwards: they are held and then told from the last part on.
 */
#include "log/assemble.h"
#include <stdlib.h>

enum { PSTORE_MAX = 4 * 1024 * 1024, PARTS_MAX = 512 };

struct part_text {
	int64_t count, part, first_line; // "#count Partpart"
	size_t from, len;		 // in the buffer
};

struct pstore_state {
	char *buf;
	size_t len, cap;
	struct part_text parts[PARTS_MAX];
	size_t nr_parts;
};

void pstore_free(struct pstore_state *p)
{
	if (!p)
		return;
	free(p->buf);
	free(p);
}

static bool scan_headline(struct cur c, int64_t *count, int64_t *part)
{
	static const char *const reasons[] = {"Panic#",	  "Oops#", "Emergency#", "Emerg#",   "Shutdown#",
					      "Restart#", "Halt#", "Poweroff#",	 "Unknown#", NULL};
	for (size_t i = 0; reasons[i]; i++) {
		struct cur try = c;
		if (scan_lit(&try, reasons[i]) && scan_digits(&try, count) && scan_lit(&try, " Part") &&
		    scan_digits(&try, part) && try.p == try.end)
			return true;
	}
	return false;
}

static bool append(struct pstore_state *p, struct cur line)
{
	size_t need = p->len + cur_left(&line) + 1;
	if (need > PSTORE_MAX)
		return false;
	if (need > p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16384;
		while (cap < need)
			cap *= 2;
		char *bigger = realloc(p->buf, cap);
		if (!bigger)
			return false;
		p->buf = bigger;
		p->cap = cap;
	}
	memcpy(p->buf + p->len, line.p, cur_left(&line));
	p->len = need;
	p->buf[need - 1] = '\n';
	return true;
}

bool pstore_line(struct oom_log *log, struct cur line, int64_t number)
{
	struct assemble_state *a = log->assemble;
	struct pstore_state *p = a->pstore;
	int64_t count, part;
	if (scan_headline(line, &count, &part)) {
		if (!p && !(p = a->pstore = calloc(1, sizeof(*p))))
			return false;
		if (p->nr_parts == PARTS_MAX)
			pstore_end(log);
		if (!(p = a->pstore) && !(p = a->pstore = calloc(1, sizeof(*p))))
			return false;
		p->parts[p->nr_parts++] = (struct part_text){count, part, number + 1, p->len, 0};
		return true;
	}
	if (!p || !p->nr_parts)
		return false;
	if (!append(p, line)) {
		pstore_end(log);
		return false;
	}
	struct part_text *last = &p->parts[p->nr_parts - 1];
	last->len = p->len - last->from;
	return true;
}

/** Older records first; of one record the highest part first. */
static int by_age(const void *a, const void *b)
{
	const struct part_text *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	if (x->part != y->part)
		return x->part > y->part ? -1 : 1;
	return x->first_line < y->first_line ? -1 : x->first_line > y->first_line;
}

void pstore_end(struct oom_log *log)
{
	struct pstore_state *p = log->assemble->pstore;
	if (!p)
		return;
	log->assemble->pstore = NULL; // the lines go through assemble_line() once more
	qsort(p->parts, p->nr_parts, sizeof(*p->parts), by_age);
	for (size_t i = 0; i < p->nr_parts; i++) {
		struct cur rest = cur_of(p->buf + p->parts[i].from, p->parts[i].len);
		for (int64_t number = p->parts[i].first_line; rest.p < rest.end; number++) {
			const char *newline = memchr(rest.p, '\n', cur_left(&rest));
			const char *end = newline ? newline : rest.end;
			assemble_line(log, (struct cur){rest.p, end}, number);
			rest.p = newline ? newline + 1 : rest.end;
		}
	}
	pstore_free(p);
}
