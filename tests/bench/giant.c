// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * giant DUMP OUT TASKS CGROUPS INODES [CACHES]: a dump of a machine that no lab boots. DUMP (x86_64, 6.1 or later, a
 * sample will do) with so many processes, memory cgroups, files of a tmpfs and slab caches more: copies of those that
 * it has, linked into its lists, at physical addresses behind its memory, as densely as slabs have them.
 */
#include "image/dump.h"
#include "image/slimfile.h"
#include "kernel/walk.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, TOP_GROUPS = 100 };
static const uint64_t PHYS = UINT64_C(4) << 30, MOST = UINT64_C(8) << 30;

struct giant {
	struct oom_pages pages; // first: what the writer reads
	struct oom_image *image;
	struct oom_pages *real;
	uint64_t direct; // virtual address of physical 0
	unsigned char *made;
	uint64_t next;		// bytes of it in use
	struct oom_map patched; // pfn + 1 -> page, malloc'ed
};

static void fail(const char *what)
{
	fprintf(stderr, "giant: %s\n", what);
	exit(1);
}

static uint64_t alloc(struct giant *g, size_t size)
{
	uint64_t at = (g->next + 63) / 64 * 64;
	if (at + size > MOST)
		fail("too much");
	g->next = at + size;
	return g->direct + PHYS + at;
}

/** Memory at @p addr to be changed: made by us, or a copy of a page of the dump. */
static unsigned char *at(struct giant *g, uint64_t addr)
{
	uint64_t phys;
	if (addr >= g->direct + PHYS && addr < g->direct + PHYS + MOST)
		return g->made + (addr - g->direct - PHYS);
	if (!oom_dump_translate(oom_dump_of(g->image), addr, &phys))
		fail("an address of the dump is not mapped");
	uint64_t *known = oom_map_get(&g->patched, phys / PAGE + 1);
	if (!known) {
		unsigned char *page = malloc(PAGE);
		if (!page || g->real->ops->read(g->real, phys / PAGE, page) != OOM_PAGE_OK ||
		    !oom_map_add(&g->patched, phys / PAGE + 1, (uint64_t)(uintptr_t)page))
			fail("a page of the dump cannot be read");
		known = oom_map_get(&g->patched, phys / PAGE + 1);
	}
	return (unsigned char *)(uintptr_t)*known + phys % PAGE;
}

static void put(struct giant *g, uint64_t addr, uint64_t value)
{
	memcpy(at(g, addr), &value, sizeof(value));
}

static void put32(struct giant *g, uint64_t addr, uint32_t value)
{
	memcpy(at(g, addr), &value, sizeof(value));
}

static uint64_t get(struct giant *g, uint64_t addr)
{
	uint64_t value;
	memcpy(&value, at(g, addr), sizeof(value));
	return value;
}

static uint32_t off(struct giant *g, const char *type, const char *path)
{
	struct oom_member m;
	if (oom_member(g->image, type, path, &m) != OOM_OK) {
		fprintf(stderr, "giant: %s.%s\n", type, path);
		exit(1);
	}
	return m.offset;
}

static uint32_t size_of(struct giant *g, const char *type)
{
	uint32_t size;
	if (oom_type_size(g->image, type, &size) != OOM_OK)
		fail(type);
	return size;
}

/** The structure at @p from as far as the dump has it, to be copied. */
static unsigned char *template_of(struct giant *g, const char *type, uint64_t from)
{
	uint32_t size = size_of(g, type);
	unsigned char *ret = calloc(1, size);
	for (uint32_t i = 0, n; ret && i < size; i += n) {
		n = PAGE - (uint32_t)((from + i) % PAGE);
		n = n < size - i ? n : size - i;
		if (oom_read(g->image, from + i, ret + i, n) != OOM_OK)
			memset(ret + i, 0, n);
	}
	return ret;
}

static uint64_t copy(struct giant *g, const unsigned char *from, uint32_t size)
{
	uint64_t ret = alloc(g, size);
	memcpy(at(g, ret), from, size);
	return ret;
}

static void list_init(struct giant *g, uint64_t head)
{
	put(g, head, head);
	put(g, head + 8, head);
}

static void list_add_tail(struct giant *g, uint64_t entry, uint64_t head)
{
	uint64_t last = get(g, head + 8);
	put(g, last, entry);
	put(g, entry, head);
	put(g, entry + 8, last);
	put(g, head + 8, entry);
}

/* Processes. */

static void add_tasks(struct giant *g, unsigned n)
{
	uint64_t init, task, o_tasks = off(g, "task_struct", "tasks"), o_mm = off(g, "task_struct", "mm");
	uint64_t o_signal = off(g, "task_struct", "signal"), o_node = off(g, "task_struct", "thread_node");
	uint64_t o_head = off(g, "signal_struct", "thread_head"), o_pid = off(g, "task_struct", "pid");
	if (oom_symbol(g->image, "init_task", &init) != OOM_OK)
		fail("init_task");
	for (task = oom_deref(g->image, init + o_tasks) - o_tasks; task != init && !oom_deref(g->image, task + o_mm);)
		task = oom_deref(g->image, task + o_tasks) - o_tasks;
	unsigned char *t = template_of(g, "task_struct", task);
	unsigned char *mm = template_of(g, "mm_struct", oom_deref(g->image, task + o_mm));
	unsigned char *signal = template_of(g, "signal_struct", oom_deref(g->image, task + o_signal));
	for (unsigned i = 0; i < n; i++) {
		uint64_t at_mm = copy(g, mm, size_of(g, "mm_struct")), own = copy(g, t, size_of(g, "task_struct"));
		uint64_t at_signal = copy(g, signal, size_of(g, "signal_struct"));
		put(g, own + o_mm, at_mm);
		put(g, own + o_signal, at_signal);
		put(g, own + off(g, "task_struct", "group_leader"), own);
		put32(g, own + o_pid, 100000 + i);
		put32(g, own + off(g, "task_struct", "tgid"), 100000 + i);
		snprintf((char *)at(g, own + off(g, "task_struct", "comm")), 16, "worker-%u", i % 7);
		list_init(g, at_signal + o_head);
		list_add_tail(g, own + o_node, at_signal + o_head);
		list_add_tail(g, own + o_tasks, init + o_tasks);
	}
}

/* Memory cgroups. */

struct groups {
	unsigned char *memcg, *cgroup, *node;
	uint32_t memcg_size, cgroup_size, node_size, children, sibling, o_cgroup, o_kn, o_name, o_parent;
};

static uint64_t add_group(struct giant *g, const struct groups *s, uint64_t parent, const char *name, unsigned i)
{
	uint64_t memcg = copy(g, s->memcg, s->memcg_size), cgroup = copy(g, s->cgroup, s->cgroup_size);
	uint64_t node = copy(g, s->node, s->node_size), text = alloc(g, strlen(name) + 1);
	memcpy(at(g, text), name, strlen(name) + 1);
	put(g, memcg + s->o_cgroup, cgroup);
	put(g, cgroup + s->o_kn, node);
	put(g, node + s->o_name, text);
	put(g, node + s->o_parent, get(g, get(g, parent + s->o_cgroup) + s->o_kn));
	put(g, memcg + off(g, "mem_cgroup", "memory.usage"), 1 + i * 37 % 5000);
	put(g, memcg + off(g, "mem_cgroup", "memory.max"), i % 3 ? INT64_MAX / PAGE : 8192);
	list_init(g, memcg + s->children);
	list_add_tail(g, memcg + s->sibling, parent + s->children);
	return memcg;
}

static void add_groups(struct giant *g, unsigned n)
{
	struct groups s = {.memcg_size = size_of(g, "mem_cgroup"), .cgroup_size = size_of(g, "cgroup")};
	struct oom_member m;
	uint64_t root = oom_variable_ptr(g->image, "root_mem_cgroup"), top = 0;
	char name[64];
	s.node_size = size_of(g, "kernfs_node");
	s.children = off(g, "mem_cgroup", "css.children");
	s.sibling = off(g, "mem_cgroup", "css.sibling");
	s.o_cgroup = off(g, "mem_cgroup", "css.cgroup");
	s.o_kn = off(g, "cgroup", "kn");
	s.o_name = off(g, "kernfs_node", "name");
	s.o_parent = oom_member(g->image, "kernfs_node", "__parent", &m) == OOM_OK ? m.offset
										   : off(g, "kernfs_node", "parent");
	s.memcg = template_of(g, "mem_cgroup", root);
	s.cgroup = template_of(g, "cgroup", oom_deref(g->image, root + s.o_cgroup));
	s.node = template_of(g, "kernfs_node", oom_deref(g->image, oom_deref(g->image, root + s.o_cgroup) + s.o_kn));
	for (unsigned i = 0; i < n; i++) {
		bool is_top = i % (n / TOP_GROUPS + 1) == 0;
		snprintf(name, sizeof(name), is_top ? "pod%u.slice" : "container-%u.scope", i);
		uint64_t made = add_group(g, &s, is_top ? root : top, name, i);
		top = is_top ? made : top;
	}
}

/* Files of a tmpfs. */

/** A tmpfs that has inodes. */
static uint64_t find_tmpfs(struct giant *g)
{
	uint64_t head, o_list = off(g, "super_block", "s_list"), o_inodes = off(g, "super_block", "s_inodes"), best = 0;
	if (oom_symbol(g->image, "super_blocks", &head) != OOM_OK)
		fail("super_blocks");
	for (uint64_t entry = oom_deref(g->image, head); entry && entry != head; entry = oom_deref(g->image, entry)) {
		uint64_t sb = entry - o_list;
		char name[16] = "";
		uint64_t type = oom_deref(g->image, sb + off(g, "super_block", "s_type"));
		oom_read_string(g->image, oom_deref(g->image, type + off(g, "file_system_type", "name")), name,
				sizeof(name));
		uint64_t first = oom_deref(g->image, sb + o_inodes);
		if (strcmp(name, "tmpfs") == 0 && first && first != sb + o_inodes)
			best = sb;
	}
	if (!best)
		fail("no tmpfs with inodes");
	return best;
}

static void add_inodes(struct giant *g, unsigned n)
{
	uint64_t sb = find_tmpfs(g), head = sb + off(g, "super_block", "s_inodes");
	uint32_t o_list = off(g, "inode", "i_sb_list"), o_vfs = off(g, "shmem_inode_info", "vfs_inode");
	uint32_t o_mapping = off(g, "inode", "i_mapping"), o_data = off(g, "inode", "i_data");
	uint32_t size = size_of(g, "shmem_inode_info"), o_pages = off(g, "inode", "i_data.nrpages");
	unsigned char *inode = template_of(g, "shmem_inode_info", oom_deref(g->image, head) - o_list - o_vfs);
	for (unsigned i = 0; i < n; i++) {
		uint64_t own = copy(g, inode, size) + o_vfs;
		put(g, own + o_mapping, own + o_data);
		put(g, own + o_pages, i % 1000 == 0 ? 64 : i % 3);
		put(g, own + off(g, "inode", "i_ino"), 1000000 + i);
		list_add_tail(g, own + o_list, head);
	}
}

/* Slab caches. */

static void add_caches(struct giant *g, unsigned n)
{
	uint64_t head, o_list = off(g, "kmem_cache", "list");
	if (oom_symbol(g->image, "slab_caches", &head) != OOM_OK)
		fail("slab_caches");
	unsigned char *cache = template_of(g, "kmem_cache", oom_deref(g->image, head) - o_list);
	for (unsigned i = 0; i < n; i++)
		list_add_tail(g, copy(g, cache, size_of(g, "kmem_cache")) + o_list, head);
}

/* The file. */

static enum oom_page_status read_page(struct oom_pages *pages, uint64_t pfn, void *page)
{
	struct giant *g = (struct giant *)pages;
	const uint64_t *known = oom_map_get(&g->patched, pfn + 1);
	if (pfn >= PHYS / PAGE)
		memcpy(page, g->made + pfn * PAGE - PHYS, PAGE);
	else if (known)
		memcpy(page, (const void *)(uintptr_t)*known, PAGE);
	else
		return g->real->ops->read(g->real, pfn, page);
	return OOM_PAGE_OK;
}

static size_t read_notes(struct oom_pages *pages, unsigned char **ret)
{
	struct giant *g = (struct giant *)pages;
	return g->real->ops->notes ? g->real->ops->notes(g->real, ret) : 0;
}

static const struct oom_pages_ops ops = {.read = read_page, .notes = read_notes};

static void write_file(struct giant *g, const char *path)
{
	uint64_t made = (g->next + PAGE - 1) / PAGE, n = 0;
	uint64_t *pfns = calloc(g->real->max_pfn + made, sizeof(*pfns));
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	struct oom_error err = {0};
	if (fd < 0 || !pfns)
		fail(path);
	for (uint64_t pfn = 0; (pfn = g->real->ops->next(g->real, pfn)) != UINT64_MAX; pfn++)
		pfns[n++] = pfn;
	for (uint64_t i = 0; i < made; i++)
		pfns[n++] = PHYS / PAGE + i;
	g->pages = *g->real;
	g->pages.ops = &ops;
	g->pages.max_pfn = PHYS / PAGE + made;
	struct oom_slimfile file = {
		.pages = &g->pages,
		.pfns = pfns,
		.order = pfns,
		.nr_pfns = n,
		.phys_base = oom_dump_of(g->image)->xlat.maps[OOM_MAP_IMAGE].phys,
	};
	if (oom_slimfile_write(fd, &file, &err) != OOM_OK || close(fd) != 0)
		fail(err.text);
}

int main(int argc, char **argv)
{
	struct giant g = {0};
	struct oom_error err = {0};
	const char *path = argc > 1 ? argv[1] : "";
	if (argc != 6 && argc != 7)
		fail("DUMP OUT TASKS CGROUPS INODES [CACHES]");
	if (oom_image_open(&path, 1, NULL, &g.image, &err) != OOM_OK)
		fail(err.text);
	g.made = calloc(1, MOST);
	g.real = oom_dump_of(g.image)->pages;
	uint64_t base;
	if (!g.made || oom_symbol(g.image, "page_offset_base", &base) != OOM_OK ||
	    oom_read_u64(g.image, base, &g.direct) != OOM_OK)
		fail("page_offset_base");
	add_tasks(&g, (unsigned)strtoul(argv[3], NULL, 10));
	add_groups(&g, (unsigned)strtoul(argv[4], NULL, 10));
	add_inodes(&g, (unsigned)strtoul(argv[5], NULL, 10));
	if (argc > 6)
		add_caches(&g, (unsigned)strtoul(argv[6], NULL, 10));
	write_file(&g, argv[2]);
	return 0;
}
