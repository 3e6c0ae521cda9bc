// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A kernel made by a test: memory that the test fills, symbols, and types as BTF that libbpf writes, behind the
 * public image interface. Everything that a walker meets is here on purpose: layouts of kernels that no lab boots,
 * broken lists, missing pages.
 */
#ifndef FAKEKERNEL_H
#define FAKEKERNEL_H

#include <bpf/btf.h>
#include <oomortem/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FK_BASE UINT64_C(0xffff888000000000)
enum { FK_SIZE = 8 << 20, FK_PAGE = 4096, FK_SYMBOLS = 64 };

struct fk {
	struct btf *btf;
	int t_char, t_u8, t_s8, t_short, t_int, t_uint, t_long, t_ulong, t_ptr, t_list;
	uint8_t *mem;
	uint64_t next;			 // first free address
	uint8_t hole[FK_SIZE / FK_PAGE]; // pages that the dump lacks
	struct {
		const char *name;
		uint64_t addr;
	} symbols[FK_SYMBOLS];
	size_t nr_symbols;
	char vmcoreinfo[256]; // lines besides those of all
	struct oom_image *image;
};

static inline uint8_t *fk_at(struct fk *k, uint64_t addr)
{
	return k->mem + (addr - FK_BASE);
}

/** Zeroed memory on a page of its own, so that a test can take it out alone. */
static inline uint64_t fk_page(struct fk *k, size_t size)
{
	uint64_t ret = (k->next + FK_PAGE - 1) / FK_PAGE * FK_PAGE;
	k->next = ret + size;
	return ret;
}

static inline uint64_t fk_alloc(struct fk *k, size_t size)
{
	uint64_t ret = (k->next + 15) / 16 * 16;
	k->next = ret + size;
	return ret;
}

static inline void fk_put(struct fk *k, uint64_t addr, size_t size, int64_t value)
{
	if (size > sizeof(value))
		abort();
	memcpy(fk_at(k, addr), &value, size); // little endian, like the hosts that run the tests
}

static inline void fk_text(struct fk *k, uint64_t addr, const char *text)
{
	memcpy(fk_at(k, addr), text, strlen(text) + 1);
}

static inline void fk_symbol(struct fk *k, const char *name, uint64_t addr)
{
	if (k->nr_symbols < FK_SYMBOLS) {
		k->symbols[k->nr_symbols].name = name;
		k->symbols[k->nr_symbols++].addr = addr;
	}
}

/** A variable of @p size bytes with its symbol; its address. */
static inline uint64_t fk_var(struct fk *k, const char *name, size_t size, int64_t value)
{
	uint64_t addr = fk_alloc(k, size);
	fk_put(k, addr, size, value);
	fk_symbol(k, name, addr);
	return addr;
}

static inline void fk_drop(struct fk *k, uint64_t addr)
{
	k->hole[(addr - FK_BASE) / FK_PAGE] = 1;
}

/* Types. A struct's members follow it before the next type is made. */

static inline int fk_struct(struct fk *k, const char *name, unsigned int size)
{
	return btf__add_struct(k->btf, name, size);
}

static inline void fk_member(struct fk *k, const char *name, int type, unsigned int offset)
{
	btf__add_field(k->btf, name, type, offset * 8, 0);
}

static inline int fk_array(struct fk *k, int type, unsigned int n)
{
	return btf__add_array(k->btf, k->t_int, type, n);
}

static inline void fk_enum(struct fk *k, const char *type, const char *const *names, size_t n)
{
	btf__add_enum(k->btf, type, 4);
	for (size_t i = 0; i < n; i++)
		btf__add_enum_value(k->btf, names[i], (int64_t)i);
}

static inline void fk_list_init(struct fk *k, uint64_t head)
{
	fk_put(k, head, 8, (int64_t)head);
	fk_put(k, head + 8, 8, (int64_t)head);
}

static inline void fk_list_add_tail(struct fk *k, uint64_t entry, uint64_t head)
{
	uint64_t last;
	memcpy(&last, fk_at(k, head + 8), 8);
	fk_put(k, last, 8, (int64_t)entry);
	fk_put(k, entry, 8, (int64_t)head);
	fk_put(k, entry + 8, 8, (int64_t)last);
	fk_put(k, head + 8, 8, (int64_t)entry);
}

static inline struct fk *fk_new(void)
{
	struct fk *k = calloc(1, sizeof(*k));
	if (!k)
		abort();
	k->mem = calloc(1, FK_SIZE);
	k->btf = btf__new_empty();
	if (!k->mem || !k->btf)
		abort();
	k->next = FK_BASE + FK_PAGE;
	k->t_char = btf__add_int(k->btf, "char", 1, BTF_INT_SIGNED);
	k->t_u8 = btf__add_int(k->btf, "unsigned char", 1, 0);
	k->t_s8 = btf__add_int(k->btf, "signed char", 1, BTF_INT_SIGNED);
	k->t_short = btf__add_int(k->btf, "short int", 2, BTF_INT_SIGNED);
	k->t_int = btf__add_int(k->btf, "int", 4, BTF_INT_SIGNED);
	k->t_uint = btf__add_int(k->btf, "unsigned int", 4, 0);
	k->t_long = btf__add_int(k->btf, "long int", 8, BTF_INT_SIGNED);
	k->t_ulong = btf__add_int(k->btf, "long unsigned int", 8, 0);
	k->t_ptr = btf__add_ptr(k->btf, 0);
	k->t_list = fk_struct(k, "list_head", 16);
	fk_member(k, "next", k->t_ptr, 0);
	fk_member(k, "prev", k->t_ptr, 8);
	// In every kernel; it tells that the table of symbols has variables.
	fk_var(k, "totalreserve_pages", 8, 0);
	return k;
}

static inline void fk_free(struct fk *k)
{
	oom_image_close(k->image);
	btf__free(k->btf);
	free(k->mem);
	free(k);
}

static inline enum oom_status fk_read(void *backend, uint64_t addr, void *buf, size_t len)
{
	struct fk *k = backend;
	if (addr < FK_BASE || addr - FK_BASE >= FK_SIZE || len > FK_SIZE - (addr - FK_BASE))
		return OOM_EREAD;
	for (uint64_t page = (addr - FK_BASE) / FK_PAGE; page <= (addr - FK_BASE + (len ? len - 1 : 0)) / FK_PAGE;
	     page++)
		if (k->hole[page])
			return OOM_EREAD;
	memcpy(buf, fk_at(k, addr), len);
	return OOM_OK;
}

static inline enum oom_status fk_find(void *backend, const char *name, uint64_t *addr)
{
	struct fk *k = backend;
	for (size_t i = 0; i < k->nr_symbols; i++) {
		if (strcmp(k->symbols[i].name, name) == 0) {
			*addr = k->symbols[i].addr;
			return OOM_OK;
		}
	}
	return OOM_ENOENT;
}

static inline const char *fk_symbol_at(void *backend, uint64_t addr, uint64_t *distance)
{
	struct fk *k = backend;
	const char *name = NULL;
	for (size_t i = 0; i < k->nr_symbols; i++) {
		if (k->symbols[i].addr <= addr && (!name || addr - k->symbols[i].addr < *distance)) {
			name = k->symbols[i].name;
			*distance = addr - k->symbols[i].addr;
		}
	}
	return name;
}

/** The image; types cannot be added any more, memory can still be changed. */
static inline struct oom_image *fk_open(struct fk *k)
{
	static const struct oom_image_ops ops = {.read_virt = fk_read, .symbol = fk_find, .symbol_at = fk_symbol_at};
	char vmcoreinfo[512];
	snprintf(vmcoreinfo, sizeof(vmcoreinfo), "OSRELEASE=6.1.0-fake\nPAGESIZE=4096\n%s", k->vmcoreinfo);
	struct oom_image_info info = {.format = "fake", .arch = "x86_64", .page_size = FK_PAGE, .ptr_size = 8};
	struct oom_image_options options = {0};
	struct oom_error err = {0};
	uint32_t size;
	const void *raw = btf__raw_data(k->btf, &size);
	uint64_t start = fk_page(k, size);
	memcpy(fk_at(k, start), raw, size);
	fk_symbol(k, "__start_BTF", start);
	fk_symbol(k, "__stop_BTF", start + size);
	if (oom_image_new(&ops, k, vmcoreinfo, strlen(vmcoreinfo), &info, &options, &k->image, &err) != OOM_OK)
		return NULL;
	return k->image;
}

/** Three CPUs of which the middle one is not there: __per_cpu_offset, __cpu_present_mask, struct percpu_counter. */
static inline void fk_cpus(struct fk *k)
{
	enum { AREA = 64 * 1024 };
	fk_struct(k, "percpu_counter", 40);
	fk_member(k, "count", k->t_long, 8);
	fk_member(k, "list", k->t_list, 16);
	fk_member(k, "counters", k->t_ptr, 32);
	uint64_t areas = fk_page(k, 3 * AREA), table = fk_alloc(k, 24);
	// A __percpu pointer is an offset here: CPU i's part lies at pointer + areas + i * AREA.
	for (int i = 0; i < 3; i++)
		fk_put(k, table + (uint64_t)i * 8, 8, i == 1 ? 0x1234 : (int64_t)(areas + (uint64_t)i * AREA));
	fk_symbol(k, "__per_cpu_offset", table);
	fk_var(k, "__cpu_present_mask", 8, 5);
	fk_var(k, "nr_cpu_ids", 4, 3);
	fk_symbol(k, "fake_percpu_areas", areas);
}

/** Writes the part of CPU @p cpu (0 or 2) of the per-CPU object at offset @p ptr. */
static inline void fk_percpu(struct fk *k, uint64_t ptr, int cpu, size_t size, int64_t value)
{
	uint64_t areas = 0;
	fk_find(k, "fake_percpu_areas", &areas);
	fk_put(k, areas + (uint64_t)cpu * 64 * 1024 + ptr, size, value);
}

#endif
