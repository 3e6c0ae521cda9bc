// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The sources of types in order: BTF in the dump, a BTF file, BTF or DWARF of a vmlinux. The first that opens answers;
 * each answer is remembered, also that there is none.
 */
#include "image/types.h"
#include "image/hash.h"
#include "image/symbols.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ANSWERS_MAX = 8192, // a report asks about 1,000 questions
	KEY_MAX = 256,
};

/** A question ("m task_struct.signal") and its answer. */
struct answer {
	const char *key;
	enum oom_status status;
	struct oom_member member;
	int64_t value; // a size, or an enumerator's value
};

struct oom_types {
	struct oom_image *image;
	struct oom_btf *btf;
	struct oom_dwarf *dwarf;
	struct oom_arena *arena; // of the answers' keys
	struct answer *answers;
	size_t n;
	struct oom_hash index;
};

struct oom_path oom_path_split(const char *path)
{
	size_t len = strcspn(path, ".");
	return (struct oom_path){.name = path, .len = len, .rest = path[len] ? path + len + 1 : NULL};
}

bool oom_bitfield(uint64_t bit, uint32_t bits, uint32_t size, bool big_endian, struct oom_member *ret)
{
	if (!size || size > 8 || !bits || bits > 64 || bit / 8 > UINT32_MAX - 16)
		return false;
	uint64_t offset = bit / 8 / size * size;
	if (bit + bits > (offset + size) * 8) { // packed: it crosses the border of its type
		offset = bit / 8;
		for (size = 1; bit % 8 + bits > size * 8; size *= 2)
			if (size == 8)
				return false;
	}
	uint32_t lowest = (uint32_t)(bit - offset * 8);
	ret->offset = (uint32_t)offset;
	ret->size = ret->elem_size = size;
	ret->bit_offset = (uint8_t)(big_endian ? size * 8 - lowest - bits : lowest);
	ret->bit_size = (uint8_t)bits;
	return true;
}

/* Which package helps. */

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static bool ends_with_any(const char *text, const char *const *ends)
{
	for (size_t len = strlen(text); *ends; ends++) {
		size_t n = strlen(*ends);
		if (len >= n && strcmp(text + len - n, *ends) == 0)
			return true;
	}
	return false;
}

/** SUSE's flavours; where Ubuntu has one of that name, SUSE's releases have a dot behind the
 * dash: 5.14.21-150500.33.17-azure. */
static bool is_suse(const char *release)
{
	static const char *const only[] = {"-default", "-preempt", "-64kb", NULL}, *const both[] = {"-azure", "-rt",
												    NULL};
	const char *dash = strchr(release, '-');
	return ends_with_any(release, only) || (ends_with_any(release, both) && has(dash, "."));
}

void oom_debug_package(const char *release, char *buf, size_t size)
{
	static const char *const debian[] = {"amd64",	   "arm64",   "686",   "686-pae", "armmp",
					     "armmp-lpae", "armel",   "s390x", "ppc64el", "powerpc64le",
					     "riscv64",	   "loong64", NULL};
	static const char *const ubuntu[] = {"-generic", "-generic-64k", "-generic-lpae", "-lowlatency", "-aws",
					     "-azure",	 "-gcp",	 "-gke",	  "-oracle",	 "-kvm",
					     "-ibm",	 "-raspi",	 "-nvidia",	  NULL};
	if (!release || !*release)
		snprintf(buf, size, "a vmlinux of this kernel with debug information");
	else if (has(release, "uek"))
		snprintf(buf, size, "the package kernel-uek-debuginfo-%s", release);
	else if (has(release, ".el") || has(release, ".fc") || has(release, ".amzn"))
		snprintf(buf, size, "the package kernel-%sdebuginfo-%s", has(release, ".rt") ? "rt-" : "", release);
	else if (ends_with_any(release, debian))
		snprintf(buf, size, "the package linux-image-%s-dbg", release);
	else if (is_suse(release))
		snprintf(buf, size, "the package kernel-%s-debuginfo of %s", strrchr(release, '-') + 1, release);
	else if (ends_with_any(release, ubuntu))
		snprintf(buf, size, "the package linux-image-%s-dbgsym (or linux-image-unsigned-%s-dbgsym)", release,
			 release);
	else
		snprintf(buf, size, "the vmlinux of %s with debug information", release);
}

/* Sources. */

static enum oom_status ask_member(struct oom_types *t, const char *type, const char *path, struct oom_member *ret)
{
	*ret = (struct oom_member){0};
	if (t->btf)
		return oom_btf_member(t->btf, type, path, ret);
	return t->dwarf ? oom_dwarf_member(t->dwarf, type, path, ret) : OOM_ENOENT;
}

static enum oom_status ask_size(struct oom_types *t, const char *type, uint32_t *ret)
{
	if (t->btf)
		return oom_btf_size(t->btf, type, ret);
	return t->dwarf ? oom_dwarf_size(t->dwarf, type, ret) : OOM_ENOENT;
}

/** A size that VMCOREINFO may know, or the offset of a member. */
struct fact {
	const char *type, *path;
};

/** What VMCOREINFO says of it and what the types say; false: one of them is silent. */
static bool ask_both(struct oom_types *t, const struct fact *f, int64_t *known, uint32_t *is)
{
	char name[KEY_MAX];
	struct oom_member m;
	snprintf(name, sizeof(name), "%s%s%s", f->type, f->path ? "." : "", f->path ? f->path : "");
	if (!oom_vmcoreinfo_number(t->image->vmcoreinfo, f->path ? "OFFSET" : "SIZE", name, known))
		return false;
	if (!f->path)
		return ask_size(t, f->type, is) == OOM_OK;
	bool found = ask_member(t, f->type, f->path, &m) == OOM_OK;
	*is = m.offset;
	return found;
}

/**
 * Types must agree with the sizes and offsets that the kernel itself left in VMCOREINFO. @p own: they are the dump's,
 * and one line in many that disagrees is a damaged line.
 */
static enum oom_status check(struct oom_types *t, const char *what, bool own, struct oom_error *err)
{
	static const struct fact facts[] = {
		{"list_head", NULL},	       {"page", NULL},
		{"pglist_data", NULL},	       {"zone", NULL},
		{"free_area", NULL},	       {"printk_info", NULL},
		{"printk_log", NULL},	       {"list_head", "prev"},
		{"zone", "free_area"},	       {"zone", "vm_stat"},
		{"free_area", "free_list"},    {"page", "mapping"},
		{"pglist_data", "node_zones"}, {"pglist_data", "node_id"},
	};
	struct oom_image *image = t->image;
	const struct fact *wrong = NULL;
	size_t compared = 0, differ = 0;
	int64_t known;
	uint32_t is;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (!ask_both(t, &facts[i], &known, &is))
			continue;
		compared++;
		if ((int64_t)is != known) {
			differ++;
			wrong = &facts[i];
		}
	}
	if (!wrong || !ask_both(t, wrong, &known, &is))
		return OOM_OK;
	const char *path = wrong->path, *dot = path ? "." : "";
	if (own && differ * 4 <= compared) {
		image->info.complete = OOM_NO;
		oom_strings_addf(image->arena, &image->info.missing,
				 "VMCOREINFO: %s of %s%s%s is %lld there and %u in the kernel's BTF: it is damaged",
				 path ? "offset" : "size", wrong->type, dot, path ? path : "", (long long)known, is);
		return OOM_OK;
	}
	return oom_fail(err, OOM_EMATCH, "%s: not of the dump's kernel: %s of %s%s%s is %u, VMCOREINFO says %lld", what,
			path ? "offset" : "size", wrong->type, dot, path ? path : "", is, (long long)known);
}

static bool btf_bounds(struct oom_image *image, uint64_t *start, uint64_t *end)
{
	// 5.4 to 5.6: objcopy's names; since 5.7 (90ceddcb4950) the linker script's.
	return (oom_symbol(image, "__start_BTF", start) == OOM_OK && oom_symbol(image, "__stop_BTF", end) == OOM_OK) ||
	       (oom_symbol(image, "_binary__btf_vmlinux_bin_start", start) == OOM_OK &&
		oom_symbol(image, "_binary__btf_vmlinux_bin_end", end) == OOM_OK);
}

static enum oom_status open_dump_btf(struct oom_types *t, struct oom_error *err)
{
	struct oom_image *image = t->image;
	uint64_t start, end;
	if (!btf_bounds(image, &start, &end))
		return oom_fail(err, OOM_ENOENT, "no symbol tells where the kernel's BTF is");
	size_t len = (size_t)(end - start);
	if (end <= start || end - start > OOM_BTF_MAX)
		return oom_fail(err, OOM_EDAMAGE, "BTF: its length is impossible");
	void *data = malloc(len);
	if (!data)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	enum oom_status status = oom_read(image, start, data, len);
	if (status != OOM_OK)
		oom_fail(err, status, "the kernel's BTF is not, or not as a whole, in the dump");
	else
		status = oom_btf_new(data, len, image->info.ptr_size, &t->btf, err);
	free(data);
	if (status == OOM_OK)
		status = check(t, "BTF in the dump", true, err);
	return status;
}

/** Forgets a source that opened and does not fit. */
static void drop(struct oom_types *t)
{
	oom_btf_free(t->btf);
	oom_dwarf_free(t->dwarf);
	t->btf = NULL;
	t->dwarf = NULL;
}

/** BTF, else DWARF of the vmlinux. */
static enum oom_status open_vmlinux(struct oom_types *t, const char *path, struct oom_error *err)
{
	enum oom_status status = oom_vmlinux_check(t->image, path, err);
	if (status != OOM_OK)
		return status;
	t->image->info.types_from = "BTF of vmlinux";
	if (oom_btf_open(path, t->image->info.ptr_size, &t->btf, NULL) == OOM_OK)
		return OOM_OK;
	t->image->info.types_from = "DWARF";
	return oom_dwarf_open(path, &t->dwarf, err);
}

/** A BTF file; one that is a vmlinux must be of this kernel. */
static enum oom_status open_btf_file(struct oom_types *t, const char *path, struct oom_error *err)
{
	struct oom_error own = {0};
	enum oom_status status = oom_btf_open(path, t->image->info.ptr_size, &t->btf, &own);
	OOM_ELF e = {.fd = -1};
	bool known = false;
	if (status == OOM_EFORMAT)
		oom_fail(err, status, "%s: neither a BTF file nor a vmlinux that has BTF", path);
	else if (status != OOM_OK)
		oom_fail(err, status, "%s", own.text);
	if (status == OOM_OK && oom_elf_open(path, &e, NULL) == OOM_OK)
		status = oom_elf_check_build(t->image, &e, path, &known, err);
	return status;
}

/** A BTF file that is not needed, because the dump has its own, must be one of this kernel all the same. */
static enum oom_status check_unused(const struct oom_types *t, const char *path, struct oom_error *err)
{
	struct oom_types other = {.image = t->image};
	enum oom_status status = open_btf_file(&other, path, err);
	if (status == OOM_OK)
		status = check(&other, path, false, err);
	drop(&other);
	return status;
}

/** Opens the first source that there is. */
static enum oom_status open_source(struct oom_types *t, struct oom_error *why, struct oom_error *err)
{
	struct oom_image_info *info = &t->image->info;
	const struct oom_image_options *options = &t->image->options;
	enum oom_status status = open_dump_btf(t, why);
	if (status == OOM_OK) {
		info->types_from = OOM_TYPES_IN_DUMP;
		return options->btf ? check_unused(t, options->btf, err) : OOM_OK;
	}
	drop(t);
	if (options->btf) {
		info->types_from = "BTF file";
		status = open_btf_file(t, options->btf, err);
		if (status == OOM_OK)
			status = check(t, options->btf, false, err);
	} else if (options->vmlinux) {
		status = open_vmlinux(t, options->vmlinux, err);
		if (status == OOM_OK)
			status = check(t, options->vmlinux, false, err);
	} else {
		status = OOM_OK;
	}
	if (status != OOM_OK)
		drop(t);
	return status;
}

enum oom_status oom_types_new(struct oom_image *image, struct oom_types **ret, struct oom_error *err)
{
	struct oom_types *t = calloc(1, sizeof(*t));
	if (!t)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	t->image = image;
	t->arena = oom_arena_new();
	t->answers = calloc(ANSWERS_MAX, sizeof(*t->answers));
	if (!t->arena || !t->answers || !oom_hash_init(&t->index, ANSWERS_MAX)) {
		oom_types_free(t);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	*ret = t;
	struct oom_error why = {0}, refused = {0};
	enum oom_status status = open_source(t, &why, &refused);
	image->info.no_memory |= why.status == OOM_ENOMEM;
	if (t->btf || t->dwarf)
		return status == OOM_OK ? OOM_OK : oom_fail(err, status, "%s", refused.text);
	image->info.types_from = "VMCOREINFO";
	char package[256];
	oom_debug_package(image->info.release, package, sizeof(package));
	oom_strings_addf(image->arena, &image->info.missing, "types: %s; %s has them (-k)", why.text, package);
	if (status == OOM_OK)
		return OOM_OK;
	oom_strings_addf(image->arena, &image->info.missing, "types: %s", refused.text);
	return oom_fail(err, status, "%s", refused.text);
}

void oom_types_free(struct oom_types *t)
{
	if (!t)
		return;
	drop(t);
	oom_hash_free(&t->index);
	oom_arena_free(t->arena);
	free(t->answers);
	free(t);
}

struct oom_btf *oom_types_btf(struct oom_types *t)
{
	return t->btf;
}

/* Remembered answers. */

/** The remembered answer; else a new one to be filled in, with *@p known false; NULL: no room to remember. */
static struct answer *recall(struct oom_types *t, char kind, const char *type, const char *path, bool *known)
{
	char key[KEY_MAX];
	*known = false;
	int len = snprintf(key, sizeof(key), "%c%s%s%s", kind, type, path ? "." : "", path ? path : "");
	if (len < 0 || len >= (int)sizeof(key))
		return NULL;
	uint32_t hash = oom_hash_name(key);
	struct oom_hash_walk walk = {.h = &t->index, .hash = hash};
	for (uint32_t i; oom_hash_next(&walk, &i);)
		if (strcmp(t->answers[i].key, key) == 0) {
			*known = true;
			return &t->answers[i];
		}
	const char *copy = t->n < ANSWERS_MAX ? oom_strndup(t->arena, key, (size_t)len) : NULL;
	if (!copy || !oom_hash_insert(&t->index, hash, (uint32_t)t->n))
		return NULL;
	t->answers[t->n] = (struct answer){.key = copy, .status = OOM_ENOENT};
	return &t->answers[t->n++];
}

enum oom_status oom_types_member(struct oom_types *t, const char *type, const char *path, struct oom_member *ret)
{
	bool known = false;
	struct answer *a = recall(t, 'm', type, path, &known);
	if (!a)
		return ask_member(t, type, path, ret);
	if (!known)
		a->status = ask_member(t, type, path, &a->member);
	*ret = a->member;
	return a->status;
}

enum oom_status oom_types_size(struct oom_types *t, const char *type, uint32_t *ret)
{
	bool known = false;
	uint32_t size = 0;
	struct answer *a = recall(t, 's', type, NULL, &known);
	if (!a)
		return ask_size(t, type, ret);
	if (!known) {
		a->status = ask_size(t, type, &size);
		a->value = size;
	}
	if (a->status == OOM_OK)
		*ret = (uint32_t)a->value;
	return a->status;
}

static enum oom_status ask_enumerator(struct oom_types *t, const char *name, int64_t *ret)
{
	if (t->btf)
		return oom_btf_enumerator(t->btf, name, ret);
	return t->dwarf ? oom_dwarf_enumerator(t->dwarf, name, ret) : OOM_ENOENT;
}

enum oom_status oom_types_enumerator(struct oom_types *t, const char *name, int64_t *ret)
{
	bool known = false;
	struct answer *a = recall(t, 'e', name, NULL, &known);
	if (!a)
		return ask_enumerator(t, name, ret);
	if (!known)
		a->status = ask_enumerator(t, name, &a->value);
	if (a->status == OOM_OK)
		*ret = a->value;
	return a->status;
}

enum oom_status oom_types_enum_each(struct oom_types *t, const char *type, oom_enum_fn *each, void *arg)
{
	if (t->btf)
		return oom_btf_enum_each(t->btf, type, each, arg);
	return t->dwarf ? oom_dwarf_enum_each(t->dwarf, type, each, arg) : OOM_ENOENT;
}
