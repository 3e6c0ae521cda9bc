// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The balance sheet, swap devices, huge page pools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"
#include "kernel/walk.h"

/** A case as zones.c and vmstat.c leave it: the figures of the 6.1 guest of tests/lab, scenario host, in KiB. */
static struct oom_case *with_counters(void)
{
	struct oom_case *c = oom_case_new();
	struct oom_state *state = oom_case_state(c);
	struct oom_node *node = oom_add_node(c->arena, &state->nodes);
	const int64_t zones[2][4] = {{15992, 15360, 936, 164}, {245632, 208028, 1984, 4180}};
	for (int i = 0; i < 2; i++) {
		struct oom_zone *zone = oom_add_zone(c->arena, &node->zones);
		zone->present_kb = zones[i][0];
		zone->managed_kb = zones[i][1];
		zone->free_kb = zones[i][2];
		zone->low_kb = zones[i][3];
	}
	state->memory.free_kb = 2920;
	state->totals.tasks = 0;
	struct oom_counters *n = &state->counters;
	n->anon_kb = 151960;
	n->file_kb = 43700;
	n->shmem_kb = 43700;
	n->swap_cached_kb = 0;
	n->slab_reclaimable_kb = 9392;
	n->slab_unreclaimable_kb = 6480;
	n->kernel_misc_reclaimable_kb = 0;
	n->kernel_stack_kb = 928;
	n->page_tables_kb = 452;
	n->sec_page_tables_kb = 0;
	n->zspages_kb = 0;
	n->free_pcp_kb = 1100;
	n->active_anon_kb = 195060; // anon and shmem, with the inactive ones
	n->inactive_anon_kb = 600;
	n->isolated_anon_kb = 0;
	n->unevictable_kb = 0;
	n->active_file_kb = 0;
	n->inactive_file_kb = 0;
	return c;
}

static void variables(struct fk *k, bool vmap_stack)
{
	fk_cpus(k);
	fk_struct(k, "task_struct", 64);
	fk_member(k, "stack", k->t_ptr, 8);
	if (vmap_stack)
		fk_member(k, "stack_vm_area", k->t_ptr, 0);
	fk_var(k, "pcpu_nr_populated", 8, 64);
	fk_var(k, "pcpu_nr_units", 4, 2);
	fk_var(k, "nr_vmalloc_pages", 8, 1295);
	fk_var(k, "sysctl_overcommit_ratio", 4, 50);
	fk_var(k, "sysctl_overcommit_kbytes", 8, 0);
	uint64_t reserve = 0;
	fk_find(k, "totalreserve_pages", &reserve);
	fk_put(k, reserve, 8, 891);
}

static void draws_the_balance(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	variables(k, true);
	struct oom_image *image = fk_open(k);
	struct oom_case *c = with_counters();
	oom_walk_meminfo(image, c);
	oom_walk_sheet(image, c);
	const struct oom_memory *m = &c->state->memory;
	assert_int_equal(m->total_kb, 223388);	    // the guest's MemTotal
	assert_int_equal(m->present_kb, 65406 * 4); // "65406 pages RAM"
	assert_int_equal(m->reserved_kb, 9559 * 4); // "9559 pages reserved"
	assert_int_equal(m->free_kb, 2920);
	assert_int_equal(m->file_kb, 0);
	assert_int_equal(m->percpu_kb, 512); // its Percpu
	assert_int_equal(m->vmalloc_kb, 5180 - 928);
	assert_int_equal(m->commit_limit_kb, 111692); // its CommitLimit
	assert_int_equal(m->swap_total_kb, 0);
	assert_int_equal(m->totalreserve_kb, 3564);
	// 2920 - 3564 + 0 + 9392 - min(9392 / 2, 4344)
	assert_int_equal(m->available_kb, 4404);
	assert_int_equal(m->unaccounted_kb,
			 223388 - 2920 - 1100 - 151960 - 43700 - 9392 - 6480 - 928 - 452 - 512 - 4252);
	assert_int_equal(c->system.ram_kb, 223388);
	assert_int_equal(c->system.page_size, 4096);
	assert_int_equal(c->source.missing.n, 0);
	oom_case_free(c);
	fk_free(k);
}

static void counts_stacks_once(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	variables(k, false); // without CONFIG_VMAP_STACK stacks are no part of vmalloc
	struct oom_case *c = with_counters();
	struct oom_image *opened = fk_open(k);
	oom_walk_meminfo(opened, c);
	oom_walk_sheet(opened, c);
	assert_int_equal(c->state->memory.vmalloc_kb, 5180);
	oom_case_free(c);
	fk_free(k);
}

/**
 * Nothing counts twice: whatever takes memory away from the free pages, with all counters that the kernel moves for it
 * (some are in two), leaves as much unaccounted as before; and what moves no counter is unaccounted in full.
 */
static void counts_nothing_twice(void **state)
{
	(void)state;
	enum { TAKEN = 4096 };
	enum { ANON, FILES, SHMEM, SWAP, SWAP_MAPPED, SLAB, STACK, VMALLOC, TABLE, PERCPU, PCP, ZSPAGES, LEAK, KINDS };
	int64_t before = OOM_ABSENT;
	for (int kind = -1; kind < KINDS; kind++) {
		struct fk *k = fk_new();
		variables(k, true);
		struct oom_case *c = with_counters();
		struct oom_counters *n = &c->state->counters;
		uint64_t vmalloc = 0, populated = 0;
		fk_find(k, "nr_vmalloc_pages", &vmalloc);
		fk_find(k, "pcpu_nr_populated", &populated);
		c->state->memory.free_kb += kind < 0 ? 0 : -TAKEN;
		n->anon_kb += kind == ANON || kind == SWAP_MAPPED ? TAKEN : 0;
		n->inactive_anon_kb += kind == ANON || kind == SHMEM || kind == SWAP || kind == SWAP_MAPPED ? TAKEN : 0;
		n->file_kb += kind == FILES || kind == SHMEM || kind == SWAP || kind == SWAP_MAPPED ? TAKEN : 0;
		n->shmem_kb += kind == SHMEM ? TAKEN : 0;
		n->swap_cached_kb += kind == SWAP || kind == SWAP_MAPPED ? TAKEN : 0;
		n->slab_unreclaimable_kb += kind == SLAB ? TAKEN : 0;
		n->kernel_stack_kb += kind == STACK ? TAKEN : 0;
		n->page_tables_kb += kind == TABLE ? TAKEN : 0;
		n->free_pcp_kb += kind == PCP ? TAKEN : 0;
		n->zspages_kb += kind == ZSPAGES ? TAKEN : 0;
		if (kind == STACK || kind == VMALLOC)
			fk_put(k, vmalloc, 8, 1295 + TAKEN / 4);
		if (kind == PERCPU)
			fk_put(k, populated, 8, 64 + TAKEN / 4 / 2);
		struct oom_image *image = fk_open(k);
		oom_walk_meminfo(image, c);
		oom_walk_sheet(image, c);
		if (kind < 0)
			before = c->state->memory.unaccounted_kb;
		else
			assert_int_equal(c->state->memory.unaccounted_kb, before + (kind == LEAK ? TAKEN : 0));
		oom_case_free(c);
		fk_free(k);
	}
}

static void says_which_counter_is_missing(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	struct oom_image *image = fk_open(k);
	struct oom_case *c = with_counters();
	oom_walk_meminfo(image, c);
	oom_walk_sheet(image, c);
	assert_int_equal(c->state->memory.percpu_kb, OOM_ABSENT);
	assert_int_equal(c->source.missing.n, 2); // percpu, vmalloc
	assert_true(oom_known(c->state->memory.unaccounted_kb));
	oom_case_free(c);
	c = with_counters();
	c->state->counters.anon_kb = OOM_ABSENT;
	oom_walk_meminfo(image, c);
	oom_walk_sheet(image, c);
	assert_int_equal(c->state->memory.unaccounted_kb, OOM_ABSENT);
	oom_case_free(c);
	c = with_counters();
	c->state->nodes.v[0].zones.v[1].managed_kb = OOM_ABSENT;
	oom_walk_meminfo(image, c);
	oom_walk_sheet(image, c);
	assert_int_equal(c->state->memory.total_kb, OOM_ABSENT);
	assert_int_equal(c->state->memory.free_kb, 2920);
	oom_case_free(c);
	fk_free(k);
	// A zone was lost: the total is the kernel's own, what the zones sum up to is not told.
	k = fk_new();
	variables(k, true);
	fk_var(k, "_totalram_pages", 8, 60000);
	c = with_counters();
	struct oom_image *opened = fk_open(k);
	oom_walk_meminfo(opened, c);
	oom_walk_sheet(opened, c);
	assert_int_equal(c->state->memory.total_kb, 240000);
	assert_int_equal(c->state->memory.present_kb, OOM_ABSENT);
	oom_case_free(c);
	fk_free(k);
}

static void weighs_a_balloon(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	variables(k, true);
	struct oom_image *image = fk_open(k);
	struct oom_case *c = with_counters();
	c->state->counters.balloon_kb = 50000; // 1692 are left: its pages are not managed any more
	oom_walk_meminfo(image, c);
	oom_walk_sheet(image, c);
	assert_int_equal(c->state->memory.balloon_kb, 50000);
	assert_int_equal(c->state->memory.unaccounted_kb, 1692);
	oom_case_free(c);
	c = with_counters();
	c->state->counters.balloon_kb = 50000;
	c->state->counters.anon_kb -= 50000; // now they are
	oom_walk_meminfo(image, c);
	oom_walk_sheet(image, c);
	assert_int_equal(c->state->memory.unaccounted_kb, 1692);
	oom_case_free(c);
	fk_free(k);
}

/** No module called virtio_balloon is found: is none loaded, or is the list cut off? */
static int64_t balloon_of(uint64_t next, bool symbol_of_modules)
{
	struct fk *k = fk_new();
	variables(k, true);
	int name = fk_array(k, k->t_char, 56);
	fk_struct(k, "module", 128);
	fk_member(k, "list", k->t_list, 8);
	fk_member(k, "name", name, 24);
	uint64_t module = fk_alloc(k, 128), head = fk_alloc(k, 16);
	if (symbol_of_modules)
		fk_symbol(k, "modules", head);
	fk_put(k, head, 8, (int64_t)(module + 8));
	fk_put(k, module + 8, 8, (int64_t)(next ? next : head));
	fk_text(k, module + 24, "ext4");
	struct oom_image *image = fk_open(k);
	struct oom_case *c = with_counters();
	oom_walk_meminfo(image, c);
	oom_walk_sheet(image, c);
	int64_t kb = c->state->memory.balloon_kb;
	oom_case_free(c);
	fk_free(k);
	return kb;
}

static void no_balloon_is_not_a_lost_one(void **state)
{
	(void)state;
	assert_int_equal(balloon_of(0, true), 0);
	assert_int_equal(balloon_of(0, false), 0); // CONFIG_MODULES=n
	assert_int_equal(balloon_of(0x123000, true), OOM_ABSENT);
}

/** struct hstate with two pools: 2 MiB and 1 GiB. */
static void hstates(struct fk *k)
{
	int nodes = fk_array(k, k->t_uint, 1024);
	enum { SIZE = 64 + 3 * 4096 };
	fk_struct(k, "hstate", SIZE);
	fk_member(k, "order", k->t_uint, 0);
	fk_member(k, "nr_huge_pages", k->t_ulong, 8);
	fk_member(k, "free_huge_pages", k->t_ulong, 16);
	fk_member(k, "resv_huge_pages", k->t_ulong, 24);
	fk_member(k, "surplus_huge_pages", k->t_ulong, 32);
	fk_member(k, "nr_huge_pages_node", nodes, 64);
	fk_member(k, "free_huge_pages_node", nodes, 64 + 4096);
	fk_member(k, "surplus_huge_pages_node", nodes, 64 + 8192);
	uint64_t table = fk_page(k, 2 * SIZE);
	fk_symbol(k, "hstates", table);
	fk_var(k, "hugetlb_max_hstate", 4, 2);
	const int64_t pools[2][5] = {{9, 100, 40, 5, 2}, {18, 1, 1, 0, 0}};
	for (uint64_t i = 0; i < 2; i++) {
		fk_put(k, table + i * SIZE, 4, pools[i][0]);
		for (uint64_t f = 1; f < 5; f++)
			fk_put(k, table + i * SIZE + f * 8, 8, pools[i][f]);
		fk_put(k, table + i * SIZE + 64 + 3 * 4, 4, pools[i][1]); // all on node 3
		fk_put(k, table + i * SIZE + 64 + 4096 + 3 * 4, 4, pools[i][2]);
	}
}

static void tells_huge_page_pools(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	hstates(k);
	struct oom_image *image = fk_open(k);
	struct oom_case *c = oom_case_new();
	oom_add_node(c->arena, &oom_case_state(c)->nodes)->id = 3;
	oom_walk_hugetlb(image, c);
	const struct oom_hugetlbs *pools = &c->state->hugetlb;
	assert_int_equal(pools->n, 4);
	assert_int_equal(pools->v[0].node, OOM_ABSENT);
	assert_int_equal(pools->v[0].size_kb, 2048);
	assert_int_equal(pools->v[0].total, 100);
	assert_int_equal(pools->v[0].free, 40);
	assert_int_equal(pools->v[0].reserved, 5);
	assert_int_equal(pools->v[0].surplus, 2);
	assert_int_equal(pools->v[1].node, 3);
	assert_int_equal(pools->v[1].total, 100);
	assert_int_equal(pools->v[1].surplus, 0);
	assert_int_equal(pools->v[1].reserved, OOM_ABSENT);
	assert_int_equal(pools->v[2].size_kb, 1 << 20);
	assert_int_equal(oom_hugetlb_total_kb(image), 100 * 2048 + (1 << 20));
	oom_case_free(c);
	fk_free(k);
	k = fk_new(); // CONFIG_HUGETLBFS=n
	image = fk_open(k);
	c = oom_case_new();
	oom_walk_hugetlb(image, c);
	assert_true(c->state->hugetlb.known);
	assert_int_equal(c->state->hugetlb.n, 0);
	assert_int_equal(oom_hugetlb_total_kb(image), 0);
	oom_case_free(c);
	fk_free(k);
}

/** Types of a swap area, its file, a mount tree: /dev mounted on the root. Returns the struct file of /dev/@p name. */
static uint64_t swap_types(struct fk *k, const char *name)
{
	const char *flags[] = {"SWP_NONE", "SWP_USED", "SWP_WRITEOK"};
	fk_enum(k, NULL, flags, 3);
	btf__add_enum(k->btf, NULL, 4);
	btf__add_enum_value(k->btf, "SWP_BLKDEV", 64);
	fk_struct(k, "swap_info_struct", 64);
	fk_member(k, "flags", k->t_ulong, 0);
	fk_member(k, "pages", k->t_uint, 8);
	fk_member(k, "inuse_pages", k->t_long, 16);
	fk_member(k, "swap_file", k->t_ptr, 24);
	fk_member(k, "bdev", k->t_ptr, 32);
	fk_struct(k, "block_device", 16);
	fk_member(k, "bd_disk", k->t_ptr, 8);
	int text = fk_array(k, k->t_char, 32);
	fk_struct(k, "gendisk", 64);
	fk_member(k, "disk_name", text, 12);
	int path = fk_struct(k, "path", 16);
	fk_member(k, "mnt", k->t_ptr, 0);
	fk_member(k, "dentry", k->t_ptr, 8);
	fk_struct(k, "file", 32);
	fk_member(k, "f_path", path, 16);
	int qstr = fk_struct(k, "qstr", 16);
	fk_member(k, "name", k->t_ptr, 8);
	fk_struct(k, "dentry", 32);
	fk_member(k, "d_parent", k->t_ptr, 0);
	fk_member(k, "d_name", qstr, 8);
	int vfsmount = fk_struct(k, "vfsmount", 8);
	fk_member(k, "mnt_root", k->t_ptr, 0);
	fk_struct(k, "mount", 32);
	fk_member(k, "mnt_parent", k->t_ptr, 0);
	fk_member(k, "mnt_mountpoint", k->t_ptr, 8);
	fk_member(k, "mnt", vfsmount, 16);
	// Dentries: the root, dev in it, the root of devtmpfs, the device in that.
	const char *names[] = {"/", "dev", "/", name};
	uint64_t dentry[4], mount[2];
	for (int i = 0; i < 4; i++) {
		dentry[i] = fk_alloc(k, 32);
		uint64_t at = fk_alloc(k, 64);
		fk_text(k, at, names[i]);
		fk_put(k, dentry[i] + 16, 8, (int64_t)at);
		fk_put(k, dentry[i], 8, (int64_t)(i % 2 ? dentry[i - 1] : dentry[i]));
	}
	for (int i = 0; i < 2; i++) {
		mount[i] = fk_alloc(k, 32);
		fk_put(k, mount[i], 8, (int64_t)mount[0]);
		fk_put(k, mount[i] + 8, 8, (int64_t)dentry[i]);
		fk_put(k, mount[i] + 16, 8, (int64_t)dentry[i * 2]);
	}
	uint64_t file = fk_alloc(k, 32);
	fk_put(k, file + 16, 8, (int64_t)(mount[1] + 16));
	fk_put(k, file + 24, 8, (int64_t)dentry[3]);
	return file;
}

static uint64_t swap_area(struct fk *k, uint64_t file, int64_t flags, int64_t pages, int64_t inuse, const char *disk)
{
	uint64_t area = fk_alloc(k, 64), bdev = fk_alloc(k, 16), gendisk = fk_alloc(k, 64);
	fk_put(k, area, 8, flags);
	fk_put(k, area + 8, 4, pages);
	fk_put(k, area + 16, 8, inuse);
	fk_put(k, area + 24, 8, (int64_t)file);
	fk_put(k, area + 32, 8, (int64_t)bdev);
	fk_put(k, bdev + 8, 8, (int64_t)gendisk);
	fk_text(k, gendisk + 12, disk);
	return area;
}

static void tells_swap_areas(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	uint64_t file = swap_types(k, "vda2"), table = fk_alloc(k, 64);
	fk_symbol(k, "swap_info", table);
	fk_var(k, "nr_swapfiles", 4, 6);
	const struct {
		int64_t flags, pages, inuse;
		const char *disk;
	} areas[] = {
		{0x43, 1000, 250, "vda"},
		{0x43, 2000, (INT64_C(1) << 30) | 2000, "zram0"}, // full, off the list: bit 30 of 6.13
		{0x3, 3000, (INT64_C(1) << 62) | 17, "vda"},	  // a file; bit 62 of later kernels
		{0, 4000, 0, "vda"},				  // swapped off
		{0x43, 0, 0, "vda"},				  // swapon is not done yet: no file
	};
	for (uint64_t i = 0; i < 5; i++)
		fk_put(k, table + i * 8, 8,
		       (int64_t)swap_area(k, i == 4 ? 0 : file, areas[i].flags, areas[i].pages, areas[i].inuse,
					  areas[i].disk));
	fk_put(k, table + 40, 8, 0x10); // not in the dump
	struct oom_case *c = oom_case_new();
	oom_walk_swap(fk_open(k), c);
	const struct oom_swaps *swaps = &c->state->swaps;
	assert_int_equal(swaps->n, 3);
	assert_string_equal(swaps->v[0].name, "/dev/vda2");
	assert_string_equal(swaps->v[0].kind, "partition");
	assert_int_equal(swaps->v[0].size_kb, 4000);
	assert_int_equal(swaps->v[0].used_kb, 1000);
	assert_string_equal(swaps->v[1].kind, "zram");
	assert_int_equal(swaps->v[1].used_kb, 8000);
	assert_string_equal(swaps->v[2].kind, "file");
	assert_int_equal(swaps->v[2].used_kb, 68);
	assert_int_equal(c->source.missing.n, 1);
	oom_case_free(c);
	fk_free(k);
}

static void counts_the_old_swap_cache(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_struct(k, "address_space", 64);
	fk_member(k, "nrpages", k->t_ulong, 8);
	uint64_t spaces = fk_alloc(k, 3 * 64), table = fk_alloc(k, 16), counts = fk_alloc(k, 8);
	for (uint64_t i = 0; i < 3; i++)
		fk_put(k, spaces + i * 64 + 8, 8, (int64_t)(i + 1) * 10);
	fk_put(k, table, 8, (int64_t)spaces);
	fk_put(k, counts, 4, 3);
	fk_symbol(k, "swapper_spaces", table);
	fk_symbol(k, "nr_swapper_spaces", counts);
	fk_var(k, "nr_swapfiles", 4, 2); // the second one is gone: NULL
	struct oom_image *image = fk_open(k);
	assert_int_equal(oom_swapcache_pages(image), 60);
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_the_balance),	     cmocka_unit_test(counts_stacks_once),
		cmocka_unit_test(counts_nothing_twice),	     cmocka_unit_test(says_which_counter_is_missing),
		cmocka_unit_test(weighs_a_balloon),	     cmocka_unit_test(no_balloon_is_not_a_lost_one),
		cmocka_unit_test(tells_huge_page_pools),     cmocka_unit_test(tells_swap_areas),
		cmocka_unit_test(counts_the_old_swap_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
