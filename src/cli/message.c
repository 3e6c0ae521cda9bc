// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Lines on standard error. Names of files and texts of inputs are in them: they are escaped like a report's. */
#include "cli/cli.h"
#include "report/escape.h"
#include <string.h>

static void put_line(const char *text)
{
	size_t len = strlen(text);
	fputs("oomortem: ", stderr);
	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = rp_utf8(text + i, len - i, &code), bytes = n ? n : 1;
		if (n && rp_is_printable(code)) {
			fwrite(text + i, 1, n, stderr);
		} else {
			for (size_t k = 0; k < bytes; k++)
				fprintf(stderr, "\\x%02x", (unsigned char)text[i + k]);
		}
		i += bytes;
	}
	fputc('\n', stderr);
}

static OOM_PRINTF(1, 0) void put_formatted(const char *fmt, va_list ap)
{
	char text[8192];
	vsnprintf(text, sizeof(text), fmt, ap);
	put_line(text);
}

void cli_error(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	put_formatted(fmt, ap);
	va_end(ap);
}

int cli_usage(const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cli_error("%s (oomortem --help)", text);
	return CLI_USAGE;
}

const char *cli_input_name(const char *input)
{
	return strcmp(input, "-") != 0 ? input : "standard input";
}

void cli_input_error(const char *input, const struct oom_error *err)
{
	cli_error("%s: %s", cli_input_name(input), err->text[0] ? err->text : "cannot be read");
}
