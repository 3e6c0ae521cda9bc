// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A GFP mask of any release to names and back: what every name stands for is the mask. */
#include "fuzz.h"
#include <oomortem/case.h>
#include "log/gfp.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t mask = 0;
	if (size < sizeof(mask))
		return 0;
	memcpy(&mask, data, sizeof(mask));
	char release[64] = "";
	size_t len = size - sizeof(mask) < sizeof(release) - 1 ? size - sizeof(mask) : sizeof(release) - 1;
	memcpy(release, data + sizeof(mask), len);
	struct oom_case *c = oom_case_new();
	if (!c)
		return 0;
	struct oom_gfp_table table;
	oom_gfp_table_for(release, &table);
	struct oom_strings names = {0};
	uint64_t back;
	if (oom_gfp_names(c->arena, &table, mask, &names) && (!oom_gfp_mask(&table, &names, &back) || back != mask))
		abort();
	oom_gfp_meaning(c->arena, &names);
	oom_case_free(c);
	return 0;
}
