// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Linear maps and page tables of x86_64, arm64 and i386 (linear maps only).
 *
 * x86_64: Documentation/arch/x86/x86_64/mm.rst (image at -2 GiB, direct map at page_offset_base); entries: Intel SDM
 * vol. 3A, 4.5. arm64: Documentation/arch/arm64/memory.rst, arch/arm64/include/asm/memory.h (__kimg_to_phys, __lm_to_phys;
 * the halves were exchanged in 5.4, 14c127c957c1); entries: Arm ARM D8.3.
 */
#include "image/xlat.h"
#include <string.h>

#define X86_64_IMAGE      UINT64_C(0xffffffff80000000)
#define X86_64_IMAGE_SIZE (UINT64_C(1) << 30) /* KERNEL_IMAGE_SIZE with KASLR; without it modules start at half of it */
#define X86_64_IMAGE_MIN  (UINT64_C(128) << 20)
#define IA32_PAGE_OFFSET  UINT64_C(0xc0000000) /* CONFIG_VMSPLIT_3G, the default */
#define IA32_LOWMEM       (UINT64_C(896) << 20)
#define ENTRY_ADDR        UINT64_C(0x000ffffffffff000)

static bool number(const struct oom_vmcoreinfo *info, const char *kind, const char *name, uint64_t *ret)
{
	int64_t value;
	if (!oom_vmcoreinfo_number(info, kind, name, &value))
		return false;
	*ret = (uint64_t)value;
	return true;
}

static void init_x86_64(struct oom_xlat *x, const struct oom_vmcoreinfo *info)
{
	uint64_t phys_base, value, stext = 0;
	x->levels = number(info, "NUMBER", "pgtable_l5_enabled", &value) && value ? 5 : 4;
	x->page_shift = 12;
	if (number(info, "NUMBER", "sme_mask", &value))
		x->entry_flags = value;
	if (!number(info, "NUMBER", "phys_base", &phys_base))
		return; // before 4.10 VMCOREINFO had SYMBOL(phys_base), the address of the variable, instead
	number(info, "SYMBOL", "_stext", &stext);
	// Modules follow the image: at +512 MiB without KASLR, at +1 GiB with it. The image itself is below 128 MiB.
	uint64_t end = stext > X86_64_IMAGE ? stext + X86_64_IMAGE_MIN : X86_64_IMAGE + X86_64_IMAGE_SIZE / 2;
	if (end > X86_64_IMAGE + X86_64_IMAGE_SIZE || end < X86_64_IMAGE)
		end = X86_64_IMAGE + X86_64_IMAGE_SIZE;
	x->maps[OOM_MAP_IMAGE] = (struct oom_linear_map){X86_64_IMAGE, end, phys_base};
	if (number(info, "SYMBOL", "swapper_pg_dir", &value) && value >= X86_64_IMAGE)
		x->root = value - X86_64_IMAGE + phys_base;
}

static void init_aarch64(struct oom_xlat *x, const struct oom_vmcoreinfo *info, uint32_t page_size)
{
	uint64_t va_bits, voffset, phys_offset, value;
	if (!number(info, "NUMBER", "VA_BITS", &va_bits) || va_bits < 36 || va_bits > 52)
		return;
	x->page_shift = page_size == 65536 ? 16 : page_size == 16384 ? 14 : 12;
	x->va_bits = (unsigned)va_bits;
	// TCR_EL1.T1SZ tells the bits in use where a kernel for 52 runs on a CPU with 48 (5.13+, 1d50e5d0c505).
	if (number(info, "NUMBER", "TCR_EL1_T1SZ", &value) && value >= 12 && value <= 28)
		x->va_bits = 64 - (unsigned)value;
	unsigned per_level = x->page_shift - 3;
	x->levels = (x->va_bits - x->page_shift + per_level - 1) / per_level;
	uint64_t half = UINT64_C(1) << (va_bits - 1), lowest = -(UINT64_C(1) << va_bits), stext = 0;
	number(info, "SYMBOL", "_stext", &stext);
	if (number(info, "NUMBER", "PHYS_OFFSET", &phys_offset)) {
		// Since 5.4 the direct map is the lower half and the image in the upper; before, the other way round.
		bool flipped = stext >= lowest + half;
		uint64_t start = flipped ? lowest : lowest + half;
		x->maps[OOM_MAP_DIRECT] = (struct oom_linear_map){start, start + half - (flipped ? 0 : 1), phys_offset};
	}
	if (number(info, "NUMBER", "kimage_voffset", &voffset) && stext) {
		uint64_t start = stext & ~((UINT64_C(2) << 20) - 1);
		x->maps[OOM_MAP_IMAGE] =
			(struct oom_linear_map){start, start + (UINT64_C(256) << 20), start - voffset};
		if (number(info, "SYMBOL", "swapper_pg_dir", &value))
			x->root = value - voffset;
	}
}

void oom_xlat_init(struct oom_xlat *x, const char *arch, const struct oom_vmcoreinfo *info, uint32_t page_size)
{
	*x = (struct oom_xlat){.arch = OOM_XLAT_NONE};
	if (!arch || !info)
		return;
	if (strcmp(arch, "x86_64") == 0) {
		x->arch = OOM_XLAT_X86_64;
		init_x86_64(x, info);
	} else if (strcmp(arch, "aarch64") == 0) {
		x->arch = OOM_XLAT_AARCH64;
		init_aarch64(x, info, page_size);
	} else if (strcmp(arch, "ia32") == 0) {
		x->arch = OOM_XLAT_IA32;
		x->maps[OOM_MAP_DIRECT] = (struct oom_linear_map){IA32_PAGE_OFFSET, IA32_PAGE_OFFSET + IA32_LOWMEM, 0};
	}
}

void oom_xlat_set_direct(struct oom_xlat *x, uint64_t base, uint64_t bytes)
{
	if (x->arch == OOM_XLAT_X86_64 && base + bytes > base)
		x->maps[OOM_MAP_DIRECT] = (struct oom_linear_map){base, base + bytes, 0};
}

bool oom_xlat_linear(const struct oom_xlat *x, uint64_t virt, uint64_t *phys)
{
	for (int i = 0; i < 2; i++) {
		const struct oom_linear_map *m = &x->maps[i];
		if (m->end && virt >= m->start && virt < m->end) {
			*phys = virt - m->start + m->phys;
			return true;
		}
	}
	return false;
}

static unsigned shift_of(const struct oom_xlat *x, unsigned level)
{
	return x->page_shift + (level - 1) * (x->page_shift - 3);
}

static uint64_t index_at(const struct oom_xlat *x, unsigned level, uint64_t virt)
{
	return virt >> shift_of(x, level) & ((UINT64_C(1) << (x->page_shift - 3)) - 1);
}

uint64_t oom_xlat_top_index(const struct oom_xlat *x, uint64_t virt)
{
	uint64_t index = index_at(x, x->levels, virt);
	unsigned bits = x->arch == OOM_XLAT_AARCH64 ? x->va_bits - shift_of(x, x->levels) : x->page_shift - 3;
	return bits < x->page_shift - 3 ? index & ((UINT64_C(1) << bits) - 1) : index;
}

/** Physical address in an entry. */
static uint64_t address_in(const struct oom_xlat *x, uint64_t entry)
{
	uint64_t addr = entry & ENTRY_ADDR & ~x->entry_flags;
	if (x->arch == OOM_XLAT_AARCH64) {
		addr = entry & UINT64_C(0x0000fffffffff000) & ~((UINT64_C(1) << x->page_shift) - 1);
		if (x->page_shift == 16) // FEAT_LPA: bits 15..12 are address bits 51..48
			addr |= (entry >> 12 & 0xf) << 48;
	}
	return addr;
}

enum entry_kind { ENTRY_NONE, ENTRY_TABLE, ENTRY_LEAF };

static enum entry_kind kind_of(const struct oom_xlat *x, uint64_t entry, unsigned level)
{
	if (!(entry & 1))
		return ENTRY_NONE;
	if (level == 1)
		return x->arch != OOM_XLAT_AARCH64 || entry & 2 ? ENTRY_LEAF : ENTRY_NONE;
	bool leaf = x->arch == OOM_XLAT_AARCH64 ? !(entry & 2) : (entry & 0x80) && level <= 3;
	return leaf ? ENTRY_LEAF : ENTRY_TABLE;
}

bool oom_xlat_walk(const struct oom_xlat *x, uint64_t root, const uint64_t *top, uint64_t virt, oom_entry_fn *read,
		   void *arg, uint64_t *phys)
{
	if ((x->arch != OOM_XLAT_X86_64 && x->arch != OOM_XLAT_AARCH64) || !x->levels)
		return false;
	uint64_t table = root;
	for (unsigned level = x->levels; level; level--) {
		uint64_t index = level == x->levels ? oom_xlat_top_index(x, virt) : index_at(x, level, virt);
		uint64_t entry;
		uint8_t raw[8];
		if (level == x->levels && top) {
			entry = *top;
		} else {
			if (!read(arg, table + index * 8, raw, sizeof(raw)))
				return false;
			entry = 0;
			for (int i = 7; i >= 0; i--)
				entry = entry << 8 | raw[i];
		}
		enum entry_kind kind = kind_of(x, entry, level);
		if (kind == ENTRY_NONE)
			return false;
		if (kind == ENTRY_LEAF) {
			uint64_t within = (UINT64_C(1) << shift_of(x, level)) - 1;
			*phys = (address_in(x, entry) & ~within) | (virt & within);
			return true;
		}
		table = address_in(x, entry);
	}
	return false;
}
