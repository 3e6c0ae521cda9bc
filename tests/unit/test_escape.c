// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Which bytes are UTF-8 (by RFC 3629) and which characters may reach a terminal. */
#include "report/escape.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static size_t take(const char *bytes, uint32_t *code)
{
	return rp_utf8(bytes, strlen(bytes), code);
}

static void characters(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		uint32_t code;
	} good[] = {
		{"A", 'A'},
		{"\xc3\xa4", 0xe4},
		{"\xe2\x82\xac", 0x20ac},
		{"\xf0\x9f\x90\xa7", 0x1f427},
		{"\xed\x9f\xbf", 0xd7ff},
		{"\xee\x80\x80", 0xe000},
		{"\xf4\x8f\xbf\xbf", 0x10ffff},
		{"\xc2\x80", 0x80},
		{"\xe0\xa0\x80", 0x800},
		{"\xf0\x90\x80\x80", 0x10000},
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint32_t code = 0;
		assert_int_equal(take(good[i].bytes, &code), strlen(good[i].bytes));
		assert_int_equal(code, good[i].code);
	}
}

/** The malformed sequences of RFC 3629, section 3 and 10, and those cut short. */
static void no_characters(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xfe",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x90",
		"\xc3(",
		"\xe2(\xa1",
		"\xe2\x82(",
		"\xf0\x9f\x90(",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t code = 0;
		assert_int_equal(take(bad[i], &code), 0);
	}
	uint32_t code = 0;
	assert_int_equal(rp_utf8("\xe2\x82\xac", 2, &code), 0); // the rest lies beyond what is at hand
}

static void hidden_characters(void **state)
{
	(void)state;
	// ESC, DEL, CSI of C1, zero width space and joiner, marks of direction, byte order mark, tag, private use.
	static const uint32_t hidden[] = {0x1b,	  0x7f,	  0x9b,	  0x200b,  0x200d, 0x202a, 0x202e, 0x2066,
					  0x2069, 0x061c, 0xfeff, 0xe0041, 0xe000, 0x2028, 0x0301, 0xad};
	static const uint32_t shown[] = {' ', '~', 0xa0, 0xe4, 0x20ac, 0x4e2d, 0x1f427, 0x5d0, 0x2588};
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		assert_false(rp_is_printable(hidden[i]));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		assert_true(rp_is_printable(shown[i]));
}

static void columns(void **state)
{
	(void)state;
	assert_int_equal(rp_columns('a'), 1);
	assert_int_equal(rp_columns(0xe4), 1);
	assert_int_equal(rp_columns(0x2588), 1);
	assert_int_equal(rp_columns(0x4e2d), 2);  // CJK
	assert_int_equal(rp_columns(0xac00), 2);  // Hangul
	assert_int_equal(rp_columns(0xff21), 2);  // full width
	assert_int_equal(rp_columns(0x1f427), 2); // emoji
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters),
		cmocka_unit_test(no_characters),
		cmocka_unit_test(hidden_characters),
		cmocka_unit_test(columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
