// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Modules: where they are, their symbols (each has a copy of its ELF symbol table, struct mod_kallsyms), their types
 * (BTF that continues the kernel's, in the list btf_modules). Source: include/linux/module.h, kernel/module/kallsyms.c,
 * kernel/bpf/btf.c.
 *
 *   code and data   mem[] by kind since 6.4 (ac3b43283923); core_layout 4.5 to 6.3; module_core, core_size before
 *   symbols         core_kallsyms since 4.5 (8244062ef1e5); before, members of struct module itself: not read here
 *   types           5.11 (36e68442d1af)
 */
#include "image/types.h"
#include <stdlib.h>
#include <string.h>

enum {
	MODULES_MAX = 4096,
	RANGES_MAX = 16,
	NAME_BYTES = 64,
	SYMBOLS_MAX = 1 << 18, // of one module
	SYMBOL_BYTES = 24,     // sizeof(Elf64_Sym)
	SYMBOL_NAME_MAX = 512,
};

struct oom_module {
	uint64_t addr; // struct module
	char name[NAME_BYTES];
	struct {
		uint64_t base, size;
	} ranges[RANGES_MAX];
	size_t nr_ranges;
	uint8_t *symtab; // nr_symbols entries, read at the first question
	uint32_t nr_symbols;
	uint64_t strtab;
	struct oom_btf *btf;
	bool symbols_asked, btf_asked;
};

struct oom_modules {
	struct oom_module *v;
	size_t n;
	bool whole;
};

static uint64_t pointer_at(struct oom_image *image, uint64_t addr)
{
	uint64_t ret;
	return addr && oom_read_ulong(image, addr, &ret) == OOM_OK ? ret : 0;
}

/** Where a piece of the module lies, from the pointer and the size at these members. */
static void add_range(struct oom_image *image, struct oom_module *m, uint64_t base_at, uint64_t size_at)
{
	uint32_t size;
	uint64_t base = pointer_at(image, base_at);
	if (m->nr_ranges < RANGES_MAX && base && oom_read_u32(image, size_at, &size) == OOM_OK && size) {
		m->ranges[m->nr_ranges].base = base;
		m->ranges[m->nr_ranges++].size = size;
	}
}

static void find_ranges(struct oom_image *image, struct oom_module *m)
{
	struct oom_member base, size, mem;
	if (oom_member(image, "module", "mem", &mem) == OOM_OK && mem.count && mem.count <= RANGES_MAX &&
	    oom_member(image, "module_memory", "base", &base) == OOM_OK &&
	    oom_member(image, "module_memory", "size", &size) == OOM_OK) {
		for (uint32_t i = 0; i < mem.count; i++) {
			uint64_t at = m->addr + mem.offset + (uint64_t)i * mem.elem_size;
			add_range(image, m, at + base.offset, at + size.offset);
		}
		return;
	}
	static const char *const old[][2] = {{"core_layout.base", "core_layout.size"},
					     {"init_layout.base", "init_layout.size"},
					     {"module_core", "core_size"}};
	for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++)
		if (oom_member(image, "module", old[i][0], &base) == OOM_OK &&
		    oom_member(image, "module", old[i][1], &size) == OOM_OK)
			add_range(image, m, m->addr + base.offset, m->addr + size.offset);
}

/** Reads the list `modules`. An unreadable rest is not there. */
static void read_list(struct oom_image *image, struct oom_modules *all)
{
	struct oom_member list, name;
	uint64_t head;
	if (oom_symbol(image, "modules", &head) != OOM_OK || oom_member(image, "module", "list", &list) != OOM_OK ||
	    oom_member(image, "module", "name", &name) != OOM_OK)
		return;
	uint64_t at = pointer_at(image, head);
	for (; at && at != head && all->n < MODULES_MAX; at = pointer_at(image, at)) {
		struct oom_module *more = realloc(all->v, (all->n + 1) * sizeof(*more));
		if (!more)
			return;
		all->v = more;
		struct oom_module *m = &more[all->n];
		*m = (struct oom_module){.addr = at - list.offset};
		if (oom_read_string(image, m->addr + name.offset, m->name, sizeof(m->name)) != OOM_OK)
			return;
		find_ranges(image, m);
		all->n++;
	}
	all->whole = at == head;
}

static struct oom_modules *modules_of(struct oom_image *image)
{
	if (!image->modules) {
		image->modules = calloc(1, sizeof(*image->modules));
		if (image->modules)
			read_list(image, image->modules);
	}
	return image->modules;
}

void oom_modules_free(struct oom_modules *all)
{
	for (size_t i = 0; all && i < all->n; i++) {
		free(all->v[i].symtab);
		oom_btf_free(all->v[i].btf);
	}
	if (all)
		free(all->v);
	free(all);
}

const struct oom_module *oom_module_nth(struct oom_image *image, size_t i)
{
	const struct oom_modules *all = modules_of(image);
	return all && i < all->n ? &all->v[i] : NULL;
}

bool oom_modules_whole(struct oom_image *image)
{
	const struct oom_modules *all = modules_of(image);
	return all && all->whole;
}

const struct oom_module *oom_module_find(struct oom_image *image, const char *name)
{
	const struct oom_modules *all = modules_of(image);
	for (size_t i = 0; all && i < all->n; i++)
		if (strcmp(all->v[i].name, name) == 0)
			return &all->v[i];
	return NULL;
}

const struct oom_module *oom_module_of(struct oom_image *image, uint64_t addr)
{
	const struct oom_modules *all = modules_of(image);
	for (size_t i = 0; all && i < all->n; i++)
		for (size_t k = 0; k < all->v[i].nr_ranges; k++)
			if (addr - all->v[i].ranges[k].base < all->v[i].ranges[k].size)
				return &all->v[i];
	return NULL;
}

const char *oom_module_name(const struct oom_module *m)
{
	return m->name;
}

uint64_t oom_module_size(const struct oom_module *m)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < m->nr_ranges; i++)
		sum += m->ranges[i].size;
	return sum;
}

/* Symbols. */

/** The module's symbol table; false: it cannot be read, or is of 32 bits (no such kernel has module BTF to go with it).
 */
static bool load_symbols(struct oom_image *image, struct oom_module *m)
{
	struct oom_member kallsyms, symtab, count, strtab;
	if (m->symbols_asked)
		return m->symtab != NULL;
	m->symbols_asked = true;
	if (image->info.ptr_size != 8 || oom_member(image, "module", "core_kallsyms", &kallsyms) != OOM_OK ||
	    oom_member(image, "mod_kallsyms", "symtab", &symtab) != OOM_OK ||
	    oom_member(image, "mod_kallsyms", "num_symtab", &count) != OOM_OK ||
	    oom_member(image, "mod_kallsyms", "strtab", &strtab) != OOM_OK)
		return false;
	uint64_t at = m->addr + kallsyms.offset, table = pointer_at(image, at + symtab.offset);
	m->strtab = pointer_at(image, at + strtab.offset);
	if (!table || !m->strtab || oom_read_u32(image, at + count.offset, &m->nr_symbols) != OOM_OK ||
	    !m->nr_symbols || m->nr_symbols > SYMBOLS_MAX)
		return false;
	m->symtab = malloc((size_t)m->nr_symbols * SYMBOL_BYTES);
	if (m->symtab && oom_read(image, table, m->symtab, (size_t)m->nr_symbols * SYMBOL_BYTES) != OOM_OK) {
		free(m->symtab);
		m->symtab = NULL;
	}
	return m->symtab != NULL;
}

/** Elf64_Sym: st_name u32, st_info u8, st_other u8, st_shndx u16, st_value u64, st_size u64. */
static uint64_t value_of(const struct oom_image *image, const struct oom_module *m, uint32_t i)
{
	const uint8_t *sym = m->symtab + (size_t)i * SYMBOL_BYTES;
	return oom_get_uint(image, sym + 6, 2) ? oom_get_uint(image, sym + 8, 8) : 0; // 0: SHN_UNDEF
}

static bool name_of(struct oom_image *image, const struct oom_module *m, uint32_t i, char *buf, size_t size)
{
	uint64_t offset = oom_get_uint(image, m->symtab + (size_t)i * SYMBOL_BYTES, 4);
	return oom_read_string(image, m->strtab + offset, buf, size) == OOM_OK && *buf;
}

enum oom_status oom_module_symbol(struct oom_image *image, const struct oom_module *module, const char *name,
				  uint64_t *addr)
{
	char text[SYMBOL_NAME_MAX];
	struct oom_module *m = (struct oom_module *)module; // its tables are read when they are first needed
	if (!m)
		return oom_symbol(image, name, addr);
	if (!load_symbols(image, m))
		return OOM_ENOENT;
	for (uint32_t i = 0; i < m->nr_symbols; i++)
		if (value_of(image, m, i) && name_of(image, m, i, text, sizeof(text)) && strcmp(text, name) == 0) {
			*addr = value_of(image, m, i);
			return OOM_OK;
		}
	return OOM_ENOENT;
}

bool oom_module_symbol_at(struct oom_image *image, const struct oom_module *module, uint64_t addr, char *buf,
			  size_t size, uint64_t *distance)
{
	struct oom_module *m = (struct oom_module *)module;
	uint64_t best = 0;
	bool found = false;
	if (!m || !load_symbols(image, m))
		return false;
	for (uint32_t i = 0; i < m->nr_symbols; i++) {
		uint64_t value = value_of(image, m, i);
		// Of several names of one address the first is taken; "$x" and the like mark code on arm64.
		if (!value || value > addr || value <= best || !name_of(image, m, i, buf, size) || *buf == '$')
			continue;
		best = value;
		found = true;
	}
	for (uint32_t i = 0; found && i < m->nr_symbols; i++)
		if (value_of(image, m, i) == best && name_of(image, m, i, buf, size) && *buf != '$')
			break;
	if (found && distance)
		*distance = addr - best;
	return found;
}

/* Types. */

/** The struct btf of the module, from the list btf_modules; 0. */
static uint64_t find_btf(struct oom_image *image, const struct oom_module *m)
{
	struct oom_member list, module, btf;
	uint64_t head;
	if (oom_symbol(image, "btf_modules", &head) != OOM_OK ||
	    oom_member(image, "btf_module", "list", &list) != OOM_OK ||
	    oom_member(image, "btf_module", "module", &module) != OOM_OK ||
	    oom_member(image, "btf_module", "btf", &btf) != OOM_OK)
		return 0;
	uint64_t at = pointer_at(image, head);
	for (int i = 0; at && at != head && i < MODULES_MAX; i++, at = pointer_at(image, at))
		if (pointer_at(image, at - list.offset + module.offset) == m->addr)
			return pointer_at(image, at - list.offset + btf.offset);
	return 0;
}

static void load_btf(struct oom_image *image, struct oom_module *m)
{
	struct oom_member data, size;
	struct oom_btf *base = oom_image_btf(image);
	uint32_t len;
	m->btf_asked = true;
	uint64_t btf = base ? find_btf(image, m) : 0;
	if (!btf || oom_member(image, "btf", "data", &data) != OOM_OK ||
	    oom_member(image, "btf", "data_size", &size) != OOM_OK ||
	    oom_read_u32(image, btf + size.offset, &len) != OOM_OK || !len || len > OOM_BTF_MAX)
		return;
	void *copy = malloc(len);
	uint64_t at = pointer_at(image, btf + data.offset);
	if (copy && at && oom_read(image, at, copy, len) == OOM_OK)
		oom_btf_new_split(copy, len, base, &m->btf, NULL);
	free(copy);
}

enum oom_status oom_module_member(struct oom_image *image, const struct oom_module *module, const char *type,
				  const char *path, struct oom_member *ret)
{
	struct oom_module *m = (struct oom_module *)module;
	if (m && !m->btf_asked)
		load_btf(image, m);
	if (m && m->btf && oom_btf_member(m->btf, type, path, ret) == OOM_OK)
		return OOM_OK;
	return oom_member(image, type, path, ret);
}
