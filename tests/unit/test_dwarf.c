// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Types from DWARF: this program's own debug information, compared with what the compiler makes of the same types.
 */
#include "image/types.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char self[] = "/proc/self/exe";

struct dw_inner {
	int a;
	long b;
};
typedef const struct dw_inner dw_inner_t;
enum dw_colour { DW_RED, DW_GREEN = 7, DW_MINUS = -5, DW_BYTE = 200 };
enum { DW_WIDE = UINT64_C(1) << 40, DW_ONE = 1 };
struct dw_outer {
	char name[16];
	union {
		struct {
			unsigned long deep;
			int deeper;
		};
		void *pointer;
	};
	dw_inner_t one;
	struct dw_inner many[3];
	short table[4][5];
	unsigned low : 3, high : 7;
	int negative : 4;
	volatile enum dw_colour colour;
	_Bool yes;
	struct dw_inner flexible[];
};
// One that is declared before it is defined; and pointers do not count as members.
struct dw_later;
struct dw_pointer {
	struct dw_later *later;
};
struct dw_later {
	int x;
};

// Types that nothing uses are not described.
struct dw_outer *dw_use_outer(struct dw_outer *o, struct dw_pointer *p);
struct dw_outer *dw_use_outer(struct dw_outer *o, struct dw_pointer *p)
{
	o->colour = p->later->x > DW_ONE ? DW_GREEN : DW_RED;
	o->one.b ? (void)0 : (void)DW_WIDE;
	return o;
}

static struct oom_dwarf *open_self(void)
{
	struct oom_dwarf *d = NULL;
	struct oom_error err = {0};
	uint32_t size;
	if (oom_dwarf_open(self, &d, &err) == OOM_OK && oom_dwarf_size(d, "dw_outer", &size) == OOM_OK)
		return d;
	oom_dwarf_free(d);
	skip(); // built without -g, or without libdw
	return NULL;
}

static struct oom_member member(struct oom_dwarf *d, const char *type, const char *path)
{
	struct oom_member m;
	if (oom_dwarf_member(d, type, path, &m) != OOM_OK)
		fail_msg("no %s.%s", type, path);
	return m;
}

#define CHECK(path, member_, n)                                                                                        \
	do {                                                                                                           \
		struct oom_member m_ = member(d, "dw_outer", path);                                                    \
		assert_int_equal(m_.offset, offsetof(struct dw_outer, member_));                                       \
		assert_int_equal(m_.size, sizeof(((struct dw_outer *)0)->member_));                                    \
		assert_int_equal(m_.count, n);                                                                         \
		assert_int_equal(m_.elem_size, (n) ? m_.size / ((n) ? (n) : 1) : m_.size);                             \
	} while (0)

static void members(void **state)
{
	(void)state;
	struct oom_dwarf *d = open_self();
	CHECK("name", name, 16);
	CHECK("deep", deep, 0);
	CHECK("deeper", deeper, 0);
	CHECK("pointer", pointer, 0);
	CHECK("one.b", one.b, 0);
	CHECK("many", many, 3);
	CHECK("table", table, 20);
	CHECK("colour", colour, 0);
	CHECK("yes", yes, 0);
	assert_true(member(d, "dw_outer", "table").is_signed);
	assert_true(member(d, "dw_outer", "deeper").is_signed);
	assert_false(member(d, "dw_outer", "deep").is_signed);
	assert_false(member(d, "dw_outer", "pointer").is_signed);
	assert_int_equal(member(d, "dw_inner_t", "b").offset, offsetof(struct dw_inner, b));
	assert_int_equal(member(d, "dw_later", "x").size, 4);
	struct oom_member m = member(d, "dw_outer", "flexible");
	assert_int_equal(m.offset, offsetof(struct dw_outer, flexible));
	assert_int_equal(m.size, 0);
	assert_int_equal(m.count, 0);
	assert_int_equal(m.elem_size, sizeof(struct dw_inner));
	static const char *const none[] = {"nam", "", "a", "many.a", "pointer.x", "low.x", "one.", "deep.deep"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(oom_dwarf_member(d, "dw_outer", none[i], &m), OOM_ENOENT);
	assert_int_equal(oom_dwarf_member(d, "dw_pointer", "later.x", &m), OOM_ENOENT);
	assert_int_equal(oom_dwarf_member(d, "no_such", "x", &m), OOM_ENOENT);
	oom_dwarf_free(d);
}

static void bit_fields(void **state)
{
	(void)state;
	struct oom_dwarf *d = open_self();
	static const struct {
		const char *path;
		uint64_t value;
	} fields[] = {{"low", 5}, {"high", 99}, {"negative", 13}};
	struct dw_outer o;
	memset(&o, 0, sizeof(o));
	o.low = 5;
	o.high = 99;
	o.negative = -3;
	for (size_t i = 0; i < 3; i++) {
		struct oom_member m = member(d, "dw_outer", fields[i].path);
		uint64_t raw = 0;
		assert_in_range(m.size, 1, 8);
		memcpy(&raw, (char *)&o + m.offset, m.size);
		assert_int_equal(raw >> m.bit_offset & ((UINT64_C(1) << m.bit_size) - 1), fields[i].value);
	}
	assert_true(member(d, "dw_outer", "negative").is_signed);
	oom_dwarf_free(d);
}

static bool add(void *arg, const char *name, int64_t value)
{
	char *text = arg;
	sprintf(text + strlen(text), "%s=%lld ", name, (long long)value);
	return true;
}

static void sizes_and_enumerators(void **state)
{
	(void)state;
	struct oom_dwarf *d = open_self();
	static const struct {
		const char *name;
		int64_t value;
	} known[] = {{"DW_RED", 0}, {"DW_GREEN", 7}, {"DW_MINUS", -5}, {"DW_BYTE", 200}, {"DW_WIDE", INT64_C(1) << 40}};
	uint32_t size;
	int64_t value;
	assert_int_equal(oom_dwarf_size(d, "dw_outer", &size), OOM_OK);
	assert_int_equal(size, sizeof(struct dw_outer));
	assert_int_equal(oom_dwarf_size(d, "dw_inner_t", &size), OOM_OK);
	assert_int_equal(size, sizeof(struct dw_inner));
	assert_int_equal(oom_dwarf_size(d, "no_such", &size), OOM_ENOENT);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (oom_dwarf_enumerator(d, known[i].name, &value) != OOM_OK)
			fail_msg("no %s", known[i].name);
		assert_true(value == known[i].value);
	}
	assert_int_equal(oom_dwarf_enumerator(d, "DW_NONE", &value), OOM_ENOENT);
	char text[200] = "";
	assert_int_equal(oom_dwarf_enum_each(d, "dw_colour", add, text), OOM_OK);
	assert_string_equal(text, "DW_RED=0 DW_GREEN=7 DW_MINUS=-5 DW_BYTE=200 ");
	assert_int_equal(oom_dwarf_enum_each(d, "dw_outer", add, text), OOM_ENOENT);
	oom_dwarf_free(d);
}

/** Damaged copies of this program: whatever is answered, it ends and touches nothing outside. */
static void damage_is_survived(void **state)
{
	(void)state;
	oom_dwarf_free(open_self());
	char path[] = "/tmp/oomortem-dwarf-XXXXXX";
	int fd = mkstemp(path), in = open(self, O_RDONLY);
	struct stat st;
	assert_true(fd >= 0 && in >= 0 && fstat(in, &st) == 0);
	char *data = malloc((size_t)st.st_size);
	assert_int_equal(read(in, data, (size_t)st.st_size), st.st_size);
	uint32_t random = 5;
	for (int i = 0; i < 24; i++) {
		size_t len = i % 4 ? (size_t)st.st_size : (size_t)st.st_size * (size_t)(i + 1) / 25;
		assert_int_equal(pwrite(fd, data, (size_t)st.st_size, 0), st.st_size);
		for (int k = 0; k < 3000; k++) {
			random = random * 1103515245 + 12345;
			char byte = (char)(random >> 24);
			size_t at = 64 + (random >> 4) % (len - 64);
			assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
		}
		assert_int_equal(ftruncate(fd, (off_t)len), 0);
		struct oom_dwarf *d = NULL;
		struct oom_error err = {0};
		struct oom_member m;
		int64_t value;
		if (oom_dwarf_open(path, &d, &err) != OOM_OK) {
			assert_true(err.text[0]);
			continue;
		}
		oom_dwarf_member(d, "dw_outer", "one.b", &m);
		oom_dwarf_member(d, "dw_outer", "high", &m);
		oom_dwarf_enumerator(d, "DW_GREEN", &value);
		oom_dwarf_free(d);
	}
	free(data);
	close(in);
	close(fd);
	unlink(path);
}

static void no_dwarf(void **state)
{
	(void)state;
	struct oom_dwarf *d = NULL;
	struct oom_error err = {0};
	assert_int_equal(oom_dwarf_open("/no/such/file", &d, &err), OOM_EOPEN);
	assert_non_null(strstr(err.text, "/no/such/file"));
	assert_int_equal(oom_dwarf_open("/etc/passwd", &d, &err), OOM_EFORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(bit_fields),
		cmocka_unit_test(sizes_and_enumerators),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(no_dwarf),
	};
	return cmocka_run_group_tests_name("dwarf", tests, NULL, NULL);
}
