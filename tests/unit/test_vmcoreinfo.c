// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The VMCOREINFO text: lines of real ones (5.10 and 7.2 of Debian), and texts that are none.
 */
#include "image/internal.h"
#include "image/notes.h"
#include "memimage.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char REAL[] = "OSRELEASE=7.2.13+deb14-cloud-amd64\n"
			   "BUILD-ID=8a55a05d35a15fe072cfd7e22593672daae112af\n"
			   "PAGESIZE=4096\n"
			   "SYMBOL(init_uts_ns)=ffffffffb9f03f80\n"
			   "NUMBER(VMALLOC_START)=0xffffce1ac0000000\n"
			   "LENGTH(mem_section)=2048\n"
			   "OFFSET(uts_namespace.name)=0\n"
			   "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
			   "NUMBER(phys_base)=-742391808\n"
			   "KERNELOFFSET=36a00000\n"
			   "CRASHTIME=1795231002\n";

static void real_lines(void **state)
{
	(void)state;
	struct oom_arena *arena = oom_arena_new();
	// As in the dump, where NULs fill the page.
	char page[4096] = {0};
	memcpy(page, REAL, sizeof(REAL));
	const struct oom_vmcoreinfo *info = oom_vmcoreinfo_new(arena, page, sizeof(page));
	int64_t n;
	assert_string_equal(oom_vmcoreinfo_get(info, "OSRELEASE"), "7.2.13+deb14-cloud-amd64");
	assert_string_equal(oom_vmcoreinfo_get(info, "BUILD-ID"), "8a55a05d35a15fe072cfd7e22593672daae112af");
	assert_string_equal(oom_vmcoreinfo_get(info, "CRASHTIME"), "1795231002");
	assert_null(oom_vmcoreinfo_get(info, "BUILD"));
	assert_null(oom_vmcoreinfo_get(info, "OSRELEASE=7.2.13"));
	assert_true(oom_vmcoreinfo_number(info, "SYMBOL", "init_uts_ns", &n));
	assert_true((uint64_t)n == UINT64_C(0xffffffffb9f03f80));
	assert_true(oom_vmcoreinfo_number(info, "NUMBER", "VMALLOC_START", &n));
	assert_true((uint64_t)n == UINT64_C(0xffffce1ac0000000));
	assert_true(oom_vmcoreinfo_number(info, "LENGTH", "mem_section", &n) && n == 2048);
	assert_true(oom_vmcoreinfo_number(info, "OFFSET", "uts_namespace.name", &n) && n == 0);
	assert_true(oom_vmcoreinfo_number(info, "NUMBER", "PAGE_BUDDY_MAPCOUNT_VALUE", &n) && n == -268435456);
	assert_true(oom_vmcoreinfo_number(info, "NUMBER", "phys_base", &n) && n == -742391808);
	assert_false(oom_vmcoreinfo_number(info, "NUMBER", "init_uts_ns", &n));
	assert_false(oom_vmcoreinfo_number(info, "SYMBOL", "phys_base", &n));
	oom_arena_free(arena);
}

static void nonsense(void **state)
{
	(void)state;
	static const char *const TEXTS[] = {"",	      "\n\n\n", "no equals sign", "=",
					    "=\n=\n", "A=1",	"A=1\nA=2\n",	  "\0hidden=1"};
	struct oom_arena *arena = oom_arena_new();
	int64_t n;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		const struct oom_vmcoreinfo *info = oom_vmcoreinfo_new(arena, TEXTS[i], strlen(TEXTS[i]));
		assert_non_null(info);
		assert_null(oom_vmcoreinfo_get(info, "hidden"));
		assert_null(oom_vmcoreinfo_get(info, "no equals sign"));
	}
	static const char NUMBERS[] = "NUMBER(a)=\nNUMBER(b)=x\nNUMBER(c)=12x\nSYMBOL(d)=zz\nNUMBER(e)= 5\n";
	const struct oom_vmcoreinfo *info = oom_vmcoreinfo_new(arena, NUMBERS, sizeof(NUMBERS) - 1);
	assert_false(oom_vmcoreinfo_number(info, "NUMBER", "a", &n));
	assert_false(oom_vmcoreinfo_number(info, "NUMBER", "b", &n));
	assert_false(oom_vmcoreinfo_number(info, "NUMBER", "c", &n));
	assert_false(oom_vmcoreinfo_number(info, "SYMBOL", "d", &n));
	char name[300];
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(oom_vmcoreinfo_number(info, "NUMBER", name, &n));
	assert_null(oom_vmcoreinfo_get(NULL, "OSRELEASE"));
	assert_false(oom_vmcoreinfo_number(NULL, "NUMBER", "a", &n));
	// More lines than any kernel writes: the first ones count.
	char *lines = malloc(100000 * 4);
	for (size_t i = 0; i < 100000; i++)
		memcpy(lines + 4 * i, "k=v\n", 4);
	info = oom_vmcoreinfo_new(arena, lines, 100000 * 4);
	assert_string_equal(oom_vmcoreinfo_get(info, "k"), "v");
	free(lines);
	oom_arena_free(arena);
}

static void notes(void **state)
{
	(void)state;
	// CORE, 5 bytes of description; then VMCOREINFO with its text (elf(5): name and description padded to 4).
	static const unsigned char NOTES[] = {5,   0,	0,   0,	  5,   0,   0,	 0,   1, 0, 0,	 0,   'C', 'O',
					      'R', 'E', 0,   0,	  0,   0,   1,	 2,   3, 4, 5,	 0,   0,   0,
					      11,  0,	0,   0,	  4,   0,   0,	 0,   0, 0, 0,	 0,   'V', 'M',
					      'C', 'O', 'R', 'E', 'I', 'N', 'F', 'O', 0, 0, 'A', '=', '1', '\n'};
	size_t from = 0, len = 0;
	assert_true(oom_notes_vmcoreinfo(NOTES, sizeof(NOTES), false, &from, &len));
	assert_int_equal(len, 4);
	assert_memory_equal(NOTES + from, "A=1\n", 4);
	for (size_t n = 0; n < sizeof(NOTES); n++) { // cut off anywhere it is not there
		unsigned char *copy = malloc(n + 1);
		memcpy(copy, NOTES, n);
		assert_false(oom_notes_vmcoreinfo(copy, n, false, &from, &len));
		free(copy);
	}
	assert_false(oom_notes_vmcoreinfo(NOTES, sizeof(NOTES), true, &from, &len));
	unsigned char huge[64];
	memset(huge, 0xff, sizeof(huge));
	assert_false(oom_notes_vmcoreinfo(huge, sizeof(huge), false, &from, &len));
}

/* The text against memory. A kernel whose copy of it lies in the second page, utsname in the third. */

enum { COPY = 0x1000, UTS = 0x2000, POINTER = 0x3000 };
static const char TRUE_TEXT[] = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=2000\nSYMBOL(prb)=4000\n"
				"SIZE(page)=64\nNUMBER(PG_lru)=4\n";

/** What is left of @p text, and how often the missing list speaks of VMCOREINFO. */
static struct oom_image *checked(struct mem *m, const char *text, size_t *told)
{
	struct oom_image *image = mem_image(m, text, NULL);
	image->info.complete = OOM_YES;
	oom_vmcoreinfo_check(image);
	*told = 0;
	for (size_t i = 0; i < image->info.missing.n; i++)
		*told += strstr(image->info.missing.v[i], "VMCOREINFO") != NULL;
	assert_int_equal(image->info.complete == OOM_NO, *told > 0);
	return image;
}

static void against_memory(void **state)
{
	(void)state;
	struct mem m;
	size_t told;
	mem_init(&m, 0x1000, 0x4000, 8, false);
	m.symbols[0].name = "_stext";
	m.symbols[1].name = "init_task";
	m.symbols[2].name = "vmcoreinfo_data";
	m.symbols[2].addr = POINTER;
	memcpy(m.data, TRUE_TEXT, sizeof(TRUE_TEXT));
	memcpy(m.data + UTS - 0x1000, "Linux", 6);
	memcpy(m.data + UTS - 0x1000 + 130, "6.1.0-test", 11);
	mem_put(&m, POINTER, COPY, 8);
	struct oom_image *image = checked(&m, TRUE_TEXT, &told);
	assert_int_equal(told, 0);
	assert_string_equal(image->info.release, "6.1.0-test");
	oom_image_close(image);
	// Each byte in turn with a bit flipped: the line is not used, and the report says so.
	for (int missing = 0; missing < 2; missing++) {
		m.missing[0] = (uint8_t)missing;
		for (size_t i = 0; i < sizeof(TRUE_TEXT) - 1; i++) {
			char text[sizeof(TRUE_TEXT)];
			memcpy(text, TRUE_TEXT, sizeof(text));
			text[i] ^= 1;
			image = checked(&m, text, &told);
			const char *release = image->info.release;
			assert_true(!release || strcmp(release, "6.1.0-test") == 0);
			if (!missing)
				assert_true(told == 1);
			oom_image_close(image);
		}
	}
	mem_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_lines),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(notes),
		cmocka_unit_test(against_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
