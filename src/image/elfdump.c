// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Pages of an ELF core: /proc/vmcore, `makedumpfile -E`, QEMU's dump-guest-memory; 32 and 64 bit, either byte order,
 * flattened too. A frame is where a PT_LOAD with its physical address says (System V ABI, chapter 5). QEMU 7.2 writes
 * e_ehsize 8 and the program headers behind the section headers: neither is used here but e_phoff.
 *
 * libkdumpfile 0.5.1 reads them too, not flattened, and takes what lies behind the end of a cut file for zeros.
 */
#include "image/bytes.h"
#include "image/notes.h"
#include "image/pages.h"
#include "image/segments.h"
#include "image/zeros.h"
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_NAMES = 1024,
	// makedumpfile -E starts a new segment after 256 left-out pages, so that 12 TB may have 6 million of them: 24
	// bytes each for those that hold data.
	MAX_HEADERS = 8 << 20,
	MAX_NOTES = 16 << 20, // bytes of all PT_NOTEs together
	MIN_ENTRY = 32,
	MAX_ENTRY = 256, // bytes of a program header
	TABLE_PIECE = 65536,
};

struct elfdump {
	struct oom_pages pages;
	struct oom_source *source;
	struct oom_segments segments;
	struct oom_zeros zeros;
	uint64_t notes, notes_len; // place of the (last) PT_NOTE in the file
	uint64_t notes_read;	   // bytes of notes that were looked at
	uint64_t headers, unread;  // program headers, and those that were not read
	bool wide, is_clone;	   // a clone borrows file and segments
};

static uint64_t get(const struct elfdump *e, const unsigned char *p, unsigned size)
{
	return oom_bytes_uint(p, size, e->pages.big_endian);
}

static const char *machine_name(unsigned machine, bool wide)
{
	switch (machine) {
	case EM_X86_64:
		return "x86_64";
	case EM_386:
		return "i686";
	case EM_AARCH64:
		return "aarch64";
	case EM_ARM:
		return "arm";
	case EM_S390:
		return wide ? "s390x" : "s390";
	case EM_PPC64:
		return "ppc64";
	case EM_PPC:
		return "ppc";
	case EM_RISCV:
		return wide ? "riscv64" : "riscv32";
	default:
		return "";
	}
}

/** Takes VMCOREINFO from one PT_NOTE segment. */
static void find_vmcoreinfo(struct elfdump *e, uint64_t offset, uint64_t size)
{
	// A core has one PT_NOTE, or a few; thousands of large ones would only take time.
	if (!size || size > MAX_NOTES - e->notes_read || e->pages.vmcoreinfo)
		return;
	unsigned char *notes = malloc(size);
	size_t from, len;
	if (!notes)
		return;
	e->notes_read += size;
	size = oom_source_read(e->source, offset, notes, size);
	if (oom_notes_vmcoreinfo(notes, size, e->pages.big_endian, &from, &len) &&
	    (e->pages.vmcoreinfo = malloc(len + 1))) {
		memcpy(e->pages.vmcoreinfo, notes + from, len);
		e->pages.vmcoreinfo[len] = '\0';
		e->pages.vmcoreinfo_len = len;
	}
	free(notes);
}

static enum oom_status add_header(struct elfdump *e, const unsigned char *ph)
{
	uint64_t type = get(e, ph, 4);
	uint64_t offset = e->wide ? get(e, ph + 8, 8) : get(e, ph + 4, 4);
	uint64_t phys = e->wide ? get(e, ph + 24, 8) : get(e, ph + 12, 4);
	uint64_t filesz = e->wide ? get(e, ph + 32, 8) : get(e, ph + 16, 4);
	uint64_t memsz = e->wide ? get(e, ph + 40, 8) : get(e, ph + 20, 4);
	if (type == PT_NOTE) {
		e->notes = offset;
		e->notes_len = filesz;
		find_vmcoreinfo(e, offset, filesz);
	}
	return type == PT_LOAD ? oom_segments_add(&e->segments, phys, memsz, filesz, offset, e->pages.page_size)
			       : OOM_OK;
}

/** Number of program headers; where it does not fit into 16 bits, section header 0 has it (PN_XNUM, elf(5)). */
static uint64_t count_headers(struct elfdump *e, const unsigned char *eh)
{
	uint64_t n = get(e, eh + (e->wide ? 56 : 44), 2);
	unsigned char sh[64];
	size_t size = e->wide ? 64 : 40;
	uint64_t shoff = get(e, eh + (e->wide ? 40 : 32), e->wide ? 8 : 4);
	if (n == PN_XNUM && shoff && oom_source_read(e->source, shoff, sh, size) == size) {
		uint64_t info = get(e, sh + (e->wide ? 44 : 28), 4);
		n = info >= PN_XNUM ? info : n;
	}
	return n;
}

/** All program headers, in pieces; e->unread are those that are not in the file, or too many. */
static enum oom_status read_headers(struct elfdump *e, const unsigned char *eh, struct oom_error *err)
{
	uint64_t phoff = get(e, eh + (e->wide ? 32 : 28), e->wide ? 8 : 4);
	uint64_t entry = get(e, eh + (e->wide ? 54 : 42), 2);
	if (entry < (e->wide ? 56 : MIN_ENTRY) || entry > MAX_ENTRY)
		return oom_fail(err, OOM_EDAMAGE, "is an ELF core whose program headers make no sense");
	unsigned char piece[TABLE_PIECE];
	uint64_t done = 0, most;
	e->headers = count_headers(e, eh);
	most = e->headers < MAX_HEADERS ? e->headers : MAX_HEADERS;
	while (done < most) {
		uint64_t want = most - done < TABLE_PIECE / entry ? most - done : TABLE_PIECE / entry;
		uint64_t got =
			phoff > INT64_MAX ? 0 : oom_source_read(e->source, phoff + done * entry, piece, want * entry);
		for (uint64_t i = 0; i < got / entry; i++)
			if (add_header(e, piece + i * entry) != OOM_OK)
				return oom_fail(err, OOM_ENOMEM, "out of memory for the segments of the dump");
		done += got / entry;
		if (got / entry < want)
			break;
	}
	e->unread = e->headers - done;
	if (!e->segments.data.n && !e->segments.left_out.n)
		return oom_fail(err, OOM_EDAMAGE, "is an ELF core without memory in it");
	if (oom_segments_settle(&e->segments, e->pages.page_size) != OOM_OK)
		return oom_fail(err, OOM_ENOMEM, "out of memory for the segments of the dump");
	return OOM_OK;
}

/** Is the page at @p offset before the end of the data? */
static bool in_file(const struct elfdump *e, uint64_t offset)
{
	return offset <= e->zeros.data_end && e->zeros.data_end - offset >= e->pages.page_size;
}

/** Frames that are in the file; says in pages.why what is not. */
static uint64_t judge_completeness(struct elfdump *e)
{
	uint64_t end = e->zeros.data_end, size = oom_source_size(e->source), all = 0, there = 0;
	uint32_t page = e->pages.page_size;
	for (size_t i = 0; i < e->segments.data.n; i++) {
		const struct oom_run *r = &e->segments.data.v[i];
		uint64_t n = r->end - r->pfn, here = r->offset < end ? (end - r->offset) / page : 0;
		all += n;
		there += here < n ? here : n;
	}
	uint64_t mib = (UINT64_C(1) << 20) / page;
	char *why = e->pages.why;
	size_t len = sizeof(e->pages.why);
	e->pages.complete = OOM_NO;
	if (e->unread)
		snprintf(why, len, "the dump's table of segments: %" PRIu64 " of %" PRIu64 " could not be read%s",
			 e->unread, e->headers, e->headers > MAX_HEADERS ? ", they are too many" : "");
	else if (there < all && end < size)
		snprintf(why, len,
			 "the dump ends in %" PRIu64 " MiB of zeros that were never written: %" PRIu64 " of %" PRIu64
			 " MiB of memory are in the file",
			 (size - end) >> 20, there / mib, all / mib);
	else if (there < all || !oom_source_is_whole(e->source))
		snprintf(why, len, "the dump is cut off: %" PRIu64 " of %" PRIu64 " MiB of memory are in the file",
			 there / mib, all / mib);
	else
		e->pages.complete = OOM_YES;
	return there;
}

static enum oom_page_status elf_status(struct oom_pages *pages, uint64_t pfn)
{
	const struct elfdump *e = (const struct elfdump *)pages;
	const struct oom_run *r = oom_runs_find(&e->segments.data, pfn);
	if (r)
		return in_file(e, r->offset + (pfn - r->pfn) * pages->page_size) ? OOM_PAGE_OK : OOM_PAGE_LOST;
	return oom_runs_find(&e->segments.left_out, pfn) ? OOM_PAGE_EXCLUDED : OOM_PAGE_ABSENT;
}

static enum oom_page_status elf_read(struct oom_pages *pages, uint64_t pfn, void *page)
{
	struct elfdump *e = (struct elfdump *)pages;
	const struct oom_run *r = oom_runs_find(&e->segments.data, pfn);
	if (!r)
		return elf_status(pages, pfn);
	uint64_t at = r->offset + (pfn - r->pfn) * pages->page_size;
	if (!in_file(e, at) || oom_source_read(e->source, at, page, pages->page_size) != pages->page_size)
		return OOM_PAGE_LOST;
	return oom_zeros_lost(&e->zeros, at, page, pages->page_size) ? OOM_PAGE_LOST : OOM_PAGE_OK;
}

static uint64_t elf_next(struct oom_pages *pages, uint64_t pfn)
{
	const struct elfdump *e = (const struct elfdump *)pages;
	const struct oom_runs *data = &e->segments.data;
	for (size_t i = oom_runs_from(data, pfn); i < data->n; i++) {
		const struct oom_run *r = &data->v[i];
		uint64_t first = pfn > r->pfn ? pfn : r->pfn;
		// The first pages of a run are in the file, or none is.
		if (in_file(e, r->offset + (first - r->pfn) * pages->page_size))
			return first;
	}
	return UINT64_MAX;
}

static size_t elf_notes(struct oom_pages *pages, unsigned char **ret)
{
	const struct elfdump *e = (const struct elfdump *)pages;
	*ret = e->notes_len && e->notes_len <= MAX_NOTES ? malloc(e->notes_len) : NULL;
	return *ret ? oom_source_read(e->source, e->notes, *ret, e->notes_len) : 0;
}

static void elf_close(struct oom_pages *pages)
{
	struct elfdump *e = (struct elfdump *)pages;
	if (!e->is_clone) {
		oom_source_close(e->source);
		oom_segments_free(&e->segments);
		free(e->pages.vmcoreinfo);
	}
	free(e);
}

static struct oom_pages *elf_clone(struct oom_pages *pages)
{
	struct elfdump *e = malloc(sizeof(*e));
	if (!e)
		return NULL;
	memcpy(e, pages, sizeof(*e));
	e->is_clone = true;
	return &e->pages;
}

static const struct oom_pages_ops elf_ops = {elf_read, elf_status, elf_next, NULL, elf_notes, elf_close, elf_clone};

/** A Xen domain's core has no program headers but the section .xen_pages. */
static bool is_xen(const struct oom_source *source, const unsigned char *eh)
{
	struct elfdump e = {.wide = eh[EI_CLASS] == ELFCLASS64};
	unsigned char sh[64];
	char names[MAX_NAMES];
	e.pages.big_endian = eh[EI_DATA] == ELFDATA2MSB;
	uint64_t table = get(&e, eh + (e.wide ? 40 : 32), e.wide ? 8 : 4), size = e.wide ? 64 : 40;
	uint64_t at = table + get(&e, eh + (e.wide ? 62 : 50), 2) * size;
	if (get(&e, eh + (e.wide ? 56 : 44), 2) || !table || oom_source_read(source, at, sh, size) != size)
		return false;
	size_t got = oom_source_read(source, get(&e, sh + (e.wide ? 24 : 16), e.wide ? 8 : 4), names, sizeof(names));
	return memmem(names, got, ".xen_pages", sizeof(".xen_pages")) != NULL;
}

bool oom_elfdump_is(const struct oom_source *source)
{
	unsigned char eh[64] = {0};
	if (oom_source_read(source, 0, eh, sizeof(eh)) < 20 || memcmp(eh, ELFMAG, SELFMAG) != 0)
		return false;
	// Xen's is libkdumpfile's business; nothing else that looks like ELF is: 0.5.1 crashes on broken headers.
	return !is_xen(source, eh);
}

enum oom_status oom_elfdump_open(struct oom_source *source, struct oom_pages **ret, struct oom_error *err)
{
	struct elfdump *e = calloc(1, sizeof(*e));
	if (!e) {
		oom_source_close(source);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	unsigned char eh[64] = {0};
	e->source = source;
	oom_source_read(source, 0, eh, sizeof(eh));
	if ((eh[EI_DATA] == ELFDATA2MSB ? eh[17] : eh[16]) != ET_CORE) {
		elf_close(&e->pages);
		return oom_fail(err, OOM_EFORMAT, "is an ELF file, but no core dump");
	}
	e->wide = eh[EI_CLASS] == ELFCLASS64;
	e->pages = (struct oom_pages){.ops = &elf_ops, .page_size = 4096, .ptr_size = e->wide ? 8 : 4};
	e->pages.big_endian = eh[EI_DATA] == ELFDATA2MSB;
	snprintf(e->pages.machine, sizeof(e->pages.machine), "%s", machine_name((unsigned)get(e, eh + 18, 2), e->wide));
	snprintf(e->pages.format, sizeof(e->pages.format), "elf%s", oom_source_is_flat(source) ? " flattened" : "");
	enum oom_status status = read_headers(e, eh, err);
	if (status != OOM_OK) {
		elf_close(&e->pages);
		return status;
	}
	e->pages.max_pfn = e->segments.max_pfn;
	e->pages.free_excluded = e->segments.left_out.n > 0;
	// The pages come behind the headers: what is zeros before the first of them is padding.
	oom_zeros_init(&e->zeros, source, sizeof(eh), OOM_ZEROS_TAIL);
	if (!judge_completeness(e) && !e->pages.vmcoreinfo) {
		elf_close(&e->pages);
		return oom_fail(err, OOM_EDAMAGE, "the dump ends before its first page");
	}
	*ret = &e->pages;
	return OOM_OK;
}
