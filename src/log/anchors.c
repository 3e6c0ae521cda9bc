// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The search for anchors: a block of bytes at a time is compared with two or three bytes of each word, which is a few
 * instructions for all words together; only where they agree is the whole word compared.
 */
#include "log/anchors.h"
#include <stdbool.h>
#include <string.h>

typedef uint8_t lanes __attribute__((vector_size(32), aligned(1), may_alias));

struct anchor {
	const char *word;
	uint8_t at[3]; // places of the bytes that are compared first: rare ones
};

// Each event has at least one of them in one of its lines.
static const struct anchor anchors[] = {
	{"oom", {0, 1, 2}},	  // oom-killer, oom-kill:, oom_reaper, oom_score_adj, systemd-oomd, earlyoom
	{"ut of ", {0, 2, 4}},	  // Out of memory, Out of Memory, out of memory
	{"order", {1, 2, 4}},	  // page allocation failure: order:1; 2.4: 0-order allocation failed
	{"VM: kill", {0, 1, 2}},  // 2.4
	{"l panic", {1, 3, 6}},	  // Kernel panic
	{"x version", {0, 2, 4}}, // Linux version: a boot
	{"s=9/KILL", {1, 2, 3}},  // a unit that the OOM killer hit
	{"nohang", {2, 3, 5}},
};
enum { NR_ANCHORS = sizeof(anchors) / sizeof(*anchors), STEP = sizeof(lanes), REACH = 8 };

static bool begins(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);
	return (size_t)(end - p) >= len && !memcmp(p, word, len);
}

static bool is_letter(int ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

/** What of the kernel's and the daemons' words begins with "oom"? Logs of chats are full of rooms. */
static bool is_oom_word(const char *p, const char *begin, const char *end)
{
	static const char *const words[] = {"oom-kill", "oom_reap", "oom_score", "oom_kill",
					    "oomkill",	"oomd[",    "oomd ",	 "oomd:"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (begins(p, end, words[i]))
			return true;
	// earlyoom[12]: oom:
	bool own = p == begin || p[-1] == 'y' || !is_letter((unsigned char)p[-1]);
	return own && end - p > 3 && (p[3] == '[' || p[3] == ':');
}

/** "order:1," "order:10,", and 2.4's "0-order allocation" */
static bool is_order(const char *p, const char *end)
{
	const char *digits = p + 6, *d = digits;
	if (begins(p, end, "order alloc"))
		return true;
	if (!begins(p, end, "order:"))
		return false;
	while (d < end && d < digits + 2 && *d >= '0' && *d <= '9')
		d++;
	return d == end || (d > digits && *d == ',');
}

/** Is it the whole word, in a place where it means something? */
static bool confirmed(const char *p, const char *begin, const char *end, size_t which)
{
	size_t left = (size_t)(end - p), len = strlen(anchors[which].word);
	if (left < len || memcmp(p, anchors[which].word, len))
		return false;
	if (which == 0)
		return is_oom_word(p, begin, end);
	if (which == 1)
		return left > 6 && (p[6] == 'm' || p[6] == 'M');
	if (which == 2)
		return is_order(p, end);
	return true;
}

/** Is there an anchor at @p p? */
static bool is_anchor(const char *p, const char *begin, const char *end)
{
	for (size_t i = 0; i < NR_ANCHORS; i++) {
		if (*p == anchors[i].word[0] && confirmed(p, begin, end, i))
			return true;
	}
	return false;
}

/** The first anchor that begins before @p stop. */
static const char *confirm(const char *p, const char *stop, const char *begin, const char *end)
{
	for (; p < stop; p++) {
		if (is_anchor(p, begin, end))
			return p;
	}
	return NULL;
}

#define LOAD(p) (*(const lanes *)(p))

/** Adds the lanes of @p p that agree with the bytes of any word. The loop is unrolled: its bounds are constants. */
static inline __attribute__((always_inline)) void candidates(const char *p, lanes *any)
{
#pragma GCC unroll 16
	for (size_t i = 0; i < NR_ANCHORS; i++) {
		const struct anchor *a = &anchors[i];
		*any |= (lanes)((LOAD(p + a->at[0]) == (uint8_t)a->word[a->at[0]]) &
				(LOAD(p + a->at[1]) == (uint8_t)a->word[a->at[1]]) &
				(LOAD(p + a->at[2]) == (uint8_t)a->word[a->at[2]]));
	}
}

static inline __attribute__((always_inline)) bool is_zero(const lanes *v)
{
	uint64_t words[STEP / 8];
	memcpy(words, v, sizeof(words));
	return !(words[0] | words[1] | words[2] | words[3]);
}

/** The first anchor among the candidates of the lanes at @p p. */
static inline __attribute__((always_inline)) const char *in_lanes(const char *p, const char *begin, const char *end)
{
	lanes any = {0};
	uint8_t bytes[STEP];
	candidates(p, &any);
	if (is_zero(&any))
		return NULL;
	memcpy(bytes, &any, sizeof(bytes));
	for (int i = 0; i < STEP; i++) {
		if (bytes[i] && is_anchor(p + i, begin, end))
			return p + i;
	}
	return NULL;
}

static inline __attribute__((always_inline)) const char *search(const char *p, const char *end)
{
	const char *begin = p;
	for (; (size_t)(end - p) >= 4 * STEP + REACH; p += 4 * STEP) {
		lanes any = {0};
		for (int i = 0; i < 4; i++)
			candidates(p + i * STEP, &any);
		if (__builtin_expect(is_zero(&any), 1))
			continue;
		for (int i = 0; i < 4; i++) {
			const char *at = in_lanes(p + i * STEP, begin, end);
			if (at)
				return at;
		}
	}
	return confirm(p, end, begin, end);
}

static inline __attribute__((always_inline)) int64_t breaks(const char *p, const char *end)
{
	int64_t n = 0;
	while ((size_t)(end - p) >= STEP) {
		// A lane counts up to 255 before it is added up.
		lanes sum = {0};
		for (int i = 0; i < 255 && (size_t)(end - p) >= STEP; i++, p += STEP)
			sum -= (lanes)(LOAD(p) == (uint8_t)'\n');
		uint8_t bytes[STEP];
		memcpy(bytes, &sum, sizeof(bytes));
		for (size_t i = 0; i < STEP; i++)
			n += bytes[i];
	}
	for (; p < end; p++)
		n += *p == '\n';
	return n;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static const char *search_avx2(const char *p, const char *end)
{
	return search(p, end);
}

__attribute__((target("avx2"))) static int64_t breaks_avx2(const char *p, const char *end)
{
	return breaks(p, end);
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#else
static bool has_avx2(void)
{
	return false;
}
#define search_avx2 search
#define breaks_avx2 breaks
#endif

const char *find_anchor(const char *text, size_t len)
{
	return has_avx2() ? search_avx2(text, text + len) : search(text, text + len);
}

int64_t count_breaks(const char *text, size_t len)
{
	return has_avx2() ? breaks_avx2(text, text + len) : breaks(text, text + len);
}
