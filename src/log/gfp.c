// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * GFP masks by kernel version: include/linux/gfp_types.h, before 6.0 include/linux/gfp.h; the order of names and the
 * compounds are those of include/trace/events/mmflags.h (4.6+).
 */
#include "log/gfp.h"
#include "log/scan.h"
#include <inttypes.h>
#include <stdio.h>

#define V(a, b, c) (((a)*1000 + (b)) * 1000 + (c))
enum { FOREVER = V(1000, 0, 0) };

/** A bit's name in the versions from `from` up to, but not, `until`. Where two rows hold, the later one does. */
struct bit_row {
	unsigned char bit;
	const char *name;
	int from, until;
};

static const struct bit_row bit_rows[] = {
	{0, "DMA", V(2, 4, 0), FOREVER},
	{1, "HIGHMEM", V(2, 4, 0), FOREVER},
	{2, "DMA32", V(2, 6, 15), FOREVER},
	{3, "MOVABLE", V(2, 6, 31), FOREVER}, // b70d94ee438b: the zone bits form an index
	{4, "WAIT", V(2, 4, 10), V(4, 4, 0)},
	{4, "RECLAIMABLE", V(4, 4, 0), FOREVER}, // d0164adc89f6
	{5, "HIGH", V(2, 4, 10), FOREVER},
	{6, "IO", V(2, 4, 10), FOREVER},
	{7, "HIGHIO", V(2, 4, 10), V(2, 6, 0)},
	{7, "FS", V(2, 6, 0), FOREVER},
	{8, "FS", V(2, 4, 10), V(2, 6, 0)},
	{8, "COLD", V(2, 6, 0), V(4, 15, 0)},
	{8, "WRITE", V(4, 18, 0), V(5, 1, 0)},
	{8, "ZERO", V(5, 1, 0), FOREVER},
	{9, "NOWARN", V(2, 6, 0), V(5, 1, 0)},
	{9, "ATOMIC", V(5, 1, 0), V(6, 3, 0)},
	{10, "REPEAT", V(2, 6, 0), V(4, 13, 0)},
	{10, "RETRY_MAYFAIL", V(4, 13, 0), V(5, 1, 0)},
	{10, "DIRECT_RECLAIM", V(5, 1, 0), FOREVER},
	{11, "NOFAIL", V(2, 6, 0), V(5, 1, 0)},
	{11, "KSWAPD_RECLAIM", V(5, 1, 0), FOREVER},
	{12, "NORETRY", V(2, 6, 0), V(5, 1, 0)},
	{12, "WRITE", V(5, 1, 0), FOREVER},
	{13, "NO_GROW", V(2, 6, 0), V(2, 6, 24)},
	{13, "MEMALLOC", V(3, 6, 0), V(5, 1, 0)},
	{13, "NOWARN", V(5, 1, 0), FOREVER},
	{14, "COMP", V(2, 6, 8), V(5, 1, 0)},
	{14, "RETRY_MAYFAIL", V(5, 1, 0), FOREVER},
	{15, "ZERO", V(2, 6, 11), V(5, 1, 0)},
	{15, "NOFAIL", V(5, 1, 0), FOREVER},
	{16, "NOMEMALLOC", V(2, 6, 12), V(5, 1, 0)},
	{16, "NORETRY", V(5, 1, 0), FOREVER},
	{17, "HARDWALL", V(2, 6, 16), V(5, 1, 0)},
	{17, "MEMALLOC", V(5, 1, 0), FOREVER},
	{18, "THISNODE", V(2, 6, 18), V(5, 1, 0)},
	{18, "COMP", V(5, 1, 0), FOREVER},
	{19, "RECLAIMABLE", V(2, 6, 24), V(4, 4, 0)},
	{19, "ATOMIC", V(4, 4, 0), V(5, 1, 0)},
	{19, "NOMEMALLOC", V(5, 1, 0), FOREVER},
	{20, "MOVABLE", V(2, 6, 23), V(2, 6, 31)},
	{20, "KMEMCG", V(3, 8, 0), V(3, 16, 0)},
	{20, "NOACCOUNT", V(4, 1, 0), V(4, 5, 0)},
	{20, "ACCOUNT", V(4, 5, 0), V(5, 1, 0)}, // a9bb7e620efd
	{20, "HARDWALL", V(5, 1, 0), FOREVER},
	{21, "NOTRACK", V(2, 6, 31), V(4, 15, 0)},
	{21, "DIRECT_RECLAIM", V(4, 18, 0), V(5, 1, 0)},
	{21, "THISNODE", V(5, 1, 0), FOREVER},
	{22, "NO_KSWAPD", V(2, 6, 38), V(4, 4, 0)},
	{22, "DIRECT_RECLAIM", V(4, 4, 0), V(4, 18, 0)},
	{22, "KSWAPD_RECLAIM", V(4, 18, 0), V(5, 1, 0)},
	{22, "ACCOUNT", V(5, 1, 0), FOREVER},
	{23, "OTHER_NODE", V(2, 6, 39), V(4, 10, 0)}, // 41b6167e8f74
	{23, "WRITE", V(4, 10, 0), V(4, 18, 0)},
	{23, "NOLOCKDEP", V(4, 18, 0), V(5, 14, 0)},
	{23, "ZEROTAGS", V(5, 14, 0), FOREVER}, // 013bb59dbb7c
	{24, "WRITE", V(3, 3, 0), V(4, 10, 0)},
	{24, "KSWAPD_RECLAIM", V(4, 10, 0), V(4, 18, 0)},
	{24, "SKIP_KASAN_POISON", V(5, 14, 0), V(5, 18, 0)},
	{24, "SKIP_ZERO", V(5, 18, 0), V(6, 9, 0)},
	{25, "KSWAPD_RECLAIM", V(4, 4, 0), V(4, 10, 0)},
	{25, "NOLOCKDEP", V(4, 12, 0), V(4, 18, 0)},
	{25, "NOLOCKDEP", V(5, 14, 0), V(5, 18, 0)},
	{25, "SKIP_KASAN_UNPOISON", V(5, 18, 0), V(6, 4, 0)},
	{25, "SKIP_KASAN", V(6, 4, 0), V(6, 9, 0)},
	{26, "SKIP_KASAN_POISON", V(5, 18, 0), V(6, 4, 0)},
	{26, "NOLOCKDEP", V(6, 4, 0), V(6, 9, 0)},
	{27, "NOLOCKDEP", V(5, 18, 0), V(6, 4, 0)},
	// Since 6.9 (772dd0342727) the bits from 24 on have no fixed place: what the configuration leaves out is closed
	// up.
};

/**
 * Bits that distributions took from later versions into older ones. The mark alone does not tell: "5.4.17-2136.el7uek"
 * and "6.1.0-1.el7.elrepo" are later kernels for the same distribution.
 */
static const struct {
	const char *mark; // in the release
	int version;
	unsigned char bit;
	const char *name;
} backports[] = {
	{".el6", V(2, 6, 32), 22, "NO_KSWAPD"}, // transparent huge pages
	{".el6", V(2, 6, 32), 23, "OTHER_NODE"},
	{".el7", V(3, 10, 0), 20, "ACCOUNT"}, // kmem accounting
};

/** Compounds in the order in which the kernel tries them. A name that a version lacks makes it lack the compound. */
struct compound {
	const char *name;
	const char *of; // names of bits
	int from, until;
};

#define USER_24	 "WAIT|IO|HIGHIO|FS"
#define KERNEL_A "WAIT|IO|FS"
#define KERNEL_B "DIRECT_RECLAIM|KSWAPD_RECLAIM|IO|FS"
static const struct compound compounds[] = {
	{"GFP_TRANSHUGE", KERNEL_A "|HARDWALL|HIGHMEM|MOVABLE|COMP|NOMEMALLOC|NORETRY|NOWARN|NO_KSWAPD", V(2, 6, 32),
	 V(4, 4, 0)},
	{"GFP_TRANSHUGE", "DIRECT_RECLAIM|IO|FS|HARDWALL|HIGHMEM|MOVABLE|COMP|NOMEMALLOC|NORETRY|NOWARN", V(4, 4, 0),
	 V(4, 6, 0)},
	{"GFP_TRANSHUGE", "IO|FS|HARDWALL|HIGHMEM|MOVABLE|COMP|NOMEMALLOC|NORETRY|NOWARN", V(4, 6, 0), V(4, 8, 0)},
	{"GFP_TRANSHUGE", "DIRECT_RECLAIM|IO|FS|HARDWALL|HIGHMEM|MOVABLE|COMP|NOMEMALLOC|NOWARN", V(4, 8, 0), FOREVER},
	{"GFP_TRANSHUGE_LIGHT", "IO|FS|HARDWALL|HIGHMEM|MOVABLE|COMP|NOMEMALLOC|NOWARN", V(4, 8, 0), FOREVER},
	{"GFP_HIGHUSER_MOVABLE", KERNEL_A "|HARDWALL|HIGHMEM|MOVABLE", V(2, 6, 23), V(4, 4, 0)},
	{"GFP_HIGHUSER_MOVABLE", KERNEL_B "|HARDWALL|HIGHMEM|MOVABLE", V(4, 4, 0), FOREVER},
	{"GFP_HIGHUSER", USER_24 "|HIGHMEM", V(2, 4, 10), V(2, 6, 0)},
	{"GFP_HIGHUSER", KERNEL_A "|HIGHMEM", V(2, 6, 0), V(2, 6, 16)},
	{"GFP_HIGHUSER", KERNEL_A "|HARDWALL|HIGHMEM", V(2, 6, 16), V(4, 4, 0)},
	{"GFP_HIGHUSER", KERNEL_B "|HARDWALL|HIGHMEM", V(4, 4, 0), FOREVER},
	{"GFP_USER", KERNEL_A "|HARDWALL", V(2, 6, 16), V(4, 4, 0)},
	{"GFP_USER", KERNEL_B "|HARDWALL", V(4, 4, 0), FOREVER},
	{"GFP_TEMPORARY", KERNEL_A "|RECLAIMABLE", V(2, 6, 24), V(4, 4, 0)},
	{"GFP_TEMPORARY", KERNEL_B "|RECLAIMABLE", V(4, 4, 0), V(4, 14, 0)},
	{"GFP_KERNEL_ACCOUNT", KERNEL_A "|ACCOUNT", V(3, 10, 0), V(4, 4, 0)},
	{"GFP_KERNEL_ACCOUNT", KERNEL_B "|ACCOUNT", V(4, 5, 0), FOREVER},
	{"GFP_KERNEL", USER_24, V(2, 4, 10), V(2, 6, 0)},
	{"GFP_KERNEL", KERNEL_A, V(2, 6, 0), V(4, 4, 0)},
	{"GFP_KERNEL", KERNEL_B, V(4, 4, 0), FOREVER},
	{"GFP_NOFS", "WAIT|IO", V(2, 6, 0), V(4, 4, 0)},
	{"GFP_NOFS", "DIRECT_RECLAIM|KSWAPD_RECLAIM|IO", V(4, 4, 0), FOREVER},
	{"GFP_ATOMIC", "HIGH", V(2, 4, 10), V(4, 4, 0)},
	{"GFP_ATOMIC", "HIGH|ATOMIC|KSWAPD_RECLAIM", V(4, 4, 0), V(6, 3, 0)},
	{"GFP_ATOMIC", "HIGH|KSWAPD_RECLAIM", V(6, 3, 0), FOREVER},
	{"GFP_NOIO", "WAIT", V(2, 4, 10), V(4, 4, 0)},
	{"GFP_NOIO", "DIRECT_RECLAIM|KSWAPD_RECLAIM", V(4, 4, 0), FOREVER},
	{"GFP_NOWAIT", "KSWAPD_RECLAIM", V(4, 4, 0), V(6, 8, 0)},
	{"GFP_NOWAIT", "KSWAPD_RECLAIM|NOWARN", V(6, 8, 0), FOREVER},
	{"GFP_DMA", "DMA", V(2, 4, 0), FOREVER},
	{"GFP_DMA32", "DMA32", V(2, 6, 15), FOREVER},
	{"__GFP_RECLAIM", "DIRECT_RECLAIM|KSWAPD_RECLAIM", V(4, 4, 0), FOREVER},
};
enum { NR_COMPOUNDS = sizeof(compounds) / sizeof(*compounds) };

int oom_gfp_version(const char *release)
{
	int64_t part[3] = {0, 0, 0};
	struct cur c = cur_of(release ? release : "", release ? strlen(release) : 0);
	for (int i = 0; i < 3; i++) {
		if (!scan_digits(&c, &part[i]) || part[i] < 0 || part[i] > 999)
			return i < 2 ? 0 : V((int)part[0], (int)part[1], 0);
		if (i < 2 && !scan_char(&c, '.'))
			return i < 1 ? 0 : V((int)part[0], (int)part[1], 0);
	}
	return V((int)part[0], (int)part[1], (int)part[2]);
}

void oom_gfp_table_for(const char *release, struct oom_gfp_table *ret)
{
	*ret = (struct oom_gfp_table){.version = oom_gfp_version(release)};
	if (!ret->version)
		return;
	for (size_t i = 0; i < sizeof(bit_rows) / sizeof(*bit_rows); i++) {
		if (bit_rows[i].from <= ret->version && ret->version < bit_rows[i].until)
			ret->bits[bit_rows[i].bit] = bit_rows[i].name;
	}
	for (size_t i = 0; i < sizeof(backports) / sizeof(*backports); i++) {
		if (ret->version == backports[i].version && strstr(release, backports[i].mark))
			ret->bits[backports[i].bit] = backports[i].name;
	}
}

/** A name of ours that is equal to the @p len bytes at @p name. */
static const char *known_name(const char *name, size_t len)
{
	static const char *const config[] = {"NO_OBJ_EXT", "UNUSED", NULL};
	for (size_t i = 0; i < sizeof(bit_rows) / sizeof(*bit_rows); i++) {
		if (strlen(bit_rows[i].name) == len && !memcmp(bit_rows[i].name, name, len))
			return bit_rows[i].name;
	}
	for (size_t i = 0; config[i]; i++) {
		if (strlen(config[i]) == len && !memcmp(config[i], name, len))
			return config[i];
	}
	return NULL;
}

bool oom_gfp_table_set(struct oom_gfp_table *table, const char *name, int64_t value)
{
	struct cur c = cur_of(name, strlen(name));
	if (!scan_lit(&c, "___GFP_") || cur_left(&c) < 5 || memcmp(c.end - 4, "_BIT", 4) || value < 0 || value > 31)
		return false;
	const char *ours = known_name(c.p, cur_left(&c) - 4);
	if (!ours)
		return false; // LAST, and flags that are younger than we are
	for (int i = 0; i < 32; i++) {
		if (table->bits[i] && !strcmp(table->bits[i], ours))
			table->bits[i] = NULL;
	}
	table->bits[value] = ours;
	return true;
}

size_t oom_gfp_table_ask(struct oom_gfp_table *table, bool (*ask)(void *arg, const char *name, int64_t *value),
			 void *arg)
{
	// Enumerators exist since 6.9: the names of that version, and those whose place the configuration decides.
	static const char *const more[] = {"SKIP_ZERO", "SKIP_KASAN", "NOLOCKDEP", "NO_OBJ_EXT"};
	enum { NR_MORE = sizeof(more) / sizeof(*more) };
	struct oom_gfp_table built_in;
	size_t found = 0;
	oom_gfp_table_for("6.9", &built_in);
	for (size_t i = 0; i < 32 + NR_MORE; i++) {
		const char *bit = i < 32 ? built_in.bits[i] : more[i - 32];
		char name[64];
		int64_t value;
		if (!bit)
			continue;
		snprintf(name, sizeof(name), "___GFP_%s_BIT", bit);
		found += ask(arg, name, &value) && oom_gfp_table_set(table, name, value);
	}
	return found;
}

static bool bit_of(const struct oom_gfp_table *table, struct cur name, uint64_t *ret)
{
	for (int i = 0; i < 32; i++) {
		if (table->bits[i] && cur_is(&name, table->bits[i])) {
			*ret = 1ull << i;
			return true;
		}
	}
	return false;
}

/** The mask of a compound in this table; 0 where the version lacks it. */
static uint64_t compound_mask(const struct oom_gfp_table *table, const struct compound *compound)
{
	struct cur c = cur_of(compound->of, strlen(compound->of));
	uint64_t mask = 0, bit;
	if (table->version < compound->from || table->version >= compound->until)
		return 0;
	while (c.p < c.end) {
		const char *bar = memchr(c.p, '|', cur_left(&c));
		struct cur name = {c.p, bar ? bar : c.end};
		if (!bit_of(table, name, &bit))
			return 0;
		mask |= bit;
		c.p = bar ? bar + 1 : c.end;
	}
	return mask;
}

bool oom_gfp_names(struct oom_arena *arena, const struct oom_gfp_table *table, uint64_t mask, struct oom_strings *ret)
{
	uint64_t left = mask;
	ret->known = true;
	for (size_t i = 0; i < NR_COMPOUNDS; i++) {
		uint64_t of = compound_mask(table, &compounds[i]);
		// "__GFP_RECLAIM" is tried behind the single flags only, which it does not precede.
		if (!of || (left & of) != of || !strncmp(compounds[i].name, "__", 2))
			continue;
		oom_strings_addf(arena, ret, "%s", compounds[i].name);
		left &= ~of;
	}
	for (int i = 0; i < 32; i++) {
		if (!(left >> i & 1) || !table->bits[i])
			continue;
		oom_strings_addf(arena, ret, "__GFP_%s", table->bits[i]);
		left &= ~(1ull << i);
	}
	if (left)
		oom_strings_addf(arena, ret, "0x%" PRIx64, left);
	return !left;
}

bool oom_gfp_mask(const struct oom_gfp_table *table, const struct oom_strings *names, uint64_t *ret)
{
	bool all = true;
	*ret = 0;
	for (size_t i = 0; i < names->n; i++) {
		struct cur name = cur_of(names->v[i], strlen(names->v[i]));
		uint64_t bits = 0;
		struct cur bare = name;
		for (size_t k = 0; k < NR_COMPOUNDS && !bits; k++) {
			if (cur_is(&name, compounds[k].name))
				bits = compound_mask(table, &compounds[k]);
		}
		if (!bits && (!scan_lit(&bare, "__GFP_") || !bit_of(table, bare, &bits)) && !scan_hex(&name, &bits))
			all = false;
		*ret |= bits;
	}
	return all;
}

static bool has(const struct oom_strings *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (!strcmp(names->v[i], name))
			return true;
	}
	return false;
}

static bool has_any(const struct oom_strings *names, const char *const *of)
{
	for (size_t i = 0; of[i]; i++) {
		if (has(names, of[i]))
			return true;
	}
	return false;
}

const char *oom_gfp_meaning(struct oom_arena *arena, const struct oom_strings *names)
{
	static const char *const movable[] = {"GFP_HIGHUSER_MOVABLE", "GFP_TRANSHUGE", "GFP_TRANSHUGE_LIGHT",
					      "__GFP_MOVABLE", NULL};
	static const char *const high[] = {"GFP_HIGHUSER",	  "GFP_HIGHUSER_MOVABLE", "GFP_TRANSHUGE",
					   "GFP_TRANSHUGE_LIGHT", "__GFP_HIGHMEM",	  NULL};
	static const char *const fs[] = {"GFP_KERNEL",	  "GFP_KERNEL_ACCOUNT", "GFP_USER",
					 "GFP_TEMPORARY", "GFP_HIGHUSER",	"GFP_HIGHUSER_MOVABLE",
					 "GFP_TRANSHUGE", "__GFP_FS",		NULL};
	static const char *const io[] = {"GFP_NOFS", "__GFP_IO", NULL};
	static const char *const wait[] = {"GFP_NOIO", "__GFP_WAIT", "__GFP_RECLAIM", "__GFP_DIRECT_RECLAIM", NULL};
	static const char *const dma[] = {"GFP_DMA", "__GFP_DMA", NULL};
	static const char *const dma32[] = {"GFP_DMA32", "__GFP_DMA32", NULL};
	static const char *const reclaimable[] = {"GFP_TEMPORARY", "__GFP_RECLAIMABLE", NULL};
	if (!names->n)
		return NULL;
	const char *zones = has_any(names, dma)	    ? "zone DMA only"
			    : has_any(names, dma32) ? "zones up to DMA32"
			    : has_any(names, high)
				    ? has_any(names, movable) ? "any zone" : "zones up to HighMem (not Movable)"
				    : "zones up to Normal (not HighMem, not Movable)";
	const char *reclaim = has_any(names, fs)     ? "may wait, reclaim, swap and write to file systems"
			      : has_any(names, io)   ? "may wait, reclaim and do I/O, but not enter a file system"
			      : has_any(names, wait) ? "may wait and reclaim clean memory, but start no I/O"
						     : "may not wait for reclaim";
	const char *mobility = has_any(names, movable)	     ? "movable"
			       : has_any(names, reclaimable) ? "reclaimable, not movable"
							     : "not movable";
	return oom_printf(arena, "%s; %s; %s%s%s", zones, reclaim, mobility,
			  has(names, "__GFP_THISNODE") ? "; this node only" : "",
			  has(names, "__GFP_NOFAIL") ? "; must not fail" : "");
}
