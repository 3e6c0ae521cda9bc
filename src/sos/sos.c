// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The reading of one sosreport from begin to end, and what all its readers use. */
#include "sos/internal.h"
#include <stdlib.h>

enum oom_status sos_begin(struct sos *s, struct oom_case *c, const struct oom_open_options *options,
			  struct oom_error *err)
{
	memset(s, 0, sizeof(*s));
	s->c = c;
	s->options = options;
	s->dump_mtime = OOM_ABSENT;
	s->system = c->system;
	s->config = c->config;
	s->btime_s = s->date_s = s->utc_s = s->oom_kills = OOM_ABSENT;
	s->log = oom_log_new(c);
	return s->log ? OOM_OK : oom_fail(err, OOM_ENOMEM, "out of memory");
}

void sos_free(struct sos *s)
{
	oom_log_free(s->log);
	oom_case_free(s->dump);
	free(s->zoneinfo.text);
	free(s->buddyinfo.text);
	free(s->pagetypes.text);
	free(s->slabinfo.text);
	free(s->vmallocinfo.text);
}

enum oom_status sos_end(struct sos *s, struct oom_error *err)
{
	if (s->no_memory || oom_log_finish(s->log) != OOM_OK)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	if (!s->known && !s->c->events.n)
		return oom_fail(err, OOM_EFORMAT,
				"neither a sosreport nor an archive of kernel logs: nothing in it "
				"has a name that is known");
	s->c->source.kind = OOM_INPUT_SOSREPORT;
	int64_t page_kb = sos_page_kb(s);
	if (oom_known(page_kb))
		s->system.page_size = page_kb * 1024;
	sos_zones_end(s, page_kb);
	sos_slabs_end(s, page_kb);
	sos_vmallocs_end(s, page_kb);
	sos_tasks_end(s);
	sos_cgroups_end(s);
	sos_settle(s);
	sos_dump_end(s);
	return s->no_memory ? oom_fail(err, OOM_ENOMEM, "out of memory") : OOM_OK;
}

bool sos_line(struct cur *text, struct cur *line)
{
	if (text->p >= text->end)
		return false;
	const char *newline = memchr(text->p, '\n', cur_left(text));
	*line = (struct cur){text->p, newline ? newline : text->end};
	text->p = newline ? newline + 1 : text->end;
	return true;
}

struct oom_state *sos_state(struct sos *s)
{
	if (!s->c->state) {
		s->c->state = oom_new_state(s->c->arena);
		s->no_memory |= !s->c->state;
	}
	return s->c->state;
}

struct oom_origin sos_origin(struct sos *s, const char *path, int64_t line)
{
	return (struct oom_origin){OOM_FROM_FILE, oom_strdup(s->c->arena, path), line};
}

int64_t sos_number(struct cur text)
{
	int64_t value;
	while (text.p < text.end && (text.end[-1] == '\n' || text.end[-1] == '\r'))
		text.end--;
	text = cur_trim(text);
	return scan_int(&text, &value) && text.p == text.end ? value : OOM_ABSENT;
}
