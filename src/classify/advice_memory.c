// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What to do about memory: swap, huge pages, tmpfs, slab, fragmentation, nodes, low memory, reserves. */
#include "classify/advice.h"
#include <inttypes.h>

/* --- zones, nodes, blocks --------------------------------------------------------------------- */

void cl_advise_nodes(struct cl_look *l, const char *finding)
{
	if (l->v->cause == OOM_CAUSE_NUMA_CPUSET) {
		bool known, v1 = cl_cgroup_v1(l, &known);
		const char *set = l->e && l->e->cpuset ? l->e->cpuset : "CPUSET";
		struct oom_recommendation *r = cl_recommend(
			l, finding, "Let the cpuset use more nodes, or move work off these",
			cl_no_zone_fits(l) ? "cpuset.mems lists the nodes that its processes may take memory from. "
					     "One of them at least must have memory in an ordinary zone (Normal), "
					     "for what the kernel keeps on behalf of the processes."
					   : "cpuset.mems lists the nodes that its processes may take memory from. "
					     "If it must stay on one node, what runs there must fit into it.");
		// Only the last part of the cgroup's name is printed, so the folder is the reader's to find.
		cl_command(l, r,
			   cl_text(l, "find /sys/fs/cgroup%s -path %s", known && v1 ? "/cpuset" : "",
				   cl_quote(l, cl_text(l, "*%s%s/cpuset.mems", *set == '/' ? "" : "/", set))));
		cl_command(l, r, "echo 0-1 > /sys/fs/cgroup/PATH/cpuset.mems");
		return;
	}
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Prefer the nodes instead of binding to them",
			     "A strict policy (MPOL_BIND, numactl --membind) fails when its nodes are full; a "
			     "preferred node or interleaving falls back to the others.");
	cl_command(l, r, "numactl --preferred=NODE COMMAND");
	cl_command(l, r, "numactl --interleave=all COMMAND");
}

void cl_advise_lowmem(struct cl_look *l, const char *finding)
{
	if (!l->bits32) {
		cl_recommend(
			l, finding, "Find out who needs memory from the exhausted zone",
			"Only a few drivers and 32-bit devices ask for DMA or DMA32 memory; movable memory cannot "
			"serve the kernel's own needs, so less of it should be set aside (movablecore=, kernelcore=).");
		return;
	}
	if (cl_cma_withheld_kb(l) > 0)
		cl_advise_cma(l, finding);
	cl_recommend(
		l, finding, "Run a 64-bit kernel",
		"It has no HighMem: all RAM serves the kernel's own data too. 32-bit programs go on running on it.");
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Until then, use less RAM or keep fewer file names and pages cached",
			     "The kernel's data about RAM, files and pages is in low memory: with less RAM (mem= on "
			     "the kernel's command line) less of it is needed.");
	cl_command(l, r, "sysctl -w vm.vfs_cache_pressure=1000");
}

void cl_advise_compaction(struct cl_look *l, const char *finding)
{
	int64_t now_kb = l->c->config.min_free_kbytes;
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Compact memory, and keep more of it free",
			     cl_text(l,
				     "Compaction moves pages together and makes large blocks now. A higher "
				     "vm.min_free_kbytes%s makes the kernel start earlier and keep blocks whole.",
				     cl_ok(now_kb) ? cl_text(l, " (it is %" PRId64 ")", now_kb) : ""));
	cl_command(l, r, "echo 1 > /proc/sys/vm/compact_memory");
	cl_command(l, r, "sysctl -w vm.min_free_kbytes=KBYTES");
	cl_recommend(l, finding, cl_text(l, "Avoid the request of order %" PRId64, l->request.order),
		     "The call trace names who asked. Drivers and modules can take vmalloc memory or single pages "
		     "instead; load modules early, while memory is whole.");
}

void cl_advise_reserve(struct cl_look *l, const char *finding)
{
	if (cl_zones_empty(l)) {
		cl_recommend(
			l, finding, "Let the request use another zone",
			"The call trace names who asked for DMA or DMA32 memory. Where the platform has none, that "
			"is for the driver or the kernel's configuration (CONFIG_ZONE_DMA) to change.");
		return;
	}
	if (l->request.may_reclaim && l->request.order > 0) {
		cl_advise_compaction(l, finding);
		return;
	}
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Keep more memory free for requests that cannot wait",
		"They live on what is free at the moment. A higher vm.min_free_kbytes makes kswapd start earlier.");
	cl_command(l, r, "sysctl -w vm.min_free_kbytes=KBYTES");
}

void cl_advise_reserve_less(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Set vm.min_free_kbytes back to what the kernel computes",
			     "Remove it from sysctl.conf and /etc/sysctl.d, then reboot or set a smaller value. The "
			     "kernel's own value grows with the square root of RAM.");
	cl_command(l, r, "grep -r min_free_kbytes /etc/sysctl.conf /etc/sysctl.d");
}

/* --- what holds memory
 * ------------------------------------------------------------------------------------------------ */

/** The pools with free pages: as many as are in use or promised stay. */
void cl_advise_hugepages(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Reserve fewer huge pages",
			     "The numbers leave the pages that are in use or promised. Change what sets them at boot "
			     "too (hugepages= on the kernel's command line, vm.nr_hugepages in sysctl.d).");
	for (size_t i = 0; i < l->facts.hugetlb.n; i++) {
		const struct oom_hugetlb *h = &l->facts.hugetlb.v[i];
		if (!cl_ok(h->free) || h->free <= 0 || !cl_ok(h->total) || !cl_ok(h->size_kb))
			continue;
		if (l->v->scope != OOM_SCOPE_HOST && oom_known(h->node) && l->zones.allowed.known &&
		    !cl_nodes_has(&l->zones.allowed, h->node))
			continue;
		int64_t keep = h->total - h->free + cl_or0(h->reserved);
		const char *node = oom_known(h->node) ? cl_text(l, "/sys/devices/system/node/node%" PRId64, h->node)
						      : "/sys/kernel/mm";
		cl_command(l, r,
			   cl_text(l, "echo %" PRId64 " > %s/hugepages/hugepages-%" PRId64 "kB/nr_hugepages",
				   keep < 0 ? 0 : keep, node, h->size_kb));
	}
}

void cl_advise_cma(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Set less memory aside for devices (CMA)",
		"cma= on the kernel's command line, a reserved-memory node of the device tree "
		"(linux,cma-default) or CONFIG_CMA_SIZE_MBYTES decides. Cameras, video and display drivers take "
		"theirs from it: see first how much they need.");
	cl_command(l, r, "grep Cma /proc/meminfo");
	cl_command(l, r, "dmesg | grep -i cma");
}

void cl_advise_crashkernel(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Set more memory aside for kdump",
		"crashkernel= on the command line of the machine's own kernel decides. Fewer CPUs (nr_cpus=1), fewer "
		"drivers in kdump's initramfs need less.");
	cl_command(l, r, "grep -o 'crashkernel=[^ ]*' /proc/cmdline; cat /sys/kernel/kexec_crash_size");
	cl_command(l, r, "kdumpctl estimate");
}

/** Of shared memory that no folder shows. */
static void advise_nameless(struct cl_look *l, const char *finding)
{
	int64_t kb;
	const struct oom_shmem *holder = cl_shmem_holder(l, &kb);
	struct oom_recommendation *r = cl_recommend(
		l, finding,
		holder ? cl_text(l, "Find out why %s holds so much shared memory", cl_who(l, holder->comm, holder->pid))
		       : "Find out who holds the shared memory",
		"A memfd or a deleted file goes when the last process closes it, a System V segment only by ipcrm. The "
		"shared buffers of a database are as large as its settings say.");
	cl_command(l, r, "ipcs -m -p");
	cl_command(l, r, holder ? cl_text(l, "ls -lL /proc/%" PRId64 "/fd", holder->pid) : "lsof +L1");
}

void cl_advise_tmpfs(struct cl_look *l, const char *finding)
{
	const struct oom_shmem *top = cl_top_shmem(l);
	if (cl_shmem_nameless(l)) {
		advise_nameless(l, finding);
		return;
	}
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Delete files from the tmpfs, or give it a size limit",
			     "A tmpfs may take half of RAM unless mounted with size=. What no file name shows is "
			     "System V shared memory (ipcs) or memory of open, deleted files (lsof).");
	if (top && top->mount)
		cl_command(l, r, cl_text(l, "mount -o remount,size=SIZE %s", cl_quote(l, top->mount)));
	cl_command(l, r, "df -h -t tmpfs");
	cl_command(l, r, "ipcs -m");
}

void cl_advise_slab(struct cl_look *l, const char *finding)
{
	const struct oom_slab *top = cl_top_slab(l, OOM_MAYBE);
	// One object each thread: who starts them fills it.
	if (top && cl_same(top->name, "task_struct")) {
		cl_advise_stacks(l, finding);
		return;
	}
	const struct oom_tmpfs *mount = cl_fullest_tmpfs(l);
	if (top && mount && cl_same(top->name, "shmem_inode_cache")) {
		struct oom_recommendation *files = cl_recommend(
			l, finding, cl_text(l, "Delete files from %s, or limit their number", mount->mount),
			"A tmpfs may have as many files as half of the machine's pages unless mounted with "
			"nr_inodes=; each takes a kilobyte of kernel memory even if it is empty.");
		cl_command(l, files, "df -i -t tmpfs");
		cl_command(l, files, cl_text(l, "mount -o remount,nr_inodes=COUNT %s", cl_quote(l, mount->mount)));
		return;
	}
	if (cl_top_files(l))
		cl_advise_files(l, finding);
	struct oom_recommendation *r = cl_recommend(
		l, finding,
		top ? cl_text(l, "Find out who fills the slab cache %s", top->name) : "Find the slab cache that grows",
		"Compare slabtop over hours. For a cache that only grows, boot with slab_debug=U,CACHE (slub_debug "
		"before 6.9) to see who allocates, and try the newest kernel of the distribution: leaks are bugs.");
	cl_command(l, r, "slabtop -o -s c | head -20");
}

void cl_advise_dying_cgroups(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Make the removed cgroups let go of their pages",
			     "Dropping caches frees those that only hold page cache. Services that are started over "
			     "and over with tmpfs or large caches leave most of them.");
	cl_command(l, r, "grep . /sys/fs/cgroup/cgroup.stat /proc/cgroups");
	cl_command(l, r, "echo 3 > /proc/sys/vm/drop_caches");
}

void cl_advise_unaccounted(struct cl_look *l, const char *finding)
{
	int64_t kb = cl_part_kb(l, OOM_CONSUMER_UNACCOUNTED);
	const char *who = cl_allocator(l, kb);
	if (cl_mostly_unread(l, kb)) {
		cl_advise_unread(l, finding);
		return;
	}
	if (cl_may_be_compressed_swap(l)) {
		struct oom_recommendation *swap = cl_recommend(
			l, finding, "See whether swap is compressed in RAM (zram, zswap), and how much it holds there",
			"Then the memory is that of the processes that were swapped out: limit these, make the zram "
			"device or zswap's pool (max_pool_percent) smaller, or swap to a disk.");
		cl_command(l, swap, "zramctl; swapon --show");
		cl_command(l, swap, "grep -r . /sys/module/zswap/parameters; grep -i zswap /proc/meminfo");
	}
	struct oom_recommendation *r =
		who ? cl_recommend(l, finding, cl_text(l, "Look at %s, which allocated most of it", who),
				   "Compare with the machine after a fresh start: is it as much there, does it grow?")
		    : cl_recommend(
			      l, finding, "Look for a driver or module that holds or leaks pages",
			      "In a virtual machine the hypervisor's balloon may be it, with ZFS its cache (the ARC). "
			      "Compare with the machine after a fresh start. page_owner=on on the kernel's command "
			      "line records who allocated each page (kernels with CONFIG_PAGE_OWNER): --census then "
			      "tells.");
	cl_command(l, r, "sort -k2 -n -r /proc/vmallocinfo | head -20");
	cl_command(l, r, "lsmod");
	if (!who)
		cl_command(l, r, "grep -E '^(size|c_max) ' /proc/spl/kstat/zfs/arcstats  # with ZFS");
}

void cl_advise_page_tables(struct cl_look *l, const char *finding)
{
	cl_recommend(l, finding, "Use fewer processes, or huge pages for the memory that many of them share",
		     "For a database with large shared buffers, huge pages make the tables a few hundred times "
		     "smaller; a connection pool makes them fewer.");
}

void cl_advise_dirty(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Write back earlier",
			     "Lower limits make writers wait before memory is full of dirty pages. Check the device "
			     "too: a stuck one shows in the log as hung tasks or I/O errors.");
	cl_command(l, r, "sysctl -w vm.dirty_bytes=BYTES vm.dirty_background_bytes=BYTES");
}

void cl_advise_thp(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Use transparent huge pages only where a program asks for them",
		"Programs that use memory sparsely (some databases, allocators with many arenas) grow by it.");
	cl_command(l, r, "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
}

/* --- swap, overcommit
 * --------------------------------------------------------------------------------------------------- */

void cl_advise_swap(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Add swap or RAM",
			     "Swap takes what is seldom used and softens a peak; against a leak it only buys time. On "
			     "a file system that cannot hold swap files use a partition or zram.");
	cl_command(l, r, "fallocate -l SIZE /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile");
}

void cl_advise_more_swap(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Add RAM, or swap if much of what is swapped out is idle",
			     "Full swap means that what the processes hold together does not fit. If the machine was "
			     "busy swapping before, only RAM or less work helps.");
	cl_command(l, r, "swapon --show");
}

void cl_advise_overcommit(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Consider strict accounting: vm.overcommit_memory=2",
			     "Requests beyond swap plus vm.overcommit_ratio per cent of RAM then fail at once with "
			     "ENOMEM. Side effects: programs that reserve far more than they use (JVM, Go, databases) "
			     "and fork() of large processes fail although memory is free; and the OOM killer stays "
			     "active for cgroups and for the kernel's own memory.");
	cl_command(l, r, "sysctl -w vm.overcommit_memory=2 vm.overcommit_ratio=PERCENT");
}

void cl_advise_swappiness(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Let the kernel use the swap that is there",
			     "1 is the smallest value that still swaps in time; 60 is the kernel's default.");
	cl_command(l, r, "sysctl -w vm.swappiness=1");
}
