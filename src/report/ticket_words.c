// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Which words of a sentence may stand in a ticket as they are.
 *
 * Sentences of the classifier contain names of the input, and nothing tells where a name begins. A backslash before
 * each special character does not help: GitHub and GitLab look for mentions, issues and addresses in the text after the
 * markup is gone. So a word that is not plainly a word or a number is shown as code, where nothing is looked for.
 */
#include "report/escape.h"
#include "report/ticket.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static bool is_alnum(char c)
{
	return (unsigned char)c < 0x80 && isalnum((unsigned char)c);
}

/** Seven hexadecimal digits and more, letters among them: may be the id of a commit. */
static bool is_commit(const char *core, size_t len)
{
	bool letter = false;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(core[i]) || !isxdigit((unsigned char)core[i]))
			return false;
		letter |= isalpha((unsigned char)core[i]) != 0;
	}
	return letter && len >= 7;
}

/** "ABC-123", the key of an issue in Jira, also as a part of a word. */
static bool has_issue_key(const char *core, size_t len)
{
	for (size_t i = 1; i + 1 < len; i++) {
		if (core[i] == '-' && isdigit((unsigned char)core[i + 1]) && is_alnum(core[i - 1]) && i >= 2)
			return true;
	}
	return false;
}

static bool is_plain(const char *core, size_t len)
{
	size_t colons = 0;
	if (!len || (len == 1 && is_one_of(*core, "-+=*")))
		return true;
	if (len > 1 && is_one_of(*core, "<>") && strspn(core + 1, "0123456789.") >= len - 1)
		return true; // of a percentage
	if (!is_alnum(core[0]) || !(is_alnum(core[len - 1]) || core[len - 1] == '%'))
		return len == 1 && *core == '%';
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(core[i]) && !is_one_of(core[i], ".,;:'/%+=-"))
			return false;
		// A dot before a letter: a host, a file, a setting. Two slashes: an address.
		if (i + 1 < len && core[i] == '.' && !isdigit((unsigned char)core[i + 1]))
			return false;
		if (i + 1 < len && core[i + 1] == core[i] && !is_alnum(core[i]))
			return false;
		colons += core[i] == ':'; // between two of them stands an emoji
	}
	return colons < 2 && !is_commit(core, len) && !has_issue_key(core, len);
}

bool tk_word(const char **at, struct tk_word *ret)
{
	const char *from = *at + strspn(*at, " ");
	size_t len = strcspn(from, " ");
	if (!len)
		return false;
	*at = from + len;
	*ret = (struct tk_word){.lead = from};
	while (ret->lead_len < len && is_one_of(from[ret->lead_len], "(\"'"))
		ret->lead_len++;
	ret->core = from + ret->lead_len;
	ret->core_len = len - ret->lead_len;
	while (ret->core_len && is_one_of(ret->core[ret->core_len - 1], ".,;:)\"'?"))
		ret->core_len--;
	ret->tail = ret->core + ret->core_len;
	ret->tail_len = len - ret->lead_len - ret->core_len;
	ret->plain = is_plain(ret->core, ret->core_len);
	return true;
}

bool tk_ends_in_blank(const char *text)
{
	size_t len = strlen(text);
	return len > strspn(text, " ") && text[len - 1] == ' ';
}

const char *tk_safe(const struct tk_doc *t, const char *text)
{
	size_t len = strlen(text), at = 0;
	// Every byte may become four: \xNN.
	char *ret = oom_alloc(t->arena, len * 4 + 1), shown[RP_SHOWN];
	for (size_t i = 0; ret && i < len;) {
		i += rp_shown(text + i, len - i, false, shown);
		size_t n = strlen(shown);
		memcpy(ret + at, shown, n);
		at += n;
	}
	return ret ? ret : "?";
}

size_t tk_bar(const struct tk_cell *cell, size_t width)
{
	int64_t ppm = 0;
	for (const char *at = cell->n ? cell->v[0].text : ""; isdigit((unsigned char)*at) && ppm < 1000000; at++)
		ppm = ppm * 10 + (*at - '0');
	if (!ppm)
		return 0;
	size_t n = ((size_t)(ppm > 1000000 ? 1000000 : ppm) * width + 500000) / 1000000;
	return n ? n : 1;
}
