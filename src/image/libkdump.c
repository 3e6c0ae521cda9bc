// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Pages by libkdumpfile (0.4 and later), for the formats that we do not read by ourselves. Facts about 0.5.1 that shape
 * this file: KERNEL-FACTS.md, "Measured".
 */
#include "image/pages.h"
#include <libkdumpfile/kdumpfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_PAGES = 64 };

struct libkdump {
	struct oom_pages pages;
	kdump_ctx_t *ctx;
	struct oom_source **sources;
	size_t n;
};

static enum oom_page_status libkdump_read(struct oom_pages *pages, uint64_t pfn, void *page)
{
	struct libkdump *k = (struct libkdump *)pages;
	size_t len = pages->page_size;
	switch (kdump_read(k->ctx, KDUMP_MACHPHYSADDR, pfn * pages->page_size, page, &len)) {
	case KDUMP_OK:
		return len == pages->page_size ? OOM_PAGE_OK : OOM_PAGE_LOST;
	case KDUMP_ERR_NODATA:
		return OOM_PAGE_EXCLUDED;
	default:
		return OOM_PAGE_LOST;
	}
}

static enum oom_page_status libkdump_status(struct oom_pages *pages, uint64_t pfn)
{
	if (pfn >= pages->max_pfn)
		return OOM_PAGE_ABSENT;
	void *page = malloc(pages->page_size);
	enum oom_page_status status = page ? libkdump_read(pages, pfn, page) : OOM_PAGE_LOST;
	free(page);
	return status;
}

static uint64_t libkdump_next(struct oom_pages *pages, uint64_t pfn)
{
	struct libkdump *k = (struct libkdump *)pages;
	kdump_attr_t map = {.type = KDUMP_BITMAP};
	kdump_addr_t next = pfn;
	if (kdump_get_typed_attr(k->ctx, KDUMP_ATTR_FILE_PAGEMAP, &map) != KDUMP_OK)
		return pfn < pages->max_pfn ? pfn : UINT64_MAX;
	return kdump_bmp_find_set(map.val.bitmap, &next) == KDUMP_OK ? next : UINT64_MAX;
}

static void libkdump_close(struct oom_pages *pages)
{
	struct libkdump *k = (struct libkdump *)pages;
	if (k->ctx)
		kdump_free(k->ctx);
	for (size_t i = 0; i < k->n; i++)
		oom_source_close(k->sources[i]);
	free(k->sources);
	free(k->pages.vmcoreinfo);
	free(k);
}

static const struct oom_pages_ops libkdump_ops = {libkdump_read, libkdump_status, libkdump_next, NULL,
						  NULL,		 libkdump_close,  NULL};

static kdump_status open_fds(struct libkdump *k)
{
	int *fds = calloc(k->n, sizeof(*fds));
	if (!fds)
		return KDUMP_ERR_SYSTEM;
	for (size_t i = 0; i < k->n; i++)
		fds[i] = oom_source_fd(k->sources[i]);
	kdump_status status = kdump_open_fdset(k->ctx, (unsigned)k->n, fds);
	free(fds);
	return status;
}

static void read_attributes(struct libkdump *k)
{
	kdump_num_t number;
	const char *text;
	char *raw = NULL;
	if (kdump_get_number_attr(k->ctx, KDUMP_ATTR_PAGE_SIZE, &number) == KDUMP_OK && number >= 4096 &&
	    number <= 65536)
		k->pages.page_size = (uint32_t)number;
	if (kdump_get_number_attr(k->ctx, KDUMP_ATTR_PTR_SIZE, &number) == KDUMP_OK)
		k->pages.ptr_size = (uint32_t)number;
	if (kdump_get_number_attr(k->ctx, KDUMP_ATTR_BYTE_ORDER, &number) == KDUMP_OK)
		k->pages.big_endian = number == KDUMP_BIG_ENDIAN;
	if (kdump_get_number_attr(k->ctx, "max_pfn", &number) == KDUMP_OK)
		k->pages.max_pfn = number;
	if (kdump_get_string_attr(k->ctx, KDUMP_ATTR_FILE_FORMAT, &text) == KDUMP_OK)
		snprintf(k->pages.format, sizeof(k->pages.format), "%s", text);
	if (kdump_get_string_attr(k->ctx, KDUMP_ATTR_ARCH_NAME, &text) == KDUMP_OK)
		snprintf(k->pages.machine, sizeof(k->pages.machine), "%s", text);
	if (kdump_vmcoreinfo_raw(k->ctx, &raw) == KDUMP_OK && raw) {
		k->pages.vmcoreinfo = raw;
		k->pages.vmcoreinfo_len = strlen(raw);
	}
}

/** libkdumpfile's reason, without the chain of attributes that it was setting. */
static void refuse(struct libkdump *k, struct oom_error *err)
{
	const char *text = k->ctx ? kdump_get_err(k->ctx) : "out of memory";
	const char *last = text ? strrchr(text, ':') : NULL;
	// "Unsupported dump architecture: 9" is one reason.
	while (last && last > text && last[1] == ' ' && (!last[2] || strchr("0123456789", last[2])))
		last = memrchr(text, ':', (size_t)(last - text));
	if (!text || strstr(text, "Unknown file format"))
		oom_fail(err, OOM_EFORMAT, "is no dump of a format that we know");
	else
		oom_fail(err, OOM_EFORMAT, "cannot be read as a dump: %s", last && last[1] == ' ' ? last + 2 : text);
}

enum oom_status oom_libkdump_open(struct oom_source *const *parts, size_t nr_parts, struct oom_pages **ret,
				  struct oom_error *err)
{
	struct libkdump *k = calloc(1, sizeof(*k));
	if (k)
		k->sources = calloc(nr_parts, sizeof(void *));
	if (!k || !k->sources) {
		for (size_t i = 0; i < nr_parts; i++)
			oom_source_close(parts[i]);
		free(k);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	memcpy(k->sources, parts, nr_parts * sizeof(void *));
	k->n = nr_parts;
	k->pages = (struct oom_pages){.ops = &libkdump_ops, .page_size = 4096, .complete = OOM_YES};
	k->ctx = kdump_new();
	if (!k->ctx || open_fds(k) != KDUMP_OK) {
		refuse(k, err);
		libkdump_close(&k->pages);
		return OOM_EFORMAT;
	}
	kdump_set_number_attr(k->ctx, "cache.size", CACHE_PAGES);
	read_attributes(k);
	*ret = &k->pages;
	return OOM_OK;
}
