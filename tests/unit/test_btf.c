// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Types from BTF that libbpf's writer makes: members through anonymous structures and typedefs, arrays, bit fields,
 * equal names, enumerators, the other byte order; and BTF that was damaged or made to harm.
 */
#include "image/types.h"
#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/** What the compiler makes of the structure that make() describes. */
struct inner {
	int a;
	long b;
};
typedef const struct inner inner_t;
struct outer {
	char name[16];
	union {
		struct {
			unsigned long deep;
			int deeper;
		};
		void *pointer;
	};
	inner_t one;
	struct inner many[3];
	short table[4][5];
	unsigned low : 3, high : 7;
	int negative : 4;
	struct {
		int x, y;
	} pair;
	volatile unsigned long flags;
	struct inner flexible[];
};

/** BTF of the above, as pahole would write it on x86_64. */
static struct btf *make(void)
{
	struct btf *b = btf__new_empty();
	int c = btf__add_int(b, "char", 1, BTF_INT_SIGNED | BTF_INT_CHAR),
	    i = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	int l = btf__add_int(b, "long", 8, BTF_INT_SIGNED), ul = btf__add_int(b, "unsigned long", 8, 0);
	int s = btf__add_int(b, "short", 2, BTF_INT_SIGNED), u = btf__add_int(b, "unsigned int", 4, 0);
	int inner = btf__add_struct(b, "inner", 16);
	btf__add_field(b, "a", i, 0, 0);
	btf__add_field(b, "b", l, 64, 0);
	int inner_t_ = btf__add_typedef(b, "inner_t", btf__add_const(b, inner));
	int pointer = btf__add_ptr(b, 0), name = btf__add_array(b, i, c, 16), many = btf__add_array(b, i, inner, 3);
	int table = btf__add_array(b, i, btf__add_array(b, i, s, 5), 4), flexible = btf__add_array(b, i, inner, 0);
	int anonymous = btf__add_struct(b, "", 16);
	btf__add_field(b, "deep", ul, 0, 0);
	btf__add_field(b, "deeper", i, 64, 0);
	int both = btf__add_union(b, "", 16);
	btf__add_field(b, "", anonymous, 0, 0);
	btf__add_field(b, "pointer", pointer, 0, 0);
	int pair = btf__add_struct(b, "", 8);
	btf__add_field(b, "x", i, 0, 0);
	btf__add_field(b, "y", i, 32, 0);
	int flags = btf__add_volatile(b, ul);
	btf__add_struct(b, "outer", sizeof(struct outer));
	btf__add_field(b, "name", name, 8 * offsetof(struct outer, name), 0);
	btf__add_field(b, "", both, 8 * offsetof(struct outer, deep), 0);
	btf__add_field(b, "one", inner_t_, 8 * offsetof(struct outer, one), 0);
	btf__add_field(b, "many", many, 8 * offsetof(struct outer, many), 0);
	btf__add_field(b, "table", table, 8 * offsetof(struct outer, table), 0);
	uint32_t bits = 8 * (offsetof(struct outer, table) + sizeof(((struct outer *)0)->table));
	btf__add_field(b, "low", u, bits, 3);
	btf__add_field(b, "high", u, bits + 3, 7);
	btf__add_field(b, "negative", i, bits + 10, 4);
	btf__add_field(b, "pair", pair, 8 * offsetof(struct outer, pair), 0);
	btf__add_field(b, "flags", flags, 8 * offsetof(struct outer, flags), 0);
	btf__add_field(b, "flexible", flexible, 8 * offsetof(struct outer, flexible), 0);
	btf__add_typedef(b, "outer_t", btf__type_cnt(b) - 1);
	// Two of one name, the larger one with another member; and a typedef of that name.
	btf__add_struct(b, "twin", 8);
	btf__add_field(b, "small", i, 0, 0);
	btf__add_field(b, "both", i, 32, 0);
	btf__add_struct(b, "twin", 24);
	btf__add_field(b, "large", l, 0, 0);
	btf__add_field(b, "both", l, 128, 0);
	btf__add_typedef(b, "twin", inner);
	btf__add_enum(b, "colour", 4);
	btf__add_enum_value(b, "RED", 0);
	btf__add_enum_value(b, "GREEN", 7);
	btf__add_enum_value(b, "MANY", UINT32_MAX);
	btf__add_enum(b, "", 4);
	btf__add_enum_value(b, "NONE", 0);
	btf__add_enum_value(b, "SAME", 5);
	btf__add_enum(b, "other", 4);
	btf__add_enum_value(b, "NONE", 3);
	btf__add_enum_value(b, "SAME", 5);
	btf__add_enum(b, "below", 4);
	btf__add_enum_value(b, "BELOW", -12);
	btf__add_enum64(b, "wide", 8, false);
	btf__add_enum64_value(b, "WIDE", UINT64_C(1) << 40);
	btf__add_typedef(b, "colour_t", btf__add_enum(b, "shade", 4));
	return b;
}

static struct oom_btf *open_btf(struct btf *b, bool other_order)
{
	struct oom_btf *ret = NULL;
	uint32_t len;
	bool little = btf__endianness(b) == BTF_LITTLE_ENDIAN;
	if (other_order)
		btf__set_endianness(b, little ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
	const void *data = btf__raw_data(b, &len);
	assert_int_equal(oom_btf_new(data, len, 8, &ret, NULL), OOM_OK);
	return ret;
}

static struct oom_member member(struct oom_btf *b, const char *type, const char *path)
{
	struct oom_member m;
	if (oom_btf_member(b, type, path, &m) != OOM_OK)
		fail_msg("no %s.%s", type, path);
	assert_true(m.known);
	return m;
}

static void check_member(struct oom_btf *b, const char *type, const char *path, size_t offset, size_t size,
			 size_t count)
{
	struct oom_member m = member(b, type, path);
	assert_int_equal(m.offset, offset);
	assert_int_equal(m.size, size);
	assert_int_equal(m.count, count);
	assert_int_equal(m.elem_size, count ? size / count : size);
	assert_int_equal(m.bit_size, 0);
}

#define CHECK(path, member, count)                                                                                     \
	check_member(b, "outer", path, offsetof(struct outer, member), sizeof(((struct outer *)0)->member), count)

static void members(struct oom_btf *b)
{
	CHECK("name", name, 16);
	CHECK("deep", deep, 0);
	CHECK("deeper", deeper, 0);
	CHECK("pointer", pointer, 0);
	CHECK("one", one, 0);
	CHECK("one.b", one.b, 0);
	CHECK("many", many, 3);
	CHECK("table", table, 20);
	CHECK("pair.y", pair.y, 0);
	CHECK("flags", flags, 0);
	check_member(b, "outer_t", "deeper", offsetof(struct outer, deeper), 4, 0);
	check_member(b, "inner_t", "b", offsetof(struct inner, b), 8, 0);
	assert_true(member(b, "outer", "deeper").is_signed);
	assert_true(member(b, "outer", "table").is_signed);
	assert_false(member(b, "outer", "deep").is_signed);
	assert_false(member(b, "outer", "pointer").is_signed);
	struct oom_member m = member(b, "outer", "flexible");
	assert_int_equal(m.offset, offsetof(struct outer, flexible));
	assert_int_equal(m.size, 0);
	assert_int_equal(m.count, 0);
	assert_int_equal(m.elem_size, sizeof(struct inner));
}

static void no_members(struct oom_btf *b)
{
	static const char *const none[][2] = {
		{"outer", "nam"}, {"outer", "names"},  {"outer", ""},	       {"outer", "one."},    {"outer", ".one"},
		{"outer", "a"},	  {"outer", "many.a"}, {"outer", "pointer.a"}, {"outer", "flags.x"}, {"outer", "low.x"},
		{"oute", "name"}, {"", "name"},	       {"int", "a"},	       {"colour", "RED"},    {"none", "x"},
	};
	struct oom_member m;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		m.known = true;
		assert_int_equal(oom_btf_member(b, none[i][0], none[i][1], &m), OOM_ENOENT);
		assert_false(m.known);
	}
}

/** Reads a bit field as a walker does and compares with what the compiler put there. */
static void bit_field(struct oom_btf *b, const char *path, const struct outer *o, uint64_t value)
{
	struct oom_member m = member(b, "outer", path);
	uint64_t raw = 0;
	assert_in_range(m.size, 1, 8);
	memcpy(&raw, (const char *)o + m.offset, m.size); // little-endian, like the machines that run the tests
	assert_int_equal(raw >> m.bit_offset & ((UINT64_C(1) << m.bit_size) - 1), value);
}

static void members_of_structures(void **state)
{
	(void)state;
	struct btf *raw = make();
	struct oom_btf *b = open_btf(raw, false);
	const struct outer o = {.low = 5, .high = 99, .negative = -3};
	members(b);
	no_members(b);
	bit_field(b, "low", &o, 5);
	bit_field(b, "high", &o, 99);
	bit_field(b, "negative", &o, 13);
	assert_true(member(b, "outer", "negative").is_signed);
	oom_btf_free(b);
	btf__free(raw);
}

/** The same from the other byte order: bit fields count from the other end of the number. */
static void the_other_byte_order(void **state)
{
	(void)state;
	struct btf *raw = make();
	struct oom_btf *b = open_btf(raw, true);
	int64_t value;
	members(b);
	no_members(b);
	struct oom_member low = member(b, "outer", "low"), high = member(b, "outer", "high");
	assert_int_equal(low.size, 4);
	assert_int_equal(low.bit_offset, 29); // the three highest bits
	assert_int_equal(high.bit_offset, 22);
	assert_int_equal(oom_btf_enumerator(b, "WIDE", &value), OOM_OK);
	assert_true(value == INT64_C(1) << 40);
	oom_btf_free(b);
	btf__free(raw);
}

static void bit_fields_that_cross_their_type(void **state)
{
	(void)state;
	struct oom_member m = {0};
	assert_true(oom_bitfield(30, 5, 4, false, &m)); // bits 30..34: over the end of the first four bytes
	assert_int_equal(m.offset, 3);
	assert_int_equal(m.size, 2);
	assert_int_equal(m.bit_offset, 6);
	assert_true(oom_bitfield(64 + 4, 60, 8, false, &m));
	assert_int_equal(m.offset, 8);
	assert_int_equal(m.bit_offset, 4);
	assert_false(oom_bitfield(4, 64, 8, false, &m)); // nine bytes
	assert_false(oom_bitfield(0, 65, 8, false, &m));
	assert_false(oom_bitfield(0, 0, 8, false, &m));
	assert_false(oom_bitfield(0, 1, 0, false, &m));
}

static void equal_names(void **state)
{
	(void)state;
	struct btf *raw = make();
	struct oom_btf *b = open_btf(raw, false);
	uint32_t size;
	check_member(b, "twin", "small", 0, 4, 0);
	check_member(b, "twin", "large", 0, 8, 0);
	check_member(b, "twin", "both", 16, 8, 0); // of the larger one
	check_member(b, "twin", "b", 8, 8, 0);	   // the typedef is asked last
	assert_int_equal(oom_btf_size(b, "twin", &size), OOM_OK);
	assert_int_equal(size, 24);
	oom_btf_free(b);
	btf__free(raw);
}

static void sizes(void **state)
{
	(void)state;
	static const struct {
		const char *type;
		size_t size;
	} known[] = {{"outer", sizeof(struct outer)},
		     {"inner_t", 16},
		     {"colour", 4},
		     {"colour_t", 4},
		     {"int", 4},
		     {"wide", 8}};
	struct btf *raw = make();
	struct oom_btf *b = open_btf(raw, false);
	uint32_t size;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(oom_btf_size(b, known[i].type, &size), OOM_OK);
		assert_int_equal(size, known[i].size);
	}
	assert_int_equal(oom_btf_size(b, "none", &size), OOM_ENOENT);
	assert_int_equal(oom_btf_size(b, "", &size), OOM_ENOENT);
	oom_btf_free(b);
	btf__free(raw);
}

static bool add(void *arg, const char *name, int64_t value)
{
	char *text = arg;
	sprintf(text + strlen(text), "%s=%lld ", name, (long long)value);
	return strcmp(name, "GREEN") != 0;
}

static void enumerators(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int64_t value;
	} known[] = {{"RED", 0},  {"GREEN", 7},	  {"MANY", UINT32_MAX},
		     {"SAME", 5}, {"BELOW", -12}, {"WIDE", INT64_C(1) << 40}};
	struct btf *raw = make();
	struct oom_btf *b = open_btf(raw, false);
	int64_t value;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(oom_btf_enumerator(b, known[i].name, &value), OOM_OK);
		assert_true(value == known[i].value);
	}
	assert_int_equal(oom_btf_enumerator(b, "NONE", &value), OOM_ENOENT); // 0 or 3
	assert_int_equal(oom_btf_enumerator(b, "REDD", &value), OOM_ENOENT);
	assert_int_equal(oom_btf_enumerator(b, "", &value), OOM_ENOENT);
	char text[100] = "";
	assert_int_equal(oom_btf_enum_each(b, "colour", add, text), OOM_OK);
	assert_string_equal(text, "RED=0 GREEN=7 ");
	assert_int_equal(oom_btf_enum_each(b, "outer", add, text), OOM_ENOENT);
	oom_btf_free(b);
	btf__free(raw);
}

/** Before pahole 1.24 no enum told that it is signed. */
static void enumerators_of_old_pahole(void **state)
{
	(void)state;
	struct btf *raw = btf__new_empty();
	btf__add_enum(raw, "old", 4);
	btf__add_enum_value(raw, "PLUS", 1);
	btf__add_enum_value(raw, "HIGH", UINT32_C(1) << 31);
	btf__add_enum(raw, "minus", 4);
	btf__add_enum_value(raw, "MINUS", UINT32_C(0) - 1);
	struct oom_btf *b = open_btf(raw, false);
	int64_t value;
	assert_int_equal(oom_btf_enumerator(b, "MINUS", &value), OOM_OK);
	assert_true(value == -1);
	assert_int_equal(oom_btf_enumerator(b, "HIGH", &value), OOM_OK);
	assert_true(value == INT64_C(1) << 31);
	oom_btf_free(b);
	btf__free(raw);
}

static void ask_everything(struct oom_btf *b)
{
	static const char *const types[] = {"outer",  "outer_t", "inner", "inner_t", "twin",
					    "colour", "wide",	 "int",	  "loop"};
	static const char *const paths[] = {"name",	"deep",	  "deeper",   "one.b", "many", "table", "low",
					    "negative", "pair.y", "flexible", "both",  "x",    "flags"};
	char text[4096];
	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		struct oom_member m;
		uint32_t size;
		for (size_t p = 0; p < sizeof(paths) / sizeof(paths[0]); p++)
			if (oom_btf_member(b, types[t], paths[p], &m) == OOM_OK) {
				assert_true(oom_btf_size(b, types[t], &size) == OOM_OK);
				assert_in_range((uint64_t)m.offset + m.size, 0, 1 << 28);
			}
		oom_btf_size(b, types[t], &size);
		text[0] = '\0';
		oom_btf_enum_each(b, types[t], add, text);
	}
	int64_t value;
	oom_btf_enumerator(b, "GREEN", &value);
	oom_btf_enumerator(b, "WIDE", &value);
}

static void damage_is_survived(void **state)
{
	(void)state;
	struct btf *raw = make();
	uint32_t len, random = 7;
	const void *data = btf__raw_data(raw, &len);
	int opened = 0;
	for (int i = 0; i < 20000; i++) {
		uint8_t *copy = malloc(len); // of its own, so that a sanitizer sees a read beyond it
		memcpy(copy, data, len);
		size_t cut = i % 5 ? len : len - (size_t)i % len;
		for (int k = 0; k < 1 + i % 8; k++) {
			random = random * 1103515245 + 12345;
			// Names are left alone in most rounds: types that nobody finds are not read.
			size_t at = (random >> 8) % (i % 7 ? 24 + 700 : len);
			copy[at % len] = (uint8_t)(random >> 3) & (i % 3 ? 0xff : 7);
		}
		uint8_t *exact = malloc(cut ? cut : 1);
		memcpy(exact, copy, cut);
		struct oom_btf *b = NULL;
		struct oom_error err = {0};
		if (oom_btf_new(exact, cut, 8, &b, &err) == OOM_OK) {
			ask_everything(b);
			oom_btf_free(b);
			opened++;
		} else {
			assert_true(err.text[0]);
		}
		free(exact);
		free(copy);
	}
	assert_in_range(opened, 1000, 20000);
	btf__free(raw);
}

/** Types that lead back to themselves, and a structure of structures of structures: 4^16 members. */
static void made_to_harm(void **state)
{
	(void)state;
	struct btf *raw = btf__new_empty();
	struct oom_member m;
	uint32_t size;
	int64_t value;
	btf__add_typedef(raw, "loop", 1);
	btf__add_typedef(raw, "there", 3);
	btf__add_typedef(raw, "back", 2);
	btf__add_array(raw, 4, 4, 2); // an array of itself
	btf__add_typedef(raw, "array", 4);
	btf__add_struct(raw, "itself", 8);
	btf__add_field(raw, "", 6, 0, 0);
	btf__add_field(raw, "", 6, 0, 0);
	btf__add_field(raw, "self", 6, 0, 0);
	int below = btf__add_int(raw, "int", 4, 0);
	for (int i = 0; i < 16; i++) {
		int id = btf__add_struct(raw, i == 15 ? "tree" : "", 4);
		for (int k = 0; k < 4; k++)
			btf__add_field(raw, "", below, 0, 0);
		below = id;
	}
	btf__add_struct(raw, "outside", 8);
	btf__add_field(raw, "beyond", below, UINT32_MAX & ~7u, 0);
	btf__add_array(raw, 7, 7, UINT32_MAX);
	btf__add_typedef(raw, "huge", btf__type_cnt(raw) - 1);
	struct oom_btf *b = open_btf(raw, false);
	assert_int_equal(oom_btf_size(b, "loop", &size), OOM_ENOENT);
	assert_int_equal(oom_btf_size(b, "there", &size), OOM_ENOENT);
	assert_int_equal(oom_btf_size(b, "array", &size), OOM_ENOENT);
	assert_int_equal(oom_btf_size(b, "huge", &size), OOM_ENOENT);
	assert_int_equal(oom_btf_member(b, "itself", "x", &m), OOM_ENOENT);
	assert_int_equal(oom_btf_member(b, "itself", "self.self.self.self.x", &m), OOM_ENOENT);
	assert_int_equal(oom_btf_member(b, "tree", "x", &m), OOM_ENOENT);
	assert_int_equal(oom_btf_member(b, "outside", "beyond", &m), OOM_ENOENT);
	assert_int_equal(oom_btf_enum_each(b, "loop", add, NULL), OOM_ENOENT);
	assert_int_equal(oom_btf_enumerator(b, "x", &value), OOM_ENOENT);
	oom_btf_free(b);
	btf__free(raw);
}

static void files(void **state)
{
	(void)state;
	char path[] = "/tmp/oomortem-btf-XXXXXX";
	struct oom_btf *b = NULL;
	struct oom_error err;
	struct btf *raw = make();
	uint32_t len;
	const void *data = btf__raw_data(raw, &len);
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(oom_btf_open(path, 8, &b, &err), OOM_OK);
	check_member(b, "outer", "deeper", offsetof(struct outer, deeper), 4, 0);
	oom_btf_free(b);
	assert_int_equal(ftruncate(fd, len / 2), 0);
	assert_int_equal(oom_btf_open(path, 8, &b, &err), OOM_EDAMAGE);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(oom_btf_open(path, 8, &b, &err), OOM_EFORMAT);
	assert_non_null(strstr(err.text, path));
	close(fd);
	unlink(path);
	assert_int_equal(oom_btf_open(path, 8, &b, &err), OOM_EOPEN);
	assert_int_equal(oom_btf_open("/proc/self/exe", 8, &b, &err), OOM_ENOENT); // ELF without BTF
	btf__free(raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_of_structures),
		cmocka_unit_test(the_other_byte_order),
		cmocka_unit_test(bit_fields_that_cross_their_type),
		cmocka_unit_test(equal_names),
		cmocka_unit_test(sizes),
		cmocka_unit_test(enumerators),
		cmocka_unit_test(enumerators_of_old_pahole),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(made_to_harm),
		cmocka_unit_test(files),
	};
	return cmocka_run_group_tests_name("btf", tests, NULL, NULL);
}
