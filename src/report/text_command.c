// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Shell commands in 80 columns that can still be pasted.
 *
 * A line that is too long ends in a backslash: before a new word behind a space, within a word (a cgroup's path may be
 * longer than a line) at column 0 of the next line, where the shell joins the halves. Within '...' a backslash means
 * itself, so the quotes are closed before it and opened again after.
 */
#include "report/text.h"
#include <string.h>

/** Where in the quoting of the shell a command is. */
struct shell {
	bool single, dbl;
};

/** Bytes that must stay together: one byte, a UTF-8 character, a backslash with what it quotes. */
static size_t unit_of(struct shell *sh, const char *at)
{
	size_t n = 1;
	if (*at == '\\' && !sh->single && at[1])
		n = 2;
	else if (*at == '\'' && !sh->dbl)
		sh->single = !sh->single;
	else if (*at == '"' && !sh->single)
		sh->dbl = !sh->dbl;
	while (((unsigned char)at[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static bool is_end(const struct shell *sh, const char *at)
{
	return !*at || (*at == ' ' && !sh->single && !sh->dbl);
}

/** Bytes of the word at @p at. */
static size_t word_len(const char *at)
{
	struct shell sh = {false, false};
	size_t len = 0;
	while (!is_end(&sh, at + len))
		len += unit_of(&sh, at + len);
	return len;
}

/** A comment "  # ..." at the end of the command, or NULL. */
static const char *comment_of(const char *command)
{
	struct shell sh = {false, false};
	for (const char *at = command; *at; at += unit_of(&sh, at)) {
		if (is_end(&sh, at) && at[1] == '#' && at[2] == ' ')
			return at + 1;
	}
	return NULL;
}

enum { MAX_UNIT = 16 };

static void put_unit(struct tx *t, const char *at, size_t len)
{
	char text[MAX_UNIT];
	if (len < sizeof(text)) {
		memcpy(text, at, len);
		text[len] = '\0';
		tx_put(t, text, 0);
	}
}

static int unit_columns(const struct tx *t, const char *at, size_t len)
{
	char text[MAX_UNIT];
	if (len >= sizeof(text))
		return 0;
	memcpy(text, at, len);
	text[len] = '\0';
	return tx_columns(t, text);
}

/** Goes on at column 0 of the next line, within a word. */
static void break_word(struct tx *t, const struct shell *sh)
{
	tx_put(t, sh->single ? "'\\" : "\\", 0);
	tx_nl(t);
	if (sh->single)
		tx_put(t, "'", 0);
}

static void put_word(struct tx *t, const char *word, size_t len)
{
	struct shell sh = {false, false};
	for (size_t i = 0; i < len;) {
		struct shell before = sh;
		size_t n = unit_of(&sh, word + i);
		// Room for what a break would need, and for the " \" of the next word's.
		if (t->col + unit_columns(t, word + i, n) + 3 > t->width)
			break_word(t, &before);
		put_unit(t, word + i, n);
		i += n;
	}
}

static int columns_upto(const struct tx *t, const char *text, size_t len)
{
	int columns = 0;
	struct shell sh = {false, false};
	for (size_t i = 0; i < len && columns <= t->width;) {
		size_t n = unit_of(&sh, text + i);
		columns += unit_columns(t, text + i, n);
		i += n;
	}
	return columns;
}

static void put_words(struct tx *t, int indent, const char *command, size_t len)
{
	bool first = true;
	for (size_t i = 0; i < len;) {
		size_t n = word_len(command + i);
		int columns = columns_upto(t, command + i, n);
		if (!first && t->col + 1 + columns + 2 > t->width) {
			tx_put(t, " \\", 0);
			tx_nl(t);
			// A word that fits into a line without indent is kept whole.
			if (indent + 4 + columns + 3 <= t->width || columns + 3 > t->width)
				tx_to(t, indent + 4);
		} else if (!first) {
			tx_to(t, t->col + 1);
		}
		put_word(t, command + i, n);
		first = false;
		i += n;
		while (i < len && command[i] == ' ')
			i++;
	}
}

/** The comment of a long command, in lines before it. */
static void put_comment(struct tx *t, int indent, const char *comment)
{
	tx_to(t, indent);
	tx_put(t, "#", 0);
	for (const char *at = comment + 1; *at;) {
		at += strspn(at, " ");
		size_t len = strcspn(at, " ");
		if (t->col + 1 + columns_upto(t, at, len) > t->width && t->col > indent + 1) {
			tx_nl(t);
			tx_to(t, indent);
			tx_put(t, "#", 0);
		}
		tx_to(t, t->col + 1);
		for (size_t i = 0; i < len; i++)
			put_unit(t, at + i, 1);
		at += len;
	}
	tx_nl(t);
}

void tx_command(struct tx *t, int indent, const char *command)
{
	if (indent + tx_columns(t, command) <= t->width) {
		tx_to(t, indent);
		tx_put(t, command, 0);
		tx_nl(t);
		return;
	}
	const char *comment = comment_of(command);
	size_t len = comment ? (size_t)(comment - command) : strlen(command);
	while (len && command[len - 1] == ' ')
		len--;
	if (comment)
		put_comment(t, indent, comment);
	tx_to(t, indent);
	put_words(t, indent, command, len);
	tx_nl(t);
}
