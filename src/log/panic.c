// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Panics, boots and what somebody asked for at the keyboard.
 *
 *   Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled       4.0; panic_on_oom = 1
 *   Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled        4.0; panic_on_oom = 2
 *   Kernel panic - not syncing: out of memory. panic_on_oom is selected                  2.6.18 … 2.6.35; not 0
 *   Kernel panic - not syncing: out of memory. Compulsory panic_on_oom is selected.      2.6.23 … 2.6.35; 2
 *   Kernel panic - not syncing: out of memory(memcg). panic_on_oom is selected.          2.6.34, 2.6.35; 2
 *   Kernel panic - not syncing: out of memory from page fault. panic_on_oom is selected. 2.6.30 … 2.6.35; 1 or 2
 *   Kernel panic - not syncing: Out of memory and no killable processes...               before 4.20
 *   Kernel panic - not syncing: System is deadlocked on memory                           4.20
 */
#include "log/internal.h"
#include <stdio.h>

static bool is_oom_panic(struct cur text)
{
	return cur_has(&text, "Out of memory") || cur_has(&text, "out of memory") ||
	       cur_has(&text, "deadlocked on memory") || cur_has(&text, "panic_on_oom");
}

static void oom_panic(struct oom_log *log, const struct msg *m, struct cur text)
{
	struct report *r = report_of(log, m, PART_KILL);
	struct report *last = r ? r : report_last(log, m);
	// "no killable processes" and its panic are two lines; a victim before it is another report's.
	if (!r && last && !last->closed && last->e.no_killable == OOM_YES)
		r = last;
	if (!r || r->e.victims.n || r->e.kind != OOM_EVENT_OOM)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_KILL);
	if (!r)
		return;
	r->is_oom = true;
	r->e.panic = true;
	if (!r->e.panic_text)
		r->e.panic_text = keep(r->small, text);
	if (cur_has(&text, "no killable processes") || cur_has(&text, "deadlocked on memory"))
		r->e.no_killable = OOM_YES;
	if (cur_has(&text, "system-wide panic_on_oom"))
		r->panic_on_oom = 1;
	else if (cur_has(&text, "ompulsory panic_on_oom") || cur_has(&text, OOM_PANIC_MEMCG))
		r->panic_on_oom = 2;
}

bool on_panic(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct cur text = cur_trim(rest);
	struct host *host = log_host(log, m);
	// What the kernel that saves the dump dies of is not what the machine died of.
	if (!log->panic[0] || !host || is_capture_kernel(host->cmdline) != OOM_YES) {
		snprintf(log->panic, sizeof(log->panic), "%.*s", (int)(cur_left(&text) < 500 ? cur_left(&text) : 500),
			 text.p);
		log->panic_host = host;
		log->panic_us = m->time_us;
		snprintf(log->panic_time, sizeof(log->panic_time), "%s", m->time);
	}
	if (is_oom_panic(text)) {
		oom_panic(log, m, text);
		return true;
	}
	// "Attempted to kill init!" and the like: what an OOM may lead to.
	struct report *last = report_last(log, m);
	if (last && last->e.boot == (host ? host->boot : -1))
		log_followed(log, m, m->text);
	return true;
}

bool on_linux_version(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct cur c = rest, release = scan_token(&c);
	// "Linux version 6.1.0-13-amd64 (debian-kernel@lists.debian.org) (gcc-12 …"
	if (release.p == release.end || !is_digit((unsigned char)*release.p) || !scan_blanks(&c) || *c.p != '(')
		return false;
	struct host *host = log_host(log, m);
	if (!host || (oom_known(host->last_us) && !oom_known(m->time_us)))
		return host != NULL; // what somebody printed of /proc/version
	if (host->first_line && host->first_line < m->line)
		log_boot(log, host);
	host->first_line = m->line;
	host->last_us = m->time_us;
	if (oom_known(m->time_us) && oom_known(m->wall_s))
		host_set_epoch(log, host, m);
	if (!host->release)
		host->release = keep(log->arena, release);
	return true;
}

oom_tri is_capture_kernel(const char *cmdline)
{
	static const char *const words[] = {"elfcorehdr=", "reset_devices"};
	if (!cmdline)
		return OOM_MAYBE;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *at = strstr(cmdline, words[i]);
		if (at && (at == cmdline || at[-1] == ' '))
			return OOM_YES;
	}
	return OOM_NO;
}

bool on_cmdline(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct host *host = log_host(log, m);
	if (host && !host->cmdline && host->boot >= 0)
		host->cmdline = keep(log->arena, cur_trim(rest));
	return true;
}

bool on_sysrq(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "sysrq: Manual OOM execution", before 4.11 "SysRq : Manual OOM execution"
	struct host *host = cur_has(&rest, "Manual OOM execution") ? log_host(log, m) : NULL;
	if (host)
		host->sysrq_line = m->line;
	return host != NULL;
}
