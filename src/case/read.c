// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * case.json in ("oomortem-case/1"): the facts of a case, validated against the tables of schema.h. JSON by jansson.
 * The writer is src/report/case_json.c.
 *
 * Strings: bytes that JSON cannot hold stand as \xNN in the string, a backslash as \x5c, so that nothing is lost.
 * Unknown keys are passed over (a newer oomortem wrote them); a known key of the wrong type is an error that names it.
 */
#include "case/schema.h"
#if OOM_WITH_JANSSON
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct oom_arena *arena;
	struct oom_error *err;
	char path[256]; // of the value that is read: "events[2].state.tasks[0].comm"
};

static enum oom_status read_object(struct reader *r, const struct oom_schema *schema, const json_t *json, void *object);

static enum oom_status wrong(struct reader *r, const char *expected)
{
	return oom_fail(r->err, OOM_EFORMAT, "case.json: %s: expected %s", r->path[0] ? r->path : "the document",
			expected);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** The bytes that the string stands for: \xNN undone. NULL without memory. */
static const char *unescaped(struct reader *r, const json_t *json)
{
	const char *in = json_string_value(json);
	size_t len = json_string_length(json), n = 0;
	char *out = oom_strndup(r->arena, in, len);
	if (!out)
		return NULL;
	for (size_t i = 0; i < len; n++) {
		int high = i + 3 < len && in[i] == '\\' && in[i + 1] == 'x' ? hex_digit(in[i + 2]) : -1;
		int low = high >= 0 ? hex_digit(in[i + 3]) : -1;
		out[n] = low >= 0 ? (char)(high << 4 | low) : in[i];
		i += low >= 0 ? 4 : 1;
	}
	out[n] = '\0';
	return out;
}

static enum oom_status read_number(struct reader *r, const struct oom_field *f, const json_t *json, int64_t *ret)
{
	if (json_is_null(json)) {
		*ret = OOM_ABSENT;
		return OOM_OK;
	}
	switch (f->type) {
	case OOM_F_US:
		if (!json_is_number(json) || fabs(json_number_value(json)) > 9e12)
			return wrong(r, "seconds or null");
		*ret = llround(json_number_value(json) * 1e6);
		return OOM_OK;
	case OOM_F_HEX:
		if (!json_is_string(json) || strncmp(json_string_value(json), "0x", 2) != 0)
			return wrong(r, "a string \"0x…\" or null");
		*ret = (int64_t)strtoull(json_string_value(json) + 2, NULL, 16);
		return OOM_OK;
	case OOM_F_LIMIT:
		if (json_is_string(json) && strcmp(json_string_value(json), "max") == 0) {
			*ret = OOM_UNLIMITED;
			return OOM_OK;
		}
		break;
	default:
		break;
	}
	if (!json_is_integer(json))
		return wrong(r, "an integer or null");
	*ret = json_integer_value(json);
	return OOM_OK;
}

static enum oom_status read_enum(struct reader *r, const struct oom_field *f, const json_t *json, int *ret)
{
	const char *id = json_string_value(json);
	for (int i = 0; id && f->names[i]; i++) {
		if (strcmp(id, f->names[i]) == 0) {
			*ret = i;
			return OOM_OK;
		}
	}
	return wrong(r, "one of the ids that CONTRACT.md lists");
}

static enum oom_status read_list(struct reader *r, const struct oom_field *f, const json_t *json, void *at)
{
	struct oom_any_list *list = at;
	size_t size = f->type == OOM_F_LIST ? f->sub->size : f->type == OOM_F_STRS ? sizeof(char *) : sizeof(int64_t);
	if (json_is_null(json))
		return OOM_OK;
	if (!json_is_array(json))
		return wrong(r, "an array or null");
	list->known = true;
	size_t path_len = strlen(r->path);
	for (size_t i = 0; i < json_array_size(json); i++) {
		const json_t *item = json_array_get(json, i);
		void *element = oom_list_grow(r->arena, &list->v, &list->n, &list->cap, size);
		enum oom_status status = OOM_OK;
		if (!element)
			return oom_fail(r->err, OOM_ENOMEM, "case.json: out of memory");
		snprintf(r->path + path_len, sizeof(r->path) - path_len, "[%zu]", i);
		if (f->type == OOM_F_LIST) {
			oom_schema_init(f->sub, element);
			status = read_object(r, f->sub, item, element);
		} else if (f->type == OOM_F_STRS) {
			status = json_is_string(item) ? OOM_OK : wrong(r, "a string");
			*(const char **)element = status == OOM_OK ? unescaped(r, item) : NULL;
		} else {
			status = json_is_integer(item) ? OOM_OK : wrong(r, "an integer");
			*(int64_t *)element = json_integer_value(item);
		}
		if (status != OOM_OK)
			return status;
		r->path[path_len] = '\0';
	}
	return OOM_OK;
}

static enum oom_status read_optional(struct reader *r, const struct oom_field *f, const json_t *json, void **at)
{
	if (json_is_null(json))
		return OOM_OK;
	*at = oom_alloc(r->arena, f->sub->size);
	if (!*at)
		return oom_fail(r->err, OOM_ENOMEM, "case.json: out of memory");
	oom_schema_init(f->sub, *at);
	return read_object(r, f->sub, json, *at);
}

static enum oom_status read_field(struct reader *r, const struct oom_field *f, const json_t *json, void *at)
{
	switch (f->type) {
	case OOM_F_INT:
	case OOM_F_LIMIT:
	case OOM_F_US:
	case OOM_F_HEX:
		return read_number(r, f, json, at);
	case OOM_F_BOOL:
		*(bool *)at = json_is_true(json);
		return json_is_boolean(json) ? OOM_OK : wrong(r, "true or false");
	case OOM_F_TRI:
		*(oom_tri *)at = json_is_null(json) ? OOM_MAYBE : json_is_true(json);
		return json_is_boolean(json) || json_is_null(json) ? OOM_OK : wrong(r, "true, false or null");
	case OOM_F_STR:
		if (json_is_null(json))
			return OOM_OK;
		*(const char **)at = json_is_string(json) ? unescaped(r, json) : NULL;
		return json_is_string(json) ? OOM_OK : wrong(r, "a string or null");
	case OOM_F_ENUM:
		return read_enum(r, f, json, at);
	case OOM_F_OBJ:
		return read_object(r, f->sub, json, at);
	case OOM_F_OPT:
		return read_optional(r, f, json, at);
	case OOM_F_STRS:
	case OOM_F_INTS:
	case OOM_F_LIST:
		return read_list(r, f, json, at);
	}
	return OOM_OK;
}

static enum oom_status read_object(struct reader *r, const struct oom_schema *schema, const json_t *json, void *object)
{
	if (!json_is_object(json))
		return wrong(r, "an object");
	size_t path_len = strlen(r->path);
	for (size_t i = 0; i < schema->nr_fields; i++) {
		const struct oom_field *f = &schema->fields[i];
		const json_t *value = f->use & OOM_IN_CASE ? json_object_get(json, f->name) : NULL;
		if (!value)
			continue;
		snprintf(r->path + path_len, sizeof(r->path) - path_len, "%s%s", path_len ? "." : "", f->name);
		enum oom_status status = read_field(r, f, value, (char *)object + f->offset);
		if (status != OOM_OK)
			return status;
		r->path[path_len] = '\0';
	}
	return OOM_OK;
}

static enum oom_status read_document(struct oom_case *c, const json_t *json, struct oom_error *err)
{
	const char *schema = json_string_value(json_object_get(json, "schema"));
	if (!schema || strcmp(schema, "oomortem-case/1") != 0)
		return oom_fail(err, OOM_EFORMAT, "not a case of schema \"oomortem-case/1\"%s%.60s",
				schema ? " but " : "", schema ? schema : "");
	struct reader r = {.arena = c->arena, .err = err};
	return read_object(&r, &oom_schema_case, json, c);
}

enum oom_status oom_case_read(FILE *in, struct oom_case **ret, struct oom_error *err)
{
	json_error_t why;
	json_t *json = json_loadf(in, JSON_REJECT_DUPLICATES, &why);
	if (!json)
		return oom_fail(err, OOM_EFORMAT, "case.json: line %d: %s", why.line, why.text);
	struct oom_case *c = oom_case_new();
	enum oom_status status = c ? read_document(c, json, err) : oom_fail(err, OOM_ENOMEM, "out of memory");
	json_decref(json);
	if (status != OOM_OK) {
		oom_case_free(c);
		return status;
	}
	c->events.known = true;
	*ret = c;
	return OOM_OK;
}

#else

enum oom_status oom_case_read(FILE *in, struct oom_case **ret, struct oom_error *err)
{
	(void)in;
	(void)ret;
	return oom_fail(err, OOM_EFORMAT, "a case.json, and this build reads none (WITH_JANSSON=0)");
}

#endif
