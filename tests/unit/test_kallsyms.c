// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * kallsyms: tables as scripts/kallsyms.c writes them, in each encoding, layout, width and byte order, with damage.
 * The writer below is the test's own and follows the kernel's script, not our reader.
 */
#include "image/hash.h"
#include "image/kallsyms.h"
#include "memimage.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { SYMS = 2600, MEM_LEN = 4 << 20, LONG = 300 };

/** How a kernel writes its table. */
struct flavour {
	const char *name;
	uint32_t ptr_size;
	bool big_endian;
	enum oom_kallsyms_kind kind;
	bool later;    // offsets behind the tokens (since 6.4)
	int marker;    // bytes
	int seqs;      // bytes a symbol in seqs_of_names between markers and tokens
	int num_bytes; // of num_syms
	int align;
	bool long_names;
};

static const struct flavour flavours[] = {
	{"3.x absolute", 8, false, OOM_KALLSYMS_ABSOLUTE, false, 8, 0, 8, 8, false},
	{"3.x absolute, 32 bit", 4, false, OOM_KALLSYMS_ABSOLUTE, false, 4, 0, 4, 4, false},
	{"4.6 relative", 8, false, OOM_KALLSYMS_RELATIVE, false, 8, 0, 8, 8, false},
	{"4.6 relative, big-endian", 8, true, OOM_KALLSYMS_RELATIVE, false, 8, 0, 8, 8, false},
	{"5.10 absolute-percpu", 8, false, OOM_KALLSYMS_PERCPU, false, 4, 0, 4, 8, false},
	{"5.10 relative, 32 bit", 4, false, OOM_KALLSYMS_RELATIVE, false, 4, 0, 4, 4, false},
	{"5.10 relative, 32 bit, big-endian", 4, true, OOM_KALLSYMS_RELATIVE, false, 4, 0, 4, 4, false},
	{"6.1 stable, seqs_of_names", 8, false, OOM_KALLSYMS_PERCPU, false, 4, 3, 4, 8, true},
	{"6.12 absolute-percpu", 8, false, OOM_KALLSYMS_PERCPU, true, 4, 0, 4, 8, true},
	{"6.12 relative, big-endian", 8, true, OOM_KALLSYMS_RELATIVE, true, 4, 0, 4, 8, true},
	{"7.2 place-relative", 8, false, OOM_KALLSYMS_PLACE, true, 4, 0, 4, 4, true},
	{"7.2 place-relative, 32 bit", 4, false, OOM_KALLSYMS_PLACE, true, 4, 0, 4, 4, true},
};
enum { FLAVOURS = sizeof(flavours) / sizeof(flavours[0]) };

struct sym {
	char name[LONG + 32]; // with the type in front
	uint64_t addr;
};

static struct sym syms[SYMS];

/** What the table ended up as, and where. */
struct table {
	struct mem m;
	char vmcoreinfo[2048];
	uint64_t stext, names, markers, token_table, offsets;
};

static const char *const tokens[] = {"sys_", "alloc", "_page", "free", "Tkm", "t__", "init"};

/** Symbols in order of address: some per-CPU ones at 0 if @p percpu, then the image from @p text on. */
static void make_symbols(uint64_t text, const struct flavour *f)
{
	uint64_t addr = text;
	int low = f->kind == OOM_KALLSYMS_PERCPU ? 40 : 0;
	for (int i = 0; i < SYMS; i++) {
		struct sym *s = &syms[i];
		if (i < low) {
			s->addr = (uint64_t)i * 64;
			snprintf(s->name, sizeof(s->name), "Dpercpu_%d", i);
			continue;
		}
		s->addr = addr;
		addr += i % 5 ? 16 + (uint64_t)(i % 700) : 0; // some addresses have two names
		snprintf(s->name, sizeof(s->name), "%csys_%dalloc_page%d_free", i % 3 ? 't' : 'T', i, i * 7 % 13);
	}
	strcpy(syms[low].name, "T_text");
	strcpy(syms[low + 1].name, "T_stext");
	syms[low].addr = syms[low + 1].addr = text;
	strcpy(syms[500].name, "dtwice"); // local, then global: the global one is meant
	strcpy(syms[900].name, "Dtwice");
	strcpy(syms[600].name, "bshared"); // two local ones: the first
	strcpy(syms[601].name, "bshared");
	strcpy(syms[SYMS - 2].name, "Dinit_task");
	if (f->long_names) {
		syms[700].name[0] = 'T';
		memset(syms[700].name + 1, 'L', LONG);
		syms[700].name[LONG + 1] = '\0';
	}
}

static uint64_t align(uint64_t addr, int to)
{
	return (addr + (uint64_t)to - 1) & -(uint64_t)to;
}

/** A name in tokens of the table, longest first come; returns the length. */
static size_t compress(const char *name, uint8_t *out)
{
	size_t n = 0;
	while (*name) {
		size_t best = 0, len = 1;
		for (size_t t = 0; t < sizeof(tokens) / sizeof(tokens[0]); t++)
			if (strncmp(name, tokens[t], strlen(tokens[t])) == 0 && strlen(tokens[t]) > len) {
				best = t + 1;
				len = strlen(tokens[t]);
			}
		out[n++] = best ? (uint8_t)(200 + best) : (uint8_t)*name;
		name += len;
	}
	return n;
}

static uint64_t put_names(struct table *t, const struct flavour *f, uint64_t at, uint64_t *marker)
{
	t->names = at;
	for (int i = 0; i < SYMS; i++) {
		uint8_t packed[LONG + 32];
		size_t len = compress(syms[i].name, packed);
		if (i % 256 == 0)
			marker[i / 256] = at - t->names;
		if (len > 127) {
			assert_true(f->long_names);
			mem_put(&t->m, at++, (len & 0x7f) | 0x80, 1);
			mem_put(&t->m, at++, len >> 7, 1);
		} else {
			mem_put(&t->m, at++, len, 1);
		}
		memcpy(t->m.data + (at - t->m.base), packed, len);
		at += len;
	}
	return at;
}

static uint64_t put_tokens(struct table *t, const struct flavour *f, uint64_t at)
{
	uint64_t start = at;
	uint16_t index[256];
	t->token_table = at;
	for (int i = 0; i < 256; i++) {
		index[i] = (uint16_t)(at - start);
		if (i >= 0x20 && i < 0x7f)
			mem_put(&t->m, at++, (uint64_t)i, 1);
		else if (i > 200 && i <= 200 + (int)(sizeof(tokens) / sizeof(tokens[0])))
			for (const char *c = tokens[i - 201]; *c; c++)
				mem_put(&t->m, at++, (uint64_t)*c, 1);
		mem_put(&t->m, at++, 0, 1);
	}
	at = align(at, f->align);
	uint64_t token_index = at;
	for (int i = 0; i < 256; i++, at += 2)
		mem_put(&t->m, at, index[i], 2);
	snprintf(t->vmcoreinfo + strlen(t->vmcoreinfo), 256,
		 "SYMBOL(kallsyms_token_table)=%llx\nSYMBOL(kallsyms_token_index)=%llx\n", (unsigned long long)start,
		 (unsigned long long)token_index);
	return at;
}

static uint64_t put_addresses(struct table *t, const struct flavour *f, uint64_t at, uint64_t base)
{
	t->offsets = at;
	for (int i = 0; i < SYMS; i++) {
		uint64_t addr = syms[i].addr;
		if (f->kind == OOM_KALLSYMS_ABSOLUTE) {
			mem_put(&t->m, at, addr, f->ptr_size);
			at += f->ptr_size;
			continue;
		}
		if (f->kind == OOM_KALLSYMS_PLACE)
			mem_put(&t->m, at, addr - at, 4);
		else if (f->kind == OOM_KALLSYMS_PERCPU && addr >= base)
			mem_put(&t->m, at, base - addr - 1, 4);
		else
			mem_put(&t->m, at, f->kind == OOM_KALLSYMS_PERCPU ? addr : addr - base, 4);
		at += 4;
	}
	char *text = t->vmcoreinfo + strlen(t->vmcoreinfo);
	text += sprintf(text, "SYMBOL(kallsyms_%s)=%llx\n", f->kind == OOM_KALLSYMS_ABSOLUTE ? "addresses" : "offsets",
			(unsigned long long)t->offsets);
	if (f->kind == OOM_KALLSYMS_RELATIVE || f->kind == OOM_KALLSYMS_PERCPU) {
		at = align(at, f->align);
		sprintf(text, "SYMBOL(kallsyms_relative_base)=%llx\n", (unsigned long long)at);
		mem_put(&t->m, at, base, f->ptr_size);
		at += f->ptr_size;
	}
	return at;
}

/** The whole table, at @p skew bytes behind 2 MiB of other data. */
static void make(struct table *t, const struct flavour *f, unsigned skew)
{
	uint64_t base = f->ptr_size == 4 ? 0xc1000000 : UINT64_C(0xffffffff93000000), marker[SYMS / 256 + 1];
	*t = (struct table){.stext = base};
	mem_init(&t->m, base, MEM_LEN, f->ptr_size, f->big_endian);
	uint32_t random = 12345;
	for (size_t i = 0; i < 2 << 20; i++) { // text, with rows of digits that are no token table
		random = random * 1103515245 + 12345;
		t->m.data[i] = (uint8_t)(random >> 16);
	}
	memcpy(t->m.data + 70000, "0\0001\0002\0003\0004\0005\0006\0007\0008\0009", 20);
	make_symbols(base, f);
	sprintf(t->vmcoreinfo, "OSRELEASE=5.10.0-1-amd64\nSYMBOL(_stext)=%llx\n", (unsigned long long)base);
	uint64_t at = base + (2 << 20) + skew * 16;
	if (!f->later)
		at = align(put_addresses(t, f, at, base), f->align);
	uint64_t num_syms = at;
	mem_put(&t->m, at, SYMS, (size_t)f->num_bytes);
	at = put_names(t, f, align(at + (uint64_t)f->num_bytes, f->align), marker);
	t->markers = at = align(at, f->align);
	for (int i = 0; i < (SYMS + 255) / 256; i++, at += (uint64_t)f->marker)
		mem_put(&t->m, at, marker[i], (size_t)f->marker);
	at = align(at, f->align);
	for (int i = 0; i < SYMS * f->seqs; i++)
		mem_put(&t->m, at++, (uint64_t)(i * 37 + 1), 1);
	at = align(put_tokens(t, f, align(at, f->align)), f->align);
	if (f->later)
		put_addresses(t, f, at, base);
	sprintf(t->vmcoreinfo + strlen(t->vmcoreinfo), "SYMBOL(kallsyms_names)=%llx\nSYMBOL(kallsyms_num_syms)=%llx\n",
		(unsigned long long)t->names,
		(unsigned long long)(f->big_endian && f->num_bytes == 8 ? num_syms + 4 : num_syms));
}

/** VMCOREINFO without the keys of kallsyms. */
static const char *old_vmcoreinfo(const struct table *t)
{
	static char text[256];
	snprintf(text, sizeof(text), "OSRELEASE=5.10.0-1-amd64\nSYMBOL(_stext)=%llx\n", (unsigned long long)t->stext);
	return text;
}

/** The address that a name stands for, by the test's own reading of the symbols. */
static uint64_t truth(const char *name)
{
	uint64_t addr = 0;
	bool found = false, global = false;
	for (int i = 0; i < SYMS; i++)
		if (strcmp(syms[i].name + 1, name) == 0) {
			bool g = syms[i].name[0] < 'a';
			if (!found || (g && !global))
				addr = syms[i].addr;
			global |= g;
			found = true;
		}
	assert_true(found);
	return addr;
}

static void check_all(struct oom_image *image, const char *flavour)
{
	uint64_t addr, distance;
	for (int i = 0; i < SYMS; i++) {
		const char *name = syms[i].name + 1;
		if (oom_symbol(image, name, &addr) != OOM_OK || addr != truth(name))
			fail_msg("%s: %s is at %llx, not at %llx", flavour, name, (unsigned long long)truth(name),
				 (unsigned long long)addr);
	}
	static const char *const none[] = {"", "T", "_stex", "_stextx", "sys_", "percpu_", "no_such_symbol"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(oom_symbol(image, none[i], &addr), OOM_ENOENT);
	for (int i = 60; i < SYMS - 1; i++) {
		if (syms[i].addr == syms[i - 1].addr)
			continue;
		assert_string_equal(oom_symbol_at(image, syms[i].addr + 3, &distance), syms[i].name + 1);
		assert_int_equal(distance, 3);
	}
	assert_null(oom_symbol_at(image, syms[SYMS - 1].addr + 1, &distance));
}

static void each_flavour_by_vmcoreinfo(void **state)
{
	(void)state;
	for (size_t i = 0; i < FLAVOURS; i++) {
		struct table t;
		make(&t, &flavours[i], (unsigned)i);
		struct oom_image *image = mem_image(&t.m, t.vmcoreinfo, NULL);
		check_all(image, flavours[i].name);
		assert_string_equal(oom_image_info(image)->symbols_from, "kallsyms");
		assert_int_equal(oom_image_info(image)->missing.n, 0);
		oom_image_close(image);
		mem_free(&t.m);
	}
}

static void each_flavour_by_scan(void **state)
{
	(void)state;
	for (size_t i = 0; i < FLAVOURS; i++) {
		struct table t;
		make(&t, &flavours[i], (unsigned)i * 37);
		struct oom_image *image = mem_image(&t.m, old_vmcoreinfo(&t), NULL);
		check_all(image, flavours[i].name);
		assert_string_equal(oom_image_info(image)->symbols_from, "kallsyms (scan)");
		oom_image_close(image);
		mem_free(&t.m);
	}
}

/** Only the pages that gave a fact are left, as in a slim dump: the search finds the table again with them. */
static void scan_of_a_slim_dump(void **state)
{
	(void)state;
	static const char *const asked[] = {"init_task", "twice", "percpu_7", "no_such_symbol"};
	for (size_t i = 0; i < FLAVOURS; i++) {
		struct table t;
		uint64_t addr[2][4] = {{0}};
		make(&t, &flavours[i], 3);
		for (int slim = 0; slim < 2; slim++) {
			struct oom_image *image = mem_image(&t.m, old_vmcoreinfo(&t), NULL);
			for (size_t k = 0; k < 4; k++)
				oom_symbol(image, asked[k], &addr[slim][k]);
			oom_image_close(image);
			size_t pages = 0;
			for (size_t p = 0; p < MEM_LEN / MEM_PAGE; p++) {
				t.m.missing[p] = !t.m.tracked[p];
				pages += t.m.tracked[p];
			}
			assert_in_range(pages, 10, 40);
		}
		assert_memory_equal(addr[0], addr[1], sizeof(addr[0]));
		assert_true(addr[1][0] == truth("init_task"));
		mem_free(&t.m);
	}
}

/** Without a page of names those in it are lost, and no name gets another's address. */
static void a_missing_page_costs_its_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < FLAVOURS; i++) {
		struct table t;
		make(&t, &flavours[i], 0);
		size_t hole = (size_t)(t.names - t.m.base) / MEM_PAGE + 3, found = 0;
		t.m.missing[hole] = 1;
		struct oom_image *image = mem_image(&t.m, t.vmcoreinfo, NULL);
		for (int k = 0; k < SYMS; k++) {
			uint64_t addr;
			if (strcmp(syms[k].name + 1, "twice") == 0 ||
			    oom_symbol(image, syms[k].name + 1, &addr) != OOM_OK)
				continue;
			assert_int_equal(addr, truth(syms[k].name + 1));
			found++;
		}
		assert_in_range(found, SYMS - 4 * 256, SYMS - 100);
		assert_true(mem_misses(image, "names of kallsyms are damaged"));
		oom_image_close(image);
		mem_free(&t.m);
	}
}

static void without_its_tokens_there_is_none(void **state)
{
	(void)state;
	struct table t;
	make(&t, &flavours[4], 0);
	t.m.missing[(t.token_table - t.m.base) / MEM_PAGE] = 1;
	uint64_t addr;
	for (int scan = 0; scan < 2; scan++) {
		struct oom_image *image = mem_image(&t.m, scan ? old_vmcoreinfo(&t) : t.vmcoreinfo, NULL);
		assert_int_equal(oom_symbol(image, "init_task", &addr), OOM_ENOENT);
		assert_int_equal(oom_symbol(image, "_stext", &addr), OOM_OK); // VMCOREINFO's
		assert_string_equal(oom_image_info(image)->symbols_from, "VMCOREINFO");
		assert_true(mem_misses(image, "linux-image-5.10.0-1-amd64-dbg"));
		oom_image_close(image);
	}
	mem_free(&t.m);
}

/** A table that does not give _stext its address is not trusted. */
static void another_stext_is_refused(void **state)
{
	(void)state;
	struct table t;
	make(&t, &flavours[4], 0);
	char *at = strstr(t.vmcoreinfo, "SYMBOL(_stext)=") + 15;
	at[15] = at[15] == '8' ? '0' : '8';
	struct oom_image *image = mem_image(&t.m, t.vmcoreinfo, NULL);
	uint64_t addr;
	assert_int_equal(oom_symbol(image, "init_task", &addr), OOM_ENOENT);
	oom_image_close(image);
	mem_free(&t.m);
}

/** Random damage, by VMCOREINFO and by scanning: whatever is answered, it ends and touches nothing outside. */
static void damage_is_survived(void **state)
{
	(void)state;
	uint32_t random = 99;
	for (size_t i = 0; i < 60; i++) {
		struct table t;
		make(&t, &flavours[i % FLAVOURS], 0);
		for (int k = 0; k < 200; k++) {
			random = random * 1103515245 + 12345;
			t.m.data[(2 << 20) + (random >> 8) % (96 << 10)] = (uint8_t)(random >> 3);
		}
		struct oom_image *image = mem_image(&t.m, i & 1 ? t.vmcoreinfo : old_vmcoreinfo(&t), NULL);
		uint64_t addr, distance;
		for (int k = 0; k < SYMS; k += 7) {
			oom_symbol(image, syms[k].name + 1, &addr);
			oom_symbol_at(image, syms[k].addr, &distance);
		}
		oom_image_close(image);
		mem_free(&t.m);
	}
}

/** Memory made of rows of digits, and a table of 2 million equal names, end soon. */
static void made_to_harm(void **state)
{
	(void)state;
	struct mem m;
	uint64_t addr, base = UINT64_C(0xffffffff93000000);
	mem_init(&m, base, 8 << 20, 8, false);
	for (size_t i = 0; i + 20 <= m.len; i += 20)
		memcpy(m.data + i, "0\0001\0002\0003\0004\0005\0006\0007\0008\0009", 20);
	struct oom_image *image = mem_image(&m, "SYMBOL(_stext)=ffffffff93000000\n", NULL);
	assert_int_equal(oom_symbol(image, "init_task", &addr), OOM_ENOENT);
	oom_image_close(image);
	struct oom_hash h;
	assert_true(oom_hash_init(&h, 1 << 21));
	uint32_t hash = oom_hash_name("same");
	for (uint32_t i = 0; i < 1 << 21; i++)
		oom_hash_insert(&h, hash, i);
	assert_int_equal(h.n, OOM_HASH_SAME);
	for (uint32_t i = 0; i < 1 << 21; i++) // other tags, one place
		oom_hash_insert(&h, (hash & 0xfffff000) | (i & 0xfff), i);
	assert_in_range(h.n, OOM_HASH_SAME, 4096);
	oom_hash_free(&h);
	mem_free(&m);
}

static void names_hash_by_their_tokens(void **state)
{
	(void)state;
	uint64_t whole = 0, first = 0, second = 0, power = 1;
	for (const char *c = "alloc_pages"; *c; c++)
		whole = oom_hash_add(whole, (uint8_t)*c);
	for (const char *c = "alloc_"; *c; c++)
		first = oom_hash_add(first, (uint8_t)*c);
	for (const char *c = "pages"; *c; c++) {
		second = oom_hash_add(second, (uint8_t)*c);
		power *= OOM_HASH_BASE;
	}
	assert_true(whole == first * power + second);
	assert_int_equal(oom_hash_finish(whole), oom_hash_name("alloc_pages"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_hash_by_their_tokens),
		cmocka_unit_test(each_flavour_by_vmcoreinfo),
		cmocka_unit_test(each_flavour_by_scan),
		cmocka_unit_test(scan_of_a_slim_dump),
		cmocka_unit_test(a_missing_page_costs_its_names),
		cmocka_unit_test(without_its_tokens_there_is_none),
		cmocka_unit_test(another_stext_is_refused),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(made_to_harm),
	};
	return cmocka_run_group_tests_name("kallsyms", tests, NULL, NULL);
}
