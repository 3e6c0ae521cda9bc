// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * GFP masks: what kernels printed themselves. Since 4.6 a head has the mask and its names, which our table of that
 * release must give too; older masks were decoded in the mails and bug reports that the corpus is from.
 */
#include "log/gfp.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct printed {
	const char *release;
	uint64_t mask;
	const char *names; // as printed, "|" between; the order differs by version
};

static const struct printed printed[] = {
	// tests/corpus
	{"4.15.0-108-generic", 0x15000c0, "GFP_KERNEL_ACCOUNT"},
	{"4.18.0-553.8.1.el8_10.x86_64", 0x6200ca, "GFP_HIGHUSER_MOVABLE"},
	{"4.19.90-23.26.v2101.ky10.x86_64", 0x6040c0, "GFP_KERNEL|__GFP_COMP"},
	{"5.3.0-rc3+", 0x100cca, "GFP_HIGHUSER_MOVABLE"},
	{"5.7.0-rc6-next-20200521", 0x101cc0, "GFP_USER|__GFP_WRITE"},
	{"5.9.0-rc6-5-amd64-clang-cfi", 0xcc0, "GFP_KERNEL"},
	{"5.10.2", 0x40dc0, "GFP_KERNEL|__GFP_COMP|__GFP_ZERO"},
	{"5.13.0-rc5", 0x4cc0, "GFP_KERNEL|__GFP_RETRY_MAYFAIL"},
	{"5.19.0-1-amd64", 0x40c40, "GFP_NOFS|__GFP_COMP"},
	{"6.1.1-arch1-1", 0x140dca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO"},
	{"6.6.32-rt32-ti-rt-01519-g2cc066b2c5d1-dirty", 0x400dc0, "GFP_KERNEL_ACCOUNT|__GFP_ZERO"},
	{"6.7.4-arch1-1", 0x408d40, "GFP_NOFS|__GFP_NOFAIL|__GFP_ZERO|__GFP_ACCOUNT"},
	{"6.19.0-rc5-00027-g40fd0acc45d0", 0xc0c40, "GFP_NOFS|__GFP_COMP|__GFP_NOMEMALLOC"},
	// the guests of tests/lab
	{"7.2.13+deb14-cloud-amd64", 0x140dca, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP"},
	// include/linux/gfp.h of the version, added up by hand
	{"2.6.9", 0x1d2, "GFP_HIGHUSER|__GFP_COLD"},
	{"2.6.22", 0xd0, "GFP_KERNEL"},
	{"2.6.32-642.11.1.el6.x86_64", 0x280da, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO"},
	{"2.6.32-642.11.1.el6.x86_64", 0x201da, "GFP_HIGHUSER_MOVABLE|__GFP_COLD"},
	{"3.2.59", 0x84d0, "GFP_KERNEL|__GFP_REPEAT|__GFP_ZERO"},
	{"3.10.0-514.6.1.el7.x86_64", 0x201da, "GFP_HIGHUSER_MOVABLE|__GFP_COLD"},
	{"3.10.0-957.1.3.el7.x86_64", 0x1000d0, "GFP_KERNEL_ACCOUNT"},
	// Later kernels that are built for el7: Oracle's, ELRepo's.
	{"5.4.17-2136.307.3.el7uek.x86_64", 0x100cca, "GFP_HIGHUSER_MOVABLE"},
	{"6.1.4-1.el7.elrepo.x86_64", 0x140dca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO"},
	{"3.10.0", 0x1000d0, "GFP_KERNEL|__GFP_KMEMCG"},
	{"3.18.1", 0x20, "GFP_ATOMIC"},
	{"4.1.12", 0x4d0, "GFP_KERNEL|__GFP_REPEAT"},
	{"4.4.0-21-generic", 0x2400840, "GFP_NOFS|__GFP_NOFAIL"},
	{"4.4.0-21-generic", 0x24201ca, "GFP_HIGHUSER_MOVABLE|__GFP_COLD"},
	{"4.9.0", 0x2420848, "GFP_NOFS|__GFP_NOFAIL|__GFP_HARDWALL|__GFP_MOVABLE"},
	{"4.14.0", 0x14200ca, "GFP_HIGHUSER_MOVABLE"},
	{"5.0.0", 0x6200ca, "GFP_HIGHUSER_MOVABLE"},
	{"6.1.0", 0xa20, "GFP_ATOMIC"},
	{"6.3.0", 0x820, "GFP_ATOMIC"},
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** Are the names of @p got those of @p want, in whatever order? */
static void assert_names(const struct printed *p, const struct oom_strings *got)
{
	char copy[256], *save = NULL;
	const char *want[32], *have[32];
	size_t n = 0;
	strncpy(copy, p->names, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (char *name = strtok_r(copy, "|", &save); name; name = strtok_r(NULL, "|", &save))
		want[n++] = name;
	if (got->n != n)
		fail_msg("%s 0x%llx: %zu names, first %s", p->release, (unsigned long long)p->mask, got->n,
			 got->n ? got->v[0] : "none");
	memcpy(have, got->v, n * sizeof(*have));
	qsort(want, n, sizeof(*want), by_text);
	qsort(have, n, sizeof(*have), by_text);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(want[i], have[i]))
			fail_msg("%s 0x%llx: %s, not %s", p->release, (unsigned long long)p->mask, have[i], want[i]);
	}
}

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(printed) / sizeof(*printed); i++) {
		struct oom_arena *arena = oom_arena_new();
		struct oom_gfp_table table;
		struct oom_strings names = {0};
		uint64_t mask;
		oom_gfp_table_for(printed[i].release, &table);
		assert_true(oom_gfp_names(arena, &table, printed[i].mask, &names));
		assert_names(&printed[i], &names);
		assert_true(oom_gfp_mask(&table, &names, &mask));
		assert_true(mask == printed[i].mask);
		oom_arena_free(arena);
	}
}

static void test_versions(void **state)
{
	struct oom_gfp_table table;
	struct oom_strings names = {0};
	struct oom_arena *arena = oom_arena_new();
	(void)state;
	assert_int_equal(oom_gfp_version("2.6.32-642.el6"), 2006032);
	assert_int_equal(oom_gfp_version("6.19.0-rc5"), 6019000);
	assert_int_equal(oom_gfp_version("5.10"), 5010000);
	assert_int_equal(oom_gfp_version("7.2-rc1"), 7002000);
	assert_int_equal(oom_gfp_version("linux"), 0);
	assert_int_equal(oom_gfp_version(NULL), 0);
	assert_int_equal(oom_gfp_version("99999.1"), 0);
	// A bit that the version does not use is told as a number, not by another version's name.
	oom_gfp_table_for("2.6.9", &table);
	assert_false(oom_gfp_names(arena, &table, 0x8000d0, &names));
	assert_string_equal(names.v[names.n - 1], "0x800000");
	names = (struct oom_strings){0};
	oom_gfp_table_for(NULL, &table);
	assert_false(oom_gfp_names(arena, &table, 0xd0, &names));
	assert_string_equal(names.v[0], "0xd0");
	oom_arena_free(arena);
}

/** The enumerators in the BTF of Debian's 6.12.117 and 7.2.13 (the same in both), read with bpftool's rules. */
static const char *const btf[] = {
	"DMA",	     "HIGHMEM",	   "DMA32",	    "MOVABLE",	"RECLAIMABLE",	  "HIGH",
	"IO",	     "FS",	   "ZERO",	    "UNUSED",	"DIRECT_RECLAIM", "KSWAPD_RECLAIM",
	"WRITE",     "NOWARN",	   "RETRY_MAYFAIL", "NOFAIL",	"NORETRY",	  "MEMALLOC",
	"COMP",	     "NOMEMALLOC", "HARDWALL",	    "THISNODE", "ACCOUNT",	  "ZEROTAGS",
	"NO_OBJ_EXT"};

static void test_enumerators(void **state)
{
	struct oom_gfp_table built_in, own = {.version = 7002013};
	char name[64];
	(void)state;
	oom_gfp_table_for("7.2.13+deb14-cloud-amd64", &built_in);
	for (size_t i = 0; i < sizeof(btf) / sizeof(*btf); i++) {
		snprintf(name, sizeof(name), "___GFP_%s_BIT", btf[i]);
		assert_true(oom_gfp_table_set(&own, name, (int64_t)i));
		// The built-in table is checked against the kernel's own where it claims to know.
		if (built_in.bits[i])
			assert_string_equal(built_in.bits[i], btf[i]);
	}
	assert_false(oom_gfp_table_set(&own, "___GFP_LAST_BIT", 25));
	assert_false(oom_gfp_table_set(&own, "___GFP_DMA_BIT", 32));
	assert_false(oom_gfp_table_set(&own, "PG_locked", 0));
	for (int i = 0; i < 24; i++)
		assert_true(i == 9 || built_in.bits[i]);
	assert_string_equal(own.bits[24], "NO_OBJ_EXT");
}

static bool ask_btf(void *arg, const char *name, int64_t *value)
{
	size_t *asked = arg;
	++*asked;
	for (size_t i = 0; i < sizeof(btf) / sizeof(*btf); i++) {
		size_t len = strlen(btf[i]);
		if (!strncmp(name + 7, btf[i], len) && !strcmp(name + 7 + len, "_BIT")) {
			*value = (int64_t)i;
			return true;
		}
	}
	return false;
}

static void test_asking(void **state)
{
	struct oom_gfp_table own = {.version = 7002013};
	size_t asked = 0;
	(void)state;
	assert_int_equal(oom_gfp_table_ask(&own, ask_btf, &asked), 24); // all but UNUSED, which is none
	assert_true(asked < 32);
	assert_string_equal(own.bits[24], "NO_OBJ_EXT");
	assert_string_equal(own.bits[10], "DIRECT_RECLAIM");
	assert_null(own.bits[9]);
}

static void test_meaning(void **state)
{
	struct oom_arena *arena = oom_arena_new();
	const char *lowmem[] = {"GFP_KERNEL", "__GFP_ZERO"}, *user[] = {"GFP_HIGHUSER_MOVABLE"},
		   *atomic[] = {"GFP_ATOMIC"};
	struct oom_strings names = {lowmem, 2, 2, true};
	(void)state;
	assert_string_equal(oom_gfp_meaning(arena, &names),
			    "zones up to Normal (not HighMem, not Movable); may wait, reclaim, swap and write to file "
			    "systems; not movable");
	names = (struct oom_strings){user, 1, 1, true};
	assert_string_equal(oom_gfp_meaning(arena, &names),
			    "any zone; may wait, reclaim, swap and write to file systems; movable");
	names = (struct oom_strings){atomic, 1, 1, true};
	assert_string_equal(oom_gfp_meaning(arena, &names),
			    "zones up to Normal (not HighMem, not Movable); may not wait for reclaim; not movable");
	oom_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),  cmocka_unit_test(test_versions), cmocka_unit_test(test_enumerators),
		cmocka_unit_test(test_asking), cmocka_unit_test(test_meaning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
