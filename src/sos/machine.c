// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Which machine, which kernel, since when it runs, what it is set to: at the time of collection. */
#include "log/prefix.h"
#include "sos/internal.h"

static struct cur first_line(struct cur text)
{
	struct cur line = {text.p, text.p};
	sos_line(&text, &line);
	return cur_trim(line);
}

static const char *keep(struct sos *s, struct cur text)
{
	return cur_left(&text) ? oom_strndup(s->c->arena, text.p, cur_left(&text)) : NULL;
}

/** uname(1) -a: "Linux NODE RELEASE VERSION… MACHINE [PROCESSOR PLATFORM] GNU/Linux". The last ones are alike. */
void sos_uname(struct sos *s, const char *path, struct cur text)
{
	struct cur line = first_line(text), word, machine = {NULL, NULL};
	(void)path;
	if (!scan_word(&line, &word) || !cur_is(&word, "Linux") || !scan_word(&line, &word))
		return;
	s->system.nodename = keep(s, word);
	if (!scan_word(&line, &word))
		return;
	s->system.release = keep(s, word);
	const char *end = cur_rfind(&line, " GNU/Linux");
	if (end)
		line.end = end;
	while ((end = cur_rfind(&line, " "))) {
		struct cur last = {end + 1, line.end};
		if (machine.p &&
		    (cur_left(&last) != cur_left(&machine) || memcmp(last.p, machine.p, cur_left(&last)) != 0))
			break;
		machine = last;
		line.end = end;
	}
	s->system.version = keep(s, cur_trim(line));
	s->system.machine = keep(s, machine);
}

void sos_hostname(struct sos *s, const char *path, struct cur text)
{
	struct cur line = first_line(text);
	(void)path;
	if (!s->system.nodename && cur_left(&line) < 256 && !cur_has(&line, " "))
		s->system.nodename = keep(s, line);
}

/** /proc/uptime: "350735.47 234388.90". */
void sos_uptime(struct sos *s, const char *path, struct cur text)
{
	int64_t seconds;
	(void)path;
	if (scan_digits(&text, &seconds) && oom_known(seconds) && seconds < INT64_MAX / 1000000)
		s->system.uptime_us = seconds * 1000000;
}

/** date(1): "Sat Nov 21 06:14:42 UTC 2026", "Sat 21 Nov 2026 06:14:42 AM CET"; in seconds as if it were UTC. */
static int64_t read_date(struct cur text)
{
	struct cur line = first_line(text), word;
	struct date d = {.year = OOM_ABSENT, .month = OOM_ABSENT, .day = OOM_ABSENT, .hour = OOM_ABSENT};
	int64_t number;
	while (scan_word(&line, &word)) {
		struct cur rest = word;
		if (scan_clock(&rest, &d))
			continue;
		if (cur_is(&word, "PM") && oom_known(d.hour) && d.hour < 12)
			d.hour += 12;
		else if (cur_is(&word, "AM") && d.hour == 12)
			d.hour = 0;
		else if (scan_month(&rest, &d.month))
			continue;
		else if ((number = sos_number(word)) > 0)
			*(number > 31 ? &d.year : &d.day) = number;
	}
	return oom_known(d.hour) ? date_seconds(&d) : OOM_ABSENT;
}

void sos_date(struct sos *s, const char *path, struct cur text)
{
	struct cur line = first_line(text);
	(void)path;
	s->date_s = read_date(text);
	if (cur_has(&line, " UTC") && !oom_known(s->utc_s))
		s->utc_s = s->date_s;
}

void sos_date_utc(struct sos *s, const char *path, struct cur text)
{
	(void)path;
	s->utc_s = read_date(text);
}

/** /proc/stat: "btime 1700000000", the moment of the boot. */
void sos_stat(struct sos *s, const char *path, struct cur text)
{
	struct cur line;
	int64_t cpus = 0;
	(void)path;
	while (sos_line(&text, &line)) {
		if (scan_lit(&line, "btime "))
			s->btime_s = sos_number(line);
		else if (scan_lit(&line, "cpu") && is_digit(cur_peek(&line)))
			cpus++;
	}
	if (cpus)
		s->system.nr_cpus = cpus;
}

void sos_cmdline(struct sos *s, const char *path, struct cur text)
{
	(void)path;
	s->system.cmdline = keep(s, first_line(text));
}

/** "sosreport: 3.2", "sosreport: 4.0" */
void sos_version(struct sos *s, const char *path, struct cur text)
{
	struct cur line = first_line(text);
	(void)path;
	if (!scan_lit(&line, "sosreport: ") || cur_left(&line) >= sizeof(s->version))
		return;
	s->is_sos = true;
	memcpy(s->version, line.p, cur_left(&line));
	s->version[cur_left(&line)] = '\0';
}

/* Settings. */

#define TO(member) offsetof(struct oom_config, member)
static const struct {
	const char *name;
	size_t offset;
} settings[] = {
	{"vm.panic_on_oom", TO(panic_on_oom)},
	{"vm.oom_kill_allocating_task", TO(oom_kill_allocating_task)},
	{"vm.oom_dump_tasks", TO(oom_dump_tasks)},
	{"vm.overcommit_memory", TO(overcommit_memory)},
	{"vm.overcommit_ratio", TO(overcommit_ratio)},
	{"vm.overcommit_kbytes", TO(overcommit_kbytes)},
	{"vm.min_free_kbytes", TO(min_free_kbytes)},
	{"vm.swappiness", TO(swappiness)},
	{"vm.watermark_scale_factor", TO(watermark_scale_factor)},
	{"vm.watermark_boost_factor", TO(watermark_boost_factor)},
	{"vm.admin_reserve_kbytes", TO(admin_reserve_kbytes)},
	{"vm.user_reserve_kbytes", TO(user_reserve_kbytes)},
	{"vm.zone_reclaim_mode", TO(zone_reclaim_mode)},
	{"kernel.panic", TO(panic_timeout)},
};

static void set(struct sos *s, const char *path, int64_t number, struct cur name, struct cur value)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!cur_is(&name, settings[i].name))
			continue;
		int64_t setting = sos_number(value);
		memcpy((char *)&s->config + settings[i].offset, &setting, sizeof(setting));
		if (s->config.origin.kind == OOM_FROM_NOWHERE)
			s->config.origin = sos_origin(s, path, number);
	}
}

/** sysctl(8) -a: "vm.swappiness = 60". */
void sos_sysctl(struct sos *s, const char *path, struct cur text)
{
	struct cur line;
	for (int64_t number = 1; sos_line(&text, &line); number++) {
		const char *equals = memchr(line.p, '=', cur_left(&line));
		if (!equals)
			continue;
		struct cur name = {line.p, equals}, value = {equals + 1, line.end};
		set(s, path, number, cur_trim(name), value);
	}
}

/** sys/kernel/kexec_crash_loaded, kexec_crash_size: kernel/ksysfs.c */
void sos_kexec(struct sos *s, const char *path, struct cur text)
{
	int64_t value = sos_number(text);
	if (value < 0)
		return;
	if (strcmp(path, "sys/kernel/kexec_crash_loaded") == 0)
		s->config.kdump_loaded = value;
	else if (strcmp(path, "sys/kernel/kexec_crash_size") == 0)
		s->config.crash_size_kb = value / 1024;
	if (s->config.origin.kind == OOM_FROM_NOWHERE)
		s->config.origin = sos_origin(s, path, 1);
}

/** proc/sys/vm/swappiness */
void sos_proc_sys(struct sos *s, const char *path, struct cur text)
{
	char name[64];
	size_t len = strlen(path + 9);
	if (len >= sizeof(name))
		return;
	memcpy(name, path + 9, len + 1);
	char *slash = strchr(name, '/');
	if (slash)
		*slash = '.';
	set(s, path, 1, cur_of(name, len), text);
}
