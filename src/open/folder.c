// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A folder as kdump leaves it: the dump, and the log that was taken out of it.
 *
 *   RHEL, SUSE …      vmcore (vmcore-incomplete until it is written), vmcore-dmesg.txt
 *   Debian, Ubuntu    dump.STAMP, dmesg.STAMP    (kdump-tools; STAMP is digits)
 *   makedumpfile -F   vmcore.flat
 */
#include "case/files.h"
#include "open/internal.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/** Names from the best to the last choice; a name that ends in '.' stands for the one with the latest stamp. */
static const char *const dumps[] = {"vmcore", "vmcore.flat", "dump.", "vmcore-incomplete", NULL};
static const char *const logs[] = {"vmcore-dmesg.txt", "dmesg.", "vmcore-dmesg-incomplete.txt", NULL};

enum { ENTRIES_MAX = 100000 }; // names to look at

static bool matches(const char *name, const char *pattern)
{
	size_t len = strlen(pattern);
	if (pattern[len - 1] != '.')
		return strcmp(name, pattern) == 0;
	return strncmp(name, pattern, len) == 0 && name[len] && strspn(name + len, "0123456789") == strlen(name + len);
}

static size_t rank(const char *name, const char *const *patterns)
{
	size_t i = 0;
	while (patterns[i] && !matches(name, patterns[i]))
		i++;
	return i;
}

/** Takes the file @p name into @p best (a path of PATH_MAX bytes) if it is a better choice than the one there. */
static void consider(const char *folder, const char *name, const char *const *patterns, char *best)
{
	char path[PATH_MAX];
	size_t now = rank(name, patterns);
	if (!patterns[now])
		return;
	const char *old = strrchr(best, '/') ? strrchr(best, '/') + 1 : "";
	size_t before = *old ? rank(old, patterns) : SIZE_MAX;
	if (now > before || (now == before && strcmp(name, old) <= 0))
		return;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (n > 0 && (size_t)n < sizeof(path) && oom_is_file(path))
		memcpy(best, path, (size_t)n + 1);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

enum oom_status oom_folder_find(struct oom_folder *folder, const char *path, struct oom_error *err)
{
	DIR *dir = oom_open_folder(path);
	if (!dir)
		return oom_fail(err, OOM_EOPEN, "cannot be opened: %s", strerror(errno));
	folder->dump[0] = folder->log[0] = '\0';
	const struct dirent *entry;
	for (size_t i = 0; i < ENTRIES_MAX && (entry = readdir(dir)); i++) {
		consider(path, entry->d_name, dumps, folder->dump);
		consider(path, entry->d_name, logs, folder->log);
	}
	closedir(dir);
	folder->dump_name = last_part(folder->dump);
	folder->log_name = last_part(folder->log);
	folder->incomplete = strcmp(folder->dump_name, "vmcore-incomplete") == 0;
	if (folder->dump[0] || folder->log[0])
		return OOM_OK;
	return oom_fail(err, OOM_EFORMAT,
			"not a folder as kdump leaves it (vmcore, vmcore-incomplete, vmcore.flat, dump.STAMP, "
			"vmcore-dmesg.txt or dmesg.STAMP)");
}
