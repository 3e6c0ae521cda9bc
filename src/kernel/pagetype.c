// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What a struct page says of itself in this kernel. Source: include/linux/page-flags.h, mm_types.h, mm.h,
 * kernel/crash_core.c (what VMCOREINFO tells of them).
 *
 * Types share a word with _mapcount, which is -1 for a page that nobody maps:
 *   before 4.18        a value of its own: -128 for a free block
 *   4.18 (6e292b9be7f4) a bit of the word is 0; the upper bits tell it from a count
 *   6.11 (8db00ad56461) the same with other bits
 *   6.12 (4ffca5a96678) a number in the upper byte
 * VMCOREINFO has the word of a free block, which tells the four apart.
 */
#include "kernel/census.h"

#include <string.h>

enum { BUDDY_4_17 = -128, BUDDY_6_10 = ~0x80, PP_SIGNATURE = 0x40 };
static const uint32_t BUDDY_6_11 = ~UINT32_C(0x40000000);

static struct oom_page_field field(struct oom_image *image, const char *type, const char *path)
{
	struct oom_member m;
	// VMCOREINFO alone tells offsets of longs.
	if (oom_member(image, type, path, &m) != OOM_OK || m.size > 8)
		return (struct oom_page_field){0};
	return (struct oom_page_field){m.offset, m.size ? m.size : oom_image_info(image)->ptr_size};
}

static uint64_t flag(struct oom_image *image, const char *name)
{
	int64_t bit;
	return oom_enumerator(image, name, &bit) == OOM_OK && bit >= 0 && bit < 64 ? UINT64_C(1) << bit : 0;
}

static void add_type(struct oom_page_layout *l, uint32_t mask, uint32_t value, enum oom_page_kind kind)
{
	if (l->nr_types < OOM_PAGE_TYPES)
		l->types[l->nr_types++] = (struct oom_page_type){mask, value, kind};
}

/** Types as bits that are 0. */
static void add_bits(struct oom_page_layout *l, uint32_t base, const struct oom_page_type *bits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_type(l, base | bits[i].value, base, bits[i].kind);
}

static void add_numbers(struct oom_page_layout *l, struct oom_image *image)
{
	static const struct {
		const char *name;
		uint8_t otherwise; // 0: only where the enumerator is there
		enum oom_page_kind kind;
	} numbers[] = {
		{"PGTY_buddy", 0xf0, OOM_PAGE_FREE},	    {"PGTY_offline", 0xf1, OOM_PAGE_OFFLINE},
		{"PGTY_table", 0xf2, OOM_PAGE_TABLE},	    {"PGTY_guard", 0xf3, OOM_PAGE_GUARD},
		{"PGTY_hugetlb", 0xf4, OOM_PAGE_HUGETLB},   {"PGTY_slab", 0xf5, OOM_PAGE_SLAB},
		{"PGTY_zsmalloc", 0xf6, OOM_PAGE_ZSMALLOC}, {"PGTY_unaccepted", 0xf7, OOM_PAGE_UNACCEPTED},
		{"PGTY_large_kmalloc", 0, OOM_PAGE_SLAB},   {"PGTY_netpp", 0, OOM_PAGE_POOL},
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		int64_t value = oom_enum_or(image, numbers[i].name, numbers[i].otherwise);
		if (value > 0 && value < 0xff)
			add_type(l, 0xff000000, (uint32_t)value << 24, numbers[i].kind);
	}
}

/** False: the word of a free block is not known, or of no layout that we know. */
static bool find_types(struct oom_page_layout *l, struct oom_image *image)
{
	static const struct oom_page_type old_bits[] = {{0, 0x80, OOM_PAGE_FREE},
							{0, 0x100, OOM_PAGE_OFFLINE},
							{0, 0x400, OOM_PAGE_TABLE},
							{0, 0x800, OOM_PAGE_GUARD}};
	// 0x200 was "charged to a cgroup" until 5.11 (18b2db3b0385), which also brought memcg_data.
	static const struct oom_page_type bits[] = {
		{0, 0x80, OOM_PAGE_FREE},   {0, 0x100, OOM_PAGE_OFFLINE}, {0, 0x200, OOM_PAGE_TABLE},
		{0, 0x400, OOM_PAGE_GUARD}, {0, 0x800, OOM_PAGE_HUGETLB}, {0, 0x1000, OOM_PAGE_SLAB}}; // 6.9, 6.10
	static const struct oom_page_type bits_6_11[] = {
		{0, 0x40000000, OOM_PAGE_FREE},	   {0, 0x20000000, OOM_PAGE_OFFLINE}, {0, 0x10000000, OOM_PAGE_TABLE},
		{0, 0x08000000, OOM_PAGE_GUARD},   {0, 0x04000000, OOM_PAGE_HUGETLB}, {0, 0x02000000, OOM_PAGE_SLAB},
		{0, 0x01000000, OOM_PAGE_ZSMALLOC}};
	int64_t buddy, number;
	if (oom_enumerator(image, "PAGE_BUDDY_MAPCOUNT_VALUE", &buddy) != OOM_OK)
		buddy = oom_enumerator(image, "PGTY_buddy", &number) == OOM_OK ? number << 24 : 0;
	uint32_t word = (uint32_t)buddy;
	if (buddy == BUDDY_4_17)
		add_type(l, UINT32_MAX, word, OOM_PAGE_FREE);
	else if (buddy == BUDDY_6_10 && field(image, "page", "mem_cgroup").size)
		add_bits(l, 0xf0000000, old_bits, sizeof(old_bits) / sizeof(*old_bits));
	else if (buddy == BUDDY_6_10)
		add_bits(l, 0xf0000000, bits, sizeof(bits) / sizeof(*bits));
	else if (word == BUDDY_6_11)
		add_bits(l, 0x80000000, bits_6_11, sizeof(bits_6_11) / sizeof(*bits_6_11));
	else if (!(word & 0xffffff) && word >= 0xf0000000)
		add_numbers(l, image);
	return l->nr_types > 0;
}

/** The order of a compound page is in its second struct page. */
static void find_order(struct oom_page_layout *l, struct oom_image *image, uint32_t size)
{
	l->order_mask = 0xff;
	l->order = field(image, "page", "compound_order");
	if (l->order.size) {
		l->order.at += size;
		return;
	}
	l->order = field(image, "folio", "_folio_order"); // 5.18 to 6.5
	if (!l->order.size)
		l->order = field(image, "folio", "_flags_1"); // 6.6 (ebc1baf5c9b4): the lowest byte
}

/** How the head of a huge page is told before it had a type (6.9, d99e3140a4d3). */
static void find_hugetlb(struct oom_page_layout *l, struct oom_image *image, uint32_t size)
{
	int64_t dtor, bit;
	if (oom_enumerator(image, "HUGETLB_PAGE_DTOR", &dtor) == OOM_OK) { // before 6.6
		l->dtor = field(image, "page", "compound_dtor");
		if (l->dtor.size)
			l->dtor.at += size;
		else
			l->dtor = field(image, "folio", "_folio_dtor");
		l->dtor_mask = 0xff;
		l->dtor_hugetlb = (uint64_t)dtor & 0xff;
	} else if (oom_enumerator(image, "PAGE_HUGETLB_MAPCOUNT_VALUE", &bit) != OOM_OK &&
		   oom_enumerator(image, "PG_hugetlb", &bit) == OOM_OK && bit >= 0 && bit < 64) {
		l->dtor = field(image, "folio", "_flags_1");
		l->dtor_mask = l->dtor_hugetlb = UINT64_C(1) << bit;
	}
	if (!l->dtor.size)
		l->dtor_mask = 0;
}

/** Where the flags have the node: at their top, unless sections are there (no vmemmap), which the plan checks. */
static void find_node_shift(struct oom_page_layout *l, struct oom_image *image)
{
	const char *text = oom_vmcoreinfo(image, "LENGTH(node_data)");
	unsigned n = 0, bits = 0;
	for (const char *p = text; p && *p >= '0' && *p <= '9' && n <= OOM_CENSUS_NODES; p++)
		n = n * 10 + (unsigned)(*p - '0');
	if (n < 2 || n > OOM_CENSUS_NODES || (n & (n - 1)))
		return;
	while (1u << bits < n)
		bits++;
	l->node_shift = l->flags.size * 8 - bits;
}

static void find_flags(struct oom_page_layout *l, struct oom_image *image)
{
	l->reserved = flag(image, "PG_reserved");
	l->lru = flag(image, "PG_lru");
	l->slab = flag(image, "PG_slab"); // until 6.10
	l->compound = flag(image, "PG_head");
	l->swapbacked = flag(image, "PG_swapbacked");
	l->swapcache = flag(image, "PG_swapcache");
	l->hwpoison = flag(image, "PG_hwpoison");
	int64_t mask;
	if (!l->compound && oom_enumerator(image, "PG_head_mask", &mask) == OOM_OK)
		l->compound = (uint64_t)mask;
	// PG_swapcache is an alias of PG_owner_priv_1 within the enum, and the alias may be all that BTF has.
	if (!l->swapcache)
		l->swapcache = flag(image, "PG_owner_priv_1");
}

bool oom_page_layout_find(struct oom_page_layout *l, struct oom_image *image, struct oom_case *c)
{
	uint32_t size;
	uint64_t poison = oom_image_info(image)->ptr_size == 8 ? UINT64_C(0xdead000000000000) : 0;
	*l = (struct oom_page_layout){.flags = field(image, "page", "flags")};
	l->head = field(image, "page", "compound_head");
	if (!l->head.size)
		l->head = field(image, "page", "compound_info"); // 7.1
	l->mapping = field(image, "page", "mapping");
	l->private = field(image, "page", "private");
	l->type = field(image, "page", "page_type");
	if (!l->type.size)
		l->type = field(image, "page", "_mapcount");
	l->type.size = l->type.size ? 4 : 0;
	l->count = field(image, "page", "_refcount");
	if (!l->count.size)
		l->count = field(image, "page", "_count"); // before 4.6
	l->count.size = l->count.size ? 4 : 0;
	l->index = field(image, "page", "__folio_index");
	if (!l->index.size)
		l->index = field(image, "page", "index");
	l->memcg = field(image, "page", "memcg_data");
	l->has_kmem_flag = l->memcg.size != 0;
	if (!l->memcg.size)
		l->memcg = field(image, "page", "mem_cgroup");
	l->pool = field(image, "page", "pp_magic");
	l->pool_magic = poison + PP_SIGNATURE;
	find_flags(l, image);
	if (oom_type_size(image, "page", &size) != OOM_OK || !l->flags.size || !l->head.size || !l->mapping.size ||
	    !l->private.size || !l->type.size || !l->count.size || !l->reserved || !l->compound || !l->swapbacked ||
	    !find_types(l, image)) {
		oom_case_missing(c, "census: what struct page means in this kernel is not described");
		return false;
	}
	find_order(l, image, size);
	find_hugetlb(l, image, size);
	find_node_shift(l, image);
	return true;
}
