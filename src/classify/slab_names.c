// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What the kernel keeps in its slab caches, and who makes it do so. Names: the calls of kmem_cache_create() in the
 * kernel's source; they have been the same for ten years and more.
 */
#include "classify/internal.h"
#include <ctype.h>
#include <string.h>

struct known {
	const char *name; /**< of the cache; '*' at its end: all that begin so */
	const char *holds;
};

/* The first that fits counts. */
static const struct known caches[] = {
	{"kmalloc-cg-*", "Objects of one size that are charged to cgroups because user space caused them: buffers of "
			 "pipes and sockets, System V messages, event descriptors and the like. They live as long as "
			 "the queue, the socket or the open file."},
	{"kmalloc-rcl-*", "Objects of one size that the kernel can give back, long names of files among them."},
	{"dma-kmalloc-*", "Buffers of one size for old devices: a driver's."},
	{"kmalloc-*", "Objects of one size from everywhere in the kernel and its modules; the size alone does not tell "
		      "whose they are. A driver that leaks shows up here."},
	{"dentry", "Names of files that were looked up, also of such that do not exist. Open files and mounts hold "
		   "theirs; walks over many files (backup, locate, rm -r) fill it."},
	// Since 6.11 kmem_buckets_create() gives some users sizes of their own, "NAME-4k".
	{"msg_msg*", "Messages in System V and POSIX message queues that nobody fetches: ipcs -q, /dev/mqueue."},
	{"memdup_user*", "Copies of what user space passed to the kernel."},
	{"sock_inode_cache", "Open sockets."},
	{"shmem_inode_cache", "Files and folders of tmpfs, empty ones too: they stay, with their names, until they are "
			      "deleted."},
	{"*inode_cache", "Inodes of files that were looked at or are open."},
	{"*_inode_info", "Inodes of files that were looked at or are open."},
	{"xfs_inode", "Inodes of files on XFS that were looked at or are open."},
	{"filp", "Open files: a program that does not close them."},
	{"buffer_head", "Block buffers of page cache."},
	{"radix_tree_node", "The index of the page cache, and shadows of pages that were evicted."},
	{"TCP*", "TCP connections."},
	{"UDP*", "UDP sockets."},
	{"UNIX*", "Local sockets."},
	{"request_sock_TCP*", "TCP connections that are being opened."},
	{"tw_sock_TCP*", "TCP connections that have been closed."},
	{"skbuff_*", "Network packets: in queues of sockets that nobody reads, or held by a driver."},
	{"nf_conntrack*", "Connections that the firewall tracks; nf_conntrack_max limits them."},
	{"task_struct", "Threads."},
	{"signal_cache", "Processes."},
	{"sighand_cache", "Processes."},
	{"vm_area_struct", "Mappings of processes: very many, or of very many processes."},
	{"vma_lock", "Mappings of processes: very many, or of very many processes."},
	{"anon_vma*", "Mappings of processes: very many, or of very many processes."},
	{"maple_node", "Mappings of processes: very many, or of very many processes."},
	{"mm_struct", "Address spaces of processes."},
	{"cred_jar", "Credentials of processes and open files."},
	{"pid", "Process ids, held by whoever refers to a process."},
	{"eventpoll_*", "Files that are watched by epoll."},
	{"inotify_inode_mark", "Files that are watched by inotify; fs.inotify.max_user_watches limits them."},
	{"fsnotify_mark*", "Files that are watched."},
	{"kernfs_node_cache", "Files of sysfs and of cgroups: very many cgroups or devices."},
	{"cgroup_rstat*", "Cgroups."},
	{"bio-*", "Requests to block devices that are under way."},
	{"dm_*", "Device mapper."},
	{"key_jar", "Keys."},
	{"fuse_*", "FUSE file systems."},
	{"nfs*", "NFS."},
	{"ceph_*", "Ceph."},
	{"task_delay_info", "Threads, and what they wait for."},
	{"percpu_counter*", "Counters."},
	{"pool_workqueue", "Work queues."},
	{"names_cache", "Paths that are being looked up."},
	{"bdev_cache", "Block devices."},
	{"zspage", "zram or zswap: what describes its pages."},
	{"zs_handle*", "zram or zswap: what describes its pages."},
};

static bool fits(const char *name, const char *pattern)
{
	size_t len = strlen(pattern), have = strlen(name);
	if (pattern[0] == '*')
		return have >= len - 1 && !strcmp(name + have - (len - 1), pattern + 1);
	if (pattern[len - 1] == '*')
		return !strncmp(name, pattern, len - 1);
	return !strcmp(name, pattern);
}

const char *cl_slab_holds(const char *name)
{
	for (size_t i = 0; name && i < sizeof(caches) / sizeof(caches[0]); i++) {
		if (fits(name, caches[i].name))
			return caches[i].holds;
	}
	return NULL;
}

bool cl_slab_is_size_class(const char *name)
{
	const char *at = name ? strstr(name, "kmalloc-") : NULL;
	return at && (isdigit((unsigned char)at[8]) || !strncmp(at + 8, "cg-", 3) || !strncmp(at + 8, "rcl-", 4) ||
		      !strncmp(at + 8, "rnd-", 4));
}
