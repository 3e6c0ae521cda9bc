// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A stand-alone dump of s390x, which libkdumpfile opens for us and libaddrxlat translates: big endian, no notes, tables
 * of the z/Architecture. Written here after zipl's dump header (s390-tools, include/dump/s390_dump.h) and the
 * Principles of Operation, SA22-7832, "Dynamic Address Translation".
 */
#include "fakedump.h"
#include <endian.h>
#include <oomortem/image.h>

enum {
	PAGE = 4096,
	PAGES = 512,
	UTS = 0x6000,
	INFO = 0x5000,
	ROOT = 0x10000,
	SEGMENTS = 0x14000,
	LEAVES = 0x18000,
	LOW = 0x1c000
};
enum { TARGET = 0x40000, HUGE = 0x100000 };
enum { INVALID = 0x20, REGION3 = 0x4 | 0x3, LARGE = 0x400 };
static const uint64_t MAGIC = 0xa8190173618f23fd, MAPPED = 0x380001000, SEGMENT = 0x100000;
static const char TEXT[] =
	"OSRELEASE=6.1.0-test\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=6000\nSYMBOL(swapper_pg_dir)=10000\n"
	"SYMBOL(lowcore_ptr)=7000\nSYMBOL(high_memory)=7008\nSIZE(page)=64\nSIZE(list_head)=16\nOFFSET(page.flags)=0\n"
	"OFFSET(page._refcount)=52\nOFFSET(page.lru)=8\nOFFSET(list_head.next)=0\nOFFSET(list_head.prev)=8\n"
	"NUMBER(PG_lru)=4\nNUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\nNUMBER(PG_slab)=9\nCRASHTIME=1700000000\n";

static void put(unsigned char *at, uint64_t value)
{
	uint64_t big = htobe64(value);
	memcpy(at, &big, sizeof(big));
}

static void put_half(unsigned char *at, uint32_t value)
{
	uint32_t big = htobe32(value);
	memcpy(at, &big, sizeof(big));
}

/** Region third table, segment tables, one page table: MAPPED is TARGET, the pages around it are nothing. */
static void put_tables(unsigned char *memory)
{
	for (size_t i = 0; i < 2048; i++) {
		put(memory + ROOT + 8 * i, INVALID | 0x4);
		put(memory + SEGMENTS + 8 * i, INVALID);
		put(memory + LOW + 8 * i, i < 2 ? i * SEGMENT | LARGE : INVALID); // memory itself, by large pages
	}
	for (size_t i = 0; i < 256; i++)
		put(memory + LEAVES + 8 * i, 0x400);
	put(memory + ROOT + 8 * (MAPPED >> 31), SEGMENTS | REGION3);
	put(memory + ROOT, LOW | REGION3);
	put(memory + SEGMENTS, LEAVES);
	put(memory + SEGMENTS + 8, HUGE | LARGE);
	put(memory + LEAVES + 8 * (MAPPED >> 12 & 255), TARGET);
}

static unsigned char *make_memory(void)
{
	unsigned char *memory = calloc(PAGES, PAGE);
	assert_non_null(memory);
	for (size_t i = TARGET; i < (size_t)PAGES * PAGE; i++)
		memory[i] = (unsigned char)(i * 7 + i / PAGE);
	memcpy(memory + INFO, TEXT, sizeof(TEXT) - 1);
	memcpy(memory + UTS, "Linux", 5);
	memcpy(memory + UTS + 130, "6.1.0-test", 10);
	put_tables(memory);
	return memory;
}

/** @p arch 2: 64 bit. */
static struct fakefile make_dump(const unsigned char *memory, uint32_t arch, const char *end)
{
	unsigned char header[PAGE] = {0}, marker[16] = {0};
	struct fakefile file = fake_file();
	put(header, MAGIC);
	put_half(header + 8, 5);
	put_half(header + 12, PAGE);
	put_half(header + 16, 4);
	put_half(header + 20, PAGE);
	put(header + 24, (uint64_t)PAGES * PAGE);
	put(header + 40, (uint64_t)PAGES * PAGE);
	put_half(header + 48, PAGES);
	put(header + 56, 1000);
	put_half(header + 72, arch);
	memcpy(marker, end, 8);
	put(marker + 8, 2000);
	fake_write(file.fd, 0, header, sizeof(header));
	fake_write(file.fd, PAGE, memory, (size_t)PAGES * PAGE);
	fake_write(file.fd, PAGE + (uint64_t)PAGES * PAGE, marker, sizeof(marker));
	return file;
}

static void memory_and_tables(void **state)
{
	(void)state;
	unsigned char *memory = make_memory(), page[PAGE];
	struct fakefile file = make_dump(memory, 2, "DUMP_END");
	const char *paths[] = {file.path};
	struct oom_image *image = NULL;
	struct oom_error err = {0};
	if (oom_image_open(paths, 1, NULL, &image, &err) != OOM_OK)
		fail_msg("%s", err.text);
	const struct oom_image_info *info = oom_image_info(image);
	assert_string_equal(info->arch, "s390x");
	assert_string_equal(info->release, "6.1.0-test");
	assert_true(info->big_endian);
	assert_int_equal(info->ptr_size, 8);
	for (uint64_t pfn = TARGET / PAGE; pfn < PAGES; pfn += 61) {
		assert_int_equal(oom_read_phys(image, pfn * PAGE, page, PAGE), OOM_OK);
		assert_memory_equal(page, memory + pfn * PAGE, PAGE);
	}
	assert_int_not_equal(oom_read_phys(image, (uint64_t)PAGES * PAGE, page, PAGE), OOM_OK);
	assert_true(oom_image_has_pfn(image, PAGES - 1));
	assert_false(oom_image_has_pfn(image, PAGES));
	// What the kernel is linked to, what its tables map, a large page, and what is not mapped.
	assert_int_equal(oom_read(image, UTS + 130, page, 10), OOM_OK);
	assert_memory_equal(page, "6.1.0-test", 10);
	assert_int_equal(oom_read(image, MAPPED + 24, page, 512), OOM_OK);
	assert_memory_equal(page, memory + TARGET + 24, 512);
	assert_int_equal(oom_read(image, (MAPPED & ~UINT64_C(0xfffff)) + SEGMENT + 0x5010, page, 64), OOM_OK);
	assert_memory_equal(page, memory + HUGE + 0x5010, 64);
	assert_int_equal(oom_read(image, MAPPED - PAGE, page, 8), OOM_EREAD);
	assert_int_equal(oom_read(image, MAPPED + (UINT64_C(1) << 33), page, 8), OOM_EREAD);
	uint64_t word;
	assert_int_equal(oom_read_u64(image, MAPPED, &word), OOM_OK);
	uint64_t raw;
	memcpy(&raw, memory + TARGET, sizeof(raw));
	assert_int_equal(word, be64toh(raw));
	oom_image_close(image);
	close(file.fd);
	free(memory);
}

/** libkdumpfile's reason is passed on, in one sentence. */
static void refused(void **state)
{
	(void)state;
	unsigned char *memory = make_memory();
	for (int i = 0; i < 2; i++) {
		struct fakefile file = make_dump(memory, i ? 9 : 2, i ? "DUMP_END" : "DUMP_???");
		const char *paths[] = {file.path};
		struct oom_image *image = NULL;
		struct oom_error err = {0};
		assert_int_equal(oom_image_open(paths, 1, NULL, &image, &err), OOM_EFORMAT);
		assert_non_null(strstr(err.text, i ? "nsupported dump architecture" : "End marker not found"));
		assert_null(strchr(err.text, '\n'));
		close(file.fd);
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(memory_and_tables), cmocka_unit_test(refused)};
	return cmocka_run_group_tests_name("s390dump", tests, NULL, NULL);
}
