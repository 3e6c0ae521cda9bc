// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The ids of CONTRACT.md for the enums of classify.h. */
#include <oomortem/classify.h>

#define LOOK_UP(table, value) ((size_t)(value) < sizeof(table) / sizeof((table)[0]) ? (table)[value] : "unknown")

const char *oom_cause_id(enum oom_cause cause)
{
	static const char *const ids[] = {
		[OOM_CAUSE_NONE] = "none",
		[OOM_CAUSE_UNKNOWN] = "unknown",
		[OOM_CAUSE_MEMCG_LIMIT] = "memcg-limit",
		[OOM_CAUSE_MEMCG_ANCESTOR_LIMIT] = "memcg-ancestor-limit",
		[OOM_CAUSE_NUMA_CPUSET] = "numa-cpuset",
		[OOM_CAUSE_NUMA_MEMPOLICY] = "numa-mempolicy",
		[OOM_CAUSE_NUMA_NODE] = "numa-node",
		[OOM_CAUSE_FRAGMENTATION] = "fragmentation",
		[OOM_CAUSE_LOWMEM] = "lowmem",
		[OOM_CAUSE_HOST_EXHAUSTED] = "host-exhausted",
		[OOM_CAUSE_FORCED] = "forced",
		[OOM_CAUSE_ALLOCATION_FAILURE] = "allocation-failure",
		[OOM_CAUSE_USERSPACE_OOM] = "userspace-oom",
	};
	return LOOK_UP(ids, cause);
}

const char *oom_consumer_id(enum oom_consumer consumer)
{
	static const char *const ids[] = {
		[OOM_CONSUMER_UNKNOWN] = "unknown",
		[OOM_CONSUMER_TASK] = "task",
		[OOM_CONSUMER_TASKS] = "tasks",
		[OOM_CONSUMER_SHMEM] = "shmem",
		[OOM_CONSUMER_SLAB] = "slab",
		[OOM_CONSUMER_PAGECACHE] = "pagecache",
		[OOM_CONSUMER_HUGETLB] = "hugetlb",
		[OOM_CONSUMER_PAGE_TABLES] = "page-tables",
		[OOM_CONSUMER_KERNEL_STACKS] = "kernel-stacks",
		[OOM_CONSUMER_VMALLOC] = "vmalloc",
		[OOM_CONSUMER_PERCPU] = "percpu",
		[OOM_CONSUMER_UNEVICTABLE] = "unevictable",
		[OOM_CONSUMER_ZRAM] = "zram",
		[OOM_CONSUMER_BALLOON] = "balloon",
		[OOM_CONSUMER_DYING_CGROUPS] = "dying-cgroups",
		[OOM_CONSUMER_UNACCOUNTED] = "unaccounted",
	};
	return LOOK_UP(ids, consumer);
}

const char *oom_scope_id(enum oom_scope scope)
{
	static const char *const ids[] = {
		[OOM_SCOPE_NONE] = "none",     [OOM_SCOPE_HOST] = "host",	    [OOM_SCOPE_MEMCG] = "memcg",
		[OOM_SCOPE_CPUSET] = "cpuset", [OOM_SCOPE_MEMPOLICY] = "mempolicy", [OOM_SCOPE_ZONE] = "zone",
	};
	return LOOK_UP(ids, scope);
}

const char *oom_outcome_id(enum oom_outcome outcome)
{
	static const char *const ids[] = {
		[OOM_OUTCOME_UNKNOWN] = "unknown",
		[OOM_OUTCOME_PANIC] = "panic",
		[OOM_OUTCOME_KILLED] = "killed",
		[OOM_OUTCOME_NO_KILLABLE] = "no-killable",
		[OOM_OUTCOME_CRASHED_LATER] = "crashed-later",
		[OOM_OUTCOME_NONE] = "none",
	};
	return LOOK_UP(ids, outcome);
}

const char *oom_confidence_id(enum oom_confidence confidence)
{
	static const char *const ids[] = {
		[OOM_CONFIDENCE_LOW] = "low",
		[OOM_CONFIDENCE_MEDIUM] = "medium",
		[OOM_CONFIDENCE_HIGH] = "high",
	};
	return LOOK_UP(ids, confidence);
}

const char *oom_severity_id(enum oom_severity severity)
{
	static const char *const ids[] = {
		[OOM_SEVERITY_INFO] = "info",
		[OOM_SEVERITY_WARNING] = "warning",
		[OOM_SEVERITY_CRITICAL] = "critical",
	};
	return LOOK_UP(ids, severity);
}
