// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Linear maps and page tables of x86_64, arm64 and i386, ppc64, s390x (linear map only).
 *
 * x86_64: Documentation/arch/x86/x86_64/mm.rst (image at -2 GiB, direct map at page_offset_base); entries: Intel SDM
 * vol. 3A, 4.5. arm64: Documentation/arch/arm64/memory.rst, arch/arm64/include/asm/memory.h (__kimg_to_phys,
 * __lm_to_phys; the halves were exchanged in 5.4, 14c127c957c1); entries: Arm ARM D8.3.
 */
#include "image/xlat.h"
#include <stdlib.h>
#include <string.h>

#define X86_64_IMAGE	UINT64_C(0xffffffff80000000)
#define IA32_LOWMEM	(UINT64_C(896) << 20)
#define X86_64_ADDR	UINT64_C(0x000ffffffffff000)
#define AARCH64_IMAGE	(UINT64_C(128) << 20)
#define X86_64_4L_FIRST UINT64_C(0xffff880000000000) /* direct map and LDT hole, 4 and 5 levels */
#define X86_64_5L_FIRST UINT64_C(0xff10000000000000)

static bool number(const struct oom_vmcoreinfo *info, const char *kind, const char *name, uint64_t *ret)
{
	int64_t value;
	if (!oom_vmcoreinfo_number(info, kind, name, &value))
		return false;
	*ret = (uint64_t)value;
	return true;
}

static void init_x86_64(struct oom_xlat *x, const struct oom_vmcoreinfo *info, const uint64_t *header_base)
{
	uint64_t phys_base, value;
	x->levels = number(info, "NUMBER", "pgtable_l5_enabled", &value) && value ? 5 : 4;
	x->page_shift = 12;
	x->va_bits = x->levels == 5 ? 57 : 48;
	if (number(info, "NUMBER", "sme_mask", &value))
		x->entry_flags = value;
	const char *offset = oom_vmcoreinfo_get(info, "KERNELOFFSET");
	x->kaslr = offset && strtoull(offset, NULL, 16) != 0;
	// In VMCOREINFO since 4.10 (401721ecd1dc); before, only the dump's header has it.
	if (!number(info, "NUMBER", "phys_base", &phys_base)) {
		if (!header_base)
			return;
		phys_base = *header_base;
	}
	// Modules begin behind it. In VMCOREINFO since 4.20; 512 MiB without KASLR, and the image is below 512 MiB
	// then.
	uint64_t size = UINT64_C(512) << 20;
	if ((number(info, "NUMBER", "KERNEL_IMAGE_SIZE", &value) && value >= size && value <= 2 * size) ||
	    (x->kaslr && (value = 2 * size)))
		size = value;
	x->maps[OOM_MAP_IMAGE] =
		(struct oom_linear_map){X86_64_IMAGE, X86_64_IMAGE + size - 1, phys_base, .sure = true};
	if (number(info, "SYMBOL", "swapper_pg_dir", &value) && value >= X86_64_IMAGE)
		x->root = value - X86_64_IMAGE + phys_base;
}

static void init_aarch64(struct oom_xlat *x, const struct oom_vmcoreinfo *info, uint32_t page_size)
{
	uint64_t va_bits, voffset, value, stext = 0;
	if (!number(info, "NUMBER", "VA_BITS", &va_bits) || va_bits < 36 || va_bits > 52)
		return;
	x->page_shift = page_size == 65536 ? 16 : page_size == 16384 ? 14 : 12;
	x->va_bits = (unsigned)va_bits;
	// The bits in use where a kernel for 52 runs on a CPU with 48 (5.8, bbdbc11804ff).
	if (number(info, "NUMBER", "TCR_EL1_T1SZ", &value) && value >= 12 && value <= 28)
		x->va_bits = 64 - (unsigned)value;
	unsigned per_level = x->page_shift - 3;
	x->levels = (x->va_bits - x->page_shift + per_level - 1) / per_level;
	x->wide_addr = x->page_shift < 16 && x->va_bits > 48;
	number(info, "SYMBOL", "_stext", &stext);
	if (number(info, "NUMBER", "PHYS_OFFSET", &value)) {
		// Since 5.4 the direct map is the lower half and the image in the upper; before, the other way round.
		// Both halves are those of the bits that the kernel was built for.
		uint64_t half = UINT64_C(1) << (va_bits - 1), lowest = -(UINT64_C(1) << va_bits);
		uint64_t start = stext >= lowest + half ? lowest : lowest + half;
		x->maps[OOM_MAP_DIRECT] = (struct oom_linear_map){start, start + half - 1, value, .sure = true};
		// Kernels of 5.4 to 5.10 for 52 bits on a CPU with 48 count PHYS_OFFSET from another start: ask the
		// tables.
		x->maps[OOM_MAP_DIRECT].sure = va_bits == x->va_bits;
	}
	if (number(info, "NUMBER", "kimage_voffset", &voffset) && stext) {
		// With KASLR vmalloc areas may follow the image closely, so the tables are asked first.
		uint64_t start = stext & ~((UINT64_C(2) << 20) - 1);
		x->maps[OOM_MAP_IMAGE] =
			(struct oom_linear_map){start, start + AARCH64_IMAGE - 1, start - voffset, .sure = false};
		if (number(info, "SYMBOL", "swapper_pg_dir", &value))
			x->root = value - voffset;
	}
}

/** Low memory; above it are vmalloc and the windows for high memory, so the tables (libaddrxlat) go first. */
static void init_ia32(struct oom_xlat *x, const struct oom_vmcoreinfo *info)
{
	static const uint32_t SPLITS[] = {0xc0000000, 0xb0000000, 0x80000000, 0x78000000,
					  0x40000000}; // CONFIG_VMSPLIT_*
	uint64_t stext = SPLITS[0];
	number(info, "SYMBOL", "_stext", &stext);
	x->arch = OOM_XLAT_IA32;
	// With PAE entries have 8 bytes and a process's top table has four of them (Intel SDM vol. 3A, 4.4). Debian's
	// other i386 kernels have the older tables, which are not known here.
	if (oom_vmcoreinfo_get(info, "CONFIG_X86_PAE")) {
		x->page_shift = 12;
		x->levels = 3;
		x->va_bits = 32;
	}
	for (size_t i = 0; i < sizeof(SPLITS) / sizeof(SPLITS[0]); i++) {
		if (stext < SPLITS[i])
			continue;
		uint64_t last = SPLITS[i] + IA32_LOWMEM - 1;
		x->maps[OOM_MAP_DIRECT] =
			(struct oom_linear_map){SPLITS[i], last < UINT32_MAX ? last : UINT32_MAX, 0, .sure = false};
		uint64_t root;
		if (x->levels && number(info, "SYMBOL", "swapper_pg_dir", &root) && root >= SPLITS[i] && root <= last)
			x->root = root - SPLITS[i];
		return;
	}
}

/** The linear map with the image in it; KVA is physical plus a constant (arch/powerpc/include/asm/page.h, 64 bit). */
static void init_ppc64(struct oom_xlat *x)
{
	uint64_t start = UINT64_C(0xc000000000000000);
	x->maps[OOM_MAP_DIRECT] = (struct oom_linear_map){start, start + (UINT64_C(1) << 48) - 1, 0, .sure = true};
}

/**
 * Up to 6.9 kernel addresses of memory are physical ones; vmalloc and modules lie below the end of the address space of
 * 4 TiB or more. Since 6.10 (c98d2ecae08f) the image and the identity map each have a place of their own.
 */
static void init_s390x(struct oom_xlat *x, const struct oom_vmcoreinfo *info)
{
	const char *identity = oom_vmcoreinfo_get(info, "IDENTITYBASE");
	const char *offset = oom_vmcoreinfo_get(info, "KERNELOFFSET"),
		   *phys = oom_vmcoreinfo_get(info, "KERNELOFFPHYS");
	uint64_t base = identity ? strtoull(identity, NULL, 16) : 0;
	x->maps[OOM_MAP_DIRECT] = (struct oom_linear_map){base, base + (UINT64_C(1) << 40) - 1, 0, .sure = false};
	if (offset && phys) {
		uint64_t start = strtoull(offset, NULL, 16);
		x->maps[OOM_MAP_IMAGE] = (struct oom_linear_map){start, start + (UINT64_C(512) << 20) - 1,
								 strtoull(phys, NULL, 16), .sure = false};
	}
}

void oom_xlat_init(struct oom_xlat *x, const char *arch, const struct oom_vmcoreinfo *info, uint32_t page_size,
		   const uint64_t *phys_base)
{
	*x = (struct oom_xlat){.arch = OOM_XLAT_NONE};
	if (!arch)
		return;
	if (strcmp(arch, "x86_64") == 0) {
		x->arch = OOM_XLAT_X86_64;
		init_x86_64(x, info, phys_base);
	} else if (strcmp(arch, "aarch64") == 0) {
		x->arch = OOM_XLAT_AARCH64;
		init_aarch64(x, info, page_size);
	} else if (strcmp(arch, "ia32") == 0) {
		init_ia32(x, info);
	} else if (strcmp(arch, "ppc64") == 0) {
		init_ppc64(x);
	} else if (strcmp(arch, "s390x") == 0) {
		init_s390x(x, info);
	}
}

void oom_xlat_set_direct(struct oom_xlat *x, uint64_t base, uint64_t bytes)
{
	if (bytes && base + bytes - 1 >= base && base >= X86_64_5L_FIRST && base + bytes - 1 < X86_64_IMAGE)
		x->maps[OOM_MAP_DIRECT] = (struct oom_linear_map){base, base + bytes - 1, 0, .sure = true};
}

bool oom_xlat_default_direct(const struct oom_xlat *x, uint64_t *base)
{
	// 0xffff880000000000 before 4.20 (d52888aa2753); those kernels have KASLR for it too, and tables or symbols
	// tell.
	*base = x->levels == 5 ? UINT64_C(0xff11000000000000) : UINT64_C(0xffff888000000000);
	return x->arch == OOM_XLAT_X86_64 && !x->kaslr;
}

bool oom_xlat_linear(const struct oom_xlat *x, uint64_t virt, uint64_t *phys, bool *sure)
{
	for (int i = 0; i < OOM_NR_MAPS; i++) {
		const struct oom_linear_map *m = &x->maps[i];
		if (m->last && virt >= m->start && virt <= m->last) {
			*phys = virt - m->start + m->phys;
			*sure = m->sure;
			return true;
		}
	}
	return false;
}

bool oom_xlat_in_image(const struct oom_xlat *x, uint64_t virt)
{
	const struct oom_linear_map *m = &x->maps[OOM_MAP_IMAGE];
	return m->last && virt >= m->start && virt <= m->last;
}

bool oom_xlat_is_kernel(const struct oom_xlat *x, uint64_t virt)
{
	// An address whose upper bits are not all set would find some other address's tables.
	unsigned bits = x->arch == OOM_XLAT_X86_64 ? x->va_bits - 1 : x->va_bits;
	if (x->arch == OOM_XLAT_IA32)
		return virt >= x->maps[OOM_MAP_DIRECT].start && virt <= UINT32_MAX;
	return !x->levels || virt >> bits == UINT64_MAX >> bits;
}

bool oom_xlat_is_user(const struct oom_xlat *x, uint64_t virt)
{
	if (x->arch == OOM_XLAT_IA32)
		return x->levels && virt < x->maps[OOM_MAP_DIRECT].start;
	return x->levels && !(virt >> (x->arch == OOM_XLAT_X86_64 ? x->va_bits - 1 : x->va_bits));
}

/* Page tables. */

static unsigned shift_of(const struct oom_xlat *x, unsigned level)
{
	return x->page_shift + (level - 1) * (x->page_shift - 3);
}

static uint64_t entries(const struct oom_xlat *x, unsigned level)
{
	unsigned bits = x->page_shift - 3;
	if (level == x->levels && x->va_bits - shift_of(x, level) < bits)
		bits = x->va_bits - shift_of(x, level);
	return UINT64_C(1) << bits;
}

static uint64_t index_at(const struct oom_xlat *x, unsigned level, uint64_t virt)
{
	return virt >> shift_of(x, level) & (entries(x, level) - 1);
}

uint64_t oom_xlat_top_index(const struct oom_xlat *x, uint64_t virt)
{
	return index_at(x, x->levels, virt);
}

/** Physical address in an entry. */
static uint64_t address_in(const struct oom_xlat *x, uint64_t entry)
{
	if (x->arch != OOM_XLAT_AARCH64)
		return entry & X86_64_ADDR & ~x->entry_flags;
	uint64_t low = ~((UINT64_C(1) << x->page_shift) - 1);
	if (x->wide_addr) // FEAT_LPA2: bits 49 and below in place, 51 and 50 in bits 9 and 8
		return (entry & UINT64_C(0x0003ffffffffffff) & low) | (entry >> 8 & 3) << 50;
	uint64_t addr = entry & UINT64_C(0x0000ffffffffffff) & low;
	if (x->page_shift == 16) // FEAT_LPA: bits 51 to 48 in bits 15 to 12
		addr |= (entry >> 12 & 0xf) << 48;
	return addr;
}

enum entry_kind { ENTRY_NONE, ENTRY_TABLE, ENTRY_LEAF };

static enum entry_kind kind_of(const struct oom_xlat *x, uint64_t entry, unsigned level)
{
	if (!(entry & 1))
		return ENTRY_NONE;
	if (x->arch == OOM_XLAT_AARCH64) {
		// The largest blocks: 1 GiB, 32 MiB, 512 MiB for pages of 4, 16, 64 kB; one level more with 52 bits.
		unsigned largest = x->page_shift == 12 ? 30 : x->page_shift == 14 ? 25 : 29;
		if (x->va_bits > 48)
			largest += x->page_shift - 3;
		if (level == 1)
			return entry & 2 ? ENTRY_LEAF : ENTRY_NONE;
		if (entry & 2)
			return ENTRY_TABLE;
		return shift_of(x, level) <= largest ? ENTRY_LEAF : ENTRY_NONE;
	}
	return level == 1 || (level <= 3 && entry & 0x80) ? ENTRY_LEAF : ENTRY_TABLE;
}

static bool read_entry(oom_entry_fn *read, void *arg, uint64_t phys, uint64_t *entry)
{
	uint8_t raw[8];
	if (!read(arg, phys, raw, sizeof(raw)))
		return false;
	*entry = 0;
	for (int i = 7; i >= 0; i--) // both architectures have little-endian tables (arm64's big-endian kernels aside)
		*entry = *entry << 8 | raw[i];
	return true;
}

enum oom_walk oom_xlat_walk(const struct oom_xlat *x, uint64_t root, const uint64_t *top, uint64_t virt,
			    oom_entry_fn *read, void *arg, uint64_t *phys)
{
	uint64_t table = root;
	for (unsigned level = x->levels; level; level--) {
		uint64_t entry;
		if (level == x->levels && top)
			entry = *top;
		else if (!read_entry(read, arg, table + index_at(x, level, virt) * 8, &entry))
			return OOM_WALK_NO_TABLE;
		enum entry_kind kind = kind_of(x, entry, level);
		if (kind == ENTRY_NONE)
			return OOM_WALK_UNMAPPED;
		table = address_in(x, entry);
		if (kind == ENTRY_LEAF) {
			uint64_t within = (UINT64_C(1) << shift_of(x, level)) - 1;
			*phys = (table & ~within) | (virt & within);
			return OOM_WALK_MAPPED;
		}
	}
	return OOM_WALK_NO_TABLE;
}

bool oom_xlat_find_direct(const struct oom_xlat *x, oom_entry_fn *read, void *arg, uint64_t *base)
{
	if (x->arch != OOM_XLAT_X86_64 || !x->root)
		return false;
	uint64_t virt = x->levels == 5 ? X86_64_5L_FIRST : X86_64_4L_FIRST, table = x->root;
	uint64_t index = oom_xlat_top_index(x, virt);
	virt &= ~((UINT64_C(1) << x->va_bits) - 1); // the sign bits
	for (unsigned level = x->levels; level; level--, index = 0) {
		uint64_t entry = 0;
		enum entry_kind kind = ENTRY_NONE;
		for (; index < entries(x, level); index++) {
			if (!read_entry(read, arg, table + index * 8, &entry))
				return false;
			kind = kind_of(x, entry, level);
			if (kind != ENTRY_NONE)
				break;
		}
		if (kind == ENTRY_NONE)
			return false;
		virt |= index << shift_of(x, level);
		table = address_in(x, entry);
		if (kind == ENTRY_LEAF) {
			*base = virt - (table & ~((UINT64_C(1) << shift_of(x, level)) - 1));
			// It starts at a multiple of 1 GiB (arch/x86/mm/kaslr.c), so this was not something else.
			return !(*base & ((UINT64_C(1) << 30) - 1));
		}
	}
	return false;
}
