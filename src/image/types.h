// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Sources of types: BTF (btf.c) and DWARF (dwarf.c). types.c asks them in turn and remembers the answers.
 */
#ifndef OOM_IMAGE_TYPES_H
#define OOM_IMAGE_TYPES_H

#include "image/internal.h"

typedef bool oom_enum_fn(void *arg, const char *name, int64_t value);

/**
 * The debug package of the distribution that built @p release, in one sentence's part: "the package
 * linux-image-6.1.0-9-amd64-dbg". NULL release: any vmlinux with debug information.
 */
void oom_debug_package(const char *release, char *buf, size_t size);

/* The next component of a path "a.b.c" and the rest. */
struct oom_path {
	const char *name;
	size_t len;
	const char *rest; // NULL: name is the last
};
struct oom_path oom_path_split(const char *path);

/**
 * A bit field as the bits of a number: of the declared type where that holds it all, else of the fewest bytes that do.
 * @param[in] bit where it starts, from the start of the structure in order of memory (from the most significant bit of
 *            each byte on a big-endian machine, as BTF and DWARF's DW_AT_data_bit_offset count)
 * @param[in] bits its length
 * @param[in] size bytes of its declared type
 * @param[out] ret offset, size, elem_size, bit_offset, bit_size
 */
bool oom_bitfield(uint64_t bit, uint32_t bits, uint32_t size, bool big_endian, struct oom_member *ret);

/* btf.c */
enum { OOM_BTF_MAX = 64 << 20 }; // bytes; a distribution kernel has 4 to 8 MB
struct oom_btf;
/**
 * Takes BTF of either byte order and indexes its names.
 * @param[in] data not needed any more after the call
 * @param[in] len at most OOM_BTF_MAX
 * @param[in] ptr_size bytes of a pointer
 * @return OOM_OK; OOM_ENOMEM; OOM_EDAMAGE, OOM_EFORMAT with a sentence in @p err
 */
enum oom_status oom_btf_new(const void *data, size_t len, uint32_t ptr_size, struct oom_btf **ret,
			    struct oom_error *err);
/**
 * The same for the BTF of a module, which continues the kernel's numbers and strings.
 * @param[in] base the kernel's, not needed any more after the call
 */
enum oom_status oom_btf_new_split(const void *data, size_t len, const struct oom_btf *base, struct oom_btf **ret,
				  struct oom_error *err);
/** The same for a raw BTF file or an ELF file with a section .BTF; OOM_EOPEN, OOM_ENOENT (no such section) too. */
enum oom_status oom_btf_open(const char *path, uint32_t ptr_size, struct oom_btf **ret, struct oom_error *err);
void oom_btf_free(struct oom_btf *b);
enum oom_status oom_btf_member(struct oom_btf *b, const char *type, const char *path, struct oom_member *ret);
enum oom_status oom_btf_size(struct oom_btf *b, const char *type, uint32_t *ret);
enum oom_status oom_btf_enumerator(struct oom_btf *b, const char *name, int64_t *ret);
enum oom_status oom_btf_enum_each(struct oom_btf *b, const char *type, oom_enum_fn *each, void *arg);

/* dwarf.c; without libdw (OOM_WITH_DW=0) opening is OOM_EFORMAT. */
struct oom_dwarf;
enum oom_status oom_dwarf_open(const char *path, struct oom_dwarf **ret, struct oom_error *err);
void oom_dwarf_free(struct oom_dwarf *d);
enum oom_status oom_dwarf_member(struct oom_dwarf *d, const char *type, const char *path, struct oom_member *ret);
enum oom_status oom_dwarf_size(struct oom_dwarf *d, const char *type, uint32_t *ret);
enum oom_status oom_dwarf_enumerator(struct oom_dwarf *d, const char *name, int64_t *ret);
enum oom_status oom_dwarf_enum_each(struct oom_dwarf *d, const char *type, oom_enum_fn *each, void *arg);

#endif
