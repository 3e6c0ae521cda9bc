// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A dump file: kdump, diskdump, ELF, flattened; headers, maps, page data, page tables; then all facts and every report.
 * What is none of these goes to libkdumpfile, which is not ours to fuzz.
 */
#include "fuzz.h"
#include <oomortem/open.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool is_ours(const uint8_t *data, size_t size)
{
	static const char *const magic[] = {"KDUMP   ", "DISKDUMP", "\177ELF", "makedumpfile"};
	for (size_t i = 0; i < sizeof(magic) / sizeof(*magic); i++)
		if (size > strlen(magic[i]) && memcmp(data, magic[i], strlen(magic[i])) == 0)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[64];
	if (!is_ours(data, size))
		return -1;
	if (fd < 0) {
		fd = memfd_create("dump", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	const char *const paths[] = {path};
	struct oom_case *c = NULL;
	struct oom_error err = {0};
	enum oom_status status = oom_open(paths, 1, NULL, &c, &err);
	if (status == OOM_OK)
		fuzz_report(c);
	else if (!err.text[0])
		abort();
	oom_case_free(c);
	return 0;
}
