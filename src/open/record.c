// SPDX-License-Identifier: GPL-2.0-or-later
/** @file One record of the kernel log as text. What could harm a terminal is written as \xNN. */
#include "open/internal.h"
#include <stdlib.h>
#include <string.h>

/** Bytes of the well-formed UTF-8 character at @p p that no terminal acts upon; 0: escape the byte. */
static size_t printable(const unsigned char *p, const unsigned char *end)
{
	if (*p < 0x80)
		return (*p >= ' ' && *p != 0x7f) || *p == '\t';
	size_t n = *p >= 0xf0 && *p <= 0xf4 ? 4 : *p >= 0xe0 && *p <= 0xef ? 3 : *p >= 0xc2 && *p <= 0xdf ? 2 : 0;
	if (!n || (size_t)(end - p) < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	// Longer than needed, surrogates, beyond U+10FFFF; U+0080 to U+009F are control characters.
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
	    (*p == 0xf4 && p[1] > 0x8f) || (*p == 0xc2 && p[1] < 0xa0))
		return 0;
	return n;
}

void oom_print_escaped(FILE *out, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + len, *run = p;
	while (p < end) {
		size_t n = printable(p, end);
		if (n) {
			p += n;
			continue;
		}
		fwrite(run, 1, (size_t)(p - run), out);
		fprintf(out, "\\x%02x", *p++);
		run = p;
	}
	fwrite(run, 1, (size_t)(p - run), out);
}

void oom_print_redacted(FILE *out, struct oom_redactor *redact, const char *text, size_t len)
{
	size_t n;
	char *copy = redact ? oom_redact_text(redact, text, len, &n) : NULL;
	if (copy)
		oom_print_escaped(out, copy, n);
	else if (redact)
		fputs("(no memory to redact this line)", out);
	else
		oom_print_escaped(out, text, len);
	free(copy);
}

/** What the kernel's own dmesg puts before each line: info_print_prefix() of kernel/printk/printk.c. */
static void print_prefix(const struct oom_log_printer *printer, int64_t time_us, int64_t caller)
{
	char who[16];
	if (oom_known(time_us))
		fprintf(printer->out, "[%5lld.%06lld]", (long long)(time_us / 1000000), (long long)(time_us % 1000000));
	if (printer->callers && oom_known(caller)) {
		uint32_t id = (uint32_t)caller;
		snprintf(who, sizeof(who), "%c%u", id >> 31 ? 'C' : 'T', id & 0x7fffffff);
		fprintf(printer->out, "[%6s]", who);
	}
	if (oom_known(time_us))
		fputc(' ', printer->out);
}

static bool is_wanted(const struct oom_log_printer *printer, int64_t line)
{
	return !printer->wanted || (line < (int64_t)printer->nr_wanted && printer->wanted[line]);
}

bool oom_print_record(void *arg, const char *text, size_t len, int64_t time_us, int64_t caller, int64_t level)
{
	struct oom_log_printer *printer = arg;
	(void)level;
	for (const char *end = text + len;;) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		if (is_wanted(printer, printer->line++)) {
			print_prefix(printer, time_us, caller);
			oom_print_redacted(printer->out, printer->redact, text,
					   (size_t)((newline ? newline : end) - text));
			fputc('\n', printer->out);
		}
		if (!newline)
			break;
		text = newline + 1;
	}
	return !ferror(printer->out);
}
