// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Where an image's types come from: BTF in its memory, a BTF file, nothing; what is remembered; what is refused; and
 * which package is named where types are missing.
 */
#include "image/types.h"
#include "memimage.h"
#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define BASE UINT64_C(0xffffffff93000000)

/** BTF of a kernel with list_head, zone (free_area at @p free_area) and an enumerator. */
static struct btf *make(uint32_t free_area)
{
	struct btf *b = btf__new_empty();
	int l = btf__add_int(b, "long unsigned int", 8, 0);
	int pointer = btf__add_ptr(b, (int)btf__type_cnt(b) + 1);
	btf__add_struct(b, "list_head", 16);
	btf__add_field(b, "next", pointer, 0, 0);
	btf__add_struct(b, "zone", 1472);
	btf__add_field(b, "spanned_pages", l, 64, 0);
	btf__add_field(b, "free_area", l, free_area * 8, 0);
	btf__add_typedef(b, "zone_t", btf__type_cnt(b) - 1);
	btf__add_enum(b, "zone_stat_item", 4);
	btf__add_enum_value(b, "NR_FREE_PAGES", 0);
	btf__add_enum_value(b, "NR_BOUNCE", 9);
	return b;
}

/** An image with the BTF in its memory, or only symbols that say so. */
static void make_image(struct mem *m, struct btf *b)
{
	uint32_t len;
	const void *data = btf__raw_data(b, &len);
	mem_init(m, BASE, 1 << 16, 8, false);
	memcpy(m->data + 5000, data, len);
	m->symbols[0].name = "__start_BTF";
	m->symbols[0].addr = BASE + 5000;
	m->symbols[1].name = "__stop_BTF";
	m->symbols[1].addr = BASE + 5000 + len;
}

static const char vmcoreinfo[] = "OSRELEASE=5.10.0-46-cloud-amd64\nSIZE(zone)=1472\nSIZE(list_head)=16\n"
				 "OFFSET(zone.free_area)=192\nNUMBER(PG_lru)=4\nOFFSET(page.flags)=0\n";

static void btf_in_the_dump(void **state)
{
	(void)state;
	struct mem mem;
	struct btf *b = make(192);
	make_image(&mem, b);
	struct oom_image *image = mem_image(&mem, vmcoreinfo, NULL);
	struct oom_member m;
	uint32_t size;
	int64_t value;
	for (int i = 0; i < 3; i++) { // the second time from memory
		assert_int_equal(oom_member(image, "zone", "free_area", &m), OOM_OK);
		assert_int_equal(m.offset, 192);
		assert_int_equal(oom_member(image, "zone_t", "spanned_pages", &m), OOM_OK);
		assert_int_equal(m.offset, 8);
		assert_int_equal(oom_member(image, "zone", "nothing", &m), OOM_ENOENT);
		assert_false(m.known);
		assert_int_equal(oom_type_size(image, "zone", &size), OOM_OK);
		assert_int_equal(size, 1472);
		assert_int_equal(oom_type_size(image, "nothing", &size), OOM_ENOENT);
		assert_int_equal(oom_enumerator(image, "NR_BOUNCE", &value), OOM_OK);
		assert_int_equal(value, 9);
		assert_int_equal(oom_enumerator(image, "NR_NOTHING", &value), OOM_ENOENT);
		assert_int_equal(oom_enumerator(image, "PG_lru", &value), OOM_OK); // VMCOREINFO's NUMBER
		assert_int_equal(value, 4);
	}
	assert_string_equal(oom_image_info(image)->types_from, "BTF in the dump");
	assert_false(mem_misses(image, "types"));
	oom_image_close(image);
	mem_free(&mem);
	btf__free(b);
}

/** More questions than are remembered, and longer ones, are still answered. */
static void many_questions(void **state)
{
	(void)state;
	struct mem mem;
	struct btf *b = make(192);
	make_image(&mem, b);
	struct oom_image *image = mem_image(&mem, vmcoreinfo, NULL);
	struct oom_member m;
	char name[600];
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "member_%d", i);
		assert_int_equal(oom_member(image, "zone", name, &m), OOM_ENOENT);
	}
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(oom_member(image, "zone", name, &m), OOM_ENOENT);
	assert_int_equal(oom_member(image, "zone", "free_area", &m), OOM_OK);
	assert_int_equal(m.offset, 192);
	oom_image_close(image);
	mem_free(&mem);
	btf__free(b);
}

/** BTF that contradicts VMCOREINFO is of another kernel, or damaged. */
static void what_vmcoreinfo_contradicts(void **state)
{
	(void)state;
	struct mem mem;
	struct btf *b = make(200);
	make_image(&mem, b);
	struct oom_image *image = mem_image(&mem, vmcoreinfo, NULL);
	struct oom_member m;
	assert_int_equal(oom_member(image, "zone", "spanned_pages", &m), OOM_ENOENT);
	assert_int_equal(oom_member(image, "zone", "free_area", &m), OOM_OK); // VMCOREINFO's own
	assert_int_equal(m.offset, 192);
	assert_string_equal(oom_image_info(image)->types_from, "VMCOREINFO");
	assert_true(mem_misses(image, "offset of zone.free_area is 200, VMCOREINFO says 192"));
	assert_true(mem_misses(image, "linux-image-5.10.0-46-cloud-amd64-dbg"));
	oom_image_close(image);
	mem_free(&mem);
	btf__free(b);
}

static void a_missing_page_of_btf(void **state)
{
	(void)state;
	struct mem mem;
	struct btf *b = make(192);
	make_image(&mem, b);
	mem.missing[1] = 1;
	struct oom_image *image = mem_image(&mem, vmcoreinfo, NULL);
	struct oom_member m;
	assert_int_equal(oom_member(image, "zone", "spanned_pages", &m), OOM_ENOENT);
	assert_false(oom_has_types(image));
	assert_true(mem_misses(image, "in the dump"));
	size_t lines = oom_image_info(image)->missing.n;
	oom_member(image, "zone", "other", &m); // told once
	assert_int_equal(oom_image_info(image)->missing.n, lines);
	oom_image_close(image);
	mem_free(&mem);
	btf__free(b);
}

static void a_btf_file(void **state)
{
	(void)state;
	char path[] = "/tmp/oomortem-types-XXXXXX";
	struct mem mem;
	uint32_t len;
	struct btf *b = make(192);
	const void *data = btf__raw_data(b, &len);
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	make_image(&mem, b);
	mem.missing[1] = 1;
	struct oom_image_options options = {.btf = path};
	struct oom_image *image = mem_image(&mem, vmcoreinfo, &options);
	struct oom_member m;
	assert_int_equal(oom_member(image, "zone", "spanned_pages", &m), OOM_OK);
	assert_string_equal(oom_image_info(image)->types_from, "BTF file");
	oom_image_close(image);

	// of another kernel: refused with one line that names the file
	struct btf *other = make(200);
	data = btf__raw_data(other, &len);
	assert_true(ftruncate(fd, 0) == 0 && pwrite(fd, data, len, 0) == (ssize_t)len);
	image = mem_image(&mem, vmcoreinfo, &options);
	struct oom_types *types = NULL;
	struct oom_error err = {0};
	assert_int_equal(oom_types_new(image, &types, &err), OOM_EMATCH);
	assert_non_null(strstr(err.text, path));
	oom_types_free(types);
	oom_image_close(image);
	close(fd);
	unlink(path);
	mem_free(&mem);
	btf__free(b);
	btf__free(other);
}

static void the_package_that_helps(void **state)
{
	(void)state;
	static const struct {
		const char *release, *part;
	} known[] = {
		{"6.1.0-56-cloud-amd64", "linux-image-6.1.0-56-cloud-amd64-dbg"},
		{"6.12.117+deb13-arm64", "linux-image-6.12.117+deb13-arm64-dbg"},
		{"6.1.0-9-686-pae", "linux-image-6.1.0-9-686-pae-dbg"},
		{"5.15.0-91-generic", "linux-image-5.15.0-91-generic-dbgsym"},
		{"6.8.0-1021-aws", "linux-image-6.8.0-1021-aws-dbgsym"},
		{"5.4.0-1103-azure", "linux-image-5.4.0-1103-azure-dbgsym"},
		{"5.14.0-427.13.1.el9_4.x86_64", "kernel-debuginfo-5.14.0-427.13.1.el9_4.x86_64"},
		{"4.18.0-553.rt7.342.el8_10.x86_64", "kernel-rt-debuginfo-4.18.0-553.rt7.342.el8_10.x86_64"},
		{"6.11.4-301.fc41.x86_64", "kernel-debuginfo-6.11.4-301.fc41.x86_64"},
		{"5.15.0-200.131.27.el8uek.x86_64", "kernel-uek-debuginfo-"},
		{"5.10.205-195.807.amzn2.x86_64", "kernel-debuginfo-5.10.205-195.807.amzn2.x86_64"},
		{"5.14.21-150500.55.19-default", "kernel-default-debuginfo"},
		{"6.7.4-1-default", "kernel-default-debuginfo"},
		{"5.14.21-150500.33.17-azure", "kernel-azure-debuginfo"},
		{"6.6.8", "vmlinux of 6.6.8"},
		{NULL, "vmlinux of this kernel"},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char text[256];
		oom_debug_package(known[i].release, text, sizeof(text));
		if (!strstr(text, known[i].part))
			fail_msg("%s: %s", known[i].release ? known[i].release : "-", text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(btf_in_the_dump),
		cmocka_unit_test(many_questions),
		cmocka_unit_test(what_vmcoreinfo_contradicts),
		cmocka_unit_test(a_missing_page_of_btf),
		cmocka_unit_test(a_btf_file),
		cmocka_unit_test(the_package_that_helps),
	};
	return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
