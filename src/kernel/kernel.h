// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Walkers: kernel subsystems read through the image interface, one file each.
 *
 * Each takes the image and the case and adds its group of facts; what it cannot learn becomes absent, and one line
 * in the case's missing list says why. A walker never fails the report. Lists are bounded and cycle-safe.
 */
#ifndef OOM_KERNEL_H
#define OOM_KERNEL_H

#include <oomortem/case.h>
#include <oomortem/image.h>

/** One record of the kernel log, oldest first; @p text is not NUL-terminated. Returns false to stop. */
typedef bool oom_printk_fn(void *arg, const char *text, size_t len, int64_t time_us, int64_t caller, int64_t level);

/**
 * The kernel log in all its forms. Of the case only the missing list is touched, and the uptime where it is absent: it
 * becomes the time of the newest record.
 * @return OOM_OK (records that could not be read are in the missing list), or OOM_ENOENT, OOM_EREAD, OOM_EDAMAGE,
 * OOM_ENOMEM with a line in the missing list
 */
enum oom_status oom_walk_printk(struct oom_image *image, struct oom_case *c, oom_printk_fn *each, void *arg);
/** Does this kernel's own dmesg show the caller of each record? What is not known is no. */
bool oom_printk_shows_caller(struct oom_image *image);
void oom_walk_system(struct oom_image *image, struct oom_case *c);
/**
 * Uptime and time of the crash, after the log.
 * @param[in] panic_us time of the panic message in the log, OOM_ABSENT: there is none
 * Where the kernel's clock cannot be read, the uptime stays what the log's walker has found.
 */
void oom_walk_clock(struct oom_image *image, struct oom_case *c, int64_t panic_us);
void oom_walk_sysctl(struct oom_image *image, struct oom_case *c);
void oom_walk_zones(struct oom_image *image, struct oom_case *c);
void oom_walk_vmstat(struct oom_image *image, struct oom_case *c);  /**< counters, after zones */
void oom_walk_meminfo(struct oom_image *image, struct oom_case *c); /**< figures of the machine, after vmstat */
/** Reclaim, compaction, swapping, pressure, victims of the OOM killer. */
void oom_walk_activity(struct oom_image *image, struct oom_case *c);
void oom_walk_swap(struct oom_image *image, struct oom_case *c);
void oom_walk_hugetlb(struct oom_image *image, struct oom_case *c);
void oom_walk_zram(struct oom_image *image, struct oom_case *c);  /**< zram and zswap, after meminfo */
void oom_walk_zswap(struct oom_image *image, struct oom_case *c); /**< part of oom_walk_zram() */
/** Places in the source that allocated most, where the kernel keeps account of them. @p deep: all of them. */
void oom_walk_allocs(struct oom_image *image, struct oom_case *c, bool deep);
/** vmalloc areas by caller; modules. @p deep: all areas, however many they are. */
void oom_walk_vmalloc(struct oom_image *image, struct oom_case *c, bool deep);
void oom_walk_sockets(struct oom_image *image, struct oom_case *c);
/** What lies unread in pipes and sockets, where much is held by nobody known: after the sheet. @p deep: always, all. */
void oom_walk_unread(struct oom_image *image, struct oom_case *c, bool deep);
/** What is left of the balance sheet when all other walkers have run: memory.unaccounted_kb. */
void oom_walk_sheet(struct oom_image *image, struct oom_case *c);
/**
 * Whose each page frame is: after all others.
 * @param[in] sample one of so many units of 64 frames, 1: all
 * @param[in] progress called now and then by the caller's thread, or NULL
 */
void oom_walk_census(struct oom_image *image, struct oom_case *c, uint64_t sample,
		     void (*progress)(void *arg, uint64_t done, uint64_t total), void *arg);
/** Slab caches, after zones. @p deep: count free objects of all slabs, however many they are. */
void oom_walk_slab(struct oom_image *image, struct oom_case *c, bool deep);
/** The tree of memory cgroups, after tasks. @p deep: all of them, however many they are. */
void oom_walk_memcgs(struct oom_image *image, struct oom_case *c, bool deep);
/** tmpfs, ramfs and all other files in memory, with their owners: after tasks. @p deep: all inodes, all files. */
void oom_walk_shmem(struct oom_image *image, struct oom_case *c, bool deep);
/** Executables and mappings of the largest processes; after the tasks. */
void oom_walk_programs(struct oom_image *image, struct oom_case *c, bool deep);
void oom_walk_tasks(struct oom_image *image, struct oom_case *c, bool deep);

#endif
