// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Findings about memory of the kernel itself, and about memory that something takes away from everybody: slab caches
 * by name, vmalloc by caller, per-CPU memory, stacks, sockets, zram, the hypervisor's balloon, locked memory, files
 * without a name.
 *
 * Thresholds are those of rules_memory.c: 10 % of what is in scope. Each of these is a few per cent on a machine that
 * is well, and a tenth of a machine's memory is worth a sentence whoever else holds more.
 */
#include "classify/internal.h"
#include <inttypes.h>
#include <string.h>

enum { MUCH = 10, CITED = 3 };

static bool host(const struct cl_look *l)
{
	return l->v->scope == OOM_SCOPE_HOST;
}

/* --- slab caches ------------------------------------------------------------------------------ */

static bool suspect(const struct cl_look *l, const struct oom_slab *s)
{
	return s->name && cl_above(l, s->total_kb, MUCH);
}

static bool slab_cache(struct cl_look *l)
{
	const struct oom_slab *top = cl_top_slab(l, OOM_MAYBE);
	return host(l) && top && suspect(l, top);
}

static void cite_cache(struct cl_look *l, struct oom_finding *f, const struct oom_slab *s)
{
	const char *objects = "", *active = "", *kind = "";
	if (cl_ok(s->objects) && cl_ok(s->object_size))
		objects = cl_text(l, ", %" PRId64 " objects of %" PRId64 " bytes", s->objects, s->object_size);
	if (cl_ok(s->objects) && s->objects > 0 && cl_ok(s->active_objects) && s->active_objects >= 0)
		active = cl_text(l, ", %s of them in use", cl_percent(l, s->active_objects, s->objects));
	if (s->reclaimable != OOM_MAYBE)
		kind = s->reclaimable == OOM_YES ? ", reclaimable" : ", not reclaimable";
	cl_cite(l, f, s->origin, cl_text(l, "%s: %" PRId64 " kB%s%s%s", s->name, s->total_kb, objects, active, kind));
}

const struct oom_tmpfs *cl_fullest_tmpfs(const struct cl_look *l)
{
	const struct oom_tmpfs *top = NULL;
	for (size_t i = 0; i < l->facts.tmpfs.n; i++) {
		const struct oom_tmpfs *t = &l->facts.tmpfs.v[i];
		if (t->mount && cl_ok(t->files) && (!top || t->files > top->files))
			top = t;
	}
	return top;
}

static void tell_slab_cache(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_slab *top = cl_top_slab(l, OOM_MAYBE);
	const char *holds = cl_slab_holds(top->name);
	bool idle = cl_ok(top->objects) && top->objects > 0 && cl_ok(top->active_objects) &&
		    top->active_objects < top->objects / 2;
	cl_say(l, f,
	       cl_text(l, "Slab cache %s holds %s%s", top->name, cl_kb(l, top->total_kb),
		       cl_of_scope(l, top->total_kb)),
	       cl_text(l, "%s%s",
		       holds ? holds
			     : "What it is for is not known here; its name is that of a kernel type or a module.",
		       idle ? " Less than half of its objects are in use: pages are kept by a few of them each." : ""));
	cite_cache(l, f, top);
	for (size_t i = 0; i < l->facts.slabs.n && f->evidence.n < CITED; i++) {
		const struct oom_slab *s = &l->facts.slabs.v[i];
		if (s != top && suspect(l, s))
			cite_cache(l, f, s);
	}
	const struct oom_tmpfs *mount = cl_fullest_tmpfs(l);
	if (cl_same(top->name, "shmem_inode_cache") && mount)
		cl_cite(l, f, mount->origin,
			cl_text(l, "tmpfs on %s: %" PRId64 " files and folders", mount->mount, mount->files));
}

/* --- vmalloc, per-CPU memory, stacks ---------------------------------------------------------- */

const struct oom_vmalloc *cl_top_vmalloc(const struct cl_look *l)
{
	const struct oom_vmalloc *top = NULL;
	for (size_t i = 0; i < l->facts.vmallocs.n; i++) {
		const struct oom_vmalloc *v = &l->facts.vmallocs.v[i];
		if (v->stacks != OOM_YES && v->caller && cl_ok(v->kb) && !cl_vmalloc_of_percpu(v) &&
		    (!top || v->kb > top->kb))
			top = v;
	}
	return top;
}

bool cl_vmalloc_of_percpu(const struct oom_vmalloc *v)
{
	// mm/percpu-vm.c, mm/percpu.c: pcpu_alloc_chunk() and what is inlined there or around it; obj_cgroups, eight
	// bytes for each four of a CPU's part, are the largest (5.9, 3c7be18ac9a0).
	return v->caller && !v->module && !strncmp(v->caller, "pcpu_", 5);
}

const char *cl_vmalloc_name(struct cl_look *l, const struct oom_vmalloc *v)
{
	return v->module ? cl_text(l, "%s [%s]", v->caller, v->module) : v->caller;
}

static bool vmalloc(struct cl_look *l)
{
	return host(l) &&
	       (l->v->consumer == OOM_CONSUMER_VMALLOC || cl_above(l, cl_part_kb(l, OOM_CONSUMER_VMALLOC), MUCH));
}

static void tell_vmalloc(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_vmalloc *top = cl_top_vmalloc(l);
	int64_t kb = l->facts.memory.vmalloc_kb;
	bool most = top && cl_ok(kb) && top->kb >= kb / 2;
	cl_say(l, f,
	       most ? cl_text(l, "%s holds %s of vmalloc memory%s", cl_vmalloc_name(l, top), cl_kb(l, top->kb),
			      cl_of_scope(l, top->kb))
		    : cl_text(l, "vmalloc memory takes %s%s", cl_kb(l, kb), cl_of_scope(l, kb)),
	       most && top->module
		       ? "A module's: it is given back when the module frees it, at the latest when it is unloaded. "
			 "One "
			 "that takes more and more of it leaks."
		       : "Large pieces of kernel memory: of drivers, file systems, BPF maps and programs, firewall "
			 "tables. No process gives them back.");
	cl_cite(l, f, l->facts.origin, cl_text(l, "vmalloc %" PRId64 " kB", kb));
	for (size_t i = 0; i < l->facts.vmallocs.n && f->evidence.n < CITED; i++) {
		const struct oom_vmalloc *v = &l->facts.vmallocs.v[i];
		if (v->stacks != OOM_YES && v->caller && cl_ok(v->kb) && (v == top || cl_above(l, v->kb, 2)))
			cl_cite(l, f, v->origin,
				cl_text(l, "%s: %" PRId64 " kB%s", cl_vmalloc_name(l, v), v->kb,
					cl_ok(v->areas) ? cl_text(l, " in %" PRId64 " areas", v->areas) : ""));
	}
}

static bool percpu(struct cl_look *l)
{
	return host(l) && (l->v->consumer == OOM_CONSUMER_PERCPU || cl_above(l, l->facts.memory.percpu_kb, MUCH));
}

static void tell_percpu(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->facts.memory.percpu_kb, groups = l->facts.totals.memcgs, gone = l->facts.totals.memcgs_dying;
	cl_say(l, f, cl_text(l, "Per-CPU memory takes %s%s", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "Each counter in it exists once for each CPU. It grows with the number of cgroups, removed ones that "
	       "are still held among them, of network interfaces, and of BPF maps.");
	cl_cite(l, f, l->facts.origin, cl_text(l, "percpu %" PRId64 " kB", kb));
	for (size_t i = 0; i < l->facts.vmallocs.n && f->evidence.n < CITED; i++) {
		const struct oom_vmalloc *v = &l->facts.vmallocs.v[i];
		if (cl_vmalloc_of_percpu(v) && cl_above(l, v->kb, 1))
			cl_cite(l, f, v->origin,
				cl_text(l, "to keep track of it: %" PRId64 " kB (%s)", v->kb, v->caller));
	}
	if (cl_ok(groups))
		cl_cite(l, f, l->facts.origin,
			cl_ok(gone)
				? cl_text(l, "%" PRId64 " memory cgroups, and %" PRId64 " removed ones", groups, gone)
				: cl_text(l, "%" PRId64 " memory cgroups", groups));
}

const struct oom_task *cl_top_threads(const struct cl_look *l)
{
	const struct oom_task *top = NULL;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (cl_ok(t->threads) && t->comm && t->kthread != OOM_YES &&
		    cl_task_in_scope(l, t, !l->tasks_from_state) && (!top || t->threads > top->threads))
			top = t;
	}
	return top;
}

int64_t cl_threads_stacks_kb(const struct cl_look *l, const struct oom_task *t)
{
	int64_t all = 0;
	// All stacks are of one size; a few are kept by the CPUs for the next thread.
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *other = &l->facts.tasks.v[i];
		all += cl_ok(other->threads) ? other->threads : 1;
	}
	bool whole = l->v->scope == OOM_SCOPE_HOST && l->tasks_from_state && cl_ok(l->facts.totals.tasks) &&
		     l->facts.totals.tasks == (int64_t)l->facts.tasks.n;
	if (!whole || !t || !cl_ok(l->sheet.stacks_kb) || all <= 0 || t->threads > all)
		return OOM_ABSENT;
	return (int64_t)((double)l->sheet.stacks_kb * (double)t->threads / (double)all);
}

static bool stacks(struct cl_look *l)
{
	bool first = l->v->consumer == OOM_CONSUMER_KERNEL_STACKS &&
		     (!cl_ok(l->v->scope_kb) || cl_above(l, l->sheet.stacks_kb, 2));
	return first || cl_above(l, l->sheet.stacks_kb, MUCH);
}

static void tell_stacks(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_task *top = cl_top_threads(l);
	int64_t kb = l->sheet.stacks_kb;
	cl_say(l, f, cl_text(l, "Stacks of threads take %s%s", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "Each thread has one of 16 KiB or so in the kernel, whatever it does: there are very many threads.");
	cl_cite(l, f, l->sheet.origin, cl_text(l, "kernel stacks %" PRId64 " kB", kb));
	if (top && top->threads > 100)
		cl_cite(l, f, top->origin,
			cl_text(l, "%s: %" PRId64 " threads", cl_who(l, top->comm, top->pid), top->threads));
}

/** Memory of sockets is in slab and in pages of its own: above its limit the kernel drops packets. */
static const struct oom_protocol *full_protocol(const struct cl_look *l)
{
	for (size_t i = 0; i < l->facts.protocols.n; i++) {
		const struct oom_protocol *p = &l->facts.protocols.v[i];
		bool full = cl_ok(p->kb) && cl_ok(p->max_kb) && p->max_kb > 0 && p->kb >= p->max_kb;
		if (p->name && cl_ok(p->kb) && (cl_above(l, p->kb, MUCH) || (full && cl_above(l, p->kb, 2))))
			return p;
	}
	return NULL;
}

static bool sockets(struct cl_look *l)
{
	return host(l) && full_protocol(l);
}

static void tell_sockets(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_protocol *p = full_protocol(l);
	bool full = cl_ok(p->max_kb) && p->max_kb > 0 && p->kb >= p->max_kb;
	cl_say(l, f, cl_text(l, "Sockets of %s hold %s%s", p->name, cl_kb(l, p->kb), cl_of_scope(l, p->kb)),
	       cl_text(l, "%sData that was sent to programs that do not read it, or that the other side does not take.",
		       full ? "That is the limit: the kernel drops packets and closes connections. " : ""));
	cl_cite(l, f, p->origin,
		cl_text(l, "%s: %" PRId64 " kB%s%s", p->name, p->kb,
			cl_ok(p->sockets) ? cl_text(l, ", %" PRId64 " sockets", p->sockets) : "",
			cl_ok(p->max_kb) ? cl_text(l, ", limit %" PRId64 " kB", p->max_kb) : ""));
}

/* --- pipes and sockets ------------------------------------------------------------------------ */

int64_t cl_unread_kb(const struct oom_task *t)
{
	return t ? cl_or0(t->pipes_kb) + cl_or0(t->sockets_kb) : 0;
}

const struct oom_task *cl_top_unread(const struct cl_look *l)
{
	const struct oom_task *top = NULL;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (t->comm && cl_unread_kb(t) > cl_unread_kb(top) && cl_task_in_scope(l, t, !l->tasks_from_state))
			top = t;
	}
	return top;
}

const char *cl_unread_where(const struct oom_task *t)
{
	int64_t pipes = cl_or0(t->pipes_kb), sockets = cl_or0(t->sockets_kb);
	return pipes / 10 > sockets ? "pipes" : sockets / 10 > pipes ? "sockets" : "pipes and sockets";
}

static int64_t all_unread_kb(const struct cl_look *l)
{
	bool all = l->v->scope == OOM_SCOPE_HOST;
	int64_t kb = all ? cl_or0(l->facts.totals.pipes_kb) + cl_or0(l->facts.totals.sockets_kb) : 0;
	return kb > cl_unread_kb(cl_top_unread(l)) ? kb : cl_unread_kb(cl_top_unread(l));
}

bool cl_mostly_unread(const struct cl_look *l, int64_t kb)
{
	return cl_ok(kb) && kb > 0 && all_unread_kb(l) >= kb / 2;
}

static bool unread(struct cl_look *l)
{
	return host(l) && cl_top_unread(l) && cl_above(l, all_unread_kb(l), MUCH);
}

static void tell_unread(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_task *top = cl_top_unread(l);
	int64_t pipes = cl_or0(l->facts.totals.pipes_kb), sockets = cl_or0(l->facts.totals.sockets_kb);
	int64_t kb = all_unread_kb(l);
	const char *what = cl_begin(l, cl_unread_where(top));
	cl_say(l, f, cl_text(l, "%s hold %s%s, that nobody has read", what, cl_kb(l, kb), cl_of_scope(l, kb)),
	       "What was written stays in the kernel until the other end reads it or the last one closes it. It is in "
	       "no process's figures, so that the OOM killer does not see it.");
	if (cl_ok(l->facts.totals.pipes_kb) || cl_ok(l->facts.totals.sockets_kb))
		cl_cite(l, f, l->facts.origin,
			cl_text(l, "open pipes %" PRId64 " kB, open sockets %" PRId64 " kB", pipes, sockets));
	cl_cite(l, f, top->origin,
		cl_text(l, "%s: %" PRId64 " kB in pipes, %" PRId64 " kB in sockets that it has open",
			cl_who(l, top->comm, top->pid), cl_or0(top->pipes_kb), cl_or0(top->sockets_kb)));
}

/* --- open files ------------------------------------------------------------------------------- */

const struct oom_task *cl_top_files(const struct cl_look *l)
{
	enum { MANY = 10000 };
	const struct oom_task *top = NULL;
	int64_t all = 0;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (!t->comm || !cl_ok(t->open_files))
			continue;
		all += t->open_files;
		if (!top || t->open_files > top->open_files)
			top = t;
	}
	return top && top->open_files >= MANY && top->open_files >= all / 2 ? top : NULL;
}

static bool open_files(struct cl_look *l)
{
	bool much = l->v->consumer == OOM_CONSUMER_SLAB || cl_above(l, l->sheet.slab_unreclaimable_kb, MUCH);
	return host(l) && much && cl_top_files(l);
}

static void tell_open_files(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_task *top = cl_top_files(l);
	cl_say(l, f, cl_text(l, "%s has %" PRId64 " files open", cl_who(l, top->comm, top->pid), top->open_files),
	       "Each open file, pipe, socket or event counter is one or several objects of the kernel. They are in no "
	       "process's figures, and go when the one that opened them closes them or ends.");
	cl_cite(l, f, top->origin,
		cl_text(l, "%s: %" PRId64 " open files", cl_who(l, top->comm, top->pid), top->open_files));
}

/* --- huge pages in use ------------------------------------------------------------------------ */

const struct oom_task *cl_top_hugetlb(const struct cl_look *l)
{
	const struct oom_task *top = NULL;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (t->comm && cl_ok(t->hugetlb_kb) && t->hugetlb_kb > 0 &&
		    cl_task_in_scope(l, t, !l->tasks_from_state) && (!top || t->hugetlb_kb > top->hugetlb_kb))
			top = t;
	}
	return top;
}

static int64_t used_hugetlb_kb(const struct cl_look *l)
{
	int64_t all = cl_hugetlb_kb(l, false), unused = cl_hugetlb_kb(l, true);
	return cl_ok(all) && cl_ok(unused) && all > unused ? all - unused : OOM_ABSENT;
}

static bool hugepages_used(struct cl_look *l)
{
	return host(l) && l->v->consumer == OOM_CONSUMER_HUGETLB && cl_above(l, used_hugetlb_kb(l), MUCH);
}

static void tell_hugepages_used(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_task *top = cl_top_hugetlb(l);
	int64_t kb = used_hugetlb_kb(l);
	cl_say(l, f, cl_text(l, "Huge pages in use take %s%s", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "A pool of huge pages is set aside whether it is needed or not, and what is in it can be neither "
	       "swapped "
	       "nor given to others. It is not in a process's resident memory nor in its score.");
	for (size_t i = 0; i < l->facts.hugetlb.n && f->evidence.n < CITED; i++) {
		const struct oom_hugetlb *h = &l->facts.hugetlb.v[i];
		if (!oom_known(h->node) && cl_ok(h->total) && cl_ok(h->free) && cl_ok(h->size_kb) && h->total > 0)
			cl_cite(l, f, h->origin,
				cl_text(l, "%" PRId64 " huge pages of %" PRId64 " kB, %" PRId64 " of them free",
					h->total, h->size_kb, h->free));
	}
	if (!f->evidence.n)
		cl_cite(l, f, l->sheet.origin, cl_text(l, "huge pages in use %" PRId64 " kB", kb));
	if (top)
		cl_cite(l, f, top->origin,
			cl_text(l, "%s: %" PRId64 " kB of huge pages mapped", cl_who(l, top->comm, top->pid),
				top->hugetlb_kb));
}

/* --- compressed swap -------------------------------------------------------------------------- */

/** A device that takes no more: its size or its memory limit is used up. The last slots stay with the CPUs. */
static bool full_zram(const struct oom_zram *z)
{
	bool size = cl_ok(z->orig_kb) && cl_ok(z->disksize_kb) && z->disksize_kb > 0 &&
		    z->orig_kb >= z->disksize_kb - z->disksize_kb / 20;
	bool memory = cl_ok(z->mem_kb) && cl_ok(z->limit_kb) && z->limit_kb > 0 &&
		      z->mem_kb >= z->limit_kb - z->limit_kb / 50;
	return size || memory;
}

const struct oom_zram *cl_top_zram(const struct cl_look *l)
{
	const struct oom_zram *top = NULL;
	for (size_t i = 0; i < l->facts.zrams.n; i++) {
		const struct oom_zram *z = &l->facts.zrams.v[i];
		if (z->name && cl_ok(z->mem_kb) && (!top || z->mem_kb > top->mem_kb))
			top = z;
	}
	return top;
}

static bool zram_full(struct cl_look *l)
{
	const struct oom_zram *z = cl_top_zram(l);
	return host(l) && z && full_zram(z) && cl_above(l, z->mem_kb, 2);
}

/** "zram0: 94208 kB stored in 94900 kB of memory (zstd), size 94208 kB" */
static void cite_zram(struct cl_look *l, struct oom_finding *f, const struct oom_zram *z)
{
	const char *stored = cl_ok(z->orig_kb) ? cl_text(l, "%" PRId64 " kB stored in ", z->orig_kb) : "";
	const char *how = z->algorithm ? cl_text(l, " (%s)", z->algorithm) : "";
	const char *size = cl_ok(z->disksize_kb) ? cl_text(l, ", size %" PRId64 " kB", z->disksize_kb) : "";
	cl_cite(l, f, z->origin,
		cl_text(l, "%s: %s%" PRId64 " kB of memory%s%s", z->name, stored, z->mem_kb, how, size));
}

static void tell_zram_full(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_zram *z = cl_top_zram(l);
	cl_say(l, f,
	       cl_text(l, "%s is full and takes %s%s itself", z->name, cl_kb(l, z->mem_kb), cl_of_scope(l, z->mem_kb)),
	       "Swap in compressed memory is memory: it helps as long as what goes in compresses well, and nothing "
	       "takes "
	       "it back but the processes that own it.");
	cite_zram(l, f, z);
}

/** Stored data shrinks to a half or a third; what stays above two thirds gains next to nothing. */
static bool zram_poor(struct cl_look *l)
{
	const struct oom_zram *z = cl_top_zram(l);
	return host(l) && z && cl_ok(z->orig_kb) && cl_above(l, z->mem_kb, 5) && z->mem_kb > z->orig_kb / 3 * 2;
}

static void tell_zram_poor(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_zram *z = cl_top_zram(l);
	cl_say(l, f,
	       cl_text(l, "%s needs %s of memory for %s: its content hardly compresses", z->name, cl_kb(l, z->mem_kb),
		       cl_kb(l, z->orig_kb)),
	       "Encrypted or already compressed data takes as much room in zram as outside of it, and work besides.");
	cite_zram(l, f, z);
}

/* --- the balloon ------------------------------------------------------------------------------ */

/** Of what the machine has, the balloon's part that RAM may not count. */
static bool balloon(struct cl_look *l)
{
	int64_t kb = l->balloon_kb;
	return l->v->scope != OOM_SCOPE_MEMCG && cl_ok(kb) && kb > 0 && cl_ok(l->ram_kb) &&
	       kb > (l->ram_kb + (l->balloon_outside ? kb : 0)) / MUCH;
}

static void tell_balloon(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->balloon_kb;
	const char *beside = l->balloon_outside ? cl_text(l, ", beside the %s that are left to it", cl_kb(l, l->ram_kb))
						: cl_text(l, ", %s of RAM", cl_percent(l, kb, l->ram_kb));
	cl_say(l, f, cl_text(l, "The hypervisor took %s from this machine%s", cl_kb(l, kb), beside),
	       "A balloon driver hands pages to the host, and gives them back when the host says so: to the machine "
	       "they are as good as not there. The host is short of memory, or its policy expects this machine to need "
	       "less.");
	cl_cite(l, f, l->facts.origin, cl_text(l, "balloon %" PRId64 " kB", kb));
}

/* --- memory that may not leave ---------------------------------------------------------------- */

static int64_t locked_kb(const struct cl_look *l)
{
	return cl_ok(l->facts.memory.mlocked_kb) ? l->facts.memory.mlocked_kb : l->facts.counters.mlocked_kb;
}

static bool mlocked(struct cl_look *l)
{
	return host(l) && cl_above(l, locked_kb(l), MUCH);
}

static void tell_mlocked(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = locked_kb(l);
	const struct oom_task *top = NULL;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (cl_ok(t->locked_kb) && t->locked_kb > 0 && (!top || t->locked_kb > top->locked_kb))
			top = t;
	}
	cl_say(l, f, cl_text(l, "%s%s are locked into memory", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "Programs asked for it with mlock() or mlockall(): neither swap nor reclaim may take it. Databases, "
	       "virtual "
	       "machines and real-time programs do so; RLIMIT_MEMLOCK (LimitMEMLOCK of a unit) bounds it.");
	cl_cite(l, f, l->facts.origin, cl_text(l, "mlocked %" PRId64 " kB", kb));
	if (top)
		cl_cite(l, f, top->origin,
			cl_text(l, "%s: %" PRId64 " kB locked", cl_who(l, top->comm, top->pid), top->locked_kb));
}

/* --- files without a name --------------------------------------------------------------------- */

static bool deleted_files(struct cl_look *l)
{
	return host(l) && cl_above(l, l->facts.totals.shmem_deleted_kb, MUCH);
}

static void tell_deleted_files(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->facts.totals.shmem_deleted_kb;
	cl_say(l, f, cl_text(l, "Deleted files in memory hold %s%s", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "They have no name any more, so neither ls nor du shows them; they go when the last process closes "
	       "them.");
	cl_cite(l, f, l->facts.origin, cl_text(l, "deleted files of tmpfs and ramfs: %" PRId64 " kB", kb));
	for (size_t i = 0; i < l->facts.shmem.n && f->evidence.n < CITED; i++) {
		const struct oom_shmem *s = &l->facts.shmem.v[i];
		if (s->deleted != OOM_YES || !cl_ok(s->kb) || !cl_above(l, s->kb, 1))
			continue;
		const char *who =
			s->comm || oom_known(s->pid) ? cl_text(l, ", open in %s", cl_who(l, s->comm, s->pid)) : "";
		cl_cite(l, f, s->origin, cl_text(l, "%s: %" PRId64 " kB%s", s->path ? s->path : "a file", s->kb, who));
	}
}

const struct cl_rule cl_rules_kernel[] = {
	{"slab-cache", OOM_SEVERITY_WARNING, slab_cache, tell_slab_cache, cl_advise_slab, false},
	{"vmalloc", OOM_SEVERITY_WARNING, vmalloc, tell_vmalloc, cl_advise_vmalloc, false},
	{"percpu", OOM_SEVERITY_WARNING, percpu, tell_percpu, cl_advise_percpu, false},
	{"kernel-stacks", OOM_SEVERITY_WARNING, stacks, tell_stacks, cl_advise_stacks, false},
	{"sockets", OOM_SEVERITY_WARNING, sockets, tell_sockets, cl_advise_sockets, false},
	{"open-files", OOM_SEVERITY_WARNING, open_files, tell_open_files, cl_advise_files, false},
	{"hugepages-used", OOM_SEVERITY_WARNING, hugepages_used, tell_hugepages_used, cl_advise_hugepages_used, false},
	{"unread", OOM_SEVERITY_WARNING, unread, tell_unread, cl_advise_unread, false},
	{"zram-full", OOM_SEVERITY_WARNING, zram_full, tell_zram_full, cl_advise_zram, false},
	{"zram-poor", OOM_SEVERITY_WARNING, zram_poor, tell_zram_poor, cl_advise_zram, false},
	{"balloon", OOM_SEVERITY_CRITICAL, balloon, tell_balloon, cl_advise_balloon, false},
	{"mlocked", OOM_SEVERITY_WARNING, mlocked, tell_mlocked, cl_advise_mlocked, false},
	{"deleted-files", OOM_SEVERITY_WARNING, deleted_files, tell_deleted_files, cl_advise_deleted, false},
	{NULL, OOM_SEVERITY_INFO, NULL, NULL, NULL, false},
};
