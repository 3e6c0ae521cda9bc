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
	/** Gives the file that spool() made last a name (@p on), or takes the name away. 0, or -1 and errno. */
	int (*name)(void *arg, bool on);
	void *arg;
};

/** Whom to ask from now on, in the whole process; not copied. NULL: the kernel. Call before the first file is opened.
 */
void oom_set_opener(const struct oom_opener *opener);

/** open(2) for reading, close-on-exec. "/proc/self/fd/N" is a file that this process has open, also where an opener is.
 */
int oom_open_file(const char *path, int flags);
/** A temporary file without a name (O_TMPFILE, or unlinked) in @p dir; NULL: $TMPDIR, else /var/tmp. */
int oom_open_spool(const char *dir);
/**
 * libsystemd refuses a file that is deleted, as one without a name is: the temporary file @p fd, the last that
 * oom_open_spool(@p dir) made, gets a name for as long as it is being opened.
 * @param[out] path of @p size bytes, for oom_unname_spool()
 * @return false and errno: the file system has none of O_TMPFILE
 */
bool oom_name_spool(int fd, const char *dir, char *path, size_t size);
void oom_unname_spool(const char *path);
/** opendir(3). */
DIR *oom_open_folder(const char *path);
/** Is there a regular file (a folder) at @p path? Links are followed. */
bool oom_is_file(const char *path);
bool oom_is_folder(const char *path);

#endif
