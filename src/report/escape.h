// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Text of the input, made safe. A name in a dump may hold any byte: terminal escapes, half characters, marks that turn
 * the direction of writing. Whatever must not reach the reader as it is is written as \xNN, byte by byte.
 */
#ifndef OOM_REPORT_ESCAPE_H
#define OOM_REPORT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * The first character of UTF-8 text, by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
 * @param[in] text,len bytes at hand; len > 0
 * @param[out] code the character
 * @return its bytes (1 to 4), or 0 if there is no character at @p text
 */
size_t rp_utf8(const char *text, size_t len, uint32_t *code);

/** A control character of either set: U+0000 to U+001F, U+007F to U+009F. */
bool rp_is_control(uint32_t code);

/**
 * May the character stand in a line of a terminal? Not so: controls, marks of direction (CVE-2021-42574), characters
 * without width (they hide in a name), combining marks of the common blocks, private use and unassigned planes.
 */
bool rp_is_printable(uint32_t code);

/** What rp_shown() writes at most: four bytes of a character as \xNN. */
enum { RP_SHOWN = 17 };

/**
 * One character of input as it may be shown: itself, or its bytes as \xNN.
 * @param[in] text,len bytes at hand; len > 0
 * @param[in] ascii characters beyond ASCII are written as \xNN too
 * @param[out] shown its text, with a NUL behind
 * @return bytes taken of @p text, at least 1
 */
size_t rp_shown(const char *text, size_t len, bool ascii, char shown[RP_SHOWN]);

/** Columns that a printable character takes: 2 for wide ones (Unicode's East Asian Width W and F), else 1. */
int rp_columns(uint32_t code);

/** Text into a page, or into an attribute in either quotes: the five characters that mean something there as entities.
 */
void rp_put_html(FILE *out, const char *text, size_t len);

#endif
