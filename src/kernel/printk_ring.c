// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The kernel log since 5.10 (896fbe20b4e2): kernel/printk/printk_ringbuffer.[ch].
 *
 *   prb ─► printk_ringbuffer
 *            desc_ring        descs[2^count_bits]   state and id, place of the text
 *                             infos[2^count_bits]   time, length, caller …, at the descriptor's index
 *            text_data_ring   data[2^size_bits]     blocks: id (a long), text
 *
 * An id counts on for ever, less the two top bits of a long, and its low count_bits are the index. A place (lpos)
 * counts on likewise; its low size_bits are the offset in data[], the rest is the lap. Records are those with the ids
 * tail_id to head_id.
 */
#include "kernel/printk.h"
#include <string.h>

/** Where everything is in this image; sizes are bytes. */
struct layout {
	uint32_t desc_size, state, begin, next;			  // prb_desc
	uint32_t info_size, ts, text_len, caller;		  // printk_info
	uint32_t ring_size, count_bits, descs, infos, head, tail; // printk_ringbuffer, all from its start
	uint32_t size_bits, data;
	bool has_level; // facility, flags and level stand between text_len and caller_id
};

struct ring {
	struct printk_walk *walk;
	struct layout l;
	uint32_t word; // bytes of a long
	uint64_t long_mask, id_mask;
	uint64_t count; // descriptors
	uint64_t data_size;
	uint32_t size_bits;
	uint64_t head, tail, nr; // ids: newest, oldest, how many
	struct printk_window descs, infos, data;
};

enum { RESERVED, COMMITTED, FINALIZED, REUSABLE }; // enum desc_state: the two top bits of state_var

/** A place that is none: the text is an empty line (3), or there was no room for it (1). */
enum { LPOS_NO_DATA = 1, LPOS_EMPTY_LINE = 3 };

/** Offset of @p outer.@p member, where outer is a member of @p type and has the type @p inner. */
static bool nested(struct oom_image *image, const char *outer, const char *inner, const char *member, uint32_t *ret)
{
	uint32_t a, b;
	if (!printk_offset(image, "printk_ringbuffer", outer, &a) || !printk_offset(image, inner, member, &b))
		return false;
	*ret = a + b;
	return true;
}

static bool layout_find(struct layout *l, struct oom_image *image)
{
	uint32_t lpos, begin, next;
	bool ok = printk_size(image, "prb_desc", &l->desc_size) &&
		  printk_offset(image, "prb_desc", "state_var", &l->state) &&
		  printk_offset(image, "prb_desc", "text_blk_lpos", &lpos) &&
		  printk_offset(image, "prb_data_blk_lpos", "begin", &begin) &&
		  printk_offset(image, "prb_data_blk_lpos", "next", &next) &&
		  printk_size(image, "printk_info", &l->info_size) &&
		  printk_offset(image, "printk_info", "ts_nsec", &l->ts) &&
		  printk_offset(image, "printk_info", "text_len", &l->text_len) &&
		  printk_offset(image, "printk_info", "caller_id", &l->caller) &&
		  printk_size(image, "printk_ringbuffer", &l->ring_size) &&
		  nested(image, "desc_ring", "prb_desc_ring", "count_bits", &l->count_bits) &&
		  nested(image, "desc_ring", "prb_desc_ring", "descs", &l->descs) &&
		  nested(image, "desc_ring", "prb_desc_ring", "infos", &l->infos) &&
		  nested(image, "desc_ring", "prb_desc_ring", "head_id", &l->head) &&
		  nested(image, "desc_ring", "prb_desc_ring", "tail_id", &l->tail) &&
		  nested(image, "text_data_ring", "prb_data_ring", "size_bits", &l->size_bits) &&
		  nested(image, "text_data_ring", "prb_data_ring", "data", &l->data);
	if (!ok)
		return false;
	l->begin = lpos + begin;
	l->next = lpos + next;
	// VMCOREINFO does not name facility, flags and level: two bytes between these two in every kernel so far.
	l->has_level = l->caller == l->text_len + 4;
	return true;
}

/** Do the members lie inside their structures? A damaged VMCOREINFO page must not lead beyond a buffer. */
static bool layout_fits(const struct layout *l, uint32_t word)
{
	const uint32_t longs[] = {l->descs, l->infos, l->head, l->tail, l->data};
	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++)
		if (longs[i] + word > l->ring_size)
			return false;
	return l->count_bits + 4 <= l->ring_size && l->size_bits + 4 <= l->ring_size &&
	       l->state + word <= l->desc_size && l->begin + word <= l->desc_size && l->next + word <= l->desc_size &&
	       l->ts + 8 <= l->info_size && l->text_len + 4 <= l->info_size && l->caller + 4 <= l->info_size;
}

/** Which ids there are: nr of them from tail on. Returns how many descriptors from the arrays' start on are in use. */
static uint64_t ring_ids(struct ring *r, uint64_t head, uint64_t tail)
{
	r->head = head & r->id_mask;
	r->tail = tail & r->id_mask;
	// The ids begin with a descriptor that never holds a record (DESC0_ID).
	uint64_t first = (0 - (r->count + 1)) & r->id_mask;
	r->nr = ((r->head - r->tail) & r->id_mask) + 1;
	if (r->tail == first && r->nr <= r->count) {
		r->tail = (r->tail + 1) & r->id_mask;
		r->nr--;
	}
	// Never more than there are descriptors; ids that are not there do not match and count as lost.
	if (r->nr > r->count) {
		r->nr = r->count;
		r->tail = (r->head - (r->count - 1)) & r->id_mask;
	}
	uint64_t low = r->tail & (r->count - 1), high = r->head & (r->count - 1);
	return low <= high ? high + 1 : r->count;
}

/** The variables of the ring itself. */
static enum oom_status ring_read(struct ring *r)
{
	struct oom_image *image = r->walk->image;
	uint8_t buf[PRINTK_STRUCT_MAX];
	uint64_t addr;
	if (!layout_find(&r->l, image))
		return OOM_ENOENT;
	r->word = oom_image_info(image)->ptr_size;
	if (!layout_fits(&r->l, r->word))
		return OOM_EDAMAGE;
	if (oom_symbol(image, "prb", &addr) != OOM_OK || oom_read_ulong(image, addr, &addr) != OOM_OK ||
	    oom_read(image, addr, buf, r->l.ring_size) != OOM_OK)
		return OOM_EREAD;
	uint64_t count_bits = oom_get_uint(image, buf + r->l.count_bits, 4);
	uint64_t size_bits = oom_get_uint(image, buf + r->l.size_bits, 4);
	if (!count_bits || count_bits > PRINTK_BITS_MAX || size_bits < 4 || size_bits > PRINTK_BITS_MAX)
		return OOM_EDAMAGE;
	r->long_mask = r->word == 8 ? UINT64_MAX : UINT32_MAX;
	r->id_mask = r->long_mask >> 2;
	r->count = UINT64_C(1) << count_bits;
	r->size_bits = (uint32_t)size_bits;
	r->data_size = UINT64_C(1) << size_bits;
	uint64_t used = ring_ids(r, oom_get_uint(image, buf + r->l.head, r->word),
				 oom_get_uint(image, buf + r->l.tail, r->word));
	uint64_t descs = oom_get_uint(image, buf + r->l.descs, r->word);
	uint64_t infos = oom_get_uint(image, buf + r->l.infos, r->word);
	uint64_t data = oom_get_uint(image, buf + r->l.data, r->word);
	bool ok = printk_window_init(&r->descs, image, descs, used * r->l.desc_size) &&
		  printk_window_init(&r->infos, image, infos, used * r->l.info_size) &&
		  printk_window_init(&r->data, image, data, r->data_size);
	return ok ? OOM_OK : OOM_ENOMEM;
}

/**
 * Where the block from @p begin to @p next (places) is in data[], and its size with the id.
 *
 * A block that does not fit behind begin lies at the start of the next lap, id and all; its next is then in that lap.
 * Up to 6.18 a block never ended exactly at the end of data[] (it was moved); since "don't needlessly wrap data blocks
 * around" (67e1b0052f6b, 6.19) it may, and its next is the first place of the next lap: the last byte decides.
 */
static bool block_find(const struct ring *r, uint64_t begin, uint64_t next, uint64_t *at, uint64_t *size)
{
	uint64_t begin_lap = begin >> r->size_bits, end_lap = ((next - 1) & r->long_mask) >> r->size_bits;
	uint64_t next_lap = ((begin + r->data_size) & r->long_mask) >> r->size_bits;
	if (begin_lap == end_lap) {
		*at = begin & (r->data_size - 1);
		*size = (next - begin) & r->long_mask;
	} else if (next_lap == end_lap) {
		*at = 0;
		*size = next & (r->data_size - 1);
	} else {
		return false;
	}
	return begin % r->word == 0 && *size > r->word && *at + *size <= r->data_size;
}

enum found { RECORD, NO_RECORD, LOST };

/** Text of record @p id into @p record, whose len is what the info says. */
static enum found ring_text(struct ring *r, uint64_t id, const uint8_t *desc, struct printk_record *record)
{
	struct oom_image *image = r->walk->image;
	uint64_t begin = oom_get_uint(image, desc + r->l.begin, r->word);
	uint64_t next = oom_get_uint(image, desc + r->l.next, r->word);
	if (begin & next & 1) {
		record->text = "";
		record->len = 0;
		return begin == LPOS_EMPTY_LINE && next == LPOS_EMPTY_LINE ? RECORD : NO_RECORD;
	}
	uint64_t at, size;
	if (!block_find(r, begin, next, &at, &size))
		return LOST;
	if (record->len > size - r->word)
		record->len = size - r->word;
	const uint8_t *block = printk_window_at(&r->data, at, r->word + record->len);
	if (!block || oom_get_uint(image, block, r->word) != id)
		return LOST;
	printk_window_saw(&r->data, at, r->word + record->len);
	printk_window_text(&r->data, at + r->word, record->len, false);
	record->text = (const char *)block + r->word;
	return RECORD;
}

static enum found ring_record(struct ring *r, uint64_t id, struct printk_record *record)
{
	struct oom_image *image = r->walk->image;
	uint64_t i = id & (r->count - 1);
	const uint8_t *desc = printk_window_at(&r->descs, i * r->l.desc_size, r->l.desc_size);
	if (!desc)
		return LOST;
	printk_window_saw(&r->descs, i * r->l.desc_size, r->l.desc_size);
	uint64_t state_var = oom_get_uint(image, desc + r->l.state, r->word);
	uint64_t state = state_var >> (r->word * 8 - 2);
	// The newest id may have been taken by a writer that had not yet put it into the descriptor.
	if ((state_var & r->id_mask) != id)
		return id == r->head ? NO_RECORD : LOST;
	if (state != COMMITTED && state != FINALIZED)
		return NO_RECORD;
	const uint8_t *info = printk_window_at(&r->infos, i * r->l.info_size, r->l.info_size);
	if (!info)
		return LOST;
	printk_window_saw(&r->infos, i * r->l.info_size + r->l.ts, 8);
	// Length, facility, flags and level; what stands behind the caller are names of devices.
	printk_window_saw(&r->infos, i * r->l.info_size + r->l.text_len, 4);
	printk_window_saw(&r->infos, i * r->l.info_size + r->l.caller, 4);
	unsigned int flags;
	*record = (struct printk_record){
		.len = oom_get_uint(image, info + r->l.text_len, 2),
		.time_us = (int64_t)(oom_get_uint(image, info + r->l.ts, 8) / 1000),
		.caller = (int64_t)oom_get_uint(image, info + r->l.caller, 4),
		.level = OOM_ABSENT,
	};
	if (r->l.has_level)
		printk_flags(image, info[r->l.text_len + 3], &flags, &record->level);
	return ring_text(r, id, desc, record);
}

enum oom_status printk_ring(struct printk_walk *walk)
{
	struct ring r = {.walk = walk};
	enum oom_status status = ring_read(&r);
	if (status == OOM_OK) {
		for (uint64_t k = 0; k < r.nr && !walk->stop; k++) {
			struct printk_record record = {.time_us = OOM_ABSENT};
			enum found found = ring_record(&r, (r.tail + k) & r.id_mask, &record);
			if (found == RECORD)
				printk_emit(walk, &record);
			else if (found == LOST)
				walk->lost++;
			if (found == LOST)
				walk->newest_us = record.time_us; // may be absent: the newest record's time is
		}
	}
	printk_window_free(&r.descs);
	printk_window_free(&r.infos);
	printk_window_free(&r.data);
	return status;
}
