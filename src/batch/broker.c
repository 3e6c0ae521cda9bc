// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Descriptors for workers.
 *
 * Requests and answers are messages of a SOCK_SEQPACKET pair; the descriptor goes with SCM_RIGHTS (unix(7)). Paths
 * beneath a folder are resolved by openat2(2) with RESOLVE_BENEATH (Linux 5.6), on older kernels one part at a time
 * with no link followed.
 */
#include "batch/broker.h"
#include "case/files.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ASK_OPEN = 1, ASK_SPOOL, ASK_NAME, ASK_UNNAME, SPOOLS_MAX = 4096 };

struct request {
	int32_t what, flags;
	char path[PATH_MAX];
};

struct answer {
	int32_t error;
};

/* The parent's side. */

enum oom_status batch_grant_init(struct batch_grant *grant, const struct batch_input *input,
				 const struct batch_options *options, struct oom_error *err)
{
	*grant = (struct batch_grant){.input = input, .options = options, .root = -1, .spool = -1};
	if (!input->folder)
		return OOM_OK;
	grant->root = open(input->paths[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
	return grant->root >= 0 ? OOM_OK : oom_fail(err, OOM_EOPEN, "cannot be opened: %m");
}

static void unname(struct batch_grant *grant)
{
	if (grant->name[0])
		oom_unname_spool(grant->name);
	grant->name[0] = '\0';
}

void batch_grant_close(struct batch_grant *grant)
{
	unname(grant);
	if (grant->spool >= 0)
		close(grant->spool);
	grant->spool = -1;
	if (grant->root >= 0)
		close(grant->root);
	grant->root = -1;
}

/** openat2(2)'s RESOLVE_BENEATH without it: no links, no "..". */
static int open_parts(int root, const char *path, int flags)
{
	char part[NAME_MAX + 1];
	int at = fcntl(root, F_DUPFD_CLOEXEC, 3);
	while (at >= 0) {
		path += strspn(path, "/");
		size_t len = strcspn(path, "/");
		bool last = !path[len + strspn(path + len, "/")];
		if (len > NAME_MAX || (len == 2 && memcmp(path, "..", 2) == 0)) {
			close(at);
			errno = EACCES;
			return -1;
		}
		memcpy(part, len ? path : ".", len ? len : 1);
		part[len ? len : 1] = '\0';
		int next = openat(at, part, O_NOFOLLOW | O_CLOEXEC | (last ? flags : O_PATH | O_DIRECTORY));
		int error = errno;
		close(at);
		errno = error;
		if (last)
			return next;
		at = next;
		path += len;
	}
	return -1;
}

static int open_beneath(int root, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	path += strspn(path, "/");
	int fd = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open_parts(root, path, flags) : fd;
}

/** Passes @p fd on if it is a regular file, or a folder where that is all right. */
static int check_kind(int fd, bool folder)
{
	struct stat st;
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || (folder && S_ISDIR(st.st_mode))))
		return fd;
	close(fd);
	errno = ENXIO;
	return -1;
}

/** A file that the user named: itself, nothing else. */
static int open_named(const char *path, int flags)
{
	return check_kind(open(path, flags | O_CLOEXEC), false);
}

static bool same(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

int batch_grant_open(struct batch_grant *grant, const char *path, int flags)
{
	const struct batch_input *input = grant->input;
	const struct oom_image_options *image = &grant->options->open.image;
	flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (flags & (O_DIRECTORY | O_NOFOLLOW));
	if (!input->folder) {
		for (size_t i = 0; i < input->nr_paths; i++)
			if (same(input->paths[i], path))
				return open_named(path, flags);
	} else {
		size_t len = strlen(input->paths[0]);
		if (strncmp(path, input->paths[0], len) == 0 &&
		    (!path[len] || path[len] == '/' || path[len - 1] == '/')) {
			// Not opened at all before it is known to be a file: opening a device may do something.
			int what =
				check_kind(open_beneath(grant->root, path + len, O_PATH | (flags & O_NOFOLLOW)), true);
			if (what < 0)
				return -1;
			close(what);
			return check_kind(open_beneath(grant->root, path + len, flags), true);
		}
	}
	if (same(image->vmlinux, path) || same(image->system_map, path) || same(image->btf, path))
		return open_named(path, flags);
	errno = EACCES;
	return -1;
}

static bool answer(int sock, int fd, int error)
{
	struct answer a = {.error = fd >= 0 ? 0 : error ? error : EACCES};
	struct iovec iov = {&a, sizeof(a)};
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	if (fd >= 0) {
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	bool sent = sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(a);
	if (fd >= 0)
		close(fd);
	return sent;
}

static int open_spool(struct batch_grant *grant)
{
	if (grant->spools++ >= SPOOLS_MAX) {
		errno = EMFILE;
		return -1;
	}
	unname(grant);
	if (grant->spool >= 0)
		close(grant->spool);
	grant->spool = oom_open_spool(grant->options->open.tmpdir);
	return grant->spool < 0 ? -1 : fcntl(grant->spool, F_DUPFD_CLOEXEC, 3);
}

/** A name for the last temporary file, or none any more; answered with the file itself. */
static int name_spool(struct batch_grant *grant, bool on)
{
	unname(grant);
	if (grant->spool < 0) {
		errno = EBADF;
		return -1;
	}
	if (on && !oom_name_spool(grant->spool, grant->options->open.tmpdir, grant->name, sizeof(grant->name)))
		return -1;
	return fcntl(grant->spool, F_DUPFD_CLOEXEC, 3);
}

bool batch_serve(struct batch_grant *grant, int sock)
{
	struct request r;
	// No room for descriptors of the worker's: the kernel drops them.
	ssize_t len = recv(sock, &r, sizeof(r), MSG_DONTWAIT);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (len < (ssize_t)(offsetof(struct request, path) + 1) || ((char *)&r)[len - 1])
		return false;
	errno = 0;
	int fd = -1;
	if (r.what == ASK_OPEN) {
		fd = batch_grant_open(grant, r.path, r.flags);
	} else if (r.what == ASK_SPOOL) {
		fd = open_spool(grant);
	} else if (r.what == ASK_NAME || r.what == ASK_UNNAME) {
		fd = name_spool(grant, r.what == ASK_NAME);
	}
	return answer(sock, fd, errno);
}

/* The worker's side. */

static int ask_socket = -1;

static int receive(int sock)
{
	struct answer a;
	struct iovec iov = {&a, sizeof(a)};
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf, .msg_controllen = sizeof(control.buf)};
	ssize_t len;
	do
		len = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len != (ssize_t)sizeof(a)) {
		errno = EIO;
		return -1;
	}
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (!a.error && c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		int fd;
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		return fd;
	}
	errno = a.error ? a.error : EMFILE;
	return -1;
}

static int ask(int32_t what, const char *path, int flags)
{
	struct request r = {.what = what, .flags = flags};
	size_t len = strlen(path);
	if (len >= sizeof(r.path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(r.path, path, len + 1);
	struct iovec iov = {&r, offsetof(struct request, path) + len + 1};
	const struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t sent;
	do
		sent = sendmsg(ask_socket, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : receive(ask_socket);
}

static int ask_open(void *arg, const char *path, int flags)
{
	(void)arg;
	return ask(ASK_OPEN, path, flags);
}

static int ask_spool(void *arg, const char *dir)
{
	(void)arg;
	(void)dir; // the parent knows
	return ask(ASK_SPOOL, "", 0);
}

static int ask_name(void *arg, bool on)
{
	(void)arg;
	int fd = ask(on ? ASK_NAME : ASK_UNNAME, "", 0);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

void batch_ask_at(int sock)
{
	static const struct oom_opener opener = {ask_open, ask_spool, ask_name, NULL};
	ask_socket = sock;
	oom_set_opener(&opener);
}
