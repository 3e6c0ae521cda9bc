// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Findings about settings that shaped the incident. */
#include "classify/internal.h"
#include <inttypes.h>

static bool is_global(const struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_HOST_EXHAUSTED || l->v->cause == OOM_CAUSE_UNKNOWN;
}

/** Promised more than RAM and swap can hold together: every process may have got its memory in good faith. */
static bool overcommitted(struct cl_look *l)
{
	const struct oom_memory *m = &l->facts.memory;
	return is_global(l) && l->v->scope == OOM_SCOPE_HOST && cl_ok(m->committed_kb) && cl_ok(l->ram_kb) &&
	       cl_ok(l->swap_total_kb) && m->committed_kb > l->ram_kb + l->swap_total_kb &&
	       l->c->config.overcommit_memory != 2;
}

static void tell_overcommitted(struct cl_look *l, struct oom_finding *f)
{
	int64_t mode = l->c->config.overcommit_memory, all_kb = l->ram_kb + l->swap_total_kb;
	const char *how = mode == 1	       ? "vm.overcommit_memory=1 grants every request."
			  : mode == OOM_ABSENT ? "The input does not tell vm.overcommit_memory."
					       : "vm.overcommit_memory=0 refuses only single requests that are absurd.";
	cl_say(l, f,
	       cl_text(l, "%s were promised, %s of RAM and swap", cl_kb(l, l->facts.memory.committed_kb),
		       cl_percent(l, l->facts.memory.committed_kb, all_kb)),
	       how);
	cl_cite(l, f, l->facts.origin,
		cl_text(l, "Committed_AS %" PRId64 " kB, RAM %" PRId64 " kB, swap %" PRId64 " kB",
			l->facts.memory.committed_kb, l->ram_kb, l->swap_total_kb));
	if (oom_known(mode))
		cl_cite(l, f, l->c->config.origin, cl_text(l, "vm.overcommit_memory = %" PRId64, mode));
}

/** min_free_kbytes above a twentieth of RAM: memory that ordinary requests never get. */
static bool reserve_large(struct cl_look *l)
{
	int64_t kb = l->c->config.min_free_kbytes;
	return is_global(l) && cl_ok(kb) && cl_ok(l->ram_kb) && kb > l->ram_kb / 20;
}

static void tell_reserve_large(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->c->config.min_free_kbytes;
	cl_say(l, f,
	       cl_text(l, "vm.min_free_kbytes keeps %s free, %s of RAM", cl_kb(l, kb), cl_percent(l, kb, l->ram_kb)),
	       "The zones' marks follow from it: ordinary requests fail while that much is still free.");
	cl_cite(l, f, l->c->config.origin, cl_text(l, "vm.min_free_kbytes = %" PRId64, kb));
}

/** Swap is there, hardly used, and the kernel was told not to swap. */
static bool swappiness_zero(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_HOST_EXHAUSTED && l->c->config.swappiness == 0 && cl_ok(l->swap_total_kb) &&
	       cl_ok(l->swap_free_kb) && l->swap_total_kb > 0 && l->swap_free_kb > l->swap_total_kb / 2;
}

static void tell_swappiness_zero(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, cl_text(l, "%s of swap were free: vm.swappiness=0", cl_kb(l, l->swap_free_kb)),
	       "With 0 the kernel swaps only when hardly any file page is left, which can be too late.");
	cl_cite(l, f, l->c->config.origin, "vm.swappiness = 0");
}

const struct cl_rule cl_rules_config[] = {
	{"overcommitted", OOM_SEVERITY_INFO, overcommitted, tell_overcommitted, cl_advise_overcommit, false},
	{"reserve-large", OOM_SEVERITY_WARNING, reserve_large, tell_reserve_large, cl_advise_reserve_less, false},
	{"swappiness-zero", OOM_SEVERITY_INFO, swappiness_zero, tell_swappiness_zero, cl_advise_swappiness, false},
	{NULL, OOM_SEVERITY_INFO, NULL, NULL, NULL, false},
};
