// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A kernel image over the crash session: memory through readmem(), symbols from crash, types from the dump's own BTF
 * (read through readmem() by the same code as standalone), crash's gdb only where there is none.
 *
 * Nothing here may longjmp through the library's frames. Every read is RETURN_ON_ERROR | QUIET, and gdb is asked in the
 * way that returns; but crash walks page tables with reads that do not return when they fail (FILL_PGD() and its like
 * are FAULT_ON_ERROR). So for each call into crash its target of longjmp is one in our frame: what jumps skips crash's
 * frames only.
 */
#include <crash/defs.h>

#include "image/xlat.h"
#include "image_crash.h"
#include <setjmp.h>
#include <signal.h>

/** A member that gdb was asked for: a miss costs it 25 ms and is asked for again and again. */
struct answer {
	char *key; // "type.path"
	long offset, size;
	struct answer *next;
};

struct session {
	const volatile sig_atomic_t *interrupted;
	struct oom_image *image; // that is made of this session; NULL while it is being made
	struct answer *answers;
};

/** readmem() that always returns. */
static bool guarded_read(uint64_t addr, int space, void *buf, size_t len)
{
	jmp_buf target;
	volatile bool done = false;
	memcpy(target, pc->main_loop_env, sizeof(target));
	if (setjmp(pc->main_loop_env) == 0)
		done = readmem(addr, space, buf, (long)len, "oomortem", RETURN_ON_ERROR | QUIET);
	memcpy(pc->main_loop_env, target, sizeof(target));
	return done;
}

static enum oom_status read_space(struct session *s, uint64_t addr, int space, void *buf, size_t len)
{
	if (*s->interrupted || len > LONG_MAX)
		return OOM_EREAD;
	return guarded_read(addr, space, buf, len) ? OOM_OK : OOM_EREAD;
}

static bool read_entry(void *arg, uint64_t phys, void *entry, size_t size)
{
	return read_space(arg, phys, PHYSADDR, entry, size) == OOM_OK;
}

/** By the kernel's page tables. */
static enum oom_status read_mapped(struct session *s, uint64_t addr, uint8_t *buf, size_t len)
{
	const struct oom_xlat *x = s->image ? oom_image_xlat(s->image) : NULL;
	if (!x || !x->root || !len || addr + len - 1 < addr || !oom_xlat_is_kernel(x, addr))
		return OOM_EREAD;
	for (size_t n = 0; n < len;) {
		size_t page = PAGESIZE(), within = (size_t)((addr + n) % page);
		size_t piece = page - within < len - n ? page - within : len - n;
		uint64_t phys;
		if (oom_xlat_walk(x, x->root, NULL, addr + n, read_entry, s, &phys) != OOM_WALK_MAPPED ||
		    read_space(s, phys, PHYSADDR, buf + n, piece) != OOM_OK)
			return OOM_EREAD;
		n += piece;
	}
	return OOM_OK;
}

static enum oom_status crash_read_virt(void *backend, uint64_t addr, void *buf, size_t len)
{
	// A minimal session does not know where modules, vmemmap and vmalloc are: it takes the addresses of modules for
	// such of the kernel's text and reads what lies elsewhere.
	bool minimal = pc->flags & MINIMAL_MODE;
	if (minimal && read_mapped(backend, addr, buf, len) == OOM_OK)
		return OOM_OK;
	enum oom_status status = read_space(backend, addr, KVADDR, buf, len);
	return status == OOM_OK || minimal ? status : read_mapped(backend, addr, buf, len);
}

static enum oom_status crash_read_phys(void *backend, uint64_t addr, void *buf, size_t len)
{
	return read_space(backend, addr, PHYSADDR, buf, len);
}

static enum oom_status crash_symbol(void *backend, const char *name, uint64_t *addr)
{
	(void)backend;
	struct syment *sp = kernel_symbol_search((char *)(uintptr_t)name);
	if (!sp)
		return OOM_ENOENT;
	*addr = sp->value;
	return OOM_OK;
}

static const char *crash_symbol_at(void *backend, uint64_t addr, uint64_t *distance)
{
	ulong offset = 0;
	(void)backend;
	struct syment *sp = value_search(addr, &offset);
	*distance = offset;
	return sp ? sp->name : NULL;
}

/**
 * Offset and size of a member, -1 where there is none. gdb_interface() ends with crash's own SIGINT handler in place
 * whatever was there before: until ours is back no SIGINT may come through.
 */
static void guarded_gdb(char *type, char *path, long *offset, long *size)
{
	jmp_buf target;
	sigset_t sigint, mask;
	struct sigaction ours;
	*offset = *size = -1;
	sigemptyset(&sigint);
	sigaddset(&sigint, SIGINT);
	sigprocmask(SIG_BLOCK, &sigint, &mask);
	sigaction(SIGINT, NULL, &ours);
	memcpy(target, pc->main_loop_env, sizeof(target));
	if (setjmp(pc->main_loop_env) == 0) {
		*offset = MEMBER_OFFSET(type, path);
		*size = *offset >= 0 ? MEMBER_SIZE(type, path) : -1;
		if (*offset < 0 && (*offset = ANON_MEMBER_OFFSET(type, path)) >= 0)
			*size = ANON_MEMBER_SIZE(type, path);
	}
	memcpy(pc->main_loop_env, target, sizeof(target));
	sigaction(SIGINT, &ours, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static struct answer *ask_gdb(const char *type, const char *path, const char *key)
{
	struct answer *a = calloc(1, sizeof(*a));
	char *copy = strdup(key);
	if (!a || !copy) {
		free(a);
		free(copy);
		return NULL;
	}
	a->key = copy;
	guarded_gdb((char *)(uintptr_t)type, (char *)(uintptr_t)path, &a->offset, &a->size);
	return a;
}

static enum oom_status crash_member(void *backend, const char *type, const char *path, uint32_t *offset, uint32_t *size)
{
	struct session *s = backend;
	char key[160];
	// What the kernel's own types do not have, gdb has not either: only presence is asked for, 25 ms each.
	if (!s->image || oom_has_types(s->image))
		return OOM_ENOENT;
	if (snprintf(key, sizeof(key), "%s.%s", type, path) >= (int)sizeof(key) || *s->interrupted)
		return OOM_ENOENT;
	struct answer *a = s->answers;
	while (a && strcmp(a->key, key) != 0)
		a = a->next;
	if (!a) {
		if (!(a = ask_gdb(type, path, key)))
			return OOM_ENOMEM;
		a->next = s->answers;
		s->answers = a;
	}
	if (a->offset < 0 || a->size <= 0 || a->offset > INT_MAX || a->size > INT_MAX)
		return OOM_ENOENT;
	*offset = (uint32_t)a->offset;
	*size = (uint32_t)a->size;
	return OOM_OK;
}

static void crash_close(void *backend)
{
	struct session *s = backend;
	for (struct answer *a = s->answers, *next; a; a = next) {
		next = a->next;
		free(a->key);
		free(a);
	}
	free(s);
}

static const struct oom_image_ops crash_ops = {
	.read_virt = crash_read_virt,
	.read_phys = crash_read_phys,
	.symbol = crash_symbol,
	.symbol_at = crash_symbol_at,
	.member = crash_member,
	.close = crash_close,
};

/**
 * VMCOREINFO's text from the kernel's own copy, malloc'ed. `vmcoreinfo_data` is an array before 4.13 and a pointer to
 * a page since (203e9e41219b); `vmcoreinfo_size` counts its bytes in both.
 */
static char *read_vmcoreinfo(struct session *s, size_t *len)
{
	uint64_t data, at, size = 0;
	if (crash_symbol(s, "vmcoreinfo_data", &data) != OOM_OK || crash_symbol(s, "vmcoreinfo_size", &at) != OOM_OK ||
	    crash_read_virt(s, at, &size, sizeof(long)) != OOM_OK || !size || size > 1 << 16)
		return NULL;
	char head[10];
	if (crash_read_virt(s, data, head, sizeof(head)) != OOM_OK || memcmp(head, "OSRELEASE=", 10) != 0) {
		at = data;
		data = 0;
		if (crash_read_virt(s, at, &data, sizeof(long)) != OOM_OK)
			return NULL;
	}
	char *text = malloc(size + 1);
	if (!text || crash_read_virt(s, data, text, size) != OOM_OK) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	*len = size;
	return text;
}

/** libkdumpfile's names, which the image speaks. */
static const char *arch_name(void)
{
	static const char *const names[][2] = {{"X86_64", "x86_64"},  {"X86", "ia32"},	  {"ARM64", "aarch64"},
					       {"ARM", "arm"},	      {"S390X", "s390x"}, {"PPC64", "ppc64"},
					       {"RISCV64", "riscv64"}};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (STREQ(build_target, (char *)(uintptr_t)names[i][0]))
			return names[i][1];
	return NULL;
}

/** The file that crash has the kernel's types from. */
static const char *types_file(void)
{
	return pc->namelist_debug ? pc->namelist_debug : pc->namelist;
}

static enum oom_status new_image(const volatile sig_atomic_t *interrupted, const struct oom_image_options *options,
				 struct oom_image **ret, struct oom_error *err)
{
	struct session *s = calloc(1, sizeof(*s));
	if (!s)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	s->interrupted = interrupted;
	const struct oom_image_info info = {
		.format = "crash",
		.arch = arch_name(),
		.page_size = (uint32_t)PAGESIZE(),
		.ptr_size = sizeof(long),
		.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.complete = is_incomplete_dump() ? OOM_NO : OOM_YES,
	};
	size_t len = 0;
	char *vmcoreinfo = read_vmcoreinfo(s, &len);
	enum oom_status status = oom_image_new(&crash_ops, s, vmcoreinfo, len, &info, options, ret, err);
	free(vmcoreinfo);
	if (status == OOM_OK)
		s->image = *ret;
	else
		crash_close(s);
	return status;
}

enum oom_status oom_crash_image(const volatile sig_atomic_t *interrupted, struct oom_image **ret, struct oom_error *err)
{
	enum oom_status status = new_image(interrupted, NULL, ret, err);
	if (status != OOM_OK || oom_has_types(*ret) || *interrupted)
		return status;
	// A kernel without BTF: the library reads sizes and enumerators too from the debug information that crash uses.
	oom_image_close(*ret);
	const struct oom_image_options options = {.vmlinux = types_file()};
	return new_image(interrupted, &options, ret, err);
}
