// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The case: a fresh one knows nothing; lists and the arena hold what was put in. */
#include "case/schema.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void fresh_case_knows_nothing(void **state)
{
	(void)state;
	struct oom_case *c = oom_case_new();
	assert_non_null(c);
	assert_false(oom_known(c->system.ram_kb));
	assert_false(oom_known(c->config.panic_on_oom));
	assert_null(c->system.release);
	assert_null(c->state);
	assert_int_equal(c->state_is_incident, OOM_MAYBE);
	struct oom_event *e = oom_add_event(c->arena, &c->events);
	assert_int_equal(e->index, 0);
	assert_false(oom_known(e->order));
	assert_false(oom_known(e->state.memory.free_kb));
	assert_false(e->state.tasks.known);
	assert_int_equal(e->has_head, OOM_MAYBE);
	oom_case_free(c);
}

/** Each struct's table covers every byte of it that holds a fact: what the compiler says, not the table's author. */
static void schema_covers_the_structs(void **state)
{
	(void)state;
	assert_int_equal(oom_schema_memory.nr_fields, sizeof(struct oom_memory) / sizeof(int64_t));
	assert_int_equal(oom_schema_counters.nr_fields, sizeof(struct oom_counters) / sizeof(int64_t));
	const struct oom_schema *const all[] = {&oom_schema_system, &oom_schema_config, &oom_schema_zone,
						&oom_schema_node,   &oom_schema_task,	&oom_schema_event,
						&oom_schema_state,  &oom_schema_victim};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size_t end = 0;
		for (size_t f = 0; f < all[i]->nr_fields; f++) {
			assert_true(all[i]->fields[f].offset >= end || f == 0);
			// No gap that could hold a member: the largest member that a gap of 8 could hide is a pointer.
			const struct oom_field *next = &all[i]->fields[f + 1];
			end = f + 1 < all[i]->nr_fields ? next->offset : all[i]->size;
			assert_true(end > all[i]->fields[f].offset);
			if (all[i]->fields[f].type == OOM_F_INT)
				assert_int_equal(end - all[i]->fields[f].offset, 8);
		}
	}
}

static void lists_grow_and_keep(void **state)
{
	(void)state;
	struct oom_arena *arena = oom_arena_new();
	struct oom_tasks tasks = {0};
	for (int i = 0; i < 1000; i++) {
		struct oom_task *t = oom_add_task(arena, &tasks);
		t->pid = i;
		t->comm = oom_printf(arena, "task-%d", i);
	}
	assert_true(tasks.known);
	assert_int_equal(tasks.n, 1000);
	for (int i = 0; i < 1000; i++) {
		char name[24];
		snprintf(name, sizeof(name), "task-%d", i);
		assert_int_equal(tasks.v[i].pid, i);
		assert_string_equal(tasks.v[i].comm, name);
		assert_false(oom_known(tasks.v[i].rss_kb));
	}
	oom_arena_free(arena);
}

static void arena_refuses_the_impossible(void **state)
{
	(void)state;
	struct oom_arena *arena = oom_arena_new();
	assert_null(oom_alloc(arena, SIZE_MAX - 4));
	assert_null(oom_strndup(arena, "x", SIZE_MAX));
	char *big = oom_alloc(arena, 1 << 20);
	assert_non_null(big);
	assert_int_equal(big[(1 << 20) - 1], 0);
	memset(big, 1, 1 << 20);
	assert_int_equal(((uintptr_t)oom_alloc(arena, 3)) % _Alignof(max_align_t), 0);
	oom_arena_free(arena);
}

static void long_texts_are_whole(void **state)
{
	(void)state;
	struct oom_case *c = oom_case_new();
	char text[400];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	oom_case_missing(c, "%s", text);
	assert_string_equal(c->source.missing.v[0], text);
	struct oom_error err = {0};
	assert_int_equal(oom_fail(&err, OOM_EREAD, "%s%s", text, text), OOM_EREAD);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(oom_fail(NULL, OOM_EOPEN, "lost"), OOM_EOPEN);
	oom_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_case_knows_nothing), cmocka_unit_test(schema_covers_the_structs),
		cmocka_unit_test(lists_grow_and_keep),	    cmocka_unit_test(arena_refuses_the_impossible),
		cmocka_unit_test(long_texts_are_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
