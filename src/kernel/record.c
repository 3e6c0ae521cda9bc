// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Structures of the kernel read in one piece, and its variables.
 */
#include "kernel/walk.h"

#include <string.h>

enum {
	SPAN_MAX = 16 * 1024, // bytes read at once; struct pglist_data has 170 kB of zone lists in the middle
	MEMBER_MAX = 4096,    // longer members are walked by their address
	TYPE_MAX = 1 << 28,   // an offset or size that no kernel structure has is damage of the type information
};

static bool find_member(struct oom_image *image, const struct oom_module *module, const struct oom_want *want,
			struct oom_member *m)
{
	if (!want->type ||
	    (oom_module_member(image, module, want->type, want->path, m) != OOM_OK &&
	     (!want->alt || oom_module_member(image, module, want->type, want->alt, m) != OOM_OK)) ||
	    m->size > TYPE_MAX || m->offset > TYPE_MAX) {
		m->known = false;
		return false;
	}
	// VMCOREINFO tells offsets without sizes: what is asked of it are longs and pointers.
	if (!m->size && !m->elem_size)
		m->size = oom_image_info(image)->ptr_size;
	return true;
}

size_t oom_layout_find(struct oom_layout *layout, struct oom_image *image, const struct oom_want *wants, size_t n)
{
	return oom_layout_find_in(layout, image, NULL, wants, n);
}

size_t oom_layout_find_in(struct oom_layout *layout, struct oom_image *image, const struct oom_module *module,
			  const struct oom_want *wants, size_t n)
{
	memset(layout, 0, sizeof(*layout));
	layout->n = n < OOM_LAYOUT_MAX ? n : OOM_LAYOUT_MAX;
	size_t known = 0;
	uint32_t start = UINT32_MAX, end = 0, sum = 0;
	for (size_t i = 0; i < layout->n; i++) {
		const struct oom_member *m = &layout->m[i];
		layout->at[i] = UINT32_MAX;
		if (!find_member(image, module, &wants[i], &layout->m[i]))
			continue;
		known++;
		if (m->size > MEMBER_MAX)
			continue;
		layout->at[i] = sum;
		sum += m->size;
		start = m->offset < start ? m->offset : start;
		end = m->offset + m->size > end ? m->offset + m->size : end;
	}
	layout->start = end ? start : 0;
	layout->len = end ? end - start : 0;
	layout->sparse = layout->len > SPAN_MAX;
	if (layout->sparse)
		layout->len = sum;
	for (size_t i = 0; i < layout->n && !layout->sparse; i++)
		if (layout->at[i] != UINT32_MAX)
			layout->at[i] = layout->m[i].offset - start;
	return known;
}

bool oom_record_init(struct oom_record *r, struct oom_image *image, const struct oom_layout *layout,
		     struct oom_arena *arena)
{
	*r = (struct oom_record){.image = image, .layout = layout};
	r->buf = oom_alloc(arena, layout->len ? layout->len : 1);
	return r->buf != NULL;
}

bool oom_record_read(struct oom_record *r, uint64_t addr)
{
	const struct oom_layout *layout = r->layout;
	r->addr = addr;
	r->present = 0;
	if (!addr || !r->buf || !layout->len)
		return false;
	bool exact = oom_image_is_exact(r->image);
	if (exact) // what lies between the members is no fact
		oom_image_track(r->image, false);
	bool all = !layout->sparse && oom_read(r->image, addr + layout->start, r->buf, layout->len) == OOM_OK;
	for (size_t i = 0; i < layout->n; i++) {
		const struct oom_member *m = &layout->m[i];
		if (layout->at[i] != UINT32_MAX &&
		    (all || oom_read(r->image, addr + m->offset, r->buf + layout->at[i], m->size) == OOM_OK))
			r->present |= 1u << i;
	}
	if (exact)
		oom_image_track(r->image, true);
	for (size_t i = 0; exact && i < layout->n; i++)
		if (r->present >> i & 1)
			oom_image_saw(r->image, addr + layout->m[i].offset, layout->m[i].size);
	return r->present != 0;
}

bool oom_record_has(const struct oom_record *r, size_t i)
{
	return r->present >> i & 1;
}

const uint8_t *oom_record_bytes(const struct oom_record *r, size_t i)
{
	return oom_record_has(r, i) ? r->buf + r->layout->at[i] : NULL;
}

static bool number_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

int64_t oom_record_int(const struct oom_record *r, size_t i)
{
	const uint8_t *p = oom_record_bytes(r, i);
	const struct oom_member *m = &r->layout->m[i];
	if (!p || !number_size(m->size))
		return OOM_ABSENT;
	if (m->bit_size) {
		uint64_t bits = oom_get_uint(r->image, p, m->size) >> (m->bit_offset & 63);
		return (int64_t)(m->bit_size < 64 ? bits & ((UINT64_C(1) << m->bit_size) - 1) : bits);
	}
	return m->is_signed ? oom_get_int(r->image, p, m->size) : (int64_t)oom_get_uint(r->image, p, m->size);
}

int64_t oom_record_signed(const struct oom_record *r, size_t i)
{
	const uint8_t *p = oom_record_bytes(r, i);
	return p && number_size(r->layout->m[i].size) ? oom_get_int(r->image, p, r->layout->m[i].size) : OOM_ABSENT;
}

/** Element @p k of array member @p i, or NULL beyond its end. */
static const uint8_t *element(const struct oom_record *r, size_t i, size_t k, uint32_t *size)
{
	const uint8_t *p = oom_record_bytes(r, i);
	const struct oom_member *m = &r->layout->m[i];
	if (!p)
		return NULL;
	*size = m->count ? m->elem_size : m->size;
	if (!number_size(*size) || k >= m->size / *size)
		return NULL;
	return p + k * *size;
}

int64_t oom_record_nth(const struct oom_record *r, size_t i, size_t k)
{
	uint32_t size;
	const uint8_t *p = element(r, i, k, &size);
	return p ? oom_get_int(r->image, p, size) : OOM_ABSENT;
}

uint64_t oom_record_ptr(const struct oom_record *r, size_t i)
{
	const uint8_t *p = oom_record_bytes(r, i);
	uint32_t size = oom_image_info(r->image)->ptr_size;
	// Of a list_head or another structure that begins with a pointer, this is the first one.
	return p && r->layout->m[i].size >= size && number_size(size) ? oom_get_uint(r->image, p, size) : 0;
}

uint64_t oom_record_addr(const struct oom_record *r, size_t i)
{
	return r->layout->m[i].known ? r->addr + r->layout->m[i].offset : 0;
}

const char *oom_record_text(const struct oom_record *r, size_t i, struct oom_arena *arena)
{
	const uint8_t *p = oom_record_bytes(r, i);
	return p ? oom_strndup(arena, (const char *)p, strnlen((const char *)p, r->layout->m[i].size)) : NULL;
}

void oom_record_words(const struct oom_record *r, size_t i, enum oom_words what)
{
	if (oom_record_has(r, i))
		oom_image_words(r->image, r->addr + r->layout->m[i].offset, r->layout->m[i].size, what, false);
}

int64_t oom_variable(struct oom_image *image, const char *name, size_t size)
{
	uint64_t addr;
	uint8_t buf[8];
	if (!size)
		size = oom_image_info(image)->ptr_size;
	if (!number_size((uint32_t)size) || oom_symbol(image, name, &addr) != OOM_OK ||
	    oom_read(image, addr, buf, size) != OOM_OK)
		return OOM_ABSENT;
	return oom_get_int(image, buf, size);
}

uint64_t oom_variable_ptr(struct oom_image *image, const char *name)
{
	uint64_t addr;
	return oom_symbol(image, name, &addr) == OOM_OK ? oom_deref(image, addr) : 0;
}

uint64_t oom_deref(struct oom_image *image, uint64_t addr)
{
	uint64_t ret;
	return addr && oom_read_ulong(image, addr, &ret) == OOM_OK ? ret : 0;
}

const char *oom_string_at(struct oom_image *image, uint64_t addr, size_t max, struct oom_arena *arena)
{
	char buf[4096];
	if (!addr || oom_read_string(image, addr, buf, max < sizeof(buf) ? max + 1 : sizeof(buf)) != OOM_OK)
		return NULL;
	return oom_strdup(arena, buf);
}

const char *oom_words_at(struct oom_image *image, uint64_t addr, size_t max, enum oom_words what,
			 struct oom_arena *arena)
{
	const char *text = oom_string_at(image, addr, max, arena);
	if (text)
		oom_image_words(image, addr, strlen(text), what, false);
	return text;
}

bool oom_bitmap_test(const struct oom_image *image, const uint8_t *bits, size_t len, size_t i)
{
	size_t size = oom_image_info(image)->ptr_size, word = i / (size * 8);
	if (word >= len / size)
		return false;
	return oom_get_uint(image, bits + word * size, size) >> (i % (size * 8)) & 1;
}

int64_t oom_enum_or(struct oom_image *image, const char *name, int64_t otherwise)
{
	int64_t value;
	return oom_enumerator(image, name, &value) == OOM_OK ? value : otherwise;
}

int64_t oom_pages_kb(const struct oom_image *image, int64_t pages)
{
	// 2^46 pages are more than any machine addresses: sums of such figures do not overflow.
	const int64_t pages_max = INT64_C(1) << 46;
	if (!oom_known(pages) || pages > pages_max)
		return OOM_ABSENT;
	return pages > 0 ? pages * (int64_t)(oom_image_info(image)->page_size / 1024) : 0;
}

int64_t oom_plus(int64_t a, int64_t b)
{
	int64_t ret;
	if (!oom_known(a) || !oom_known(b))
		return oom_known(a) ? a : b;
	return __builtin_add_overflow(a, b, &ret) ? OOM_ABSENT : ret;
}

bool oom_built_without(struct oom_image *image, const char *symbol)
{
	uint64_t addr;
	// totalreserve_pages is in every kernel: if it is found, the table of symbols has variables too.
	return oom_symbol(image, symbol, &addr) == OOM_ENOENT &&
	       oom_symbol(image, "totalreserve_pages", &addr) == OOM_OK;
}

bool oom_runs_without(struct oom_image *image, const char *module, const char *symbol)
{
	return !oom_module_find(image, module) && oom_built_without(image, symbol) &&
	       (oom_modules_whole(image) || oom_built_without(image, "modules")); // the latter: CONFIG_MODULES=n
}

struct oom_state *oom_case_state(struct oom_case *c)
{
	if (!c->state)
		c->state = oom_new_state(c->arena);
	return c->state;
}
