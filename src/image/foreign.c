// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Translation by libaddrxlat (part of libkdumpfile, 0.5.1) for the architectures that xlat.c has no page tables of:
 * i386, arm, ppc64, s390x. It reads tables through our page cache, so flattened and cut dumps work here as well.
 */
#include "image/dump.h"
#include <libkdumpfile/addrxlat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oom_foreign {
	struct oom_dump *dump;
	const struct oom_vmcoreinfo *info; // only while libaddrxlat sets itself up
	addrxlat_ctx_t *ctx;
	addrxlat_sys_t *sys;
	bool busy; // inside libaddrxlat: it must not ask itself for a translation without end
};

static void put_page(const addrxlat_buffer_t *buf)
{
	free(buf->priv);
}

/** Lends a copy of the page around an address: libaddrxlat keeps it longer than our cache does. */
static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buf)
{
	struct oom_foreign *f = cb->priv;
	size_t size = f->dump->page_size;
	uint64_t start = buf->addr.addr & ~(uint64_t)(size - 1);
	void *page = malloc(size);
	if (!page || buf->addr.as == ADDRXLAT_KVADDR || !oom_dump_read(f->dump, start, page, size)) {
		free(page);
		return ADDRXLAT_ERR_NODATA;
	}
	buf->addr.addr = start;
	buf->ptr = buf->priv = page;
	buf->size = size;
	buf->byte_order = f->dump->big_endian ? ADDRXLAT_BIG_ENDIAN : ADDRXLAT_LITTLE_ENDIAN;
	buf->put_page = put_page;
	return ADDRXLAT_OK;
}

static unsigned long read_caps(const addrxlat_cb_t *cb)
{
	(void)cb;
	return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR) | ADDRXLAT_CAPS(ADDRXLAT_KPHYSADDR);
}

static addrxlat_status look_up(const addrxlat_cb_t *cb, const char *kind, const char *name, addrxlat_addr_t *ret)
{
	const struct oom_foreign *f = cb->priv;
	int64_t value;
	if (!oom_vmcoreinfo_number(f->info, kind, name, &value))
		return ADDRXLAT_ERR_NODATA;
	*ret = (addrxlat_addr_t)value;
	return ADDRXLAT_OK;
}

static addrxlat_status sym_value(const addrxlat_cb_t *cb, const char *name, addrxlat_addr_t *ret)
{
	return look_up(cb, "SYMBOL", name, ret);
}

static addrxlat_status sym_sizeof(const addrxlat_cb_t *cb, const char *name, addrxlat_addr_t *ret)
{
	return look_up(cb, "SIZE", name, ret);
}

static addrxlat_status sym_offsetof(const addrxlat_cb_t *cb, const char *obj, const char *elem, addrxlat_addr_t *ret)
{
	char name[128];
	return snprintf(name, sizeof(name), "%s.%s", obj, elem) < (int)sizeof(name) ? look_up(cb, "OFFSET", name, ret)
										    : ADDRXLAT_ERR_NODATA;
}

static addrxlat_status num_value(const addrxlat_cb_t *cb, const char *name, addrxlat_addr_t *ret)
{
	return look_up(cb, "NUMBER", name, ret);
}

static bool set_up(struct oom_foreign *f, const char *arch)
{
	addrxlat_cb_t *cb = addrxlat_ctx_add_cb(f->ctx);
	if (!cb)
		return false;
	cb->priv = f;
	cb->get_page = get_page;
	cb->read_caps = read_caps;
	cb->sym_value = sym_value;
	cb->sym_sizeof = sym_sizeof;
	cb->sym_offsetof = sym_offsetof;
	cb->num_value = num_value;
	addrxlat_opt_t opts[4];
	unsigned n = 0, shift = (unsigned)__builtin_ctz(f->dump->page_size);
	addrxlat_opt_arch(&opts[n++], arch);
	addrxlat_opt_os_type(&opts[n++], "linux");
	addrxlat_opt_page_shift(&opts[n++], shift);
	int64_t root;
	uint64_t phys;
	bool sure;
	// i386 with PAE: libaddrxlat recurses without end to find the root's physical address by itself.
	if (oom_vmcoreinfo_number(f->info, "SYMBOL", "swapper_pg_dir", &root) &&
	    oom_xlat_linear(&f->dump->xlat, (uint64_t)root, &phys, &sure))
		addrxlat_opt_rootpgt(&opts[n++], &(addrxlat_fulladdr_t){.addr = phys, .as = ADDRXLAT_KPHYSADDR});
	return addrxlat_sys_os_init(f->sys, f->ctx, n, opts) == ADDRXLAT_OK;
}

struct oom_foreign *oom_foreign_new(struct oom_dump *dump, const char *arch, const struct oom_vmcoreinfo *info)
{
	struct oom_foreign *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->dump = dump;
	f->info = info;
	f->ctx = addrxlat_ctx_new();
	f->sys = addrxlat_sys_new();
	f->busy = true;
	bool ok = f->ctx && f->sys && set_up(f, arch);
	f->busy = false;
	f->info = NULL;
	if (ok)
		return f;
	oom_foreign_free(f);
	return NULL;
}

void oom_foreign_free(struct oom_foreign *foreign)
{
	if (!foreign)
		return;
	if (foreign->sys)
		addrxlat_sys_decref(foreign->sys);
	if (foreign->ctx)
		addrxlat_ctx_decref(foreign->ctx);
	free(foreign);
}

enum oom_walk oom_foreign_translate(struct oom_foreign *foreign, uint64_t virt, uint64_t *phys)
{
	addrxlat_fulladdr_t addr;
	addr.addr = virt;
	addr.as = ADDRXLAT_KVADDR;
	if (foreign->busy)
		return OOM_WALK_NO_TABLE;
	foreign->busy = true;
	addrxlat_status status = addrxlat_fulladdr_conv(&addr, ADDRXLAT_MACHPHYSADDR, foreign->ctx, foreign->sys);
	foreign->busy = false;
	addrxlat_ctx_clear_err(foreign->ctx);
	if (status != ADDRXLAT_OK)
		return status == ADDRXLAT_ERR_NOTPRESENT ? OOM_WALK_UNMAPPED : OOM_WALK_NO_TABLE;
	*phys = addr.addr;
	return OOM_WALK_MAPPED;
}
