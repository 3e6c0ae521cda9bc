// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What sockets were charged, by protocol, as /proc/net/protocols and /proc/net/sockstat tell it. Source:
 * include/net/sock.h, net/core/sock.c.
 *
 * memory_allocated is in pages (SK_MEM_QUANTUM, a page since 5.20 and on any machine with pages of 4 KiB before); since
 * 6.0 (3cd3399dd7a8) each CPU holds a part. Protocols that share a counter (tcp and tcpv6) are one row.
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

enum { P_LIST, P_NAME, P_MEMORY, P_PARTS, P_SOCKETS, P_LIMITS, P_NR };
static const struct oom_want wants[P_NR] = {
	[P_LIST] = {"proto", "node", NULL},
	[P_NAME] = {"proto", "name", NULL},
	[P_MEMORY] = {"proto", "memory_allocated", NULL},
	[P_PARTS] = {"proto", "per_cpu_fw_alloc", NULL},
	[P_SOCKETS] = {"proto", "sockets_allocated", NULL},
	[P_LIMITS] = {"proto", "sysctl_mem", NULL}, // three longs, pages
};

enum { PROTOCOLS_MAX = 256 };

struct socket_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_percpu percpu;
	struct oom_layout layout;
	struct oom_record proto;
	struct oom_map seen;
	size_t lost;
};

static int64_t long_at(struct oom_image *image, uint64_t addr)
{
	uint64_t value;
	if (!addr || oom_read_ulong(image, addr, &value) != OOM_OK)
		return OOM_ABSENT;
	return oom_image_info(image)->ptr_size == 4 ? (int32_t)value : (int64_t)value;
}

static void add_row(struct socket_walk *w, uint64_t memory)
{
	struct oom_protocol *row = oom_add_protocol(w->c->arena, &w->c->state->protocols);
	if (!row)
		return;
	int64_t pages = long_at(w->image, memory), parts = 0;
	uint64_t ptr = oom_record_ptr(&w->proto, P_PARTS);
	if (ptr && oom_known(pages) && oom_percpu_sum(&w->percpu, &ptr, 1, &parts))
		pages = oom_plus(pages, parts);
	row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct proto", (int64_t)w->proto.addr};
	row->name = oom_record_text(&w->proto, P_NAME, w->c->arena);
	row->kb = oom_pages_kb(w->image, pages);
	uint64_t sockets = oom_record_ptr(&w->proto, P_SOCKETS), limits = oom_record_ptr(&w->proto, P_LIMITS);
	if (sockets)
		row->sockets = oom_percpu_counter(&w->percpu, sockets);
	uint32_t word = oom_image_info(w->image)->ptr_size;
	if (limits) {
		row->min_kb = oom_pages_kb(w->image, long_at(w->image, limits));
		row->pressure_kb = oom_pages_kb(w->image, long_at(w->image, limits + word));
		row->max_kb = oom_pages_kb(w->image, long_at(w->image, limits + 2 * word));
	}
	if (oom_known(row->kb))
		w->c->state->memory.sockets_kb = oom_plus(w->c->state->memory.sockets_kb, row->kb);
}

static bool take_protocol(void *arg, uint64_t entry)
{
	struct socket_walk *w = arg;
	if (!oom_record_read(&w->proto, entry - w->layout.m[P_LIST].offset)) {
		w->lost++;
		return true;
	}
	uint64_t memory = oom_record_ptr(&w->proto, P_MEMORY);
	if (memory && oom_map_add(&w->seen, memory, 1))
		add_row(w, memory);
	return true;
}

void oom_walk_sockets(struct oom_image *image, struct oom_case *c)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct socket_walk w = {.image = image, .c = c};
	uint64_t head;
	if (!temp || !oom_case_state(c))
		return;
	oom_layout_find(&w.layout, image, wants, P_NR);
	if (oom_symbol(image, "proto_list", &head) != OOM_OK || !w.layout.m[P_LIST].known ||
	    !w.layout.m[P_MEMORY].known || !oom_record_init(&w.proto, image, &w.layout, temp)) {
		oom_case_missing(c, "protocols: proto_list is not found or not described");
		return;
	}
	oom_percpu_init(&w.percpu, image, temp);
	bool whole = oom_list_each(image, head, PROTOCOLS_MAX, take_protocol, &w);
	c->state->protocols.known = whole || c->state->protocols.n;
	if (!whole || w.lost)
		oom_case_missing(c, "protocols: not all in the dump");
	oom_map_free(&w.seen);
}
