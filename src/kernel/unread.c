// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What lies unread in pipes and sockets that processes have open: pages that no counter of the machine owns, and that
 * no process's own figures have. Source: include/linux/pipe_fs_i.h, fs/pipe.c, include/net/sock.h, net/core/sock.c.
 *
 * A pipe is a ring of buffers, one page each where the data was written and not spliced from elsewhere. A socket is
 * charged with the whole of the buffers that wait in it (truesize), to be read (sk_rmem_alloc) or to be sent
 * (sk_wmem_alloc, which starts at 1; for TCP sk_wmem_queued has those that it keeps besides); local sockets charge the
 * sender for what its peer has not read. What is in flight between sockets, or in ones that nobody has open, is not
 * found.
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

enum {
	FDS_LOOKED_AT = 50000, // unless deep
	FDS_MAX = 1 << 26,
	TABLE_MAX = 1 << 20, // fs.nr_open
	FD_CHUNK = 512,
	RING_MAX = 1 << 20, // buffers: fs.pipe-max-size is at most 2 GiB
	BUFS_MAX = 1 << 22, // of all pipes together: 16 GiB
	WORTH = 20,	    // a twentieth of RAM
	TYPE_MASK = 0170000,
	PIPE = 0010000,
	SOCKET = 0140000,
};

enum { P_HEAD, P_TAIL, P_NR_BUFS, P_CUR, P_BUFFERS, P_RING, P_BUFS, P_NR };
static const struct oom_want pipe_wants[P_NR] = {
	[P_HEAD] = {"pipe_inode_info", "head", NULL}, // 5.5 (8cefc107ca54): before, nrbufs and curbuf
	[P_TAIL] = {"pipe_inode_info", "tail", NULL},	   [P_NR_BUFS] = {"pipe_inode_info", "nrbufs", NULL},
	[P_CUR] = {"pipe_inode_info", "curbuf", NULL},	   [P_BUFFERS] = {"pipe_inode_info", "buffers", NULL},
	[P_RING] = {"pipe_inode_info", "ring_size", NULL}, [P_BUFS] = {"pipe_inode_info", "bufs", NULL},
};

enum { S_RMEM, S_WMEM, S_QUEUED, S_NR };
static const struct oom_want sock_wants[S_NR] = {
	[S_RMEM] = {"sock", "sk_backlog.rmem_alloc", "sk_rmem_alloc"},
	[S_WMEM] = {"sock", "sk_wmem_alloc", NULL},
	[S_QUEUED] = {"sock", "sk_wmem_queued", NULL},
};

struct unread_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_task *task;
	struct oom_layout pipe_layout, sock_layout;
	struct oom_record pipe, sock;
	struct oom_member files, fdt, max_fds, fd, f_inode, mode, i_pipe, buf_ops, buf_page;
	struct oom_member vfs_inode, sk;
	uint64_t written; // address of anon_pipe_buf_ops, whose buffers are pages of the pipe's own
	uint32_t buf_size;
	struct oom_map all, own; // inodes: counted for the machine, for this process
	int64_t pipes, sockets;	 // bytes
	size_t fds_left, lost;
	int64_t bufs_left;
	bool reads_pipes, reads_sockets;
	bool left_out; // files that there was no time for
};

/** Bytes in the pages of the pipe at @p inode; OOM_ABSENT. */
static int64_t pipe_bytes(struct unread_walk *w, uint64_t inode)
{
	struct oom_record *p = &w->pipe;
	uint64_t addr = oom_deref(w->image, inode + w->i_pipe.offset);
	if (!addr || !oom_record_read(p, addr))
		return OOM_ABSENT;
	bool ring = oom_record_has(p, P_HEAD);
	// An index wraps at its own size, which is 16 bits on 32-bit kernels since 6.14.
	uint32_t wrap = ring && w->pipe_layout.m[P_HEAD].size == 2 ? UINT16_MAX : UINT32_MAX;
	uint32_t size = (uint32_t)oom_or(oom_record_int(p, ring ? P_RING : P_BUFFERS), 0);
	uint32_t tail = (uint32_t)oom_or(oom_record_int(p, ring ? P_TAIL : P_CUR), 0);
	int64_t used = ring ? ((uint32_t)oom_record_int(p, P_HEAD) - tail) & wrap : oom_record_int(p, P_NR_BUFS);
	uint64_t bufs = oom_record_ptr(p, P_BUFS);
	int64_t pages = 0;
	if (used < 0 || !size || size > RING_MAX || (size & (size - 1)) || used > size || !bufs || used > w->bufs_left)
		return OOM_ABSENT;
	w->bufs_left -= used;
	for (int64_t i = 0; i < used; i++) {
		uint64_t at = bufs + (uint64_t)((tail + (uint32_t)i) & (size - 1)) * w->buf_size;
		uint64_t ops = 0, page = 0;
		if (oom_read_ulong(w->image, at + w->buf_ops.offset, &ops) != OOM_OK ||
		    oom_read_ulong(w->image, at + w->buf_page.offset, &page) != OOM_OK)
			return OOM_ABSENT;
		pages += ops == w->written && page;
	}
	return pages * oom_image_info(w->image)->page_size;
}

/** Bytes that the socket at @p inode is charged with; OOM_ABSENT. */
static int64_t socket_bytes(struct unread_walk *w, uint64_t inode)
{
	uint64_t sk = oom_deref(w->image, inode - w->vfs_inode.offset + w->sk.offset);
	if (!sk)
		return 0; // not connected to anything yet, or being closed
	if (!oom_record_read(&w->sock, sk))
		return OOM_ABSENT;
	int64_t in = oom_record_signed(&w->sock, S_RMEM), out = oom_record_signed(&w->sock, S_WMEM);
	int64_t queued = oom_record_int(&w->sock, S_QUEUED);
	if (!oom_known(in) || !oom_known(out) || in < 0 || out < 0)
		return OOM_ABSENT;
	out -= out > 0;
	return in + (oom_known(queued) && queued > out ? queued : out);
}

/** An open file: what it is tells its inode's mode. */
static void take_file(struct unread_walk *w, uint64_t inode)
{
	if (!oom_map_add(&w->own, inode, 1))
		return;
	uint8_t buf[8];
	if (w->mode.size > sizeof(buf) || oom_read(w->image, inode + w->mode.offset, buf, w->mode.size) != OOM_OK) {
		w->lost++;
		return;
	}
	uint64_t mode = oom_get_uint(w->image, buf, w->mode.size);
	bool pipe = (mode & TYPE_MASK) == PIPE, sock = (mode & TYPE_MASK) == SOCKET;
	if (!(pipe && w->reads_pipes) && !(sock && w->reads_sockets))
		return;
	int64_t bytes = pipe ? pipe_bytes(w, inode) : socket_bytes(w, inode);
	if (!oom_known(bytes)) {
		w->lost++;
		return;
	}
	int64_t *all = pipe ? &w->pipes : &w->sockets;
	int64_t *own = pipe ? &w->task->pipes_kb : &w->task->sockets_kb; // bytes until the end
	*own = oom_plus(*own, bytes);
	if (oom_map_add(&w->all, inode, 1))
		*all = oom_plus(*all, bytes);
}

/** Counts the files of a table, and looks into as many as there is time for. False: a part could not be read. */
static bool take_table(struct unread_walk *w, uint64_t at, uint32_t n, int64_t *count)
{
	size_t word = oom_image_info(w->image)->ptr_size;
	uint8_t buf[FD_CHUNK * 8];
	for (uint32_t i = 0; i < n; i += FD_CHUNK) {
		uint32_t here = n - i < FD_CHUNK ? n - i : FD_CHUNK;
		if (oom_read(w->image, at + i * word, buf, here * word) != OOM_OK)
			return false;
		for (uint32_t k = 0; k < here; k++) {
			uint64_t file = oom_get_uint(w->image, buf + k * word, word);
			if (!file)
				continue;
			++*count;
			if (!w->fds_left) {
				w->left_out = true;
				continue;
			}
			w->fds_left--;
			uint64_t inode = oom_deref(w->image, file + w->f_inode.offset);
			if (inode)
				take_file(w, inode);
			else
				w->lost++;
		}
	}
	return true;
}

static bool find_members(struct unread_walk *w, struct oom_arena *temp)
{
	struct oom_image *image = w->image;
	oom_layout_find(&w->pipe_layout, image, pipe_wants, P_NR);
	oom_layout_find(&w->sock_layout, image, sock_wants, S_NR);
	if (oom_member(image, "task_struct", "files", &w->files) != OOM_OK ||
	    oom_member(image, "files_struct", "fdt", &w->fdt) != OOM_OK ||
	    oom_member(image, "fdtable", "max_fds", &w->max_fds) != OOM_OK ||
	    oom_member(image, "fdtable", "fd", &w->fd) != OOM_OK ||
	    oom_member(image, "file", "f_inode", &w->f_inode) != OOM_OK ||
	    oom_member(image, "inode", "i_mode", &w->mode) != OOM_OK ||
	    !oom_record_init(&w->pipe, image, &w->pipe_layout, temp) ||
	    !oom_record_init(&w->sock, image, &w->sock_layout, temp))
		return false;
	w->reads_pipes = oom_member(image, "inode", "i_pipe", &w->i_pipe) == OOM_OK &&
			 oom_member(image, "pipe_buffer", "ops", &w->buf_ops) == OOM_OK &&
			 oom_member(image, "pipe_buffer", "page", &w->buf_page) == OOM_OK &&
			 oom_symbol(image, "anon_pipe_buf_ops", &w->written) == OOM_OK &&
			 oom_type_size(image, "pipe_buffer", &w->buf_size) == OOM_OK;
	w->reads_sockets = oom_member(image, "socket_alloc", "vfs_inode", &w->vfs_inode) == OOM_OK &&
			   oom_member(image, "socket_alloc", "socket.sk", &w->sk) == OOM_OK &&
			   w->sock_layout.m[S_RMEM].known && w->sock_layout.m[S_WMEM].known;
	return w->reads_pipes || w->reads_sockets;
}

/** What nobody owns, or the kernel's objects, must be enough to ask. */
static bool worth_it(const struct oom_memory *m)
{
	if (!oom_known(m->total_kb) || m->total_kb <= 0)
		return false;
	int64_t least = m->total_kb / WORTH;
	return (oom_known(m->unaccounted_kb) && m->unaccounted_kb >= least) ||
	       (oom_known(m->slab_unreclaimable_kb) && m->slab_unreclaimable_kb / 2 >= least);
}

static void take_task(struct unread_walk *w)
{
	struct oom_image *image = w->image;
	uint64_t files = oom_deref(image, (uint64_t)w->task->origin.at + w->files.offset);
	uint64_t fdt = files ? oom_deref(image, files + w->fdt.offset) : 0;
	uint64_t fd = fdt ? oom_deref(image, fdt + w->fd.offset) : 0;
	uint32_t n;
	if (!fd || oom_read_u32(image, fdt + w->max_fds.offset, &n) != OOM_OK || n > TABLE_MAX)
		return; // a thread of the kernel, or one that has closed them all on its way out
	int64_t count = 0;
	if (take_table(w, fd, n, &count))
		w->task->open_files = count;
	else
		w->lost++;
	oom_map_free(&w->own);
	w->task->pipes_kb = oom_known(w->task->pipes_kb) ? w->task->pipes_kb / 1024 : OOM_ABSENT;
	w->task->sockets_kb = oom_known(w->task->sockets_kb) ? w->task->sockets_kb / 1024 : OOM_ABSENT;
}

void oom_walk_unread(struct oom_image *image, struct oom_case *c, bool deep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct unread_walk w = {
		.image = image, .c = c, .fds_left = deep ? FDS_MAX : FDS_LOOKED_AT, .bufs_left = BUFS_MAX};
	struct oom_state *state = oom_case_state(c);
	if (!temp || !state || !(deep || worth_it(&state->memory)) || !find_members(&w, temp))
		return;
	for (size_t i = 0; i < state->tasks.n; i++) {
		w.task = &state->tasks.v[i];
		if (w.task->kthread != OOM_YES && w.task->origin.kind == OOM_FROM_MEMORY)
			take_task(&w);
	}
	bool whole = !w.left_out && !w.lost; // a sum that lacks a part is none
	state->totals.pipes_kb = whole && w.reads_pipes ? w.pipes / 1024 : OOM_ABSENT;
	state->totals.sockets_kb = whole && w.reads_sockets ? w.sockets / 1024 : OOM_ABSENT;
	if (w.left_out)
		oom_case_missing(c, "open files: looked at %d, more are there: --deep looks at all", FDS_LOOKED_AT);
	if (w.lost)
		oom_case_missing(c, "open files: %zu of them could not be read", w.lost);
	oom_map_free(&w.all);
	oom_map_free(&w.own);
}
