// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The kernel log: which of its forms this kernel has, and what the forms share. */
#include "kernel/printk.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool printk_window_init(struct printk_window *w, struct oom_image *image, uint64_t base, uint64_t size)
{
	*w = (struct printk_window){.image = image, .base = base, .size = size};
	w->buf = malloc(PRINTK_WINDOW);
	return w->buf != NULL;
}

void printk_window_free(struct printk_window *w)
{
	free(w->buf);
	w->buf = NULL;
}

static bool window_load(struct printk_window *w, uint64_t offset, uint64_t len)
{
	w->start = offset;
	bool exact = oom_image_is_exact(w->image);
	if (exact) // the ring holds more than its records: what is left of older ones
		oom_image_track(w->image, false);
	w->len = oom_read(w->image, w->base + offset, w->buf, len) == OOM_OK ? len : 0;
	if (exact)
		oom_image_track(w->image, true);
	return w->len;
}

void printk_window_saw(const struct printk_window *w, uint64_t offset, size_t len)
{
	oom_image_saw(w->image, w->base + offset, len);
}

void printk_window_text(const struct printk_window *w, uint64_t offset, size_t len, bool goes_on)
{
	oom_image_words(w->image, w->base + offset, len, OOM_WORDS_LOG, goes_on);
}

const uint8_t *printk_window_at(struct printk_window *w, uint64_t offset, size_t len)
{
	if (len > PRINTK_WINDOW || offset > w->size || len > w->size - offset)
		return NULL;
	if (offset >= w->start && offset - w->start <= w->len && len <= w->len - (offset - w->start))
		return w->buf + (offset - w->start);
	uint64_t big = w->size - offset < PRINTK_WINDOW ? w->size - offset : PRINTK_WINDOW;
	bool known_bad = offset >= w->bad_start && offset < w->bad_end;
	if (!known_bad && window_load(w, offset, big))
		return w->buf;
	if (!known_bad) {
		w->bad_start = offset;
		w->bad_end = offset + big;
	}
	return window_load(w, offset, len) ? w->buf : NULL;
}

void printk_emit(struct printk_walk *walk, const struct printk_record *record)
{
	walk->seen++;
	walk->newest_us = oom_known(record->time_us) ? record->time_us : walk->newest_us;
	if (!walk->each(walk->arg, record->text, record->len, record->time_us, record->caller, record->level))
		walk->stop = true;
}

/** The number behind `KIND(type)=` or `KIND(type.member)=` in VMCOREINFO, if it is one that a structure can have. */
static bool vmcoreinfo_number(struct oom_image *image, const char *kind, const char *type, const char *member,
			      uint32_t *ret)
{
	char key[128];
	snprintf(key, sizeof(key), "%s(%s%s%s)", kind, type, member ? "." : "", member ? member : "");
	const char *text = oom_vmcoreinfo(image, key);
	char *end;
	unsigned long long value = text ? strtoull(text, &end, 10) : 0;
	if (!text || end == text || value > PRINTK_STRUCT_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

bool printk_offset(struct oom_image *image, const char *type, const char *member, uint32_t *ret)
{
	// VMCOREINFO first: the log of a damaged dump must not depend on BTF, nor wait for it.
	if (vmcoreinfo_number(image, "OFFSET", type, member, ret))
		return true;
	struct oom_member m;
	if (oom_member(image, type, member, &m) != OOM_OK || m.offset > PRINTK_STRUCT_MAX)
		return false;
	*ret = m.offset;
	return true;
}

bool printk_size(struct oom_image *image, const char *type, uint32_t *ret)
{
	if (vmcoreinfo_number(image, "SIZE", type, NULL, ret))
		return *ret > 0;
	return oom_type_size(image, type, ret) == OOM_OK && *ret > 0 && *ret <= PRINTK_STRUCT_MAX;
}

void printk_flags(const struct oom_image *image, uint8_t byte, unsigned int *flags, int64_t *level)
{
	bool big = oom_image_info(image)->big_endian;
	*flags = big ? byte >> 3 : byte & 0x1f;
	*level = big ? byte & 7 : byte >> 5;
}

/** Is @p name in VMCOREINFO (@p deep false) or in any table of symbols? The latter costs time where it is not. */
static bool has_symbol(struct oom_image *image, const char *name, bool deep)
{
	char key[64];
	uint64_t addr;
	snprintf(key, sizeof(key), "SYMBOL(%s)", name);
	return oom_vmcoreinfo(image, key) || (deep && oom_symbol(image, name, &addr) == OOM_OK);
}

typedef enum oom_status printk_form(struct printk_walk *walk);

static printk_form *which_form(struct oom_image *image)
{
	for (int deep = 0; deep <= 1; deep++) {
		// 5.10, 896fbe20b4e2: the ring. 3.5, 7ff9554bb578: records. Each kernel has the variables of one form.
		if (has_symbol(image, "prb", deep))
			return printk_ring;
		if (has_symbol(image, "log_first_idx", deep))
			return printk_log;
		if (has_symbol(image, "log_end", deep))
			return printk_plain;
	}
	return NULL;
}

bool oom_printk_shows_caller(struct oom_image *image)
{
	uint32_t offset;
	// 5.1 to 5.9: the member is there only with CONFIG_PRINTK_CALLER. Since 5.10 it always is, and nothing in the
	// ring tells whether it is printed.
	return which_form(image) == printk_log && printk_offset(image, "printk_log", "caller_id", &offset);
}

enum oom_status oom_walk_printk(struct oom_image *image, struct oom_case *c, oom_printk_fn *each, void *arg)
{
	struct printk_walk walk = {.image = image, .c = c, .each = each, .arg = arg, .newest_us = OOM_ABSENT};
	printk_form *form = which_form(image);
	if (!form) {
		oom_case_missing(c, "kernel log: neither VMCOREINFO nor a table of symbols says where it is");
		return OOM_ENOENT;
	}
	enum oom_status status = form(&walk);
	if (status == OOM_ENOENT)
		oom_case_missing(c, "kernel log: VMCOREINFO and types do not describe its records");
	else if (status == OOM_ENOMEM)
		oom_case_missing(c, "kernel log: no memory to read it");
	else if (status != OOM_OK)
		oom_case_missing(c, "kernel log: %s",
				 status == OOM_EREAD ? "its variables are not in the dump"
						     : "its variables are damaged");
	if (status != OOM_OK || walk.stop)
		return status;
	if (!oom_known(c->system.uptime_us))
		c->system.uptime_us = walk.newest_us;
	if (walk.lost)
		oom_case_missing(c, "kernel log: %zu of %zu records: their pages are not in the dump, or are damaged",
				 walk.lost, walk.lost + walk.seen);
	else if (walk.holes)
		oom_case_missing(c, "kernel log: parts of it are not in the dump, or are damaged; %zu records are left",
				 walk.seen);
	if (walk.seen)
		return OOM_OK;
	if (walk.lost || walk.holes)
		return OOM_EREAD;
	oom_case_missing(c, "kernel log: it is empty");
	return OOM_ENOENT;
}
