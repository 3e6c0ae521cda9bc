// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * targets DUMP: where the dump's lists, pointers and numbers are that the walkers follow, one a line, for
 * tests/damage/run to damage:
 *
 *   KIND LABEL VIRTUAL PHYSICAL SIZE      KIND: list (a `next` pointer), pointer, number; addresses hexadecimal
 *
 * Found by the library's own symbols and types; what a kernel does not have is passed over.
 */
#include "image/dump.h"
#include "image/internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ELEMENTS = 12, MAX_ZONES = 5, MAX_STATS = 48, MAX_ORDERS = 4, WORD = 8 };

static struct oom_image *image;

struct field {
	const char *path;
	const char *kind;
};

static void print(const char *kind, const char *label, const char *path, uint64_t virt, uint32_t size)
{
	uint64_t phys;
	if (oom_dump_translate(oom_dump_of(image), virt, &phys))
		printf("%s %s%s%s %" PRIx64 " %" PRIx64 " %" PRIu32 "\n", kind, label, *path ? "." : "", path, virt,
		       phys, size);
}

static uint64_t pointer(uint64_t at)
{
	uint64_t value;
	return at && oom_read_ulong(image, at, &value) == OOM_OK ? value : 0;
}

static uint64_t symbol(const char *name)
{
	uint64_t at;
	return oom_symbol(image, name, &at) == OOM_OK ? at : 0;
}

/** The members of the structure at @p at that are in @p fields, which ends with a path of NULL. */
static void print_fields(const char *type, uint64_t at, const struct field *fields)
{
	for (; at && fields->path; fields++) {
		struct oom_member m;
		if (oom_member(image, type, fields->path, &m) == OOM_OK)
			print(fields->kind, type, fields->path, at + m.offset, m.size > WORD ? WORD : m.size);
	}
}

/** What the member @p path of the structure at @p at points at. */
static uint64_t follow(const char *type, uint64_t at, const char *path)
{
	struct oom_member m;
	return at && oom_member(image, type, path, &m) == OOM_OK ? pointer(at + m.offset) : 0;
}

/** Calls @p each with the first elements of the list at @p head that hang there by @p type.@p link. */
static void each_element(uint64_t head, const char *type, const char *link, void (*each)(uint64_t at))
{
	struct oom_member m;
	if (!head || oom_member(image, type, link, &m) != OOM_OK)
		return;
	print("list", type, "head", head, WORD);
	uint64_t at = pointer(head);
	for (int i = 0; i < MAX_ELEMENTS && at && at != head; i++, at = pointer(at))
		each(at - m.offset);
}

static void variables(void)
{
	static const char *const words[] = {"_totalram_pages",	  "totalram_pages",	 "nr_swapfiles",
					    "nr_cpu_ids",	  "jiffies_64",		 "tick_nsec",
					    "hugetlb_max_hstate", "default_hstate_idx",	 "totalreserve_pages",
					    "__cpu_online_mask",  "total_swap_pages",	 "node_states",
					    "panic_on_oom",	  "sysctl_panic_on_oom", "page_offset_base",
					    "vmemmap_base",	  "phys_base",		 NULL};
	static const char *const pointers[] = {"prb",
					       "log_buf",
					       "node_data",
					       "swap_info",
					       "saved_command_line",
					       "vmcoreinfo_data",
					       "root_mem_cgroup",
					       "__per_cpu_offset",
					       NULL};
	for (const char *const *name = words; *name; name++)
		if (symbol(*name))
			print("number", *name, "", symbol(*name), WORD);
	for (const char *const *name = pointers; *name; name++)
		if (symbol(*name))
			print("pointer", *name, "", symbol(*name), WORD);
	static const char *const counters[] = {"vm_zone_stat", "vm_node_stat", NULL};
	for (const char *const *name = counters; *name; name++)
		for (uint32_t i = 0; symbol(*name) && i < MAX_STATS; i++)
			print("number", *name, "", symbol(*name) + i * WORD, WORD);
}

/** All words of the printk ring, and of its first descriptors. */
static void log_ring(void)
{
	uint32_t size;
	uint64_t ring = pointer(symbol("prb"));
	if (!ring || oom_type_size(image, "printk_ringbuffer", &size) != OOM_OK)
		return;
	for (uint32_t at = 0; at + WORD <= size; at += WORD)
		print("number", "printk_ringbuffer", "", ring + at, WORD);
	uint64_t descs = follow("printk_ringbuffer", ring, "desc_ring.descs");
	for (uint32_t at = 0; descs && at < 3 * MAX_ELEMENTS * WORD; at += WORD)
		print("number", "prb_desc", "", descs + at, WORD);
}

static void zone(uint64_t at)
{
	static const struct field fields[] = {{"_watermark", "number"},
					      {"watermark_boost", "number"},
					      {"managed_pages", "number"},
					      {"spanned_pages", "number"},
					      {"present_pages", "number"},
					      {"zone_start_pfn", "number"},
					      {"vm_stat", "number"},
					      {"lowmem_reserve", "number"},
					      {"name", "pointer"},
					      {"pageset", "pointer"},
					      {"per_cpu_pageset", "pointer"},
					      {"per_cpu_zonestats", "pointer"},
					      {"zone_pgdat", "pointer"},
					      {NULL, NULL}};
	static const struct field area[] = {{"nr_free", "number"}, {"free_list", "list"}, {NULL, NULL}};
	struct oom_member m;
	print_fields("zone", at, fields);
	if (oom_member(image, "zone", "free_area", &m) == OOM_OK)
		for (uint32_t i = 0; i < MAX_ORDERS; i++)
			print_fields("free_area", at + m.offset + i * m.elem_size, area);
}

static void nodes(void)
{
	static const struct field fields[] = {{"nr_zones", "number"},
					      {"node_start_pfn", "number"},
					      {"node_id", "number"},
					      {"node_present_pages", "number"},
					      {"vm_stat", "number"},
					      {"per_cpu_nodestats", "pointer"},
					      {"node_spanned_pages", "number"},
					      {NULL, NULL}};
	uint64_t node = pointer(symbol("node_data"));
	uint32_t size;
	print_fields("pglist_data", node, fields);
	if (!node || oom_type_size(image, "zone", &size) != OOM_OK)
		return;
	for (uint32_t i = 0; i < MAX_ZONES; i++)
		zone(node + (uint64_t)i * size);
}

static void task(uint64_t at)
{
	static const struct field fields[] = {
		{"tasks", "list"},	{"thread_node", "list"}, {"children", "list"},	     {"sibling", "list"},
		{"mm", "pointer"},	{"signal", "pointer"},	 {"cred", "pointer"},	     {"real_cred", "pointer"},
		{"cgroups", "pointer"}, {"files", "pointer"},	 {"real_parent", "pointer"}, {"pid", "number"},
		{"tgid", "number"},	{"flags", "number"},	 {"__state", "number"},	     {"state", "number"},
		{"comm", "number"},	{"nsproxy", "pointer"},	 {"rss_stat", "number"},     {NULL, NULL}};
	static const struct field mm[] = {{"rss_stat", "number"}, {"total_vm", "number"},  {"pgtables_bytes", "number"},
					  {"pgd", "pointer"},	  {"arg_start", "number"}, {"arg_end", "number"},
					  {"mm_count", "number"}, {"mm_users", "number"},  {"mm_mt", "number"},
					  {"flags", "number"},	  {"owner", "pointer"},	   {NULL, NULL}};
	static const struct field sig[] = {{"thread_head", "list"},
					   {"oom_score_adj", "number"},
					   {"nr_threads", "number"},
					   {"oom_mm", "pointer"},
					   {NULL, NULL}};
	print_fields("task_struct", at, fields);
	print_fields("mm_struct", follow("task_struct", at, "mm"), mm);
	print_fields("signal_struct", follow("task_struct", at, "signal"), sig);
}

static void cache(uint64_t at)
{
	static const struct field fields[] = {
		{"list", "list"},	{"name", "pointer"},	 {"size", "number"},	 {"object_size", "number"},
		{"oo", "number"},	{"cpu_slab", "pointer"}, {"node", "pointer"},	 {"flags", "number"},
		{"refcount", "number"}, {"num", "number"},	 {"gfporder", "number"}, {NULL, NULL}};
	static const struct field node[] = {{"nr_slabs", "number"},
					    {"total_objects", "number"},
					    {"partial", "list"},
					    {"nr_partial", "number"},
					    {NULL, NULL}};
	print_fields("kmem_cache", at, fields);
	print_fields("kmem_cache_node", follow("kmem_cache", at, "node"), node);
}

static void super_block(uint64_t at)
{
	static const struct field fields[] = {{"s_list", "list"},	{"s_inodes", "list"},  {"s_type", "pointer"},
					      {"s_fs_info", "pointer"}, {"s_op", "pointer"},   {"s_root", "pointer"},
					      {"s_mounts", "list"},	{"s_magic", "number"}, {NULL, NULL}};
	print_fields("super_block", at, fields);
}

static void memcg(void)
{
	static const struct field fields[] = {{"css.children", "list"},
					      {"css.sibling", "list"},
					      {"css.parent", "pointer"},
					      {"css.cgroup", "pointer"},
					      {"memory.usage", "number"},
					      {"memory.max", "number"},
					      {"memory.parent", "pointer"},
					      {"memory.failcnt", "number"},
					      {"swap.usage", "number"},
					      {"vmstats", "pointer"},
					      {"nodeinfo", "pointer"},
					      {"css.flags", "number"},
					      {NULL, NULL}};
	uint64_t at = pointer(symbol("root_mem_cgroup"));
	struct oom_member sibling;
	print_fields("mem_cgroup", at, fields);
	if (!at || oom_member(image, "mem_cgroup", "css.sibling", &sibling) != OOM_OK)
		return;
	uint64_t link = follow("mem_cgroup", at, "css.children");
	for (int i = 0; link && i < MAX_ELEMENTS; i++, link = pointer(link))
		print_fields("mem_cgroup", link - sibling.offset, fields);
}

static void swaps(void)
{
	static const struct field fields[] = {{"flags", "number"},	{"pages", "number"}, {"inuse_pages", "number"},
					      {"swap_file", "pointer"}, {"type", "number"},  {"max", "number"},
					      {"bdev", "pointer"},	{NULL, NULL}};
	print_fields("swap_info_struct", pointer(symbol("swap_info")), fields);
}

int main(int argc, char **argv)
{
	struct oom_error err = {0};
	const char *const paths[] = {argc > 1 ? argv[1] : ""};
	if (argc != 2 || oom_image_open(paths, 1, NULL, &image, &err) != OOM_OK) {
		fprintf(stderr, "targets: %s: %s\n", paths[0], err.text);
		return 2;
	}
	variables();
	log_ring();
	nodes();
	uint64_t init = symbol("init_task");
	struct oom_member tasks;
	task(init);
	if (init && oom_member(image, "task_struct", "tasks", &tasks) == OOM_OK)
		each_element(init + tasks.offset, "task_struct", "tasks", task);
	each_element(symbol("slab_caches"), "kmem_cache", "list", cache);
	each_element(symbol("super_blocks"), "super_block", "s_list", super_block);
	memcg();
	swaps();
	oom_image_close(image);
	return 0;
}
