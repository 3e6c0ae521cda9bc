// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keep: memory held in the ways that no usual process holds it, for the lab's guests.
 *
 *   keep threads COUNT       threads that do nothing: kernel stacks
 *   keep segment MB          a System V segment that 40 processes map: its page tables 40 times
 *   keep fullpipes MB        pipes that nobody reads
 *   keep sockets MB          local sockets that nobody reads
 *   keep counters MB         BPF maps with a copy for each CPU
 *   keep deleted MB          a tmpfs file that is deleted and open, and as much of a memfd
 *   keep files COUNT         empty files in /tmp
 *   keep huge MB             transparent huge pages
 *   keep leaderless MB       a process whose first thread has ended
 *   keep twins MB            four processes with one memory map
 *   keep hugepages MB        pages of the hugetlb pool
 *
 * Writes /run/ready/PID when it has all of it, and stays.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAPPERS = 40, TWINS = 4, STACK = 16384, CHUNK = 65536, VALUE = 32768 };

static void die(const char *what)
{
	perror(what);
	_exit(1);
}

static void *wait_forever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void start_thread(void *(*run)(void *), void *argument)
{
	pthread_attr_t how;
	pthread_t thread;

	pthread_attr_init(&how);
	pthread_attr_setstacksize(&how, STACK);
	if (pthread_create(&thread, &how, run, argument))
		die("pthread_create");
}

static void threads(size_t count)
{
	for (size_t i = 0; i < count; i++)
		start_thread(wait_forever, NULL);
}

static void touch(volatile char *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 4096)
		p[i] = 1;
}

static char *map(size_t bytes, int flags)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void segment(size_t mb)
{
	int id = shmget(IPC_PRIVATE, mb << 20, 0600 | IPC_CREAT), done[2];
	char byte = 0;

	if (id < 0 || pipe(done))
		die("shmget");
	for (int i = 0; i < MAPPERS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid)
			continue;
		char *p = shmat(id, NULL, 0);

		if (p == (void *)-1)
			die("shmat");
		touch(p, mb << 20);
		if (write(done[1], &byte, 1) != 1)
			die("pipe");
		wait_forever(NULL);
	}
	for (int i = 0; i < MAPPERS; i++)
		if (read(done[0], &byte, 1) != 1)
			die("pipe");
}

static void allow_files(size_t count)
{
	struct rlimit limit = {count + 64, count + 64};

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

static void fullpipes(size_t mb)
{
	static char bytes[CHUNK];
	size_t count = (mb << 20) / CHUNK;

	allow_files(2 * count);
	for (size_t i = 0; i < count; i++) {
		int ends[2];

		if (pipe(ends) || write(ends[1], bytes, CHUNK) != CHUNK)
			die("pipe");
	}
}

static void sockets(size_t mb)
{
	static char bytes[CHUNK];
	size_t kept = 0;

	allow_files(2 * (mb << 20) / CHUNK);
	while (kept < mb << 20) {
		int ends[2];
		ssize_t n;

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends))
			die("socketpair");
		while ((n = write(ends[0], bytes, CHUNK)) > 0)
			kept += (size_t)n;
	}
}

static void counters(size_t mb)
{
	union bpf_attr map = {.map_type = BPF_MAP_TYPE_PERCPU_ARRAY, .key_size = 4, .value_size = VALUE};

	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	allow_files(mb);
	if (setrlimit(RLIMIT_MEMLOCK, &all)) /* before 5.11 it bounds maps */
		die("setrlimit");
	map.max_entries = (1 << 20) / VALUE;
	for (size_t i = 0; i < mb; i++)
		if (syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)) < 0)
			die("bpf");
}

static void fill_file(int fd, size_t mb)
{
	if (fd < 0 || ftruncate(fd, (off_t)(mb << 20)))
		die("ftruncate");
	char *p = mmap(NULL, mb << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	touch(p, mb << 20);
	munmap(p, mb << 20);
}

static void deleted(size_t mb)
{
	fill_file(open("/tmp/upload.part", O_RDWR | O_CREAT, 0600), mb / 2);
	unlink("/tmp/upload.part");
	fill_file(memfd_create("frames", 0), mb - mb / 2);
}

static void files(size_t count)
{
	char path[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/tmp/s%zu", i / 1000);
		if (i % 1000 == 0 && mkdir(path, 0700))
			die(path);
		snprintf(path, sizeof(path), "/tmp/s%zu/session_%zu", i / 1000, i);
		int fd = open(path, O_WRONLY | O_CREAT, 0600);

		if (fd < 0 || close(fd))
			die(path);
	}
}

static void huge(size_t mb)
{
	char *p = map((mb + 2) << 20, 0);

	p = (char *)(((size_t)p + (2 << 20) - 1) & ~(size_t)((2 << 20) - 1));
	if (madvise(p, mb << 20, MADV_HUGEPAGE))
		die("MADV_HUGEPAGE");
	touch(p, mb << 20);
}

static void ready(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/run/ready/%d", (int)getpid());
	FILE *f = fopen(path, "w");

	if (!f || fclose(f))
		die(path);
}

static void *outlive(void *mb)
{
	size_t bytes = (size_t)mb << 20;

	touch(map(bytes, 0), bytes);
	usleep(200000);
	ready();
	return wait_forever(NULL);
}

static void leaderless(size_t mb)
{
	start_thread(outlive, (void *)mb);
	pthread_exit(NULL);
}

static int idle(void *unused)
{
	wait_forever(unused);
	return 0;
}

static void twins(size_t mb)
{
	touch(map(mb << 20, 0), mb << 20);
	for (int i = 1; i < TWINS; i++)
		if (clone(idle, map(STACK, 0) + STACK, CLONE_VM, NULL) < 0)
			die("clone");
}

static void hugepages(size_t mb)
{
	touch(map(mb << 20, MAP_HUGETLB), mb << 20);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*take)(size_t n);
	} kinds[] = {{"threads", threads},	 {"segment", segment}, {"fullpipes", fullpipes}, {"sockets", sockets},
		     {"counters", counters},	 {"deleted", deleted}, {"files", files},	 {"huge", huge},
		     {"leaderless", leaderless}, {"twins", twins},     {"hugepages", hugepages}};

	if (argc != 3)
		return 2;
	prctl(PR_SET_NAME, argv[1]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[1], kinds[i].name))
			kinds[i].take(strtoul(argv[2], NULL, 10));
	ready();
	wait_forever(NULL);
}
