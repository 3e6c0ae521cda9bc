// SPDX-License-Identifier: GPL-2.0-or-later
/** @file oomortem.7 explains every id that a report can have, and no other. */
#include "classify/internal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 256 };

struct ids {
	char *v[IDS_MAX];
	size_t n;
};

static void add(struct ids *ids, const char *id)
{
	assert_true(ids->n < IDS_MAX);
	ids->v[ids->n] = strdup(id);
	assert_non_null(ids->v[ids->n++]);
}

static bool contains(const struct ids *ids, const char *id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (!strcmp(ids->v[i], id))
			return true;
	return false;
}

static void clear(struct ids *ids)
{
	while (ids->n)
		free(ids->v[--ids->n]);
}

/** The ids that section @p name (".Sh NAME") lists: its lines ".It Cm ID". */
static void section(const char *name, struct ids *ret)
{
	FILE *page = fopen("packaging/man/oomortem.7", "r");
	assert_non_null(page);
	char line[256], id[64];
	bool inside = false;
	while (fgets(line, sizeof(line), page)) {
		if (!strncmp(line, ".Sh ", 4))
			inside = !strncmp(line + 4, name, strlen(name)) && line[4 + strlen(name)] == '\n';
		else if (inside && sscanf(line, ".It Cm %63s", id) == 1)
			add(ret, id);
	}
	assert_int_equal(fclose(page), 0);
	assert_true(ret->n > 0);
}

/** Both have the same ids, and the page has none twice. */
static void compare(const char *name, struct ids *code)
{
	struct ids page = {.n = 0};
	section(name, &page);
	for (size_t i = 0; i < code->n; i++)
		if (!contains(&page, code->v[i]))
			fail_msg("%s: the page lacks '%s'", name, code->v[i]);
	for (size_t i = 0; i < page.n; i++)
		if (!contains(code, page.v[i]))
			fail_msg("%s: no report can have '%s'", name, page.v[i]);
	assert_int_equal(page.n, code->n);
	clear(&page);
	clear(code);
}

static void causes(void **state)
{
	(void)state;
	struct ids code = {.n = 0};
	for (int i = 0; i <= OOM_CAUSE_USERSPACE_OOM; i++)
		add(&code, oom_cause_id((enum oom_cause)i));
	assert_string_equal(oom_cause_id((enum oom_cause)(OOM_CAUSE_USERSPACE_OOM + 1)), "unknown");
	compare("CAUSES", &code);
}

static void consumers(void **state)
{
	(void)state;
	struct ids code = {.n = 0};
	for (int i = 0; i <= OOM_CONSUMER_UNACCOUNTED; i++)
		add(&code, oom_consumer_id((enum oom_consumer)i));
	assert_string_equal(oom_consumer_id((enum oom_consumer)(OOM_CONSUMER_UNACCOUNTED + 1)), "unknown");
	compare("CONSUMERS", &code);
}

static void outcomes(void **state)
{
	(void)state;
	struct ids code = {.n = 0};
	for (int i = 0; i <= OOM_OUTCOME_NONE; i++)
		add(&code, oom_outcome_id((enum oom_outcome)i));
	assert_string_equal(oom_outcome_id((enum oom_outcome)(OOM_OUTCOME_NONE + 1)), "unknown");
	compare("OUTCOMES", &code);
}

static void findings(void **state)
{
	(void)state;
	const struct cl_rule *const tables[] = {cl_rules_cause,	 cl_rules_outcome, cl_rules_holders, cl_rules_memory,
						cl_rules_kernel, cl_rules_story,   cl_rules_config,  cl_rules_input};
	struct ids code = {.n = 0};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct cl_rule *rule = tables[i]; rule->id; rule++)
			add(&code, rule->id);
	compare("FINDINGS", &code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes),
		cmocka_unit_test(consumers),
		cmocka_unit_test(outcomes),
		cmocka_unit_test(findings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
