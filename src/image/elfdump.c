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
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 1024, MAX_SEGMENTS = 65536, MAX_NOTES = 16 << 20 };

struct segment {
	uint64_t phys, memsz, filesz, offset;
};

struct elfdump {
	struct oom_pages pages;
	struct oom_source *source;
	struct segment *v; // by physical address
	size_t n;
	uint64_t notes, notes_len; // place of the (last) PT_NOTE in the file
	bool wide, filtered;	   // filtered: some memory was left out
	uint64_t *reach;	   // the largest end of segments 0..i: they may overlap
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
	unsigned char *notes = size && size <= MAX_NOTES && !e->pages.vmcoreinfo ? malloc(size) : NULL;
	size_t from, len;
	if (!notes)
		return;
	size = oom_source_read(e->source, offset, notes, size);
	if (oom_notes_vmcoreinfo(notes, size, e->pages.big_endian, &from, &len) &&
	    (e->pages.vmcoreinfo = malloc(len + 1))) {
		memcpy(e->pages.vmcoreinfo, notes + from, len);
		e->pages.vmcoreinfo[len] = '\0';
		e->pages.vmcoreinfo_len = len;
	}
	free(notes);
}

static void add_segment(struct elfdump *e, const unsigned char *ph)
{
	uint64_t type = get(e, ph, 4);
	struct segment s = e->wide ? (struct segment){get(e, ph + 24, 8), get(e, ph + 40, 8), get(e, ph + 32, 8),
						      get(e, ph + 8, 8)}
				   : (struct segment){get(e, ph + 12, 4), get(e, ph + 20, 4), get(e, ph + 16, 4),
						      get(e, ph + 4, 4)};
	if (type == PT_NOTE) {
		e->notes = s.offset;
		e->notes_len = s.filesz;
		find_vmcoreinfo(e, s.offset, s.filesz);
		return;
	}
	// A segment that wraps or lies beyond what a file can hold is damage; one that only says "excluded" has no
	// bytes.
	if (type != PT_LOAD || !s.memsz || s.phys + s.memsz < s.phys || s.offset > INT64_MAX ||
	    s.filesz > INT64_MAX - s.offset)
		return;
	if (s.filesz > s.memsz)
		s.filesz = s.memsz;
	e->filtered |= s.filesz < s.memsz;
	e->v[e->n++] = s;
}

static int by_phys(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	return x->phys < y->phys ? -1 : x->phys > y->phys;
}

/** Number of program headers; where it does not fit, section header 0 has it (PN_XNUM). */
static uint64_t phnum(struct elfdump *e, const unsigned char *eh)
{
	uint64_t n = get(e, eh + (e->wide ? 56 : 44), 2);
	unsigned char sh[64];
	uint64_t shoff = get(e, eh + (e->wide ? 40 : 32), e->wide ? 8 : 4);
	if (n == PN_XNUM && shoff && oom_source_read(e->source, shoff, sh, sizeof(sh)) == sizeof(sh))
		n = get(e, sh + (e->wide ? 44 : 28), 4);
	return n < MAX_SEGMENTS ? n : MAX_SEGMENTS;
}

static enum oom_status read_segments(struct elfdump *e, const unsigned char *eh, struct oom_error *err)
{
	uint64_t n = phnum(e, eh), phoff = get(e, eh + (e->wide ? 32 : 28), e->wide ? 8 : 4);
	uint64_t entry = get(e, eh + (e->wide ? 54 : 42), 2);
	if (entry < (e->wide ? 56 : 32) || entry > 256)
		return oom_fail(err, OOM_EDAMAGE, "is an ELF core whose program headers make no sense");
	unsigned char *table = malloc(n * entry + 1);
	e->v = calloc(n + 1, sizeof(*e->v));
	if (!table || !e->v) {
		free(table);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	uint64_t got = oom_source_read(e->source, phoff, table, n * entry) / entry;
	for (uint64_t i = 0; i < got; i++)
		add_segment(e, table + i * entry);
	free(table);
	if (!e->n)
		return oom_fail(err, OOM_EDAMAGE, "is an ELF core without memory in it");
	qsort(e->v, e->n, sizeof(*e->v), by_phys);
	e->reach = calloc(e->n, sizeof(*e->reach));
	if (!e->reach)
		return oom_fail(err, OOM_ENOMEM, "out of memory for the segments of the dump");
	for (size_t i = 0; i < e->n; i++) {
		uint64_t end = e->v[i].phys + e->v[i].memsz;
		e->reach[i] = i && e->reach[i - 1] > end ? e->reach[i - 1] : end;
	}
	return OOM_OK;
}

/** Bytes of memory that are in the file. */
static uint64_t judge_completeness(struct elfdump *e)
{
	uint64_t size = oom_source_size(e->source), all = 0, there = 0;
	for (size_t i = 0; i < e->n; i++) {
		const struct segment *s = &e->v[i];
		all += s->filesz;
		there += s->offset >= size ? 0 : size - s->offset < s->filesz ? size - s->offset : s->filesz;
	}
	e->pages.complete = there < all || !oom_source_is_whole(e->source) ? OOM_NO : OOM_YES;
	if (e->pages.complete == OOM_NO)
		snprintf(e->pages.why, sizeof(e->pages.why),
			 "the dump is cut off: %" PRIu64 " of %" PRIu64 " MiB of memory are in the file", there >> 20,
			 all >> 20);
	return there;
}

/** The segment that holds the whole frame, NULL if none. */
static const struct segment *segment_of(const struct elfdump *e, uint64_t phys)
{
	size_t low = 0, high = e->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (e->v[mid].phys <= phys)
			low = mid + 1;
		else
			high = mid;
	}
	// Segments may overlap: /proc/vmcore's first one is the kernel's image, within one of RAM. Of those that hold
	// the address the last is taken, as it is the smallest in practice; `reach` tells when no earlier one can hold
	// it.
	for (size_t i = low; i-- > 0 && e->reach[i] > phys;)
		if (phys - e->v[i].phys < e->v[i].memsz)
			return &e->v[i];
	return NULL;
}

static enum oom_page_status elf_status(struct oom_pages *pages, uint64_t pfn)
{
	const struct elfdump *e = (const struct elfdump *)pages;
	const struct segment *s = segment_of(e, pfn * pages->page_size);
	if (!s)
		return OOM_PAGE_ABSENT;
	uint64_t at = pfn * pages->page_size - s->phys;
	if (at + pages->page_size > s->filesz)
		return OOM_PAGE_EXCLUDED;
	return s->offset + at + pages->page_size <= oom_source_size(e->source) ? OOM_PAGE_OK : OOM_PAGE_LOST;
}

static enum oom_page_status elf_read(struct oom_pages *pages, uint64_t pfn, void *page)
{
	const struct elfdump *e = (const struct elfdump *)pages;
	enum oom_page_status status = elf_status(pages, pfn);
	if (status != OOM_PAGE_OK)
		return status;
	const struct segment *s = segment_of(e, pfn * pages->page_size);
	uint64_t at = s->offset + (pfn * pages->page_size - s->phys);
	return oom_source_read(e->source, at, page, pages->page_size) == pages->page_size ? OOM_PAGE_OK : OOM_PAGE_LOST;
}

static uint64_t elf_next(struct oom_pages *pages, uint64_t pfn)
{
	const struct elfdump *e = (const struct elfdump *)pages;
	for (size_t i = 0; i < e->n; i++) {
		uint64_t first = (e->v[i].phys + pages->page_size - 1) / pages->page_size;
		uint64_t f = pfn > first ? pfn : first;
		bool inside = f * pages->page_size - e->v[i].phys < e->v[i].memsz;
		if (inside && f < pages->max_pfn && elf_status(pages, f) == OOM_PAGE_OK)
			return f;
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
	oom_source_close(e->source);
	free(e->v);
	free(e->reach);
	free(e->pages.vmcoreinfo);
	free(e);
}

static const struct oom_pages_ops elf_ops = {elf_read, elf_status, elf_next, NULL, elf_notes, elf_close};

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
	enum oom_status status = read_segments(e, eh, err);
	if (status != OOM_OK) {
		elf_close(&e->pages);
		return status;
	}
	const struct segment *last = &e->v[e->n - 1];
	e->pages.max_pfn = (last->phys + last->memsz) / e->pages.page_size;
	e->pages.free_excluded = e->filtered;
	if (!judge_completeness(e) && !e->pages.vmcoreinfo) {
		elf_close(&e->pages);
		return oom_fail(err, OOM_EDAMAGE, "the dump ends before its first page");
	}
	*ret = &e->pages;
	return OOM_OK;
}
