// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A vmlinux: whether it is of the dump's kernel, and its symbol table. Read with libelf, section by section, so that
 * of 600 MB of debug information only what is asked for is touched.
 */
#include "case/files.h"
#include "image/kallsyms.h"
#include "image/symbols.h"
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	STRINGS_MAX = 256 << 20, // bytes of .strtab
	BANNER_MAX = 512,
};

enum oom_status oom_elf_open(const char *path, struct oom_elf *ret, struct oom_error *err)
{
	struct stat st;
	*ret = (struct oom_elf){.fd = oom_open_file(path, O_NONBLOCK)};
	if (ret->fd < 0)
		return oom_fail(err, OOM_EOPEN, "%s: %s", path, strerror(errno));
	if (fstat(ret->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return oom_fail(err, OOM_EFORMAT, "%s: not a regular file", path);
	if (elf_version(EV_CURRENT) == EV_NONE)
		return oom_fail(err, OOM_EFORMAT, "%s: libelf: %s", path, elf_errmsg(-1));
	ret->elf = elf_begin(ret->fd, ELF_C_READ_MMAP, NULL);
	if (!ret->elf || elf_kind(ret->elf) != ELF_K_ELF)
		return oom_fail(err, OOM_EFORMAT,
				"%s: not a vmlinux (no ELF file; a compressed kernel image does not do)", path);
	return OOM_OK;
}

void oom_elf_close(struct oom_elf *e)
{
	if (e->elf)
		elf_end(e->elf);
	if (e->fd >= 0)
		close(e->fd);
	*e = (struct oom_elf){.fd = -1};
}

Elf_Data *oom_elf_section(const struct oom_elf *e, const char *name)
{
	size_t names;
	if (elf_getshdrstrndx(e->elf, &names) != 0)
		return NULL;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(e->elf, scn));) {
		GElf_Shdr shdr;
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type == SHT_NOBITS)
			continue;
		const char *is = elf_strptr(e->elf, names, shdr.sh_name);
		if (is && strcmp(is, name) == 0)
			return elf_rawdata(scn, NULL);
	}
	return NULL;
}

/* Build-id and banner. */

/** The build-id among the notes of @p data in hexadecimal. */
static bool build_id_in(Elf_Data *data, char *hex, size_t size)
{
	GElf_Nhdr note;
	size_t name_at, desc_at;
	for (size_t at = 0, next; (next = gelf_getnote(data, at, &note, &name_at, &desc_at)) > 0; at = next) {
		const uint8_t *desc = (const uint8_t *)data->d_buf + desc_at;
		// NT_GNU_BUILD_ID; a vmlinux has Linux' and Xen's notes beside it
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
		    memcmp((const char *)data->d_buf + name_at, "GNU", 4) != 0 || 2 * (size_t)note.n_descsz >= size)
			continue;
		for (size_t i = 0; i < note.n_descsz; i++)
			snprintf(hex + 2 * i, 3, "%02x", desc[i]);
		return note.n_descsz > 0;
	}
	return false;
}

static bool build_id_of(const struct oom_elf *e, char *hex, size_t size)
{
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(e->elf, scn));) {
		GElf_Shdr shdr;
		Elf_Data *data;
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_NOTE && (data = elf_getdata(scn, NULL)) &&
		    build_id_in(data, hex, size))
			return true;
	}
	return false;
}

/** The string at @p addr of the file; false if the file does not hold its section. */
static bool text_at(const struct oom_elf *e, uint64_t addr, char *text, size_t size)
{
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(e->elf, scn));) {
		GElf_Shdr shdr;
		Elf_Data *data;
		if (!gelf_getshdr(scn, &shdr) || !(shdr.sh_flags & SHF_ALLOC) || shdr.sh_type == SHT_NOBITS ||
		    addr < shdr.sh_addr || addr - shdr.sh_addr >= shdr.sh_size || !(data = elf_rawdata(scn, NULL)))
			continue;
		uint64_t at = addr - shdr.sh_addr;
		if (at >= data->d_size)
			return false;
		size_t len = strnlen((const char *)data->d_buf + at, (size_t)(data->d_size - at));
		if (len >= size)
			len = size - 1;
		memcpy(text, (const char *)data->d_buf + at, len);
		text[len] = '\0';
		return len > 0;
	}
	return false;
}

/* Symbols. */

/** Calls @p each with each defined symbol until it returns false. */
static enum oom_status each_symbol(const struct oom_elf *e, const char *path,
				   bool (*each)(void *arg, const GElf_Sym *sym, const char *name), void *arg,
				   struct oom_error *err)
{
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(e->elf, scn));) {
		GElf_Shdr shdr;
		Elf_Data *data;
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB || !(data = elf_getdata(scn, NULL)))
			continue;
		GElf_Sym sym;
		for (int i = 1; gelf_getsym(data, i, &sym); i++) {
			int type = GELF_ST_TYPE(sym.st_info);
			const char *name = elf_strptr(e->elf, shdr.sh_link, sym.st_name);
			if (sym.st_shndx == SHN_UNDEF || type == STT_FILE || type == STT_SECTION || !name || !*name)
				continue;
			if (!each(arg, &sym, name))
				return OOM_OK;
		}
		return OOM_OK;
	}
	return oom_fail(err, OOM_EFORMAT, "%s: no symbol table", path);
}

struct wanted {
	const char *name;
	uint64_t addr;
	bool found;
};

static bool is_wanted(void *arg, const GElf_Sym *sym, const char *name)
{
	struct wanted *w = arg;
	if (strcmp(name, w->name) != 0)
		return true;
	w->addr = sym->st_value;
	w->found = true;
	return false;
}

static bool address_in(const struct oom_elf *e, const char *path, const char *name, uint64_t *addr)
{
	struct wanted w = {.name = name};
	each_symbol(e, path, is_wanted, &w, NULL);
	*addr = w.addr;
	return w.found;
}

/** Compares linux_banner of the file with what the dump has at that place, moved as far as _stext was. */
static enum oom_status check_banner(struct oom_image *image, const struct oom_elf *e, const char *path,
				    struct oom_error *err)
{
	uint64_t banner, stext, known;
	char of_file[BANNER_MAX], of_dump[BANNER_MAX];
	if (!address_in(e, path, "linux_banner", &banner) || !text_at(e, banner, of_file, sizeof(of_file)) ||
	    !address_in(e, path, "_stext", &stext))
		return oom_fail(err, OOM_EMATCH, "%s: has neither build-id nor linux_banner to match with the dump",
				path);
	uint64_t offset = oom_symbol_known(image, "_stext", &known) ? known - stext : 0;
	if (oom_read_string(image, banner + offset, of_dump, sizeof(of_dump)) != OOM_OK)
		return oom_fail(err, OOM_EMATCH, "%s: cannot be shown to be of the dump's kernel build", path);
	if (strcmp(of_file, of_dump) == 0)
		return OOM_OK;
	of_file[strcspn(of_file, "\n")] = '\0';
	return oom_fail(err, OOM_EMATCH, "%s: of another kernel build than the dump's: %.200s", path, of_file);
}

enum oom_status oom_elf_check_build(const struct oom_image *image, const struct oom_elf *e, const char *path,
				    bool *known, struct oom_error *err)
{
	char hex[2 * 64 + 1];
	const char *wanted = image->info.build_id;
	*known = wanted && *wanted && build_id_of(e, hex, sizeof(hex));
	if (!*known || strcmp(wanted, hex) == 0)
		return OOM_OK;
	return oom_fail(err, OOM_EMATCH, "%s: of another kernel build: its build-id is %s, the dump's %s", path, hex,
			wanted);
}

enum oom_status oom_vmlinux_check(struct oom_image *image, const char *path, struct oom_error *err)
{
	OOM_ELF e = {.fd = -1};
	bool known = false;
	enum oom_status status = oom_elf_open(path, &e, err);
	if (status == OOM_OK)
		status = oom_elf_check_build(image, &e, path, &known, err);
	if (status != OOM_OK || known)
		return status;
	return check_banner(image, &e, path, err);
}

struct collect {
	struct oom_symtab *t;
	size_t cap;
};

static bool collect(void *arg, const GElf_Sym *sym, const char *name)
{
	struct collect *c = arg;
	struct oom_symtab *t = c->t;
	size_t len = strlen(name) + 1;
	if (t->text_len + len > c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 4 << 20;
		char *text = cap <= STRINGS_MAX && len < cap - t->text_len ? realloc(t->text, cap) : NULL;
		if (!text)
			return false;
		t->text = text;
		c->cap = cap;
	}
	int bind = GELF_ST_BIND(sym->st_info);
	char type = sym->st_shndx == SHN_ABS ? 'A' : bind == STB_LOCAL ? 'd' : 'D';
	memcpy(t->text + t->text_len, name, len);
	if (!oom_symtab_add(t, t->text_len, sym->st_value, type))
		return false;
	t->text_len += len;
	return true;
}

enum oom_status oom_elfsyms_load(struct oom_image *image, const char *path, struct oom_symtab *ret,
				 struct oom_error *err)
{
	OOM_ELF e = {.fd = -1};
	struct oom_symtab t = {0};
	struct collect c = {.t = &t};
	enum oom_status status = oom_elf_open(path, &e, err);
	if (status == OOM_OK)
		status = each_symbol(&e, path, collect, &c, err);
	if (status == OOM_OK)
		status = oom_symtab_finish(&t, image, path, err);
	if (status != OOM_OK)
		oom_symtab_free(&t);
	*ret = t;
	return status;
}
