// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What lies unread in pipes and sockets: rings of both eras, shared files, damage, and when it is not asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"
#include "kernel/walk.h"

enum { BUF = 40, RING = 4, OPS = 0x1000, PIPE_MODE = 0010600, SOCKET_MODE = 0140777, FILE_MODE = 0100644 };

struct scene {
	struct fk *k;
	struct oom_case *c;
	uint64_t ops, tables[2];
};

static void types(struct fk *k, bool old)
{
	fk_struct(k, "task_struct", 64);
	fk_member(k, "files", k->t_ptr, 16);
	fk_struct(k, "files_struct", 64);
	fk_member(k, "fdt", k->t_ptr, 32);
	fk_struct(k, "fdtable", 32);
	fk_member(k, "max_fds", k->t_uint, 0);
	fk_member(k, "fd", k->t_ptr, 8);
	fk_struct(k, "file", 64);
	fk_member(k, "f_inode", k->t_ptr, 32);
	int inode = fk_struct(k, "inode", 128);
	fk_member(k, "i_mode", k->t_short, 0);
	fk_member(k, "i_pipe", k->t_ptr, 64);
	fk_struct(k, "pipe_buffer", BUF);
	fk_member(k, "page", k->t_ptr, 0);
	fk_member(k, "ops", k->t_ptr, 16);
	fk_struct(k, "pipe_inode_info", 128);
	fk_member(k, old ? "nrbufs" : "head", k->t_uint, 80);
	fk_member(k, old ? "curbuf" : "tail", k->t_uint, 84);
	fk_member(k, old ? "buffers" : "ring_size", k->t_uint, 88);
	fk_member(k, "bufs", k->t_ptr, 96);
	int refs = fk_struct(k, "refcount_struct", 4);
	fk_member(k, "refs", k->t_int, 0);
	int backlog = fk_struct(k, "backlog", 16);
	fk_member(k, "rmem_alloc", k->t_int, 0);
	fk_struct(k, "sock", 128);
	fk_member(k, "sk_backlog", backlog, 32);
	fk_member(k, "sk_wmem_alloc", refs, 64);
	fk_member(k, "sk_wmem_queued", k->t_int, 68);
	int socket = fk_struct(k, "socket", 64);
	fk_member(k, "sk", k->t_ptr, 24);
	fk_struct(k, "socket_alloc", 192);
	fk_member(k, "socket", socket, 0);
	fk_member(k, "vfs_inode", inode, 64);
}

/** Two processes with a table of eight open files each, and 1 GiB of RAM of which half is nobody's. */
static struct scene begin(bool old)
{
	struct scene s = {.k = fk_new(), .c = oom_case_new()};
	types(s.k, old);
	s.ops = fk_var(s.k, "anon_pipe_buf_ops", 8, 0);
	struct oom_state *state = oom_case_state(s.c);
	state->memory.total_kb = 1 << 20;
	state->memory.unaccounted_kb = 1 << 19;
	for (int i = 0; i < 2; i++) {
		uint64_t task = fk_alloc(s.k, 64), files = fk_alloc(s.k, 64), fdt = fk_alloc(s.k, 32);
		s.tables[i] = fk_alloc(s.k, 64);
		fk_put(s.k, task + 16, 8, (int64_t)files);
		fk_put(s.k, files + 32, 8, (int64_t)fdt);
		fk_put(s.k, fdt, 4, 8);
		fk_put(s.k, fdt + 8, 8, (int64_t)s.tables[i]);
		struct oom_task *row = oom_add_task(s.c->arena, &state->tasks);
		row->comm = i ? "second" : "first";
		row->pid = row->tgid = 100 + i;
		row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct task_struct", (int64_t)task};
	}
	return s;
}

static void end(struct scene *s)
{
	oom_case_free(s->c);
	fk_free(s->k);
}

static void put_file(struct scene *s, int process, int fd, uint64_t inode)
{
	uint64_t file = fk_alloc(s->k, 64);
	fk_put(s->k, file + 32, 8, (int64_t)inode);
	fk_put(s->k, s->tables[process] + 8 * (uint64_t)fd, 8, (int64_t)file);
}

/** A pipe whose ring has @p pages pages from @p tail on; the last of them was spliced from a file. */
static uint64_t pipe_inode(struct scene *s, bool old, uint32_t tail, uint32_t pages, bool splice)
{
	uint64_t inode = fk_alloc(s->k, 128), pipe = fk_alloc(s->k, 128), bufs = fk_page(s->k, RING * BUF);
	fk_put(s->k, inode, 2, PIPE_MODE);
	fk_put(s->k, inode + 64, 8, (int64_t)pipe);
	fk_put(s->k, pipe + 80, 4, old ? pages : (uint32_t)(tail + pages));
	fk_put(s->k, pipe + 84, 4, old ? tail % RING : tail);
	fk_put(s->k, pipe + 88, 4, RING);
	fk_put(s->k, pipe + 96, 8, (int64_t)bufs);
	for (uint32_t i = 0; i < pages; i++) {
		uint64_t buf = bufs + (uint64_t)((tail + i) % RING) * BUF;
		fk_put(s->k, buf, 8, 0x1234);
		fk_put(s->k, buf + 16, 8, (int64_t)(splice && i + 1 == pages ? OPS : s->ops));
	}
	return inode;
}

static uint64_t socket_inode(struct scene *s, int64_t in, int64_t out, int64_t queued)
{
	uint64_t both = fk_alloc(s->k, 192), sk = fk_alloc(s->k, 128);
	fk_put(s->k, both + 24, 8, (int64_t)sk);
	fk_put(s->k, both + 64, 2, (int16_t)SOCKET_MODE);
	fk_put(s->k, sk + 32, 4, in);
	fk_put(s->k, sk + 64, 4, out + 1); // the socket itself is one
	fk_put(s->k, sk + 68, 4, queued);
	return both + 64;
}

static void pipes_of(bool old)
{
	struct scene s = begin(old);
	// An index that is about to wrap, a full ring with a page that is a file's, an empty one.
	put_file(&s, 0, 0, pipe_inode(&s, old, old ? 3 : UINT32_MAX, 2, false));
	put_file(&s, 0, 3, pipe_inode(&s, old, 1, RING, true));
	put_file(&s, 0, 7, pipe_inode(&s, old, 2, 0, false));
	oom_walk_unread(fk_open(s.k), s.c, false);
	assert_int_equal(s.c->state->tasks.v[0].pipes_kb, (2 + RING - 1) * 4);
	assert_int_equal(s.c->state->totals.pipes_kb, (2 + RING - 1) * 4);
	assert_int_equal(s.c->state->totals.sockets_kb, 0);
	assert_int_equal(s.c->state->tasks.v[1].pipes_kb, OOM_ABSENT);
	assert_int_equal(s.c->source.missing.n, 0);
	end(&s);
}

static void counts_pipes(void **state)
{
	(void)state;
	pipes_of(false);
	pipes_of(true); // before 5.5
}

static void counts_a_shared_file_once(void **state)
{
	(void)state;
	struct scene s = begin(false);
	uint64_t pipe = pipe_inode(&s, false, 0, 3, false), plain = fk_alloc(s.k, 128);
	fk_put(s.k, plain, 2, (int16_t)FILE_MODE);
	put_file(&s, 0, 0, pipe);
	put_file(&s, 0, 1, pipe); // its other end
	put_file(&s, 0, 2, plain);
	put_file(&s, 1, 0, pipe);
	put_file(&s, 1, 1, socket_inode(&s, 8192, 4096, 0));
	put_file(&s, 1, 2, socket_inode(&s, 0, 1024, 20480)); // TCP: kept until the other side has it
	oom_walk_unread(fk_open(s.k), s.c, false);
	const struct oom_task *rows = s.c->state->tasks.v;
	assert_int_equal(rows[0].pipes_kb, 12);
	assert_int_equal(rows[0].open_files, 3);
	assert_int_equal(rows[1].open_files, 3);
	assert_int_equal(rows[1].pipes_kb, 12);
	assert_int_equal(rows[0].sockets_kb, OOM_ABSENT);
	assert_int_equal(rows[1].sockets_kb, 12 + 20);
	assert_int_equal(s.c->state->totals.pipes_kb, 12);
	assert_int_equal(s.c->state->totals.sockets_kb, 32);
	end(&s);
}

static void says_what_it_could_not_read(void **state)
{
	(void)state;
	struct scene s = begin(false);
	uint64_t broken = pipe_inode(&s, false, 0, RING + 1, false), good = pipe_inode(&s, false, 0, 1, false);
	put_file(&s, 0, 0, broken); // more than the ring has
	put_file(&s, 0, 1, socket_inode(&s, -5, 0, 0));
	put_file(&s, 0, 2, good);
	fk_put(s.k, s.tables[1], 8, 0x77777777); // no file there
	oom_walk_unread(fk_open(s.k), s.c, false);
	assert_int_equal(s.c->state->tasks.v[0].pipes_kb, 4);
	assert_int_equal(s.c->source.missing.n, 1);
	assert_string_equal(s.c->source.missing.v[0], "open files: 3 of them could not be read");
	// A sum that lacks a part is none.
	assert_int_equal(s.c->state->totals.pipes_kb, OOM_ABSENT);
	assert_int_equal(s.c->state->totals.sockets_kb, OOM_ABSENT);
	end(&s);
}

static void asks_only_where_much_is_nobodys(void **state)
{
	(void)state;
	struct scene s = begin(false);
	put_file(&s, 0, 0, pipe_inode(&s, false, 0, 1, false));
	s.c->state->memory.unaccounted_kb = 1000;
	oom_walk_unread(fk_open(s.k), s.c, false);
	assert_int_equal(s.c->state->totals.pipes_kb, OOM_ABSENT);
	assert_int_equal(s.c->source.missing.n, 0);
	s.c->state->memory.total_kb = OOM_ABSENT; // how much is much is not known then
	s.c->state->memory.slab_unreclaimable_kb = 1000;
	oom_walk_unread(s.k->image, s.c, false);
	assert_int_equal(s.c->state->totals.pipes_kb, OOM_ABSENT);
	oom_walk_unread(s.k->image, s.c, true);
	assert_int_equal(s.c->state->totals.pipes_kb, 4);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_pipes),
		cmocka_unit_test(counts_a_shared_file_once),
		cmocka_unit_test(says_what_it_could_not_read),
		cmocka_unit_test(asks_only_where_much_is_nobodys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
