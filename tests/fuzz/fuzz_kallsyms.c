// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The kernel's table of symbols, where VMCOREINFO says it is or where it is found: names, addresses, and back.
 */
#include "regions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"_stext", "init_task", "vm_zone_stat", "nr_cpu_ids", "no such symbol"};
	struct regions r;
	struct oom_image *image = regions_open(&r, data, size);
	if (!image)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		uint64_t addr, distance = 0;
		if (oom_symbol(image, names[i], &addr) != OOM_OK)
			continue;
		const char *there = oom_symbol_at(image, addr, &distance);
		// VMCOREINFO may know an address that no table has.
		if (there && (!*there || distance > addr))
			abort();
		oom_symbol_at(image, addr - 1, &distance);
	}
	oom_image_close(image);
	return 0;
}
