// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The page census over struct pages that the test wrote: owners, orders, groups, samples, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"

enum { SIZE = 64, FRAMES = 512, START = 0x1000 };
enum { LOCKED, LRU, HEAD, RESERVED, SWAPBACKED, SWAPCACHE, HWPOISON };
#define F(flag) (INT64_C(1) << (flag))
enum { BUDDY = 0xf0, OFFLINE = 0xf1, TABLE = 0xf2, SLAB = 0xf5, NO_TYPE = 0xff };

struct memmap {
	struct fk *k;
	uint64_t at;	  // struct page of the first frame
	const char *head; // "compound_head", "compound_info"
};

/** Types of 6.12 (compound_head) or 7.1 (compound_info), flat memory of @p frames from frame START on. */
static struct memmap make(const char *head, uint64_t frames)
{
	static const char *const flags[] = {"PG_locked",     "PG_lru",	     "PG_head",	   "PG_reserved",
					    "PG_swapbacked", "PG_swapcache", "PG_hwpoison"};
	struct fk *k = fk_new();
	struct memmap m = {k, 0, head};
	fk_enum(k, "pageflags", flags, 7);
	btf__add_enum(k->btf, NULL, 4);
	btf__add_enum_value(k->btf, "PAGE_BUDDY_MAPCOUNT_VALUE", (int32_t)0xf0000000);
	fk_struct(k, "page", SIZE);
	fk_member(k, "flags", k->t_ulong, 0);
	fk_member(k, head, k->t_ulong, 8);
	fk_member(k, "mapping", k->t_ptr, 24);
	fk_member(k, "index", k->t_ulong, 32);
	fk_member(k, "private", k->t_ulong, 40);
	fk_member(k, "page_type", k->t_uint, 48);
	fk_member(k, "_refcount", k->t_int, 52);
	fk_member(k, "memcg_data", k->t_ulong, 56);
	fk_struct(k, "folio", 4 * SIZE);
	fk_member(k, "_flags_1", k->t_ulong, SIZE);
	fk_struct(k, "obj_cgroup", 32);
	fk_member(k, "memcg", k->t_ptr, 16);
	fk_struct(k, "pglist_data", 64);
	fk_member(k, "node_start_pfn", k->t_ulong, 0);
	fk_member(k, "node_spanned_pages", k->t_ulong, 8);
	fk_member(k, "node_mem_map", k->t_ptr, 16);
	uint64_t node = fk_alloc(k, 64);
	m.at = fk_page(k, frames * SIZE);
	fk_put(k, node, 8, START);
	fk_put(k, node + 8, 8, (int64_t)frames);
	fk_put(k, node + 16, 8, (int64_t)m.at);
	fk_symbol(k, "contig_page_data", node);
	for (uint64_t i = 0; i < frames; i++) {
		fk_put(k, m.at + i * SIZE, 8, F(RESERVED));
		fk_put(k, m.at + i * SIZE + 48, 4, -1);
	}
	return m;
}

/** Frame START + @p i: a single page. */
static void page(struct memmap m, uint64_t i, int64_t flags, int64_t mapping, unsigned type, int count)
{
	uint64_t at = m.at + i * SIZE;
	memset(fk_at(m.k, at), 0, SIZE);
	fk_put(m.k, at, 8, flags);
	fk_put(m.k, at + 24, 8, mapping);
	fk_put(m.k, at + 48, 4, type == NO_TYPE ? -1 : (int64_t)type << 24);
	fk_put(m.k, at + 52, 4, count);
}

static void compound(struct memmap m, uint64_t i, unsigned order)
{
	uint64_t head = m.at + i * SIZE, flags;
	memcpy(&flags, fk_at(m.k, head), 8);
	fk_put(m.k, head, 8, (int64_t)(flags | (uint64_t)F(HEAD)));
	for (uint64_t k = 1; k < UINT64_C(1) << order; k++) {
		page(m, i + k, 0, k == 1 ? 0x400 : 0, NO_TYPE, 0);
		bool mask = m.head[9] == 'i';
		fk_put(m.k, head + k * SIZE + 8, 8,
		       mask ? (int64_t)(~(((uint64_t)SIZE << order) - 1) | 1) : (int64_t)(head | 1));
	}
	fk_put(m.k, head + SIZE, 8, order);
}

static void block(struct memmap m, uint64_t i, unsigned order)
{
	for (uint64_t k = 0; k < UINT64_C(1) << order; k++)
		page(m, i + k, 0, 0, NO_TYPE, 0);
	page(m, i, 0, 0, BUDDY, 0);
	fk_put(m.k, m.at + i * SIZE + 40, 8, order);
}

static void charge(struct memmap m, uint64_t i, int64_t data)
{
	fk_put(m.k, m.at + i * SIZE + 56, 8, data);
}

/** Frames of an owner, of one order if that is not OOM_ABSENT; 0 where there is no row. */
static int64_t frames(const struct oom_case *c, const char *owner, int64_t order)
{
	const struct oom_census_rows *rows = &c->state->census->owners;
	for (size_t i = 0; i < rows->n; i++)
		if (strcmp(rows->v[i].owner, owner) == 0 && rows->v[i].order == order && !oom_known(rows->v[i].node))
			return rows->v[i].kb / 4;
	return 0;
}

static void fill(struct memmap m, uint64_t group, uint64_t objcg)
{
	page(m, 2, F(LRU) | F(SWAPBACKED), 0x1001, NO_TYPE, 1);
	charge(m, 2, (int64_t)group);
	page(m, 3, 0, 0, NO_TYPE, 0); // idle
	page(m, 4, F(LRU) | F(SWAPBACKED), 0x1001, NO_TYPE, 1);
	compound(m, 4, 2);
	charge(m, 4, (int64_t)group);
	block(m, 8, 2);
	for (uint64_t i = 17; i < 24; i++)
		page(m, i, 0, 0, NO_TYPE, 0);
	page(m, 16, 0, 0, NO_TYPE, 1); // order 3, without __GFP_COMP
	page(m, 25, 0, 0, NO_TYPE, 1);
	page(m, 26, 0, 0, NO_TYPE, 0); // idle: no block of two begins at 25
	page(m, 32, 0, 0, SLAB, 1);
	compound(m, 32, 3);
	page(m, 40, F(LRU) | F(SWAPBACKED), 0x2000, NO_TYPE, 1);
	page(m, 41, F(LRU), 0x2000, NO_TYPE, 1);
	page(m, 42, 0, 0, TABLE, 1);
	page(m, 43, 0, 0, NO_TYPE, 1);
	charge(m, 43, (int64_t)(objcg | 2));
	page(m, 44, F(HWPOISON), 0, NO_TYPE, 1);
	page(m, 45, 0, 0, OFFLINE, 1);
	page(m, 46, F(SWAPBACKED) | F(SWAPCACHE), 0, NO_TYPE, 1);
	page(m, 47, F(LRU), 0, NO_TYPE, 1); // truncated
	page(m, 48, 0, 0, NO_TYPE, 1);
	compound(m, 48, 4);
	block(m, 128, 7);
}

static void tells_owners_of(const char *head)
{
	struct memmap m = make(head, FRAMES);
	uint64_t group = fk_alloc(m.k, 64), objcg = fk_alloc(m.k, 64);
	fk_put(m.k, objcg + 16, 8, (int64_t)group);
	fill(m, group, objcg);
	struct oom_case *c = oom_case_new();
	oom_walk_census(fk_open(m.k), c, 1, NULL, NULL);
	assert_non_null(c->state->census);
	assert_int_equal(c->state->census->looked_at, FRAMES);
	assert_int_equal(frames(c, "anon", OOM_ABSENT), 5);
	assert_int_equal(frames(c, "idle", OOM_ABSENT), 2);
	assert_int_equal(frames(c, "free", OOM_ABSENT), 4 + 128);
	assert_int_equal(frames(c, "free", 2), 4);
	assert_int_equal(frames(c, "free", 7), 128);
	assert_int_equal(frames(c, "unowned", 3), 8);
	assert_int_equal(frames(c, "unowned", 0), 1);
	assert_int_equal(frames(c, "unowned", 4), 16);
	assert_int_equal(frames(c, "slab", OOM_ABSENT), 8);
	assert_int_equal(frames(c, "shmem", OOM_ABSENT), 1);
	assert_int_equal(frames(c, "file", OOM_ABSENT), 1);
	assert_int_equal(frames(c, "page-table", OOM_ABSENT), 1);
	assert_int_equal(frames(c, "charged", OOM_ABSENT), 1);
	assert_int_equal(frames(c, "hwpoison", OOM_ABSENT), 1);
	assert_int_equal(frames(c, "offline", OOM_ABSENT), 1);
	assert_int_equal(frames(c, "swap-cache", OOM_ABSENT), 1);
	assert_int_equal(frames(c, "truncated", OOM_ABSENT), 1);
	int64_t sum = 0;
	for (size_t i = 0; i < c->state->census->owners.n; i++)
		if (!oom_known(c->state->census->owners.v[i].order))
			sum += c->state->census->owners.v[i].kb / 4;
	assert_int_equal(sum, FRAMES);
	assert_int_equal(c->state->census->memcgs.n, 1); // directly and through the obj_cgroup
	const struct oom_census_memcg *g = &c->state->census->memcgs.v[0];
	assert_int_equal(g->anon_kb, 20);
	assert_int_equal(g->kernel_kb, 4);
	assert_int_equal(g->file_kb, 0);
	assert_int_equal(g->origin.at, (int64_t)group);
	oom_case_free(c);
	fk_free(m.k);
}

static void tells_owners(void **state)
{
	(void)state;
	tells_owners_of("compound_head");
}

static void knows_heads_by_mask(void **state)
{
	(void)state;
	tells_owners_of("compound_info");
}

/** Units that begin behind the first page of what they are within. */
static void samples_what_it_is_within(void **state)
{
	(void)state;
	struct memmap m = make("compound_head", 4096);
	block(m, 0, 10);
	page(m, 1024, F(LRU) | F(SWAPBACKED), 0x1001, NO_TYPE, 1);
	compound(m, 1024, 9);
	for (uint64_t i = 1536; i < 2048; i++)
		page(m, i, F(LRU), 0x2000, NO_TYPE, 1);
	for (uint64_t i = 2048; i < 3072; i++)
		page(m, i, 0, 0, NO_TYPE, i == 2048); // order 10, without __GFP_COMP
	struct oom_image *image = fk_open(m.k);
	for (uint64_t sample = 1; sample <= 4; sample *= 2) {
		struct oom_case *c = oom_case_new();
		oom_walk_census(image, c, sample, NULL, NULL);
		assert_int_equal(c->state->census->looked_at, 4096 / (int64_t)sample);
		assert_int_equal(frames(c, "free", 10), 1024); // all units of a block are of one owner
		assert_int_equal(frames(c, "anon", OOM_ABSENT), 512);
		assert_int_equal(frames(c, "file", OOM_ABSENT), 512);
		assert_int_equal(frames(c, "unowned", 10), 1024);
		assert_int_equal(frames(c, "reserved", OOM_ABSENT), 1024);
		assert_int_equal(oom_known(c->state->census->owners.v[0].error_kb), sample > 1);
		oom_case_free(c);
	}
	fk_free(m.k);
}

/** The error of a sample: in most of many memories the truth is within it. */
static void estimates_its_error(void **state)
{
	(void)state;
	int within = 0;
	enum { TRIES = 40 };
	for (unsigned seed = 0; seed < TRIES; seed++) {
		struct memmap m = make("compound_head", 16384);
		int64_t truth = 0;
		uint64_t random = seed * 7919 + 1;
		for (uint64_t i = 0; i < 16384; i++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			// Runs of some units, as memory has them.
			bool anon = ((i >> 9) * 2654435761u + seed * 40503u) >> 7 & 1 && random >> 40 & 3;
			truth += anon;
			page(m, i, F(LRU) | F(SWAPBACKED), anon ? 0x1001 : 0x2000, NO_TYPE, 1);
		}
		struct oom_case *c = oom_case_new();
		oom_walk_census(fk_open(m.k), c, 8, NULL, NULL);
		for (size_t i = 0; i < c->state->census->owners.n; i++) {
			const struct oom_census_row *row = &c->state->census->owners.v[i];
			if (strcmp(row->owner, "anon") == 0 && !oom_known(row->order))
				within += row->kb - row->error_kb <= truth * 4 && truth * 4 <= row->kb + row->error_kb;
		}
		oom_case_free(c);
		fk_free(m.k);
	}
	assert_in_range(within, TRIES * 85 / 100, TRIES);
}

static void bears_damage(void **state)
{
	(void)state;
	struct memmap m = make("compound_head", FRAMES);
	block(m, 0, 2);
	fk_put(m.k, m.at + 40, 8, 60); // a block of an impossible order
	page(m, 8, 0, 0, NO_TYPE, 1);
	fk_put(m.k, m.at + 8 * SIZE + 8, 8, (int64_t)(m.at + 200 * SIZE) | 1); // its head is behind it
	page(m, 9, 0, 0, NO_TYPE, 1);
	fk_put(m.k, m.at + 9 * SIZE + 8, 8, 0x31); // nowhere
	page(m, 10, F(HEAD), 0x1001, NO_TYPE, 1);
	fk_put(m.k, m.at + 11 * SIZE, 8, 200); // an order that does not fit
	fk_drop(m.k, m.at + 64 * SIZE);
	struct oom_case *c = oom_case_new();
	oom_walk_census(fk_open(m.k), c, 1, NULL, NULL);
	assert_int_equal(c->state->census->unreadable, 64 + 2);
	assert_int_equal(c->state->census->looked_at, FRAMES - 64 - 2);
	assert_int_equal(frames(c, "free", 0), 1);
	assert_int_equal(frames(c, "anon", OOM_ABSENT), 1);
	oom_case_free(c);
	fk_free(m.k);
}

static void says_why_there_is_none(void **state)
{
	(void)state;
	struct memmap m = make("compound_head", FRAMES);
	for (uint64_t i = 0; i < FRAMES; i += 64)
		fk_drop(m.k, m.at + i * SIZE);
	struct oom_case *c = oom_case_new();
	oom_walk_census(fk_open(m.k), c, 1, NULL, NULL);
	assert_null(c->state->census);
	assert_true(c->source.missing.n > 0);
	assert_non_null(strstr(c->source.missing.v[c->source.missing.n - 1], "census: no struct page"));
	oom_case_free(c);
	fk_free(m.k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_owners),
		cmocka_unit_test(knows_heads_by_mask),
		cmocka_unit_test(samples_what_it_is_within),
		cmocka_unit_test(estimates_its_error),
		cmocka_unit_test(bears_damage),
		cmocka_unit_test(says_why_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
