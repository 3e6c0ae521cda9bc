// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The top of the text report: which machine, and the verdict in a title and a few sentences. */
#include "report/text.h"
#include <stdio.h>
#include <string.h>

/** One fact of the headline, behind a dot, on a new line where it would not fit. */
static void part(struct tx *t, const char *text)
{
	int columns = tx_columns(t, text);
	if (t->col && t->col + 3 + columns > t->width) {
		tx_nl(t);
	} else if (t->col) {
		tx_to(t, t->col + 1);
		tx_put(t, tx_dot(t), 0);
		tx_to(t, t->col + 1);
	}
	tx_wrap(t, 2, text);
}

static void parts(struct tx *t, const char *before, const char *text, const char *after)
{
	char joined[512];
	snprintf(joined, sizeof(joined), "%s%s%s", before, text, after);
	part(t, joined);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

/** "Linux 6.1.0-56-cloud-amd64 x86_64"; many releases end in the architecture. */
static void put_system(struct tx *t, const struct oom_system *s)
{
	char joined[256];
	bool machine = s->machine && !(s->release && strstr(s->release, s->machine));
	if (!s->release && !machine)
		return;
	snprintf(joined, sizeof(joined), "Linux%s%s%s%s", s->release ? " " : "", s->release ? s->release : "",
		 machine ? " " : "", machine ? s->machine : "");
	part(t, joined);
}

void tx_headline(struct tx *t)
{
	const struct oom_system *s = &t->c->system;
	char buf[RP_TIME], size[RP_SIZE];
	if (t->c->source.path)
		part(t, strcmp(t->c->source.path, "-") != 0 ? base_name(t->c->source.path) : "standard input");
	// "(none)" is the kernel's name for a machine that was never given one (CONFIG_DEFAULT_HOSTNAME).
	if (s->nodename && strcmp(s->nodename, "(none)") != 0)
		part(t, s->nodename);
	put_system(t, s);
	if (oom_known(s->ram_kb))
		parts(t, rp_size(s->ram_kb, size), " RAM", "");
	if (oom_known(s->uptime_us))
		parts(t, "up ", rp_duration(s->uptime_us, buf), "");
	if (s->crash_time)
		parts(t, "crashed ", s->crash_time, "");
	if (s->panic)
		parts(t, "panic: ", s->panic, "");
	if (t->c->source.complete == OOM_NO) {
		tx_style(t, TX_WARN);
		part(t, "INCOMPLETE INPUT");
		tx_style(t, TX_PLAIN);
	}
	if (t->col)
		tx_nl(t);
	tx_nl(t);
}

static enum tx_style title_style(const struct oom_verdict *v)
{
	if (v->oom)
		return TX_BAD;
	return v->cause == OOM_CAUSE_NONE ? TX_GOOD : TX_WARN;
}

void tx_title(struct tx *t, const struct rp_facts *f)
{
	const struct oom_verdict *v = f->verdict;
	char sure[32];
	snprintf(sure, sizeof(sure), "confidence: %s", oom_confidence_id(v->confidence));
	tx_style(t, title_style(v));
	if (v->title)
		tx_wrap(t, 2, v->title);
	tx_style(t, TX_PLAIN);
	if (t->col + 2 + (int)strlen(sure) > t->width)
		tx_nl(t);
	tx_style(t, v->confidence == OOM_CONFIDENCE_HIGH ? TX_DIM : TX_WARN);
	tx_right(t, t->width, sure);
	tx_style(t, TX_PLAIN);
	tx_nl(t);
	if (v->summary) {
		tx_wrap(t, 0, v->summary);
		tx_nl(t);
	}
}
