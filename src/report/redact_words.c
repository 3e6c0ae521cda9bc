// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The dictionary of names that are looked for in free text: chains by the first three bytes, longest first. */
#include "report/redact.h"
#include <stdlib.h>
#include <strings.h>

enum { BUCKETS = 4096, LEAST = 3, LONGEST = 4096 };

struct word {
	struct word *next;
	size_t len;
	enum rd_class class;
	bool keep;
	char text[];
};

struct rd_words {
	struct word *chains[BUCKETS];
};

static size_t bucket(const char *text)
{
	size_t h = 0;
	for (int i = 0; i < LEAST; i++)
		h = h * 37 + (unsigned char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
	return h % BUCKETS;
}

struct rd_words *rd_words_new(void)
{
	return calloc(1, sizeof(struct rd_words));
}

void rd_words_free(struct rd_words *w)
{
	for (size_t i = 0; w && i < BUCKETS; i++)
		for (struct word *at = w->chains[i], *next; at; at = next) {
			next = at->next;
			free(at);
		}
	free(w);
}

/** Hosts are written in any case. */
static bool same(const struct word *word, const char *text)
{
	return word->class == RD_HOST ? strncasecmp(word->text, text, word->len) == 0
				      : memcmp(word->text, text, word->len) == 0;
}

void rd_words_add(struct rd_words *w, enum rd_class class, const char *text, size_t len, bool keep)
{
	if (len < LEAST || len > LONGEST || memchr(text, '\0', len))
		return;
	struct word **at = &w->chains[bucket(text)];
	while (*at && (*at)->len > len)
		at = &(*at)->next;
	for (struct word *e = *at; e && e->len == len; e = e->next)
		if (same(e, text)) {
			e->keep |= keep;
			return;
		}
	struct word *word = malloc(sizeof(*word) + len + 1);
	if (!word)
		return;
	*word = (struct word){.next = *at, .len = len, .class = class, .keep = keep};
	memcpy(word->text, text, len);
	word->text[len] = '\0';
	*at = word;
}

/** "web" is not the word in "web-1", "web.example.com", "web@…" or "web/1". */
static bool goes_on(const char *text, size_t len)
{
	return len > 1 && strchr("-.@/", text[0]) && text[0] && rd_is_word(text[1]);
}

size_t rd_words_match(const struct rd_words *w, const char *text, size_t len, enum rd_class *class, bool *keep)
{
	if (len < LEAST)
		return 0;
	for (const struct word *e = w->chains[bucket(text)]; e; e = e->next) {
		if (e->len > len || !same(e, text))
			continue;
		if (e->len < len && rd_is_word(text[e->len]) && rd_is_word(text[e->len - 1]))
			continue;
		if (e->keep && goes_on(text + e->len, len - e->len))
			continue;
		*class = e->class;
		*keep = e->keep;
		return e->len;
	}
	return 0;
}
