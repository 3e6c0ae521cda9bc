// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The prefix of one line: what it is taken apart into lies within the line. */
#include "fuzz.h"
#include "log/scan.h"
#include "log/prefix.h"
#include <string.h>

static void inside(struct cur part, const char *line, size_t size)
{
	if (cur_left(&part) && (part.p < line || part.end > line + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	// A copy without a NUL behind it, so that reading past the line is seen.
	char *line = malloc(size ? size : 1);
	if (!line)
		return 0;
	memcpy(line, data, size);
	struct prefix prefix;
	prefix_parse((struct cur){line, line + size}, &prefix);
	inside(prefix.text, line, size);
	inside(prefix.host, line, size);
	inside(prefix.tag, line, size);
	inside(prefix.full, line, size);
	const char *stamp = prefix_inner_stamp((struct cur){line, line + size});
	if (stamp && (stamp < line || stamp >= line + size))
		abort();
	free(line);
	return 0;
}
