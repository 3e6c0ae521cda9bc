// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The JSON documents: what their files share. */
#ifndef OOM_REPORT_JSON_H
#define OOM_REPORT_JSON_H

#include "case/schema.h"
#include "report/jsonw.h"
#include <oomortem/report.h>

/* json_schema.c: structs of the case by their tables. */
/** One member of the struct at @p object, if @p use has it. */
void rp_json_field(struct jsonw *w, const struct oom_field *f, const void *object, enum oom_field_use use);
/** All members that @p use has, into the object that is open. */
void rp_json_fields(struct jsonw *w, const struct oom_schema *schema, const void *object, enum oom_field_use use);
/** A whole object. @p key NULL in an array. */
void rp_json_object(struct jsonw *w, const char *key, const struct oom_schema *schema, const void *object,
		    enum oom_field_use use);
/** An OOM_LIST of @p schema; null where it is not known. */
void rp_json_list(struct jsonw *w, const char *key, const struct oom_schema *schema, const void *list,
		  enum oom_field_use use);

/* json_diagnosis.c */
void rp_json_diagnosis(struct jsonw *w, const struct oom_verdict *v);

/* json_state.c: "memory", "nodes", "tasks" … of a state, into the object that is open; NULL: all null. */
void rp_json_memory(struct jsonw *w, const struct oom_state *s);
void rp_json_nodes(struct jsonw *w, const struct oom_state *s);
void rp_json_tasks(struct jsonw *w, const struct oom_state *s, const struct oom_scores *scores);

/* json_event.c */
void rp_json_events(struct jsonw *w, const struct oom_case *c, const struct oom_diagnosis *d,
		    const struct oom_report_options *options);

/* json.c */
/** The report of CONTRACT.md ("oomortem-report/1"). OOM_OK or OOM_EWRITE. */
enum oom_status rp_json(FILE *out, const struct oom_case *c, const struct oom_diagnosis *d,
			const struct oom_report_options *options, struct oom_error *err);

#endif
