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
	SEARCH_PAGES = 1 << 18, // pages looked into, in each of two passes: about a second
	PAGE_MIN = 4096,
	VMCOREINFO_MIN = 256, // bytes; the shortest that says anything useful
};
static const char OSRELEASE[] = "OSRELEASE=";

static const char *by_machine(const char *machine)
{
	static const char *const NAMES[][2] = {
		{"x86_64", "x86_64"},	{"i386", "ia32"},	{"i486", "ia32"},
		{"i586", "ia32"},	{"i686", "ia32"},	{"ia32", "ia32"},
		{"aarch64", "aarch64"}, {"arm64", "aarch64"},	{"armv7l", "arm"},
		{"armv6l", "arm"},	{"arm", "arm"},		{"s390x", "s390x"},
		{"s390", "s390"},	{"ppc64le", "ppc64"},	{"ppc64", "ppc64"},
		{"ppc", "ppc"},		{"riscv64", "riscv64"}, {"loongarch64", "loongarch64"},
		{"mips", "mips"},
	};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (strcmp(machine, NAMES[i][0]) == 0)
			return NAMES[i][1];
	return NULL;
}

const char *oom_dump_arch(const struct oom_pages *pages, const struct oom_vmcoreinfo *info)
{
	int64_t value, stext = 0;
	oom_vmcoreinfo_number(info, "SYMBOL", "_stext", &stext);
	// What only one architecture writes, and addresses that only one has, go before the header's word: QEMU 7.2
	// writes "x86_64" for an i386 guest and "Unknown" for arm64.
	if (oom_vmcoreinfo_number(info, "NUMBER", "kimage_voffset", &value))
		return "aarch64";
	if ((uint64_t)stext >= UINT64_C(0xffffffff80000000) &&
	    oom_vmcoreinfo_number(info, "NUMBER", "phys_base", &value))
		return "x86_64";
	if (oom_vmcoreinfo_number(info, "SYMBOL", "lowcore_ptr", &value))
		return "s390x";
	if (oom_vmcoreinfo_number(info, "SYMBOL", "mmu_psize_defs", &value))
		return "ppc64";
	const char *arch = by_machine(pages->machine);
	if (arch && strcmp(arch, "x86_64") == 0 && (pages->ptr_size == 4 || (stext && (uint64_t)stext <= UINT32_MAX)))
		return "ia32";
	return arch;
}

/** Does the page begin a VMCOREINFO? Its length, else 0. */
static size_t vmcoreinfo_in(const unsigned char *page, size_t size)
{
	if (memcmp(page, OSRELEASE, sizeof(OSRELEASE) - 1) != 0)
		return 0;
	size_t len = strnlen((const char *)page, size);
	return len >= VMCOREINFO_MIN && page[len - 1] == '\n' ? len : 0;
}

/** Reads @p len bytes at physical address @p phys; a page that is not there ends it. The bytes that were read. */
static size_t read_some(struct oom_pages *pages, uint64_t phys, char *buf, size_t len)
{
	size_t n = 0, size = pages->page_size;
	char *page = malloc(size);
	while (page && n < len && pages->ops->read(pages, (phys + n) / size, page) == OOM_PAGE_OK) {
		size_t from = (size_t)((phys + n) % size), piece = size - from < len - n ? size - from : len - n;
		memcpy(buf + n, page + from, piece);
		n += piece;
	}
	free(page);
	return n;
}

/** Tells a live copy from one that an earlier kernel left in memory: where the copy says, utsname has its release. */
static bool agrees(struct oom_pages *pages, const char *text, size_t len)
{
	struct oom_arena *arena = oom_arena_new();
	struct oom_vmcoreinfo *info = arena ? oom_vmcoreinfo_new(arena, text, len) : NULL;
	const char *release = oom_vmcoreinfo_get(info, "OSRELEASE"), *page_size = oom_vmcoreinfo_get(info, "PAGESIZE");
	char uts[1024]; // new_utsname has 390 bytes and is at the start of uts_namespace, or behind a kref
	int64_t at;
	uint64_t phys;
	struct oom_xlat x;
	bool sure, ok = false;
	oom_xlat_init(&x, info ? oom_dump_arch(pages, info) : NULL, info,
		      page_size ? (uint32_t)strtoul(page_size, NULL, 10) : 4096, NULL);
	if (release && oom_vmcoreinfo_number(info, "SYMBOL", "init_uts_ns", &at) &&
	    oom_xlat_linear(&x, (uint64_t)at, &phys, &sure)) {
		size_t n = read_some(pages, phys, uts, sizeof(uts));
		ok = memmem(uts, n, release, strlen(release) + 1) != NULL;
	}
	oom_arena_free(arena);
	return ok;
}

bool oom_dump_big_endian(struct oom_pages *pages, const char *arch, const struct oom_vmcoreinfo *info,
			 const struct oom_xlat *x)
{
	unsigned char first[8];
	int64_t at;
	uint64_t phys;
	bool sure;
	// Node 0 is online, so the lowest bit of the map's first word is set.
	if (!arch || strcmp(arch, "ppc64") != 0 || !oom_vmcoreinfo_number(info, "SYMBOL", "node_online_map", &at) ||
	    !oom_xlat_linear(x, (uint64_t)at, &phys, &sure) ||
	    read_some(pages, phys, (char *)first, sizeof(first)) != sizeof(first) || (first[0] & 1) == (first[7] & 1))
		return pages->big_endian;
	return first[7] & 1;
}

/** The text of a live VMCOREINFO in frame @p pfn; NULL if there is none. A dump's block may be 16 of the kernel's
 * pages. */
static char *vmcoreinfo_at(struct oom_pages *pages, uint64_t pfn, unsigned char *page, size_t *len)
{
	if (pages->ops->read(pages, pfn, page) != OOM_PAGE_OK)
		return NULL;
	for (size_t at = 0; at < pages->page_size; at += PAGE_MIN) {
		size_t n = vmcoreinfo_in(page + at, pages->page_size - at);
		char *text = n && agrees(pages, (const char *)page + at, n) ? malloc(n + 1) : NULL;
		if (text) {
			memcpy(text, page + at, n);
			text[n] = '\0';
			*len = n;
			return text;
		}
	}
	return NULL;
}

static bool can_find(const struct oom_pages *pages)
{
	return pages->ops->find && pages->page_size == PAGE_MIN;
}

/** One pass over the pages, or over those that may start with the text. */
static char *search(struct oom_pages *pages, bool likely, unsigned char *page, size_t *len)
{
	char *text = NULL;
	size_t budget = SEARCH_PAGES;
	for (uint64_t pfn = 0; !text && pfn != UINT64_MAX && budget; pfn = pfn == UINT64_MAX ? pfn : pfn + 1) {
		if (can_find(pages)) {
			pfn = pages->ops->find(pages, pfn, OSRELEASE, sizeof(OSRELEASE) - 1, likely, &budget);
		} else {
			pfn = pages->ops->next(pages, pfn);
			budget--;
		}
		if (pfn != UINT64_MAX)
			text = vmcoreinfo_at(pages, pfn, page, len);
	}
	return text;
}

char *oom_find_vmcoreinfo(struct oom_pages *pages, size_t *len)
{
	unsigned char *page = malloc(pages->page_size);
	char *text = page && can_find(pages) ? search(pages, true, page, len) : NULL;
	if (page && !text)
		text = search(pages, false, page, len);
	free(page);
	return text;
}
