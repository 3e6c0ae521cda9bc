// SPDX-License-Identifier: GPL-2.0-or-later
/** @file VMCOREINFO, and its comparison with the kernel's own copy of it in memory. */
#include "regions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = {"SYMBOL", "SIZE", "OFFSET", "NUMBER", "LENGTH"};
	struct regions r;
	struct oom_image *image = regions_open(&r, data, size);
	if (!image)
		return -1;
	oom_vmcoreinfo_check(image);
	const char *key, *value, *before = NULL;
	for (size_t i = 0; i < oom_vmcoreinfo_entry(image->vmcoreinfo, i, &key, &value); i++) {
		char name[64] = "";
		int64_t number;
		if (!oom_vmcoreinfo_get(image->vmcoreinfo, key) || (before && strcmp(before, key) > 0))
			abort(); // an entry that cannot be found, or that is not in its place
		before = key;
		const char *open = strchr(key, '(');
		if (open)
			snprintf(name, sizeof(name), "%.*s", (int)strcspn(open + 1, ")"), open + 1);
		for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
			oom_vmcoreinfo_number(image->vmcoreinfo, kinds[k], name, &number);
	}
	oom_image_close(image);
	return 0;
}
