// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The walkers over memory as a broken kernel leaves it: a dump of samples/ whose memory is changed where the walkers
 * read it.
 *
 *   byte       which sample
 *   byte       bit 0: deep, bits 1 to 3 all set: every report is written too (it costs more than all else)
 *   12 bytes   a change each:
 *                2 bytes  of which of the reads that the undamaged sample causes (number modulo all)
 *                2 bytes  at which offset in it
 *                1 byte   what (enum change), 1 byte: its argument, 2 bytes: of which other read
 *                4 bytes  value
 *
 * Symbols and types are those of the undamaged sample, opened once: kallsyms and BTF have fuzzers of their own. So the
 * meaning of an input depends on samples/ and on the walkers; what it found is kept as a unit test.
 */
#include "fuzz.h"
#include "image/dump.h"
#include "image/internal.h"
#include <glob.h>
#include <oomortem/open.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES_MAX = 8, READS_MAX = 65536, CHANGES_MAX = 64, CHANGE_BYTES = 12, HASH = 1 << 17 };

enum change { FLIP, NUMBER, WIDE, POINTER, SELF, ZEROS, ONES, LOST, NR_CHANGES };

struct read {
	uint64_t addr;
	size_t len;
};

struct sample {
	struct oom_image *base;
	struct read *reads;
	size_t nr_reads;
};

struct overlay {
	uint64_t addr, page; // page: lost
	uint8_t bytes[8];
	size_t len;
};

/** The backend: a sample's, with changes; or one that notes what is read. */
struct mutated {
	struct sample *sample;
	struct overlay v[CHANGES_MAX];
	size_t n;
	uint32_t *seen; // HASH entries: number of a read + 1; NULL: nothing is noted
};

static struct sample samples[SAMPLES_MAX];
static size_t nr_samples;

static void note(struct mutated *m, uint64_t addr, size_t len)
{
	struct sample *s = m->sample;
	size_t at = (size_t)((addr * 0x9e3779b97f4a7c15) >> 40) % HASH;
	for (; m->seen[at]; at = (at + 1) % HASH)
		if (s->reads[m->seen[at] - 1].addr == addr)
			return;
	if (s->nr_reads == READS_MAX)
		return;
	s->reads[s->nr_reads++] = (struct read){addr, len};
	m->seen[at] = (uint32_t)s->nr_reads;
}

static enum oom_status mutated_read(void *backend, uint64_t addr, void *buf, size_t len)
{
	struct mutated *m = backend;
	struct oom_image *base = m->sample->base;
	enum oom_status status = base->ops->read_virt(base->backend, addr, buf, len);
	if (status != OOM_OK)
		return status;
	if (m->seen && len)
		note(m, addr, len);
	for (size_t i = 0; i < m->n; i++) {
		const struct overlay *o = &m->v[i];
		if (o->page) {
			if (len && addr / 4096 <= o->page && (addr + len - 1) / 4096 >= o->page)
				return OOM_EREAD;
			continue;
		}
		for (size_t k = 0; k < o->len; k++)
			if (o->addr + k - addr < len)
				((uint8_t *)buf)[o->addr + k - addr] = o->bytes[k];
	}
	return OOM_OK;
}

static enum oom_status mutated_phys(void *backend, uint64_t addr, void *buf, size_t len)
{
	struct oom_image *base = ((struct mutated *)backend)->sample->base;
	return base->ops->read_phys(base->backend, addr, buf, len);
}

static const struct oom_image_ops ops = {.read_virt = mutated_read, .read_phys = mutated_phys};

static struct oom_case *collect(struct mutated *m, bool deep)
{
	struct oom_image *base = m->sample->base, *image = NULL;
	const struct oom_pages *pages = oom_dump_of(base)->pages;
	const struct oom_open_options options = {.deep = deep};
	struct oom_case *c = oom_case_new();
	struct oom_error err = {0};
	if (!c ||
	    oom_image_new(&ops, m, pages->vmcoreinfo, pages->vmcoreinfo_len, &base->info, NULL, &image, &err) != OOM_OK)
		abort();
	image->symbols = base->symbols;
	image->types = base->types;
	image->symbols_asked = image->types_asked = true;
	if (oom_collect(image, c, &options, &err) != OOM_OK)
		abort();
	image->symbols = NULL;
	image->types = NULL;
	oom_image_close(image);
	return c;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	glob_t found;
	(void)argc, (void)argv;
	if (glob("samples/*.slim", 0, NULL, &found) != 0) {
		fprintf(stderr, "fuzz_memory: no samples/*.slim below the working directory\n");
		exit(2);
	}
	for (size_t i = 0; i < found.gl_pathc && nr_samples < SAMPLES_MAX; i++) {
		struct sample *s = &samples[nr_samples++];
		struct mutated m = {.sample = s, .seen = calloc(HASH, sizeof(*m.seen))};
		const char *const paths[] = {found.gl_pathv[i]};
		struct oom_error err = {0};
		uint64_t addr;
		s->reads = calloc(READS_MAX, sizeof(*s->reads));
		if (!m.seen || !s->reads || oom_image_open(paths, 1, NULL, &s->base, &err) != OOM_OK)
			abort();
		// Both are opened at the first question.
		if (oom_symbol(s->base, "init_task", &addr) != OOM_OK || !oom_has_types(s->base))
			abort();
		oom_case_free(collect(&m, true));
		free(m.seen);
	}
	globfree(&found);
	return 0;
}

/** The change that @p p describes. */
static void change(const struct sample *s, const uint8_t *p, struct overlay *o)
{
	uint16_t which, where, other;
	uint32_t value;
	memcpy(&which, p, 2);
	memcpy(&where, p + 2, 2);
	memcpy(&other, p + 6, 2);
	memcpy(&value, p + 8, 4);
	const struct read *r = &s->reads[which % s->nr_reads];
	size_t at = where % r->len;
	uint64_t now = 0, wide = value;
	*o = (struct overlay){.addr = r->addr + at, .len = 8};
	s->base->ops->read_virt(s->base->backend, o->addr, &now, 8);
	switch ((enum change)(p[4] % NR_CHANGES)) {
	case FLIP:
		wide = now ^ UINT64_C(1) << p[5] % 64;
		break;
	case NUMBER:
		o->len = 4;
		break;
	case WIDE:
		wide = (uint64_t)(int64_t)(int32_t)value << p[5] % 64;
		break;
	case POINTER:
		o->addr &= ~UINT64_C(7);
		wide = s->reads[other % s->nr_reads].addr + (uint64_t)(int64_t)(int8_t)p[5] * 8;
		break;
	case SELF:
		o->addr &= ~UINT64_C(7);
		wide = o->addr + (uint64_t)(int64_t)(int8_t)p[5];
		break;
	case ZEROS:
	case ONES:
		wide = p[4] % NR_CHANGES == ZEROS ? 0 : UINT64_MAX;
		o->len = (size_t)1 << p[5] % 4;
		break;
	case LOST:
	case NR_CHANGES:
		o->page = o->addr / 4096;
		break;
	}
	memcpy(o->bytes, &wide, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mutated m;
	if (size < 2 + CHANGE_BYTES)
		return -1;
	m = (struct mutated){.sample = &samples[data[0] % nr_samples]};
	for (size_t at = 2; at + CHANGE_BYTES <= size && m.n < CHANGES_MAX; at += CHANGE_BYTES)
		change(m.sample, data + at, &m.v[m.n++]);
	struct oom_case *c = collect(&m, data[1] & 1);
	struct oom_diagnosis *d = NULL;
	if ((data[1] & 14) == 14)
		fuzz_report(c);
	else if (oom_classify(c, &d) != OOM_OK)
		abort();
	oom_diagnosis_free(d);
	oom_case_free(c);
	return 0;
}
