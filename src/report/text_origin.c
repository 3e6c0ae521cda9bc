// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What is not known and why; the settings; what all this was read from. */
#include "report/rows.h"
#include "report/text.h"
#include <inttypes.h>

enum { MAX_MISSING = 20 };

static void put_list(struct tx *t, const char *of, const struct oom_strings *list, size_t most)
{
	size_t show = t->options->verbose || list->n <= most ? list->n : most;
	for (size_t i = 0; i < show; i++) {
		tx_to(t, 2);
		tx_printf(t, "- %s", of);
		tx_wrap(t, 4, list->v[i]);
		tx_nl(t);
	}
	if (show < list->n) {
		tx_to(t, 2);
		tx_printf(t, "and %zu more (-v shows all)", list->n - show);
		tx_nl(t);
	}
}

void tx_missing(struct tx *t, const struct rp_facts *f)
{
	const struct oom_strings *input = &t->c->source.missing, *event = f->event ? &f->event->missing : NULL;
	if (!input->n && (!event || !event->n))
		return;
	tx_heading(t, "What is not known, and why");
	// What the log's report lacks matters less where the dump's structures are shown: said, not mixed.
	if (event)
		put_list(t, f->memory_from_state ? "in the log's report: " : "", event, MAX_MISSING);
	put_list(t, "", input, MAX_MISSING);
}

static void put_settings(struct tx *t, const struct oom_config *c)
{
	struct rp_setting settings[RP_MAX_SETTINGS];
	size_t n = rp_settings(c, settings);
	if (n)
		tx_to(t, 2);
	for (size_t i = 0; i < n; i++)
		tx_wrapf(t, 4, "%s%s=%" PRId64, i ? " " : "settings: ", settings[i].name, settings[i].value);
	if (n)
		tx_nl(t);
}

static void put_source(struct tx *t)
{
	const struct oom_input *s = &t->c->source;
	tx_to(t, 2);
	tx_wrapf(t, 4, "input: %s", rp_input_kind(s));
	if (s->format)
		tx_wrapf(t, 4, " (%s)", s->format);
	if (s->complete == OOM_NO)
		tx_wrap(t, 4, ", incomplete");
	tx_nl(t);
	if (s->path) {
		tx_to(t, 2);
		tx_put(t, "path: ", 0);
		tx_put_path(t, s->path, 0);
		tx_nl(t);
	}
}

static void put_state(struct tx *t)
{
	if (!t->c->state || t->c->state_is_incident != OOM_NO)
		return;
	tx_to(t, 2);
	tx_wrap(t, 4, "the machine's state in the input is of the time of collection, not of the incident");
	tx_nl(t);
}

void tx_origin(struct tx *t, const struct rp_facts *f)
{
	tx_heading(t, "Where this is from");
	put_source(t);
	put_state(t);
	put_settings(t, &t->c->config);
	if (t->c->system.cmdline) {
		tx_to(t, 2);
		tx_wrapf(t, 4, "command line: %s", t->c->system.cmdline);
		tx_nl(t);
	}
	if (f->verdict->signature) {
		tx_to(t, 2);
		tx_wrapf(t, 4, "signature: %s", f->verdict->signature);
		tx_nl(t);
	}
	tx_to(t, 2);
	tx_put(t, "oomortem " OOMORTEM_VERSION, 0);
	tx_nl(t);
}
