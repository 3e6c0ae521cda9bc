// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Text of inputs, made safe for where it goes. */
#include "batch/text.h"
#include "report/escape.h"
#include <stdlib.h>
#include <string.h>

typedef bool fine_fn(uint32_t code);

static bool is_no_control(uint32_t code)
{
	return !rp_is_control(code);
}

static char *copy(const char *text, size_t len, fine_fn *fine, int *width)
{
	static const char digits[] = "0123456789abcdef";
	char *ret = malloc(len * 4 + 1), *to = ret;
	*width = 0;
	for (size_t i = 0; ret && i < len;) {
		uint32_t code = 0;
		size_t n = rp_utf8(text + i, len - i, &code);
		if (n && fine(code)) {
			memcpy(to, text + i, n);
			*width += rp_columns(code);
			to += n;
			i += n;
			continue;
		}
		for (size_t end = i + (n ? n : 1); i < end; i++) {
			*to++ = '\\';
			*to++ = 'x';
			*to++ = digits[(unsigned char)text[i] >> 4];
			*to++ = digits[(unsigned char)text[i] & 15];
			*width += 4;
		}
	}
	if (ret)
		*to = '\0';
	return ret;
}

char *batch_clean(const char *text, size_t len)
{
	int width;
	return copy(text, len, is_no_control, &width);
}

char *batch_for_terminal(const char *text, int *width)
{
	return copy(text, strlen(text), rp_is_printable, width);
}

/** OWASP, CSV Injection: tab, carriage return, line feed and the signs in full width (U+FF1D …) may begin one, too. */
static bool begins_formula(const char *text)
{
	static const char *const wide[] = {"\uff1d", "\uff0b", "\uff0d", "\uff20"};
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strncmp(text, wide[i], strlen(wide[i])) == 0)
			return true;
	return *text && strchr("=+-@\t\r\n", *text);
}

void batch_put_csv(FILE *out, const char *text)
{
	bool formula = begins_formula(text), quoted = strpbrk(text, "\",\r\n") != NULL;
	if (quoted)
		putc('"', out);
	if (formula)
		putc('\'', out);
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			putc('"', out);
		putc(*p, out);
	}
	if (quoted)
		putc('"', out);
}

/** Marks of direction and characters without width would change how the page around the text looks. */
void batch_put_html(FILE *out, const char *text)
{
	size_t len = strlen(text);
	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = rp_utf8(text + i, len - i, &code);
		if (!n || !rp_is_printable(code)) {
			for (size_t end = i + (n ? n : 1); i < end; i++)
				fprintf(out, "\\x%02x", (unsigned char)text[i]);
			continue;
		}
		rp_put_html(out, text + i, n);
		i += n;
	}
}

void batch_put_url(FILE *out, const char *path)
{
	for (const char *p = path; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~/", c))
			putc(c, out);
		else
			fprintf(out, "%%%02X", c);
	}
}
