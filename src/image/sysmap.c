// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * System.map (nm(1)'s lines "address type name"), and the table of symbols that it shares with elfsyms.c.
 */
#include "case/files.h"
#include "image/kallsyms.h"
#include "image/symbols.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 256 << 20, // bytes
	PLACEHOLDER_MAX = 1024,
	SYMBOLS_MAX = 1 << 22,
};

/* The table. */

bool oom_symtab_add(struct oom_symtab *t, size_t name, uint64_t addr, char type)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 1 << 16;
		struct oom_symtab_entry *v = cap <= SYMBOLS_MAX ? realloc(t->v, cap * sizeof(*v)) : NULL;
		if (!v)
			return false;
		t->v = v;
		t->cap = cap;
	}
	t->v[t->n++] = (struct oom_symtab_entry){.addr = addr,
						 .name = (uint32_t)name,
						 .global = type >= 'A' && type <= 'Z',
						 .fixed = type == 'A' || type == 'a'};
	return true;
}

void oom_symtab_free(struct oom_symtab *t)
{
	free(t->text);
	free(t->v);
	oom_hash_free(&t->index);
	*t = (struct oom_symtab){0};
}

static const struct oom_symtab_entry *find_entry(const struct oom_symtab *t, const char *name)
{
	struct oom_hash_walk walk = {.h = &t->index, .hash = oom_hash_name(name)};
	const struct oom_symtab_entry *found = NULL;
	for (uint32_t i; oom_hash_next(&walk, &i);) {
		const struct oom_symtab_entry *entry = &t->v[i];
		if (strcmp(t->text + entry->name, name) != 0)
			continue;
		if (!found || (entry->global && !found->global))
			found = entry;
	}
	return found;
}

bool oom_symtab_find(const struct oom_symtab *t, const char *name, uint64_t *addr)
{
	const struct oom_symtab_entry *entry = find_entry(t, name);
	if (entry)
		*addr = entry->addr;
	return entry != NULL;
}

const char *oom_symtab_at(const struct oom_symtab *t, uint64_t addr, uint64_t *distance)
{
	size_t low = 0, high = t->n;
	if (!t->n || addr < t->v[0].addr || addr > t->v[t->n - 1].addr)
		return NULL;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (t->v[middle].addr <= addr)
			low = middle;
		else
			high = middle;
	}
	while (low && t->v[low - 1].addr == t->v[low].addr)
		low--;
	*distance = addr - t->v[low].addr;
	return t->text + t->v[low].name;
}

static int by_addr(const void *a, const void *b)
{
	const struct oom_symtab_entry *x = a, *y = b;
	return x->addr != y->addr ? (x->addr > y->addr) - (x->addr < y->addr)
				  : (x->name > y->name) - (x->name < y->name);
}

static bool index_table(struct oom_symtab *t)
{
	qsort(t->v, t->n, sizeof(*t->v), by_addr);
	if (!oom_hash_init(&t->index, t->n))
		return false;
	for (uint32_t i = 0; i < t->n; i++)
		oom_hash_insert(&t->index, oom_hash_name(t->text + t->v[i].name), i);
	return true;
}

/** Without any symbol to compare: is the banner where the table says it is? */
static bool banner_is_there(struct oom_image *image, const struct oom_symtab *t)
{
	uint64_t addr;
	char text[16];
	return oom_symtab_find(t, "linux_banner", &addr) &&
	       oom_read_string(image, addr, text, sizeof(text)) == OOM_OK && strncmp(text, "Linux version ", 14) == 0;
}

/** The address of @p name before the table is indexed. */
static bool find_unindexed(const struct oom_symtab *t, const char *name, uint64_t *addr)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->text + t->v[i].name, name) == 0) {
			*addr = t->v[i].addr;
			return true;
		}
	return false;
}

/**
 * Moves the symbols of the kernel image to where they are in the dump: as far as _stext moved, else by KERNELOFFSET.
 * Per-CPU symbols of x86 before 6.15 lie at 0 and stay.
 */
static bool relocate(struct oom_symtab *t, const struct oom_image *image)
{
	uint64_t stext, text, known, offset = 0;
	if (!find_unindexed(t, "_stext", &stext))
		return false;
	if (!find_unindexed(t, "_text", &text) || text > stext)
		text = stext;
	const char *kaslr = oom_vmcoreinfo_get(image->vmcoreinfo, "KERNELOFFSET");
	if (oom_symbol_known(image, "_stext", &known))
		offset = known - stext;
	else if (kaslr)
		offset = strtoull(kaslr, NULL, 16);
	for (size_t i = 0; offset && i < t->n; i++)
		if (!t->v[i].fixed && t->v[i].addr >= text)
			t->v[i].addr += offset;
	return true;
}

enum oom_status oom_symtab_finish(struct oom_symtab *t, struct oom_image *image, const char *path,
				  struct oom_error *err)
{
	if (!relocate(t, image))
		return oom_fail(err, OOM_EFORMAT, "%s: no symbols of a kernel (no _stext)", path);
	if (!index_table(t))
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	bool compared = false;
	for (const char *const *name = oom_known_symbols; *name; name++) {
		uint64_t known, addr;
		if (!oom_symbol_known(image, *name, &known) || !oom_symtab_find(t, *name, &addr))
			continue;
		if (addr != known)
			return oom_fail(err, OOM_EMATCH,
					"%s: of another kernel build: %s is at 0x%llx, in the dump at 0x%llx", path,
					*name, (unsigned long long)addr, (unsigned long long)known);
		compared |= strcmp(*name, "_stext") != 0;
	}
	if (!compared && !banner_is_there(image, t))
		return oom_fail(err, OOM_EMATCH, "%s: cannot be shown to be of the dump's kernel build", path);
	return OOM_OK;
}

/* The file. */

/** "ffffffff81000000 T _text": the address, the type, where the name starts; false: another kind of line. */
static bool parse_line(char *line, uint64_t *addr, char *type, char **name)
{
	char *end;
	*addr = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ' || !end[3])
		return false;
	*type = end[1];
	*name = end + 3;
	// A module's symbol in a copy of /proc/kallsyms is followed by a tab and the module.
	(*name)[strcspn(*name, " \t\r")] = '\0';
	return true;
}

static enum oom_status parse(struct oom_symtab *t, const char *path, struct oom_error *err)
{
	for (char *line = t->text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		uint64_t addr;
		char type, *name;
		if (!parse_line(line, &addr, &type, &name))
			continue;
		if (!oom_symtab_add(t, (size_t)(name - t->text), addr, type))
			return oom_fail(err, OOM_ENOMEM, "%s: too many symbols", path);
	}
	return t->n ? OOM_OK : oom_fail(err, OOM_EFORMAT, "%s: not a System.map", path);
}

/** Debian's linux-image has a file of one line in the place of System.map, since 5.10. */
static bool is_placeholder(const struct oom_symtab *t)
{
	static const char words[] = "The real System.map is in";
	return t->text && t->text_len < PLACEHOLDER_MAX && memmem(t->text, t->text_len, words, sizeof(words) - 1);
}

static enum oom_status read_file(struct oom_symtab *t, const char *path, struct oom_error *err)
{
	int fd = oom_open_file(path, O_NONBLOCK);
	struct stat st;
	if (fd < 0)
		return oom_fail(err, OOM_EOPEN, "%s: %s", path, strerror(errno));
	enum oom_status status = OOM_OK;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FILE_MAX)
		status = oom_fail(err, OOM_EFORMAT, "%s: not a System.map", path);
	else if (!(t->text = malloc((size_t)st.st_size + 1)))
		status = oom_fail(err, OOM_ENOMEM, "out of memory");
	while (status == OOM_OK && t->text_len < (size_t)st.st_size) {
		ssize_t got = read(fd, t->text + t->text_len, (size_t)st.st_size - t->text_len);
		if (got < 0 && errno != EINTR)
			status = oom_fail(err, OOM_EREAD, "%s: %s", path, strerror(errno));
		else if (got == 0)
			break;
		else if (got > 0)
			t->text_len += (size_t)got;
	}
	if (t->text)
		t->text[t->text_len] = '\0';
	close(fd);
	return status;
}

enum oom_status oom_sysmap_load(struct oom_image *image, const char *path, struct oom_symtab *ret,
				struct oom_error *err)
{
	struct oom_symtab t = {0};
	enum oom_status status = read_file(&t, path, err);
	if (status == OOM_OK && is_placeholder(&t))
		status = oom_fail(
			err, OOM_EFORMAT,
			"%s: only a placeholder, the real System.map is in Debian's package linux-image-%s-dbg", path,
			image->info.release ? image->info.release : "VERSION");
	if (status == OOM_OK)
		status = parse(&t, path, err);
	if (status == OOM_OK)
		status = oom_symtab_finish(&t, image, path, err);
	if (status != OOM_OK)
		oom_symtab_free(&t);
	*ret = t;
	return status;
}
