// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What a dump's header leaves open: the architecture, where the header is silent or lies, and VMCOREINFO, where the
 * file does not point at it.
 */
#include "image/dump.h"
#include <stdlib.h>
#include <string.h>

enum {
	SEARCH_FRAMES = 1 << 20, // frames looked at: 4 GiB of 4 kB pages
	VMCOREINFO_MIN = 256,    // bytes; the shortest that says anything useful
};

static const char *by_machine(const char *machine)
{
	static const char *const names[][2] = {
		{"x86_64", "x86_64"}, {"i386", "ia32"},   {"i486", "ia32"},	{"i586", "ia32"},   {"i686", "ia32"},
		{"ia32", "ia32"},     {"aarch64", "aarch64"}, {"arm64", "aarch64"}, {"arm", "arm"}, {"armv7l", "arm"},
		{"armv6l", "arm"},    {"s390x", "s390x"}, {"s390", "s390"},	{"ppc64le", "ppc64"}, {"ppc64", "ppc64"},
		{"ppc", "ppc"},	      {"riscv64", "riscv64"}, {"loongarch64", "loongarch64"}, {"mips", "mips"},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(machine, names[i][0]) == 0)
			return names[i][1];
	return NULL;
}

const char *oom_dump_arch(const struct oom_pages *pages, const struct oom_vmcoreinfo *info)
{
	int64_t value, stext = 0;
	oom_vmcoreinfo_number(info, "SYMBOL", "_stext", &stext);
	// What only one architecture writes, and addresses that only one has, go before the header's word: QEMU 7.2 writes
	// "x86_64" for an i386 guest and "Unknown" for arm64.
	if (oom_vmcoreinfo_number(info, "NUMBER", "kimage_voffset", &value))
		return "aarch64";
	if ((uint64_t)stext >= UINT64_C(0xffffffff80000000) && oom_vmcoreinfo_number(info, "NUMBER", "phys_base", &value))
		return "x86_64";
	const char *arch = by_machine(pages->machine);
	if (arch && strcmp(arch, "x86_64") == 0 && stext && (uint64_t)stext <= UINT32_MAX)
		return "ia32";
	return arch;
}

/** Does the page begin a VMCOREINFO? Its length, else 0. */
static size_t vmcoreinfo_in(const unsigned char *page, size_t size)
{
	size_t len = strnlen((const char *)page, size);
	return len >= VMCOREINFO_MIN && memcmp(page, "OSRELEASE=", 10) == 0 && page[len - 1] == '\n' ? len : 0;
}

/** Tells a live copy from one that an earlier kernel left in memory: utsname, where the copy says, has its release. */
static bool agrees(struct oom_pages *pages, const char *text, size_t len)
{
	struct oom_arena *arena = oom_arena_new();
	struct oom_vmcoreinfo *info = arena ? oom_vmcoreinfo_new(arena, text, len) : NULL;
	const char *release = oom_vmcoreinfo_get(info, "OSRELEASE");
	int64_t uts;
	uint64_t phys;
	struct oom_xlat x;
	oom_xlat_init(&x, info ? oom_dump_arch(pages, info) : NULL, info, 4096);
	bool ok = false;
	if (release && oom_vmcoreinfo_number(info, "SYMBOL", "init_uts_ns", &uts) &&
	    oom_xlat_linear(&x, (uint64_t)uts, &phys)) {
		unsigned char *page = malloc(2 * (size_t)pages->page_size);
		uint64_t pfn = phys / pages->page_size;
		if (page && pages->ops->read(pages, pfn, page) == OOM_PAGE_OK) {
			if (pages->ops->read(pages, pfn + 1, page + pages->page_size) != OOM_PAGE_OK)
				memset(page + pages->page_size, 0, pages->page_size);
			// new_utsname is the first member but for a kref: look for the release in the first kilobyte
			const unsigned char *at = page + phys % pages->page_size;
			ok = memmem(at, 1024, release, strlen(release) + 1) != NULL;
		}
		free(page);
	}
	oom_arena_free(arena);
	return ok;
}

char *oom_find_vmcoreinfo(struct oom_pages *pages, size_t *len)
{
	unsigned char *page = malloc(pages->page_size);
	char *found = NULL;
	size_t looked = 0;
	for (uint64_t pfn = 0; page && !found && pfn < pages->max_pfn && looked < SEARCH_FRAMES; pfn++) {
		if (pages->ops->status(pages, pfn) != OOM_PAGE_OK)
			continue;
		looked++;
		if (pages->ops->read(pages, pfn, page) != OOM_PAGE_OK)
			continue;
		size_t n = vmcoreinfo_in(page, pages->page_size);
		if (n && agrees(pages, (const char *)page, n) && (found = malloc(n + 1))) {
			memcpy(found, page, n);
			found[n] = '\0';
			*len = n;
		}
	}
	free(page);
	return found;
}
