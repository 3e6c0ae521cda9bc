// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Address translation: our walk of x86_64's, arm64's and i386's page tables against libaddrxlat's, over tables of
 * random entries; linear maps against what crash 8.0.2 printed for a dump of 6.1, and against the kernel's
 * documentation.
 */
#include "image/xlat.h"
#include <libkdumpfile/addrxlat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TABLES = 24, WALKS = 20000 };
static const uint64_t MEMORY = UINT64_C(0x40000000);

static unsigned char *memory;
static size_t memory_len;
static uint64_t seed = 4711;

static uint64_t random64(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return seed ^ seed >> 31 ^ seed << 27;
}

static bool read_entry(void *arg, uint64_t phys, void *entry, size_t size)
{
	(void)arg;
	if (phys < MEMORY || phys - MEMORY > memory_len - size)
		return false;
	memcpy(entry, memory + (phys - MEMORY), size);
	return true;
}

/* libaddrxlat's side. */

static void put_page(const addrxlat_buffer_t *buf)
{
	(void)buf;
}

static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buf)
{
	(void)cb;
	if (buf->addr.addr < MEMORY || buf->addr.addr - MEMORY >= memory_len)
		return ADDRXLAT_ERR_NODATA;
	buf->ptr = memory;
	buf->size = memory_len;
	buf->addr.addr = MEMORY;
	buf->byte_order = ADDRXLAT_LITTLE_ENDIAN;
	buf->put_page = put_page;
	return ADDRXLAT_OK;
}

static unsigned long read_caps(const addrxlat_cb_t *cb)
{
	(void)cb;
	return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR) | ADDRXLAT_CAPS(ADDRXLAT_KPHYSADDR);
}

static addrxlat_ctx_t *new_context(void)
{
	addrxlat_ctx_t *ctx = addrxlat_ctx_new();
	addrxlat_cb_t *cb = addrxlat_ctx_add_cb(ctx);
	cb->get_page = get_page;
	cb->read_caps = read_caps;
	return ctx;
}

/* Page tables. */

struct form {
	const char *arch;
	unsigned page_size;
	const char *vmcoreinfo;
	addrxlat_paging_form_t form;
};

static const struct form FORMS[] = {
	{"x86_64", 4096, "NUMBER(pgtable_l5_enabled)=0\n", {ADDRXLAT_PTE_X86_64, 5, {12, 9, 9, 9, 9}}},
	{"x86_64", 4096, "NUMBER(pgtable_l5_enabled)=1\n", {ADDRXLAT_PTE_X86_64, 6, {12, 9, 9, 9, 9, 9}}},
	{"ia32", 4096, "CONFIG_X86_PAE=y\n", {ADDRXLAT_PTE_IA32_PAE, 4, {12, 9, 9, 2}}},
	{"aarch64", 4096, "NUMBER(VA_BITS)=48\n", {ADDRXLAT_PTE_AARCH64, 5, {12, 9, 9, 9, 9}}},
	{"aarch64", 4096, "NUMBER(VA_BITS)=39\n", {ADDRXLAT_PTE_AARCH64, 4, {12, 9, 9, 9}}},
	{"aarch64", 4096, "NUMBER(VA_BITS)=52\n", {ADDRXLAT_PTE_AARCH64_LPA2, 6, {12, 9, 9, 9, 9, 4}}},
	{"aarch64",
	 4096,
	 "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x10\n",
	 {ADDRXLAT_PTE_AARCH64, 5, {12, 9, 9, 9, 9}}},
	{"aarch64", 16384, "NUMBER(VA_BITS)=36\n", {ADDRXLAT_PTE_AARCH64, 3, {14, 11, 11}}},
	{"aarch64", 16384, "NUMBER(VA_BITS)=47\n", {ADDRXLAT_PTE_AARCH64, 4, {14, 11, 11, 11}}},
	{"aarch64", 16384, "NUMBER(VA_BITS)=48\n", {ADDRXLAT_PTE_AARCH64, 5, {14, 11, 11, 11, 1}}},
	{"aarch64", 16384, "NUMBER(VA_BITS)=52\n", {ADDRXLAT_PTE_AARCH64_LPA2, 5, {14, 11, 11, 11, 5}}},
	{"aarch64", 65536, "NUMBER(VA_BITS)=42\n", {ADDRXLAT_PTE_AARCH64, 3, {16, 13, 13}}},
	{"aarch64", 65536, "NUMBER(VA_BITS)=48\n", {ADDRXLAT_PTE_AARCH64, 4, {16, 13, 13, 6}}},
	{"aarch64", 65536, "NUMBER(VA_BITS)=52\n", {ADDRXLAT_PTE_AARCH64_LPA, 4, {16, 13, 13, 10}}},
};

/** An entry: nothing, a table, a page or block somewhere, a table that is not in memory. */
static uint64_t random_entry(const struct form *f)
{
	bool arm = f->arch[0] == 'a';
	uint64_t table = MEMORY + random64() % TABLES * f->page_size, far = random64() & UINT64_C(0x3fffffffffff);
	far &= ~(uint64_t)(f->page_size - 1);
	// Above bit 47 entries of arm64 have attributes, or address bits in places of their own. libaddrxlat 0.5.1
	// drops bit 47 of LPA and bit 49 of LPA2, so those stay clear.
	uint64_t attributes = arm ? UINT64_C(0x0060000000000f00) : UINT64_C(0x8000000000000067);
	if (f->form.pte_format == ADDRXLAT_PTE_AARCH64_LPA2)
		attributes = UINT64_C(0x0060000000000c00);
	switch (random64() % 8) {
	case 0:
		return random64() & ~UINT64_C(1);
	case 1:
		return far | attributes | 1;
	case 2:
		return far | attributes | (arm ? 1 : 0x81);
	case 3:
		if (f->form.pte_format == ADDRXLAT_PTE_AARCH64_LPA)
			return far | attributes | 3 | (random64() & 0xf000);
		if (f->form.pte_format == ADDRXLAT_PTE_AARCH64_LPA2)
			return far | attributes | 3 | (random64() & 0x300);
		return far | attributes | 3;
	default:
		return table | (attributes & ~UINT64_C(0x300)) | 3;
	}
}

/** What a walk by libaddrxlat finds. */
static bool their_walk(addrxlat_ctx_t *ctx, const struct form *f, uint64_t virt, uint64_t *phys)
{
	addrxlat_meth_t meth = {.kind = ADDRXLAT_PGT, .target_as = ADDRXLAT_MACHPHYSADDR};
	meth.param.pgt.root = (addrxlat_fulladdr_t){.addr = MEMORY, .as = ADDRXLAT_MACHPHYSADDR};
	meth.param.pgt.pf = f->form;
	addrxlat_step_t step = {.ctx = ctx, .meth = &meth};
	step.base.addr = virt;
	addrxlat_status status = addrxlat_walk(&step);
	addrxlat_ctx_clear_err(ctx);
	*phys = step.base.addr;
	return status == ADDRXLAT_OK;
}

static void walks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
		const struct form *f = &FORMS[i];
		struct oom_arena *arena = oom_arena_new();
		struct oom_xlat x;
		oom_xlat_init(&x, f->arch, oom_vmcoreinfo_new(arena, f->vmcoreinfo, strlen(f->vmcoreinfo)),
			      f->page_size, NULL);
		memory_len = TABLES * f->page_size;
		memory = malloc(memory_len);
		for (size_t at = 0; at < memory_len; at += 8) {
			// A root of two entries, 16 kB and 48 bits, should not by chance hold nothing.
			uint64_t entry = at < 16 ? MEMORY + (1 + at / 8) * f->page_size + 3 : random_entry(f);
			memcpy(memory + at, &entry, 8);
		}
		addrxlat_ctx_t *ctx = new_context();
		size_t found = 0;
		for (int n = 0; n < WALKS; n++) {
			uint64_t virt = random64() | ~((UINT64_C(1) << x.va_bits) - 1), ours = 0, theirs = 0;
			if (f->arch[0] == 'x')
				virt |= UINT64_C(1) << (x.va_bits - 1);
			if (f->arch[0] == 'i')
				virt &= UINT32_MAX;
			assert_true(oom_xlat_is_kernel(&x, virt) != oom_xlat_is_user(&x, virt));
			bool mapped = oom_xlat_walk(&x, MEMORY, NULL, virt, read_entry, NULL, &ours) == OOM_WALK_MAPPED;
			bool theirs_mapped = their_walk(ctx, f, virt, &theirs);
			if (mapped != theirs_mapped || (mapped && ours != theirs))
				fail_msg("form %zu, %#lx: ours %d %#lx, libaddrxlat's %d %#lx", i, (unsigned long)virt,
					 mapped, (unsigned long)ours, theirs_mapped, (unsigned long)theirs);
			found += mapped;
		}
		assert_true(found > WALKS / 200);
		addrxlat_ctx_decref(ctx);
		free(memory);
		memory = NULL;
		oom_arena_free(arena);
	}
}

/** What is no address of the kernel, or of a process, must not find another's tables. */
static void canonical(void **state)
{
	(void)state;
	struct oom_xlat x = {.arch = OOM_XLAT_X86_64, .levels = 4, .va_bits = 48};
	assert_true(oom_xlat_is_kernel(&x, UINT64_C(0xffff800000000000)));
	assert_false(oom_xlat_is_kernel(&x, UINT64_C(0xffff7fffffffffff)));
	assert_false(oom_xlat_is_kernel(&x, UINT64_C(0x7f88ffff81000000)));
	assert_true(oom_xlat_is_user(&x, UINT64_C(0x00007fffffffffff)));
	assert_false(oom_xlat_is_user(&x, UINT64_C(0x0000800000000000)));
	x = (struct oom_xlat){.arch = OOM_XLAT_AARCH64, .levels = 4, .va_bits = 48};
	assert_true(oom_xlat_is_kernel(&x, UINT64_C(0xffff000000000000)));
	assert_false(oom_xlat_is_kernel(&x, UINT64_C(0xfffeffffffffffff)));
	assert_true(oom_xlat_is_user(&x, UINT64_C(0x0000ffffffffffff)));
	assert_false(oom_xlat_is_user(&x, UINT64_C(0x0001000000000000)));
	oom_xlat_init(&x, "ia32", NULL, 4096, NULL); // tables without PAE are not known
	assert_false(oom_xlat_is_user(&x, 0x8048000));
	assert_true(oom_xlat_is_kernel(&x, 0xc0001000));
}

/** 6.1.0-50-686-pae in 256 MB: its VMCOREINFO, and pages that the tables of the dump have where the linear map says. */
static void i386_maps(void **state)
{
	(void)state;
	static const char TEXT[] = "CONFIG_X86_PAE=y\nSYMBOL(_stext)=c8400000\nSYMBOL(swapper_pg_dir)=c8e98000\n";
	struct oom_arena *arena = oom_arena_new();
	struct oom_xlat x;
	uint64_t phys;
	bool sure;
	oom_xlat_init(&x, "ia32", oom_vmcoreinfo_new(arena, TEXT, sizeof(TEXT)), 4096, NULL);
	assert_int_equal(x.root, 0x8e98000);
	assert_true(oom_xlat_linear(&x, 0xc8e98000, &phys, &sure) && !sure);
	assert_int_equal(phys, 0x8e98000);
	assert_true(oom_xlat_is_user(&x, 0xbfffffff));
	assert_false(oom_xlat_is_user(&x, 0xc0000000));
	oom_arena_free(arena);
}

/** crash -d8 on a dump of 6.1.0-56-cloud-amd64: addr: ffffffffb541aa40 paddr: 701aa40, ffff895a41260000 paddr: 1260000.
 */
static void x86_64_maps(void **state)
{
	(void)state;
	static const char TEXT[] = "NUMBER(phys_base)=-775946240\nNUMBER(pgtable_l5_enabled)=0\nKERNELOFFSET=32a00000\n"
				   "NUMBER(KERNEL_IMAGE_SIZE)=1073741824\nSYMBOL(swapper_pg_dir)=ffffffffb5410000\n";
	struct oom_arena *arena = oom_arena_new();
	struct oom_xlat x;
	uint64_t phys, base;
	bool sure;
	oom_xlat_init(&x, "x86_64", oom_vmcoreinfo_new(arena, TEXT, sizeof(TEXT)), 4096, NULL);
	assert_true(oom_xlat_linear(&x, UINT64_C(0xffffffffb541aa40), &phys, &sure) && sure);
	assert_int_equal(phys, 0x701aa40);
	assert_int_equal(x.root, 0x7010000);
	assert_true(oom_xlat_in_image(&x, UINT64_C(0xffffffffb541aa40)));
	assert_false(oom_xlat_in_image(&x, UINT64_C(0xffffffffc0430000))); // a module
	assert_false(oom_xlat_linear(&x, UINT64_C(0xffff895a41260000), &phys, &sure));
	assert_false(oom_xlat_default_direct(&x, &base)); // KASLR
	oom_xlat_set_direct(&x, UINT64_C(0xffff895a40000000), UINT64_C(256) << 20);
	assert_true(oom_xlat_linear(&x, UINT64_C(0xffff895a41260000), &phys, &sure) && sure);
	assert_int_equal(phys, 0x1260000);
	assert_false(oom_xlat_linear(&x, UINT64_C(0xffff895a50000000), &phys, &sure));
	oom_arena_free(arena);
}

/** Documentation/arch/arm64/memory.rst: the linear map's start, by size and by kernel (5.4 exchanged the halves). */
static void arm64_maps(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned page_size;
		uint64_t direct, phys_offset, image, image_phys;
	} CASES[] = {
		{"NUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0x40000000\nNUMBER(kimage_voffset)=0xffff7fffcfe00000\n"
		 "SYMBOL(_stext)=ffff800010080000\nSYMBOL(swapper_pg_dir)=ffff800011a50000\n",
		 4096, UINT64_C(0xffff000000000000), 0x40000000, UINT64_C(0xffff800010080000), 0x40280000},
		{"NUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0x80000000\nNUMBER(kimage_voffset)=0xfffeffff88000000\n"
		 "SYMBOL(_stext)=ffff000008081000\nSYMBOL(swapper_pg_dir)=ffff000008e80000\n",
		 4096, UINT64_C(0xffff800000000000), 0x80000000, UINT64_C(0xffff000008081000), 0x80081000},
		{"NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0xc\nNUMBER(PHYS_OFFSET)=0x80000000\n"
		 "NUMBER(kimage_voffset)=0xffff7fff8fc00000\nSYMBOL(_stext)=ffff800010090000\n"
		 "SYMBOL(swapper_pg_dir)=ffff800011a50000\n",
		 65536, UINT64_C(0xfff0000000000000), 0x80000000, UINT64_C(0xffff800010090000), 0x80490000},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct oom_arena *arena = oom_arena_new();
		struct oom_xlat x;
		uint64_t phys;
		bool sure;
		oom_xlat_init(&x, "aarch64", oom_vmcoreinfo_new(arena, CASES[i].text, strlen(CASES[i].text)),
			      CASES[i].page_size, NULL);
		for (uint64_t at = 0; at < UINT64_C(1) << 40; at = at * 3 + 0x123456) {
			assert_true(oom_xlat_linear(&x, CASES[i].direct + at, &phys, &sure) && sure);
			assert_int_equal(phys, CASES[i].phys_offset + at);
		}
		assert_true(oom_xlat_linear(&x, CASES[i].image, &phys, &sure));
		assert_false(sure); // vmalloc may be next to it
		assert_int_equal(phys, CASES[i].image_phys);
		assert_int_equal(x.root % CASES[i].page_size, 0);
		oom_arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks),     cmocka_unit_test(canonical),  cmocka_unit_test(x86_64_maps),
		cmocka_unit_test(i386_maps), cmocka_unit_test(arm64_maps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
