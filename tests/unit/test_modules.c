// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Modules of a kernel that is written here: where they are, their symbols and types; and what only modules' types tell,
 * a balloon of virtio and a zram device.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/balloon.h"
#include "kernel/kernel.h"
#include "kernel/walk.h"

enum { CODE = 3 * FK_PAGE, DRIVER = 64, SYMBOLS = 5 };

struct made {
	struct fk *k;
	struct oom_image *image;
	uint64_t module, code, device, balloon, driver;
};

/** struct module and what hangs off it, as 6.1 has them. */
static void module_types(struct fk *k)
{
	int layout = fk_struct(k, "module_layout", 16);
	fk_member(k, "base", k->t_ptr, 0);
	fk_member(k, "size", k->t_uint, 8);
	int kallsyms = fk_struct(k, "mod_kallsyms", 24);
	fk_member(k, "symtab", k->t_ptr, 0);
	fk_member(k, "num_symtab", k->t_uint, 8);
	fk_member(k, "strtab", k->t_ptr, 16);
	int name = fk_array(k, k->t_char, 56);
	fk_struct(k, "module", 128);
	fk_member(k, "list", k->t_list, 8);
	fk_member(k, "name", name, 24);
	fk_member(k, "core_layout", layout, 80);
	fk_member(k, "core_kallsyms", kallsyms, 96);
	fk_struct(k, "btf_module", 32);
	fk_member(k, "list", k->t_list, 0);
	fk_member(k, "btf", k->t_ptr, 16);
	fk_member(k, "module", k->t_ptr, 24);
	fk_struct(k, "btf", 16);
	fk_member(k, "data", k->t_ptr, 0);
	fk_member(k, "data_size", k->t_uint, 8);
}

/** What the driver core knows of a driver and its devices; returns the numbers of two types that modules use. */
static void driver_types(struct fk *k, int *driver, int *device)
{
	int klist = fk_struct(k, "klist", 16);
	fk_member(k, "k_list", k->t_list, 0);
	fk_struct(k, "driver_private", 32);
	fk_member(k, "klist_devices", klist, 8);
	int node = fk_struct(k, "klist_node", 24);
	fk_member(k, "n_node", k->t_list, 8);
	fk_struct(k, "device_private", 40);
	fk_member(k, "knode_driver", node, 0);
	fk_member(k, "device", k->t_ptr, 32);
	*driver = fk_struct(k, "device_driver", 16);
	fk_member(k, "p", k->t_ptr, 8);
	*device = fk_struct(k, "device", 32);
	fk_member(k, "p", k->t_ptr, 0);
}

/** The module's own BTF, in memory and in the list btf_modules. */
static void module_btf(struct made *m, int driver, int device)
{
	struct btf *own = btf__new_empty_split(m->k->btf);
	uint32_t size;
	assert_non_null(own);
	btf__add_struct(own, "virtio_driver", 16);
	btf__add_field(own, "driver", driver, 0, 0);
	btf__add_struct(own, "virtio_device", 64);
	btf__add_field(own, "dev", device, 8 * 8, 0);
	btf__add_field(own, "priv", m->k->t_ptr, 40 * 8, 0);
	btf__add_field(own, "features", m->k->t_ulong, 48 * 8, 0);
	btf__add_struct(own, "virtio_balloon", 16);
	btf__add_field(own, "num_pages", m->k->t_uint, 8 * 8, 0);
	const void *raw = btf__raw_data(own, &size);
	uint64_t data = fk_page(m->k, size), btf = fk_alloc(m->k, 16), entry = fk_alloc(m->k, 32),
		 head = fk_alloc(m->k, 16);
	memcpy(fk_at(m->k, data), raw, size);
	btf__free(own);
	fk_put(m->k, btf, 8, (int64_t)data);
	fk_put(m->k, btf + 8, 4, size);
	fk_symbol(m->k, "btf_modules", head);
	fk_list_init(m->k, head);
	fk_list_add_tail(m->k, entry, head);
	fk_put(m->k, entry + 16, 8, (int64_t)btf);
	fk_put(m->k, entry + 24, 8, (int64_t)m->module);
}

/** Elf64_Sym, kernel/module/kallsyms.c: the first is that of no symbol. */
static void symbols(struct made *m)
{
	static const char strings[] = "\0virtio_balloon_driver\0balloon_ack\0printk\0$d";
	const struct {
		unsigned name, section;
		uint64_t value;
	} v[SYMBOLS] = {
		{0, 0, 0}, {1, 4, m->code + DRIVER}, {23, 1, m->code + 0x400}, {35, 0, 0}, {42, 1, m->code + 0x800}};
	uint64_t table = fk_alloc(m->k, 24 * SYMBOLS), text = fk_alloc(m->k, sizeof(strings)), all = m->module + 96;
	memcpy(fk_at(m->k, text), strings, sizeof(strings));
	for (unsigned i = 0; i < SYMBOLS; i++) {
		fk_put(m->k, table + 24 * i, 4, v[i].name);
		fk_put(m->k, table + 24 * i + 6, 2, v[i].section);
		fk_put(m->k, table + 24 * i + 8, 8, (int64_t)v[i].value);
	}
	fk_put(m->k, all, 8, (int64_t)table);
	fk_put(m->k, all + 8, 4, SYMBOLS);
	fk_put(m->k, all + 16, 8, (int64_t)text);
}

/** The driver's one device, whose driver data is the balloon. */
static void device(struct made *m)
{
	uint64_t private = fk_alloc(m->k, 32), dev = fk_alloc(m->k, 40);
	m->driver = m->code + DRIVER;
	m->device = fk_alloc(m->k, 64);
	m->balloon = fk_alloc(m->k, 16);
	fk_put(m->k, m->driver + 8, 8, (int64_t) private);
	fk_list_init(m->k, private + 8);
	fk_list_add_tail(m->k, dev + 8, private + 8);
	fk_put(m->k, dev + 32, 8, (int64_t)(m->device + 8));
	fk_put(m->k, m->device + 40, 8, (int64_t)m->balloon);
	fk_put(m->k, m->balloon + 8, 4, 12345);
}

enum { STATES = 512 }; // a per-CPU pointer

/** Two CPUs' events; the balloon's are numbers 1 and 2. */
static void events(struct fk *k)
{
	static const char *const names[] = {"PGFAULT", "BALLOON_INFLATE", "BALLOON_DEFLATE"};
	fk_cpus(k);
	fk_enum(k, "vm_event_item", names, 3);
	int counts = fk_array(k, k->t_ulong, 3);
	fk_struct(k, "vm_event_state", 24);
	fk_member(k, "event", counts, 0);
	fk_symbol(k, "vm_event_states", STATES);
	fk_percpu(k, STATES + 8, 0, 8, 40960);
	fk_percpu(k, STATES + 16, 0, 8, 7);
	fk_percpu(k, STATES + 8, 2, 8, 40);
	fk_percpu(k, STATES + 16, 2, 8, 993);
}

/** @p described: the module has types of its own, else there are only events. */
static struct made make_module(bool described)
{
	struct made m = {.k = fk_new()};
	int driver, its_device;
	module_types(m.k);
	driver_types(m.k, &driver, &its_device);
	m.module = fk_alloc(m.k, 128);
	m.code = fk_page(m.k, CODE);
	uint64_t head = fk_alloc(m.k, 16);
	fk_symbol(m.k, "modules", head);
	fk_list_init(m.k, head);
	fk_list_add_tail(m.k, m.module + 8, head);
	fk_text(m.k, m.module + 24, "virtio_balloon");
	fk_put(m.k, m.module + 80, 8, (int64_t)m.code);
	fk_put(m.k, m.module + 88, 4, CODE);
	if (described)
		module_btf(&m, driver, its_device);
	else
		events(m.k);
	symbols(&m);
	device(&m);
	m.image = fk_open(m.k);
	assert_non_null(m.image);
	return m;
}

static struct made make(void)
{
	return make_module(true);
}

static void finds_modules(void **state)
{
	(void)state;
	struct made m = make();
	const struct oom_module *module = oom_module_find(m.image, "virtio_balloon");
	assert_non_null(module);
	assert_true(oom_modules_whole(m.image));
	assert_null(oom_module_find(m.image, "zram"));
	assert_ptr_equal(oom_module_nth(m.image, 0), module);
	assert_null(oom_module_nth(m.image, 1));
	assert_string_equal(oom_module_name(module), "virtio_balloon");
	assert_int_equal(oom_module_size(module), CODE);
	assert_ptr_equal(oom_module_of(m.image, m.code + CODE - 1), module);
	assert_null(oom_module_of(m.image, m.code + CODE));
	assert_null(oom_module_of(m.image, m.code - 1));
	fk_free(m.k);
}

static void knows_their_symbols(void **state)
{
	(void)state;
	struct made m = make();
	const struct oom_module *module = oom_module_find(m.image, "virtio_balloon");
	uint64_t addr = 0, distance = 0;
	char name[64];
	assert_int_equal(oom_module_symbol(m.image, module, "balloon_ack", &addr), OOM_OK);
	assert_int_equal(addr, m.code + 0x400);
	// Undefined in the module, not in the kernel's own table.
	assert_int_equal(oom_module_symbol(m.image, module, "printk", &addr), OOM_ENOENT);
	assert_int_equal(oom_module_symbol(m.image, NULL, "modules", &addr), OOM_OK);
	assert_true(oom_module_symbol_at(m.image, module, m.code + 0x410, name, sizeof(name), &distance));
	assert_string_equal(name, "balloon_ack");
	assert_int_equal(distance, 0x10);
	// Behind a mark of data there is no name but the one before it.
	assert_true(oom_module_symbol_at(m.image, module, m.code + 0x810, name, sizeof(name), &distance));
	assert_string_equal(name, "balloon_ack");
	assert_int_equal(distance, 0x410);
	assert_false(oom_module_symbol_at(m.image, module, m.code, name, sizeof(name), &distance));
	fk_free(m.k);
}

static void knows_their_types(void **state)
{
	(void)state;
	struct made m = make();
	const struct oom_module *module = oom_module_find(m.image, "virtio_balloon");
	struct oom_member member;
	assert_int_equal(oom_module_member(m.image, module, "virtio_driver", "driver.p", &member), OOM_OK);
	assert_int_equal(member.offset, 8);
	assert_int_equal(oom_module_member(m.image, module, "module", "name", &member), OOM_OK); // the kernel's
	assert_int_equal(member.offset, 24);
	assert_int_equal(oom_member(m.image, "virtio_driver", "driver.p", &member), OOM_ENOENT);
	fk_free(m.k);
}

static void measures_a_balloon(void **state)
{
	(void)state;
	struct made m = make();
	struct oom_balloon balloon = oom_balloon(m.image);
	assert_int_equal(balloon.kb, 12345 * 4);
	assert_int_equal(balloon.managed, OOM_NO);
	fk_put(m.k, m.device + 48, 8, 1 << 2); // VIRTIO_BALLOON_F_DEFLATE_ON_OOM
	assert_int_equal(oom_balloon(m.image).managed, OOM_YES);
	fk_put(m.k, m.device + 40, 8, 0); // its data is gone: no number, not 0
	assert_int_equal(oom_balloon(m.image).kb, OOM_ABSENT);
	fk_free(m.k);
}

/** Before 5.11 a module has no types: what was put into its list, less what was taken out. */
static void counts_a_balloon_by_its_events(void **state)
{
	(void)state;
	struct made m = make_module(false);
	struct oom_balloon balloon = oom_balloon(m.image);
	assert_int_equal(balloon.kb, (40960 + 40 - 7 - 993) * 4);
	assert_int_equal(balloon.managed, OOM_MAYBE);
	fk_percpu(m.k, STATES + 16, 2, 8, 990000); // more taken out than put in: damage
	assert_int_equal(oom_balloon(m.image).kb, OOM_ABSENT);
	fk_percpu(m.k, STATES + 16, 2, 8, 40993); // all of it given back: virtio's 0 is none
	assert_int_equal(oom_balloon(m.image).kb, 0);
	fk_free(m.k);
	m = make_module(false);
	fk_text(m.k, m.module + 24, "vmw_balloon"); // of another driver it may mean that it does not count there
	assert_int_equal(oom_balloon(m.image).kb, 40000 * 4);
	fk_percpu(m.k, STATES + 16, 2, 8, 40993);
	assert_int_equal(oom_balloon(m.image).kb, OOM_ABSENT);
	fk_free(m.k);
}

/** zram built in, one device; zsmalloc has its pages. */
static void reads_zram(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	int root = fk_struct(k, "xarray", 16);
	fk_member(k, "xa_head", k->t_ptr, 8);
	fk_struct(k, "idr", 24);
	fk_member(k, "idr_rt", root, 0);
	int slots = fk_array(k, k->t_ptr, 64);
	fk_struct(k, "xa_node", 576);
	fk_member(k, "shift", k->t_u8, 0);
	fk_member(k, "slots", slots, 40);
	int stats = fk_struct(k, "zram_stats", 32);
	fk_member(k, "compr_data_size", k->t_long, 0);
	fk_member(k, "same_pages", k->t_long, 8);
	fk_member(k, "huge_pages", k->t_long, 16);
	fk_member(k, "pages_stored", k->t_long, 24);
	int names = fk_array(k, k->t_ptr, 4), text = fk_array(k, k->t_char, 32);
	fk_struct(k, "zram", 128);
	fk_member(k, "mem_pool", k->t_ptr, 0);
	fk_member(k, "disk", k->t_ptr, 8);
	fk_member(k, "limit_pages", k->t_ulong, 16);
	fk_member(k, "stats", stats, 24);
	fk_member(k, "disksize", k->t_ulong, 56);
	fk_member(k, "comp_algs", names, 64);
	fk_struct(k, "zs_pool", 64);
	fk_member(k, "pages_allocated", k->t_long, 48);
	fk_struct(k, "gendisk", 64);
	fk_member(k, "disk_name", text, 12);
	uint64_t zram = fk_alloc(k, 128), pool = fk_alloc(k, 64), disk = fk_alloc(k, 64), name = fk_alloc(k, 16);
	uint64_t index = fk_alloc(k, 24);
	fk_symbol(k, "zram_index_idr", index);
	fk_put(k, index + 8, 8, (int64_t)zram); // one entry, number 0: the root is it
	const int64_t values[] = {(int64_t)pool,    (int64_t)disk, 0, 3 << 20, 7, 5, 2048,
				  INT64_C(1) << 30, (int64_t)name};
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		fk_put(k, zram + 8 * i, 8, values[i]);
	fk_text(k, name, "lzo-rle");
	fk_text(k, disk + 12, "zram0");
	fk_put(k, pool + 48, 8, 900);
	struct oom_image *image = fk_open(k);
	struct oom_case *c = oom_case_new();
	oom_walk_zram(image, c);
	assert_true(c->state->zrams.known);
	assert_int_equal(c->state->zrams.n, 1);
	const struct oom_zram *row = &c->state->zrams.v[0];
	assert_string_equal(row->name, "zram0");
	assert_string_equal(row->algorithm, "lzo-rle");
	assert_int_equal(row->disksize_kb, 1 << 20);
	assert_int_equal(row->limit_kb, OOM_UNLIMITED);
	assert_int_equal(row->orig_kb, 2048 * 4);
	assert_int_equal(row->compr_kb, 3 << 10);
	assert_int_equal(row->same_kb, 7 * 4);
	assert_int_equal(row->huge_kb, 5 * 4);
	assert_int_equal(row->mem_kb, 900 * 4);
	oom_case_free(c);
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_modules),     cmocka_unit_test(knows_their_symbols),
		cmocka_unit_test(knows_their_types), cmocka_unit_test(measures_a_balloon),
		cmocka_unit_test(reads_zram),	     cmocka_unit_test(counts_a_balloon_by_its_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
