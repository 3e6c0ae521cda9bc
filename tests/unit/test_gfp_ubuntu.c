// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The built-in tables of GFP bits against those of Ubuntu's kernels, as the headers packages of xenial to noble have
 * them (tests/data/gfp-ubuntu.tsv): no bit of theirs differs from the version that the release begins with.
 */
#include "log/gfp.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/** @p names: one word a bit. Returns how many bits were compared. */
static int compare(const char *release, char *names)
{
	struct oom_gfp_table table;
	int bit = 0;
	oom_gfp_table_for(release, &table);
	for (char *rest = names, *name; (name = strsep(&rest, " \n")) && *name; bit++) {
		const char *ours = table.bits[bit] ? table.bits[bit] : "-";
		if (strcmp(ours, strcmp(name, "UNUSED") ? name : "-") != 0)
			fail_msg("%s: bit %d is %s, ours %s", release, bit, name, ours);
	}
	return bit;
}

static void test_ubuntu(void **state)
{
	(void)state;
	FILE *f = fopen("tests/data/gfp-ubuntu.tsv", "re");
	char line[2048];
	int releases = 0, bits = 0;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *names = strchr(line, '\t');
		if (*line == '#' || !names)
			continue;
		*names = '\0';
		bits += compare(line, names + 1);
		releases++;
	}
	fclose(f);
	assert_int_equal(releases, 13);
	assert_true(bits > 13 * 23);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ubuntu)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
