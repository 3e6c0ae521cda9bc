// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * How the library opens files: all of them through here. A program that confines the reader of hostile inputs puts
 * an opener of its own in the place of open(2), because the reader itself may open nothing.
 */
#ifndef OOM_CASE_FILES_H
#define OOM_CASE_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

struct oom_opener {
	/** open(2) for reading: a descriptor, or -1 and errno. */
	int (*open)(void *arg, const char *path, int flags);
	/** A new file that has no name, in the folder @p dir, to write and read: a descriptor, or -1 and errno. */
	int (*spool)(void *arg, const char *dir);
	void *arg;
};

/** Whom to ask from now on, in the whole process; not copied. NULL: the kernel. Call before the first file is opened.
 */
void oom_set_opener(const struct oom_opener *opener);

/** open(2) for reading, close-on-exec. */
int oom_open_file(const char *path, int flags);
/** A temporary file without a name (O_TMPFILE, or unlinked) in @p dir; NULL: $TMPDIR, else /var/tmp. */
int oom_open_spool(const char *dir);
/** opendir(3). */
DIR *oom_open_folder(const char *path);
/** Is there a regular file (a folder) at @p path? Links are followed. */
bool oom_is_file(const char *path);
bool oom_is_folder(const char *path);

#endif
