// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The tables of schema.h: one row per member of each struct of case.h, in the order of the JSON keys. */
#include "case/schema.h"

#define F(key, member, kind, use)                                                                                      \
	{                                                                                                              \
#key, OOM_F_##kind, use, offsetof(T, member), NULL, NULL                                               \
	}
#define F_ENUM(key, member, use, ids)                                                                                  \
	{                                                                                                              \
#key, OOM_F_ENUM, use, offsetof(T, member), NULL, ids                                                  \
	}
#define F_SUB(key, member, kind, use, of)                                                                              \
	{                                                                                                              \
#key, OOM_F_##kind, use, offsetof(T, member), &oom_schema_##of, NULL                                   \
	}
#define F_OBJ(key, member, use, of)  F_SUB(key, member, OBJ, use, of)
#define F_OPT(key, member, use, of)  F_SUB(key, member, OPT, use, of)
#define F_LIST(key, member, use, of) F_SUB(key, member, LIST, use, of)
#define SCHEMA(of)                                                                                                     \
	const struct oom_schema oom_schema_##of = {#of, sizeof(T), of##_fields,                                        \
						   sizeof(of##_fields) / sizeof((of##_fields)[0])};

static const char *const names_origin_kind[] = {"none", "log", "memory", "file", NULL};
static const char *const names_input_kind[] = {"vmcore", "sosreport", "log", "crash", "case", NULL};
static const char *const names_event_kind[] = {"oom", "allocation-failure", "userspace", NULL};
static const char *const names_constraint[] = {"unknown", "none", "memcg", "cpuset", "mempolicy", NULL};

#define T struct oom_origin
static const struct oom_field origin_fields[] = {
	F_ENUM(kind, kind, OOM_IN_CASE, names_origin_kind),
	F(what, what, STR, OOM_IN_CASE),
	F(at, at, INT, OOM_IN_CASE),
};
SCHEMA(origin)
#undef T

#define T struct oom_input
static const struct oom_field input_fields[] = {
	F(path, path, STR, OOM_IN_BOTH),
	F_ENUM(kind, kind, OOM_IN_BOTH, names_input_kind),
	F(format, format, STR, OOM_IN_BOTH),
	F(complete, complete, TRI, OOM_IN_BOTH),
	F(log_read, log_read, TRI, OOM_IN_BOTH),
	F(missing, missing, STRS, OOM_IN_BOTH),
	F(events_only_counted, events_only_counted, INT, OOM_IN_BOTH),
};
SCHEMA(input)
#undef T

#define T struct oom_system
static const struct oom_field system_fields[] = {
	F(release, release, STR, OOM_IN_BOTH),
	F(version, version, STR, OOM_IN_BOTH),
	F(machine, machine, STR, OOM_IN_BOTH),
	F(nodename, nodename, STR, OOM_IN_BOTH),
	F(page_size, page_size, INT, OOM_IN_BOTH),
	F(ram_kb, ram_kb, INT, OOM_IN_BOTH),
	F(uptime_s, uptime_us, US, OOM_IN_BOTH),
	F(crash_time, crash_time, STR, OOM_IN_BOTH),
	F(panic, panic, STR, OOM_IN_BOTH),
	F(cmdline, cmdline, STR, OOM_IN_BOTH),
	F(nr_cpus, nr_cpus, INT, OOM_IN_BOTH),
	F(taint, taint, STR, OOM_IN_BOTH),
	F(cgroup_version, cgroup_version, INT, OOM_IN_BOTH),
};
SCHEMA(system)
#undef T

#define T struct oom_config
static const struct oom_field config_fields[] = {
	F(panic_on_oom, panic_on_oom, INT, OOM_IN_BOTH),
	F(oom_kill_allocating_task, oom_kill_allocating_task, INT, OOM_IN_BOTH),
	F(oom_dump_tasks, oom_dump_tasks, INT, OOM_IN_BOTH),
	F(overcommit_memory, overcommit_memory, INT, OOM_IN_BOTH),
	F(overcommit_ratio, overcommit_ratio, INT, OOM_IN_BOTH),
	F(overcommit_kbytes, overcommit_kbytes, INT, OOM_IN_BOTH),
	F(min_free_kbytes, min_free_kbytes, INT, OOM_IN_BOTH),
	F(swappiness, swappiness, INT, OOM_IN_BOTH),
	F(watermark_scale_factor, watermark_scale_factor, INT, OOM_IN_BOTH),
	F(watermark_boost_factor, watermark_boost_factor, INT, OOM_IN_BOTH),
	F(admin_reserve_kbytes, admin_reserve_kbytes, INT, OOM_IN_BOTH),
	F(user_reserve_kbytes, user_reserve_kbytes, INT, OOM_IN_BOTH),
	F(zone_reclaim_mode, zone_reclaim_mode, INT, OOM_IN_BOTH),
	F(panic_timeout, panic_timeout, INT, OOM_IN_BOTH),
	F(kdump_loaded, kdump_loaded, INT, OOM_IN_BOTH),
	F(crash_size_kb, crash_size_kb, INT, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(config)
#undef T

#define T struct oom_memory
static const struct oom_field memory_fields[] = {
	F(total_kb, total_kb, INT, OOM_IN_BOTH),
	F(free_kb, free_kb, INT, OOM_IN_BOTH),
	F(available_kb, available_kb, INT, OOM_IN_BOTH),
	F(anon_kb, anon_kb, INT, OOM_IN_BOTH),
	F(file_kb, file_kb, INT, OOM_IN_BOTH),
	F(shmem_kb, shmem_kb, INT, OOM_IN_BOTH),
	F(dirty_kb, dirty_kb, INT, OOM_IN_BOTH),
	F(writeback_kb, writeback_kb, INT, OOM_IN_BOTH),
	F(unevictable_kb, unevictable_kb, INT, OOM_IN_BOTH),
	F(slab_reclaimable_kb, slab_reclaimable_kb, INT, OOM_IN_BOTH),
	F(slab_unreclaimable_kb, slab_unreclaimable_kb, INT, OOM_IN_BOTH),
	F(kernel_stack_kb, kernel_stack_kb, INT, OOM_IN_BOTH),
	F(page_tables_kb, page_tables_kb, INT, OOM_IN_BOTH),
	F(percpu_kb, percpu_kb, INT, OOM_IN_BOTH),
	F(vmalloc_kb, vmalloc_kb, INT, OOM_IN_BOTH),
	F(hugetlb_kb, hugetlb_kb, INT, OOM_IN_BOTH),
	F(zram_kb, zram_kb, INT, OOM_IN_BOTH),
	F(balloon_kb, balloon_kb, INT, OOM_IN_BOTH),
	F(unaccounted_kb, unaccounted_kb, INT, OOM_IN_BOTH),
	F(pcp_kb, pcp_kb, INT, OOM_IN_BOTH),
	F(swap_cached_kb, swap_cached_kb, INT, OOM_IN_BOTH),
	F(sec_page_tables_kb, sec_page_tables_kb, INT, OOM_IN_BOTH),
	F(cma_kb, cma_kb, INT, OOM_IN_BOTH),
	F(kernel_misc_kb, kernel_misc_kb, INT, OOM_IN_BOTH),
	F(swap_total_kb, swap_total_kb, INT, OOM_IN_BOTH),
	F(swap_free_kb, swap_free_kb, INT, OOM_IN_BOTH),
	F(commit_limit_kb, commit_limit_kb, INT, OOM_IN_BOTH),
	F(committed_kb, committed_kb, INT, OOM_IN_BOTH),
	F(present_kb, present_kb, INT, OOM_IN_BOTH),
	F(reserved_kb, reserved_kb, INT, OOM_IN_BOTH),
	F(highmem_kb, highmem_kb, INT, OOM_IN_BOTH),
	F(hwpoison_kb, hwpoison_kb, INT, OOM_IN_BOTH),
	F(unaccepted_kb, unaccepted_kb, INT, OOM_IN_BOTH),
	F(mlocked_kb, mlocked_kb, INT, OOM_IN_BOTH),
	F(anon_thp_kb, anon_thp_kb, INT, OOM_IN_BOTH),
	F(mapped_kb, mapped_kb, INT, OOM_IN_BOTH),
	F(totalreserve_kb, totalreserve_kb, INT, OOM_IN_BOTH),
	F(pagecache_total_kb, pagecache_total_kb, INT, OOM_IN_BOTH),
	F(page_tables_upper_kb, page_tables_upper_kb, INT, OOM_IN_BOTH),
	F(percpu_reserved_kb, percpu_reserved_kb, INT, OOM_IN_BOTH),
	F(swap_cached_mapped_kb, swap_cached_mapped_kb, INT, OOM_IN_BOTH),
	F(balloon_managed_kb, balloon_managed_kb, INT, OOM_IN_BOTH),
	F(kernel_buffers_kb, kernel_buffers_kb, INT, OOM_IN_BOTH),
	F(sockets_kb, sockets_kb, INT, OOM_IN_BOTH),
	F(zswap_kb, zswap_kb, INT, OOM_IN_BOTH),
	F(zswapped_kb, zswapped_kb, INT, OOM_IN_BOTH),
	F(modules_kb, modules_kb, INT, OOM_IN_BOTH),
	F(error_kb, error_kb, INT, OOM_IN_BOTH),
};
SCHEMA(memory)
#undef T

#define T struct oom_counters
static const struct oom_field counters_fields[] = {
	F(active_anon_kb, active_anon_kb, INT, OOM_IN_BOTH),
	F(inactive_anon_kb, inactive_anon_kb, INT, OOM_IN_BOTH),
	F(active_file_kb, active_file_kb, INT, OOM_IN_BOTH),
	F(inactive_file_kb, inactive_file_kb, INT, OOM_IN_BOTH),
	F(unevictable_kb, unevictable_kb, INT, OOM_IN_BOTH),
	F(isolated_anon_kb, isolated_anon_kb, INT, OOM_IN_BOTH),
	F(isolated_file_kb, isolated_file_kb, INT, OOM_IN_BOTH),
	F(anon_kb, anon_kb, INT, OOM_IN_BOTH),
	F(file_kb, file_kb, INT, OOM_IN_BOTH),
	F(mapped_kb, mapped_kb, INT, OOM_IN_BOTH),
	F(dirty_kb, dirty_kb, INT, OOM_IN_BOTH),
	F(writeback_kb, writeback_kb, INT, OOM_IN_BOTH),
	F(writeback_tmp_kb, writeback_tmp_kb, INT, OOM_IN_BOTH),
	F(unstable_kb, unstable_kb, INT, OOM_IN_BOTH),
	F(shmem_kb, shmem_kb, INT, OOM_IN_BOTH),
	F(swap_cached_kb, swap_cached_kb, INT, OOM_IN_BOTH),
	F(shmem_thp_kb, shmem_thp_kb, INT, OOM_IN_BOTH),
	F(shmem_pmdmapped_kb, shmem_pmdmapped_kb, INT, OOM_IN_BOTH),
	F(anon_thp_kb, anon_thp_kb, INT, OOM_IN_BOTH),
	F(file_thp_kb, file_thp_kb, INT, OOM_IN_BOTH),
	F(slab_reclaimable_kb, slab_reclaimable_kb, INT, OOM_IN_BOTH),
	F(slab_unreclaimable_kb, slab_unreclaimable_kb, INT, OOM_IN_BOTH),
	F(kernel_misc_reclaimable_kb, kernel_misc_reclaimable_kb, INT, OOM_IN_BOTH),
	F(kernel_stack_kb, kernel_stack_kb, INT, OOM_IN_BOTH),
	F(page_tables_kb, page_tables_kb, INT, OOM_IN_BOTH),
	F(sec_page_tables_kb, sec_page_tables_kb, INT, OOM_IN_BOTH),
	F(mlocked_kb, mlocked_kb, INT, OOM_IN_BOTH),
	F(bounce_kb, bounce_kb, INT, OOM_IN_BOTH),
	F(writepending_kb, writepending_kb, INT, OOM_IN_BOTH),
	F(zspages_kb, zspages_kb, INT, OOM_IN_BOTH),
	F(free_pcp_kb, free_pcp_kb, INT, OOM_IN_BOTH),
	F(local_pcp_kb, local_pcp_kb, INT, OOM_IN_BOTH),
	F(free_cma_kb, free_cma_kb, INT, OOM_IN_BOTH),
	F(balloon_kb, balloon_kb, INT, OOM_IN_BOTH),
	F(gpu_active_kb, gpu_active_kb, INT, OOM_IN_BOTH),
	F(gpu_reclaim_kb, gpu_reclaim_kb, INT, OOM_IN_BOTH),
	F(pages_scanned, pages_scanned, INT, OOM_IN_BOTH),
	F(active_kb, active_kb, INT, OOM_IN_BOTH),
	F(inactive_kb, inactive_kb, INT, OOM_IN_BOTH),
	F(slab_kb, slab_kb, INT, OOM_IN_BOTH),
};
SCHEMA(counters)
#undef T

#define T struct oom_free_area
static const struct oom_field free_area_fields[] = {
	F(blocks, blocks, INT, OOM_IN_BOTH),
	F(types, types, STR, OOM_IN_BOTH),
	F(by_type, by_type, INTS, OOM_IN_BOTH),
};
SCHEMA(free_area)
#undef T

#define T struct oom_zone
static const struct oom_field zone_fields[] = {
	F(name, name, STR, OOM_IN_BOTH),
	F(free_kb, free_kb, INT, OOM_IN_BOTH),
	F(min_kb, min_kb, INT, OOM_IN_BOTH),
	F(low_kb, low_kb, INT, OOM_IN_BOTH),
	F(high_kb, high_kb, INT, OOM_IN_BOTH),
	F(boost_kb, boost_kb, INT, OOM_IN_BOTH),
	F(present_kb, present_kb, INT, OOM_IN_BOTH),
	F(managed_kb, managed_kb, INT, OOM_IN_BOTH),
	F(spanned_kb, spanned_kb, INT, OOM_IN_BOTH),
	F(reserved_highatomic_kb, reserved_highatomic_kb, INT, OOM_IN_BOTH),
	F(free_highatomic_kb, free_highatomic_kb, INT, OOM_IN_BOTH),
	F(all_unreclaimable, all_unreclaimable, TRI, OOM_IN_BOTH),
	F(lowmem_reserve_kb, lowmem_reserve_kb, INTS, OOM_IN_BOTH),
	F_LIST(free_areas, free_areas, OOM_IN_BOTH, free_area),
	F_OBJ(counters, counters, OOM_IN_BOTH, counters),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(zone)
#undef T

#define T struct oom_node
static const struct oom_field node_fields[] = {
	F(id, id, INT, OOM_IN_BOTH),
	F(all_unreclaimable, all_unreclaimable, TRI, OOM_IN_BOTH),
	F_OBJ(counters, counters, OOM_IN_BOTH, counters),
	F_LIST(zones, zones, OOM_IN_BOTH, zone),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(node)
#undef T

#define T struct oom_mapping
static const struct oom_field mapping_fields[] = {
	F(start, start, HEX, OOM_IN_BOTH), F(size_kb, size_kb, INT, OOM_IN_BOTH),   F(kind, kind, STR, OOM_IN_BOTH),
	F(path, path, STR, OOM_IN_BOTH),   F(writable, writable, TRI, OOM_IN_BOTH), F(shared, shared, TRI, OOM_IN_BOTH),
};
SCHEMA(mapping)
#undef T

#define T struct oom_task
static const struct oom_field task_fields[] = {
	F(pid, pid, INT, OOM_IN_BOTH),
	F(tgid, tgid, INT, OOM_IN_BOTH),
	F(ppid, ppid, INT, OOM_IN_BOTH),
	F(uid, uid, INT, OOM_IN_BOTH),
	F(comm, comm, STR, OOM_IN_BOTH),
	F(cmdline, cmdline, STR, OOM_IN_BOTH),
	F(state, state, STR, OOM_IN_BOTH),
	F(kthread, kthread, TRI, OOM_IN_BOTH),
	F(rss_kb, rss_kb, INT, OOM_IN_BOTH),
	F(rss_anon_kb, rss_anon_kb, INT, OOM_IN_BOTH),
	F(rss_file_kb, rss_file_kb, INT, OOM_IN_BOTH),
	F(rss_shmem_kb, rss_shmem_kb, INT, OOM_IN_BOTH),
	F(swap_kb, swap_kb, INT, OOM_IN_BOTH),
	F(oom_rss_kb, oom_rss_kb, INT, OOM_IN_BOTH),
	F(oom_rss_anon_kb, oom_rss_anon_kb, INT, OOM_IN_BOTH),
	F(oom_rss_file_kb, oom_rss_file_kb, INT, OOM_IN_BOTH),
	F(oom_rss_shmem_kb, oom_rss_shmem_kb, INT, OOM_IN_BOTH),
	F(oom_swap_kb, oom_swap_kb, INT, OOM_IN_BOTH),
	F(pgtables_kb, pgtables_kb, INT, OOM_IN_BOTH),
	F(nr_ptes, nr_ptes, INT, OOM_IN_CASE),
	F(total_vm_kb, total_vm_kb, INT, OOM_IN_BOTH),
	F(oom_score_adj, oom_score_adj, INT, OOM_IN_BOTH),
	F(memcg, memcg, STR, OOM_IN_BOTH),
	F(container, container, STR, OOM_IN_BOTH),
	F(pod, pod, STR, OOM_IN_BOTH),
	F(exe, exe, STR, OOM_IN_BOTH),
	F_LIST(mappings, mappings, OOM_IN_BOTH, mapping),
	F(threads, threads, INT, OOM_IN_BOTH),
	F(locked_kb, locked_kb, INT, OOM_IN_BOTH),
	F(hugetlb_kb, hugetlb_kb, INT, OOM_IN_BOTH),
	F(open_files, open_files, INT, OOM_IN_BOTH),
	F(pipes_kb, pipes_kb, INT, OOM_IN_BOTH),
	F(sockets_kb, sockets_kb, INT, OOM_IN_BOTH),
	F(mm, mm, HEX, OOM_IN_CASE),
	F(flags, flags, INT, OOM_IN_CASE),
	F(oom_skip, oom_skip, TRI, OOM_IN_CASE),
	F(oom_victim, oom_victim, TRI, OOM_IN_CASE),
	F(in_vfork, in_vfork, TRI, OOM_IN_CASE),
	F(cap_sys_admin, cap_sys_admin, TRI, OOM_IN_CASE),
	F(mems_allowed, mems_allowed, INTS, OOM_IN_CASE),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(task)
#undef T

#define T struct oom_memcg
static const struct oom_field memcg_fields[] = {
	F(path, path, STR, OOM_IN_BOTH),
	F(usage_kb, usage_kb, INT, OOM_IN_BOTH),
	F(limit_kb, limit_kb, LIMIT, OOM_IN_BOTH),
	F(swap_usage_kb, swap_usage_kb, INT, OOM_IN_BOTH),
	F(swap_limit_kb, swap_limit_kb, LIMIT, OOM_IN_BOTH),
	F(failcnt, failcnt, INT, OOM_IN_BOTH),
	F(dying, dying, TRI, OOM_IN_BOTH),
	F(high_kb, high_kb, LIMIT, OOM_IN_BOTH),
	F(low_kb, low_kb, LIMIT, OOM_IN_BOTH),
	F(min_kb, min_kb, LIMIT, OOM_IN_BOTH),
	F(peak_kb, peak_kb, INT, OOM_IN_BOTH),
	F(kmem_kb, kmem_kb, INT, OOM_IN_BOTH),
	F(tcp_kb, tcp_kb, INT, OOM_IN_BOTH),
	F(memsw_usage_kb, memsw_usage_kb, INT, OOM_IN_BOTH),
	F(memsw_limit_kb, memsw_limit_kb, LIMIT, OOM_IN_BOTH),
	F(anon_kb, anon_kb, INT, OOM_IN_BOTH),
	F(file_kb, file_kb, INT, OOM_IN_BOTH),
	F(shmem_kb, shmem_kb, INT, OOM_IN_BOTH),
	F(slab_kb, slab_kb, INT, OOM_IN_BOTH),
	F(events_low, events_low, INT, OOM_IN_BOTH),
	F(events_high, events_high, INT, OOM_IN_BOTH),
	F(events_max, events_max, INT, OOM_IN_BOTH),
	F(events_oom, events_oom, INT, OOM_IN_BOTH),
	F(events_oom_kill, events_oom_kill, INT, OOM_IN_BOTH),
	F(events_oom_group_kill, events_oom_group_kill, INT, OOM_IN_BOTH),
	F(procs, procs, INT, OOM_IN_BOTH),
	F(descendants, descendants, INT, OOM_IN_BOTH),
	F(dying_descendants, dying_descendants, INT, OOM_IN_BOTH),
	F(oom_group, oom_group, TRI, OOM_IN_BOTH),
	F(oom_kill_disable, oom_kill_disable, TRI, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(memcg)
#undef T

#define T struct oom_slab
static const struct oom_field slab_fields[] = {
	F(name, name, STR, OOM_IN_BOTH),
	F(object_size, object_size, INT, OOM_IN_BOTH),
	F(objects, objects, INT, OOM_IN_BOTH),
	F(active_objects, active_objects, INT, OOM_IN_BOTH),
	F(total_kb, total_kb, INT, OOM_IN_BOTH),
	F(active_kb, active_kb, INT, OOM_IN_BOTH),
	F(reclaimable, reclaimable, TRI, OOM_IN_BOTH),
	F(slab_kb, slab_kb, INT, OOM_IN_BOTH),
	F(slabs, slabs, INT, OOM_IN_BOTH),
	F(caches, caches, INT, OOM_IN_BOTH),
	F(aliases, aliases, STRS, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(slab)
#undef T

#define T struct oom_hugetlb
static const struct oom_field hugetlb_fields[] = {
	F(node, node, INT, OOM_IN_BOTH),
	F(size_kb, size_kb, INT, OOM_IN_BOTH),
	F(total, total, INT, OOM_IN_BOTH),
	F(free, free, INT, OOM_IN_BOTH),
	F(reserved, reserved, INT, OOM_IN_BOTH),
	F(surplus, surplus, INT, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(hugetlb)
#undef T

#define T struct oom_shmem
static const struct oom_field shmem_fields[] = {
	F(mount, mount, STR, OOM_IN_BOTH),
	F(path, path, STR, OOM_IN_BOTH),
	F(kb, kb, INT, OOM_IN_BOTH),
	F(kind, kind, STR, OOM_IN_BOTH),
	F(deleted, deleted, TRI, OOM_IN_BOTH),
	F(size_kb, size_kb, INT, OOM_IN_BOTH),
	F(swap_kb, swap_kb, INT, OOM_IN_BOTH),
	F(inode, inode, INT, OOM_IN_BOTH),
	F(shmid, shmid, INT, OOM_IN_BOTH),
	F(pid, pid, INT, OOM_IN_BOTH),
	F(comm, comm, STR, OOM_IN_BOTH),
	F(holders, holders, INT, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(shmem)
#undef T

#define T struct oom_tmpfs
static const struct oom_field tmpfs_fields[] = {
	F(mount, mount, STR, OOM_IN_BOTH),	    F(type, type, STR, OOM_IN_BOTH),
	F(source, source, STR, OOM_IN_BOTH),	    F(used_kb, used_kb, INT, OOM_IN_BOTH),
	F(limit_kb, limit_kb, LIMIT, OOM_IN_BOTH),  F(files, files, INT, OOM_IN_BOTH),
	F(files_kb, files_kb, INT, OOM_IN_BOTH),    F(truncated, truncated, TRI, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(tmpfs)
#undef T

#define T struct oom_swap
static const struct oom_field swap_fields[] = {
	F(name, name, STR, OOM_IN_BOTH),	 F(kind, kind, STR, OOM_IN_BOTH),
	F(size_kb, size_kb, INT, OOM_IN_BOTH),	 F(used_kb, used_kb, INT, OOM_IN_BOTH),
	F(priority, priority, INT, OOM_IN_BOTH), F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(swap)
#undef T

#define T struct oom_zram
static const struct oom_field zram_fields[] = {
	F(name, name, STR, OOM_IN_BOTH),
	F(algorithm, algorithm, STR, OOM_IN_BOTH),
	F(disksize_kb, disksize_kb, INT, OOM_IN_BOTH),
	F(limit_kb, limit_kb, LIMIT, OOM_IN_BOTH),
	F(orig_kb, orig_kb, INT, OOM_IN_BOTH),
	F(compr_kb, compr_kb, INT, OOM_IN_BOTH),
	F(mem_kb, mem_kb, INT, OOM_IN_BOTH),
	F(same_kb, same_kb, INT, OOM_IN_BOTH),
	F(huge_kb, huge_kb, INT, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(zram)
#undef T

#define T struct oom_vmalloc
static const struct oom_field vmalloc_fields[] = {
	F(caller, caller, STR, OOM_IN_BOTH), F(module, module, STR, OOM_IN_BOTH),
	F(kb, kb, INT, OOM_IN_BOTH),	     F(areas, areas, INT, OOM_IN_BOTH),
	F(stacks, stacks, TRI, OOM_IN_BOTH), F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(vmalloc)
#undef T

#define T struct oom_protocol
static const struct oom_field protocol_fields[] = {
	F(name, name, STR, OOM_IN_BOTH),
	F(kb, kb, INT, OOM_IN_BOTH),
	F(sockets, sockets, INT, OOM_IN_BOTH),
	F(min_kb, min_kb, INT, OOM_IN_BOTH),
	F(pressure_kb, pressure_kb, INT, OOM_IN_BOTH),
	F(max_kb, max_kb, INT, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(protocol)
#undef T

#define T struct oom_totals
static const struct oom_field totals_fields[] = {
	F(tasks, tasks, INT, OOM_IN_BOTH),
	F(memcgs, memcgs, INT, OOM_IN_BOTH),
	F(memcgs_dying, memcgs_dying, INT, OOM_IN_BOTH),
	F(memcgs_dying_kb, memcgs_dying_kb, INT, OOM_IN_BOTH),
	F(slabs, slabs, INT, OOM_IN_BOTH),
	F(shmem_files, shmem_files, INT, OOM_IN_BOTH),
	F(shmem_deleted_kb, shmem_deleted_kb, INT, OOM_IN_BOTH),
	F(shmem_sysv_kb, shmem_sysv_kb, INT, OOM_IN_BOTH),
	F(shmem_memfd_kb, shmem_memfd_kb, INT, OOM_IN_BOTH),
	F(ramfs_kb, ramfs_kb, INT, OOM_IN_BOTH),
	F(vmalloc_areas, vmalloc_areas, INT, OOM_IN_BOTH),
	F(pipes_kb, pipes_kb, INT, OOM_IN_BOTH),
	F(sockets_kb, sockets_kb, INT, OOM_IN_BOTH),
};
SCHEMA(totals)
#undef T

#define T struct oom_activity
static const struct oom_field activity_fields[] = {
	F(allocstall, allocstall, INT, OOM_IN_BOTH),
	F(pgscan_kswapd, pgscan_kswapd, INT, OOM_IN_BOTH),
	F(pgscan_direct, pgscan_direct, INT, OOM_IN_BOTH),
	F(pgsteal_kswapd, pgsteal_kswapd, INT, OOM_IN_BOTH),
	F(pgsteal_direct, pgsteal_direct, INT, OOM_IN_BOTH),
	F(compact_stall, compact_stall, INT, OOM_IN_BOTH),
	F(compact_fail, compact_fail, INT, OOM_IN_BOTH),
	F(compact_success, compact_success, INT, OOM_IN_BOTH),
	F(pswpin, pswpin, INT, OOM_IN_BOTH),
	F(pswpout, pswpout, INT, OOM_IN_BOTH),
	F(pgmajfault, pgmajfault, INT, OOM_IN_BOTH),
	F(oom_kill, oom_kill, INT, OOM_IN_BOTH),
	F(drop_pagecache, drop_pagecache, INT, OOM_IN_BOTH),
	F(memory_some_avg10_ppm, memory_some_avg10_ppm, INT, OOM_IN_BOTH),
	F(memory_some_avg60_ppm, memory_some_avg60_ppm, INT, OOM_IN_BOTH),
	F(memory_some_avg300_ppm, memory_some_avg300_ppm, INT, OOM_IN_BOTH),
	F(memory_full_avg10_ppm, memory_full_avg10_ppm, INT, OOM_IN_BOTH),
	F(memory_full_avg60_ppm, memory_full_avg60_ppm, INT, OOM_IN_BOTH),
	F(memory_full_avg300_ppm, memory_full_avg300_ppm, INT, OOM_IN_BOTH),
	F(io_some_avg10_ppm, io_some_avg10_ppm, INT, OOM_IN_BOTH),
	F(io_some_avg60_ppm, io_some_avg60_ppm, INT, OOM_IN_BOTH),
	F(io_some_avg300_ppm, io_some_avg300_ppm, INT, OOM_IN_BOTH),
	F(io_full_avg10_ppm, io_full_avg10_ppm, INT, OOM_IN_BOTH),
	F(io_full_avg60_ppm, io_full_avg60_ppm, INT, OOM_IN_BOTH),
	F(io_full_avg300_ppm, io_full_avg300_ppm, INT, OOM_IN_BOTH),
	F(memory_some_s, memory_some_us, US, OOM_IN_BOTH),
	F(memory_full_s, memory_full_us, US, OOM_IN_BOTH),
	F(io_some_s, io_some_us, US, OOM_IN_BOTH),
	F(io_full_s, io_full_us, US, OOM_IN_BOTH),
	F(dying_victims, dying_victims, INT, OOM_IN_BOTH),
	F(reaper_busy, reaper_busy, TRI, OOM_IN_BOTH),
};
SCHEMA(activity)
#undef T

#define T struct oom_note
static const struct oom_field note_fields[] = {
	F(time_s, time_us, US, OOM_IN_BOTH),
	F(kind, kind, STR, OOM_IN_BOTH),
	F(text, text, STR, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_BOTH, origin),
};
SCHEMA(note)
#undef T

#define T struct oom_alloc_site
static const struct oom_field alloc_site_fields[] = {
	F(file, file, STR, OOM_IN_BOTH),   F(function, function, STR, OOM_IN_BOTH),    F(kb, kb, INT, OOM_IN_BOTH),
	F(calls, calls, INT, OOM_IN_BOTH), F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(alloc_site)
#undef T

#define T struct oom_census_row
static const struct oom_field census_row_fields[] = {
	F(owner, owner, STR, OOM_IN_BOTH), F(node, node, INT, OOM_IN_BOTH),	    F(order, order, INT, OOM_IN_BOTH),
	F(kb, kb, INT, OOM_IN_BOTH),	   F(error_kb, error_kb, INT, OOM_IN_BOTH),
};
SCHEMA(census_row)
#undef T

#define T struct oom_census_memcg
static const struct oom_field census_memcg_fields[] = {
	F(path, path, STR, OOM_IN_BOTH),
	F(anon_kb, anon_kb, INT, OOM_IN_BOTH),
	F(file_kb, file_kb, INT, OOM_IN_BOTH),
	F(shmem_kb, shmem_kb, INT, OOM_IN_BOTH),
	F(kernel_kb, kernel_kb, INT, OOM_IN_BOTH),
	F(dying, dying, TRI, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(census_memcg)
#undef T

#define T struct oom_census_stack
static const struct oom_field census_stack_fields[] = {
	F(kb, kb, INT, OOM_IN_BOTH),	     F(unowned_kb, unowned_kb, INT, OOM_IN_BOTH),
	F(order, order, INT, OOM_IN_BOTH),   F(gfp_mask, gfp_mask, INT, OOM_IN_BOTH),
	F(pid, pid, INT, OOM_IN_BOTH),	     F(comm, comm, STR, OOM_IN_BOTH),
	F(caller, caller, STR, OOM_IN_BOTH), F(stack, stack, STRS, OOM_IN_BOTH),
};
SCHEMA(census_stack)
#undef T

#define T struct oom_census
static const struct oom_field census_fields[] = {
	F(pages, pages, INT, OOM_IN_BOTH),
	F(looked_at, looked_at, INT, OOM_IN_BOTH),
	F(unreadable, unreadable, INT, OOM_IN_BOTH),
	F(sample, sample, INT, OOM_IN_BOTH),
	F_LIST(owners, owners, OOM_IN_BOTH, census_row),
	F_LIST(memcgs, memcgs, OOM_IN_BOTH, census_memcg),
	F_LIST(stacks, stacks, OOM_IN_BOTH, census_stack),
};
SCHEMA(census)
#undef T

#define T struct oom_state
static const struct oom_field state_fields[] = {
	F_OBJ(memory, memory, OOM_IN_BOTH, memory),
	F_OBJ(counters, counters, OOM_IN_BOTH, counters),
	F_LIST(nodes, nodes, OOM_IN_BOTH, node),
	F_LIST(tasks, tasks, OOM_IN_BOTH, task),
	F_LIST(memcgs, memcgs, OOM_IN_BOTH, memcg),
	F_LIST(slabs, slabs, OOM_IN_BOTH, slab),
	F_LIST(hugetlb, hugetlb, OOM_IN_BOTH, hugetlb),
	F_LIST(shmem, shmem, OOM_IN_BOTH, shmem),
	F_LIST(tmpfs, tmpfs, OOM_IN_BOTH, tmpfs),
	F_LIST(swaps, swaps, OOM_IN_BOTH, swap),
	F_LIST(zrams, zrams, OOM_IN_BOTH, zram),
	F_LIST(vmallocs, vmallocs, OOM_IN_BOTH, vmalloc),
	F_LIST(protocols, protocols, OOM_IN_BOTH, protocol),
	F_LIST(allocs, allocs, OOM_IN_BOTH, alloc_site),
	F_OBJ(totals, totals, OOM_IN_BOTH, totals),
	F_OPT(census, census, OOM_IN_BOTH, census),
	F_OBJ(activity, activity, OOM_IN_BOTH, activity),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(state)
#undef T

#define T struct oom_trigger
static const struct oom_field trigger_fields[] = {
	F(comm, comm, STR, OOM_IN_BOTH),
	F(pid, pid, INT, OOM_IN_BOTH),
	F(oom_score_adj, oom_score_adj, INT, OOM_IN_BOTH),
};
SCHEMA(trigger)
#undef T

#define T struct oom_victim
static const struct oom_field victim_fields[] = {
	F(comm, comm, STR, OOM_IN_BOTH),
	F(pid, pid, INT, OOM_IN_BOTH),
	F(uid, uid, INT, OOM_IN_BOTH),
	F(score, score, INT, OOM_IN_BOTH),
	F(total_vm_kb, total_vm_kb, INT, OOM_IN_BOTH),
	F(rss_anon_kb, rss_anon_kb, INT, OOM_IN_BOTH),
	F(rss_file_kb, rss_file_kb, INT, OOM_IN_BOTH),
	F(rss_shmem_kb, rss_shmem_kb, INT, OOM_IN_BOTH),
	F(pgtables_kb, pgtables_kb, INT, OOM_IN_BOTH),
	F(oom_score_adj, oom_score_adj, INT, OOM_IN_BOTH),
	F(memcg, memcg, STR, OOM_IN_BOTH),
	F(reaped, reaped, TRI, OOM_IN_BOTH),
	F(time_s, time_us, US, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(victim)
#undef T

#define T struct oom_stat
static const struct oom_field stat_fields[] = {
	F(name, name, STR, OOM_IN_BOTH),
	F(value, value, INT, OOM_IN_BOTH),
};
SCHEMA(stat)
#undef T

#define T struct oom_event_memcg
static const struct oom_field event_memcg_fields[] = {
	F(oom, oom, STR, OOM_IN_BOTH),
	F(task, task, STR, OOM_IN_BOTH),
	F(usage_kb, usage_kb, INT, OOM_IN_BOTH),
	F(limit_kb, limit_kb, LIMIT, OOM_IN_BOTH),
	F(failcnt, failcnt, INT, OOM_IN_BOTH),
	F(swap_usage_kb, swap_usage_kb, INT, OOM_IN_BOTH),
	F(swap_limit_kb, swap_limit_kb, LIMIT, OOM_IN_BOTH),
	F(memsw_usage_kb, memsw_usage_kb, INT, OOM_IN_BOTH),
	F(memsw_limit_kb, memsw_limit_kb, LIMIT, OOM_IN_BOTH),
	F(kmem_usage_kb, kmem_usage_kb, INT, OOM_IN_BOTH),
	F(kmem_limit_kb, kmem_limit_kb, LIMIT, OOM_IN_BOTH),
	F(oom_group, oom_group, TRI, OOM_IN_BOTH),
	F_LIST(stats, stats, OOM_IN_CASE, stat),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(event_memcg)
#undef T

#define T struct oom_event
static const struct oom_field event_fields[] = {
	F(index, index, INT, OOM_IN_BOTH),
	F_ENUM(kind, kind, OOM_IN_BOTH, names_event_kind),
	F(time_s, time_us, US, OOM_IN_BOTH),
	F(time, time, STR, OOM_IN_BOTH),
	F(stamp, stamp, STR, OOM_IN_BOTH),
	F(log_line, log_line, INT, OOM_IN_BOTH),
	F(boot, boot, INT, OOM_IN_BOTH),
	F(nodename, nodename, STR, OOM_IN_BOTH),
	F(release, release, STR, OOM_IN_BOTH),
	F(cpu, cpu, INT, OOM_IN_BOTH),
	F_OBJ(trigger, trigger, OOM_IN_BOTH, trigger),
	F(gfp_mask, gfp_mask, HEX, OOM_IN_BOTH),
	F(gfp_flags, gfp_flags, STRS, OOM_IN_BOTH),
	F(gfp_meaning, gfp_meaning, STR, OOM_IN_BOTH),
	F(order, order, INT, OOM_IN_BOTH),
	F(nodemask, nodemask, STR, OOM_IN_BOTH),
	F(cpuset, cpuset, STR, OOM_IN_BOTH),
	F(mems_allowed, mems_allowed, STR, OOM_IN_BOTH),
	F_ENUM(constraint, constraint, OOM_IN_BOTH, names_constraint),
	F_OPT(memcg, memcg, OOM_IN_BOTH, event_memcg),
	F_OBJ(state, state, OOM_IN_BOTH, state),
	F_LIST(victims, victims, OOM_IN_BOTH, victim),
	F(alloc_path, alloc_path, STR, OOM_IN_BOTH),
	F(trace, trace, STRS, OOM_IN_BOTH),
	F(panic, panic, BOOL, OOM_IN_BOTH),
	F(panic_text, panic_text, STR, OOM_IN_BOTH),
	F(has_head, has_head, TRI, OOM_IN_BOTH),
	F(has_mem_info, has_mem_info, TRI, OOM_IN_BOTH),
	F(has_task_table, has_task_table, TRI, OOM_IN_BOTH),
	F(no_killable, no_killable, TRI, OOM_IN_BOTH),
	F(sysrq, sysrq, TRI, OOM_IN_BOTH),
	F(capture_kernel, capture_kernel, TRI, OOM_IN_BOTH),
	F(killer, killer, STR, OOM_IN_BOTH),
	F(reason, reason, STR, OOM_IN_BOTH),
	F(followed, followed, STRS, OOM_IN_BOTH),
	F(missing, missing, STRS, OOM_IN_BOTH),
	F_OBJ(origin, origin, OOM_IN_CASE, origin),
};
SCHEMA(event)
#undef T

#define T struct oom_case
static const struct oom_field case_fields[] = {
	F_OBJ(source, source, OOM_IN_BOTH, input),
	F_OBJ(system, system, OOM_IN_BOTH, system),
	F_OBJ(config, config, OOM_IN_BOTH, config),
	F_LIST(events, events, OOM_IN_BOTH, event),
	F_LIST(notes, notes, OOM_IN_BOTH, note),
	F_OPT(state, state, OOM_IN_BOTH, state),
	F(state_is_incident, state_is_incident, TRI, OOM_IN_CASE),
	F(state_same_boot, state_same_boot, TRI, OOM_IN_CASE),
};
SCHEMA(case)
#undef T

static void init_field(const struct oom_field *f, void *at)
{
	switch (f->type) {
	case OOM_F_INT:
	case OOM_F_LIMIT:
	case OOM_F_US:
	case OOM_F_HEX:
		*(int64_t *)at = OOM_ABSENT;
		break;
	case OOM_F_TRI:
		*(oom_tri *)at = OOM_MAYBE;
		break;
	case OOM_F_OBJ:
		oom_schema_init(f->sub, at);
		break;
	case OOM_F_BOOL:
	case OOM_F_STR:
	case OOM_F_ENUM:
	case OOM_F_STRS:
	case OOM_F_INTS:
	case OOM_F_OPT:
	case OOM_F_LIST:
		break; // zero is what "absent" looks like for these
	}
}

void oom_schema_init(const struct oom_schema *schema, void *object)
{
	for (size_t i = 0; i < schema->nr_fields; i++)
		init_field(&schema->fields[i], (char *)object + schema->fields[i].offset);
}
