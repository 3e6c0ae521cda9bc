// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The case: all facts about one out-of-memory machine, whatever they were learnt from. No opinions in here.
 *
 * Units: `_kb` KiB, `_us` microseconds since boot, everything else counts or the kernel's own numbers. Absent: see
 * base.h. Names of members are the keys of the JSON report and of case.json (src/case/schema.c has the table).
 * A list or pointer of the case lives in the case's arena.
 */
#ifndef OOMORTEM_CASE_H
#define OOMORTEM_CASE_H

#include <oomortem/base.h>
#include <stdio.h>

/** Where a group of facts is from, so that a finding can cite it. */
enum oom_origin_kind { OOM_FROM_NOWHERE, OOM_FROM_LOG, OOM_FROM_MEMORY, OOM_FROM_FILE };

struct oom_origin {
	enum oom_origin_kind kind;
	const char *what; /**< log: file name or NULL · memory: "struct zone" · file: its path in the input */
	int64_t at;	  /**< log, file: line, from 1 · memory: address (as int64_t) · OOM_ABSENT */
};

enum oom_input_kind { OOM_INPUT_VMCORE, OOM_INPUT_SOSREPORT, OOM_INPUT_LOG, OOM_INPUT_CRASH, OOM_INPUT_CASE };

struct oom_input {
	const char *path;
	enum oom_input_kind kind;
	const char *format;	     /**< "kdump-zlib", "kdump-zlib flattened", "elf", "dmesg", "sos 4", … */
	oom_tri complete;	     /**< OOM_NO: the input was cut off, or parts of it could not be read */
	bool no_memory;		     /**< something was not read for want of memory */
	oom_tri log_read;	     /**< OOM_NO: without (parts of) the kernel log no event proves nothing */
	struct oom_strings missing;  /**< what could not be learnt, each with its reason */
	int64_t events_only_counted; /**< events of a very long log that are not in the list; OOM_ABSENT: none */
};

struct oom_system {
	const char *release; /**< utsname.release */
	const char *version; /**< utsname.version */
	const char *machine; /**< the kernel's architecture: "x86_64", "aarch64", "i686" … */
	const char *nodename;
	int64_t page_size; /**< bytes */
	int64_t ram_kb;	   /**< managed by the buddy allocator: sum of the zones' managed pages */
	int64_t uptime_us;
	const char *crash_time; /**< RFC 3339 */
	const char *panic;	/**< text behind "Kernel panic - not syncing: ", without newline */
	const char *cmdline;
	int64_t nr_cpus; /**< online */
	const char *taint;
	int64_t cgroup_version; /**< 1, 2; of the memory controller */
};

/** sysctls as the kernel held them. */
struct oom_config {
	int64_t panic_on_oom, oom_kill_allocating_task, oom_dump_tasks;
	int64_t overcommit_memory, overcommit_ratio, overcommit_kbytes;
	int64_t min_free_kbytes, swappiness, watermark_scale_factor, watermark_boost_factor;
	int64_t admin_reserve_kbytes, user_reserve_kbytes, zone_reclaim_mode;
	int64_t panic_timeout; /**< kernel.panic, seconds */
	int64_t kdump_loaded;  /**< 1: a crash kernel is loaded, 0: none; crash_size_kb: what is set aside for it */
	int64_t crash_size_kb;
	struct oom_origin origin;
};

/** The balance sheet of CONTRACT.md. All members are int64_t KiB. */
struct oom_memory {
	int64_t total_kb, free_kb, available_kb, anon_kb, file_kb, shmem_kb, dirty_kb, writeback_kb, unevictable_kb;
	int64_t slab_reclaimable_kb, slab_unreclaimable_kb, kernel_stack_kb, page_tables_kb, percpu_kb, vmalloc_kb;
	int64_t hugetlb_kb, zram_kb, balloon_kb, unaccounted_kb;
	int64_t pcp_kb, swap_cached_kb, sec_page_tables_kb, cma_kb, kernel_misc_kb;
	int64_t swap_total_kb, swap_free_kb, commit_limit_kb, committed_kb;
	int64_t present_kb;  /**< all pages, the reserved ones too (`pages RAM`) */
	int64_t reserved_kb; /**< present minus managed */
	int64_t highmem_kb;  /**< present pages that a 32-bit kernel does not address directly; 0 on 64-bit kernels */
	int64_t hwpoison_kb, unaccepted_kb, mlocked_kb, anon_thp_kb, mapped_kb;
	int64_t totalreserve_kb;
	int64_t swap_cached_mapped_kb; /**< of swap_cached_kb: mapped by processes, so in anon_kb too; not in the sheet
					*/
	int64_t pagecache_total_kb;    /**< the log's "total pagecache pages": file, shmem and swap cache together */
	int64_t page_tables_upper_kb;  /**< levels that this kernel does not count in page_tables_kb; part of the sheet
					*/
	int64_t percpu_reserved_kb;    /**< of percpu_kb: the first chunk, taken before memory was managed; not in the
					  sheet */
	int64_t balloon_managed_kb;    /**< of balloon_kb: still counted as managed; the rest is not in the sheet */
	int64_t kernel_buffers_kb; /**< ftrace's records, DMA pools, requests of block devices, page_ext: in no counter
				    */
	int64_t sockets_kb;	   /**< charged to protocols (tcp_mem, udp_mem …); overlaps with slab and pages */
	int64_t zswap_kb,
		zswapped_kb; /**< zswap's pool (within zram_kb where it is zsmalloc) and what is in it, unpacked */
	int64_t modules_kb;  /**< code and data of modules, within vmalloc_kb */
	int64_t error_kb;    /**< at most so much of unaccounted_kb is CPUs' parts of counters that could not be read or
				that    changed while the machine stopped */
};

/** The LRU and other counters that the kernel keeps per node or per zone. All members are int64_t KiB. */
struct oom_counters {
	int64_t active_anon_kb, inactive_anon_kb, active_file_kb, inactive_file_kb, unevictable_kb;
	int64_t isolated_anon_kb, isolated_file_kb;
	int64_t anon_kb; /**< NR_ANON_MAPPED: not printed in an OOM report */
	int64_t file_kb; /**< NR_FILE_PAGES: page cache, shmem and swap cache */
	int64_t mapped_kb, dirty_kb, writeback_kb, writeback_tmp_kb, unstable_kb, shmem_kb, swap_cached_kb;
	int64_t shmem_thp_kb, shmem_pmdmapped_kb, anon_thp_kb, file_thp_kb;
	int64_t slab_reclaimable_kb, slab_unreclaimable_kb, kernel_misc_reclaimable_kb;
	int64_t kernel_stack_kb, page_tables_kb, sec_page_tables_kb;
	int64_t mlocked_kb, bounce_kb, writepending_kb, zspages_kb;
	int64_t free_pcp_kb, local_pcp_kb, free_cma_kb;
	int64_t balloon_kb, gpu_active_kb, gpu_reclaim_kb;
	int64_t pages_scanned;		/**< a count, before 4.8 */
	int64_t active_kb, inactive_kb; /**< before 2.6.28: anonymous and file pages together */
	int64_t slab_kb;		/**< before 2.6.31: reclaimable or not was not told apart */
};

/** Free blocks of one order. */
struct oom_free_area {
	int64_t blocks;		 /**< free blocks of this order, all migrate types */
	const char *types;	 /**< letters of the migrate types that have some, as the log prints them: "UMEHCI" */
	struct oom_ints by_type; /**< from a dump: blocks by migrate type, in the order of the kernel's enum */
};
OOM_LIST(oom_free_areas, struct oom_free_area);

struct oom_zone {
	const char *name;
	int64_t free_kb;
	int64_t min_kb, low_kb, high_kb; /**< with the boost, as the kernel prints them */
	int64_t boost_kb;
	int64_t present_kb, managed_kb, spanned_kb;
	int64_t reserved_highatomic_kb;
	int64_t free_highatomic_kb;
	oom_tri all_unreclaimable;	   /**< per zone before 4.8 */
	struct oom_ints lowmem_reserve_kb; /**< by class of the request: index 0 is the lowest zone */
	struct oom_free_areas free_areas;  /**< by order */
	struct oom_counters counters;
	struct oom_origin origin;
};
OOM_LIST(oom_zones, struct oom_zone);

struct oom_node {
	int64_t id;
	oom_tri all_unreclaimable;
	struct oom_counters counters;
	struct oom_zones zones; /**< populated ones, lowest first */
	struct oom_origin origin;
};
OOM_LIST(oom_nodes, struct oom_node);

/** A part of a process's address space. */
struct oom_mapping {
	int64_t start, size_kb; /**< start: user address. Of size_kb any part may be in memory */
	const char *kind;	/**< "heap", "stack", "anon", "file" */
	const char *path;	/**< of the file; NULL: none, or not known */
	oom_tri writable, shared;
};
OOM_LIST(oom_mappings, struct oom_mapping);

/** A process (thread group) or a kernel thread; one row per thread group. */
struct oom_task {
	int64_t pid, tgid, ppid, uid;
	const char *comm, *cmdline;
	const char *state; /**< one letter as in /proc/PID/stat: "R" "S" "D" "Z" … */
	oom_tri kthread;
	/* The exact sums, per-CPU and per-thread parts included (log: what was printed). */
	int64_t rss_kb, rss_anon_kb, rss_file_kb, rss_shmem_kb, swap_kb;
	/* What this kernel's OOM killer reads (KERNEL-FACTS 1.3); equal to the printed table's columns. */
	int64_t oom_rss_kb, oom_rss_anon_kb, oom_rss_file_kb, oom_rss_shmem_kb, oom_swap_kb;
	int64_t pgtables_kb; /**< mm.pgtables_bytes; before 4.15 (nr_ptes + nr_pmds) pages */
	int64_t nr_ptes;     /**< pages, before 4.15 */
	int64_t total_vm_kb;
	int64_t oom_score_adj;
	const char *memcg;	      /**< path of its memory cgroup */
	const char *container;	      /**< id or name, as told by that path */
	const char *pod;	      /**< uid of the Kubernetes pod, as told by that path */
	const char *exe;	      /**< path of what it runs */
	struct oom_mappings mappings; /**< the largest; of the few largest processes only */
	int64_t threads;
	int64_t locked_kb;  /**< mm.locked_vm: what it asked to be locked, whether it is in memory or not */
	int64_t hugetlb_kb; /**< huge pages of the pools that it has mapped: in none of its other figures */
	int64_t open_files;
	/* Pages of pipes, buffers of sockets that it has open; others may have them open too. */
	int64_t pipes_kb, sockets_kb;
	int64_t mm;	    /**< address of its mm_struct: equal for processes that share one; OOM_ABSENT */
	int64_t flags;	    /**< task_struct.flags (PF_*) */
	oom_tri oom_skip;   /**< MMF_OOM_SKIP: already reaped, not eligible */
	oom_tri oom_victim; /**< chosen before (signal->oom_mm set) */
	oom_tri in_vfork;
	oom_tri cap_sys_admin;	      /**< bonus before 4.17 */
	struct oom_ints mems_allowed; /**< node ids, for the cpuset and mempolicy scopes */
	struct oom_origin origin;
};
OOM_LIST(oom_tasks, struct oom_task);

struct oom_memcg {
	const char *path;
	int64_t usage_kb, limit_kb; /**< limit OOM_ABSENT: unknown; unlimited is OOM_UNLIMITED */
	int64_t swap_usage_kb, swap_limit_kb, failcnt;
	oom_tri dying;
	int64_t high_kb, low_kb, min_kb;	/**< OOM_UNLIMITED: none. high: v1 has none; low of v1: soft limit */
	int64_t peak_kb;			/**< highest usage ever */
	int64_t kmem_kb, tcp_kb;		/**< v1's kernel and TCP counters; kmem of v2: the statistic */
	int64_t memsw_usage_kb, memsw_limit_kb; /**< v1: memory and swap together */
	int64_t anon_kb, file_kb, shmem_kb, slab_kb; /**< statistics with all descendants, approximate */
	int64_t events_low, events_high, events_max, events_oom, events_oom_kill, events_oom_group_kill;
	int64_t procs;				/**< processes in it itself */
	int64_t descendants, dying_descendants; /**< groups below it: alive, and removed ones that memory still pins */
	oom_tri oom_group, oom_kill_disable;
	struct oom_origin origin;
};
OOM_LIST(oom_memcgs, struct oom_memcg);
#define OOM_UNLIMITED INT64_MAX /**< a limit that is none; null in JSON */

struct oom_slab {
	const char *name;
	int64_t object_size; /**< bytes */
	int64_t objects, active_objects, total_kb, active_kb;
	oom_tri reclaimable;
	int64_t slab_kb, slabs;	    /**< KiB of one slab, number of slabs */
	int64_t caches;		    /**< caches summed in this row: per-cgroup copies before 5.9 */
	struct oom_strings aliases; /**< other caches that were merged into this one */
	struct oom_origin origin;
};
OOM_LIST(oom_slabs, struct oom_slab);

struct oom_hugetlb {
	int64_t node; /**< OOM_ABSENT: the whole machine */
	int64_t size_kb, total, free, reserved, surplus;
	struct oom_origin origin;
};
OOM_LIST(oom_hugetlbs, struct oom_hugetlb);

/** A place in the kernel's source that allocates: "Memory allocations:" of a log (6.10+, MEM_ALLOC_PROFILING). */
struct oom_alloc_site {
	const char *file, *function; /**< file: "mm/slub.c:2319", with " [module]" behind it */
	int64_t kb, calls;
	struct oom_origin origin;
};
OOM_LIST(oom_alloc_sites, struct oom_alloc_site);

/** A file in memory: of a tmpfs or ramfs, a memfd, a SysV segment, shared anonymous memory. */
struct oom_shmem {
	const char *mount, *path; /**< path: from the root of all mounts; where there is none, the name in the dentry */
	int64_t kb;		  /**< in memory */
	const char *kind;	  /**< "tmpfs", "ramfs", "memfd", "sysv", "shared-anon", "driver" */
	oom_tri deleted;	  /**< a tmpfs or ramfs file without a name: only an open file or a mapping keeps it */
	int64_t size_kb, swap_kb;
	int64_t inode;
	int64_t shmid;	  /**< kind sysv: the segment's id, as ipcs -m shows it */
	int64_t pid;	  /**< a process that has it open or mapped; OOM_ABSENT: none found, or not searched */
	const char *comm; /**< of that process */
	int64_t holders;  /**< how many processes have it open or mapped */
	struct oom_origin origin;
};
OOM_LIST(oom_shmems, struct oom_shmem);

/** A file system that lives in memory. */
struct oom_tmpfs {
	const char *mount;	   /**< first mount point; NULL: not mounted (the kernel's own for memfd, SysV …) */
	const char *type;	   /**< "tmpfs", "ramfs", "devtmpfs" */
	const char *source;	   /**< what was given as device */
	int64_t used_kb, limit_kb; /**< used: memory and swap; limit OOM_UNLIMITED: none */
	int64_t files;		   /**< inodes that were counted */
	int64_t files_kb;	   /**< sum of these files in memory */
	oom_tri truncated;	   /**< not all inodes were looked at */
	struct oom_origin origin;
};
OOM_LIST(oom_tmpfss, struct oom_tmpfs);

struct oom_swap {
	const char *name, *kind; /**< kind: "partition", "file", "zram" */
	int64_t size_kb, used_kb;
	int64_t priority;
	struct oom_origin origin;
};
OOM_LIST(oom_swaps, struct oom_swap);

/** A zram device. */
struct oom_zram {
	const char *name;		   /**< "zram0" */
	const char *algorithm;		   /**< "lzo-rle", "zstd" … */
	int64_t disksize_kb, limit_kb;	   /**< limit OOM_UNLIMITED: none */
	int64_t orig_kb, compr_kb, mem_kb; /**< stored, compressed, and the memory that it takes */
	int64_t same_kb, huge_kb;	   /**< pages of one value, and incompressible ones */
	struct oom_origin origin;
};
OOM_LIST(oom_zrams, struct oom_zram);

/** Who allocated vmalloc memory: all areas of one caller. */
struct oom_vmalloc {
	const char *caller; /**< function that asked for it; "address 0x…" where it has no name */
	const char *module; /**< of the caller; NULL: the kernel itself */
	int64_t kb, areas;
	oom_tri stacks; /**< kernel stacks: counted as such */
	struct oom_origin origin;
};
OOM_LIST(oom_vmallocs, struct oom_vmalloc);

/** What sockets of one protocol were charged. */
struct oom_protocol {
	const char *name;
	int64_t kb, sockets;
	int64_t min_kb, pressure_kb, max_kb; /**< net.ipv4.tcp_mem and the like */
	struct oom_origin origin;
};
OOM_LIST(oom_protocols, struct oom_protocol);

/** Pages of one owner, counted one by one. */
struct oom_census_row {
	const char *owner; /**< "free", "anon", "file" … "unowned": see CONTRACT */
	int64_t node;	   /**< OOM_ABSENT: the whole machine */
	int64_t order;	   /**< of free blocks and unowned allocations; OOM_ABSENT: all orders */
	int64_t kb;
	int64_t error_kb; /**< of a sample: off by at most so much in 95 of 100 cases; OOM_ABSENT: counted exactly */
};
OOM_LIST(oom_census_rows, struct oom_census_row);

/** What is charged to a cgroup itself, counted page by page (of a sample: estimated). Slab objects are not in it. */
struct oom_census_memcg {
	const char *path; /**< NULL: groups that cannot be named, all in one */
	int64_t anon_kb, file_kb, shmem_kb, kernel_kb;
	oom_tri dying;
	struct oom_origin origin;
};
OOM_LIST(oom_census_memcgs, struct oom_census_memcg);

/**
 * Pages in use that were allocated by one stack of calls, where the kernel notes that (page_owner=on); of a sample:
 * estimated.
 */
struct oom_census_stack {
	int64_t kb;
	int64_t unowned_kb;	  /**< of these: pages of owner "unowned" */
	int64_t order, gfp_mask;  /**< of the allocations; OOM_ABSENT: not all have the same */
	int64_t pid;		  /**< who asked: the thread; OOM_ABSENT: several, or not noted (before 5.18) */
	const char *comm;	  /**< its name then; NULL: several, or not noted */
	const char *caller;	  /**< the first function that is none of the page allocator's; NULL: not known */
	struct oom_strings stack; /**< "function+0x1a [module]", innermost first */
};
OOM_LIST(oom_census_stacks, struct oom_census_stack);

/** A walk over all page frames. */
struct oom_census {
	int64_t pages;	    /**< frames with a struct page, reserved ones and holes too */
	int64_t looked_at;  /**< of these */
	int64_t unreadable; /**< whose struct page is not in the dump */
	int64_t sample;	    /**< one unit of so many was looked at; 1: all */
	struct oom_census_rows owners;
	struct oom_census_memcgs memcgs; /**< the largest */
	struct oom_census_stacks stacks; /**< the largest; not known: the kernel keeps none */
};

/** How much there is of what the lists show only the largest of. */
struct oom_totals {
	int64_t tasks;				       /**< processes; absent if the list is not whole */
	int64_t memcgs, memcgs_dying, memcgs_dying_kb; /**< dying: removed groups; KiB: what they still have charged */
	int64_t slabs;				       /**< caches */
	int64_t shmem_files, shmem_deleted_kb, shmem_sysv_kb, shmem_memfd_kb;
	int64_t ramfs_kb; /**< files of ramfs: never reclaimed, not in shmem_kb but in file_kb */
	int64_t vmalloc_areas;
	int64_t pipes_kb, sockets_kb; /**< pages of all pipes, buffers of all sockets that a process has open */
};

/** How hard the kernel worked for memory. Counts are since boot. */
struct oom_activity {
	int64_t allocstall;				      /**< allocations that had to reclaim themselves */
	int64_t pgscan_kswapd, pgscan_direct;		      /**< pages looked at by reclaim */
	int64_t pgsteal_kswapd, pgsteal_direct;		      /**< pages that it took back */
	int64_t compact_stall, compact_fail, compact_success; /**< requests that compacted memory for themselves */
	int64_t pswpin, pswpout, pgmajfault, oom_kill, drop_pagecache;
	/* Pressure stall information: share of time in which some or all tasks waited, parts per million, by window;
	 * and the time in all. */
	int64_t memory_some_avg10_ppm, memory_some_avg60_ppm, memory_some_avg300_ppm;
	int64_t memory_full_avg10_ppm, memory_full_avg60_ppm, memory_full_avg300_ppm;
	int64_t io_some_avg10_ppm, io_some_avg60_ppm, io_some_avg300_ppm;
	int64_t io_full_avg10_ppm, io_full_avg60_ppm, io_full_avg300_ppm;
	int64_t memory_some_us, memory_full_us, io_some_us, io_full_us;
	int64_t dying_victims; /**< processes that the OOM killer chose and that have not exited */
	oom_tri reaper_busy;   /**< the oom_reaper has victims before it */
};

/** The memory of a machine at one moment: at the crash, or as one OOM report printed it. */
struct oom_state {
	struct oom_memory memory;
	struct oom_counters counters; /**< of the whole machine */
	struct oom_nodes nodes;
	struct oom_tasks tasks;
	struct oom_memcgs memcgs;
	struct oom_slabs slabs;
	struct oom_hugetlbs hugetlb;
	struct oom_shmems shmem;
	struct oom_tmpfss tmpfs;
	struct oom_swaps swaps;
	struct oom_zrams zrams;
	struct oom_vmallocs vmallocs;
	struct oom_protocols protocols;
	struct oom_alloc_sites allocs;
	struct oom_totals totals;
	struct oom_census *census; /**< NULL: not asked for, or not possible */
	struct oom_activity activity;
	struct oom_origin origin; /**< of memory and counters */
};

struct oom_trigger {
	const char *comm;
	int64_t pid, oom_score_adj;
};

struct oom_victim {
	const char *comm;
	int64_t pid, uid, score;
	int64_t total_vm_kb, rss_anon_kb, rss_file_kb, rss_shmem_kb, pgtables_kb, oom_score_adj;
	const char *memcg;
	oom_tri reaped;
	int64_t time_us;
	struct oom_origin origin;
};
OOM_LIST(oom_victims, struct oom_victim);

/** One line of memory.stat: sizes are in KiB and their names end in "_kb", counts keep the kernel's name. */
struct oom_stat {
	const char *name;
	int64_t value;
};
OOM_LIST(oom_stats, struct oom_stat);

/** The limit that a memory-cgroup OOM hit. */
struct oom_event_memcg {
	const char *oom;  /**< cgroup whose limit was reached */
	const char *task; /**< cgroup of the task */
	int64_t usage_kb, limit_kb, failcnt, swap_usage_kb, swap_limit_kb;
	int64_t memsw_usage_kb, memsw_limit_kb, kmem_usage_kb, kmem_limit_kb; /**< cgroup v1 */
	oom_tri oom_group; /**< memory.oom.group: all its tasks are killed */
	struct oom_stats stats;
	struct oom_origin origin;
};

enum oom_event_kind { OOM_EVENT_OOM, OOM_EVENT_ALLOCATION_FAILURE, OOM_EVENT_USERSPACE };
enum oom_constraint {
	OOM_CONSTRAINT_UNKNOWN,
	OOM_CONSTRAINT_NONE,
	OOM_CONSTRAINT_MEMCG,
	OOM_CONSTRAINT_CPUSET,
	OOM_CONSTRAINT_MEMPOLICY,
};

struct oom_event {
	int64_t index;
	enum oom_event_kind kind;
	int64_t time_us;
	const char *time;  /**< RFC 3339 where the log has the date */
	const char *stamp; /**< the log's own date where `time` cannot be told, a year is missing: "Nov  2 14:08:46" */
	int64_t log_line;  /**< first line of the report, from 1 */
	int64_t boot;	   /**< which boot of the log, from 0 (oldest); equal numbers are one boot */
	const char *nodename, *release;
	int64_t cpu;
	struct oom_trigger trigger;
	int64_t gfp_mask;
	struct oom_strings gfp_flags;
	const char *gfp_meaning;		      /**< what the mask allows, in words: zones, reclaim, movability */
	int64_t order;				      /**< -1: SysRq */
	const char *nodemask, *cpuset, *mems_allowed; /**< as printed; nodemask "(null)" is none: NULL */
	enum oom_constraint constraint;
	struct oom_event_memcg *memcg; /**< NULL: no cgroup is involved, or the log does not tell */
	struct oom_state state;	       /**< as printed */
	struct oom_victims victims;
	const char *alloc_path;	  /**< what the call trace shows of the request, in words: "page fault: page cache" */
	struct oom_strings trace; /**< functions of the call trace, innermost first */
	bool panic;
	const char *panic_text;
	oom_tri has_head, has_mem_info, has_task_table; /**< parts of the report that the log holds */
	oom_tri no_killable;				/**< "no killable processes" */
	oom_tri sysrq;
	oom_tri capture_kernel;	     /**< kexec started that kernel to save a crash dump; OOM_MAYBE: its command line is
					not in the log */
	const char *killer;	     /**< userspace: "systemd-oomd", "earlyoom", … */
	const char *reason;	     /**< userspace: why it acted, in its own words */
	struct oom_strings followed; /**< what the log shows afterwards: a unit that failed, a hung task, a restart */
	struct oom_strings missing;
	struct oom_origin origin;
};
OOM_LIST(oom_events, struct oom_event);

/** A line of the kernel log that tells how the machine fared. */
struct oom_note {
	int64_t time_us;
	const char *kind; /**< "hung-task", "allocation-stall", "lockup", "kill", "reaped", "not-reaped", "device" … */
	const char *text;
	struct oom_origin origin;
};
OOM_LIST(oom_notes, struct oom_note);

struct oom_case {
	struct oom_arena *arena;
	struct oom_input source;
	struct oom_system system;
	struct oom_config config;
	struct oom_events events;  /**< oldest first */
	struct oom_notes notes;	   /**< of a dump's log, the newest some hundred, oldest first */
	struct oom_state *state;   /**< at the crash (vmcore, crash) or the collection (sosreport); NULL for a log */
	oom_tri state_same_boot;   /**< sosreport: the state is of the boot of the last event */
	oom_tri state_is_incident; /**< OOM_NO: the state is of another time than the events (sosreport after a reboot)
				    */
};

/** An empty case: every fact absent. NULL without memory. Free with oom_case_free(). */
OOM_PUBLIC struct oom_case *oom_case_new(void);
OOM_PUBLIC void oom_case_free(struct oom_case *c); /**< NULL is allowed */

/**
 * Reads a case.json (schema "oomortem-case/1").
 * @param[in] in open for reading, read to its end
 * @param[out] ret the case, to be freed with oom_case_free()
 * @return OOM_OK; OOM_EFORMAT with the path of the wrong value in @p err, or in a build without jansson; OOM_ENOMEM
 */
OOM_PUBLIC enum oom_status oom_case_read(FILE *in, struct oom_case **ret, struct oom_error *err);

/** Adds "what: why it is not known" to the case's list of missing facts. */
OOM_PUBLIC void oom_case_missing(struct oom_case *c, const char *fmt, ...) OOM_PRINTF(2, 3);

/* A new element at the end of a list, every fact in it absent; NULL without memory. The address holds until the
 * next addition to the same list. */
OOM_PUBLIC struct oom_event *oom_add_event(struct oom_arena *arena, struct oom_events *list);
OOM_PUBLIC struct oom_node *oom_add_node(struct oom_arena *arena, struct oom_nodes *list);
OOM_PUBLIC struct oom_zone *oom_add_zone(struct oom_arena *arena, struct oom_zones *list);
OOM_PUBLIC struct oom_free_area *oom_add_free_area(struct oom_arena *arena, struct oom_free_areas *list);
OOM_PUBLIC struct oom_task *oom_add_task(struct oom_arena *arena, struct oom_tasks *list);
OOM_PUBLIC struct oom_note *oom_add_note(struct oom_arena *arena, struct oom_notes *list);
OOM_PUBLIC struct oom_mapping *oom_add_mapping(struct oom_arena *arena, struct oom_mappings *list);
OOM_PUBLIC struct oom_memcg *oom_add_memcg(struct oom_arena *arena, struct oom_memcgs *list);
OOM_PUBLIC struct oom_slab *oom_add_slab(struct oom_arena *arena, struct oom_slabs *list);
OOM_PUBLIC struct oom_hugetlb *oom_add_hugetlb(struct oom_arena *arena, struct oom_hugetlbs *list);
OOM_PUBLIC struct oom_shmem *oom_add_shmem(struct oom_arena *arena, struct oom_shmems *list);
OOM_PUBLIC struct oom_tmpfs *oom_add_tmpfs(struct oom_arena *arena, struct oom_tmpfss *list);
OOM_PUBLIC struct oom_zram *oom_add_zram(struct oom_arena *arena, struct oom_zrams *list);
OOM_PUBLIC struct oom_vmalloc *oom_add_vmalloc(struct oom_arena *arena, struct oom_vmallocs *list);
OOM_PUBLIC struct oom_protocol *oom_add_protocol(struct oom_arena *arena, struct oom_protocols *list);
OOM_PUBLIC struct oom_census_row *oom_add_census_row(struct oom_arena *arena, struct oom_census_rows *list);
OOM_PUBLIC struct oom_census_memcg *oom_add_census_memcg(struct oom_arena *arena, struct oom_census_memcgs *list);
OOM_PUBLIC struct oom_census_stack *oom_add_census_stack(struct oom_arena *arena, struct oom_census_stacks *list);
OOM_PUBLIC struct oom_swap *oom_add_swap(struct oom_arena *arena, struct oom_swaps *list);
OOM_PUBLIC struct oom_alloc_site *oom_add_alloc_site(struct oom_arena *arena, struct oom_alloc_sites *list);
OOM_PUBLIC struct oom_victim *oom_add_victim(struct oom_arena *arena, struct oom_victims *list);
/** A state, an event's memcg with every fact absent; NULL without memory. */
OOM_PUBLIC struct oom_state *oom_new_state(struct oom_arena *arena);
OOM_PUBLIC struct oom_event_memcg *oom_new_event_memcg(struct oom_arena *arena);
OOM_PUBLIC struct oom_census *oom_new_census(struct oom_arena *arena);

#endif
