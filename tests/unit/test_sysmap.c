// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Symbols from System.map and from a vmlinux, where KASLR moved the kernel; files of another build are refused. The
 * vmlinux is made here, section by section.
 */
#include "image/kallsyms.h"
#include "image/symbols.h"
#include "memimage.h"
#include <fcntl.h>
#include <gelf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define LINK_BASE UINT64_C(0xffffffff81000000)
#define KASLR	  UINT64_C(0x12000000)
#define BASE	  (LINK_BASE + KASLR)

static const char banner[] = "Linux version 5.10.0-test (a@b) (gcc) #1 SMP\n";

/** A file with @p text; @p path is a template of mkstemp. */
static void put_file(char *path, const char *text, size_t len)
{
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
}

#define MAP_HEAD "0000000000000000 D __per_cpu_start\n0000000000033440 D runqueues\n"
#define MAP_TEXT                                                                                                       \
	"ffffffff81000000 T _text\nffffffff81000000 T _stext\nffffffff81218d70 t oom_badness\n"                        \
	"ffffffff81300000 t same\nffffffff81300010 T same\n"
#define MAP_DATA                                                                                                       \
	"ffffffff82000100 D linux_banner\nffffffff82613700 D init_uts_ns\nffffffff82613940 D init_task\n"              \
	"ffffffffff600000 A VDSO64_PRELINK\n"

static const char vmcoreinfo[] = "OSRELEASE=5.10.0-test\nSYMBOL(_stext)=ffffffff93000000\n"
				 "SYMBOL(init_uts_ns)=ffffffff94613700\nKERNELOFFSET=12000000\n";

/** Memory in which the banner stands where the moved kernel has it. */
static void make_mem(struct mem *m, uint64_t base, const char *text)
{
	mem_init(m, base + 0x1000000, 1 << 16, 8, false);
	memcpy(m->data + 0x100, text, strlen(text));
}

static enum oom_status open_symbols(struct mem *m, const char *info, struct oom_image_options *options, char *name,
				    uint64_t *addr, struct oom_error *err)
{
	struct oom_image *image = mem_image(m, info, options);
	struct oom_symbols *symbols = NULL;
	enum oom_status status = oom_symbols_new(image, &symbols, err);
	*addr = 0;
	if (status == OOM_OK)
		oom_symbols_find(symbols, name, addr);
	oom_symbols_free(symbols);
	oom_image_close(image);
	return status;
}

static void a_map_of_this_kernel(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint64_t addr;
	} known[] = {
		{"_text", BASE},
		{"oom_badness", BASE + 0x218d70},
		{"init_task", BASE + 0x1613940},
		{"same", BASE + 0x300010},
		{"runqueues", 0x33440},
		{"VDSO64_PRELINK", UINT64_C(0xffffffffff600000)},
	};
	char path[] = "/tmp/oomortem-map-XXXXXX", text[] = MAP_HEAD MAP_TEXT MAP_DATA "not a line\n\n12 T\nzz T x\n";
	put_file(path, text, sizeof(text) - 1);
	struct mem m;
	make_mem(&m, BASE, banner);
	struct oom_image_options options = {.system_map = path};
	struct oom_image *image = mem_image(&m, vmcoreinfo, &options);
	uint64_t addr, distance;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(oom_symbol(image, known[i].name, &addr), OOM_OK);
		if (addr != known[i].addr)
			fail_msg("%s at %llx", known[i].name, (unsigned long long)addr);
	}
	assert_int_equal(oom_symbol(image, "x", &addr), OOM_ENOENT);
	assert_int_equal(oom_symbol(image, "", &addr), OOM_ENOENT);
	assert_string_equal(oom_symbol_at(image, BASE + 0x218d75, &distance), "oom_badness");
	assert_int_equal(distance, 5);
	assert_string_equal(oom_image_info(image)->symbols_from, "System.map");
	assert_false(mem_misses(image, "symbols"));
	oom_image_close(image);
	unlink(path);
	mem_free(&m);
}

static void maps_that_do_not_fit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum oom_status status;
	} maps[] = {
		{MAP_TEXT "ffffffff82613800 D init_uts_ns\n", OOM_EMATCH}, // of another build
		{MAP_TEXT, OOM_EMATCH},					   // nothing to compare but _stext
		{"ffffffffffffffff B The real System.map is in the linux-image-5.10.0-test-dbg package\n", OOM_EFORMAT},
		{"hello\nworld\n", OOM_EFORMAT},
		{"", OOM_EFORMAT},
		{"\x7f"
		 "ELF\2\1\1",
		 OOM_EFORMAT},
	};
	struct mem m;
	make_mem(&m, BASE, banner);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		char path[] = "/tmp/oomortem-map-XXXXXX";
		put_file(path, maps[i].text, strlen(maps[i].text));
		struct oom_image_options options = {.system_map = path};
		struct oom_error err = {0};
		uint64_t addr;
		assert_int_equal(open_symbols(&m, vmcoreinfo, &options, "_text", &addr, &err), maps[i].status);
		assert_non_null(strstr(err.text, path));
		assert_null(strchr(err.text, '\n'));
		unlink(path);
	}
	struct oom_image_options options = {.system_map = "/no/such/map"};
	struct oom_error err = {0};
	uint64_t addr;
	assert_int_equal(open_symbols(&m, vmcoreinfo, &options, "_text", &addr, &err), OOM_EOPEN);
	mem_free(&m);
}

/** Without VMCOREINFO only the banner in the dump's memory can tell. */
static void a_map_without_vmcoreinfo(void **state)
{
	(void)state;
	char path[] = "/tmp/oomortem-map-XXXXXX", text[] = MAP_TEXT MAP_DATA;
	put_file(path, text, sizeof(text) - 1);
	struct oom_image_options options = {.system_map = path};
	struct oom_error err;
	uint64_t addr;
	struct mem m;
	make_mem(&m, LINK_BASE, banner); // a kernel that was not moved
	assert_int_equal(open_symbols(&m, "", &options, "init_task", &addr, &err), OOM_OK);
	assert_true(addr == LINK_BASE + 0x1613940);
	memset(m.data, 0, m.len);
	assert_int_equal(open_symbols(&m, "", &options, "init_task", &addr, &err), OOM_EMATCH);
	unlink(path);
	mem_free(&m);
}

/* A vmlinux. */

struct vmlinux {
	bool notes, symbols;
	uint64_t init_uts_ns;
	const char *banner;
};

static const uint8_t notes[] = {4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 'X', 'e', 'n', 0, 9,    9,	  0,	0,
				4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 0xde, 0xad, 0xbe, 0xef};
static const char section_names[] = "\0.notes\0.rodata\0.symtab\0.strtab\0.shstrtab";
static const char symbol_names[] = "\0_stext\0linux_banner\0init_uts_ns\0init_task\0local_one\0file.c";

static Elf_Scn *add_section(Elf *elf, uint32_t name, uint32_t type, uint64_t addr, const void *data, size_t len)
{
	Elf_Scn *scn = elf_newscn(elf);
	Elf_Data *d = elf_newdata(scn);
	GElf_Shdr shdr;
	*d = (Elf_Data){.d_buf = (void *)(uintptr_t)data,
			.d_size = len,
			.d_type = ELF_T_BYTE,
			.d_align = type == SHT_NOTE ? 4 : 8,
			.d_version = EV_CURRENT};
	if (type == SHT_SYMTAB)
		d->d_type = ELF_T_SYM;
	gelf_getshdr(scn, &shdr);
	shdr.sh_name = name;
	shdr.sh_type = type;
	shdr.sh_addr = addr;
	shdr.sh_flags = addr ? SHF_ALLOC : 0;
	shdr.sh_entsize = type == SHT_SYMTAB ? sizeof(Elf64_Sym) : 0;
	shdr.sh_link = type == SHT_SYMTAB ? 4 : 0;
	gelf_update_shdr(scn, &shdr);
	return scn;
}

static void put_vmlinux(char *path, const struct vmlinux *v)
{
	static const unsigned char global = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
				   local = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
	char rodata[256] = "";
	memcpy(rodata + 0x40, v->banner, strlen(v->banner));
	const Elf64_Sym syms[] = {
		{0},
		{1, global, 0, 2, LINK_BASE, 0},
		{8, global, 0, 2, LINK_BASE + 0x1000100, 0},
		{21, global, 0, 2, v->init_uts_ns, 0},
		{33, global, 0, 2, LINK_BASE + 0x1613940, 0},
		{43, local, 0, 2, LINK_BASE + 0x42, 0},
		{53, ELF64_ST_INFO(STB_LOCAL, STT_FILE), 0, SHN_ABS, 0, 0},
	};
	int fd = mkstemp(path);
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_WRITE, NULL);
	gelf_newehdr(elf, ELFCLASS64);
	GElf_Ehdr ehdr;
	gelf_getehdr(elf, &ehdr);
	ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr.e_machine = EM_X86_64;
	ehdr.e_type = ET_EXEC;
	ehdr.e_version = EV_CURRENT;
	ehdr.e_shstrndx = 5;
	gelf_update_ehdr(elf, &ehdr);
	add_section(elf, 1, v->notes ? SHT_NOTE : SHT_PROGBITS, 0, notes, sizeof(notes));
	add_section(elf, 8, SHT_PROGBITS, LINK_BASE + 0x10000c0, rodata, sizeof(rodata));
	add_section(elf, 16, SHT_SYMTAB, 0, syms, v->symbols ? sizeof(syms) : sizeof(syms[0]));
	add_section(elf, 24, SHT_STRTAB, 0, symbol_names, sizeof(symbol_names));
	add_section(elf, 32, SHT_STRTAB, 0, section_names, sizeof(section_names));
	assert_true(elf_update(elf, ELF_C_WRITE) > 0);
	elf_end(elf);
	close(fd);
}

static const struct vmlinux this_one = {true, true, LINK_BASE + 0x1613700, banner};

static enum oom_status check_vmlinux(const struct vmlinux *v, struct mem *m, const char *info, char *name,
				     uint64_t *addr)
{
	char path[] = "/tmp/oomortem-vmlinux-XXXXXX";
	put_vmlinux(path, v);
	struct oom_image_options options = {.vmlinux = path};
	struct oom_error err = {0};
	enum oom_status status = open_symbols(m, info, &options, name, addr, &err);
	if (status != OOM_OK)
		assert_non_null(strstr(err.text, path));
	assert_null(strchr(err.text, '\n'));
	unlink(path);
	return status;
}

static void vmlinux_by_build_id(void **state)
{
	(void)state;
	struct mem m;
	char info[512];
	uint64_t addr;
	make_mem(&m, BASE, "");
	snprintf(info, sizeof(info), "%sBUILD-ID=deadbeef\n", vmcoreinfo);
	assert_int_equal(check_vmlinux(&this_one, &m, info, "init_task", &addr), OOM_OK);
	assert_true(addr == BASE + 0x1613940);
	assert_int_equal(check_vmlinux(&this_one, &m, info, "local_one", &addr), OOM_OK);
	assert_true(addr == BASE + 0x42);
	assert_int_equal(check_vmlinux(&this_one, &m, info, "file.c", &addr), OOM_OK);
	assert_true(addr == 0);
	snprintf(info, sizeof(info), "%sBUILD-ID=deadbee0\n", vmcoreinfo);
	assert_int_equal(check_vmlinux(&this_one, &m, info, "init_task", &addr), OOM_EMATCH);
	mem_free(&m);
}

/** Before 5.9 VMCOREINFO has no build-id: the banners are compared. */
static void vmlinux_by_banner(void **state)
{
	(void)state;
	struct mem m;
	uint64_t addr;
	make_mem(&m, BASE, banner);
	assert_int_equal(check_vmlinux(&this_one, &m, vmcoreinfo, "init_task", &addr), OOM_OK);
	assert_true(addr == BASE + 0x1613940);
	struct vmlinux other = this_one;
	other.banner = "Linux version 5.10.0-test (a@b) (gcc) #2 SMP\n";
	assert_int_equal(check_vmlinux(&other, &m, vmcoreinfo, "init_task", &addr), OOM_EMATCH);
	other = this_one;
	other.symbols = false;
	assert_int_equal(check_vmlinux(&other, &m, vmcoreinfo, "init_task", &addr), OOM_EMATCH);
	m.missing[0] = 1; // the banner's page
	assert_int_equal(check_vmlinux(&this_one, &m, vmcoreinfo, "init_task", &addr), OOM_EMATCH);
	mem_free(&m);
}

static void no_vmlinux(void **state)
{
	(void)state;
	struct mem m;
	make_mem(&m, BASE, banner);
	static const struct {
		const char *path;
		enum oom_status status;
	} files[] = {{"/no/such/vmlinux", OOM_EOPEN},
		     {"/etc/passwd", OOM_EFORMAT},
		     {"/dev/null", OOM_EFORMAT},
		     {"/tmp", OOM_EFORMAT}};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct oom_image *image = mem_image(&m, vmcoreinfo, NULL);
		struct oom_error err = {0};
		assert_int_equal(oom_vmlinux_check(image, files[i].path, &err), files[i].status);
		assert_non_null(strstr(err.text, files[i].path));
		oom_image_close(image);
	}
	mem_free(&m);
}

/** A backend with symbols of data, as crash's is: kallsyms is not even looked at. */
static void a_session_with_symbols(void **state)
{
	(void)state;
	struct mem m;
	uint64_t addr;
	make_mem(&m, BASE, banner);
	m.symbols[0].name = "_stext";
	m.symbols[0].addr = BASE;
	m.symbols[1].name = "init_task";
	m.symbols[1].addr = BASE + 0x1613940;
	struct oom_image *image = mem_image(&m, vmcoreinfo, NULL);
	assert_int_equal(oom_symbol(image, "init_task", &addr), OOM_OK);
	assert_true(addr == BASE + 0x1613940);
	assert_int_equal(oom_symbol(image, "none", &addr), OOM_ENOENT);
	assert_int_equal(m.reads, 0);
	assert_string_equal(oom_image_info(image)->symbols_from, "test");
	assert_int_equal(oom_image_info(image)->missing.n, 0);
	oom_image_close(image);
	mem_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_of_this_kernel),
		cmocka_unit_test(maps_that_do_not_fit),
		cmocka_unit_test(a_map_without_vmcoreinfo),
		cmocka_unit_test(vmlinux_by_build_id),
		cmocka_unit_test(vmlinux_by_banner),
		cmocka_unit_test(a_session_with_symbols),
		cmocka_unit_test(no_vmlinux),
	};
	return cmocka_run_group_tests_name("sysmap", tests, NULL, NULL);
}
