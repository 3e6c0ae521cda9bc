// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The kernel log of machines made up here: the rings are written as kernel/printk/printk_ringbuffer.c and printk.c of
 * the respective era write them, for either word size and byte order, and described by VMCOREINFO alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/kernel.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE = 0x1000000, SIZE = 1 << 20, PAGE = 4096, RECORDS = 4096 };

/* A machine. */

struct machine {
	uint8_t *mem;
	uint8_t hole[SIZE / PAGE];
	unsigned int word;
	bool big;
	char vmcoreinfo[4096];
	size_t len;
	uint64_t next; // first free address
	struct oom_image *image;
};

static void put(struct machine *m, uint64_t addr, unsigned int size, uint64_t value)
{
	for (unsigned int i = 0; i < size; i++)
		m->mem[addr - BASE + (m->big ? size - 1 - i : i)] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const struct machine *m, uint64_t addr, unsigned int size)
{
	uint64_t value = 0;
	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)m->mem[addr - BASE + (m->big ? size - 1 - i : i)] << 8 * i;
	return value;
}

static uint64_t place(struct machine *m, uint64_t size)
{
	uint64_t ret = (m->next + PAGE - 1) / PAGE * PAGE;
	m->next = ret + size;
	assert_true(m->next <= BASE + SIZE);
	return ret;
}

__attribute__((format(printf, 2, 3))) static void say(struct machine *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	m->len += (size_t)vsnprintf(m->vmcoreinfo + m->len, sizeof(m->vmcoreinfo) - m->len, fmt, ap);
	va_end(ap);
	assert_true(m->len < sizeof(m->vmcoreinfo));
}

/** A variable of @p size bytes with a symbol in VMCOREINFO; its address. */
static uint64_t variable(struct machine *m, const char *name, unsigned int size, uint64_t value)
{
	uint64_t addr = place(m, size);
	put(m, addr, size, value);
	say(m, "SYMBOL(%s)=%llx\n", name, (unsigned long long)addr);
	return addr;
}

static enum oom_status read_virt(void *backend, uint64_t addr, void *buf, size_t len)
{
	const struct machine *m = backend;
	if (addr < BASE || addr - BASE >= SIZE || len > SIZE - (addr - BASE))
		return OOM_EREAD;
	for (uint64_t page = (addr - BASE) / PAGE; len && page <= (addr - BASE + len - 1) / PAGE; page++)
		if (m->hole[page])
			return OOM_EREAD;
	memcpy(buf, m->mem + (addr - BASE), len);
	return OOM_OK;
}

static struct machine *machine_new(unsigned int word, bool big)
{
	struct machine *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	m->mem = calloc(1, SIZE);
	assert_non_null(m->mem);
	m->word = word;
	m->big = big;
	m->next = BASE;
	return m;
}

static void machine_free(struct machine *m)
{
	oom_image_close(m->image);
	free(m->mem);
	free(m);
}

static void drop(struct machine *m, uint64_t addr)
{
	m->hole[(addr - BASE) / PAGE] = 1;
}

/* What the walk hands over. */

struct got {
	size_t n, stop_after;
	struct {
		char text[256];
		size_t len;
		int64_t time_us, caller, level;
	} v[RECORDS];
	enum oom_status status;
	int64_t uptime_us;
	size_t nr_missing;
	char missing[512]; // the first line
};

static bool take(void *arg, const char *text, size_t len, int64_t time_us, int64_t caller, int64_t level)
{
	struct got *got = arg;
	assert_true(got->n < RECORDS);
	size_t n = len < sizeof(got->v[0].text) - 1 ? len : sizeof(got->v[0].text) - 1;
	memcpy(got->v[got->n].text, text, n);
	got->v[got->n].text[n] = '\0';
	got->v[got->n].len = len;
	got->v[got->n].time_us = time_us;
	got->v[got->n].caller = caller;
	got->v[got->n].level = level;
	got->n++;
	return got->n != got->stop_after;
}

static struct got got;

static struct got *walk(struct machine *m)
{
	static const struct oom_image_ops ops = {.read_virt = read_virt};
	struct oom_image_info info = {
		.format = "made up", .arch = "none", .page_size = PAGE, .ptr_size = m->word, .big_endian = m->big};
	struct oom_error err = {0};
	struct oom_case *c = oom_case_new();
	size_t stop_after = got.stop_after;
	memset(&got, 0, sizeof(got));
	got.stop_after = stop_after;
	assert_non_null(c);
	if (!m->image)
		assert_int_equal(oom_image_new(&ops, m, m->vmcoreinfo, m->len, &info, NULL, &m->image, &err), OOM_OK);
	got.status = oom_walk_printk(m->image, c, take, &got);
	got.uptime_us = c->system.uptime_us;
	got.nr_missing = c->source.missing.n;
	if (c->source.missing.n)
		snprintf(got.missing, sizeof(got.missing), "%s", c->source.missing.v[0]);
	oom_case_free(c);
	return &got;
}

/* The ring of 5.10 and later. */

struct ring {
	struct machine *m;
	unsigned int count_bits, size_bits;
	bool exact; // 6.19: a block may end at the end of the data
	uint64_t descs, infos, data, head_id, tail_id, next_id, head_lpos, tail_lpos;
	unsigned int desc_size, info_size;
	struct {
		uint64_t id, next;
		char text[256];
	} kept[RECORDS]; // from oldest to newest; those before `oldest` are overwritten
	size_t n, oldest;
};

enum { RESERVED, COMMITTED, FINALIZED, REUSABLE };
enum {
	INFO_SEQ = 0,
	INFO_TS = 8,
	INFO_LEN = 16,
	INFO_FACILITY = 18,
	INFO_FLAGS = 19,
	INFO_CALLER = 20,
	INFO_SIZE = 88
};

static uint64_t mask_of(const struct machine *m)
{
	return m->word == 8 ? UINT64_MAX : UINT32_MAX;
}

static void ring_describe(struct ring *r)
{
	struct machine *m = r->m;
	unsigned int w = m->word, desc_ring = 0, data_ring = w + 4 * w, ring = data_ring + 4 * w + w;
	say(m, "OSRELEASE=6.1.0-made-up\n");
	say(m, "SIZE(printk_ringbuffer)=%u\nOFFSET(printk_ringbuffer.desc_ring)=%u\n", ring, desc_ring);
	say(m, "OFFSET(printk_ringbuffer.text_data_ring)=%u\n", data_ring);
	say(m, "OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=%u\n", w);
	say(m, "OFFSET(prb_desc_ring.infos)=%u\nOFFSET(prb_desc_ring.head_id)=%u\n", 2 * w, 3 * w);
	say(m, "OFFSET(prb_desc_ring.tail_id)=%u\n", 4 * w);
	say(m, "SIZE(prb_desc)=%u\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=%u\n", 3 * w, w);
	say(m, "OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=%u\n", w);
	say(m, "SIZE(printk_info)=%u\nOFFSET(printk_info.ts_nsec)=%u\n", INFO_SIZE, INFO_TS);
	say(m, "OFFSET(printk_info.text_len)=%u\nOFFSET(printk_info.caller_id)=%u\n", INFO_LEN, INFO_CALLER);
	say(m, "OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=%u\n", w);
	uint64_t prb = place(m, ring);
	variable(m, "prb", w, prb);
	r->descs = place(m, (uint64_t)(3 * w) << r->count_bits);
	r->infos = place(m, (uint64_t)INFO_SIZE << r->count_bits);
	r->data = place(m, UINT64_C(1) << r->size_bits);
	r->desc_size = 3 * w;
	r->head_id = prb + 3 * w;
	r->tail_id = prb + 4 * w;
	put(m, prb, 4, r->count_bits);
	put(m, prb + w, w, r->descs);
	put(m, prb + 2 * w, w, r->infos);
	put(m, prb + data_ring, 4, r->size_bits);
	put(m, prb + data_ring + w, w, r->data);
}

/** An empty ring, as _DEFINE_PRINTKRB() makes it. */
static struct ring *ring_new(struct machine *m, unsigned int count_bits, unsigned int size_bits, bool exact)
{
	struct ring *r = calloc(1, sizeof(*r));
	assert_non_null(r);
	r->m = m;
	r->count_bits = count_bits;
	r->size_bits = size_bits;
	r->exact = exact;
	ring_describe(r);
	uint64_t id_mask = mask_of(m) >> 2, count = UINT64_C(1) << count_bits, desc0 = (0 - (count + 1)) & id_mask;
	put(m, r->head_id, m->word, desc0);
	put(m, r->tail_id, m->word, desc0);
	uint64_t last = r->descs + (count - 1) * r->desc_size;
	put(m, last, m->word, desc0 | (uint64_t)REUSABLE << (m->word * 8 - 2));
	put(m, last + m->word, m->word, 1);
	put(m, last + 2 * m->word, m->word, 1);
	r->next_id = (desc0 + 1) & id_mask;
	r->head_lpos = r->tail_lpos = (0 - (UINT64_C(1) << size_bits)) & mask_of(m);
	return r;
}

static uint64_t desc_of(const struct ring *r, uint64_t id)
{
	return r->descs + (id & ((UINT64_C(1) << r->count_bits) - 1)) * r->desc_size;
}

static uint64_t info_of(const struct ring *r, uint64_t id)
{
	return r->infos + (id & ((UINT64_C(1) << r->count_bits) - 1)) * INFO_SIZE;
}

static void state_set(struct ring *r, uint64_t id, uint64_t state)
{
	put(r->m, desc_of(r, id), r->m->word, id | state << (r->m->word * 8 - 2));
}

/** Takes the oldest records away until the block up to @p next fits. */
static void make_room(struct ring *r, uint64_t next)
{
	uint64_t size = UINT64_C(1) << r->size_bits, mask = mask_of(r->m);
	while (((next - r->tail_lpos) & mask) > size) {
		assert_true(r->oldest < r->n);
		state_set(r, r->kept[r->oldest].id, REUSABLE);
		if (r->kept[r->oldest].next & 1) {
			r->oldest++;
			continue;
		}
		r->tail_lpos = r->kept[r->oldest++].next;
	}
}

/** Where the block of @p size bytes at @p lpos ends: get_next_lpos(). */
static uint64_t block_end(const struct ring *r, uint64_t lpos, uint64_t size, bool *wrapped)
{
	uint64_t mask = mask_of(r->m), next = (lpos + size) & mask, data_size = UINT64_C(1) << r->size_bits;
	uint64_t last = r->exact ? (next - 1) & mask : next;
	*wrapped = lpos >> r->size_bits != last >> r->size_bits;
	return *wrapped ? ((((lpos + data_size) & mask) & ~(data_size - 1)) + size) & mask : next;
}

/** prb_reserve() and prb_commit(). */
static uint64_t ring_put(struct ring *r, const char *text, uint64_t ts_ns, uint32_t caller, unsigned int level)
{
	struct machine *m = r->m;
	uint64_t id = r->next_id, mask = mask_of(m), count = UINT64_C(1) << r->count_bits;
	uint64_t begin = 3, next = 3, len = strlen(text);
	r->next_id = (id + 1) & (mask >> 2);
	// The descriptor of one lap ago goes.
	if (r->n >= count && r->oldest <= r->n - count) {
		uint64_t old = r->kept[r->oldest].next;
		r->tail_lpos = old & 1 ? r->tail_lpos : old;
		r->oldest++;
	}
	if (r->n >= count)
		put(m, r->tail_id, m->word, (id - (count - 1)) & (mask >> 2));
	put(m, r->head_id, m->word, id);
	if (len) {
		bool wrapped;
		begin = r->head_lpos;
		next = block_end(r, begin, (m->word + len + m->word - 1) / m->word * m->word, &wrapped);
		make_room(r, next);
		r->head_lpos = next;
		uint64_t at = r->data + (begin & ((UINT64_C(1) << r->size_bits) - 1));
		put(m, at, m->word, id);
		at = wrapped ? r->data : at;
		put(m, at, m->word, id);
		memcpy(m->mem + (at + m->word - BASE), text, len);
	}
	uint64_t desc = desc_of(r, id), info = info_of(r, id);
	put(m, desc + m->word, m->word, begin);
	put(m, desc + 2 * m->word, m->word, next);
	put(m, info + INFO_SEQ, 8, r->n);
	put(m, info + INFO_TS, 8, ts_ns);
	put(m, info + INFO_LEN, 2, len);
	put(m, info + INFO_FACILITY, 1, 0);
	put(m, info + INFO_FLAGS, 1, m->big ? 2u << 3 | level : level << 5 | 2);
	put(m, info + INFO_CALLER, 4, caller);
	state_set(r, id, FINALIZED);
	assert_true(r->n < RECORDS);
	r->kept[r->n].id = id;
	r->kept[r->n].next = next;
	snprintf(r->kept[r->n++].text, sizeof(r->kept[0].text), "%s", text);
	return id;
}

static void ring_free(struct ring *r)
{
	machine_free(r->m);
	free(r);
}

static void tells_records(void **state)
{
	(void)state;
	struct ring *r = ring_new(machine_new(8, false), 5, 12, false);
	ring_put(r, "Linux version 6.1.0", 0, 0, 5);
	ring_put(r, "", 1000, 1, 6);
	ring_put(r, "two\nlines", 4061267123, 0x80000001, 0);
	uint64_t open = ring_put(r, "not yet finalized", UINT64_C(123456789012345), 4711, 7);
	state_set(r, open, COMMITTED);
	const struct got *g = walk(r->m);
	assert_int_equal(g->status, OOM_OK);
	assert_int_equal(g->nr_missing, 0);
	assert_int_equal(g->n, 4);
	assert_string_equal(g->v[0].text, "Linux version 6.1.0");
	assert_int_equal(g->v[0].level, 5);
	assert_int_equal(g->v[1].len, 0);
	assert_string_equal(g->v[2].text, "two\nlines");
	assert_int_equal(g->v[2].time_us, 4061267);
	assert_int_equal(g->v[2].caller, 0x80000001);
	assert_int_equal(g->v[2].level, 0);
	assert_int_equal(g->v[3].time_us, 123456789012);
	assert_int_equal(g->v[3].caller, 4711);
	assert_int_equal(g->v[3].level, 7);
	ring_free(r);
}

/** Every record that the ring still holds comes out, whatever the word, the byte order and the rule for wrapping. */
static void survives_many_laps(void **state)
{
	(void)state;
	for (int variant = 0; variant < 16; variant++) {
		struct ring *r =
			ring_new(machine_new(variant & 1 ? 4 : 8, variant & 2), variant & 8 ? 3 : 6, 10, variant & 4);
		unsigned int seed = 1;
		for (int i = 0; i < 600; i++) {
			char text[128];
			seed = seed * 1103515245 + 12345;
			int len = snprintf(text, sizeof(text), "record %d %.*s", i, (int)(seed >> 16) % 50,
					   "..................................................");
			if (i % 37 == 0)
				text[0] = '\0';
			assert_true(len > 0);
			ring_put(r, text, (uint64_t)i * 1000000, (uint32_t)i, (unsigned int)i % 8);
			if (i % 97 && i < 590)
				continue;
			const struct got *g = walk(r->m);
			assert_int_equal(g->status, OOM_OK);
			assert_int_equal(g->nr_missing, 0);
			assert_int_equal(g->n, r->n - r->oldest);
			for (size_t k = 0; k < g->n; k++) {
				assert_string_equal(g->v[k].text, r->kept[r->oldest + k].text);
				assert_int_equal(g->v[k].time_us, (r->oldest + k) * 1000);
				assert_int_equal(g->v[k].level, (r->oldest + k) % 8);
			}
		}
		ring_free(r);
	}
}

/** Fills the ring up to @p left bytes before the end of its data. */
static void fill_until(struct ring *r, uint64_t left)
{
	char text[256];
	uint64_t size = UINT64_C(1) << r->size_bits;
	for (;;) {
		uint64_t room = size - (r->head_lpos & (size - 1)) - left;
		if (!room)
			return;
		uint64_t block = room > 64 ? 48 : room;
		assert_true(block > r->m->word);
		memset(text, 'f', sizeof(text));
		text[block - r->m->word] = '\0';
		ring_put(r, text, 1000, 1, 6);
	}
}

static void tells_blocks_at_the_end(void **state)
{
	(void)state;
	static const char *const word8[] = {"ends exactly here (32B.)", "the next lap begins with me"};
	for (int exact = 0; exact <= 1; exact++) {
		struct ring *r = ring_new(machine_new(8, false), 6, 10, exact);
		fill_until(r, 32);
		uint64_t id = ring_put(r, word8[0], 2000, 1, 6);
		uint64_t next = get(r->m, desc_of(r, id) + 16, 8);
		// As the rule of the time has it: in place with a next of offset 0, or moved to the start of the next
		// lap.
		assert_int_equal(next & 1023, exact ? 0 : 32);
		assert_memory_equal(r->m->mem + ((exact ? r->data + 1024 - 32 : r->data) + 8 - BASE), word8[0], 24);
		ring_put(r, word8[1], 3000, 1, 6);
		const struct got *g = walk(r->m);
		assert_int_equal(g->status, OOM_OK);
		assert_int_equal(g->nr_missing, 0);
		assert_string_equal(g->v[g->n - 2].text, word8[0]);
		assert_string_equal(g->v[g->n - 1].text, word8[1]);
		ring_free(r);
	}
	// A block that goes over the end: all of it is at the start of the next lap, its id too.
	struct ring *r = ring_new(machine_new(8, false), 6, 10, true);
	fill_until(r, 16);
	ring_put(r, "this one does not fit where it begins", 2000, 1, 6);
	assert_memory_equal(r->m->mem + (r->data + 8 - BASE), "this one", 8);
	const struct got *g = walk(r->m);
	assert_string_equal(g->v[g->n - 1].text, "this one does not fit where it begins");
	ring_free(r);
}

static void minds_states(void **state)
{
	(void)state;
	struct ring *r = ring_new(machine_new(8, false), 5, 12, false);
	ring_put(r, "gone", 1000, 1, 6);
	ring_put(r, "there", 2000, 1, 6);
	uint64_t writing = ring_put(r, "being written", 3000, 1, 6);
	uint64_t failed = ring_put(r, "no room for its text", 4000, 1, 6);
	uint64_t taken = ring_put(r, "the newest id, its descriptor still of the last lap", 5000, 1, 6);
	state_set(r, r->kept[0].id, REUSABLE);
	state_set(r, writing, RESERVED);
	put(r->m, desc_of(r, failed) + 8, 8, 1);
	put(r->m, desc_of(r, failed) + 16, 8, 1);
	put(r->m, desc_of(r, taken), 8, (taken - 32) | (uint64_t)REUSABLE << 62);
	const struct got *g = walk(r->m);
	assert_int_equal(g->status, OOM_OK);
	assert_int_equal(g->nr_missing, 0);
	assert_int_equal(g->n, 1);
	assert_string_equal(g->v[0].text, "there");
	ring_free(r);
}

static void counts_what_is_damaged(void **state)
{
	(void)state;
	struct ring *r = ring_new(machine_new(8, false), 5, 12, false);
	uint64_t ids[6];
	for (int i = 0; i < 6; i++) {
		char text[32];
		snprintf(text, sizeof(text), "number %d", i);
		ids[i] = ring_put(r, text, 1000, 1, 6);
	}
	// Another id in the descriptor; another in the block; a block over two laps; one that begins in a block's
	// middle.
	put(r->m, desc_of(r, ids[1]), 8, (ids[1] + 32) | (uint64_t)FINALIZED << 62);
	put(r->m, r->data + (get(r->m, desc_of(r, ids[2]) + 8, 8) & 4095), 8, 0);
	put(r->m, desc_of(r, ids[3]) + 16, 8, get(r->m, desc_of(r, ids[3]) + 8, 8) + 3 * 4096);
	put(r->m, desc_of(r, ids[4]) + 8, 8, get(r->m, desc_of(r, ids[4]) + 8, 8) + 4);
	const struct got *g = walk(r->m);
	assert_int_equal(g->status, OOM_OK);
	assert_int_equal(g->n, 2);
	assert_string_equal(g->v[0].text, "number 0");
	assert_string_equal(g->v[1].text, "number 5");
	assert_int_equal(g->nr_missing, 1);
	assert_non_null(strstr(g->missing, "4 of 6 records"));
	ring_free(r);
}

static void saves_what_is_readable(void **state)
{
	(void)state;
	struct ring *r = ring_new(machine_new(8, false), 10, 15, false);
	for (int i = 0; i < 500; i++) {
		char text[64];
		snprintf(text, sizeof(text), "record %d of 500, padded to a length of 48 ..", i);
		ring_put(r, text, (uint64_t)i * 1000, 1, 6);
	}
	drop(r->m, r->data + 2 * PAGE);
	const struct got *g = walk(r->m);
	assert_int_equal(g->status, OOM_OK);
	assert_int_equal(g->nr_missing, 1);
	// A page of blocks of 56 bytes, and those that reach into it.
	assert_in_range(500 - g->n, 73, 75);
	char line[64];
	snprintf(line, sizeof(line), "%zu of 500 records", 500 - g->n);
	assert_non_null(strstr(g->missing, line));
	assert_string_equal(g->v[0].text, "record 0 of 500, padded to a length of 48 ..");
	assert_string_equal(g->v[g->n - 1].text, "record 499 of 500, padded to a length of 48 ..");

	drop(r->m, r->infos + PAGE);
	drop(r->m, r->descs + PAGE);
	size_t before = g->n;
	g = walk(r->m);
	assert_int_equal(g->status, OOM_OK);
	assert_true(g->n < before && g->n > 150);
	assert_string_equal(g->v[g->n - 1].text, "record 499 of 500, padded to a length of 48 ..");

	for (uint64_t page = 0; page < 8; page++)
		drop(r->m, r->data + page * PAGE);
	g = walk(r->m);
	assert_int_equal(g->status, OOM_EREAD);
	assert_int_equal(g->n, 0);
	assert_int_equal(g->uptime_us, 499); // the times are elsewhere
	assert_non_null(strstr(g->missing, "500 of 500 records"));
	ring_free(r);
}

static void minds_the_ring_s_own_damage(void **state)
{
	(void)state;
	struct ring *r = ring_new(machine_new(8, false), 5, 12, false);
	assert_int_equal(walk(r->m)->status, OOM_ENOENT); // nothing was ever logged
	assert_non_null(strstr(got.missing, "empty"));
	ring_put(r, "one", 1000, 1, 6);
	put(r->m, r->head_id - 3 * 8, 4, 40); // count_bits
	assert_int_equal(walk(r->m)->status, OOM_EDAMAGE);
	put(r->m, r->head_id - 3 * 8, 4, 5);
	put(r->m, r->tail_id, 8, 0x123456789); // not even near to the head
	assert_int_equal(walk(r->m)->status, OOM_OK);
	assert_string_equal(got.v[got.n - 1].text, "one");
	drop(r->m, r->head_id);
	assert_int_equal(walk(r->m)->status, OOM_EREAD);
	ring_free(r);

	struct machine *m = machine_new(8, false);
	say(m, "OSRELEASE=6.1\nSIZE(prb_desc)=99999999999\n");
	variable(m, "prb", 8, 0);
	assert_int_equal(walk(m)->status, OOM_ENOENT);
	machine_free(m);
	m = machine_new(8, false);
	assert_int_equal(walk(m)->status, OOM_ENOENT);
	assert_non_null(strstr(got.missing, "where it is"));
	machine_free(m);
}

static void stops_when_told(void **state)
{
	(void)state;
	struct ring *r = ring_new(machine_new(8, false), 5, 12, false);
	for (int i = 0; i < 5; i++)
		ring_put(r, "more", 1000, 1, 6);
	got.stop_after = 2;
	assert_int_equal(walk(r->m)->n, 2);
	got.stop_after = 0;
	ring_free(r);
}

/** Any byte of the ring may be anything: no read outside, no endless loop. */
static void withstands_noise(void **state)
{
	(void)state;
	struct ring *r = ring_new(machine_new(8, false), 6, 12, true);
	unsigned int seed = 42;
	for (int i = 0; i < 300; i++)
		ring_put(r, "a record of some length, to be broken", 1000, 1, 6);
	uint8_t *good = malloc(SIZE);
	assert_non_null(good);
	memcpy(good, r->m->mem, SIZE);
	for (int i = 0; i < 3000; i++) {
		for (int k = 0; k < 20; k++) {
			seed = seed * 1103515245 + 12345;
			r->m->mem[(seed >> 8) % (r->m->next - BASE)] = (uint8_t)(seed >> 3);
		}
		walk(r->m);
		assert_true(got.n <= 64);
		if (i % 50 == 0)
			memcpy(r->m->mem, good, SIZE);
	}
	free(good);
	ring_free(r);
}

/* The records of 3.5 to 5.9. */

struct log {
	struct machine *m;
	uint64_t buf, size, first_idx, next_idx, first_seq, next_seq; // size: bytes of log_buf; the rest are variables
	unsigned int header;
	uint32_t first, next;
	size_t n, oldest;
	char text[RECORDS][256];
};

enum { NEWLINE = 2, PREFIX = 4, CONT = 8 };

static struct log *log_new(struct machine *m, const char *type, const char *release, bool caller, uint32_t size)
{
	struct log *g = calloc(1, sizeof(*g));
	assert_non_null(g);
	g->m = m;
	g->size = size;
	g->header = caller ? 24 : 16;
	say(m, "OSRELEASE=%s\nSIZE(%s)=%u\nOFFSET(%s.ts_nsec)=0\nOFFSET(%s.len)=8\n", release, type, g->header, type,
	    type);
	say(m, "OFFSET(%s.text_len)=10\nOFFSET(%s.dict_len)=12\n", type, type);
	if (caller)
		say(m, "OFFSET(%s.caller_id)=16\n", type);
	g->buf = place(m, size);
	variable(m, "log_buf", m->word, g->buf);
	variable(m, "log_buf_len", 4, size);
	g->first_idx = variable(m, "log_first_idx", 4, 0);
	g->next_idx = variable(m, "log_next_idx", 4, 0);
	g->first_seq = variable(m, "log_first_seq", 8, 0);
	g->next_seq = variable(m, "log_next_seq", 8, 0);
	return g;
}

static void log_free(struct log *g)
{
	machine_free(g->m);
	free(g);
}

/** Is there room for @p size bytes and the header of an end mark: logbuf_has_space(). */
static bool log_fits(const struct log *g, uint32_t size)
{
	bool ahead = g->next > g->first || g->n == g->oldest;
	uint64_t to_end = g->size - g->next;
	uint64_t room = ahead ? (to_end > g->first ? to_end : g->first) : g->first - g->next;
	return room >= size + g->header;
}

/** log_store(); @p dict of @p dict_len bytes stands behind the text. */
static uint64_t log_put(struct log *g, const char *text, size_t dict_len, unsigned int flags, unsigned int level,
			uint64_t ts_ns)
{
	struct machine *m = g->m;
	uint32_t len = (uint32_t)strlen(text), align = m->word, size = g->header + len + (uint32_t)dict_len;
	size = (size + align - 1) / align * align;
	while (!log_fits(g, size)) {
		uint32_t old = (uint32_t)get(m, g->buf + g->first + 8, 2);
		if (!old) {
			g->first = 0;
			old = (uint32_t)get(m, g->buf + 8, 2);
		}
		g->first += old;
		g->oldest++;
		if (!get(m, g->buf + g->first + 8, 2))
			g->first = 0;
	}
	if (g->next + size + g->header > g->size) {
		memset(m->mem + (g->buf + g->next - BASE), 0, g->header);
		g->next = 0;
	}
	uint64_t at = g->buf + g->next;
	put(m, at, 8, ts_ns);
	put(m, at + 8, 2, size);
	put(m, at + 10, 2, len);
	put(m, at + 12, 2, dict_len);
	put(m, at + 14, 1, 0);
	put(m, at + 15, 1, m->big ? flags << 3 | level : level << 5 | flags);
	if (g->header > 16)
		put(m, at + 16, 4, 4711);
	memcpy(m->mem + (at + g->header - BASE), text, len);
	memset(m->mem + (at + g->header + len - BASE), 'D', dict_len);
	g->next += size;
	snprintf(g->text[g->n++], sizeof(g->text[0]), "%s", text);
	put(m, g->first_idx, 4, g->first);
	put(m, g->next_idx, 4, g->next);
	put(m, g->first_seq, 8, g->oldest);
	put(m, g->next_seq, 8, g->n);
	return at;
}

static void tells_old_records(void **state)
{
	(void)state;
	for (int variant = 0; variant < 8; variant++) {
		bool caller = variant & 4;
		struct log *g =
			log_new(machine_new(variant & 1 ? 4 : 8, variant & 2), variant & 4 ? "printk_log" : "log",
				caller ? "5.4.0" : "3.10.0-1160.el7.x86_64", caller, 4096);
		unsigned int seed = 7;
		for (int i = 0; i < 500; i++) {
			char text[128];
			seed = seed * 1103515245 + 12345;
			snprintf(text, sizeof(text), "record %d %.*s", i, (int)(seed >> 16) % 60,
				 "............................................................");
			log_put(g, text, i % 5 ? 0 : 30, NEWLINE | PREFIX, (unsigned int)i % 8, (uint64_t)i * 1000000);
			if (i % 83 && i < 495)
				continue;
			const struct got *r = walk(g->m);
			assert_int_equal(r->status, OOM_OK);
			assert_int_equal(r->nr_missing, 0);
			assert_int_equal(r->n, g->n - g->oldest);
			for (size_t k = 0; k < r->n; k++) {
				assert_string_equal(r->v[k].text, g->text[g->oldest + k]);
				assert_int_equal(r->v[k].level, (g->oldest + k) % 8);
				assert_int_equal(r->v[k].time_us, (g->oldest + k) * 1000);
				assert_int_equal(r->v[k].caller, caller ? 4711 : OOM_ABSENT);
			}
			assert_int_equal(oom_printk_shows_caller(g->m->image), caller);
		}
		log_free(g);
	}
}

static void joins_pieces(void **state)
{
	(void)state;
	struct log *g = log_new(machine_new(8, false), "log", "3.10.0-1160.el7.x86_64", false, 4096);
	// As 3.10 stores a line whose pieces other printing interrupted.
	log_put(g, "Node 0 DMA: ", 0, PREFIX | CONT, 6, 1000);
	log_put(g, "1*4kB ", 0, CONT, 6, 2000);
	log_put(g, "2*8kB", 0, CONT | NEWLINE, 6, 3000);
	log_put(g, "whole", 0, PREFIX | NEWLINE, 6, 4000);
	log_put(g, "cut ", 0, PREFIX | CONT, 6, 5000);
	log_put(g, "another", 0, PREFIX | NEWLINE, 6, 6000);
	// As 4.10 and later store it: the first piece without, the others with LOG_CONT.
	log_put(g, "Node 0 Normal: ", 0, PREFIX, 6, 7000);
	log_put(g, "3*4kB", 0, CONT | NEWLINE, 6, 8000);
	// A message without a level has neither flag.
	log_put(g, "without an end", 0, PREFIX, 6, 8000);
	log_put(g, "without a level", 0, NEWLINE, 4, 8000);
	log_put(g, "open at the end", 0, PREFIX, 6, 9000);
	const struct got *r = walk(g->m);
	static const char *const lines[] = {
		"Node 0 DMA: 1*4kB 2*8kB",
		"whole",
		"cut ",
		"another",
		"Node 0 Normal: 3*4kB",
		"without an end",
		"without a level",
		"open at the end",
	};
	assert_int_equal(r->n, 8);
	for (size_t i = 0; i < 8; i++)
		assert_string_equal(r->v[i].text, lines[i]);
	assert_int_equal(r->v[0].time_us, 1);
	log_free(g);

	// 3.5: `u16 level` with the facility, no flags.
	g = log_new(machine_new(8, false), "log", "3.5.0-54-generic", false, 4096);
	uint64_t at = log_put(g, "quantal", 0, 0, 0, 1000);
	put(g->m, at + 14, 2, 1 << 3 | 4);
	log_put(g, "next", 0, 0, 0, 1000);
	r = walk(g->m);
	assert_int_equal(r->n, 2);
	assert_int_equal(r->v[0].level, 4);
	log_free(g);
}

static void goes_on_behind_a_hole(void **state)
{
	(void)state;
	struct log *g = log_new(machine_new(8, false), "printk_log", "4.19.0", false, 32 * 1024);
	for (int i = 0; i < 700; i++) {
		char text[64];
		snprintf(text, sizeof(text), "record %d, one of 700 in a ring of 32 kB", i);
		log_put(g, text, 0, NEWLINE | PREFIX, 6, UINT64_C(5000000000) * (uint64_t)i);
	}
	size_t kept = g->n - g->oldest;
	uint64_t page = g->first / PAGE + 2;
	assert_true(g->first > g->next && (page + 2) * PAGE < g->size);
	drop(g->m, g->buf + page * PAGE);
	const struct got *r = walk(g->m);
	assert_int_equal(r->status, OOM_OK);
	assert_in_range(kept - r->n, 64, 70); // blocks of 56 to 64 bytes
	assert_string_equal(r->v[r->n - 1].text, g->text[699]);
	char line[64];
	snprintf(line, sizeof(line), "%zu of %zu records", kept - r->n, kept);
	assert_non_null(strstr(r->missing, line));
	size_t left = r->n;

	// The same page as zeros: what looks like the mark of the end is none.
	memset(g->m->hole, 0, sizeof(g->m->hole));
	memset(g->m->mem + (g->buf + page * PAGE - BASE), 0, PAGE);
	r = walk(g->m);
	assert_in_range(r->n, left, left + 1); // one that begins on the page before has a header and no text
	snprintf(line, sizeof(line), "%zu of %zu records", kept - r->n, kept);
	assert_non_null(strstr(r->missing, line));
	assert_string_equal(r->v[r->n - 1].text, g->text[699]);
	log_free(g);
}

static void withstands_noise_in_records(void **state)
{
	(void)state;
	struct log *g = log_new(machine_new(8, false), "printk_log", "4.19.0", false, 8192);
	unsigned int seed = 42;
	for (int i = 0; i < 300; i++)
		log_put(g, "a record of some length, to be broken", 0, i % 7 ? NEWLINE | PREFIX : CONT, 6, 1000000);
	for (int i = 0; i < 2000; i++) {
		for (int k = 0; k < 10; k++) {
			seed = seed * 1103515245 + 12345;
			g->m->mem[(seed >> 8) % (g->m->next - BASE)] = (uint8_t)(seed >> 3);
		}
		walk(g->m);
		assert_true(got.n <= 8192 / 16);
	}
	log_free(g);
}

/* Plain text, before 3.5. */

static struct machine *plain_new(unsigned int word, const char *text, uint32_t size)
{
	struct machine *m = machine_new(word, false);
	uint64_t buf = place(m, size);
	size_t len = strlen(text);
	for (size_t i = 0; i < len; i++)
		m->mem[buf + i % size - BASE] = (uint8_t)text[i];
	say(m, "OSRELEASE=2.6.32-754.el6.x86_64\n");
	variable(m, "log_buf", word, buf);
	variable(m, "log_end", 4, len);
	variable(m, "log_buf_len", 4, size);
	variable(m, "logged_chars", 4, len < size ? len : size);
	return m;
}

static void tells_plain_text(void **state)
{
	(void)state;
	struct machine *m = plain_new(8,
				      "<5>[    0.000000] Linux version 2.6.32\n<6>[12345.678901] no blank in\n"
				      "<4>no time here\nneither level\n<0>[ 1.2] no time\nthe last line",
				      4096);
	const struct got *g = walk(m);
	static const struct {
		const char *text;
		int64_t time_us, level;
	} want[] = {
		{"Linux version 2.6.32", 0, 5},	   {"no blank in", 12345678901, 6},
		{"no time here", OOM_ABSENT, 4},   {"neither level", OOM_ABSENT, OOM_ABSENT},
		{"[ 1.2] no time", OOM_ABSENT, 0}, {"the last line", OOM_ABSENT, OOM_ABSENT},
	};
	assert_int_equal(g->status, OOM_OK);
	assert_int_equal(g->n, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(g->v[i].text, want[i].text);
		assert_int_equal(g->v[i].time_us, want[i].time_us);
		assert_int_equal(g->v[i].level, want[i].level);
	}
	machine_free(m);
}

static void tells_plain_text_that_wrapped(void **state)
{
	(void)state;
	char *text = malloc(100000);
	assert_non_null(text);
	size_t len = 0;
	for (int i = 0; i < 1500; i++)
		len += (size_t)snprintf(text + len, 100000 - len, "<6>[%5d.000000] line %d of the old log\n", i, i);
	struct machine *m = plain_new(4, text, 16384);
	const struct got *g = walk(m);
	assert_int_equal(g->status, OOM_OK);
	assert_in_range(g->n, 16384 / 43, 16384 / 41 + 1);
	for (size_t i = 1; i < g->n; i++) { // the first one is cut
		char want[64];
		int number = (int)(1500 - g->n + i);
		snprintf(want, sizeof(want), "line %d of the old log", number);
		assert_string_equal(g->v[i].text, want);
		assert_int_equal(g->v[i].time_us, (int64_t)number * 1000000);
	}
	size_t before = g->n;
	drop(m, BASE + PAGE);
	g = walk(m);
	assert_int_equal(g->status, OOM_OK);
	assert_in_range(before - g->n, 90, 100);
	assert_int_equal(g->nr_missing, 1);
	free(text);
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_records),
		cmocka_unit_test(survives_many_laps),
		cmocka_unit_test(tells_blocks_at_the_end),
		cmocka_unit_test(minds_states),
		cmocka_unit_test(counts_what_is_damaged),
		cmocka_unit_test(saves_what_is_readable),
		cmocka_unit_test(minds_the_ring_s_own_damage),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(withstands_noise),
		cmocka_unit_test(tells_old_records),
		cmocka_unit_test(joins_pieces),
		cmocka_unit_test(goes_on_behind_a_hole),
		cmocka_unit_test(withstands_noise_in_records),
		cmocka_unit_test(tells_plain_text),
		cmocka_unit_test(tells_plain_text_that_wrapped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
