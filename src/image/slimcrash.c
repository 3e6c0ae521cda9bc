// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What crash reads before its first prompt, and for `sys`, `log`, `ps`, `mod` and `bt` of the tasks that ran: found by
 * running crash 8.0.2 with debug level 8 on dumps of 6.1. Reading a page is all that it takes for it to get into the
 * slim dump. `kmem -i` runs too, but counts SHARED and SLAB by walking struct pages, of which few are there: too low.
 *
 * Nothing here is a condition for anything: what a kernel does not have, or a dump lacks, is passed over.
 */
#include "image/dump.h"
#include <string.h>

enum {
	MAX_RANGE = 64 << 20, // bytes of the kernel's data
	MAX_CPUS = 8192,
	MAX_TASKS = 65536,
	MAX_MODULES = 4096,
	MAX_EXPORTS = 16384,
	MAX_DEVICES = 65536,
	MAX_NODES = 65536, // of the tree of process ids
	MAX_ROOTS = 65536, // of sections of memory
	XA_SLOTS = 64,
	NR_STATES = 16,
	NR_FLAGS = 64,
	STRING = 1500, // bytes that crash reads for a string
	NR_IST = 7,
	EXCEPTION_STACK = 8192,
};

static void touch(struct oom_image *image, uint64_t at, uint64_t len)
{
	uint8_t byte;
	uint64_t page = image->info.page_size;
	for (uint64_t a = at - at % page; len && len <= MAX_RANGE && a < at + len; a += page)
		(void)oom_read_u8(image, a, &byte);
}

static uint64_t symbol(struct oom_image *image, const char *name)
{
	uint64_t at;
	return oom_symbol(image, name, &at) == OOM_OK ? at : 0;
}

static uint64_t pointer(struct oom_image *image, uint64_t at)
{
	uint64_t value;
	return at && oom_read_ulong(image, at, &value) == OOM_OK ? value : 0;
}

/** Address of a member, 0 if there is no such. */
static uint64_t member(struct oom_image *image, uint64_t at, const char *type, const char *path)
{
	struct oom_member m;
	return at && oom_member(image, type, path, &m) == OOM_OK ? at + m.offset : 0;
}

static uint32_t size_of(struct oom_image *image, const char *type, uint32_t otherwise)
{
	uint32_t size;
	return oom_type_size(image, type, &size) == OOM_OK && size < 1 << 20 ? size : otherwise;
}

static void add_image(struct oom_image *image)
{
	static const char *const RANGES[][2] = {
		{"__start_ro_after_init", "__end_ro_after_init"}, {"_sdata", "_edata"}, {"__bss_start", "__bss_stop"}};
	static const char *const NAMES[] = {"linux_banner",   "task_state_array", "pageflag_names",
					    "idt_table",      "init_task",	  "init_top_pgt",
					    "swapper_pg_dir", "taint_flags",	  "kernel_config_data"};
	// Code by whose first bytes crash tells whether the kernel keeps frame pointers.
	static const char *const CODE[] = {"__x64_sys_open", "sys_open", "__do_sys_fork",   "sys_fork",
					   "__x64_sys_read", "sys_read", "do_futex",	    "vfs_read",
					   "__schedule",     "schedule", "common_interrupt"};
	for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++) {
		uint64_t start = symbol(image, RANGES[i][0]), end = symbol(image, RANGES[i][1]);
		if (start && end > start)
			touch(image, start, end - start);
	}
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		touch(image, symbol(image, NAMES[i]), 4096);
	for (size_t i = 0; i < sizeof(CODE) / sizeof(CODE[0]); i++)
		touch(image, symbol(image, CODE[i]), 8192);
	uint64_t states = symbol(image, "task_state_array"), flags = symbol(image, "pageflag_names");
	for (unsigned i = 0; states && i < NR_STATES; i++)
		touch(image, pointer(image, states + i * image->info.ptr_size), STRING);
	for (unsigned i = 0; flags && i < NR_FLAGS; i++) // struct trace_print_flags: mask, name
		touch(image, pointer(image, flags + (2 * i + 1) * image->info.ptr_size), STRING);
	touch(image, pointer(image, member(image, symbol(image, "pv_info"), "pv_info", "name")), STRING);
	touch(image, pointer(image, symbol(image, "kmem_cache")), size_of(image, "kmem_cache", 512));
}

/** Exception stacks of x86_64: the tables to them, and the NMI's, which crash searches. */
static void add_stacks(struct oom_image *image, uint64_t tss)
{
	uint64_t ist = member(image, tss, "tss_struct", "x86_tss.ist");
	for (unsigned i = 0; ist && i < NR_IST; i++) {
		uint64_t top = pointer(image, ist + i * image->info.ptr_size);
		if (top > EXCEPTION_STACK)
			touch(image, top - EXCEPTION_STACK, EXCEPTION_STACK + 1);
	}
}

/** A CPU's task: crash looks for the panic on its stack. */
static void add_running(struct oom_image *image, uint64_t task)
{
	touch(image, task, size_of(image, "task_struct", 0));
	touch(image, pointer(image, member(image, task, "task_struct", "stack")),
	      size_of(image, "thread_union", 16384));
}

static void add_cpus(struct oom_image *image)
{
	static const struct {
		const char *name, *type;
	} VARIABLES[] = {{"runqueues", "rq"},		{"cpu_number", NULL},	     {"pcpu_hot", NULL},
			 {"current_task", NULL},	{"hardirq_stack_ptr", NULL}, {"cpu_tss_rw", "tss_struct"},
			 {"hardirq_stack_inuse", NULL}, {"cpu_info", "cpuinfo_x86"}, {"cpu_hw_ctx", NULL}};
	uint64_t offsets = symbol(image, "__per_cpu_offset"), last = 0;
	for (unsigned cpu = 0; offsets && cpu < MAX_CPUS; cpu++) {
		uint64_t base = pointer(image, offsets + cpu * image->info.ptr_size);
		if (!base || base == last) // entries of CPUs that cannot exist are all the same
			continue;
		last = base;
		for (size_t i = 0; i < sizeof(VARIABLES) / sizeof(VARIABLES[0]); i++) {
			const char *type = VARIABLES[i].type;
			uint64_t at;
			if (oom_symbol(image, VARIABLES[i].name, &at) == OOM_OK)
				touch(image, base + at, type ? size_of(image, type, 4096) : 64);
		}
		uint64_t tss = symbol(image, "cpu_tss_rw"), rq = symbol(image, "runqueues");
		if (tss)
			add_stacks(image, base + tss);
		if (rq)
			add_running(image, pointer(image, member(image, base + rq, "rq", "curr")));
	}
}

static void add_task(struct oom_image *image, uint64_t task)
{
	touch(image, task, size_of(image, "task_struct", 0));
	touch(image, pointer(image, member(image, task, "task_struct", "mm")), size_of(image, "mm_struct", 0));
	touch(image, pointer(image, member(image, task, "task_struct", "signal")), size_of(image, "signal_struct", 0));
}

/** The first task of a struct pid, by its list of thread ids; crash reads 96 bytes of the pid. */
static void add_pid(struct oom_image *image, uint64_t pid)
{
	struct oom_member link;
	touch(image, pid, size_of(image, "pid", 96) + 32);
	uint64_t first = pointer(image, member(image, pid, "pid", "tasks"));
	if (first && oom_member(image, "task_struct", "pid_links", &link) == OOM_OK)
		add_task(image, first - link.offset);
}

/** Walks the tree of process ids (an xarray since 4.20, a radix tree of the same shape before). */
static void add_pids(struct oom_image *image)
{
	struct {
		uint64_t at;
		unsigned slot;
	} path[16];
	unsigned depth = 0, nodes = 0, pids = 0;
	struct oom_member slots;
	uint64_t ns = symbol(image, "init_pid_ns");
	uint64_t head = pointer(image, member(image, ns, "pid_namespace", "idr.idr_rt.xa_head"));
	if (!head || oom_member(image, "xa_node", "slots", &slots) != OOM_OK)
		return;
	if ((head & 3) != 2) { // a single entry, not a node
		add_pid(image, head);
		return;
	}
	path[depth].at = head & ~UINT64_C(3);
	path[depth++].slot = 0;
	while (depth && nodes < MAX_NODES && pids < MAX_TASKS) {
		uint64_t at = path[depth - 1].at;
		unsigned slot = path[depth - 1].slot++;
		if (slot == 0) {
			nodes++;
			touch(image, at, size_of(image, "xa_node", 576));
		}
		if (slot >= XA_SLOTS) {
			depth--;
			continue;
		}
		uint64_t entry = pointer(image, at + slots.offset + slot * image->info.ptr_size);
		if ((entry & 3) == 2 && entry > 4096 && depth < sizeof(path) / sizeof(path[0])) {
			path[depth].at = entry & ~UINT64_C(3);
			path[depth++].slot = 0;
		} else if (entry && !(entry & 3)) {
			add_pid(image, entry);
			pids++;
		}
	}
}

/** Sections of memory (CONFIG_SPARSEMEM): the table of roots, and each root. VMCOREINFO's symbol is the table itself.
 */
static void add_sections(struct oom_image *image)
{
	const char *length = oom_vmcoreinfo(image, "LENGTH(mem_section)");
	uint64_t roots = 0, at = 0;
	int64_t value;
	if (oom_vmcoreinfo_number(image->vmcoreinfo, "SYMBOL", "mem_section", &value))
		at = (uint64_t)value;
	if (length && oom_vmcoreinfo_number(image->vmcoreinfo, "LENGTH", "mem_section", &value) && value > 0)
		roots = (uint64_t)value < MAX_ROOTS ? (uint64_t)value : MAX_ROOTS;
	for (uint64_t i = 0; at && i < roots; i++)
		touch(image, pointer(image, at + i * image->info.ptr_size), image->info.page_size);
}

/** A module's table of exported symbols, and where their names are (struct kernel_symbol, place-relative since 4.19).
 */
static void add_exports(struct oom_image *image, uint64_t module, const char *symbols, const char *number)
{
	uint32_t n = 0, size = size_of(image, "kernel_symbol", 12);
	uint64_t at = pointer(image, member(image, module, "module", symbols));
	if (!at || oom_read_u32(image, member(image, module, "module", number), &n) != OOM_OK || n > MAX_EXPORTS)
		return;
	touch(image, at, (uint64_t)n * size + STRING);
}

static void add_modules(struct oom_image *image)
{
	struct oom_member list;
	// Not their code and symbols, some 30 MB on a real machine: crash warns, and goes on.
	uint64_t head = symbol(image, "modules"), size = size_of(image, "module", 0);
	if (!head || oom_member(image, "module", "list", &list) != OOM_OK)
		return;
	uint64_t next = pointer(image, head);
	for (unsigned n = 0; next && next != head && n < MAX_MODULES; n++, next = pointer(image, next)) {
		uint64_t module = next - list.offset;
		touch(image, module, size);
		add_exports(image, module, "syms", "num_syms");
		add_exports(image, module, "gpl_syms", "num_gpl_syms");
	}
}

/** Devices of the memory bus, one for each block of memory: /sys/devices/system/memory. */
static void add_memory_blocks(struct oom_image *image)
{
	struct oom_member node, device;
	uint64_t private = pointer(image, member(image, symbol(image, "memory_subsys"), "bus_type", "p"));
	uint64_t head = member(image, private, "subsys_private", "klist_devices.k_list");
	if (!head || oom_member(image, "device_private", "knode_bus.n_node", &node) != OOM_OK ||
	    oom_member(image, "device_private", "device", &device) != OOM_OK)
		return;
	touch(image, private, size_of(image, "subsys_private", 512));
	uint64_t next = pointer(image, head);
	for (unsigned n = 0; next && next != head && n < MAX_DEVICES; n++, next = pointer(image, next)) {
		uint64_t dev = pointer(image, next - node.offset + device.offset);
		struct oom_member within;
		if (!dev || oom_member(image, "memory_block", "dev", &within) != OOM_OK)
			continue;
		touch(image, dev - within.offset, size_of(image, "memory_block", 1024));
		touch(image, pointer(image, member(image, dev, "device", "kobj.name")), 64);
	}
}

/** Inodes of block devices: `kmem -i` adds up their pages for "BUFFERS". */
static void add_block_devices(struct oom_image *image)
{
	struct oom_member list;
	uint64_t super = pointer(image, symbol(image, "blockdev_superblock"));
	uint64_t head = member(image, super, "super_block", "s_inodes");
	if (!head || oom_member(image, "inode", "i_sb_list", &list) != OOM_OK)
		return;
	uint64_t next = pointer(image, head);
	for (unsigned n = 0; next && next != head && n < MAX_DEVICES; n++, next = pointer(image, next)) {
		uint64_t inode = next - list.offset;
		touch(image, inode, size_of(image, "inode", 0));
		touch(image, pointer(image, member(image, inode, "inode", "i_mapping")),
		      size_of(image, "address_space", 0));
	}
}

void oom_slim_add_crash(struct oom_image *image)
{
	add_image(image);
	add_cpus(image);
	add_pids(image);
	add_sections(image);
	add_modules(image);
	add_memory_blocks(image);
	add_block_devices(image);
}
