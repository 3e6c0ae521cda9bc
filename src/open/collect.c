// SPDX-License-Identifier: GPL-2.0-or-later
/** @file All facts of a kernel image: one walker after the other, the log's records through the log's parser. */
#include "kernel/kernel.h"
#include "log/gfp.h"
#include "log/log.h"
#include "log/notes.h"
#include "open/internal.h"
#include <string.h>

struct records {
	struct oom_case *c;
	struct oom_log *log;
	int64_t line;	  // of the next record, as `oomortem log` numbers them, from 1
	int64_t panic_us; // time of the panic message, OOM_ABSENT
};

static bool on_record(void *arg, const char *text, size_t len, int64_t time_us, int64_t caller, int64_t level)
{
	static const char panic[] = "Kernel panic - not syncing";
	struct records *r = arg;
	struct oom_log_record record = {
		.text = text, .len = len, .time_us = time_us, .line = r->line, .caller = caller, .level = level};
	oom_log_record(r->log, &record);
	oom_note_record(r->c, &record);
	if (!oom_known(r->panic_us) && len >= sizeof(panic) - 1 && memcmp(text, panic, sizeof(panic) - 1) == 0)
		r->panic_us = time_us;
	r->line++;
	for (const char *p = text; (p = memchr(p, '\n', len - (size_t)(p - text))); p++)
		r->line++;
	return true;
}

static bool ask_enumerator(void *arg, const char *name, int64_t *value)
{
	return oom_enumerator(arg, name, value) == OOM_OK;
}

/** Allocation masks by the kernel's own enumerators (___GFP_*_BIT, since 6.10), where its BTF has them. */
static void use_own_gfp(struct oom_image *image, struct oom_log *log)
{
	struct oom_gfp_table table;
	oom_gfp_table_for(oom_image_info(image)->release, &table);
	if (oom_gfp_table_ask(&table, ask_enumerator, image))
		oom_log_gfp(log, &table);
}

/** The log and what depends on it: events, uptime, time of the crash. */
static enum oom_status collect_log(struct oom_image *image, struct oom_case *c, bool *log_found)
{
	struct records r = {c, oom_log_new(c), 1, OOM_ABSENT};
	if (!r.log)
		return OOM_ENOMEM;
	use_own_gfp(image, r.log);
	size_t lines = c->source.missing.n;
	*log_found = oom_walk_printk(image, c, on_record, &r) == OOM_OK;
	// Records that are lost may have been the event.
	c->source.log_read = *log_found && r.line > 1 && c->source.missing.n == lines;
	if (c->source.missing.n > lines)
		c->source.complete = OOM_NO;
	oom_walk_clock(image, c, r.panic_us);
	enum oom_status status = oom_log_finish(r.log);
	oom_log_free(r.log);
	return status;
}

static void add_missing(struct oom_case *c, const char *text)
{
	for (size_t i = 0; i < c->source.missing.n; i++)
		if (strcmp(c->source.missing.v[i], text) == 0)
			return;
	oom_strings_addf(c->arena, &c->source.missing, "%s", text);
}

enum oom_status oom_collect_image(struct oom_image *image, struct oom_case *c, const struct oom_open_options *options,
				  bool *log_found, struct oom_error *err)
{
	oom_walk_system(image, c);
	oom_walk_sysctl(image, c);
	if (collect_log(image, c, log_found) == OOM_ENOMEM)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	oom_walk_zones(image, c);
	oom_walk_vmstat(image, c);
	oom_walk_meminfo(image, c);
	oom_walk_swap(image, c);
	oom_walk_activity(image, c);
	oom_walk_hugetlb(image, c);
	bool deep = options && options->deep;
	oom_walk_zram(image, c);
	oom_walk_vmalloc(image, c, deep);
	oom_walk_slab(image, c, deep);
	oom_walk_tasks(image, c, deep);
	oom_walk_programs(image, c, deep);
	oom_walk_memcgs(image, c, deep);
	oom_walk_shmem(image, c, deep);
	oom_walk_sockets(image, c);
	oom_walk_allocs(image, c, deep);
	oom_walk_sheet(image, c);
	oom_walk_unread(image, c, deep);
	if (options && options->census > 0)
		oom_walk_census(image, c, (uint64_t)options->census, options->progress, options->progress_arg);
	if (c->state)
		c->state_is_incident = OOM_YES;
	// Last: symbols and types are opened at their first use, and only then known to be missing.
	const struct oom_image_info *info = oom_image_info(image);
	c->source.format = oom_strdup(c->arena, info->format);
	if (info->complete == OOM_NO || c->source.complete == OOM_YES)
		c->source.complete = info->complete;
	c->source.no_memory |= info->no_memory;
	for (size_t i = 0; i < info->missing.n; i++)
		add_missing(c, info->missing.v[i]);
	return OOM_OK;
}

enum oom_status oom_collect(struct oom_image *image, struct oom_case *c, const struct oom_open_options *options,
			    struct oom_error *err)
{
	bool log_found;
	return oom_collect_image(image, c, options, &log_found, err);
}
