// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A case's strings, by the tables of its structs: which of them is what. A string that is not named here is taken for
 * free text, so that one that is added later does not slip through.
 */
#include "report/redact.h"
#include "case/schema.h"
#include <stdlib.h>

enum kind { K_TEXT, K_KEEP, K_COMM, K_HOST, K_PATH, K_CGROUP, K_SLAB, K_CMDLINE, K_PARAMETERS };

struct rule {
	const struct oom_schema *schema;
	const char *field;
	enum kind kind;
};

static const struct rule RULES[] = {
	{&oom_schema_input, "path", K_PATH},
	{&oom_schema_input, "format", K_KEEP},
	{&oom_schema_system, "release", K_KEEP},
	{&oom_schema_system, "machine", K_KEEP},
	{&oom_schema_system, "nodename", K_HOST},
	{&oom_schema_system, "crash_time", K_KEEP},
	{&oom_schema_system, "cmdline", K_PARAMETERS},
	{&oom_schema_system, "taint", K_KEEP},
	{&oom_schema_free_area, "types", K_KEEP},
	{&oom_schema_zone, "name", K_KEEP},
	{&oom_schema_task, "comm", K_COMM},
	{&oom_schema_task, "cmdline", K_CMDLINE},
	{&oom_schema_task, "state", K_KEEP},
	{&oom_schema_task, "memcg", K_CGROUP},
	{&oom_schema_memcg, "path", K_CGROUP},
	{&oom_schema_slab, "name", K_SLAB},
	{&oom_schema_slab, "aliases", K_SLAB},
	{&oom_schema_shmem, "mount", K_PATH},
	{&oom_schema_shmem, "path", K_PATH},
	{&oom_schema_shmem, "kind", K_KEEP},
	{&oom_schema_shmem, "comm", K_COMM},
	{&oom_schema_tmpfs, "mount", K_PATH},
	{&oom_schema_tmpfs, "type", K_KEEP},
	{&oom_schema_tmpfs, "source", K_PATH},
	{&oom_schema_swap, "name", K_PATH},
	{&oom_schema_swap, "kind", K_KEEP},
	{&oom_schema_zram, "name", K_KEEP},
	{&oom_schema_zram, "algorithm", K_KEEP},
	{&oom_schema_vmalloc, "caller", K_KEEP},
	{&oom_schema_vmalloc, "module", K_KEEP},
	{&oom_schema_protocol, "name", K_KEEP},
	{&oom_schema_census_row, "owner", K_KEEP},
	{&oom_schema_census_memcg, "path", K_CGROUP},
	{&oom_schema_census_stack, "comm", K_COMM},
	{&oom_schema_census_stack, "caller", K_KEEP},
	{&oom_schema_census_stack, "stack", K_KEEP},
	{&oom_schema_alloc_site, "file", K_KEEP},
	{&oom_schema_alloc_site, "function", K_KEEP},
	{&oom_schema_trigger, "comm", K_COMM},
	{&oom_schema_victim, "comm", K_COMM},
	{&oom_schema_victim, "memcg", K_CGROUP},
	{&oom_schema_stat, "name", K_KEEP},
	{&oom_schema_event_memcg, "oom", K_CGROUP},
	{&oom_schema_event_memcg, "task", K_CGROUP},
	{&oom_schema_event, "time", K_KEEP},
	{&oom_schema_event, "stamp", K_KEEP},
	{&oom_schema_event, "nodename", K_HOST},
	{&oom_schema_event, "release", K_KEEP},
	{&oom_schema_event, "gfp_flags", K_KEEP},
	{&oom_schema_event, "gfp_meaning", K_KEEP},
	{&oom_schema_event, "nodemask", K_KEEP},
	{&oom_schema_event, "cpuset", K_CGROUP},
	{&oom_schema_event, "mems_allowed", K_KEEP},
	{&oom_schema_event, "alloc_path", K_KEEP},
	{&oom_schema_event, "trace", K_KEEP},
	{&oom_schema_event, "killer", K_KEEP},
};

struct pass {
	struct oom_redactor *r;
	struct oom_arena *arena; // of the case; NULL: only learning
	bool failed;
};

static enum kind kind_of(const struct oom_schema *schema, const struct oom_field *f, const void *object)
{
	if (schema == &oom_schema_origin) // the name of a log or file, or of a structure
		return ((const struct oom_origin *)object)->kind == OOM_FROM_MEMORY ? K_KEEP : K_PATH;
	for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++)
		if (RULES[i].schema == schema && strcmp(RULES[i].field, f->name) == 0)
			return RULES[i].kind;
	return K_TEXT;
}

/* First pass: names. */

void oom_redact_learn_host(struct oom_redactor *r, const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);
	size_t label = dot ? (size_t)(dot - name) : len;
	if (rd_is_public_host(name, len))
		return;
	rd_words_add(rd_words_of(r), RD_HOST, name, len, false);
	if (dot && label && !rd_ipv4(name, len) && !rd_is_public_host(name, label)) {
		rd_words_add(rd_words_of(r), RD_HOST, name, label, false);
		if (memchr(dot + 1, '.', len - label - 1)) // "example.com" of "web.example.com"
			rd_words_add(rd_words_of(r), RD_HOST, dot + 1, len - label - 1, false);
	}
}

static void learn(struct pass *p, enum kind kind, const char *text)
{
	if (kind == K_HOST)
		oom_redact_learn_host(p->r, text, strlen(text));
	else if (kind == K_COMM)
		rd_words_add(rd_words_of(p->r), RD_VALUE, text, strlen(text), true); // stays in free text, too
	else if (kind == K_PATH || kind == K_CGROUP)
		rd_learn_parts(p->r, kind == K_CGROUP, text);
}

/* Second pass: replacements. */

static void write_kind(struct pass *p, enum kind kind, const char *text, struct rd_out *out)
{
	size_t len = strlen(text);
	switch (kind) {
	case K_HOST:
		if (rd_is_public_host(text, len))
			rd_put(out, text, len);
		else
			rd_token(p->r, RD_HOST, text, len, out);
		break;
	case K_PATH:
		rd_path(p->r, text, len, out);
		break;
	case K_CGROUP:
		rd_cgroup(p->r, text, len, out);
		break;
	case K_SLAB:
		rd_slab(p->r, text, len, out);
		break;
	case K_PARAMETERS:
		rd_kernel_cmdline(p->r, text, len, out);
		break;
	case K_TEXT:
	case K_KEEP:
	case K_COMM:
	case K_CMDLINE:
		rd_text(p->r, text, len, out);
		break;
	}
}

static const char *replace(struct pass *p, enum kind kind, const char *text)
{
	struct rd_out out = {0};
	const char *ret = text;
	write_kind(p, kind, text, &out);
	if (!out.failed && (out.n != strlen(text) || (out.n && memcmp(out.v, text, out.n) != 0)))
		ret = oom_strndup(p->arena, out.v ? out.v : "", out.n);
	p->failed |= out.failed || !ret;
	free(out.v);
	return ret;
}

static void visit_string(struct pass *p, enum kind kind, const char **at)
{
	if (!*at || kind == K_KEEP)
		return;
	if (!p->arena)
		learn(p, kind, *at);
	else if (kind == K_CMDLINE && rd_wants(p->r, RD_VALUE))
		*at = NULL;
	else if (kind != K_COMM)
		*at = replace(p, kind, *at);
}

static void visit(struct pass *p, const struct oom_schema *schema, void *object);

static void visit_field(struct pass *p, const struct oom_schema *schema, const struct oom_field *f, void *object)
{
	void *at = (char *)object + f->offset;
	struct oom_any_list *list = at;
	struct oom_strings *strings = at;
	switch (f->type) {
	case OOM_F_STR:
		visit_string(p, kind_of(schema, f, object), at);
		break;
	case OOM_F_STRS:
		for (size_t i = 0; i < strings->n; i++)
			visit_string(p, kind_of(schema, f, object), &strings->v[i]);
		break;
	case OOM_F_OBJ:
		visit(p, f->sub, at);
		break;
	case OOM_F_OPT:
		if (*(void **)at)
			visit(p, f->sub, *(void **)at);
		break;
	case OOM_F_LIST:
		for (size_t i = 0; i < list->n; i++)
			visit(p, f->sub, (char *)list->v + i * f->sub->size);
		break;
	case OOM_F_INT:
	case OOM_F_LIMIT:
	case OOM_F_BOOL:
	case OOM_F_TRI:
	case OOM_F_US:
	case OOM_F_HEX:
	case OOM_F_ENUM:
	case OOM_F_INTS:
		break;
	}
}

static void visit(struct pass *p, const struct oom_schema *schema, void *object)
{
	for (size_t i = 0; i < schema->nr_fields && !p->failed; i++)
		visit_field(p, schema, &schema->fields[i], object);
}

void oom_redact_learn(struct oom_redactor *r, const struct oom_case *c)
{
	struct pass p = {.r = r};
	visit(&p, &oom_schema_case, (void *)(uintptr_t)c); // a pass without an arena changes nothing
}

enum oom_status oom_redact_case(struct oom_redactor *r, struct oom_case *c, struct oom_error *err)
{
	struct pass p = {.r = r, .arena = c->arena};
	oom_redact_learn(r, c);
	visit(&p, &oom_schema_case, c);
	return p.failed ? oom_fail(err, OOM_ENOMEM, "out of memory") : OOM_OK;
}
