// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The first step: which facts speak of the event, and what is known of the kernel that wrote them. */
#include "classify/internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/** Is @p function in the call trace? Suffixes of the compiler (".constprop.0") and offsets do not matter. */
bool cl_traced(const struct oom_event *e, const char *function)
{
	size_t len = strlen(function);
	for (size_t i = 0; e && i < e->trace.n; i++) {
		const char *at = e->trace.v[i];
		if (!strncmp(at, function, len) && !isalnum((unsigned char)at[len]) && at[len] != '_')
			return true;
	}
	return false;
}

/** "6.1.0-56-amd64" to 6001000; OOM_ABSENT if it is no release. */
static int64_t release_code(const char *release)
{
	int64_t code = 0;
	for (int part = 0; part < 3; part++) {
		if (!release || !isdigit((unsigned char)*release))
			return part >= 2 ? code * (part == 2 ? 1000 : 1) : OOM_ABSENT;
		char *end;
		long number = strtol(release, &end, 10);
		code = code * 1000 + (number > 999 ? 999 : number);
		release = *end == '.' ? end + 1 : NULL;
	}
	return code;
}

/** The text of a panic that the OOM killer called (mm/oom_kill.c; wording since 2.6.18), else NULL. */
static const char *oom_panic_text(const char *text)
{
	static const char *const marks[] = {"ut of memory", "panic_on_oom", "deadlocked on memory", "no killable"};
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (cl_has(text, marks[i]))
			return text;
	}
	return NULL;
}

static void find_panic(struct cl_look *l)
{
	if (l->e)
		l->panic_text = oom_panic_text(l->e->panic_text);
	if (!l->panic_text && (!l->e || l->e->panic))
		l->panic_text = oom_panic_text(l->c->system.panic);
	// "out of memory(memcg)" (2.6.34, 2.6.35) is of 2 alone, "out of memory from page fault" of either.
	if (cl_has(l->panic_text, "ompulsory") || cl_has(l->panic_text, "(memcg). panic_on_oom"))
		l->panic_on_oom = 2;
	else if (cl_has(l->panic_text, "panic_on_oom") && !cl_has(l->panic_text, "page fault. panic_on_oom"))
		l->panic_on_oom = 1;
	else if (oom_known(l->c->config.panic_on_oom))
		l->panic_on_oom = (int)l->c->config.panic_on_oom;
	else
		l->panic_on_oom = -1;
}

/** Has the report printed what memory there was? */
static bool has_figures(const struct oom_state *s)
{
	if (oom_known(s->memory.free_kb) || oom_known(s->counters.active_anon_kb))
		return true;
	for (size_t i = 0; i < s->nodes.n; i++) {
		if (s->nodes.v[i].zones.n)
			return true;
	}
	return false;
}

/**
 * Does the case's state show the moment of this event? It does for the panic that the event ended in, and where the
 * state is all there is. Of an earlier kill it does not speak, unless the report of the last one lost its figures.
 */
static void find_state(struct cl_look *l)
{
	const struct oom_case *c = l->c;
	if (!c->state || c->state_is_incident == OOM_NO)
		return;
	if (!l->e) {
		l->state_speaks = l->state_only = true;
		return;
	}
	bool lost = !has_figures(&l->e->state) && l->constraint != OOM_CONSTRAINT_MEMCG;
	bool last = l->e == &c->events.v[c->events.n - 1];
	l->state_speaks = l->e->panic || (lost && last);
	l->state_only = l->state_speaks && lost;
}

static bool knows_cgroups(const struct oom_tasks *tasks)
{
	for (size_t i = 0; i < tasks->n; i++) {
		if (tasks->v[i].memcg)
			return true;
	}
	return false;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/** Has the dump every process of the printed table? A dump that lost pages may break off in its list. */
static bool covers(struct cl_look *l, const struct oom_tasks *state, const struct oom_tasks *printed)
{
	int64_t *pids = oom_alloc(l->arena, (state->n + 1) * sizeof(*pids));
	if (!pids) {
		l->nomem = true;
		return false;
	}
	for (size_t i = 0; i < state->n; i++)
		pids[i] = state->v[i].pid;
	qsort(pids, state->n, sizeof(*pids), by_number);
	for (size_t i = 0; i < printed->n; i++) {
		// The table names a thread where its leader has exited.
		int64_t pid = oom_known(printed->v[i].tgid) ? printed->v[i].tgid : printed->v[i].pid;
		if (!bsearch(&pid, pids, state->n, sizeof(*pids), by_number))
			return false;
	}
	return true;
}

/** Is the dump's list of tasks better than the kernel's own table? Of a cgroup it must tell who is in it. */
static bool take_state_tasks(struct cl_look *l, const struct oom_tasks *state)
{
	if (!state->n || !l->own->tasks.n)
		return state->n;
	return (l->constraint != OOM_CONSTRAINT_MEMCG || knows_cgroups(state)) && covers(l, state, &l->own->tasks);
}

/** Is the dump's sheet better than what the kernel printed? One without types knows hardly more than the total. */
static bool take_state_memory(const struct cl_look *l, const struct oom_state *s)
{
	const struct oom_memory *m = &s->memory, *printed = &l->own->memory;
	if (oom_known(m->anon_kb))
		return true;
	return oom_known(m->total_kb) && !(oom_known(printed->total_kb) && oom_known(printed->anon_kb));
}

static void merge_facts(struct cl_look *l)
{
	const struct oom_state *s = l->c->state;
	l->facts = *l->own;
	if (!l->state_speaks)
		return;
	if (take_state_memory(l, s)) {
		l->facts.memory = s->memory;
		l->facts.counters = s->counters;
		l->facts.origin = s->origin;
		l->memory_from_state = true;
	}
	// The zones that the kernel printed are those it decided by; they are judged first (zones.c adds the others).
	if (!l->facts.nodes.n)
		l->facts.nodes = s->nodes;
	if (take_state_tasks(l, &s->tasks)) {
		l->facts.tasks = s->tasks;
		l->tasks_from_state = true;
	}
	if (s->memcgs.known)
		l->facts.memcgs = s->memcgs;
	if (s->slabs.known)
		l->facts.slabs = s->slabs;
	if (s->hugetlb.known)
		l->facts.hugetlb = s->hugetlb;
	if (s->shmem.known)
		l->facts.shmem = s->shmem;
	if (s->swaps.known)
		l->facts.swaps = s->swaps;
	// A report prints none of these.
	l->facts.tmpfs = s->tmpfs;
	l->facts.zrams = s->zrams;
	l->facts.vmallocs = s->vmallocs;
	l->facts.protocols = s->protocols;
	l->facts.totals = s->totals;
	l->facts.census = s->census;
	if (s->allocs.known)
		l->facts.allocs = s->allocs;
}

static void find_constraint(struct cl_look *l)
{
	const struct oom_event *e = l->e;
	if (e) {
		l->constraint = e->constraint;
		bool memcg = (e->memcg && (e->memcg->oom || oom_known(e->memcg->usage_kb))) ||
			     cl_traced(e, "mem_cgroup_out_of_memory") || cl_traced(e, "mem_cgroup_oom_synchronize");
		if (l->constraint == OOM_CONSTRAINT_UNKNOWN && memcg)
			l->constraint = OOM_CONSTRAINT_MEMCG;
	}
	// check_panic_on_oom(): the value 1 panics under no constraint only; and without a killable process the kernel
	// panics for an allocation of the whole system only.
	if (l->constraint == OOM_CONSTRAINT_UNKNOWN && cl_has(l->panic_text, "system-wide"))
		l->constraint = OOM_CONSTRAINT_NONE;
	l->global = l->constraint != OOM_CONSTRAINT_UNKNOWN && l->constraint != OOM_CONSTRAINT_MEMCG;
	if (l->constraint != OOM_CONSTRAINT_UNKNOWN)
		return;
	// Since 3.10 (58cf188ed649) the report of a cgroup OOM has no Mem-Info.
	bool mem_info = e && has_figures(&e->state) && oom_or(l->release, 0) >= 3010000;
	bool allocator = cl_traced(e, "__alloc_pages_slowpath") || cl_traced(e, "__alloc_pages_nodemask") ||
			 cl_traced(e, "__alloc_pages") || cl_traced(e, "__alloc_pages_noprof") ||
			 cl_traced(e, "__alloc_frozen_pages_noprof") || cl_traced(e, "__alloc_pages_may_oom");
	// The only kill line without a pid is that of 2.4, which has neither cgroups nor cpusets nor memory policies.
	bool kernel_24 =
		e && e->victims.n && e->victims.v[0].comm && !oom_known(e->victims.v[0].pid) && oom_known(e->gfp_mask);
	l->global = mem_info || kernel_24 || (allocator && cl_traced(e, "out_of_memory")) ||
		    cl_has(l->panic_text, "deadlocked on memory") || cl_has(l->panic_text, "no killable");
}

static void find_sizes(struct cl_look *l)
{
	const struct oom_case *c = l->c;
	const struct oom_memory *m = &l->facts.memory, *printed = &l->own->memory;
	int64_t page_size = c->system.page_size;
	l->page_known = page_size >= 1024 && page_size <= 1 << 20;
	l->page_kb = l->page_known ? page_size / 1024 : 4;
	l->ram_kb = cl_ok(m->total_kb) ? m->total_kb : c->system.ram_kb;
	l->swap_total_kb = cl_ok(m->swap_total_kb) ? m->swap_total_kb : printed->swap_total_kb;
	l->swap_free_kb = cl_ok(m->swap_free_kb) ? m->swap_free_kb : printed->swap_free_kb;
	if (!cl_ok(l->swap_total_kb) && l->facts.swaps.known) {
		l->swap_total_kb = l->swap_free_kb = 0;
		for (size_t i = 0; i < l->facts.swaps.n; i++) {
			const struct oom_swap *s = &l->facts.swaps.v[i];
			l->swap_total_kb += cl_or0(s->size_kb);
			l->swap_free_kb += cl_or0(s->size_kb) - cl_or0(s->used_kb);
		}
	}
	l->ram_kb = cl_ok(l->ram_kb) && l->ram_kb > 0 ? l->ram_kb : OOM_ABSENT;
	l->swap_total_kb = cl_ok(l->swap_total_kb) ? l->swap_total_kb : OOM_ABSENT;
	l->swap_free_kb = cl_ok(l->swap_free_kb) ? l->swap_free_kb : OOM_ABSENT;
}

/** A 32-bit kernel addresses its own memory directly only below 1 GB or so: all above is HighMem. */
static bool is_32bit(const struct cl_look *l)
{
	const char *machine = l->c->system.machine;
	if (machine &&
	    (machine[0] == 'i' ? cl_has(machine, "86") : !strncmp(machine, "arm", 3) && !cl_has(machine, "64")))
		return true;
	if (cl_has(l->release_text, ".i686") || cl_has(l->release_text, "-686"))
		return true;
	// show_mem() counts HighMem in kernels that have it only (is_highmem), and since 6.0 (974f4367dd31) its zone is
	// not shown for a request that cannot use it.
	if (cl_ok(l->own->memory.highmem_kb) && l->own->memory.highmem_kb > 0)
		return true;
	for (size_t i = 0; i < l->facts.nodes.n; i++) {
		const struct oom_zones *zones = &l->facts.nodes.v[i].zones;
		for (size_t k = 0; k < zones->n; k++) {
			if (cl_class_of(zones->v[k].name) == CL_HIGHMEM)
				return true;
		}
	}
	return false;
}

void cl_look_init(struct cl_look *l)
{
	static const struct oom_event no_event;
	l->release_text = l->e && l->e->release ? l->e->release : l->c->system.release;
	l->release = release_code(l->release_text);
	l->el6 = cl_has(l->release_text, ".el6");
	l->el7 = cl_has(l->release_text, ".el7");
	l->own = l->e ? &l->e->state : oom_new_state(l->arena);
	if (!l->own) {
		l->nomem = true;
		l->own = &no_event.state;
	}
	find_panic(l);
	find_constraint(l);
	find_state(l);
	merge_facts(l);
	find_sizes(l);
	l->bits32 = is_32bit(l);
	cl_request_decode(l);
}

const struct oom_victim *cl_victim(const struct cl_look *l)
{
	return l->e && l->e->victims.n ? &l->e->victims.v[0] : NULL;
}

/** Resident memory of a killed process as the kill line has it (before 4.6 without the shared part). */
int64_t cl_victim_kb(const struct oom_victim *v)
{
	if (!v || !cl_ok(v->rss_anon_kb))
		return OOM_ABSENT;
	return v->rss_anon_kb + cl_or0(v->rss_file_kb) + cl_or0(v->rss_shmem_kb);
}

bool cl_is_trigger(const struct cl_look *l, const char *comm, int64_t pid)
{
	if (!l->e)
		return false;
	if (oom_known(l->e->trigger.pid) && oom_known(pid))
		return l->e->trigger.pid == pid;
	return cl_same(l->e->trigger.comm, comm);
}

/** Which version of the memory controller: only v1 prints "memory+swap" and "kmem" (mem_cgroup_print_oom_meminfo). */
bool cl_cgroup_v1(const struct cl_look *l, bool *known)
{
	const struct oom_event_memcg *m = l->e ? l->e->memcg : NULL;
	*known = true;
	if (m && (oom_known(m->memsw_limit_kb) || oom_known(m->kmem_limit_kb)))
		return true;
	if (m && oom_known(m->swap_limit_kb))
		return false;
	if (oom_known(l->c->system.cgroup_version))
		return l->c->system.cgroup_version == 1;
	*known = false;
	return false;
}

const struct oom_task *cl_trigger_task(const struct cl_look *l)
{
	const struct oom_tasks *tasks = l->state_speaks && l->c->state ? &l->c->state->tasks : NULL;
	for (size_t i = 0; tasks && l->e && oom_known(l->e->trigger.pid) && i < tasks->n; i++) {
		const struct oom_task *t = &tasks->v[i];
		if (t->pid == l->e->trigger.pid && (!l->e->trigger.comm || cl_same(t->comm, l->e->trigger.comm)))
			return t;
	}
	return NULL;
}
