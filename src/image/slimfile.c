// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A kdump-compressed file, version 6, zlib, in the byte order and with the words of the machine that crashed.
 *
 * It has one bitmap, which is all that a reader of a "full" dump expects: a second one would only say which of the
 * other frames exist, at the price of 32 MB for 1 TB. The dump level is 0, so that nobody takes a page that is not
 * there for zeros; pages of zeros that gave a fact are in the file, all by the same descriptor. What lies between the
 * bits that are set is never written: holes, where the file system has them.
 *
 * Descriptors are in the order of the frames, data is in the order of its worth.
 */
#include "image/slimfile.h"
#include "image/diskdump.h"
#include "image/inflate.h"
#include "image/notes.h"
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEVEL = 9, VERSION = 6, NOTE_HEAD = 12 };
static const char SIGNATURE[8] = {'K', 'D', 'U', 'M', 'P', ' ', ' ', ' '};
static const char VMCOREINFO_NAME[] = "VMCOREINFO";

struct writer {
	int fd;
	const struct oom_slimfile *file;
	const struct oom_diskdump_layout *layout;
	struct libdeflate_compressor *compressor;
	struct oom_error *err;
	unsigned char *sub; // sub header and notes
	size_t sub_len;	    // whole blocks
	uint64_t bitmap, bitmap_len, descs, data;
	unsigned bitmaps;
};

static void put(const struct writer *w, unsigned char *at, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		at[w->file->pages->big_endian ? size - 1 - i : i] = (unsigned char)(value >> (8 * i));
}

static enum oom_status write_at(const struct writer *w, uint64_t at, const void *bytes, size_t len)
{
	for (size_t n = 0; n < len;) {
		ssize_t done = pwrite(w->fd, (const char *)bytes + n, len - n, (off_t)(at + n));
		if (done <= 0)
			return oom_fail(w->err, OOM_EWRITE, "cannot be written: %m");
		n += (size_t)done;
	}
	return OOM_OK;
}

static size_t padded(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t note_size(const char *name, size_t text_len)
{
	return NOTE_HEAD + padded(strlen(name) + 1, 4) + padded(text_len, 4);
}

/** Writes a note; returns where its text is, from @p at. */
static size_t put_note(const struct writer *w, unsigned char *at, const char *name, const char *text, size_t len)
{
	size_t from = NOTE_HEAD + padded(strlen(name) + 1, 4);
	put(w, at, 4, strlen(name) + 1);
	put(w, at + 4, 4, len);
	memcpy(at + NOTE_HEAD, name, strlen(name));
	memcpy(at + from, text, len);
	return from;
}

/** Sub header and notes: the dump's own, behind them VMCOREINFO's if they do not have it, and what the dump lacks. */
static enum oom_status make_sub(struct writer *w)
{
	const struct oom_pages *p = w->file->pages;
	const struct oom_diskdump_layout *l = w->layout;
	const char *lacks = w->file->lacks;
	unsigned char *notes = NULL;
	size_t from = 0, text_len = 0, unused, len = 0;
	// Registers may hold bytes of user memory.
	if (p->ops->notes && !w->file->exact)
		len = p->ops->notes(w->file->pages, &notes);
	bool add = p->vmcoreinfo && !(len && oom_notes_vmcoreinfo(notes, len, p->big_endian, &from, &text_len));
	if (len && oom_notes_find(notes, len, p->big_endian, OOM_NOTE_LACKS, &unused, &unused))
		lacks = NULL; // a slim dump of a slim dump: said already
	size_t info = padded(len, 4), said = info + (add ? note_size(VMCOREINFO_NAME, p->vmcoreinfo_len) : 0);
	size_t all = said + (lacks ? note_size(OOM_NOTE_LACKS, strlen(lacks)) : 0);
	w->sub_len = padded(l->sub_size + all, p->page_size);
	w->sub = calloc(1, w->sub_len);
	if (!w->sub) {
		free(notes);
		return oom_fail(w->err, OOM_ENOMEM, "out of memory");
	}
	unsigned char *at = w->sub + l->sub_size;
	if (len)
		memcpy(at, notes, len);
	free(notes);
	if (add) {
		text_len = p->vmcoreinfo_len;
		from = info + put_note(w, at + info, VMCOREINFO_NAME, p->vmcoreinfo, text_len);
	}
	if (lacks)
		put_note(w, at + said, OOM_NOTE_LACKS, lacks, strlen(lacks));
	uint64_t here = p->page_size + l->sub_size;
	put(w, w->sub + l->phys_base, l->word, w->file->phys_base);
	if (all) {
		put(w, w->sub + l->note, 8, here);
		put(w, w->sub + l->note_len, l->word, all);
	}
	if (text_len) {
		put(w, w->sub + l->vmcoreinfo, 8, here + from);
		put(w, w->sub + l->vmcoreinfo_len, l->word, text_len);
	}
	put(w, w->sub + l->max_mapnr_64, 8, p->max_pfn);
	return OOM_OK;
}

/** Names of the machine and its domain; the rest of the block, which no layout describes, is not taken along. */
static void redact_head(const struct writer *w, unsigned char *header)
{
	static const int NAMES[] = {1, 5};
	size_t end = w->layout->nr_cpus + 4u;
	memset(header + end, 0, w->file->pages->page_size - end);
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		char *name = (char *)header + OOM_DISKDUMP_UTSNAME + NAMES[i] * OOM_UTS_LEN;
		size_t len = strnlen(name, OOM_UTS_LEN - 1);
		memset(name + len, 0, OOM_UTS_LEN - len);
		if (len && !w->file->rewriter->rewrite(w->file->rewriter->arg, OOM_WORDS_HOST, name, len))
			memset(name, '*', len);
	}
}

/** The header block: the dump's own with our numbers in it, or one with the machine's name only. */
static enum oom_status write_head(const struct writer *w)
{
	const struct oom_pages *p = w->file->pages;
	const struct oom_diskdump_layout *l = w->layout;
	const unsigned char *old = oom_diskdump_header(p);
	unsigned char *header = calloc(1, p->page_size);
	if (!header)
		return oom_fail(w->err, OOM_ENOMEM, "out of memory");
	if (old)
		memcpy(header, old, p->page_size);
	else
		snprintf((char *)header + OOM_DISKDUMP_UTSNAME + 4 * OOM_UTS_LEN, OOM_UTS_LEN, "%s", p->machine);
	if (w->file->exact)
		redact_head(w, header);
	memcpy(header, SIGNATURE, sizeof(SIGNATURE));
	put(w, header + OOM_DISKDUMP_VERSION, 4, VERSION);
	put(w, header + l->status, 4, OOM_DUMP_ZLIB | (w->file->lacks ? OOM_DUMP_INCOMPLETE : 0));
	put(w, header + l->block_size, 4, p->page_size);
	put(w, header + l->sub_hdr_size, 4, w->sub_len / p->page_size);
	put(w, header + l->bitmap_blocks, 4, w->bitmaps * w->bitmap_len / p->page_size);
	put(w, header + l->max_mapnr, 4, p->max_pfn < UINT32_MAX ? p->max_pfn : UINT32_MAX);
	enum oom_status status = write_at(w, 0, header, p->page_size);
	if (status == OOM_OK)
		status = write_at(w, p->page_size, w->sub, w->sub_len);
	free(header);
	return status;
}

/** One byte for each 8 frames of which any is there; the rest stays a hole. */
static enum oom_status write_bitmap(const struct writer *w)
{
	const struct oom_slimfile *f = w->file;
	unsigned char block[4096];
	enum oom_status status = OOM_OK;
	for (size_t i = 0; i < f->nr_pfns && status == OOM_OK;) {
		uint64_t number = f->pfns[i] / 8 / sizeof(block);
		memset(block, 0, sizeof(block));
		for (; i < f->nr_pfns && f->pfns[i] / 8 / sizeof(block) == number; i++)
			block[f->pfns[i] / 8 % sizeof(block)] |= (unsigned char)(1u << f->pfns[i] % 8);
		for (unsigned copy = 0; copy < w->bitmaps && status == OOM_OK; copy++) {
			uint64_t at = w->bitmap + copy * w->bitmap_len + number * sizeof(block);
			status = write_at(w, at, block, sizeof(block));
		}
	}
	return status;
}

/** Writes a page's data unless it is one of zeros and those are there already; its descriptor to @p desc. */
static enum oom_status write_page(struct writer *w, uint64_t pfn, unsigned char *page, unsigned char *packed,
				  unsigned char *desc, uint64_t *zeros)
{
	struct oom_pages *p = w->file->pages;
	enum oom_page_status found = p->ops->read(p, pfn, page);
	if (found == OOM_PAGE_EXCLUDED)
		memset(page, 0, p->page_size);
	else if (found != OOM_PAGE_OK)
		return oom_fail(w->err, OOM_EREAD, "the dump changed while it was read");
	if (w->file->exact)
		oom_exact_page(w->file->exact, pfn, page);
	bool zero = !page[0] && memcmp(page, page + 1, p->page_size - 1) == 0;
	size_t len = p->page_size;
	uint64_t at = w->data;
	enum oom_status status = OOM_OK;
	if (!(zero && *zeros)) {
		size_t n = zero ? 0 : libdeflate_zlib_compress(w->compressor, page, len, packed, len - 1);
		const void *bytes = n ? packed : page;
		len = n ? n : len;
		status = write_at(w, at, bytes, len);
		w->data += len;
	}
	if (zero && *zeros)
		at = *zeros;
	else if (zero)
		*zeros = at;
	put(w, desc, 8, at);
	put(w, desc + 8, 4, len);
	put(w, desc + 12, 4, len < p->page_size ? OOM_DUMP_ZLIB : 0);
	return status;
}

/** Index of @p pfn, which is one of the frames. */
static size_t index_of(const struct oom_slimfile *f, uint64_t pfn)
{
	size_t low = 0, high = f->nr_pfns;
	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;
		if (f->pfns[mid] <= pfn)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/**
 * Writes the data, and descriptors to @p descs. That of the first two frames begins, whatever they are: by the lowest
 * of the first descriptors' data, if another's follows it, a reader tells where the descriptors end.
 */
static enum oom_status write_data(struct writer *w, unsigned char *page, unsigned char *descs)
{
	const struct oom_slimfile *f = w->file;
	enum oom_status status = OOM_OK;
	uint64_t zeros = 0;
	size_t first = f->nr_pfns < 2 ? f->nr_pfns : 2;
	for (size_t i = 0; i < first + f->nr_pfns && status == OOM_OK; i++) {
		size_t at = i < first ? i : index_of(f, f->order[i - first]);
		if (i < first || at >= first)
			status = write_page(w, f->pfns[at], page, page + f->pages->page_size,
					    descs + at * OOM_DISKDUMP_DESC, &zeros);
	}
	return status;
}

static enum oom_status write_pages(struct writer *w)
{
	const struct oom_slimfile *f = w->file;
	size_t size = f->pages->page_size;
	unsigned char *page = malloc(2 * size), *descs = calloc(f->nr_pfns, OOM_DISKDUMP_DESC);
	if (!page || !descs) {
		free(page);
		free(descs);
		return oom_fail(w->err, OOM_ENOMEM, "out of memory");
	}
	enum oom_status status = write_data(w, page, descs);
	if (status == OOM_OK)
		status = write_at(w, w->descs, descs, f->nr_pfns * OOM_DISKDUMP_DESC);
	free(page);
	free(descs);
	return status;
}

/** Everything but the head, and that last: a file that is cut short is none. */
static enum oom_status write_all(struct writer *w)
{
	const struct oom_pages *p = w->file->pages;
	uint64_t bits_of_block = (uint64_t)p->page_size * 8;
	uint64_t blocks = (p->max_pfn + bits_of_block - 1) / bits_of_block;
	// Of less than half a block readers think that it is two bitmaps, so then there are two.
	w->bitmaps = p->max_pfn <= bits_of_block / 2 ? 2 : 1;
	enum oom_status status = make_sub(w);
	if (status != OOM_OK)
		return status;
	w->bitmap = p->page_size + w->sub_len;
	w->bitmap_len = blocks * p->page_size;
	w->descs = w->bitmap + w->bitmaps * w->bitmap_len;
	w->data = w->descs + w->file->nr_pfns * OOM_DISKDUMP_DESC;
	status = write_bitmap(w);
	if (status == OOM_OK)
		status = write_pages(w);
	return status == OOM_OK ? write_head(w) : status;
}

enum oom_status oom_slimfile_write(int fd, const struct oom_slimfile *file, struct oom_error *err)
{
	const char *machine = file->pages->machine;
	bool packed = strcmp(machine, "x86_64") == 0 || strncmp(machine, "i", 1) == 0;
	struct writer w = {
		.fd = fd,
		.file = file,
		.err = err,
		.layout = &oom_diskdump_layouts[file->pages->ptr_size == 4 ? (packed ? 0 : 1) : 2],
		.compressor = libdeflate_alloc_compressor(LEVEL),
	};
	enum oom_status status = w.compressor ? write_all(&w) : oom_fail(err, OOM_ENOMEM, "out of memory");
	if (w.compressor)
		libdeflate_free_compressor(w.compressor);
	free(w.sub);
	return status;
}
