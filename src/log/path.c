// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A call trace put into words: why memory was asked for and what kind of memory. Functions of kernels from 2.6 to 7.2;
 * they come and go, so each row holds the names that one way had over the years.
 */
#include "log/internal.h"

struct way {
	const char *words;
	const char *functions[10]; // a '*' at the end: any name that begins so
};

/** Why: from outside in, the first row that holds. */
static const struct way purposes[] = {
	{"SysRq f", {"moom_callback", "sysrq_handle_moom"}},
	{"fork", {"copy_process", "do_fork", "_do_fork", "kernel_clone"}},
	{"exec", {"do_execve*", "bprm_execve", "load_elf_binary"}},
	{"io_uring", {"io_issue_sqe", "io_submit_sqes"}},
	{"NFS server", {"nfsd", "svc_alloc_arg"}},
	{"reclaim (kswapd)", {"kswapd"}},
	{"page fault", {"handle_mm_fault", "do_page_fault", "__do_page_fault", "exc_page_fault", "do_user_addr_fault"}},
	{"read of /proc", {"proc_*", "seq_read*"}},
	{"read of a file", {"vfs_read", "ksys_read", "sys_read", "filemap_read", "generic_file_splice_read"}},
	{"write to a file", {"vfs_write", "ksys_write", "sys_write", "ksys_pwrite64", "generic_perform_write"}},
	{"mmap", {"mmap_region", "do_mmap*", "vm_mmap_pgoff", "do_brk*", "mm_populate"}},
	{"network receive", {"net_rx_action", "__napi_poll", "napi_poll", "tcp_v4_rcv"}},
	{"network send", {"tcp_sendmsg*", "sock_sendmsg*", "__sys_sendmsg", "unix_stream_sendmsg"}},
	{"open of a file", {"path_openat", "do_filp_open", "do_sys_open*"}},
	{"stat of a file", {"vfs_stat*", "vfs_fstat*", "sys_stat*", "vfs_lstat*"}},
	{"poll or select", {"do_select", "core_sys_select", "do_sys_poll", "do_poll"}},
	{"ioctl", {"sys_ioctl", "vfs_ioctl", "do_vfs_ioctl", "__x64_sys_ioctl", "__arm64_sys_ioctl"}},
	{"kernel worker", {"worker_thread", "process_one_work"}},
};

/** What: the innermost frame that is in a row. */
static const struct way kinds[] = {
	{"slab of kernel objects",
	 {"allocate_slab", "new_slab", "cache_grow*", "cache_alloc_refill", "___slab_alloc", "__slab_alloc*",
	  "kmem_cache_alloc*", "__kmalloc", "refill_objects"}},
	{"page table", {"pte_alloc_one", "__pte_alloc", "__pmd_alloc", "__pud_alloc"}},
	{"vmalloc", {"__vmalloc_*", "vmalloc*", "kvmalloc_node*"}},
	{"one large block (kmalloc)", {"kmalloc_order*", "kmalloc_large*", "___kmalloc_large*", "__kmalloc_large*"}},
	{"network buffer",
	 {"__alloc_skb", "alloc_skb*", "sk_page_frag_refill", "skb_page_frag_refill", "__netdev_alloc_*"}},
	{"stack of a new process", {"alloc_thread_stack_node", "dup_task_struct", "copy_process"}},
	{"page from swap", {"do_swap_page", "swapin_readahead", "read_swap_cache_async"}},
	{"tmpfs or shared memory", {"shmem_*"}},
	{"anonymous memory",
	 {"do_anonymous_page", "do_huge_pmd_anonymous_page", "alloc_anon_folio", "wp_page_copy", "do_wp_page",
	  "do_cow_fault", "handle_pte_fault"}},
	{"page cache",
	 {"filemap_*", "__filemap_get_folio*", "pagecache_get_page", "__page_cache_alloc", "page_cache_ra_*",
	  "__do_page_cache_readahead", "add_to_page_cache_lru", "grab_cache_page_*", "find_or_create_page"}},
	{"memory hotplug", {"vmemmap_alloc_block*", "vmemmap_populate*"}},
};

/** Is @p name, its compiler's suffix (".constprop.0", "_noprof") left aside, what @p pattern says? */
static bool fits(const char *name, const char *pattern)
{
	size_t len = strcspn(name, "."), n = strlen(pattern);
	if (len > 7 && !strncmp(name + len - 7, "_noprof", 7)) // 6.10: allocation profiling
		len -= 7;
	if (n && pattern[n - 1] == '*')
		return len >= n - 1 && !strncmp(name, pattern, n - 1);
	return len == n && !strncmp(name, pattern, n);
}

static bool way_fits(const struct way *way, const char *name)
{
	for (size_t f = 0; f < sizeof(way->functions) / sizeof(*way->functions) && way->functions[f]; f++) {
		if (fits(name, way->functions[f]))
			return true;
	}
	return false;
}

/** The words of the first row that any frame fits. */
static const char *by_row(const struct way *ways, size_t n, const struct oom_strings *trace)
{
	for (size_t w = 0; w < n; w++) {
		for (size_t i = 0; i < trace->n; i++) {
			if (way_fits(&ways[w], trace->v[i]))
				return ways[w].words;
		}
	}
	return NULL;
}

/** The words of the row that the innermost frame fits; frames further out may be stale, or only on the way. */
static const char *by_frame(const struct way *ways, size_t n, const struct oom_strings *trace)
{
	for (size_t i = 0; i < trace->n; i++) {
		for (size_t w = 0; w < n; w++) {
			if (way_fits(&ways[w], trace->v[i]))
				return ways[w].words;
		}
	}
	return NULL;
}

const char *trace_path(struct oom_arena *arena, const struct oom_strings *trace, const char *module)
{
	const char *purpose = by_row(purposes, sizeof(purposes) / sizeof(*purposes), trace);
	const char *kind = by_frame(kinds, sizeof(kinds) / sizeof(*kinds), trace);
	if (!purpose && !kind && !module)
		return NULL;
	return oom_printf(arena, "%s%s%s%s%s", purpose ? purpose : "", purpose && kind ? ": " : "", kind ? kind : "",
			  !module	    ? ""
			  : purpose || kind ? ", module "
					    : "module ",
			  module ? module : "");
}
