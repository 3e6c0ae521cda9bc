// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * ELF cores: segments that overlap, more of them than e_phnum can say, notes without end, and zeros that were never
 * memory. The cores are written here, after elf(5).
 */
#include "fakedump.h"
#include <elf.h>
#include <oomortem/image.h>
#include <time.h>

enum { PAGE = 4096, MIB = 1 << 20 };

static const char VMCOREINFO[] = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n";

/** A core in the making: program headers at the end of the file, as QEMU 7.2 has them behind the section headers. */
struct core {
	struct fakefile file;
	Elf64_Phdr *ph;
	size_t n, cap;
	uint64_t pos;
};

static struct core core_new(void)
{
	struct core c = {.file = fake_file(), .pos = PAGE};
	c.cap = 100000;
	c.ph = calloc(c.cap, sizeof(*c.ph));
	return c;
}

static void core_header(struct core *c, uint32_t type, uint64_t phys, uint64_t memsz, uint64_t filesz, uint64_t offset)
{
	assert_true(c->n < c->cap);
	c->ph[c->n++] =
		(Elf64_Phdr){.p_type = type, .p_paddr = phys, .p_memsz = memsz, .p_filesz = filesz, .p_offset = offset};
}

/** The page of frame @p pfn as copy @p salt of it; never zeros. */
static void fill(unsigned char *page, uint64_t pfn, unsigned salt)
{
	for (size_t i = 0; i < PAGE; i += 8) {
		uint64_t word = pfn * 1000 + i + 1 + ((uint64_t)salt << 56);
		memcpy(page + i, &word, 8);
	}
}

/** Appends a segment with its pages. */
static void core_load(struct core *c, uint64_t pfn, uint64_t n, unsigned salt)
{
	unsigned char page[PAGE];
	core_header(c, PT_LOAD, pfn * PAGE, n * PAGE, n * PAGE, c->pos);
	for (uint64_t i = 0; i < n; i++, c->pos += PAGE) {
		fill(page, pfn + i, salt);
		fake_write(c->file.fd, (uint64_t)c->pos, page, PAGE);
	}
}

static void core_note(struct core *c)
{
	unsigned char note[512] = {0};
	uint32_t head[3] = {sizeof("VMCOREINFO"), sizeof(VMCOREINFO) - 1, 0};
	memcpy(note, head, sizeof(head));
	memcpy(note + 12, "VMCOREINFO", sizeof("VMCOREINFO"));
	memcpy(note + 24, VMCOREINFO, sizeof(VMCOREINFO) - 1);
	fake_write(c->file.fd, c->pos, note, sizeof(note));
	core_header(c, PT_NOTE, 0, 0, 24 + sizeof(VMCOREINFO) + 3, c->pos);
	c->pos += sizeof(note);
}

/** Writes headers for @p claimed segments, and closes nothing. @p front: before the pages, where they are few. */
static void core_finish(struct core *c, uint64_t claimed, bool front)
{
	Elf64_Ehdr eh = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			 .e_type = ET_CORE,
			 .e_machine = EM_X86_64,
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phoff = front ? sizeof(eh) + sizeof(Elf64_Shdr) : c->pos};
	Elf64_Shdr sh = {.sh_info = (uint32_t)claimed};
	eh.e_phnum = claimed < PN_XNUM ? (uint16_t)claimed : PN_XNUM;
	eh.e_shoff = sizeof(eh);
	fake_write(c->file.fd, 0, &eh, sizeof(eh));
	fake_write(c->file.fd, sizeof(eh), &sh, sizeof(sh));
	fake_write(c->file.fd, eh.e_phoff, c->ph, c->n * sizeof(*c->ph));
	free(c->ph);
}

static struct oom_image *core_open(const struct core *c)
{
	const char *paths[] = {c->file.path};
	struct oom_image *image = NULL;
	struct oom_error err = {0};
	if (oom_image_open(paths, 1, NULL, &image, &err) != OOM_OK)
		fail_msg("%s", err.text);
	return image;
}

static bool has_line(const struct oom_image *image, const char *part)
{
	const struct oom_strings *missing = &oom_image_info(image)->missing;
	for (size_t i = 0; i < missing->n; i++)
		if (strstr(missing->v[i], part))
			return true;
	return false;
}

/** Is frame @p pfn what copy @p salt of it is? */
static void check_page(struct oom_image *image, uint64_t pfn, unsigned salt)
{
	unsigned char page[PAGE], expected[PAGE];
	fill(expected, pfn, salt);
	assert_int_equal(oom_read_phys(image, pfn * PAGE, page, PAGE), OOM_OK);
	assert_memory_equal(page, expected, PAGE);
}

static bool readable(struct oom_image *image, uint64_t pfn)
{
	unsigned char page[PAGE];
	return oom_read_phys(image, pfn * PAGE, page, PAGE) == OOM_OK;
}

/** Of two segments that hold a frame, the one that starts later has it; beyond its end the other has it again. */
static void overlaps(void **state)
{
	(void)state;
	struct core c = core_new();
	core_note(&c);
	core_load(&c, 100, 50, 1); // the kernel's image, first in the file
	core_load(&c, 0, 400, 2);
	core_load(&c, 120, 10, 3);
	core_load(&c, 390, 30, 4);
	core_load(&c, 100, 5, 5); // the same start: the smaller one
	core_header(&c, PT_LOAD, 500 * PAGE, 20 * PAGE, 0, c.pos);
	core_finish(&c, c.n, true);
	struct oom_image *image = core_open(&c);
	assert_int_equal(oom_image_info(image)->complete, OOM_YES);
	assert_string_equal(oom_image_info(image)->release, "6.1.0-test");
	for (uint64_t pfn = 0; pfn < 420; pfn++)
		check_page(image, pfn,
			   pfn >= 390		     ? 4
			   : pfn >= 120 && pfn < 130 ? 3
			   : pfn >= 100 && pfn < 105 ? 5
			   : pfn >= 100 && pfn < 150 ? 1
						     : 2);
	assert_false(readable(image, 420) || readable(image, 510) || readable(image, 600));
	assert_true(oom_image_has_pfn(image, 510));
	assert_false(oom_image_has_pfn(image, 450) || oom_image_has_pfn(image, 520));
	oom_image_close(image);
	close(c.file.fd);
}

/** A frame that a segment holds in part only cannot be read; the others are where the segment says. */
static void unaligned(void **state)
{
	(void)state;
	struct core c = core_new();
	unsigned char page[PAGE];
	core_note(&c);
	// Memory from 0x400 to 0x3c00: frames 1 and 2 are whole.
	for (uint64_t pfn = 0; pfn < 4; pfn++) {
		fill(page, pfn, 7);
		fake_write(c.file.fd, c.pos + pfn * PAGE, page, PAGE);
	}
	core_header(&c, PT_LOAD, 0x400, 0x3800, 0x3800, c.pos + 0x400);
	c.pos += 4 * PAGE;
	core_finish(&c, c.n, true);
	struct oom_image *image = core_open(&c);
	assert_false(readable(image, 0) || readable(image, 3));
	check_page(image, 1, 7);
	check_page(image, 2, 7);
	oom_image_close(image);
	close(c.file.fd);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** 70,000 segments, each of one page, every other frame left out: section header 0 has their number. */
static void many_segments(void **state)
{
	(void)state;
	enum { N = 70000 };
	struct core c = core_new();
	core_note(&c);
	for (uint64_t i = 0; i < N; i++)
		core_load(&c, 2 * i, 1, 1);
	core_finish(&c, c.n, false);
	double start = seconds();
	struct oom_image *image = core_open(&c);
	assert_int_equal(oom_image_info(image)->complete, OOM_YES);
	for (uint64_t i = 0; i < N; i += 7)
		check_page(image, 2 * i, 1);
	check_page(image, UINT64_C(2) * (N - 1), 1);
	assert_false(readable(image, UINT64_C(2) * (N - 1) + 1));
	assert_true(seconds() - start < 5);
	oom_image_close(image);
	close(c.file.fd);
}

/** Fewer program headers in the file than there should be: what they would tell is missing, and said so. */
static void lost_segments(void **state)
{
	(void)state;
	struct core c = core_new();
	core_note(&c);
	for (uint64_t i = 0; i < 70000; i++)
		core_header(&c, PT_LOAD, i * PAGE, PAGE, PAGE, PAGE);
	core_finish(&c, 200000, false);
	struct oom_image *image = core_open(&c);
	assert_int_equal(oom_image_info(image)->complete, OOM_NO);
	assert_true(has_line(image, "129999 of 200000 could not be read"));
	oom_image_close(image);
	close(c.file.fd);
}

/** Without VMCOREINFO all pages are searched for it: a step from one to the next must not cost a walk of them all. */
static void search_is_cheap(void **state)
{
	(void)state;
	struct core c = core_new();
	for (uint64_t i = 0; i < 60000; i++)
		core_load(&c, 3 * i, 1, 1);
	core_finish(&c, c.n, false);
	double start = seconds();
	struct oom_image *image = core_open(&c);
	assert_null(oom_image_info(image)->release);
	assert_true(seconds() - start < 5);
	oom_image_close(image);
	close(c.file.fd);
}

/** Thousands of large notes cost no more than one. */
static void many_notes(void **state)
{
	(void)state;
	struct core c = core_new();
	core_note(&c);
	memset(&c.ph[c.n - 1], 0, sizeof(c.ph[0])); // none of them is VMCOREINFO's
	core_load(&c, 0, 10, 1);
	for (int i = 0; i < 20000; i++)
		core_header(&c, PT_NOTE, 0, 0, 16 * MIB, 2 * PAGE);
	core_finish(&c, c.n, false);
	assert_int_equal(ftruncate(c.file.fd, 64 * MIB), 0);
	fake_write(c.file.fd, 64 * MIB - 1, "x", 1);
	double start = seconds();
	struct oom_image *image = core_open(&c);
	assert_true(seconds() - start < 2);
	check_page(image, 3, 1);
	oom_image_close(image);
	close(c.file.fd);
}

/** A core of 16 MiB; pages of zeros at 1 MiB, 64 of them. */
static struct core with_zeros(void)
{
	struct core c = core_new();
	unsigned char zeros[PAGE] = {0};
	core_note(&c);
	c.pos = 2 * PAGE;
	core_load(&c, 0, 16 * MIB / PAGE, 1);
	for (uint64_t pfn = 256; pfn < 320; pfn++)
		fake_write(c.file.fd, (2 + pfn) * PAGE, zeros, PAGE);
	core_finish(&c, c.n, true);
	return c;
}

/** Padded with zeros to its full length after @p mib MiB: not a page more can be read than was written. */
static void padded(void **state)
{
	(void)state;
	for (uint64_t mib = 2; mib <= 14; mib += 4) {
		struct core c = with_zeros();
		uint64_t cut = 2 * PAGE + mib * MIB + 1000;
		assert_int_equal(ftruncate(c.file.fd, (off_t)cut), 0);
		assert_int_equal(ftruncate(c.file.fd, 2 * PAGE + 16 * MIB), 0);
		struct oom_image *image = core_open(&c);
		assert_int_equal(oom_image_info(image)->complete, OOM_NO);
		assert_true(has_line(image, "zeros that were never written"));
		check_page(image, 255, 1);
		assert_true(readable(image, 256) && readable(image, 300));
		check_page(image, mib * 256 - 1, 1);
		for (uint64_t pfn = mib * 256; pfn < 4096; pfn++)
			assert_false(readable(image, pfn));
		oom_image_close(image);
		close(c.file.fd);
	}
}

/** A healthy core may end in some pages of zeros. */
static void ends_in_free_pages(void **state)
{
	(void)state;
	struct core c = with_zeros();
	assert_int_equal(ftruncate(c.file.fd, 2 * PAGE + 16 * MIB - 100 * PAGE), 0);
	assert_int_equal(ftruncate(c.file.fd, 2 * PAGE + 16 * MIB), 0);
	struct oom_image *image = core_open(&c);
	assert_int_equal(oom_image_info(image)->complete, OOM_YES);
	assert_true(readable(image, 4095));
	oom_image_close(image);
	close(c.file.fd);
}

/** A hole in the midst: nothing at the end tells, but a page that is wanted from it is no page of zeros. */
static void hole(void **state)
{
	(void)state;
	struct core c = with_zeros();
	unsigned char *zeros = calloc(5, MIB);
	fake_write(c.file.fd, 2 * PAGE + 4 * MIB, zeros, (size_t)5 * MIB);
	free(zeros);
	struct oom_image *image = core_open(&c);
	assert_int_equal(oom_image_info(image)->complete, OOM_YES);
	check_page(image, 1023, 1);
	assert_true(readable(image, 300));
	assert_int_equal(oom_image_info(image)->complete, OOM_YES);
	for (uint64_t pfn = 1024; pfn < 9 * 256; pfn += 31)
		assert_false(readable(image, pfn));
	assert_int_equal(oom_image_info(image)->complete, OOM_NO);
	check_page(image, 9 * 256, 1);
	oom_image_close(image);
	close(c.file.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlaps),	 cmocka_unit_test(unaligned),  cmocka_unit_test(many_segments),
		cmocka_unit_test(lost_segments), cmocka_unit_test(many_notes), cmocka_unit_test(search_is_cheap),
		cmocka_unit_test(padded),	 cmocka_unit_test(hole),       cmocka_unit_test(ends_in_free_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
