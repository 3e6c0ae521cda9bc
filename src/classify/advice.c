// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What to do about cgroups, processes and panic settings, with commands for the system at hand.
 *
 * SIZE, NAME, UNIT, COMMAND, PID in a command are for the reader to fill in: what size is right is not in the input.
 * Paths and names from the input are quoted for the shell.
 */
#include "case/container.h"
#include "classify/advice.h"
#include <inttypes.h>
#include <string.h>

struct oom_recommendation *cl_recommend(struct cl_look *l, const char *finding, const char *title, const char *detail)
{
	struct oom_recommendations *list = &l->v->recommendations;
	for (size_t i = 0; i < list->n; i++) {
		if (cl_same(list->v[i].title, title))
			return NULL;
	}
	struct oom_recommendation *r = oom_list_add(l->arena, list);
	if (!r) {
		l->nomem = true;
		return NULL;
	}
	r->title = title;
	r->detail = detail;
	r->finding = finding;
	r->commands.known = true;
	return r;
}

void cl_command(struct cl_look *l, struct oom_recommendation *r, const char *command)
{
	if (r && command)
		oom_strings_addf(l->arena, &r->commands, "%s", command);
}

/* --- limits ----------------------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool ends(const char *text, const char *tail)
{
	size_t a = strlen(text), b = strlen(tail);
	return a >= b && !strcmp(text + a - b, tail);
}

static bool in_kubernetes(const char *path)
{
	return cl_has(path, "kubepods");
}

/** "docker-<64 hex digits>.scope" (systemd driver) or "/docker/<64 hex digits>" (cgroupfs driver): the id, or NULL. */
static const char *docker_id(struct cl_look *l, const char *path)
{
	const char *part = last_part(path), *id = NULL;
	if (!strncmp(part, "docker-", 7))
		id = part + 7;
	else if (cl_has(path, "/docker/"))
		id = part;
	if (!id || strspn(id, "0123456789abcdef") < 12)
		return NULL;
	return cl_text(l, "%.12s", id);
}

/** A unit of the system's own systemd; those of a user's manager need that user's. */
static bool system_unit(const char *path)
{
	const char *part = last_part(path);
	if (!ends(part, ".service") && !ends(part, ".slice") && !ends(part, ".scope"))
		return false;
	return !cl_has(path, "/user@") || cl_has(part, "user@");
}

static void file_command(struct cl_look *l, struct oom_recommendation *r, const char *path)
{
	bool known, v1 = cl_cgroup_v1(l, &known);
	const char *slash = *path == '/' ? "" : "/";
	if (!known || !v1)
		cl_command(l, r,
			   cl_text(l, "echo SIZE > %s%s",
				   cl_quote(l, cl_text(l, "/sys/fs/cgroup%s%s/memory.max", slash, path)),
				   known ? "" : "  # cgroup v2"));
	if (!known || v1)
		cl_command(
			l, r,
			cl_text(l, "echo SIZE > %s%s",
				cl_quote(l, cl_text(l, "/sys/fs/cgroup/memory%s%s/memory.limit_in_bytes", slash, path)),
				known ? "" : "  # cgroup v1"));
}

/** How to set the memory limit of the cgroup @p path. */
static void limit_commands(struct cl_look *l, struct oom_recommendation *r, const char *path)
{
	bool known, v1 = cl_cgroup_v1(l, &known);
	const char *id = docker_id(l, path), *container = NULL, *pod = NULL;
	oom_container_of(path, l->arena, &container, &pod);
	if (in_kubernetes(path)) {
		cl_command(l, r,
			   cl_text(l,
				   "kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,"
				   "NAME:.metadata.name,UID:.metadata.uid | grep %s",
				   pod ? cl_quote(l, pod) : "UID"));
		cl_command(l, r, "kubectl set resources deployment NAME --limits=memory=SIZE");
	} else if (id)
		cl_command(l, r, cl_text(l, "docker update --memory SIZE --memory-swap SIZE %s", id));
	else if (system_unit(path))
		cl_command(l, r,
			   cl_text(l, "systemctl set-property %s %s=SIZE", cl_quote(l, last_part(path)),
				   known && v1 ? "MemoryLimit" : "MemoryMax"));
	else
		file_command(l, r, path);
}

void cl_advise_memcg_limit(struct cl_look *l, const char *finding)
{
	const char *name = l->memcg_oom ? cl_memcg_name(l, l->memcg_oom, false) : "the cgroup";
	struct oom_recommendation *r = cl_recommend(
		l, finding, cl_text(l, "Raise the limit of %s, or make its processes use less", name),
		cl_text(l,
			"%sA limit that the normal load reaches is too small; one that is reached only after days "
			"points to a leak, which a higher limit merely delays.",
			in_kubernetes(l->memcg_oom)
				? "The limit is resources.limits.memory of the container or the sum over the pod. "
				: ""));
	if (l->memcg_oom)
		limit_commands(l, r, l->memcg_oom);
}

void cl_advise_memcg_tree(struct cl_look *l, const char *finding)
{
	if (!l->memcg_oom)
		return;
	bool known, v1 = cl_cgroup_v1(l, &known);
	const char *slash = *l->memcg_oom == '/' ? "" : "/";
	const char *dir = cl_text(l, "/sys/fs/cgroup%s%s%s", known && v1 ? "/memory" : "", slash, l->memcg_oom);
	struct oom_recommendation *r = cl_recommend(
		l, finding,
		cl_text(l, "Find which cgroup below %s fills it, then raise or divide that limit",
			cl_memcg_name(l, l->memcg_oom, false)),
		"The limit above is smaller than what the cgroups below it use together. Give each of them a limit of "
		"its own, so that the one that grows is the one that is hit.");
	cl_command(l, r,
		   cl_text(l, "grep -H . %s/*/%s", cl_quote(l, dir),
			   known && v1 ? "memory.usage_in_bytes" : "memory.current"));
	limit_commands(l, r, l->memcg_oom);
}

void cl_advise_memcg_swap(struct cl_look *l, const char *finding)
{
	bool known, v1 = cl_cgroup_v1(l, &known);
	if (!l->memcg_oom || in_kubernetes(l->memcg_oom))
		return;
	const char *slash = *l->memcg_oom == '/' ? "" : "/";
	const char *file = v1 ? cl_text(l, "/sys/fs/cgroup/memory%s%s/memory.memsw.limit_in_bytes", slash, l->memcg_oom)
			      : cl_text(l, "/sys/fs/cgroup%s%s/memory.swap.max", slash, l->memcg_oom);
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Let the cgroup swap, if part of its memory is seldom used",
			     "Swap delays an OOM and softens a peak; it does not help against a leak.");
	cl_command(l, r, cl_text(l, "echo SIZE > %s", cl_quote(l, file)));
}

void cl_advise_cgroup_kills(struct cl_look *l, const char *finding)
{
	bool known, v1 = cl_cgroup_v1(l, &known);
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Look at the limits of the cgroups whose processes are killed",
			     "A limit that the normal load reaches is too small; else find out what grows there.");
	cl_command(l, r,
		   known && v1 ? "grep -rs '^oom_kill [1-9]' /sys/fs/cgroup/memory --include=memory.oom_control"
			       : "grep -rs '^oom_kill [1-9]' /sys/fs/cgroup --include=memory.events");
}

/* --- processes -------------------------------------------------------------------------------- */

void cl_advise_limit_culprit(struct cl_look *l, const char *finding)
{
	const struct oom_culprit *c = l->v->culprit;
	const struct oom_task *t = l->holders.top.task;
	const struct oom_victim *v = cl_victim(l);
	const char *name = c ? c->name : t ? t->comm : NULL, *path = NULL;
	if (!name)
		return;
	const struct oom_task *next = l->holders.second.task;
	bool group = c && oom_or(c->processes, 1) > 1;
	if (group)
		path = l->holders.group.task->memcg;
	else if (t && cl_same(t->comm, name))
		path = t->memcg;
	else if (next && cl_same(next->comm, name))
		path = next->memcg;
	if (!path && v && cl_same(v->comm, name))
		path = v->memcg ? v->memcg : l->memcg_task;
	// Where a cgroup's limit was hit, that limit has its own advice.
	bool limited = l->v->scope == OOM_SCOPE_MEMCG;
	struct oom_recommendation *r = cl_recommend(
		l, finding,
		cl_text(l,
			limited && group ? "Find out why the processes named %s grew, or why they are so many"
			: limited	 ? "Find out why %s grew"
			: group		 ? "Run fewer processes named %s, or make each smaller"
					 : "Limit %s, or fix it",
			name),
		limited ? "Compare its size with what it needs after a fresh start: a cache or heap setting above the "
			  "limit (JVM -Xmx, database buffers), more work than planned, or a leak."
		: group ? "Worker counts (php-fpm pm.max_children, MaxRequestWorkers, database connections) times the "
			  "size of one worker must fit into RAM beside everything else. A memory limit for all of them "
			  "together makes the kernel kill one of them, before the whole machine is short."
			: "Restart it if it leaks. A memory limit of its own makes the kernel kill it alone, before "
			  "the whole machine is short.");
	if (limited)
		return;
	if (path && strcmp(path, "/") != 0 && !ends(path, ".slice"))
		limit_commands(l, r, path);
	else
		cl_command(l, r, "systemd-run --scope -p MemoryMax=SIZE COMMAND");
}

void cl_advise_ram(struct cl_look *l, const char *finding)
{
	if (l->v->culprit)
		cl_advise_limit_culprit(l, finding);
	if (l->v->scope == OOM_SCOPE_MEMCG)
		return;
	cl_recommend(l, finding, "Run fewer processes, make each smaller, or give the machine more RAM",
		     "Worker counts (php-fpm pm.max_children, MaxRequestWorkers, database connections) times the size "
		     "of one worker must fit into RAM beside everything else.");
}

void cl_advise_protect_victim(struct cl_look *l, const char *finding)
{
	const struct oom_victim *v = cl_victim(l);
	if (!v || !v->comm || l->v->cause != OOM_CAUSE_HOST_EXHAUSTED)
		return;
	struct oom_recommendation *r =
		cl_recommend(l, finding, cl_text(l, "Make %s a less likely victim", v->comm),
			     "A negative oom_score_adj takes that many thousandths of RAM and swap off its score. It "
			     "moves the kill to another process; it makes no memory.");
	cl_command(l, r, "systemctl edit UNIT  # [Service] OOMScoreAdjust=-500");
	cl_command(l, r, cl_text(l, "choom -n -500 -p $(pidof %s)", cl_quote(l, v->comm)));
}

void cl_advise_whole_report(struct cl_look *l, const char *finding)
{
	if (!l->e || l->e->has_mem_info == OOM_YES)
		return;
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Look for the rest of the kernel's report",
		"What was asked for, the memory's state and the table of processes stand before the line about the "
		"kill: in "
		"the journal or /var/log/messages of that time, on the serial console, or in pstore after a crash.");
	cl_command(l, r, "journalctl -k -b -0 | grep -B 400 'Killed process'  # -b -1: the boot before");
	cl_command(l, r, "ls /sys/fs/pstore /var/lib/systemd/pstore /var/crash");
}

void cl_advise_adj(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Check the oom_score_adj values",
			     "They decided whom the kernel chooses. A large process with a negative value sends the "
			     "kill to the others; a value of 1000 gives a small one away.");
	cl_command(l, r, "grep -H . /proc/[0-9]*/oom_score_adj | grep -v ':0$'");
}

void cl_advise_unprotect(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Take oom_score_adj -1000 from the processes that may die",
			     "With -1000 on all of them the kernel can only panic. Keep it for the one or two that the "
			     "machine cannot live without.");
	cl_command(l, r, "choom -n 0 -p PID");
	cl_command(l, r, "systemctl edit UNIT  # [Service] OOMScoreAdjust=0");
}

void cl_advise_pid1(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Find out what makes PID 1 grow",
			     "Re-executing systemd gives its heap back for now. Count the units and cgroups: sessions "
			     "and transient units that are never cleaned up are the usual reason.");
	cl_command(l, r, "systemctl daemon-reexec");
	cl_command(l, r, "systemctl list-units --all | tail -1");
}

void cl_advise_oom_group(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Decide whether all of the cgroup should die together",
			     "memory.oom.group=1 is right for a service that cannot run in part (Kubernetes sets it "
			     "for containers); with 0 the kernel kills one process.");
	if (l->memcg_oom && !in_kubernetes(l->memcg_oom))
		cl_command(l, r,
			   cl_text(l, "echo 0 > %s",
				   cl_quote(l, cl_text(l, "/sys/fs/cgroup%s%s/memory.oom.group",
						       *l->memcg_oom == '/' ? "" : "/", l->memcg_oom))));
}

void cl_advise_repeated(struct cl_look *l, const char *finding)
{
	const struct oom_culprit *c = l->v->culprit;
	cl_recommend(l, finding,
		     c && cl_same(c->kind, "task") ? cl_text(l, "Deal with %s first", c->name)
						   : "Find what stays when the killed processes are gone",
		     "As long as what holds the memory stays, each kill hits a service that is not at fault.");
}

void cl_advise_userspace(struct cl_look *l, const char *finding)
{
	bool oomd = l->e && cl_has(l->e->killer, "oomd");
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Check the thresholds of the user-space killer",
			     oomd ? "systemd-oomd acts on pressure (ManagedOOMMemoryPressureLimit) and on used swap; a "
				    "unit can be left out with ManagedOOMPreference=avoid."
				  : "Its thresholds for free memory and swap, and its lists of processes to prefer or "
				    "avoid, decide when it acts and on whom.");
	if (oomd)
		cl_command(l, r, "oomctl");
}

/* --- sysctls of the OOM killer ---------------------------------------------------------------- */

void cl_advise_panic(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Decide whether an OOM should take the machine down",
			     "vm.panic_on_oom=0 kills one process and goes on. Where the panic is wanted (a cluster "
			     "that fails over), kernel.panic makes the machine reboot by itself.");
	cl_command(l, r, "sysctl -w vm.panic_on_oom=0");
	cl_command(l, r, "sysctl -w kernel.panic=10  # with panic_on_oom kept: reboot 10 s after a panic");
}

void cl_advise_allocating_task(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(l, finding, "Let the kernel choose by size again",
						    "vm.oom_kill_allocating_task=1 spares the search through all "
						    "processes and hits whoever asks, however small it is.");
	cl_command(l, r, "sysctl -w vm.oom_kill_allocating_task=0");
}
