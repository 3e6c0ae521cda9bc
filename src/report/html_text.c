// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Text on its way into the page. */
#include "report/escape.h"
#include "report/html.h"
#include <stdarg.h>
#include <string.h>

void html_text(const struct html *h, const char *text)
{
	const char *safe = tk_safe(h->t, text);
	rp_put_html(h->out, safe, strlen(safe));
}

void html_words(const struct html *h, const char *text)
{
	for (const char *at = tk_safe(h->t, text); *at;) {
		size_t blanks = strspn(at, " "), len = strcspn(at + blanks, " ");
		bool apart = false;
		for (size_t i = 0; i < len; i++)
			apart |= (unsigned char)at[blanks + i] >= 0x80;
		rp_put_html(h->out, at, blanks);
		fputs(apart ? "<bdi>" : "", h->out);
		rp_put_html(h->out, at + blanks, len);
		fputs(apart ? "</bdi>" : "", h->out);
		at += blanks + len;
	}
}

void html_name(const struct html *h, const char *text)
{
	const char *safe = tk_safe(h->t, text);
	fputs("<code>", h->out);
	for (const char *at = safe; *at;) {
		size_t len = strcspn(at, "/|");
		rp_put_html(h->out, at, len + (at[len] != '\0'));
		at += len;
		if (*at && *++at)
			fputs("<wbr>", h->out);
	}
	fputs("</code>", h->out);
}

void html_printf(const struct html *h, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(h->out, fmt, ap);
	va_end(ap);
}
