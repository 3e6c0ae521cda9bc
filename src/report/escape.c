// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Which bytes are characters, and which characters may be shown. */
#include "report/escape.h"
#include <stdio.h>
#include <string.h>

struct range {
	uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

size_t rp_utf8(const char *text, size_t len, uint32_t *code)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *b = (const unsigned char *)text;
	if (b[0] < 0x80) {
		*code = b[0];
		return 1;
	}
	size_t n = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
	if (b[0] < 0xc2 || b[0] > 0xf4 || n > len)
		return 0;
	uint32_t value = b[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (b[i] & 0x3f);
	}
	if (value < smallest[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code = value;
	return n;
}

bool rp_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

bool rp_is_printable(uint32_t code)
{
	static const struct range hidden[] = {
		{0xad, 0xad},	    {0x300, 0x36f},	 {0x483, 0x489},     {0x61c, 0x61c},	 {0x115f, 0x1160},
		{0x17b4, 0x17b5},   {0x180b, 0x180f},	 {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},	 {0x200b, 0x200f},
		{0x2028, 0x202e},   {0x2060, 0x206f},	 {0x20d0, 0x20ff},   {0x3164, 0x3164},	 {0xd7b0, 0xf8ff},
		{0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},	 {0xfe20, 0xfe2f},   {0xfeff, 0xfeff},	 {0xffa0, 0xffa0},
		{0xfff0, 0xfffb},   {0xfffe, 0xffff},	 {0x1bca0, 0x1bca3}, {0x1d165, 0x1d1ad}, {0x1fffe, 0x1ffff},
		{0x2fa20, 0x2ffff}, {0x323b0, 0x10ffff},
	};
	return !rp_is_control(code) && !is_in(hidden, sizeof(hidden) / sizeof(hidden[0]), code);
}

size_t rp_shown(const char *text, size_t len, bool ascii, char shown[RP_SHOWN])
{
	uint32_t code = 0;
	size_t n = rp_utf8(text, len, &code), at = 0, bytes = n ? n : 1;
	if (n && rp_is_printable(code) && (code < 0x80 || !ascii)) {
		memcpy(shown, text, n);
		shown[n] = '\0';
		return n;
	}
	for (size_t i = 0; i < bytes; i++)
		at += (size_t)snprintf(shown + at, RP_SHOWN - at, "\\x%02x", (unsigned char)text[i]);
	return bytes;
}

int rp_columns(uint32_t code)
{
	static const struct range wide[] = {
		{0x1100, 0x115f},   {0x231a, 0x231b},	{0x2329, 0x232a},   {0x23e9, 0x23f3},	{0x25fd, 0x25fe},
		{0x2614, 0x2615},   {0x2648, 0x2653},	{0x267f, 0x267f},   {0x2693, 0x2693},	{0x26a1, 0x26a1},
		{0x26aa, 0x26ab},   {0x26bd, 0x26be},	{0x26c4, 0x26c5},   {0x26ce, 0x26d4},	{0x26ea, 0x26ea},
		{0x26f2, 0x26fd},   {0x2705, 0x2705},	{0x270a, 0x270b},   {0x2728, 0x2728},	{0x274c, 0x274e},
		{0x2753, 0x2757},   {0x2795, 0x2797},	{0x27b0, 0x27bf},   {0x2b1b, 0x2b1c},	{0x2b50, 0x2b55},
		{0x2e80, 0x303e},   {0x3041, 0xa4cf},	{0xa960, 0xa97f},   {0xac00, 0xd7a3},	{0xf900, 0xfaff},
		{0xfe10, 0xfe19},   {0xfe30, 0xfe6f},	{0xff00, 0xff60},   {0xffe0, 0xffe6},	{0x16fe0, 0x1b2ff},
		{0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f64f},
		{0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1faff}, {0x20000, 0x3ffff},
	};
	return is_in(wide, sizeof(wide) / sizeof(wide[0]), code) ? 2 : 1;
}

void rp_put_html(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (text[i]) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(text[i], out);
		}
	}
}
