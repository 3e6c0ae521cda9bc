// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A streaming JSON writer: one call per value, no tree in memory.
 *
 *   struct jsonw w;
 *   jw_init(&w, out, false, JW_REPORT);
 *   jw_open(&w, NULL, '{', false);        the document
 *   jw_str(&w, "name", text);             in an object every value has a key
 *   jw_open(&w, "tasks", '[', false);
 *   jw_open(&w, NULL, '{', true);         in an array none has; `flat`: all of it on one line
 *   …
 *   jw_close(&w); …                       as often as opened
 *   if (!jw_end(&w)) …                    the stream has failed
 */
#ifndef OOM_REPORT_JSONW_H
#define OOM_REPORT_JSONW_H

#include <oomortem/base.h>
#include <stdio.h>

enum { JW_MAX_DEPTH = 24 };

/** How strings are written. */
enum jw_strings {
	JW_REPORT, /**< bytes that are no UTF-8 and control characters as \xNN, the rest as it is (CONTRACT.md) */
	JW_CASE,   /**< a backslash as \x5c as well, so that every byte can be told back (src/case/read.c) */
};

struct jsonw {
	FILE *out;
	enum jw_strings strings;
	size_t n;
	unsigned int depth, flat_from; /**< flat_from: depth at which all became one line, 0: none has */
	bool comma;		       /**< the next value needs one before it */
	char closing[JW_MAX_DEPTH];
	char buf[16384];
};

/** @param[in] flat the whole document on one line */
void jw_init(struct jsonw *w, FILE *out, bool flat, enum jw_strings strings);
/** Opens an object '{' or an array '['. @p key NULL: an element of an array, or the document. */
void jw_open(struct jsonw *w, const char *key, char bracket, bool flat);
void jw_close(struct jsonw *w);
void jw_null(struct jsonw *w, const char *key);
void jw_bool(struct jsonw *w, const char *key, bool value);
void jw_tri(struct jsonw *w, const char *key, oom_tri value);	  /**< OOM_MAYBE: null */
void jw_int(struct jsonw *w, const char *key, int64_t value);	  /**< OOM_ABSENT: null */
void jw_hex(struct jsonw *w, const char *key, int64_t value);	  /**< a string "0x…"; OOM_ABSENT: null */
void jw_str(struct jsonw *w, const char *key, const char *value); /**< NULL: null */
/** Millionths as a decimal number: microseconds as seconds, parts per million as a share. OOM_ABSENT: null. */
void jw_millionths(struct jsonw *w, const char *key, int64_t value);
/** A list that is not known: null. @p flat all on one line. */
void jw_strings(struct jsonw *w, const char *key, const struct oom_strings *list, bool flat);
void jw_ints(struct jsonw *w, const char *key, const struct oom_ints *list);
/** A newline, and everything to the stream. False if it took not all. */
bool jw_end(struct jsonw *w);

#endif
