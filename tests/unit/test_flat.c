// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Flattened files read as what they would be rearranged: records in any order, records that replace earlier ones,
 * holes, a file without its end. The flattened files are written by fakedump.h.
 */
#include "fakedump.h"
#include "image/source.h"
#include <fcntl.h>
#include <oomortem/image.h>

static struct oom_source *open_source(int fd, enum oom_status expected)
{
	struct oom_source *source = NULL;
	struct oom_error err = {0};
	assert_int_equal(oom_source_open(dup(fd), &source, &err), expected);
	return source;
}

struct piece {
	uint64_t at;
	const char *text;
};

static int flat_of(const struct piece *pieces, size_t n, bool end_mark)
{
	int fd = memfd_create("flat", MFD_CLOEXEC);
	unsigned char head[4096] = "makedumpfile";
	uint64_t pos = sizeof(head), mark[2] = {UINT64_MAX, UINT64_MAX};
	fake_write(fd, 0, head, sizeof(head));
	for (size_t i = 0; i < n; i++) {
		uint64_t record[2] = {htobe64(pieces[i].at), htobe64(strlen(pieces[i].text))};
		fake_write(fd, pos, record, sizeof(record));
		fake_write(fd, pos + sizeof(record), pieces[i].text, strlen(pieces[i].text));
		pos += sizeof(record) + strlen(pieces[i].text);
	}
	if (end_mark)
		fake_write(fd, pos, mark, sizeof(mark));
	return fd;
}

/** What the pieces make when they are written one after the other into a file, as makedumpfile -R does. */
static size_t rearranged(const struct piece *pieces, size_t n, char *file)
{
	size_t size = 0;
	for (size_t i = 0; i < n; i++) {
		memcpy(file + pieces[i].at, pieces[i].text, strlen(pieces[i].text));
		if (pieces[i].at + strlen(pieces[i].text) > size)
			size = pieces[i].at + strlen(pieces[i].text);
	}
	return size;
}

static void records_in_any_order(void **state)
{
	(void)state;
	static const struct piece SETS[][6] = {
		{{0, "0123456789"}, {10, "abcdef"}, {16, "ghij"}},
		{{16, "ghij"}, {0, "0123456789"}, {10, "abcdef"}},
		{{0, "0123456789"}, {10, "abcdef"}, {0, "HEAD"}},			   // the header again
		{{0, "0123456789"}, {5, "xxxxxxxxxx"}, {3, "YYYY"}, {14, "z"}, {12, "Q"}}, // chains of overlaps
		{{5, "later?"}, {0, "all of this hides it"}, {2, "##"}, {19, "tail"}},
		{{0, "start"}, {40, "behind a hole"}},
		{{0, "aaaaaaaaaa"},
		 {0, "bbbbbbbbbbbbbbb"},
		 {0, "cc"},
		 {14, "dddd"},
		 {1, "eeeeeeeeeeeeeeeeee"},
		 {3, "f"}},
	};
	for (size_t i = 0; i < sizeof(SETS) / sizeof(SETS[0]); i++) {
		size_t n = 0;
		while (n < 6 && SETS[i][n].text)
			n++;
		char expected[128] = {0}, got[128];
		size_t size = rearranged(SETS[i], n, expected);
		int fd = flat_of(SETS[i], n, true);
		struct oom_source *source = open_source(fd, OOM_OK);
		assert_true(oom_source_is_flat(source) && oom_source_is_whole(source));
		assert_int_equal(oom_source_size(source), size);
		for (size_t at = 0; at <= size; at++)
			for (size_t len = 0; len <= 64; len++) {
				size_t there = at + len <= size ? len : size - at;
				memset(got, 0x55, sizeof(got));
				assert_int_equal(oom_source_read(source, at, got, len), there);
				assert_memory_equal(got, expected + at, there);
			}
		oom_source_close(source);
		close(fd);
	}
}

/** Without its end mark a hole may be a record that never arrived: the bytes are missing, not zeros. */
static void holes_of_a_cut_file(void **state)
{
	(void)state;
	static const struct piece PIECES[] = {{0, "start"}, {40, "behind a hole"}};
	int fd = flat_of(PIECES, 2, false);
	struct oom_source *source = open_source(fd, OOM_OK);
	char got[64];
	assert_false(oom_source_is_whole(source));
	assert_int_equal(oom_source_read(source, 0, got, sizeof(got)), 5);
	assert_int_equal(oom_source_read(source, 20, got, 10), 0);
	assert_int_equal(oom_source_read(source, 47, got, sizeof(got)), 6);
	assert_memory_equal(got, "a hole", 6);
	oom_source_close(source);
	close(fd);
}

/** A record far behind the others, its place a flipped bit away: what lies between is no terabyte of zeros. */
static void far_away(void **state)
{
	(void)state;
	static const struct piece PIECES[] = {{0, "start"}, {UINT64_C(1) << 50, "far away"}, {40, "behind a hole"}};
	int fd = flat_of(PIECES, 3, true);
	struct oom_source *source = open_source(fd, OOM_OK);
	char got[64];
	assert_false(oom_source_is_whole(source));
	assert_int_equal(oom_source_read(source, 40, got, sizeof(got)), 13);
	assert_int_equal(oom_source_read(source, UINT64_C(1) << 40, got, 10), 0);
	oom_source_close(source);
	close(fd);
}

static void nonsense(void **state)
{
	(void)state;
	static const uint64_t HEADS[][2] = {{0, 0}, {INT64_MAX, 100}, {UINT64_MAX, 5}, {5, UINT64_MAX}, {1, INT64_MAX}};
	for (size_t i = 0; i < sizeof(HEADS) / sizeof(HEADS[0]); i++) {
		int fd = flat_of(NULL, 0, false);
		uint64_t record[2] = {htobe64(HEADS[i][0]), htobe64(HEADS[i][1])};
		fake_write(fd, 4096, record, sizeof(record));
		fake_write(fd, 4096 + sizeof(record), "some bytes", 10);
		open_source(fd, OOM_EDAMAGE);
		close(fd);
	}
	// An empty one is no error here: there is nothing in it.
	int fd = flat_of(NULL, 0, true);
	struct oom_source *source = open_source(fd, OOM_OK);
	char byte;
	assert_int_equal(oom_source_size(source), 0);
	assert_int_equal(oom_source_read(source, 0, &byte, 1), 0);
	assert_int_equal(oom_source_read(source, UINT64_MAX, &byte, 1), 0);
	oom_source_close(source);
	close(fd);
}

/** Every page of a flattened dump is that of the dump itself, whatever the records' length; also of a cut one. */
static void whole_dumps(void **state)
{
	(void)state;
	static const size_t STEPS[] = {100000, 16384, 4096, 1000};
	struct fakedump d = {.block = 4096,
			     .version = 6,
			     .packing = FAKE_LZO,
			     .machine = "x86_64",
			     .level = 31,
			     .vmcoreinfo = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n",
			     .has = fake_has};
	struct fakefile plain = fake_file();
	fake_dump(&d, plain.fd);
	for (size_t i = 0; i < 2 * sizeof(STEPS) / sizeof(STEPS[0]); i++) {
		struct fakefile flat = fake_file();
		bool cut = i % 2;
		fake_flatten(plain.fd, flat.fd, STEPS[i / 2], true);
		// The last record, the head once more, goes with the cut: what it should hide is what is there.
		if (cut)
			assert_int_equal(ftruncate(flat.fd, lseek(flat.fd, 0, SEEK_END) - 16), 0);
		const char *paths[] = {flat.path};
		struct oom_image *image = NULL;
		struct oom_error err = {0};
		assert_int_equal(oom_image_open(paths, 1, NULL, &image, &err), OOM_OK);
		assert_string_equal(oom_image_info(image)->format, "kdump-lzo flattened");
		assert_string_equal(oom_image_info(image)->release, "6.1.0-test");
		assert_int_equal(oom_image_info(image)->complete, cut ? OOM_NO : OOM_YES);
		for (uint64_t pfn = 0; pfn < FAKE_FRAMES; pfn++) {
			unsigned char page[4096], expected[4096];
			enum oom_status status = oom_read_phys(image, pfn * 4096, page, sizeof(page));
			assert_int_equal(status, fake_has(pfn) ? OOM_OK : OOM_EREAD);
			fake_fill(pfn, expected, sizeof(expected));
			if (status == OOM_OK)
				assert_memory_equal(page, expected, sizeof(page));
		}
		oom_image_close(image);
		close(flat.fd);
	}
	close(plain.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_in_any_order),
		cmocka_unit_test(holes_of_a_cut_file),
		cmocka_unit_test(far_away),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(whole_dumps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
