// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The sysctls of the case's config, from the variables behind them. */
#include "kernel/kernel.h"
#include "kernel/walk.h"
#include <string.h>

enum { INT = 4, LONG = 0 }; // bytes; 0 is the image's long

/** One sysctl: the variable, by its names from new to old, and where it goes. */
struct sysctl {
	const char *name;
	const char *variable, *old; // old may be NULL
	size_t size;
	size_t offset; // in struct oom_config
	bool may_lack; // there are kernels without
};

#define TO(member) offsetof(struct oom_config, member)
// Several became static when kernel/sysctl.c was split up (5.16 …): kallsyms has them as local symbols.
static const struct sysctl sysctls[] = {
	{"vm.panic_on_oom", "sysctl_panic_on_oom", NULL, INT, TO(panic_on_oom), false},
	{"vm.oom_kill_allocating_task", "sysctl_oom_kill_allocating_task", NULL, INT, TO(oom_kill_allocating_task),
	 false},
	{"vm.oom_dump_tasks", "sysctl_oom_dump_tasks", NULL, INT, TO(oom_dump_tasks), false},
	{"vm.overcommit_memory", "sysctl_overcommit_memory", NULL, INT, TO(overcommit_memory), false},
	{"vm.overcommit_ratio", "sysctl_overcommit_ratio", NULL, INT, TO(overcommit_ratio), false},
	// 3.14, 49f0ce5f9232
	{"vm.overcommit_kbytes", "sysctl_overcommit_kbytes", NULL, LONG, TO(overcommit_kbytes), true},
	{"vm.min_free_kbytes", "min_free_kbytes", NULL, INT, TO(min_free_kbytes), false},
	{"vm.swappiness", "vm_swappiness", NULL, INT, TO(swappiness), false},
	// 4.6, 795ae7a0de6b
	{"vm.watermark_scale_factor", "watermark_scale_factor", NULL, INT, TO(watermark_scale_factor), true},
	// 5.0, 1c30844d2dfe
	{"vm.watermark_boost_factor", "watermark_boost_factor", NULL, INT, TO(watermark_boost_factor), true},
	// 3.10, 4eeab4f5580d and c9b1d0981fcc
	{"vm.admin_reserve_kbytes", "sysctl_admin_reserve_kbytes", NULL, LONG, TO(admin_reserve_kbytes), true},
	{"vm.user_reserve_kbytes", "sysctl_user_reserve_kbytes", NULL, LONG, TO(user_reserve_kbytes), true},
	// Renamed in 4.8 (a5f5f91da6ad); only with CONFIG_NUMA.
	{"vm.zone_reclaim_mode", "node_reclaim_mode", "zone_reclaim_mode", INT, TO(zone_reclaim_mode), true},
	{"kernel.panic", "panic_timeout", NULL, INT, TO(panic_timeout), false},
};

void oom_walk_sysctl(struct oom_image *image, struct oom_case *c)
{
	char lacking[256] = "";
	size_t found = 0;
	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++) {
		const struct sysctl *s = &sysctls[i];
		int64_t value = oom_variable(image, s->variable, s->size);
		if (!oom_known(value) && s->old)
			value = oom_variable(image, s->old, s->size);
		memcpy((char *)&c->config + s->offset, &value, sizeof(value));
		if (oom_known(value)) {
			found++;
		} else if (!s->may_lack && strlen(lacking) + strlen(s->name) + 3 < sizeof(lacking)) {
			size_t n = strlen(lacking);
			memcpy(lacking + n, n ? ", " : "", n ? 2 : 0);
			memcpy(lacking + n + (n ? 2 : 0), s->name, strlen(s->name) + 1);
		}
	}
	if (found)
		c->config.origin = (struct oom_origin){OOM_FROM_MEMORY, "variables of the kernel", OOM_ABSENT};
	if (!found)
		oom_case_missing(c, "sysctls: the symbols of their variables are not known");
	else if (lacking[0])
		oom_case_missing(c, "sysctls: %s: the variables cannot be found or read", lacking);
}
