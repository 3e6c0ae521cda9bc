// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The public face of an image: which source answers which question, and reads in the image's byte order.
 *
 *   symbol:  VMCOREINFO → symbols.c (kallsyms, System.map, vmlinux) → the backend
 *   types:   types.c (BTF, DWARF) → the backend → VMCOREINFO's SIZE, OFFSET, NUMBER
 */
#include "image/bytes.h"
#include "image/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum oom_status oom_image_new(const struct oom_image_ops *ops, void *backend, const char *vmcoreinfo,
			      size_t vmcoreinfo_len, const struct oom_image_info *info,
			      const struct oom_image_options *options, struct oom_image **ret, struct oom_error *err)
{
	struct oom_arena *arena = oom_arena_new();
	struct oom_image *image = arena ? oom_alloc(arena, sizeof(*image)) : NULL;
	if (!image) {
		oom_arena_free(arena);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	*image = (struct oom_image){.ops = ops, .arena = arena, .info = *info, .tracking = true};
	if (options)
		image->options = *options;
	// What the caller said is missing lives in the caller's memory: the image keeps its own copy.
	struct oom_strings said = info->missing;
	image->info.missing = (struct oom_strings){.known = true};
	for (size_t i = 0; i < said.n; i++)
		oom_strings_addf(arena, &image->info.missing, "%s", said.v[i]);
	image->info.format = oom_strdup(arena, info->format);
	image->info.arch = oom_strdup(arena, info->arch);
	if (vmcoreinfo)
		image->vmcoreinfo = oom_vmcoreinfo_new(arena, vmcoreinfo, vmcoreinfo_len);
	image->info.release = oom_vmcoreinfo_get(image->vmcoreinfo, "OSRELEASE");
	image->info.build_id = oom_vmcoreinfo_get(image->vmcoreinfo, "BUILD-ID");
	if (!image->info.release)
		image->info.release = oom_strdup(arena, info->release);
	if (!image->info.build_id)
		image->info.build_id = oom_strdup(arena, info->build_id);
	image->backend = backend;
	*ret = image;
	return OOM_OK;
}

void oom_image_close(struct oom_image *image)
{
	if (!image)
		return;
	oom_modules_free(image->modules);
	oom_symbols_free(image->symbols);
	oom_types_free(image->types);
	if (image->ops->close)
		image->ops->close(image->backend);
	oom_arena_free(image->arena);
}

struct oom_image *oom_image_clone(struct oom_image *image)
{
	struct oom_image *clone = NULL;
	void *backend = image->ops->clone ? image->ops->clone(image->backend) : NULL;
	if (!backend)
		return NULL;
	if (oom_image_new(image->ops, backend, NULL, 0, &image->info, NULL, &clone, NULL) != OOM_OK || !clone) {
		image->ops->close(backend);
		return NULL;
	}
	clone->symbols_asked = clone->types_asked = true; // neither can be made from a clone
	clone->tracking = false;
	return clone;
}

const struct oom_image_info *oom_image_info(const struct oom_image *image)
{
	return &image->info;
}

const struct oom_error *oom_image_error(const struct oom_image *image)
{
	return &image->error;
}

/* Memory. */

enum oom_status oom_read(struct oom_image *image, uint64_t addr, void *buf, size_t len)
{
	if (len && addr + len - 1 < addr)
		return OOM_EREAD;
	return image->ops->read_virt(image->backend, addr, buf, len);
}

enum oom_status oom_read_phys(struct oom_image *image, uint64_t phys, void *buf, size_t len)
{
	if (!image->ops->read_phys || (len && phys + len - 1 < phys))
		return OOM_EREAD;
	return image->ops->read_phys(image->backend, phys, buf, len);
}

uint64_t oom_get_uint(const struct oom_image *image, const void *buf, size_t size)
{
	return oom_bytes_uint(buf, size, image->info.big_endian);
}

int64_t oom_get_int(const struct oom_image *image, const void *buf, size_t size)
{
	uint64_t value = oom_get_uint(image, buf, size);
	if (size < 8 && size && value >> (8 * size - 1))
		value |= ~UINT64_C(0) << (8 * size);
	return (int64_t)value;
}

static enum oom_status read_uint(struct oom_image *image, uint64_t addr, size_t size, uint64_t *ret)
{
	uint8_t raw[8];
	enum oom_status status = size <= sizeof(raw) ? oom_read(image, addr, raw, size) : OOM_EINVAL;
	if (status == OOM_OK)
		*ret = oom_get_uint(image, raw, size);
	return status;
}

#define DEFINE_READ(type, bits)                                                                                        \
	enum oom_status oom_read_u##bits(struct oom_image *image, uint64_t addr, type *ret)                            \
	{                                                                                                              \
		uint64_t value;                                                                                        \
		enum oom_status status = read_uint(image, addr, sizeof(type), &value);                                 \
		if (status == OOM_OK)                                                                                  \
			*ret = (type)value;                                                                            \
		return status;                                                                                         \
	}

DEFINE_READ(uint8_t, 8)
DEFINE_READ(uint16_t, 16)
DEFINE_READ(uint32_t, 32)
DEFINE_READ(uint64_t, 64)

enum oom_status oom_read_ulong(struct oom_image *image, uint64_t addr, uint64_t *ret)
{
	return read_uint(image, addr, image->info.ptr_size, ret);
}

static enum oom_status read_string(struct oom_image *image, uint64_t addr, char *buf, size_t size)
{
	for (size_t n = 0; n < size - 1;) {
		// Up to the end of the page: what follows it may be unreadable though the string ends before.
		size_t piece = image->info.page_size - (size_t)((addr + n) % image->info.page_size);
		if (piece > size - 1 - n)
			piece = size - 1 - n;
		enum oom_status status = oom_read(image, addr + n, buf + n, piece);
		if (status != OOM_OK) {
			buf[n] = '\0';
			return status;
		}
		if (memchr(buf + n, '\0', piece))
			return OOM_OK;
		n += piece;
		buf[n] = '\0';
	}
	return OOM_OK;
}

enum oom_status oom_read_string(struct oom_image *image, uint64_t addr, char *buf, size_t size)
{
	if (!size)
		return OOM_EINVAL;
	buf[0] = '\0';
	if (!oom_image_is_exact(image))
		return read_string(image, addr, buf, size);
	oom_image_track(image, false); // what lies behind the string is no fact
	enum oom_status status = read_string(image, addr, buf, size);
	oom_image_track(image, true);
	size_t len = strlen(buf);
	oom_image_saw(image, addr, len + 1 < size ? len + 1 : len);
	return status;
}

bool oom_image_track(struct oom_image *image, bool on)
{
	bool before = image->tracking;
	image->tracking = on;
	if (image->ops->track && before != on)
		image->ops->track(image->backend, on);
	return before;
}

bool oom_image_is_exact(const struct oom_image *image)
{
	return image->options.exact && image->tracking && image->ops->saw && image->ops->words;
}

void oom_image_saw(struct oom_image *image, uint64_t addr, size_t len)
{
	if (len && addr + len - 1 >= addr && oom_image_is_exact(image))
		image->ops->saw(image->backend, addr, len);
}

void oom_image_words(struct oom_image *image, uint64_t addr, size_t len, enum oom_words what, bool goes_on)
{
	if (len && addr + len - 1 >= addr && oom_image_is_exact(image))
		image->ops->words(image->backend, addr, len, what, goes_on);
}

bool oom_image_has_pfn(struct oom_image *image, uint64_t pfn)
{
	return image->ops->has_pfn && image->ops->has_pfn(image->backend, pfn);
}

/* Symbols. */

/** Reads are about @p subject from now on; returns what they were about. */
static enum oom_subject read_about(struct oom_image *image, enum oom_subject subject)
{
	enum oom_subject before = image->subject;
	image->subject = subject;
	return before;
}

static struct oom_symbols *symbols_of(struct oom_image *image)
{
	// Asked once: the symbols' own reads may ask for a symbol (the direct map's), and a failure is not tried again.
	if (!image->symbols && !image->symbols_asked) {
		image->symbols_asked = true;
		enum oom_subject before = read_about(image, OOM_ABOUT_SYMBOLS);
		oom_symbols_new(image, &image->symbols, &image->error);
		read_about(image, before);
	}
	return image->symbols;
}

enum oom_status oom_symbol(struct oom_image *image, const char *name, uint64_t *addr)
{
	int64_t value;
	if (oom_vmcoreinfo_number(image->vmcoreinfo, "SYMBOL", name, &value)) {
		*addr = (uint64_t)value;
		return OOM_OK;
	}
	struct oom_symbols *symbols = symbols_of(image);
	enum oom_subject before = read_about(image, OOM_ABOUT_SYMBOLS);
	enum oom_status status = symbols ? oom_symbols_find(symbols, name, addr) : OOM_ENOENT;
	read_about(image, before);
	if (status != OOM_OK && image->ops->symbol)
		return image->ops->symbol(image->backend, name, addr);
	return status;
}

const char *oom_symbol_at(struct oom_image *image, uint64_t addr, uint64_t *distance)
{
	struct oom_symbols *symbols = symbols_of(image);
	enum oom_subject before = read_about(image, OOM_ABOUT_SYMBOLS);
	const char *name = symbols ? oom_symbols_at(symbols, addr, distance) : NULL;
	read_about(image, before);
	if (!name && image->ops->symbol_at)
		name = image->ops->symbol_at(image->backend, addr, distance);
	return name;
}

/* Types. */

static struct oom_types *types_of(struct oom_image *image)
{
	if (!image->types && !image->types_asked) {
		image->types_asked = true;
		enum oom_subject before = read_about(image, OOM_ABOUT_TYPES);
		oom_types_new(image, &image->types, &image->error);
		read_about(image, before);
	}
	return image->types;
}

struct oom_btf *oom_image_btf(struct oom_image *image)
{
	struct oom_types *types = types_of(image);
	return types ? oom_types_btf(types) : NULL;
}

/** OFFSET(type.path) of VMCOREINFO: it tells no size, so only members whose size is told elsewhere or a pointer's. */
static enum oom_status member_of_vmcoreinfo(struct oom_image *image, const char *type, const char *path,
					    struct oom_member *ret)
{
	char name[128];
	int64_t offset, size;
	if (snprintf(name, sizeof(name), "%s.%s", type, path) >= (int)sizeof(name) ||
	    !oom_vmcoreinfo_number(image->vmcoreinfo, "OFFSET", name, &offset) || offset < 0 || offset > INT32_MAX)
		return OOM_ENOENT;
	if (!oom_vmcoreinfo_number(image->vmcoreinfo, "SIZE", name, &size) || size <= 0 || size > INT32_MAX)
		size = image->info.ptr_size;
	*ret = (struct oom_member){.offset = (uint32_t)offset, .size = (uint32_t)size, .known = true};
	ret->elem_size = ret->size;
	return OOM_OK;
}

enum oom_status oom_member(struct oom_image *image, const char *type, const char *path, struct oom_member *ret)
{
	struct oom_types *types = types_of(image);
	if (types && oom_types_member(types, type, path, ret) == OOM_OK)
		return OOM_OK;
	*ret = (struct oom_member){0};
	if (image->ops->member && image->ops->member(image->backend, type, path, &ret->offset, &ret->size) == OOM_OK) {
		ret->elem_size = ret->size;
		ret->known = true;
		return OOM_OK;
	}
	return member_of_vmcoreinfo(image, type, path, ret);
}

enum oom_status oom_type_size(struct oom_image *image, const char *type, uint32_t *ret)
{
	struct oom_types *types = types_of(image);
	if (types && oom_types_size(types, type, ret) == OOM_OK)
		return OOM_OK;
	int64_t size;
	if (!oom_vmcoreinfo_number(image->vmcoreinfo, "SIZE", type, &size) || size <= 0 || size > INT32_MAX)
		return OOM_ENOENT;
	*ret = (uint32_t)size;
	return OOM_OK;
}

bool oom_has_types(const struct oom_image *image)
{
	// The question may come before the first look-up; loading the types is not a change that a caller can see.
	struct oom_image *self = (struct oom_image *)(uintptr_t)image;
	uint32_t size;
	return types_of(self) && oom_types_size(self->types, "task_struct", &size) == OOM_OK;
}

enum oom_status oom_enumerator(struct oom_image *image, const char *name, int64_t *ret)
{
	struct oom_types *types = types_of(image);
	if (types && oom_types_enumerator(types, name, ret) == OOM_OK)
		return OOM_OK;
	return oom_vmcoreinfo_number(image->vmcoreinfo, "NUMBER", name, ret) ? OOM_OK : OOM_ENOENT;
}

enum oom_status oom_enum_each(struct oom_image *image, const char *type,
			      bool (*each)(void *arg, const char *name, int64_t value), void *arg)
{
	struct oom_types *types = types_of(image);
	return types ? oom_types_enum_each(types, type, each, arg) : OOM_ENOENT;
}

const char *oom_vmcoreinfo(const struct oom_image *image, const char *key)
{
	return oom_vmcoreinfo_get(image->vmcoreinfo, key);
}
