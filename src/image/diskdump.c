// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * kdump-compressed files (makedumpfile, QEMU): a frame's page by its number, in memory that does not grow with the
 * dump's: bitmaps and descriptors stay in the file, read in pieces; all that is kept is one number for 4,096 frames,
 * how many pages lie before them (32 kB for 64 GB, 6 MB for 12 TB).
 */
#include "image/bytes.h"
#include "image/diskdump.h"
#include "image/inflate.h"
#include "image/notes.h"
#include "image/pages.h"
#include "image/zeros.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	STRIDE = 4096,	       // frames for which one rank is kept
	AHEAD = 65536,	       // bytes to read at once where pages are read in the order of the file
	ZERO_TAIL = 2 * 65536, // zeros at the end of a file that are no page's where those have one descriptor
	DATA_SAMPLE = 1024,    // descriptors among which the first data is looked for
	COUNTED = 1 << 17,     // of so many descriptors each is looked at: 3 MB of the file
	NR_BITMAP_CHUNKS = 32,
	NR_DESC_CHUNKS = 64,
	MIN_BLOCK = 4096,
	MAX_BLOCK = 262144,
	MAX_SUB = 64 << 20, // bytes of the sub header; notes take 400 bytes for each CPU
	MAX_VMCOREINFO = 1 << 20,
	MAX_PARTS = 256,
	LIKELY_MIN = 700, // bytes to which a page of text and zeros compresses, with a wide margin
	LIKELY_MAX = 2300,
	EXCLUDE_ZERO = 1,
	EXCLUDE_FREE = 16, // bits of the dump level, makedumpfile(8)
};
static const uint64_t MAX_FRAMES = UINT64_C(1) << 34; // 64 TB of 4 kB; more is no machine but a broken header

const struct oom_diskdump_layout oom_diskdump_layouts[3] = {
	{.word = 4,
	 .status = 412,
	 .block_size = 416,
	 .sub_hdr_size = 420,
	 .bitmap_blocks = 424,
	 .max_mapnr = 428,
	 .nr_cpus = 448,
	 .phys_base = 0,
	 .level = 4,
	 .split = 8,
	 .start = 12,
	 .end = 16,
	 .vmcoreinfo = 20,
	 .vmcoreinfo_len = 28,
	 .note = 32,
	 .note_len = 40,
	 .erase = 44,
	 .erase_len = 52,
	 .start_64 = 56,
	 .end_64 = 64,
	 .max_mapnr_64 = 72,
	 .sub_size = 80},
	{.word = 4,
	 .status = 412,
	 .block_size = 416,
	 .sub_hdr_size = 420,
	 .bitmap_blocks = 424,
	 .max_mapnr = 428,
	 .nr_cpus = 448,
	 .phys_base = 0,
	 .level = 4,
	 .split = 8,
	 .start = 12,
	 .end = 16,
	 .vmcoreinfo = 24,
	 .vmcoreinfo_len = 32,
	 .note = 40,
	 .note_len = 48,
	 .erase = 56,
	 .erase_len = 64,
	 .start_64 = 72,
	 .end_64 = 80,
	 .max_mapnr_64 = 88,
	 .sub_size = 96},
	{.word = 8,
	 .status = 424,
	 .block_size = 428,
	 .sub_hdr_size = 432,
	 .bitmap_blocks = 436,
	 .max_mapnr = 440,
	 .nr_cpus = 460,
	 .phys_base = 0,
	 .level = 8,
	 .split = 12,
	 .start = 16,
	 .end = 24,
	 .vmcoreinfo = 32,
	 .vmcoreinfo_len = 40,
	 .note = 48,
	 .note_len = 56,
	 .erase = 64,
	 .erase_len = 72,
	 .start_64 = 80,
	 .end_64 = 88,
	 .max_mapnr_64 = 96,
	 .sub_size = 104},
};
enum { HEADER_LEN = 464, MAX_SUB_HEADER = 104 }; // of the longest layout; the header to nr_cpus

/** One file of the dump. */
struct part {
	struct oom_source *source;
	struct oom_chunks *bitmap, *descs;
	uint64_t bitmap1, bitmap2; // offsets; equal where there is one bitmap only
	uint64_t desc;		   // offset of the first descriptor
	uint64_t start, end;	   // its frames
	uint64_t *ranks;	   // pages of frames start.. before frame i * STRIDE
	size_t nr_ranks;
	uint64_t nr_pages, nr_lost; // in bitmap 2; of these not in the file
	struct oom_zeros zeros;	    // the file's end, or where its last bytes that are no zeros end
	uint32_t status;
	bool bitmap_cut;
	bool shifted;	      // which page is which frame's cannot be told
	unsigned char *ahead; // a piece of the file
	uint64_t ahead_pos, next_pos;
	size_t ahead_len;
};

struct diskdump {
	struct oom_pages pages; // first: a pointer to it is a pointer to this
	const struct oom_diskdump_layout *layout;
	struct part *parts; // sorted by start
	size_t nr_parts;
	struct oom_inflater *inflater;
	uint32_t version, level;
	bool split, is_clone;	 // a clone borrows files, ranks and header
	unsigned char *header;	 // the first part's first block
	uint64_t note, note_len; // in the first file
};

static uint64_t number(const struct diskdump *d, const void *raw, size_t size)
{
	return oom_bytes_uint(raw, size, d->pages.big_endian);
}

/* Frames. */

static struct part *part_of(struct diskdump *d, uint64_t pfn)
{
	for (size_t i = 0; i < d->nr_parts; i++)
		if (pfn >= d->parts[i].start && pfn < d->parts[i].end)
			return &d->parts[i];
	return NULL;
}

static bool bit(struct part *p, uint64_t bitmap, uint64_t pfn)
{
	uint8_t byte;
	return oom_chunks_read(p->bitmap, bitmap + pfn / 8, &byte, 1) && byte >> (pfn % 8) & 1;
}

static uint64_t count_bits(const unsigned char *bytes, size_t len)
{
	uint64_t n = 0, word;
	for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		n += (uint64_t)__builtin_popcountll(word);
	}
	while (len--)
		n += (uint64_t)__builtin_popcount(*bytes++);
	return n;
}

/** Index of @p pfn's descriptor: the pages of frames from p->start to before it. */
static bool rank_of(struct part *p, uint64_t pfn, uint64_t *ret)
{
	unsigned char bits[STRIDE / 8];
	uint64_t first = pfn - pfn % STRIDE;
	size_t slot = (size_t)(pfn / STRIDE - p->start / STRIDE);
	size_t bytes = (size_t)(pfn - first) / 8;
	if (slot >= p->nr_ranks || !oom_chunks_read(p->bitmap, p->bitmap2 + first / 8, bits, bytes + 1))
		return false;
	uint64_t n = p->ranks[slot] + count_bits(bits, bytes);
	n += (uint64_t)__builtin_popcount(bits[bytes] & ((1u << pfn % 8) - 1));
	if (slot == 0) { // frames of the same stride that belong to the part before
		size_t head = (size_t)(p->start % STRIDE);
		n -= count_bits(bits, head / 8);
		n -= (uint64_t)__builtin_popcount(bits[head / 8] & ((1u << head % 8) - 1));
	}
	*ret = n;
	return true;
}

static enum oom_page_status status_of(struct oom_pages *pages, uint64_t pfn)
{
	struct diskdump *d = (struct diskdump *)pages;
	struct part *p = part_of(d, pfn);
	if (!p)
		return pfn < pages->max_pfn ? OOM_PAGE_LOST : OOM_PAGE_ABSENT;
	if (bit(p, p->bitmap2, pfn))
		return OOM_PAGE_OK;
	return p->bitmap1 != p->bitmap2 && bit(p, p->bitmap1, pfn) ? OOM_PAGE_EXCLUDED : OOM_PAGE_ABSENT;
}

struct desc {
	uint64_t offset;
	uint32_t size, flags;
};

/** False: the descriptor is not in the file, or was never filled in, or is nonsense. */
static bool read_desc(const struct diskdump *d, struct part *p, uint64_t index, struct desc *ret)
{
	unsigned char raw[OOM_DISKDUMP_DESC];
	if (!oom_chunks_read(p->descs, p->desc + index * sizeof(raw), raw, sizeof(raw)))
		return false;
	ret->offset = number(d, raw, 8);
	ret->size = (uint32_t)number(d, raw + 8, 4);
	ret->flags = (uint32_t)number(d, raw + 12, 4);
	return ret->offset && ret->size && ret->size <= d->pages.page_size && ret->offset < p->zeros.data_end &&
	       ret->size <= p->zeros.data_end - ret->offset;
}

/** The @p len bytes at @p offset, valid until the next call; NULL if they are not there. */
static const void *data_at(struct part *p, uint64_t offset, size_t len)
{
	uint64_t skip = offset - p->ahead_pos;
	bool hit = offset >= p->ahead_pos && skip <= p->ahead_len && len <= p->ahead_len - skip;
	if (!hit) {
		bool in_order = offset == p->next_pos;
		p->ahead_pos = offset;
		p->ahead_len = oom_source_read(p->source, offset, p->ahead, in_order && len < AHEAD ? AHEAD : len);
		skip = 0;
	}
	p->next_pos = offset + len;
	return p->ahead_len - skip >= len ? p->ahead + skip : NULL;
}

static enum oom_page_status read_page(struct oom_pages *pages, uint64_t pfn, void *page)
{
	struct diskdump *d = (struct diskdump *)pages;
	enum oom_page_status status = status_of(pages, pfn);
	if (status != OOM_PAGE_OK)
		return status;
	struct part *p = part_of(d, pfn);
	uint64_t index;
	struct desc desc;
	if (p->shifted || !rank_of(p, pfn, &index) || !read_desc(d, p, index, &desc))
		return OOM_PAGE_LOST;
	const void *data = data_at(p, desc.offset, desc.size);
	if (!data)
		return OOM_PAGE_LOST;
	if (desc.flags & OOM_DUMP_COMPRESSED)
		return oom_inflate(d->inflater, desc.flags, data, desc.size, page, pages->page_size) ? OOM_PAGE_OK
												     : OOM_PAGE_LOST;
	if (desc.size != pages->page_size)
		return OOM_PAGE_LOST;
	memcpy(page, data, desc.size);
	return oom_zeros_lost(&p->zeros, desc.offset, page, desc.size) ? OOM_PAGE_LOST : OOM_PAGE_OK;
}

/** The first frame from @p pfn on that has a page in this part. */
static uint64_t next_in(struct part *p, uint64_t pfn)
{
	while (pfn < p->end) {
		size_t slot = (size_t)(pfn / STRIDE - p->start / STRIDE);
		uint64_t behind = slot + 1 < p->nr_ranks ? p->ranks[slot + 1] : p->nr_pages;
		uint64_t stop = pfn - pfn % STRIDE + STRIDE < p->end ? pfn - pfn % STRIDE + STRIDE : p->end;
		uint8_t byte;
		for (; behind > p->ranks[slot] && pfn < stop; pfn = (pfn | 7) + 1) {
			if (!oom_chunks_read(p->bitmap, p->bitmap2 + pfn / 8, &byte, 1))
				return UINT64_MAX;
			unsigned rest = byte >> pfn % 8;
			if (!rest)
				continue;
			pfn += (unsigned)__builtin_ctz(rest);
			return pfn < p->end ? pfn : UINT64_MAX;
		}
		pfn = stop;
	}
	return UINT64_MAX;
}

static uint64_t next_page(struct oom_pages *pages, uint64_t pfn)
{
	struct diskdump *d = (struct diskdump *)pages;
	for (size_t i = 0; i < d->nr_parts; i++) {
		uint64_t next = next_in(&d->parts[i], pfn > d->parts[i].start ? pfn : d->parts[i].start);
		if (next != UINT64_MAX)
			return next;
	}
	return UINT64_MAX;
}

/** Does the page of descriptor @p index start with @p prefix? Looks at its size first, and inflates no more than that.
 */
static bool starts_with(struct diskdump *d, struct part *p, uint64_t index, const void *prefix, size_t len, bool likely,
			size_t *budget)
{
	struct desc desc;
	unsigned char page[MAX_BLOCK];
	if (!read_desc(d, p, index, &desc) || (likely && (desc.size < LIKELY_MIN || desc.size > LIKELY_MAX)))
		return false;
	const void *data = data_at(p, desc.offset, desc.size);
	--*budget;
	if (!data)
		return false;
	if (!(desc.flags & OOM_DUMP_COMPRESSED))
		return memcmp(data, prefix, len) == 0;
	return oom_inflate_starts(d->inflater, desc.flags, data, desc.size, prefix, len, page, d->pages.page_size);
}

static uint64_t find_page(struct oom_pages *pages, uint64_t pfn, const void *prefix, size_t len, bool likely,
			  size_t *budget)
{
	struct diskdump *d = (struct diskdump *)pages;
	for (size_t i = 0; i < d->nr_parts; i++) {
		struct part *p = &d->parts[i];
		uint64_t index, f = next_in(p, pfn > p->start ? pfn : p->start);
		if (f == UINT64_MAX || p->shifted || !rank_of(p, f, &index))
			continue;
		for (; f != UINT64_MAX && *budget; f = next_in(p, f + 1), index++)
			if (starts_with(d, p, index, prefix, len, likely, budget))
				return f;
	}
	return UINT64_MAX;
}

static size_t read_notes(struct oom_pages *pages, unsigned char **ret)
{
	struct diskdump *d = (struct diskdump *)pages;
	*ret = d->note_len && d->note_len <= MAX_SUB ? malloc(d->note_len) : NULL;
	if (!*ret)
		return 0;
	size_t got = 0;
	for (size_t i = 0; i < d->nr_parts && !got; i++) // the parts of a set have the same headers
		got = oom_source_read(d->parts[i].source, d->note, *ret, d->note_len);
	return got;
}

static void close_diskdump(struct oom_pages *pages)
{
	struct diskdump *d = (struct diskdump *)pages;
	for (size_t i = 0; d->parts && i < d->nr_parts; i++) {
		struct part *p = &d->parts[i];
		oom_chunks_free(p->bitmap);
		oom_chunks_free(p->descs);
		free(p->ahead);
		if (!d->is_clone) {
			oom_source_close(p->source);
			free(p->ranks);
		}
	}
	oom_inflater_free(d->inflater);
	free(d->parts);
	if (!d->is_clone) {
		free(d->header);
		free(pages->vmcoreinfo);
	}
	free(d);
}

/** What reading changes, for this part of a clone. */
static bool renew_part(struct part *p, uint32_t page_size)
{
	p->bitmap = oom_chunks_new(p->source, NR_BITMAP_CHUNKS);
	p->descs = oom_chunks_new(p->source, NR_DESC_CHUNKS);
	p->ahead = malloc(AHEAD > page_size ? AHEAD : page_size);
	p->ahead_len = 0;
	p->next_pos = UINT64_MAX;
	return p->bitmap && p->descs && p->ahead;
}

static struct oom_pages *clone_diskdump(struct oom_pages *pages)
{
	const struct diskdump *from = (const struct diskdump *)pages;
	struct diskdump *d = malloc(sizeof(*d));
	if (!d)
		return NULL;
	*d = *from;
	d->is_clone = true;
	d->inflater = oom_inflater_new();
	d->parts = calloc(d->nr_parts, sizeof(*d->parts));
	bool good = d->inflater && d->parts;
	for (size_t i = 0; d->parts && i < d->nr_parts; i++) {
		d->parts[i] = from->parts[i];
		good &= renew_part(&d->parts[i], pages->page_size);
	}
	if (good)
		return &d->pages;
	close_diskdump(&d->pages);
	return NULL;
}

static const struct oom_pages_ops OPS = {read_page,  status_of,	     next_page,	    find_page,
					 read_notes, close_diskdump, clone_diskdump};

const unsigned char *oom_diskdump_header(const struct oom_pages *pages)
{
	return pages->ops == &OPS ? ((const struct diskdump *)pages)->header : NULL;
}

bool oom_diskdump_is(const struct oom_source *source)
{
	char signature[8];
	return oom_source_read(source, 0, signature, sizeof(signature)) == sizeof(signature) &&
	       (memcmp(signature, "KDUMP   ", sizeof(signature)) == 0 ||
		memcmp(signature, "DISKDUMP", sizeof(signature)) == 0);
}

/* Opening. */

static bool sane_block(uint64_t size)
{
	return size >= MIN_BLOCK && size <= MAX_BLOCK && !(size & (size - 1));
}

/** Finds byte order and layout of the header: in the wrong ones sub_hdr_size or block_size is nonsense. */
static bool find_layout(struct diskdump *d, const unsigned char *header)
{
	static const uint8_t TRIES[4][2] = {{0, false}, {2, false}, {0, true}, {2, true}};
	for (size_t i = 0; i < sizeof(TRIES) / sizeof(TRIES[0]); i++) {
		const struct oom_diskdump_layout *l = &oom_diskdump_layouts[TRIES[i][0]];
		d->pages.big_endian = TRIES[i][1];
		uint64_t block = number(d, header + l->block_size, 4), sub = number(d, header + l->sub_hdr_size, 4);
		uint64_t blocks = number(d, header + l->bitmap_blocks, 4);
		if (!sane_block(block) || !sub || sub * block > MAX_SUB || !blocks || number(d, header + 8, 4) > 100 ||
		    blocks * block * 8 < number(d, header + l->max_mapnr, 4))
			continue;
		// Of the machines with 32 bits only i386 puts 8-byte numbers at 4-byte boundaries.
		const char *machine = (const char *)header + OOM_DISKDUMP_UTSNAME + 4 * OOM_UTS_LEN;
		if (l->word == 4 && (memcmp(machine, "arm", 3) == 0 || memcmp(machine, "ppc", 3) == 0 ||
				     memcmp(machine, "mips", 4) == 0))
			l = &oom_diskdump_layouts[1];
		d->layout = l;
		d->pages.page_size = (uint32_t)block;
		d->pages.ptr_size = l->word;
		return true;
	}
	return false;
}

bool oom_diskdump_can(const struct oom_source *source)
{
	unsigned char header[HEADER_LEN];
	struct diskdump d = {0};
	return oom_source_read(source, 0, header, sizeof(header)) != sizeof(header) || !find_layout(&d, header) ||
	       oom_inflater_knows((uint32_t)number(&d, header + d.layout->status, 4));
}

/** Counts the pages before each stride of frames. Ends at the first piece of bitmap that is not in the file. */
static enum oom_status count_pages(struct part *p, struct oom_error *err)
{
	uint64_t first = p->start - p->start % STRIDE;
	uint64_t there = oom_source_size(p->source) > p->bitmap2 ? (oom_source_size(p->source) - p->bitmap2) * 8 : 0;
	uint64_t end = p->end < there ? p->end : there;
	size_t most = end > first ? (size_t)((end - first + STRIDE - 1) / STRIDE) : 0;
	p->ranks = calloc(most + 1, sizeof(*p->ranks));
	if (!p->ranks)
		return oom_fail(err, OOM_ENOMEM, "out of memory for the page bitmap");
	for (uint64_t pfn = first; pfn < end && p->nr_ranks < most;) {
		size_t want = end - pfn > AHEAD * 8 ? AHEAD : (size_t)((end - pfn + 7) / 8);
		size_t got = oom_source_read(p->source, p->bitmap2 + pfn / 8, p->ahead, want);
		if (got < want && end - pfn > (uint64_t)got * 8)
			end = pfn + (uint64_t)got * 8;
		for (size_t at = 0; at < got && pfn < end; at += STRIDE / 8, pfn += STRIDE) {
			size_t len = got - at < STRIDE / 8 ? got - at : STRIDE / 8;
			unsigned char *bits = p->ahead + at;
			for (uint64_t f = pfn; f < p->start && f < pfn + STRIDE; f++) // another part's
				bits[(f - pfn) / 8] &= (unsigned char)~(1u << f % 8);
			for (uint64_t f = end; f < pfn + len * 8; f++) // padding
				bits[(f - pfn) / 8] &= (unsigned char)~(1u << f % 8);
			p->ranks[p->nr_ranks++] = p->nr_pages;
			p->nr_pages += count_bits(bits, len);
		}
		if (!got)
			break;
	}
	p->ahead_len = 0;
	p->bitmap_cut = end < p->end;
	p->end = end > p->start ? end : p->start;
	return OOM_OK;
}

/** Reads what a part's sub header says of its frames; the first part's also tells of the dump as a whole. */
static void read_sub(struct diskdump *d, struct part *p, const unsigned char *sub, size_t len, uint64_t max_mapnr)
{
	const struct oom_diskdump_layout *l = d->layout;
	uint64_t start = 0, end = UINT64_MAX;
	if (len >= l->sub_size && d->version >= 1) {
		d->level = (uint32_t)number(d, sub + l->level, 4);
		d->pages.phys_base = number(d, sub + l->phys_base, l->word);
		d->pages.has_phys_base = d->pages.phys_base != 0; // QEMU writes 0, and x86_64's is never 0 in effect
		if (d->version >= 6 && number(d, sub + l->max_mapnr_64, 8))
			max_mapnr = number(d, sub + l->max_mapnr_64, 8);
		d->split = d->version >= 2 && number(d, sub + l->split, 4);
		if (d->split) {
			start = number(d, sub + (d->version >= 6 ? l->start_64 : l->start),
				       d->version >= 6 ? 8 : l->word);
			end = number(d, sub + (d->version >= 6 ? l->end_64 : l->end), d->version >= 6 ? 8 : l->word);
		}
	}
	if (max_mapnr > d->pages.max_pfn)
		d->pages.max_pfn = max_mapnr < MAX_FRAMES ? max_mapnr : MAX_FRAMES;
	p->end = end < d->pages.max_pfn ? end : d->pages.max_pfn;
	p->start = start < p->end ? start : p->end;
}

/** VMCOREINFO: where the sub header says, else among the notes. */
static void read_vmcoreinfo(struct diskdump *d, const struct part *p, const unsigned char *sub, size_t len)
{
	const struct oom_diskdump_layout *l = d->layout;
	if (len < l->sub_size || d->version < 3)
		return;
	uint64_t at = number(d, sub + l->vmcoreinfo, 8), size = number(d, sub + l->vmcoreinfo_len, l->word);
	if (d->version >= 4) {
		d->note = number(d, sub + l->note, 8);
		d->note_len = number(d, sub + l->note_len, l->word);
	}
	if (!size) {
		unsigned char *notes;
		size_t from = 0, text_len = 0, got = read_notes(&d->pages, &notes);
		if (got && oom_notes_vmcoreinfo(notes, got, d->pages.big_endian, &from, &text_len)) {
			at = d->note + from;
			size = text_len;
		}
		free(notes);
	}
	if (!size || size > MAX_VMCOREINFO || !(d->pages.vmcoreinfo = calloc(1, size + 1)))
		return;
	d->pages.vmcoreinfo_len = oom_source_read(p->source, at, d->pages.vmcoreinfo, size);
}

/** Has this part of a set the VMCOREINFO of the first one? It differs between any two boots. */
static bool same_vmcoreinfo(struct diskdump *d, const struct part *p, const unsigned char *sub, size_t len)
{
	char *first = d->pages.vmcoreinfo;
	size_t first_len = d->pages.vmcoreinfo_len;
	uint64_t note = d->note, note_len = d->note_len;
	d->pages.vmcoreinfo = NULL;
	d->pages.vmcoreinfo_len = 0;
	read_vmcoreinfo(d, p, sub, len);
	// makedumpfile writes it into the first part only or into all.
	bool same = !d->pages.vmcoreinfo || !first ||
		    (d->pages.vmcoreinfo_len == first_len && memcmp(d->pages.vmcoreinfo, first, first_len) == 0);
	free(d->pages.vmcoreinfo);
	d->pages.vmcoreinfo = first;
	d->pages.vmcoreinfo_len = first_len;
	d->note = note;
	d->note_len = note_len;
	return same;
}

/** The first part's header, and the others' against it: only parts of one dump make a set. */
static enum oom_status read_header(struct diskdump *d, struct part *p, struct oom_error *err)
{
	unsigned char header[HEADER_LEN];
	if (oom_source_read(p->source, 0, header, sizeof(header)) != sizeof(header))
		return oom_fail(err, OOM_EDAMAGE, "the dump ends within its header");
	bool first = !d->layout || !d->header;
	if (first) {
		if (!find_layout(d, header))
			return oom_fail(err, OOM_EDAMAGE, "the dump's header makes no sense");
		d->version = (uint32_t)number(d, header + OOM_DISKDUMP_VERSION, 4);
		memcpy(d->pages.machine, header + OOM_DISKDUMP_UTSNAME + 4 * OOM_UTS_LEN, OOM_UTS_LEN - 1);
	} else if (memcmp(header, d->header, d->layout->status) != 0) {
		return oom_fail(err, OOM_EINVAL, "these files are not parts of one dump: their headers differ");
	}
	const struct oom_diskdump_layout *l = d->layout;
	uint64_t block = d->pages.page_size, sub_len = number(d, header + l->sub_hdr_size, 4) * block;
	uint64_t blocks = number(d, header + l->bitmap_blocks, 4), max_mapnr = number(d, header + l->max_mapnr, 4);
	if (number(d, header + l->block_size, 4) != block || sub_len > MAX_SUB)
		return oom_fail(err, OOM_EDAMAGE, "the dump's header makes no sense");
	p->status = (uint32_t)number(d, header + l->status, 4);

	unsigned char sub[MAX_SUB_HEADER] = {0};
	size_t got = oom_source_read(p->source, block, sub, sizeof(sub));
	bool split = d->split;
	read_sub(d, p, sub, got, max_mapnr);
	if (!first && (!split || !d->split || !same_vmcoreinfo(d, p, sub, got)))
		return oom_fail(err, OOM_EINVAL, "these files are not parts of one dump");
	if (first) {
		d->header = calloc(1, block);
		if (!d->header)
			return oom_fail(err, OOM_ENOMEM, "out of memory for the dump's header");
		oom_source_read(p->source, 0, d->header, block);
		read_vmcoreinfo(d, p, sub, got);
	}
	p->bitmap1 = p->bitmap2 = block + sub_len;
	// Diskdump's first versions had one bitmap; of two the second tells which pages are here.
	if (d->pages.max_pfn <= blocks * block * 8 / 2)
		p->bitmap2 += blocks / 2 * block;
	else if (p->end > blocks * block * 8)
		p->end = blocks * block * 8;
	p->desc = block + sub_len + blocks * block;
	return OOM_OK;
}

/**
 * Where the data ends. A file whose writer or copier was stopped may have its full length and end in zeros. Compressed
 * pages do not, and of pages of zeros a file has one, before the others: makedumpfile's where they are to be left out,
 * QEMU's always, which says so by the same bit. Without it and uncompressed a page of zeros may be one.
 */
static void find_data_end(const struct diskdump *d, struct part *p)
{
	bool one = p->status & OOM_DUMP_COMPRESSED || d->level & EXCLUDE_ZERO;
	oom_zeros_init(&p->zeros, p->source, p->desc, one ? ZERO_TAIL : OOM_ZEROS_TAIL);
}

/** The same with a look at each page, whose data may lie in any order: ours begins with what matters most. */
static uint64_t lost_pages_of_all(const struct diskdump *d, struct part *p)
{
	uint64_t n = 0;
	bool cut = false;
	for (uint64_t i = 0; i < p->nr_pages; i++) {
		struct desc desc = {.offset = UINT64_MAX}; // stays so where the descriptor itself is not there
		if (read_desc(d, p, i, &desc))
			continue;
		n++;
		cut |= desc.offset > p->zeros.data_end || desc.size > p->zeros.data_end - desc.offset ||
		       i + 1 == p->nr_pages;
	}
	return cut ? n : 0; // damaged ones in the middle are told of when they are wanted
}

/** How many of a part's pages are not in the file: descriptor or data behind its end. */
static uint64_t lost_pages(const struct diskdump *d, struct part *p)
{
	struct desc desc;
	if (p->nr_pages <= COUNTED)
		return lost_pages_of_all(d, p);
	uint64_t tail = p->nr_pages > 64 ? p->nr_pages - 64 : 0;
	bool lost = false;
	for (uint64_t i = tail; i < p->nr_pages && !lost; i++)
		lost = !read_desc(d, p, i, &desc);
	if (!lost)
		return 0;
	// makedumpfile's data lies in the order of the frames: what is lost begins somewhere and goes on to the end.
	uint64_t low = 0, high = p->nr_pages;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		if (read_desc(d, p, mid, &desc))
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->nr_pages ? p->nr_pages - low : 1;
}

static int by_start(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

static int by_offset(const void *a, const void *b)
{
	const struct desc *x = a, *y = b;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/** Where the data begins, by the first descriptors; UINT64_MAX where they do not tell. */
static uint64_t data_start(const struct diskdump *d, struct part *p)
{
	struct desc v[DATA_SAMPLE] = {0};
	size_t n = 0;
	for (uint64_t i = 0; i < p->nr_pages && i < DATA_SAMPLE; i++)
		n += read_desc(d, p, i, &v[n]);
	qsort(v, n, sizeof(v[0]), by_offset);
	// The first that is followed by another without a gap: a descriptor that is damaged itself is not.
	for (size_t i = 0; i + 1 < n; i++) {
		size_t next = i + 1;
		while (next < n && v[next].offset == v[i].offset)
			next++;
		if (next < n && v[next].offset == v[i].offset + v[i].size)
			return v[i].offset;
	}
	return UINT64_MAX;
}

/** Pages in the whole of bitmap 2: a part of a set leaves room for the descriptors of the others. */
static uint64_t count_all(const struct diskdump *d, struct part *p)
{
	uint64_t n = 0, bytes = (d->pages.max_pfn + 7) / 8;
	for (uint64_t at = 0; at < bytes; at += AHEAD) {
		size_t want = bytes - at < AHEAD ? (size_t)(bytes - at) : AHEAD;
		n += count_bits(p->ahead, oom_source_read(p->source, p->bitmap2 + at, p->ahead, want));
	}
	p->ahead_len = 0;
	return n;
}

/**
 * Is the number of pages in bitmap 2 that of the descriptors? One flipped bit in the bitmap and each later frame has
 * its neighbour's page. Descriptors end where the data begins: with the one page of zeros, which makedumpfile and QEMU
 * write first even if no descriptor points at it, else with the first page. Another writer may begin at the next block.
 */
static bool counts_agree(const struct diskdump *d, struct part *p)
{
	uint64_t first = p->bitmap_cut ? UINT64_MAX : data_start(d, p), block = d->pages.page_size;
	uint64_t end = p->desc + (d->split ? count_all(d, p) : p->nr_pages) * OOM_DISKDUMP_DESC;
	if (!block || first == UINT64_MAX || first == end || first == end + block || first % block == 0)
		return true;
	// What is missing, or too much, is whole descriptors; any other gap is a writer's way.
	return first > end && (first - end) % OOM_DISKDUMP_DESC &&
	       (first - end) % OOM_DISKDUMP_DESC != block % OOM_DISKDUMP_DESC;
}

/** What the dump lacked of which this is the slim copy; false: it does not say so. */
static bool note_of_lacks(struct diskdump *d, char *why, size_t size)
{
	unsigned char *notes;
	size_t from, len, got = read_notes(&d->pages, &notes);
	bool found = got && oom_notes_find(notes, got, d->pages.big_endian, OOM_NOTE_LACKS, &from, &len);
	if (found)
		snprintf(why, size, "%.*s", (int)(len < size ? len : size), (const char *)notes + from);
	free(notes);
	return found;
}

/** Says in pages.why what a part of a set, an unfinished writer or a cut file leaves out. */
static void judge(struct diskdump *d)
{
	uint64_t next = 0, gap = 0, pages = 0, lost = 0;
	bool cut = false, unfinished = false, flat_cut = false, shifted = false;
	for (size_t i = 0; i < d->nr_parts; i++) {
		struct part *p = &d->parts[i];
		if (p->start > next)
			gap += p->start - next;
		if (p->end > next)
			next = p->end;
		pages += p->nr_pages;
		lost += p->nr_lost;
		cut |= p->bitmap_cut;
		shifted |= p->shifted;
		unfinished |= p->status & OOM_DUMP_INCOMPLETE;
		flat_cut |= !oom_source_is_whole(p->source);
	}
	if (next < d->pages.max_pfn)
		gap += d->pages.max_pfn - next;
	char *why = d->pages.why;
	size_t size = sizeof(d->pages.why);
	d->pages.complete = OOM_NO;
	if (cut)
		snprintf(why, size, "the dump is cut off within its table of page frames");
	else if (shifted)
		snprintf(why, size,
			 "the dump's table of page frames is damaged: it names more or fewer than were written");
	else if (d->split && gap)
		snprintf(why, size, "this is %zu part%s of a split dump: %.0f %% of the page frames are in other parts",
			 d->nr_parts, d->nr_parts == 1 ? "" : "s", 100.0 * (double)gap / (double)d->pages.max_pfn);
	else if (lost)
		snprintf(why, size, "the dump is cut off: %.0f %% of its pages are there%s",
			 100.0 * (double)(pages - lost) / (double)pages,
			 unfinished ? ", and its header is marked incomplete" : "");
	else if (unfinished && !note_of_lacks(d, why, size))
		snprintf(why, size, "the dump's header is marked incomplete: not all of its pages were written");
	else if (!unfinished && flat_cut)
		snprintf(why, size, "the flattened dump has no end mark, or a gap: a part of it was not received");
	else if (!unfinished)
		d->pages.complete = OOM_YES;
}

static enum oom_status open_part(struct diskdump *d, struct part *p, struct oom_error *err)
{
	if (!renew_part(p, d->pages.page_size))
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	find_data_end(d, p);
	enum oom_status status = count_pages(p, err);
	if (status == OOM_OK) {
		p->nr_lost = lost_pages(d, p);
		p->shifted = !counts_agree(d, p);
	}
	return status;
}

static enum oom_status open_parts(struct diskdump *d, struct oom_error *err)
{
	enum oom_status status = OOM_OK;
	for (size_t i = 0; i < d->nr_parts && status == OOM_OK; i++)
		status = read_header(d, &d->parts[i], err);
	for (size_t i = 0; i < d->nr_parts && status == OOM_OK; i++)
		status = open_part(d, &d->parts[i], err);
	if (status != OOM_OK)
		return status;
	uint64_t pages = 0;
	for (size_t i = 0; i < d->nr_parts; i++)
		pages += d->parts[i].nr_pages;
	if (!pages && !d->pages.vmcoreinfo)
		return oom_fail(err, OOM_EDAMAGE, "the dump ends before its first page");
	qsort(d->parts, d->nr_parts, sizeof(*d->parts), by_start);
	for (size_t i = 1; i < d->nr_parts; i++)
		if (d->parts[i].start < d->parts[i - 1].end)
			return oom_fail(err, OOM_EINVAL,
					"these files are not the parts of one dump: two hold the same frames");
	judge(d);
	bool flat = oom_source_is_flat(d->parts[0].source);
	snprintf(d->pages.format, sizeof(d->pages.format), "kdump-%s%s", oom_inflate_name(d->parts[0].status),
		 flat ? " flattened" : "");
	d->pages.only_zeros_excluded = d->level == EXCLUDE_ZERO;
	d->pages.free_excluded = d->level & EXCLUDE_FREE;
	return OOM_OK;
}

enum oom_status oom_diskdump_open(struct oom_source *const *sources, size_t nr_parts, struct oom_pages **ret,
				  struct oom_error *err)
{
	struct diskdump *d = nr_parts <= MAX_PARTS ? calloc(1, sizeof(*d)) : NULL;
	struct part *parts = d ? calloc(nr_parts, sizeof(*parts)) : NULL;
	if (!parts) {
		free(d);
		for (size_t i = 0; i < nr_parts; i++)
			oom_source_close(sources[i]);
		return nr_parts > MAX_PARTS
			       ? oom_fail(err, OOM_EINVAL, "%zu parts are too many: at most %d make a dump", nr_parts,
					  MAX_PARTS)
			       : oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	d->pages.ops = &OPS;
	d->parts = parts;
	d->nr_parts = nr_parts;
	for (size_t i = 0; i < nr_parts; i++)
		parts[i].source = sources[i];
	d->inflater = oom_inflater_new();
	enum oom_status status = d->inflater ? open_parts(d, err) : oom_fail(err, OOM_ENOMEM, "out of memory");
	if (status != OOM_OK) {
		oom_pages_close(&d->pages);
		return status;
	}
	*ret = &d->pages;
	return OOM_OK;
}
