// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * kdump-compressed dumps of every packing, word size and byte order, split, cut off, incomplete; the same pages as
 * libkdumpfile reads. The dumps are written by fakedump.h.
 */
#include "fakedump.h"
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <oomortem/image.h>

static const char VMCOREINFO[] =
	"OSRELEASE=6.1.0-test\nBUILD-ID=0123456789abcdef0123456789abcdef01234567\nPAGESIZE=4096\n"
	"SYMBOL(init_uts_ns)=ffffffff82613700\nNUMBER(phys_base)=0\n";

static struct fakedump usual(void)
{
	return (struct fakedump){.block = 4096,
				 .version = 6,
				 .packing = FAKE_ZLIB,
				 .machine = "x86_64",
				 .level = 31,
				 .vmcoreinfo = VMCOREINFO,
				 .has = fake_has};
}

static struct oom_image *open_at(const char *const *paths, size_t n, enum oom_status expected)
{
	struct oom_image *image = NULL;
	struct oom_error err = {0};
	const struct oom_image_options options = {.track = true};
	enum oom_status status = oom_image_open(paths, n, &options, &image, &err);
	if (status != expected)
		fail_msg("opening gave %d (%s), not %d", status, err.text, expected);
	if (status != OOM_OK)
		assert_true(err.text[0] != '\0');
	return image;
}

static struct oom_image *open_one(const struct fakefile *f)
{
	const char *paths[] = {f->path};
	return open_at(paths, 1, OOM_OK);
}

static bool has_line(const struct oom_image *image, const char *part)
{
	const struct oom_strings *missing = &oom_image_info(image)->missing;
	for (size_t i = 0; i < missing->n; i++)
		if (strstr(missing->v[i], part))
			return true;
	return false;
}

/** Every page is what was written, or cannot be read; never anything else. The number that could be read. */
static size_t check_pages(struct oom_image *image, const struct fakedump *d, bool all)
{
	unsigned char *page = malloc(d->block), *expected = malloc(d->block);
	size_t n = 0;
	for (uint64_t pfn = 0; pfn < FAKE_FRAMES + 10; pfn++) {
		enum oom_status status = oom_read_phys(image, pfn * d->block, page, d->block);
		bool there = pfn < FAKE_FRAMES && d->has(pfn);
		if (all || !there)
			assert_int_equal(status, there ? OOM_OK : OOM_EREAD);
		if (status != OOM_OK)
			continue;
		(d->fill ? d->fill : fake_fill)(pfn, expected, d->block);
		assert_memory_equal(page, expected, d->block);
		n++;
	}
	free(page);
	free(expected);
	return n;
}

static void every_packing(void **state)
{
	(void)state;
	static const unsigned PACKINGS[] = {FAKE_PLAIN, FAKE_ZLIB, FAKE_LZO, FAKE_SNAPPY, FAKE_ZSTD};
	static const char *const FORMATS[] = {"kdump-plain", "kdump-zlib", "kdump-lzo", "kdump-snappy", "kdump-zstd"};
	for (size_t i = 0; i < sizeof(PACKINGS) / sizeof(PACKINGS[0]); i++) {
		struct fakedump d = usual();
		struct fakefile f = fake_file();
		d.packing = PACKINGS[i];
		fake_dump(&d, f.fd);
		struct oom_image *image = open_one(&f);
		const struct oom_image_info *info = oom_image_info(image);
		assert_string_equal(info->format, FORMATS[i]);
		assert_string_equal(info->arch, "x86_64");
		assert_string_equal(info->release, "6.1.0-test");
		assert_string_equal(info->build_id, "0123456789abcdef0123456789abcdef01234567");
		assert_int_equal(info->complete, OOM_YES);
		check_pages(image, &d, true);
		oom_image_close(image);
		close(f.fd);
	}
}

static void every_layout(void **state)
{
	(void)state;
	static const struct {
		bool big_endian, words32;
		unsigned block, version;
		const char *machine, *arch;
		unsigned ptr_size;
	} CASES[] = {
		{false, false, 4096, 3, "x86_64", "x86_64", 8}, {false, false, 65536, 6, "aarch64", "aarch64", 8},
		{true, false, 4096, 6, "s390x", "s390x", 8},	{false, true, 4096, 6, "i686", "ia32", 4},
		{false, true, 4096, 5, "x86_64", "ia32", 4}, // as QEMU says it of an i386 guest
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct fakedump d = usual();
		struct fakefile f = fake_file();
		d.big_endian = CASES[i].big_endian;
		d.words32 = CASES[i].words32;
		d.block = CASES[i].block;
		d.has = d.block > 4096 ? fake_has_few : fake_has;
		d.version = CASES[i].version;
		d.machine = CASES[i].machine;
		d.vmcoreinfo = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\nCRASHTIME=1700000000\n";
		fake_dump(&d, f.fd);
		struct oom_image *image = open_one(&f);
		const struct oom_image_info *info = oom_image_info(image);
		assert_string_equal(info->arch, CASES[i].arch);
		assert_string_equal(info->release, "6.1.0-test");
		assert_int_equal(info->big_endian, CASES[i].big_endian);
		assert_int_equal(info->ptr_size, CASES[i].ptr_size);
		assert_int_equal(info->page_size, 4096);
		check_pages(image, &d, true);
		oom_image_close(image);
		close(f.fd);
	}
}

/** libkdumpfile 0.5.1 reads a complete dump rightly: the same frames, the same bytes. */
static void as_libkdumpfile(void **state)
{
	(void)state;
	struct fakedump d = usual();
	struct fakefile f = fake_file();
	fake_dump(&d, f.fd);
	struct oom_image *image = open_one(&f);
	kdump_ctx_t *ctx = kdump_new();
	assert_int_equal(kdump_open_fd(ctx, f.fd), KDUMP_OK);
	for (uint64_t pfn = 0; pfn < FAKE_FRAMES; pfn++) {
		unsigned char ours[4096], theirs[4096];
		size_t len = sizeof(theirs);
		bool here = oom_read_phys(image, pfn * 4096, ours, sizeof(ours)) == OOM_OK;
		assert_int_equal(here, kdump_read(ctx, KDUMP_MACHPHYSADDR, pfn * 4096, theirs, &len) == KDUMP_OK);
		if (here)
			assert_memory_equal(ours, theirs, sizeof(ours));
	}
	kdump_free(ctx);
	oom_image_close(image);
	close(f.fd);
}

static void unaligned_reads(void **state)
{
	(void)state;
	struct fakedump d = usual();
	struct fakefile f = fake_file();
	fake_dump(&d, f.fd);
	struct oom_image *image = open_one(&f);
	unsigned char whole[3 * 4096], piece[3 * 4096];
	for (int i = 0; i < 3; i++)
		fake_fill(4101 + (unsigned)i, whole + i * 4096, 4096);
	for (size_t at = 0; at < sizeof(whole); at += 1000)
		for (size_t len = 1; at + len <= sizeof(whole); len += 777) {
			assert_int_equal(oom_read_phys(image, 4101 * 4096 + at, piece, len), OOM_OK);
			assert_memory_equal(piece, whole + at, len);
		}
	// Frame 3 is not there: a read that reaches into it fails as a whole.
	assert_int_equal(oom_read_phys(image, 3 * 4096 - 8, piece, 8), OOM_OK);
	assert_int_equal(oom_read_phys(image, 3 * 4096 - 8, piece, 9), OOM_EREAD);
	assert_int_equal(oom_read_phys(image, UINT64_MAX - 7, piece, 16), OOM_EREAD);
	oom_image_close(image);
	close(f.fd);
}

static void cut_off(void **state)
{
	(void)state;
	struct fakedump d = usual();
	struct fakefile f = fake_file();
	fake_dump(&d, f.fd);
	off_t size = lseek(f.fd, 0, SEEK_END);
	size_t before = SIZE_MAX;
	for (int percent = 99; percent >= 20; percent -= percent > 90 ? 2 : 15) {
		assert_int_equal(ftruncate(f.fd, size * percent / 100), 0);
		struct oom_image *image = open_one(&f);
		assert_int_equal(oom_image_info(image)->complete, OOM_NO);
		assert_true(has_line(image, "cut off"));
		size_t n = check_pages(image, &d, false);
		assert_true(n > 0 && n <= before);
		before = n;
		oom_image_close(image);
	}
	// Within the page bitmap: nothing of memory is left, VMCOREINFO is.
	assert_int_equal(ftruncate(f.fd, 9000), 0);
	struct oom_image *image = open_one(&f);
	assert_int_equal(oom_image_info(image)->complete, OOM_NO);
	assert_true(check_pages(image, &d, false) < 4096 * 8);
	oom_image_close(image);
	const char *paths[] = {f.path};
	assert_int_equal(ftruncate(f.fd, 4096), 0);
	open_at(paths, 1, OOM_EDAMAGE);
	assert_int_equal(ftruncate(f.fd, 100), 0);
	open_at(paths, 1, OOM_EDAMAGE);
	assert_int_equal(ftruncate(f.fd, 0), 0);
	open_at(paths, 1, OOM_EFORMAT);
	close(f.fd);
}

/** The end is there and zeros: a writer that made the file as large as it should become, and stopped. */
static void never_filled_in(void **state)
{
	(void)state;
	static const unsigned PACKINGS[] = {FAKE_ZLIB, FAKE_PLAIN, FAKE_PLAIN};
	for (size_t i = 0; i < 9; i++) {
		struct fakedump d = usual();
		struct fakefile f = fake_file();
		d.packing = PACKINGS[i / 3];
		d.level = i / 3 == 2 ? 16 : 31; // pages of zeros left out, or not
		fake_dump(&d, f.fd);
		off_t size = lseek(f.fd, 0, SEEK_END);
		assert_int_equal(ftruncate(f.fd, size * (off_t)(20 + 25 * (i % 3)) / 100), 0);
		assert_int_equal(ftruncate(f.fd, size), 0);
		struct oom_image *image = open_one(&f);
		assert_int_equal(oom_image_info(image)->complete, OOM_NO);
		assert_true(has_line(image, "cut off"));
		assert_true(check_pages(image, &d, false) > 0);
		oom_image_close(image);
		close(f.fd);
	}
}

static void marked_incomplete(void **state)
{
	(void)state;
	struct fakedump d = usual();
	struct fakefile f = fake_file();
	d.status_extra = FAKE_INCOMPLETE;
	fake_dump(&d, f.fd);
	struct oom_image *image = open_one(&f);
	assert_int_equal(oom_image_info(image)->complete, OOM_NO);
	assert_true(has_line(image, "marked incomplete"));
	check_pages(image, &d, true);
	oom_image_close(image);
	close(f.fd);
}

static void split_set(void **state)
{
	(void)state;
	struct fakefile files[3];
	const uint64_t BOUNDS[] = {0, 5000, 9001, FAKE_FRAMES};
	struct fakedump d = usual();
	for (int i = 0; i < 3; i++) {
		files[i] = fake_file();
		d.split = true;
		d.start = BOUNDS[i];
		d.end = BOUNDS[i + 1];
		fake_dump(&d, files[i].fd);
	}
	const char *set[] = {files[2].path, files[0].path, files[1].path};
	struct oom_image *image = open_at(set, 3, OOM_OK);
	assert_int_equal(oom_image_info(image)->complete, OOM_YES);
	check_pages(image, &d, true);
	oom_image_close(image);
	// One part alone, or two of three, are a part, and say so.
	for (size_t n = 1; n <= 2; n++) {
		image = open_at(set, n, OOM_OK);
		assert_int_equal(oom_image_info(image)->complete, OOM_NO);
		assert_true(has_line(image, "of a split dump"));
		check_pages(image, &d, false);
		oom_image_close(image);
	}
	// A part of another dump does not go with them.
	struct fakefile other = fake_file();
	struct fakedump o = usual();
	o.split = true;
	o.end = 5000;
	o.machine = "aarch64";
	fake_dump(&o, other.fd);
	const char *mixed[] = {files[0].path, other.path};
	open_at(mixed, 2, OOM_EINVAL);
	const char *nonsense[] = {files[0].path, "/etc/passwd"};
	open_at(nonsense, 2, OOM_EFORMAT);
	for (int i = 0; i < 3; i++)
		close(files[i].fd);
	close(other.fd);
}

/** Left out: zeros where nothing but zeros was left out, else unreadable. */
static void left_out(void **state)
{
	(void)state;
	for (unsigned level = 0; level <= 31; level += level ? 30 : 1) {
		struct fakedump d = usual();
		struct fakefile f = fake_file();
		d.level = level;
		fake_dump(&d, f.fd);
		struct oom_image *image = open_one(&f);
		unsigned char page[4096];
		// Frame 3 is memory and not in the dump; frame 12 is neither.
		assert_int_equal(oom_read_phys(image, 3 * 4096, page, sizeof(page)), level == 1 ? OOM_OK : OOM_EREAD);
		assert_true(level != 1 || (!page[0] && !memcmp(page, page + 1, sizeof(page) - 1)));
		assert_int_equal(oom_read_phys(image, 12 * 4096, page, sizeof(page)), OOM_EREAD);
		assert_true(oom_image_has_pfn(image, 3));
		assert_false(oom_image_has_pfn(image, 12));
		oom_image_close(image);
		close(f.fd);
	}
}

/* VMCOREINFO in memory. The kernel is at 16 MiB, utsname in frame 0x1613; a stale copy comes before the live one. */

enum { STALE = 4100, STRAY = 4110, LIVE = 4120, UTS = 0x1613 };

static const char LIVE_TEXT[] =
	"OSRELEASE=6.1.0-live\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=ffffffff81613700\n"
	"SYMBOL(_stext)=ffffffff81000000\nNUMBER(phys_base)=0\nSYMBOL(swapper_pg_dir)=ffffffff81610000\n"
	"OFFSET(list_head.next)=0\nOFFSET(list_head.prev)=8\nLENGTH(zone.free_area)=11\n"
	"SIZE(list_head)=16\nNUMBER(NR_FREE_PAGES)=0\nNUMBER(PG_lru)=4\nKERNELOFFSET=0\n";

static bool memory_has(uint64_t pfn)
{
	return fake_has(pfn) || pfn == UTS || pfn == UTS + 1;
}

static void memory_fill(uint64_t pfn, unsigned char *page, size_t size)
{
	fake_fill(pfn, page, size);
	if (pfn == STALE || pfn == LIVE) {
		memset(page, 0, size);
		memcpy(page, LIVE_TEXT, sizeof(LIVE_TEXT));
		if (pfn == STALE)
			memcpy(page + 10, "5.9.9-old9", 10);
	}
	if (pfn == STRAY)
		memcpy(page, "OSRELEASE=", 10);
	if (pfn == UTS) {
		memset(page, 0, size);
		memcpy(page + 0x700 + 4, "Linux", 6);
		memcpy(page + 0x700 + 4 + 2 * 65, "6.1.0-live", 11);
	}
}

static void vmcoreinfo_in_memory(void **state)
{
	(void)state;
	for (int packing = 0; packing < 2; packing++) {
		struct fakedump d = usual();
		struct fakefile f = fake_file();
		d.vmcoreinfo = NULL;
		d.packing = packing ? FAKE_ZLIB : FAKE_LZO;
		d.has = memory_has;
		d.fill = memory_fill;
		fake_dump(&d, f.fd);
		struct oom_image *image = open_one(&f);
		assert_string_equal(oom_image_info(image)->release, "6.1.0-live");
		uint64_t word;
		assert_int_equal(oom_read_u64(image, UINT64_C(0xffffffff81613704), &word), OOM_OK);
		assert_memory_equal(&word, "Linux", 6);
		assert_true(oom_image_info(image)->no_page_tables);
		oom_image_close(image);
		close(f.fd);
	}
}

static void no_vmcoreinfo(void **state)
{
	(void)state;
	struct fakedump d = usual();
	struct fakefile f = fake_file();
	d.vmcoreinfo = NULL;
	fake_dump(&d, f.fd);
	struct oom_image *image = open_one(&f);
	assert_null(oom_image_info(image)->release);
	assert_true(has_line(image, "VMCOREINFO"));
	uint64_t word;
	assert_int_equal(oom_read_u64(image, UINT64_C(0xffffffff81000000), &word), OOM_EREAD);
	check_pages(image, &d, true);
	oom_image_close(image);
	close(f.fd);
}

/** What was read while tracking, and nothing else, is in the slim dump: for us and for libkdumpfile. */
static void slim(void **state)
{
	(void)state;
	struct fakedump d = usual();
	struct fakefile f = fake_file();
	d.vmcoreinfo = NULL;
	d.has = memory_has;
	d.fill = memory_fill;
	fake_dump(&d, f.fd);
	struct oom_image *image = open_one(&f);
	char path[] = "/tmp/test_kdump_XXXXXX";
	int slim_fd = mkstemp(path);
	assert_true(slim_fd >= 0);
	close(slim_fd);
	// Utsname was read at opening, to compare the release.
	static const uint64_t WANTED[] = {1, 2, 30, 4105, 4106, UTS, 9019, FAKE_FRAMES - 1};
	unsigned char page[4096], expected[4096];
	for (size_t i = 0; i < sizeof(WANTED) / sizeof(WANTED[0]); i++)
		assert_int_equal(oom_read_phys(image, WANTED[i] * 4096 + 100, page, 8), OOM_OK);
	bool before = oom_image_track(image, false);
	assert_true(before);
	assert_int_equal(oom_read_phys(image, UINT64_C(4130) * 4096, page, 8), OOM_OK);
	oom_image_track(image, true);
	struct oom_error err = {0};
	assert_int_equal(oom_slim_write(image, path, false, &err), OOM_OK);
	oom_image_close(image);

	const char *paths[] = {path};
	image = open_at(paths, 1, OOM_OK);
	kdump_ctx_t *ctx = kdump_new();
	slim_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (kdump_open_fd(ctx, slim_fd) != KDUMP_OK)
		fail_msg("%s", kdump_get_err(ctx));
	assert_int_equal(oom_image_info(image)->complete, OOM_YES);
	assert_string_equal(oom_image_info(image)->release, "6.1.0-live"); // without a search: it is in the notes now
	size_t found = 0;
	for (uint64_t pfn = 0; pfn < FAKE_FRAMES; pfn++) {
		size_t len = sizeof(expected);
		bool here = oom_read_phys(image, pfn * 4096, page, sizeof(page)) == OOM_OK, wanted = false;
		for (size_t i = 0; i < sizeof(WANTED) / sizeof(WANTED[0]); i++)
			wanted |= pfn == WANTED[i];
		assert_int_equal(here, wanted);
		assert_int_equal(here, kdump_read(ctx, KDUMP_MACHPHYSADDR, pfn * 4096, expected, &len) == KDUMP_OK);
		if (!here)
			continue;
		assert_memory_equal(page, expected, sizeof(page));
		memory_fill(pfn, expected, sizeof(expected));
		assert_memory_equal(page, expected, sizeof(page));
		found++;
	}
	assert_int_equal(found, sizeof(WANTED) / sizeof(WANTED[0]));
	kdump_free(ctx);
	oom_image_close(image);
	close(slim_fd);
	unlink(path);
	close(f.fd);
}

static void no_dump(void **state)
{
	(void)state;
	const char *nowhere[] = {"/nonexistent/vmcore"}, *folder[] = {"/tmp"}, *text[] = {"/etc/passwd"};
	open_at(nowhere, 1, OOM_EOPEN);
	open_at(folder, 1, OOM_EFORMAT);
	open_at(text, 1, OOM_EFORMAT);
	struct oom_image *image;
	struct oom_error err;
	assert_int_equal(oom_image_open(NULL, 0, NULL, &image, &err), OOM_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packing),     cmocka_unit_test(every_layout),
		cmocka_unit_test(as_libkdumpfile),   cmocka_unit_test(unaligned_reads),
		cmocka_unit_test(cut_off),	     cmocka_unit_test(never_filled_in),
		cmocka_unit_test(marked_incomplete), cmocka_unit_test(split_set),
		cmocka_unit_test(left_out),	     cmocka_unit_test(vmcoreinfo_in_memory),
		cmocka_unit_test(no_vmcoreinfo),     cmocka_unit_test(slim),
		cmocka_unit_test(no_dump),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
