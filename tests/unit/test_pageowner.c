// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Who allocated each page (page_owner): stacks of all eras, sums, samples, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"
#include <inttypes.h>
#include <stdio.h>

enum { SIZE = 64, FRAMES = 512, START = 0x1000, BITS = 21 }; // one section
enum { ENTRY = 88, OWNER = 16 };			     // of page_ext, of struct page_owner in it
enum { POOLS = 4, RECORDS = 64 };
enum era { SLABS, POOLS_ARRAY, POOLS_POINTER };

struct kernel {
	struct fk *k;
	uint64_t pages, exts, section, depot, pool[POOLS], inited;
	unsigned bias; // number of the first pool
};

static void page_types(struct fk *k)
{
	static const char *const flags[] = {"PG_locked",     "PG_lru",	     "PG_head",	   "PG_reserved",
					    "PG_swapbacked", "PG_swapcache", "PG_hwpoison"};
	static const char *const exts[] = {"PAGE_EXT_OWNER", "PAGE_EXT_OWNER_ALLOCATED"};
	fk_enum(k, "pageflags", flags, 7);
	fk_enum(k, "page_ext_flags", exts, 2);
	btf__add_enum(k->btf, NULL, 4);
	btf__add_enum_value(k->btf, "PAGE_BUDDY_MAPCOUNT_VALUE", (int32_t)0xf0000000);
	fk_struct(k, "page", SIZE);
	fk_member(k, "flags", k->t_ulong, 0);
	fk_member(k, "compound_head", k->t_ulong, 8);
	fk_member(k, "mapping", k->t_ptr, 24);
	fk_member(k, "private", k->t_ulong, 40);
	fk_member(k, "page_type", k->t_uint, 48);
	fk_member(k, "_refcount", k->t_int, 52);
	fk_struct(k, "mem_section", 16);
	fk_member(k, "section_mem_map", k->t_ulong, 0);
	fk_member(k, "page_ext", k->t_ptr, 8);
}

static void owner_types(struct fk *k, bool who)
{
	int comm = fk_array(k, k->t_char, 16);
	fk_struct(k, "page_ext_operations", 48);
	fk_member(k, "offset", k->t_ulong, 0);
	fk_struct(k, "page_ext", 8);
	fk_member(k, "flags", k->t_ulong, 0);
	fk_struct(k, "page_owner", 64);
	fk_member(k, "order", k->t_short, 0);
	fk_member(k, "gfp_mask", k->t_uint, 4);
	fk_member(k, "handle", k->t_uint, 8);
	if (who) {
		fk_member(k, "comm", comm, 32);
		fk_member(k, "pid", k->t_int, 48);
	}
}

static void depot_types(struct fk *k, enum era era)
{
	static const char *const index[] = {"slabindex", "pool_index", "pool_index_plus_1"};
	fk_struct(k, "handle_parts", 4);
	btf__add_field(k->btf, index[era], k->t_uint, 0, 17);
	btf__add_field(k->btf, "offset", k->t_uint, 17, 10);
	fk_struct(k, "stack_record", 32);
	fk_member(k, "size", k->t_uint, 12);
	fk_member(k, "handle", k->t_uint, 16);
	fk_member(k, "entries", k->t_ulong, 24);
}

static struct kernel make(enum era era, bool who)
{
	struct fk *k = fk_new();
	struct kernel ret = {.k = k, .bias = era == POOLS_POINTER};
	page_types(k);
	owner_types(k, who);
	depot_types(k, era);
	ret.section = fk_page(k, 2 * FK_PAGE);
	fk_symbol(k, "mem_section", fk_var(k, "roots", 8, (int64_t)ret.section));
	snprintf(k->vmcoreinfo, sizeof(k->vmcoreinfo),
		 "SYMBOL(mem_section)=%" PRIx64 "\nLENGTH(mem_section)=1\nNUMBER(SECTION_SIZE_BITS)=%d\n",
		 k->symbols[k->nr_symbols - 1].addr, BITS);
	ret.pages = fk_page(k, FRAMES * SIZE);
	ret.exts = fk_page(k, FRAMES * ENTRY);
	ret.section += (START >> (BITS - 12)) * 16;
	fk_put(k, ret.section, 8, (int64_t)((ret.pages - (uint64_t)START * SIZE) | 3));
	fk_put(k, ret.section + 8, 8, (int64_t)(ret.exts - (uint64_t)START * ENTRY));
	fk_var(k, "page_ext_size", 8, ENTRY);
	ret.inited = fk_var(k, "page_owner_inited", 4, 1);
	uint64_t ops = fk_alloc(k, 48);
	fk_put(k, ops, 8, OWNER);
	fk_symbol(k, "page_owner_ops", ops);
	ret.depot = fk_alloc(k, POOLS * 8);
	for (size_t i = 0; i < POOLS; i++) {
		ret.pool[i] = fk_alloc(k, RECORDS * 256);
		fk_put(k, ret.depot + 8 * i, 8, (int64_t)ret.pool[i]);
	}
	if (era == POOLS_POINTER)
		fk_var(k, "stack_pools", 8, (int64_t)ret.depot);
	else
		fk_symbol(k, era == SLABS ? "stack_slabs" : "stack_pools", ret.depot);
	fk_symbol(k, "alloc_pages_noprof", UINT64_C(0xffffffff81000000));
	fk_symbol(k, "leak_pages", UINT64_C(0xffffffff81000100));
	fk_symbol(k, "do_init", UINT64_C(0xffffffff81000200));
	fk_symbol(k, "do_fault", UINT64_C(0xffffffff81000300));
	for (uint64_t i = 0; i < FRAMES; i++) {
		fk_put(k, ret.pages + i * SIZE, 8, 1 << 3);
		fk_put(k, ret.pages + i * SIZE + 48, 4, -1);
	}
	return ret;
}

/** A stack of @p n calls at place @p at of pool @p pool; returns its number. */
static uint32_t stack(const struct kernel *m, unsigned pool, unsigned at, const uint64_t *calls, uint32_t n)
{
	uint32_t handle = (pool + m->bias) | at << 17;
	uint64_t record = m->pool[pool] + 16 * (uint64_t)at;
	fk_put(m->k, record + 12, 4, n);
	fk_put(m->k, record + 16, 4, handle);
	for (uint32_t i = 0; i < n && calls; i++)
		fk_put(m->k, record + 24 + 8 * i, 8, (int64_t)calls[i]);
	return handle;
}

/** Frames START + @p i and following: @p n pages, anonymous or unowned, allocated by @p handle. */
static void take(const struct kernel *m, uint64_t i, uint64_t n, bool anon, uint32_t handle, int pid, const char *comm)
{
	for (uint64_t end = i + n; i < end; i++) {
		uint64_t at = m->pages + i * SIZE, ext = m->exts + i * ENTRY;
		fk_put(m->k, at, 8, anon ? 1 << 1 | 1 << 4 : 0);
		fk_put(m->k, at + 24, 8, anon ? 0x1001 : 0);
		fk_put(m->k, at + 52, 4, 1);
		fk_put(m->k, ext, 8, 3);
		fk_put(m->k, ext + OWNER, 2, 0);
		fk_put(m->k, ext + OWNER + 4, 4, anon ? 0x1140cca : 0xcc0);
		fk_put(m->k, ext + OWNER + 8, 4, handle);
		fk_put(m->k, ext + OWNER + 48, 4, pid);
		fk_text(m->k, ext + OWNER + 32, comm);
	}
}

static const uint64_t LEAK[] = {UINT64_C(0xffffffff81000010), UINT64_C(0xffffffff8100011a),
				UINT64_C(0xffffffff8100025b)};
static const uint64_t FAULT[] = {UINT64_C(0xffffffff81000020), UINT64_C(0xffffffff81000301)};

static struct oom_case *walk(const struct kernel *m, uint64_t sample)
{
	struct oom_case *c = oom_case_new();
	oom_walk_census(fk_open(m->k), c, sample, NULL, NULL);
	return c;
}

static void end(const struct kernel *m, struct oom_case *c)
{
	oom_case_free(c);
	fk_free(m->k);
}

static void tells_stacks_of(enum era era)
{
	struct kernel m = make(era, true);
	uint32_t leak = stack(&m, 0, 4, LEAK, 3), fault = stack(&m, 3, 9, FAULT, 2);
	take(&m, 0, 100, false, leak, 93, "insmod");
	take(&m, 100, 30, true, fault, 100, "mysqld");
	take(&m, 130, 30, true, fault, 101, "leaky");
	take(&m, 200, 8, false, leak, 93, "insmod");
	fk_text(m.k, m.exts + 203 * ENTRY + OWNER + 32 + 8, "old"); // behind the NUL
	for (uint64_t i = 204; i < 208; i++)
		fk_put(m.k, m.exts + i * ENTRY, 8, 1); // freed since
	struct oom_case *c = walk(&m, 1);
	const struct oom_census_stacks *s = &c->state->census->stacks;
	assert_true(s->known);
	assert_int_equal(s->n, 2);
	assert_int_equal(s->v[0].kb, 416);
	assert_int_equal(s->v[0].unowned_kb, 416);
	assert_int_equal(s->v[0].order, 0);
	assert_int_equal(s->v[0].gfp_mask, 0xcc0);
	assert_int_equal(s->v[0].pid, 93);
	assert_string_equal(s->v[0].comm, "insmod");
	assert_string_equal(s->v[0].caller, "leak_pages");
	assert_int_equal(s->v[0].stack.n, 3);
	assert_string_equal(s->v[0].stack.v[0], "alloc_pages_noprof+0x10");
	assert_string_equal(s->v[0].stack.v[1], "leak_pages+0x1a");
	assert_string_equal(s->v[0].stack.v[2], "do_init+0x5b");
	assert_int_equal(s->v[1].kb, 240);
	assert_int_equal(s->v[1].unowned_kb, 0);
	assert_false(oom_known(s->v[1].pid));
	assert_null(s->v[1].comm);
	assert_string_equal(s->v[1].caller, "do_fault");
	end(&m, c);
}

static void tells_stacks(void **state)
{
	(void)state;
	for (enum era era = SLABS; era <= POOLS_POINTER; era++)
		tells_stacks_of(era);
}

/** Before 5.18 nobody noted who asked. */
static void does_not_know_who(void **state)
{
	(void)state;
	struct kernel m = make(SLABS, false);
	take(&m, 0, 10, false, stack(&m, 0, 4, LEAK, 3), 93, "insmod");
	struct oom_case *c = walk(&m, 1);
	assert_int_equal(c->state->census->stacks.n, 1);
	assert_false(oom_known(c->state->census->stacks.v[0].pid));
	assert_null(c->state->census->stacks.v[0].comm);
	end(&m, c);
}

static void estimates(void **state)
{
	(void)state;
	struct kernel m = make(POOLS_ARRAY, true);
	take(&m, 0, FRAMES, false, stack(&m, 0, 4, LEAK, 3), 93, "insmod");
	struct oom_case *c = walk(&m, 4);
	assert_int_equal(c->state->census->looked_at, FRAMES / 4);
	assert_int_equal(c->state->census->stacks.v[0].kb, FRAMES * 4);
	end(&m, c);
}

static bool said(const struct oom_case *c, const char *part)
{
	for (size_t i = 0; i < c->source.missing.n; i++)
		if (strstr(c->source.missing.v[i], part))
			return true;
	return false;
}

static void says_what_is_not_noted(void **state)
{
	(void)state;
	struct kernel m = make(POOLS_ARRAY, true);
	fk_put(m.k, m.inited, 4, 0);
	struct oom_case *c = walk(&m, 1);
	assert_false(c->state->census->stacks.known);
	assert_true(said(c, "page_owner=on"));
	end(&m, c);
	m = make(POOLS_ARRAY, true);
	fk_put(m.k, m.section + 8, 8, 1); // the section is about to go
	c = walk(&m, 1);
	assert_false(c->state->census->stacks.known);
	assert_true(said(c, "cannot be read"));
	end(&m, c);
}

static void bears_damage(void **state)
{
	(void)state;
	struct kernel m = make(POOLS_POINTER, true);
	take(&m, 0, 1, false, 0, 1, "no stack");
	take(&m, 1, 8, false, stack(&m, 0, 4, LEAK, 3), 1, "0123456789abcdef"); // no end
	take(&m, 9, 7, false, UINT32_MAX, 2, "nowhere");
	take(&m, 16, 6, false, stack(&m, 1, 4, NULL, 1 << 30), 3, "endless");
	take(&m, 22, 5, false, stack(&m, 1, 40, NULL, 64), 4, "zeros");
	take(&m, 27, 4, false, 5u << 17, 5, "pool 0");
	uint32_t other = stack(&m, 2, 4, LEAK, 3);
	fk_put(m.k, m.pool[2] + 16 * 4 + 16, 4, 77); // says that it is another
	take(&m, 31, 3, false, other, 6, "other");
	struct oom_case *c = walk(&m, 1);
	const struct oom_census_stacks *s = &c->state->census->stacks;
	assert_int_equal(s->n, 6);
	assert_string_equal(s->v[0].comm, "0123456789abcdef");
	for (size_t i = 1; i < s->n; i++)
		assert_int_equal(s->v[i].stack.n, i == 3 ? 64 : 0);
	assert_null(s->v[1].caller);
	end(&m, c);
	m = make(POOLS_POINTER, true);
	take(&m, 0, FRAMES, false, stack(&m, 0, 4, LEAK, 3), 1, "lost");
	fk_drop(m.k, m.exts); // 46 entries and a part of one
	c = walk(&m, 1);
	assert_int_equal(c->state->census->stacks.v[0].kb, (FRAMES - 47) * 4);
	assert_true(said(c, "who allocated 47 pages"));
	end(&m, c);
}

/** More stacks than any kernel has: counted, not kept. */
static void bounds_its_work(void **state)
{
	(void)state;
	struct kernel m = make(POOLS_ARRAY, true);
	for (uint32_t i = 0; i < FRAMES; i++)
		take(&m, i, 1, false, 1 + i * 7919, 1, "many");
	struct oom_case *c = walk(&m, 1);
	assert_int_equal(c->state->census->stacks.n, 100);
	assert_true(said(c, "100 largest of 512 stacks"));
	end(&m, c);
}

static void bears_layouts_that_make_no_sense(void **state)
{
	(void)state;
	static const int64_t sizes[] = {0, -1, 8, OWNER, OWNER + 40, 1 << 20, INT64_MIN};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct kernel m = make(POOLS_ARRAY, true);
		uint64_t at = 0;
		for (size_t k = 0; k < m.k->nr_symbols; k++)
			if (!strcmp(m.k->symbols[k].name, "page_ext_size"))
				at = m.k->symbols[k].addr;
		fk_put(m.k, at, 8, sizes[i]);
		struct oom_case *c = walk(&m, 1);
		assert_false(c->state->census->stacks.known);
		assert_true(said(c, "cannot be read"));
		end(&m, c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_stacks),
		cmocka_unit_test(does_not_know_who),
		cmocka_unit_test(estimates),
		cmocka_unit_test(says_what_is_not_noted),
		cmocka_unit_test(bears_damage),
		cmocka_unit_test(bounds_its_work),
		cmocka_unit_test(bears_layouts_that_make_no_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
