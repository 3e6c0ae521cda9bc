// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The machine and its kernel: utsname, command line, CPUs, taint, version of the memory controller. */
#include "kernel/kernel.h"
#include "kernel/walk.h"
#include <string.h>

/* struct new_utsname (include/uapi/linux/utsname.h): six arrays of 65 bytes, part of the ABI. */
enum {
	UTS_LEN = 65,
	UTS_SYSNAME = 0,
	UTS_NODENAME = 1,
	UTS_RELEASE = 2,
	UTS_VERSION = 3,
	UTS_MACHINE = 4,
	UTS_DOMAIN = 5,
	UTS_NR = 6
};
enum { UTS_BEFORE = 64 }; // bytes to look at for the start of the name in struct uts_namespace

static const char *uts_text(struct oom_arena *arena, const char *uts, int which)
{
	const char *p = uts + which * UTS_LEN;
	size_t len = strnlen(p, UTS_LEN);
	return len && len < UTS_LEN ? oom_strndup(arena, p, len) : NULL;
}

/**
 * The name in init_uts_ns. It stands behind a reference counter until 5.11 (9a56493f6942); VMCOREINFO has the offset
 * since 5.11 (ca4a9241cc5e), else it is where "Linux" is.
 */
static bool uts_read(struct oom_image *image, char uts[UTS_NR * UTS_LEN])
{
	uint64_t addr;
	char buf[UTS_BEFORE + UTS_NR * UTS_LEN];
	if (oom_symbol(image, "init_uts_ns", &addr) != OOM_OK)
		return false;
	for (uint32_t at = 0; at <= UTS_BEFORE; at += 4) {
		if (oom_read(image, addr + at, buf, UTS_NR * UTS_LEN) != OOM_OK)
			return false;
		if (memcmp(buf, "Linux", sizeof("Linux")) == 0) {
			oom_image_words(image, addr + at + UTS_NODENAME * UTS_LEN, UTS_LEN, OOM_WORDS_HOST, false);
			oom_image_words(image, addr + at + UTS_DOMAIN * UTS_LEN, UTS_LEN, OOM_WORDS_HOST, false);
			memcpy(uts, buf, UTS_NR * UTS_LEN);
			return true;
		}
	}
	return false;
}

/** `uname -m` where nothing but the dump's format is left to tell; 32-bit x86 has several names. */
static const char *machine_of_arch(const struct oom_image_info *info)
{
	static const char *const same[] = {"x86_64", "aarch64", "s390x", "riscv64", "loongarch64", NULL};
	for (size_t i = 0; info->arch && same[i]; i++)
		if (strcmp(info->arch, same[i]) == 0)
			return same[i];
	if (info->arch && strcmp(info->arch, "ppc64") == 0)
		return info->big_endian ? "ppc64" : "ppc64le";
	return NULL;
}

static void walk_uts(struct oom_image *image, struct oom_case *c)
{
	struct oom_system *s = &c->system;
	const struct oom_image_info *info = oom_image_info(image);
	char uts[UTS_NR * UTS_LEN];
	if (uts_read(image, uts)) {
		s->nodename = uts_text(c->arena, uts, UTS_NODENAME);
		s->release = uts_text(c->arena, uts, UTS_RELEASE);
		s->version = uts_text(c->arena, uts, UTS_VERSION);
		s->machine = uts_text(c->arena, uts, UTS_MACHINE);
	} else {
		oom_case_missing(c, "name and version of the system: init_uts_ns cannot be read");
	}
	if (!s->release)
		s->release = oom_strdup(c->arena, info->release);
	if (!s->machine)
		s->machine = machine_of_arch(info);
}

static int64_t weight(const uint8_t *bits, size_t len)
{
	int64_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += __builtin_popcount(bits[i]);
	return n;
}

/** A bitmap of CPUs by name or, before 4.5 (5aec01b834fd), by its old name: at most @p len bytes. */
static bool cpu_mask(struct oom_image *image, const char *name, const char *old, uint8_t *bits, size_t len)
{
	uint64_t addr;
	if (oom_symbol(image, name, &addr) != OOM_OK && oom_symbol(image, old, &addr) != OOM_OK)
		return false;
	return oom_read(image, addr, bits, len) == OOM_OK;
}

/**
 * CPUs that were online. A panic may stop the other CPUs in a way that marks them offline (x86 stop_this_cpu(), arm64
 * local_cpu_stop()) but leaves them active, and outside of hotplug the two masks are equal: count either.
 */
static int64_t cpus_online(struct oom_image *image)
{
	enum { CPUS_MAX = 8192 };
	uint8_t online[CPUS_MAX / 8], active[CPUS_MAX / 8];
	int64_t ids = oom_variable(image, "nr_cpu_ids", 4);
	if (ids < 1 || ids > CPUS_MAX)
		return OOM_ABSENT;
	size_t word = oom_image_info(image)->ptr_size;
	size_t len = ((size_t)ids + word * 8 - 1) / (word * 8) * word;
	if (!cpu_mask(image, "__cpu_online_mask", "cpu_online_bits", online, len))
		return OOM_ABSENT;
	if (cpu_mask(image, "__cpu_active_mask", "cpu_active_bits", active, len))
		for (size_t i = 0; i < len; i++)
			online[i] |= active[i];
	else if (!oom_built_without(image, "__cpu_active_mask") || !oom_built_without(image, "cpu_active_bits"))
		return OOM_ABSENT;
	int64_t n = weight(online, len);
	return n >= 1 && n <= ids ? n : OOM_ABSENT;
}

/** Letters of tainted_mask as the kernel prints them, without blanks; "" for none (kernel/panic.c, taint_flags). */
static const char *taint(struct oom_image *image, struct oom_arena *arena)
{
	static const char letters[] = "PFSRMBUDAWCIOELKXTNJ"; // T 4.16, N 6.0, J 6.15; '?': a vendor's own
	int64_t mask = oom_variable(image, "tainted_mask", 0);
	char text[64 + 2];
	size_t n = 0;
	if (!oom_known(mask))
		return NULL;
	if (mask && !(mask & 1))
		text[n++] = 'G'; // all modules are GPL
	for (size_t i = 0; i < 64; i++)
		if ((uint64_t)mask >> i & 1)
			text[n++] = i < sizeof(letters) - 1 ? letters[i] : '?';
	return oom_strndup(arena, text, n);
}

/** Is the memory controller in the hierarchy of version 2? Absent where neither version is mounted. */
static int64_t cgroup_version(struct oom_image *image)
{
	struct oom_member root;
	uint64_t subsys, dfl;
	// Before 3.15 the variable had another name, and there was only version 1.
	if (oom_symbol(image, "memory_cgrp_subsys", &subsys) != OOM_OK)
		return oom_symbol(image, "mem_cgroup_subsys", &subsys) == OOM_OK ? 1 : OOM_ABSENT;
	if (oom_symbol(image, "cgrp_dfl_root", &dfl) != OOM_OK ||
	    oom_member(image, "cgroup_subsys", "root", &root) != OOM_OK)
		return OOM_ABSENT;
	uint64_t own = oom_deref(image, subsys + root.offset);
	if (!own)
		return OOM_ABSENT;
	if (own != dfl)
		return 1;
	// A controller that is mounted nowhere belongs to the hierarchy of version 2 all the same.
	return oom_variable(image, "cgrp_dfl_visible", 1) == 1 ? 2 : OOM_ABSENT;
}

void oom_walk_system(struct oom_image *image, struct oom_case *c)
{
	struct oom_system *s = &c->system;
	walk_uts(image, c);
	s->page_size = oom_image_info(image)->page_size;
	s->cmdline = oom_words_at(image, oom_variable_ptr(image, "saved_command_line"), 4095, OOM_WORDS_PARAMETERS,
				  c->arena);
	s->nr_cpus = cpus_online(image);
	s->taint = taint(image, c->arena);
	s->cgroup_version = cgroup_version(image);
}
