// SPDX-License-Identifier: GPL-2.0-or-later
/** @file case.json: what is read and written again reads back as the same bytes, and gives a report. */
#include "fuzz.h"
#include <string.h>

static struct oom_case *read_case(const void *data, size_t size)
{
	FILE *in = size ? fmemopen((void *)data, size, "r") : NULL;
	struct oom_case *c = NULL;
	struct oom_error err = {0};
	if (in && oom_case_read(in, &c, &err) != OOM_OK && !err.text[0])
		abort();
	if (in)
		fclose(in);
	return c;
}

static char *write_case(const struct oom_case *c, size_t *len)
{
	char *text = NULL;
	struct oom_error err = {0};
	FILE *out = open_memstream(&text, len);
	if (!out || oom_case_write(out, c, &err) != OOM_OK)
		abort();
	fclose(out);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oom_case *c = read_case(data, size);
	if (!c)
		return 0;
	size_t len, again_len;
	char *text = write_case(c, &len);
	struct oom_case *again = read_case(text, len);
	if (!again)
		abort();
	char *again_text = write_case(again, &again_len);
	if (len != again_len || memcmp(text, again_text, len) != 0)
		abort();
	fuzz_report(c);
	free(text);
	free(again_text);
	oom_case_free(c);
	oom_case_free(again);
	return 0;
}
