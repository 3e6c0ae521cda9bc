// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Structs of the case to JSON by the tables of src/case/schema.h: the report and case.json use the same walk. */
#include "report/json.h"
#include <string.h>

/** Has the struct no lists within: can it be read on one line? */
static bool is_leaf(const struct oom_schema *schema, enum oom_field_use use)
{
	for (size_t i = 0; i < schema->nr_fields; i++) {
		const struct oom_field *f = &schema->fields[i];
		if ((f->use & use) && (f->type == OOM_F_LIST || f->type == OOM_F_OPT))
			return false;
	}
	return true;
}

/** Below the first level what fits goes on one line: one task a line, one cgroup a line. */
static bool is_flat(const struct jsonw *w, const struct oom_schema *schema, enum oom_field_use use)
{
	return w->depth > 1 && is_leaf(schema, use);
}

void rp_json_object(struct jsonw *w, const char *key, const struct oom_schema *schema, const void *object,
		    enum oom_field_use use)
{
	jw_open(w, key, '{', is_flat(w, schema, use));
	rp_json_fields(w, schema, object, use);
	jw_close(w);
}

void rp_json_list(struct jsonw *w, const char *key, const struct oom_schema *schema, const void *list,
		  enum oom_field_use use)
{
	const struct oom_any_list *any = list;
	if (!any->known) {
		jw_null(w, key);
		return;
	}
	jw_open(w, key, '[', false);
	for (size_t i = 0; i < any->n; i++)
		rp_json_object(w, NULL, schema, (const char *)any->v + i * schema->size, use);
	jw_close(w);
}

/** A limit that is none: "max" in case.json; the contract knows null only. */
static void write_limit(struct jsonw *w, const char *key, int64_t value, enum oom_field_use use)
{
	if (value != OOM_UNLIMITED)
		jw_int(w, key, value);
	else if (use == OOM_IN_CASE)
		jw_str(w, key, "max");
	else
		jw_null(w, key);
}

static void write_enum(struct jsonw *w, const struct oom_field *f, int value)
{
	for (int i = 0; f->names[i]; i++) {
		if (i == value) {
			jw_str(w, f->name, f->names[i]);
			return;
		}
	}
	jw_null(w, f->name);
}

static void write_optional(struct jsonw *w, const struct oom_field *f, const void *object, enum oom_field_use use)
{
	if (object)
		rp_json_object(w, f->name, f->sub, object, use);
	else
		jw_null(w, f->name);
}

void rp_json_field(struct jsonw *w, const struct oom_field *f, const void *object, enum oom_field_use use)
{
	const void *at = (const char *)object + f->offset;
	if (!(f->use & use))
		return;
	switch (f->type) {
	case OOM_F_INT:
		jw_int(w, f->name, *(const int64_t *)at);
		break;
	case OOM_F_LIMIT:
		write_limit(w, f->name, *(const int64_t *)at, use);
		break;
	case OOM_F_BOOL:
		jw_bool(w, f->name, *(const bool *)at);
		break;
	case OOM_F_TRI:
		jw_tri(w, f->name, *(const oom_tri *)at);
		break;
	case OOM_F_STR:
		jw_str(w, f->name, *(const char *const *)at);
		break;
	case OOM_F_US:
		jw_millionths(w, f->name, *(const int64_t *)at);
		break;
	case OOM_F_HEX:
		jw_hex(w, f->name, *(const int64_t *)at);
		break;
	case OOM_F_ENUM:
		write_enum(w, f, *(const int *)at);
		break;
	case OOM_F_STRS:
		jw_strings(w, f->name, at, strcmp(f->name, "missing") != 0);
		break;
	case OOM_F_INTS:
		jw_ints(w, f->name, at);
		break;
	case OOM_F_OBJ:
		rp_json_object(w, f->name, f->sub, at, use);
		break;
	case OOM_F_OPT:
		write_optional(w, f, *(const void *const *)at, use);
		break;
	case OOM_F_LIST:
		rp_json_list(w, f->name, f->sub, at, use);
		break;
	}
}

void rp_json_fields(struct jsonw *w, const struct oom_schema *schema, const void *object, enum oom_field_use use)
{
	for (size_t i = 0; i < schema->nr_fields; i++)
		rp_json_field(w, &schema->fields[i], object, use);
}
