// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Whom the kernel killed. mm/oom_kill.c oom_kill_process(), __oom_kill_process(), oom_reap_task().
 *
 *   oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=x,pid=1,uid=0
 * 5.0 Out of memory: Killed process 348 (polkitd) total-vm:78084kB, anon-rss:2980kB, file-rss:8148kB, shmem-rss:0kB,
 * UID:998 pgtables:64kB oom_score_adj:0                                              5.0; UID 5.2, pgtables, adj 5.3
 *   Out of memory: Kill process 5456 (x) score 973 or sacrifice child              2.6.36, and behind it
 *   Killed process 5450 (x) total-vm:2869780kB, anon-rss:306836kB, file-rss:676kB
 *   Killed process 15462, UID 500, (t) total-vm:…                                  el6
 *   Out of Memory: Killed process 6906 (kdm_greet).                                2.6.8
 *   VM: killing process bcheck                                                     2.4
 *   oom_reaper: reaped process 348 (polkitd), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB      4.6
 */
#include "log/internal.h"

static struct oom_victim *add_victim(struct oom_log *log, struct report *r, const struct msg *m)
{
	struct oom_victim *v = r->e.victims.n < LISTS_MAX ? oom_add_victim(r->small, &r->e.victims) : NULL;
	if (v) {
		v->time_us = m->time_us;
		v->origin = log_origin(log, m);
	}
	return v;
}

/** "key:12" anywhere in @p c. */
static void read_value(struct cur c, const char *key, int64_t *ret)
{
	int64_t value;
	if (scan_past(&c, key) && scan_int(&c, &value))
		*ret = value;
}

/** "key:12kB"; without the unit the number may have lost its end. */
static void read_kb(struct cur c, const char *key, int64_t *ret)
{
	int64_t value;
	if (scan_past(&c, key) && scan_int(&c, &value) && scan_lit(&c, "kB"))
		*ret = value;
}

/** The name in "(name)": up to the last ')' that the rest of a kill line can follow; a name may hold brackets. */
static bool scan_comm(struct cur *c, struct cur *ret)
{
	static const char *const behind[] = {") total-vm:", ") vsz:",  ") score ",   ") or a child", "), UID ",
					     ") in ",	    "), now ", ") sharing ", ").",	     NULL};
	scan_blanks(c);
	if (!scan_char(c, '('))
		return false;
	const char *close = NULL;
	for (size_t i = 0; behind[i] && !close; i++)
		close = cur_find(c, behind[i]);
	close = close ? close : cur_rfind(c, ")");
	if (!close)
		return false;
	*ret = (struct cur){c->p, close};
	c->p = close + 1;
	return true;
}

/** "process 348 (polkitd)" or "process 15462, UID 500, (t)". */
static bool scan_process(struct cur *c, int64_t *pid, int64_t *uid, struct cur *comm)
{
	struct cur try = *c;
	*uid = OOM_ABSENT;
	if (!scan_lit(&try, "process ") || !scan_digits(&try, pid) || !oom_known(*pid))
		return false;
	if (scan_lit(&try, ", UID ")) {
		scan_digits(&try, uid);
		scan_char(&try, ',');
	}
	if (try.p == try.end)
		return false; // the number may go on where the line does not
	if (!scan_comm(&try, comm))
		*comm = (struct cur){try.p, try.p};
	*c = try;
	return true;
}

static void read_sizes(struct oom_victim *v, struct cur c)
{
	read_kb(c, "total-vm:", &v->total_vm_kb);
	read_kb(c, "vsz:", &v->total_vm_kb); // 2.6.32 to 2.6.35
	read_kb(c, "anon-rss:", &v->rss_anon_kb);
	read_kb(c, "file-rss:", &v->rss_file_kb);
	read_kb(c, "shmem-rss:", &v->rss_shmem_kb);
	read_value(c, "UID:", &v->uid);
	read_value(c, "UID ", &v->uid);
	read_kb(c, "pgtables:", &v->pgtables_kb);
	read_value(c, "oom_score_adj:", &v->oom_score_adj);
}

static void note_disagreement(struct report *r, int64_t killed)
{
	report_missing(r,
		       "the kill lines name two processes: chosen was pid %lld (%s), killed pid %lld: a thread, "
		       "a child, or damage to the log",
		       (long long)r->chosen_pid, r->chosen_comm ? r->chosen_comm : "?", (long long)killed);
}

/** The report that a kill line ends: an open one that has no victim yet or kills a whole group, else a new one. */
static struct report *report_for_kill(struct oom_log *log, const struct msg *m)
{
	struct report *r = report_of(log, m, PART_KILL);
	if (r && r->e.victims.n && !r->group_kill) {
		report_close(log, r);
		r = NULL;
	}
	if (!r)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_KILL);
	if (r)
		r->is_oom = true;
	return r;
}

/** "Killed process …" with whatever stands in front of it. */
static bool killed(struct oom_log *log, const struct msg *m, struct cur c, bool memcg, bool host)
{
	int64_t pid, uid;
	struct cur comm;
	if (!scan_process(&c, &pid, &uid, &comm))
		return false;
	if (cur_has(&c, " sharing same memory")) // 3.x: a process with the memory of the victim
		return report_of(log, m, PART_KILL) != NULL;
	struct report *r = report_for_kill(log, m);
	// The victim that a group was chosen by is killed with its group again.
	for (size_t i = 0; r && r->group_kill && i < r->e.victims.n; i++) {
		if (r->e.victims.v[i].pid == pid)
			return true;
	}
	struct oom_victim *v = r ? add_victim(log, r, m) : NULL;
	if (!v)
		return true;
	r->memcg_kill |= memcg;
	r->host_kill |= host;
	v->pid = pid;
	v->uid = uid;
	v->comm = comm.p < comm.end ? keep(r->small, comm) : NULL;
	read_sizes(v, c);
	if (oom_known(r->chosen_pid) && r->e.victims.n == 1) {
		v->score = r->chosen_score;
		if (r->chosen_pid != pid)
			note_disagreement(r, pid);
	}
	if (r->e.victims.n == 1)
		v->memcg = r->victim_memcg ? r->victim_memcg : r->e.memcg ? r->e.memcg->task : NULL;
	return true;
}

/** "Kill process 5456 (x) score 973 or sacrifice child": the choice; who is killed stands in the next line. */
static bool chosen(struct oom_log *log, const struct msg *m, struct cur c, bool memcg, bool host)
{
	int64_t pid, uid, score;
	struct cur comm;
	if (!scan_process(&c, &pid, &uid, &comm))
		return false;
	struct report *r = report_for_kill(log, m);
	if (r && r->chosen_pid != pid && r->has_choice) {
		report_close(log, r); // chosen, but the kill of it is not in the log
		r = report_for_kill(log, m);
	}
	if (!r || r->has_choice)
		return true;
	r->has_choice = true;
	r->memcg_kill |= memcg;
	r->host_kill |= host;
	r->chosen_pid = pid;
	r->chosen_comm = keep(r->small, comm);
	struct cur rest = c;
	if (scan_past(&rest, "score ") && scan_int(&rest, &score))
		r->chosen_score = score;
	return true;
}

static bool kill_words(struct oom_log *log, const struct msg *m, struct cur rest, bool memcg, bool host)
{
	scan_char(&rest, ':');
	scan_blanks(&rest);
	if (scan_lit(&rest, "Killed "))
		return killed(log, m, rest, memcg, host);
	if (scan_lit(&rest, "Kill ") || scan_lit(&rest, "kill ") || scan_lit(&rest, "killing "))
		return chosen(log, m, rest, memcg, host);
	return false;
}

bool on_out_of_memory(struct oom_log *log, const struct msg *m, struct cur rest)
{
	if (cur_has(&rest, " and no killable processes")) {
		struct report *r = report_need(log, m, PART_KILL);
		if (r) {
			r->e.no_killable = OOM_YES;
			r->is_oom = true;
		}
		return true;
	}
	// "Out of memory (oom_kill_allocating_task): Kill process …", before 5.0
	if (scan_lit(&rest, " (oom_kill_allocating_task)")) {
		struct report *r = report_of(log, m, PART_KILL);
		if (r && !oom_known(log->c->config.oom_kill_allocating_task) && !log->of_dump)
			log->c->config.oom_kill_allocating_task = 1;
	}
	return kill_words(log, m, rest, false, true);
}

bool on_memcg_out_of_memory(struct oom_log *log, const struct msg *m, struct cur rest)
{
	return kill_words(log, m, rest, true, false);
}

bool on_killed(struct oom_log *log, const struct msg *m, struct cur rest)
{
	return killed(log, m, rest, false, false);
}

static bool bound_kill(struct oom_log *log, const struct msg *m, struct cur rest, enum oom_constraint constraint)
{
	struct report *r;
	if (!kill_words(log, m, rest, false, false) || !(r = report_of(log, m, PART_KILL)))
		return false;
	r->e.constraint = constraint;
	r->constraint_printed = true;
	return true;
}

bool on_mpol_bind(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "No available memory (MPOL_BIND): kill process 1 (x) score 1 or a child", 2.6.16 to 2.6.35
	return bound_kill(log, m, rest, OOM_CONSTRAINT_MEMPOLICY);
}

bool on_cpuset_kill(struct oom_log *log, const struct msg *m, struct cur rest)
{
	return bound_kill(log, m, rest, OOM_CONSTRAINT_CPUSET);
}

bool on_vm_killing(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// 2.4: the process that could not get a page dies; the failed allocations stand before it.
	struct report *r = report_last(log, m);
	if (!r || r->closed || !r->failures || r->e.victims.n)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_KILL);
	struct oom_victim *v = r ? add_victim(log, r, m) : NULL;
	if (!v)
		return true;
	r->e.kind = OOM_EVENT_OOM;
	r->is_oom = r->host_kill = true;
	r->part = PART_KILL;
	v->comm = keep(r->small, cur_trim(rest));
	return true;
}

/** The value behind @p key up to @p stop, a key or NULL for the end. */
static bool between(struct cur c, const char *key, const char *stop, struct cur *ret)
{
	if (!scan_past(&c, key))
		return false;
	const char *end = stop ? cur_find(&c, stop) : NULL;
	*ret = (struct cur){c.p, end ? end : c.end};
	return true;
}

static void read_constraint(struct report *r, struct cur c)
{
	static const struct {
		const char *name;
		enum oom_constraint constraint;
	} names[] = {
		{"CONSTRAINT_NONE", OOM_CONSTRAINT_NONE},
		{"CONSTRAINT_CPUSET", OOM_CONSTRAINT_CPUSET},
		{"CONSTRAINT_MEMORY_POLICY", OOM_CONSTRAINT_MEMPOLICY},
		{"CONSTRAINT_MEMCG", OOM_CONSTRAINT_MEMCG},
	};
	const char *comma = memchr(c.p, ',', cur_left(&c));
	struct cur name = {c.p, comma ? comma : c.end};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (cur_is(&name, names[i].name)) {
			r->e.constraint = names[i].constraint;
			r->constraint_printed = true;
			return;
		}
	}
	// A kernel of somebody's own: its word is not ours to translate, nor to guess from the rest.
	r->e.constraint = OOM_CONSTRAINT_UNKNOWN;
	r->constraint_printed = true;
	report_missing(r, "constraint: '%.*s' is not one of mainline's",
		       (int)(cur_left(&name) < 64 ? cur_left(&name) : 64), name.p);
}

bool on_oom_kill(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct cur c = rest, value;
	if (!scan_lit(&c, "constraint="))
		return false;
	struct report *r = report_of(log, m, PART_KILL);
	if (r && r->constraint_printed) {
		report_close(log, r);
		r = NULL;
	}
	if (!r)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_KILL);
	if (!r)
		return true;
	r->is_oom = true;
	read_constraint(r, c);
	if (!r->e.nodemask && between(c, ",nodemask=", ",cpuset=", &value) && is_node_list(value))
		r->e.nodemask = keep(r->small, value);
	if (!r->e.cpuset && between(c, ",cpuset=", ",mems_allowed=", &value))
		r->e.cpuset = keep(r->small, value);
	if (!r->e.mems_allowed && scan_past(&c, ",mems_allowed=")) {
		// "0-1,4" and then a key: a comma before a letter ends it
		const char *p = c.p;
		while (p < c.end && (is_digit((unsigned char)*p) || *p == '-' || *p == ','))
			p++;
		p -= p > c.p && p[-1] == ',';
		r->e.mems_allowed = keep(r->small, (struct cur){c.p, p});
	}
	struct cur task, limit;
	if (between(rest, ",task_memcg=", ",task=", &task)) {
		bool memcg = between(rest, ",oom_memcg=", ",task_memcg=", &limit);
		if (memcg && !r->e.memcg && (r->e.memcg = oom_new_event_memcg(r->small)))
			r->e.memcg->origin = log_origin(log, m);
		if (memcg && r->e.memcg) {
			r->e.memcg->oom = keep(r->small, limit);
			r->e.memcg->task = keep(r->small, task);
		}
		r->victim_memcg = keep(r->small, task);
	}
	const char *pid = cur_rfind(&rest, ",pid=");
	if (pid && between(rest, ",task=", NULL, &value) && pid > value.p) {
		struct cur number = {pid + strlen(",pid="), rest.end};
		r->chosen_comm = keep(r->small, (struct cur){value.p, pid});
		scan_digits(&number, &r->chosen_pid);
	}
	return true;
}

bool on_reaper(struct oom_log *log, const struct msg *m, struct cur rest)
{
	int64_t pid;
	struct oom_victim *v = NULL;
	struct cur c = rest, comm = {rest.p, rest.p};
	scan_blanks(&c);
	// "reaped process 6736 (leaker), now …"; 4.6 "reaped process :6736 (leaker) …"; "unable to reap pid:6736
	// (leaker)"
	bool reaped = scan_lit(&c, "reaped process ");
	if (!reaped && !scan_lit(&c, "unable to reap pid:"))
		return false;
	scan_char(&c, ':');
	if (!scan_digits(&c, &pid) || !oom_known(pid))
		return false;
	scan_comm(&c, &comm);
	struct report *r = report_with_victim(log, m, pid, &v);
	if (!v) {
		// The kill line is lost: the reaper alone tells who died.
		r = r ? r : report_for_kill(log, m);
		v = r ? add_victim(log, r, m) : NULL;
		if (!v)
			return true;
		v->time_us = OOM_ABSENT; // the reaper comes later
		v->pid = pid;
		v->comm = comm.p < comm.end ? keep(r->small, comm) : NULL;
		v->memcg = r->victim_memcg ? r->victim_memcg : r->e.memcg ? r->e.memcg->task : NULL;
	}
	v->reaped = reaped ? OOM_YES : OOM_NO;
	return true;
}
