// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The sources of symbols behind VMCOREINFO, in order: kallsyms in the dump, System.map, vmlinux.
 */
#include "image/symbols.h"
#include "image/kallsyms.h"
#include "image/types.h"
#include <stdlib.h>

struct oom_symbols {
	struct oom_image *image;
	struct oom_kallsyms *kallsyms; // NULL: none
	struct oom_symtab sysmap;      // n 0: none
	struct oom_symtab elf;
	bool elf_wanted; // a vmlinux of this kernel was given, its symbol table is read when it is first needed
};

static void missing(struct oom_image *image, const char *what, const char *why)
{
	char package[256];
	oom_debug_package(image->info.release, package, sizeof(package));
	oom_strings_addf(image->arena, &image->info.missing, "%s: %s; %s has them (-k, -S)", what, why, package);
}

/** A live session (crash) has the symbols of its vmlinux, data included: nothing has to be read for them. */
static bool backend_has_symbols(const struct oom_image *image)
{
	uint64_t addr;
	return image->ops->symbol && image->ops->symbol(image->backend, "_stext", &addr) == OOM_OK &&
	       image->ops->symbol(image->backend, "init_task", &addr) == OOM_OK;
}

/** kallsyms by VMCOREINFO; where it does not tell, or tells what leads to none, by scanning. */
static void open_kallsyms(struct oom_symbols *s, struct oom_error *err)
{
	struct oom_image *image = s->image;
	struct oom_kallsyms_tables tables;
	uint64_t stext;
	enum oom_status status = OOM_ENOENT;
	if (oom_kallsyms_from_vmcoreinfo(image, &tables)) {
		image->info.symbols_from = "kallsyms";
		status = oom_kallsyms_new(image, &tables, &s->kallsyms, err);
		if (status == OOM_OK || status == OOM_ENOMEM)
			return;
	}
	image->info.symbols_from = "VMCOREINFO";
	bool told = status != OOM_ENOENT; // err says why already
	if (!oom_symbol_known(image, "_stext", &stext)) {
		if (!told)
			oom_fail(err, OOM_ENOENT, "kallsyms: neither VMCOREINFO nor _stext tells where to look for it");
	} else if (!oom_kallsyms_scan(image, stext, &tables)) {
		if (!told)
			oom_fail(err, OOM_ENOENT, "kallsyms: not found in what the dump holds of the kernel image");
	} else if (oom_kallsyms_new(image, &tables, &s->kallsyms, err) == OOM_OK) {
		image->info.symbols_from = "kallsyms (scan)";
	}
}

/**
 * Before 5.9 VMCOREINFO has no build-id, and a vmlinux is told by linux_banner: read here, so that its page counts as
 * one that gave a fact and a slim dump can be matched too.
 */
static void keep_banner(struct oom_symbols *s)
{
	uint64_t addr;
	char text[16];
	if (!s->image->info.build_id && s->kallsyms && oom_kallsyms_find(s->kallsyms, "linux_banner", &addr) == OOM_OK)
		oom_read_string(s->image, addr, text, sizeof(text));
}

static void note_gaps(const struct oom_symbols *s, const struct oom_error *why)
{
	struct oom_image *image = s->image;
	uint64_t addr;
	if (!s->kallsyms) {
		if (!s->sysmap.n && !s->elf_wanted && !image->ops->symbol)
			missing(image, "symbols", why->text);
		return;
	}
	uint32_t lost = oom_kallsyms_lost(s->kallsyms);
	if (lost)
		oom_strings_addf(image->arena, &image->info.missing,
				 "symbols: %u names of kallsyms are damaged or not in the dump", lost);
	// Data symbols are in kallsyms only with CONFIG_KALLSYMS_ALL.
	else if (!s->sysmap.n && !s->elf_wanted && !image->ops->symbol &&
		 oom_kallsyms_find(s->kallsyms, "init_task", &addr) == OOM_ENOENT)
		missing(image, "symbols of data", "this kernel's kallsyms has only functions");
}

enum oom_status oom_symbols_new(struct oom_image *image, struct oom_symbols **ret, struct oom_error *err)
{
	struct oom_symbols *s = calloc(1, sizeof(*s));
	if (!s)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	*ret = s;
	s->image = image;
	image->info.symbols_from = "VMCOREINFO";
	struct oom_error why = {0};
	if (backend_has_symbols(image))
		image->info.symbols_from = image->info.format;
	else
		open_kallsyms(s, &why);
	image->info.no_memory |= why.status == OOM_ENOMEM;
	keep_banner(s);
	const struct oom_image_options *options = &image->options;
	enum oom_status status = OOM_OK;
	if (options->vmlinux) {
		status = oom_vmlinux_check(image, options->vmlinux, err);
		s->elf_wanted = status == OOM_OK;
	}
	if (options->system_map && status == OOM_OK)
		status = oom_sysmap_load(image, options->system_map, &s->sysmap, err);
	if (!s->kallsyms && s->sysmap.n)
		image->info.symbols_from = "System.map";
	else if (!s->kallsyms && s->elf_wanted)
		image->info.symbols_from = "vmlinux";
	note_gaps(s, &why);
	return status;
}

void oom_symbols_free(struct oom_symbols *s)
{
	if (!s)
		return;
	oom_kallsyms_free(s->kallsyms);
	oom_symtab_free(&s->sysmap);
	oom_symtab_free(&s->elf);
	free(s);
}

/** The symbol table of the vmlinux, read at the first name that nothing else knows. */
static const struct oom_symtab *elf_table(struct oom_symbols *s)
{
	if (s->elf_wanted) {
		struct oom_error err = {0};
		s->elf_wanted = false;
		if (oom_elfsyms_load(s->image, s->image->options.vmlinux, &s->elf, &err) != OOM_OK)
			oom_strings_addf(s->image->arena, &s->image->info.missing, "symbols: %s", err.text);
	}
	return &s->elf;
}

enum oom_status oom_symbols_find(struct oom_symbols *s, const char *name, uint64_t *addr)
{
	enum oom_status status = s->kallsyms ? oom_kallsyms_find(s->kallsyms, name, addr) : OOM_ENOENT;
	if (status == OOM_OK)
		return OOM_OK;
	if (oom_symtab_find(&s->sysmap, name, addr) || oom_symtab_find(elf_table(s), name, addr))
		return OOM_OK;
	// Its name may be lost, or it is there and its address is not: neither means that the kernel has no such
	// symbol.
	return status != OOM_ENOENT || (s->kallsyms && oom_kallsyms_lost(s->kallsyms)) ? OOM_EREAD : OOM_ENOENT;
}

const char *oom_symbols_at(struct oom_symbols *s, uint64_t addr, uint64_t *distance)
{
	const char *name = s->kallsyms ? oom_kallsyms_at(s->kallsyms, addr, distance) : NULL;
	if (!name)
		name = oom_symtab_at(&s->sysmap, addr, distance);
	return name ? name : oom_symtab_at(elf_table(s), addr, distance);
}
