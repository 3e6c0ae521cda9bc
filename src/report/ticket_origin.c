// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What is not known and why; the settings; what all this was read from; in a ticket. */
#include "report/rows.h"
#include "report/ticket.h"
#include <inttypes.h>
#include <string.h>

enum { MAX_MISSING = 20 };

static void put_list(struct tk_doc *t, const char *of, const struct oom_strings *list)
{
	if (!list->n)
		return;
	tk_block(t, TK_ITEMS);
	size_t show = tk_rows(t, list->n, MAX_MISSING);
	for (size_t i = 0; i < show; i++) {
		tk_row(t);
		tk_put(t, TK_TEXT, of);
		tk_put(t, TK_TEXT, list->v[i]);
	}
}

void tk_missing(struct tk_doc *t, struct rp_facts *f)
{
	const struct oom_strings *input = &t->c->source.missing, *event = f->event ? &f->event->missing : NULL;
	if (!input->n && (!event || !event->n))
		return;
	tk_section(t, "missing", 3, true, "What is not known, and why");
	// What the log's report lacks matters less where the dump's structures are shown: said, not mixed.
	if (event)
		put_list(t, f->memory_from_state ? "in the log's report: " : "", event);
	put_list(t, "", input);
}

static const char settings_label[] = "Settings";

static void fact(struct tk_doc *t, const char *label, enum tk_look look, const char *text)
{
	if (!text || !*text)
		return;
	struct tk_row *row = tk_row(t);
	if (row && !strcmp(label, settings_label))
		row->origin = t->c->config.origin;
	tk_put(t, TK_STRONG, label);
	tk_cell(t, look, text);
}

void tk_origin(struct tk_doc *t, struct rp_facts *f)
{
	struct rp_setting settings[RP_MAX_SETTINGS];
	size_t n = rp_settings(&t->c->config, settings);
	const struct oom_input *s = &t->c->source;
	const char *joined = "";
	for (size_t i = 0; i < n; i++)
		joined = tk_text(t, "%s%s%s=%" PRId64, joined, i ? " " : "", settings[i].name, settings[i].value);
	tk_section(t, "origin", 6, true, "Where this is from");
	tk_block(t, TK_FACTS);
	fact(t, "Input", TK_TEXT,
	     tk_text(t, "%s%s%s%s%s", rp_input_kind(s), s->format ? " (" : "", s->format ? s->format : "",
		     s->format ? ")" : "", s->complete == OOM_NO ? ", incomplete" : ""));
	fact(t, "Path", TK_NAME, s->path);
	if (t->c->state && t->c->state_is_incident == OOM_NO)
		fact(t, "State", TK_TEXT,
		     "the machine's state in the input is of the time of collection, not of the incident");
	fact(t, settings_label, TK_NAME, joined);
	fact(t, "Command line", TK_NAME, t->c->system.cmdline);
	fact(t, "Signature", TK_NAME, f->verdict->signature);
	fact(t, "Written by", TK_TEXT, "oomortem " OOMORTEM_VERSION);
}
