// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Is VMCOREINFO what the kernel wrote? One flipped bit in it gives another address or another release. The kernel's
 * memory has the same text once more (vmcoreinfo_data, a page of its own since 4.13, 203e9e41219b), the symbols'
 * addresses in kallsyms, sizes and offsets in BTF, and the release in init_uts_ns.
 *
 * What was needed to get that far (phys_base, the page tables' root) is right if it got that far.
 */
#include "image/internal.h"
#include "image/kallsyms.h"
#include <stdio.h>
#include <string.h>

enum { COPY_MAX = 4096, NAME_MAX_LEN = 128, UTS_SPAN = 512 };

struct check {
	struct oom_image *image;
	char copy[COPY_MAX + 2]; // '\n', the text in memory, '\0'; empty: not readable
	size_t bad;
	char first[NAME_MAX_LEN];
};

/** Reads the kernel's own copy. False: there is none, or none that is one. */
static bool read_copy(struct check *c)
{
	uint64_t at, text;
	c->copy[0] = '\n';
	c->copy[1] = '\0';
	// A pointer; an array before 4.13.
	if (oom_symbol(c->image, "vmcoreinfo_data", &at) != OOM_OK || oom_read_ulong(c->image, at, &text) != OOM_OK ||
	    (oom_read(c->image, text, c->copy + 1, COPY_MAX) != OOM_OK &&
	     oom_read(c->image, at, c->copy + 1, COPY_MAX) != OOM_OK))
		c->copy[1] = '\0';
	c->copy[COPY_MAX + 1] = '\0';
	if (strncmp(c->copy + 1, "OSRELEASE=", 10) != 0)
		c->copy[1] = '\0';
	return c->copy[1] != '\0';
}

/** Is the line @p key=@p value in the copy? */
static bool in_copy(const struct check *c, const char *key, const char *value)
{
	char line[512];
	int len = snprintf(line, sizeof(line), "\n%s=%s\n", key, value);
	// CRASHTIME is added at the crash, and it is the clock that it is compared with.
	return len >= (int)sizeof(line) || strcmp(key, "CRASHTIME") == 0 || strstr(c->copy, line);
}

/** Is the address of "SYMBOL(name)" what kallsyms says? True also where that knows no such name. */
static bool as_kallsyms(struct check *c, const char *key, const char *value)
{
	char name[NAME_MAX_LEN];
	int64_t known;
	uint64_t addr, distance, held;
	size_t len = strlen(key);
	// SYMBOL(mem_section) is what the variable holds (a0b1280368d1, 4.15), not where it is.
	if (strncmp(key, "SYMBOL(", 7) != 0 || key[len - 1] != ')' || len - 8 >= sizeof(name) || !*value ||
	    strcmp(key, "SYMBOL(mem_section)") == 0)
		return true;
	memcpy(name, key + 7, len - 8);
	name[len - 8] = '\0';
	if (!c->image->symbols || oom_symbols_find(c->image->symbols, name, &addr) != OOM_OK)
		return true;
	if (!oom_vmcoreinfo_number(c->image->vmcoreinfo, "SYMBOL", name, &known))
		return false;
	// Like mem_section, vmemmap of s390x and ppc64 is given as what the pointer holds.
	if ((uint64_t)known == addr || (oom_read_ulong(c->image, addr, &held) == OOM_OK && held == (uint64_t)known))
		return true;
	// One of several of that name?
	const char *there = oom_symbols_at(c->image->symbols, (uint64_t)known, &distance);
	return there && distance == 0 && strcmp(there, name) == 0;
}

/** Is "SIZE(type)" or "OFFSET(type.member)" what the dump's own BTF says? True also where that knows no such thing. */
static bool as_types(struct check *c, const char *key)
{
	char name[NAME_MAX_LEN], *dot;
	bool size = strncmp(key, "SIZE(", 5) == 0;
	const char *from = key + (size ? 5 : 7);
	size_t len = strlen(key);
	int64_t known;
	uint32_t is;
	struct oom_member m;
	if ((!size && strncmp(key, "OFFSET(", 7) != 0) || key[len - 1] != ')' ||
	    len - (size_t)(from - key) > sizeof(name) || !oom_has_types(c->image) ||
	    strcmp(c->image->info.types_from, OOM_TYPES_IN_DUMP) != 0)
		return true;
	snprintf(name, sizeof(name), "%.*s", (int)(len - 1 - (size_t)(from - key)), from);
	if (!oom_vmcoreinfo_number(c->image->vmcoreinfo, size ? "SIZE" : "OFFSET", name, &known))
		return false;
	if (size)
		return oom_types_size(c->image->types, name, &is) != OOM_OK || (int64_t)is == known;
	dot = strchr(name, '.');
	if (!dot)
		return true;
	*dot = '\0';
	return oom_types_member(c->image->types, name, dot + 1, &m) != OOM_OK || (int64_t)m.offset == known;
}

/** Is the release that of init_uts_ns? True where that cannot be read. */
static bool as_utsname(struct check *c, const char *release)
{
	uint64_t at;
	char uts[UTS_SPAN];
	if (oom_symbol(c->image, "init_uts_ns", &at) != OOM_OK || oom_read(c->image, at, uts, sizeof(uts)) != OOM_OK ||
	    !memmem(uts, sizeof(uts), "Linux", sizeof("Linux")))
		return true;
	return memmem(uts, sizeof(uts), release, strlen(release) + 1) != NULL;
}

static void tell(struct check *c, const char *key)
{
	if (!c->bad++)
		snprintf(c->first, sizeof(c->first), "%s", key);
}

/** Counts the lines of the copy whose keys the text at hand does not have. */
static void find_lost_lines(struct check *c)
{
	char key[NAME_MAX_LEN];
	for (const char *line = c->copy + 1, *end; (end = strchr(line, '\n')); line = end + 1) {
		const char *equals = memchr(line, '=', (size_t)(end - line));
		if (!equals || (size_t)(equals - line) >= sizeof(key))
			continue;
		memcpy(key, line, (size_t)(equals - line));
		key[equals - line] = '\0';
		if (!oom_vmcoreinfo_get(c->image->vmcoreinfo, key) && strcmp(key, "CRASHTIME") != 0)
			tell(c, key);
	}
}

/** Forgets the lines that disagree. */
static void check_lines(struct check *c)
{
	struct oom_vmcoreinfo *info = c->image->vmcoreinfo;
	bool copy = read_copy(c);
	if (copy)
		find_lost_lines(c);
	const char *key = NULL, *value = NULL;
	for (size_t i = 0; i < oom_vmcoreinfo_entry(info, i, &key, &value);) {
		bool ok = (!copy || in_copy(c, key, value)) && as_kallsyms(c, key, value) && as_types(c, key) &&
			  (strcmp(key, "OSRELEASE") != 0 || as_utsname(c, value));
		if (ok) {
			i++;
			continue;
		}
		tell(c, key);
		oom_vmcoreinfo_forget(info, i);
	}
}

void oom_vmcoreinfo_check(struct oom_image *image)
{
	uint64_t unused;
	if (!image->vmcoreinfo)
		return;
	struct check c = {.image = image};
	// Opens the symbols unless they are: a name that nobody has.
	(void)oom_symbol(image, "", &unused);
	check_lines(&c);
	if (!c.bad)
		return;
	image->info.complete = OOM_NO;
	oom_strings_addf(image->arena, &image->info.missing,
			 "VMCOREINFO: %zu of its lines (%s) disagree with the kernel's memory and were not used", c.bad,
			 c.first);
	image->info.release = oom_vmcoreinfo_get(image->vmcoreinfo, "OSRELEASE");
	image->info.build_id = oom_vmcoreinfo_get(image->vmcoreinfo, "BUILD-ID");
}
