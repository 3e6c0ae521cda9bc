// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * press: memory that is no process's own, taken from user space, for the lab's guests.
 *
 *   press messages MB        System V messages: slab of one size
 *   press eventfds COUNT     open event counters: slab of several kinds
 *   press pipes COUNT        empty pipes
 *   press tables MB          page tables, by reading one byte of each 2 MiB of nothing
 *   press stuck COUNT        processes in state D, by leak.ko
 *   press asleep MB          one with so much memory; it never gets ready
 *   press held MB            the same, its memory map locked, by trouble.ko
 *   press holes MB           memory of which every second page is given back: free, but in pieces
 *
 * Writes /run/ready/PID when it has all of it, and stays.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MESSAGE = 4096 - 48, QUEUE_BYTES = 1 << 20, TABLE_SPAN = 2 << 20 }; /* a message has a head of 48 bytes */

static void die(const char *what)
{
	perror(what);
	_exit(1);
}

static void messages(size_t mb)
{
	struct {
		long type;
		char text[MESSAGE];
	} message = {.type = 1};

	for (size_t i = 0; i < mb; i++) {
		int queue = msgget(IPC_PRIVATE, 0600);
		struct msqid_ds settings;

		if (queue < 0 || msgctl(queue, IPC_STAT, &settings))
			die("msgget");
		settings.msg_qbytes = QUEUE_BYTES;
		if (msgctl(queue, IPC_SET, &settings))
			die("msgctl");
		for (size_t k = 0; k < QUEUE_BYTES / 4096; k++)
			if (msgsnd(queue, &message, MESSAGE, IPC_NOWAIT))
				die("msgsnd");
	}
}

static void allow_files(size_t count)
{
	struct rlimit limit = {count + 64, count + 64};

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

static void eventfds(size_t count)
{
	allow_files(count);
	for (size_t i = 0; i < count; i++)
		if (eventfd(0, 0) < 0)
			die("eventfd");
}

static void pipes(size_t count)
{
	int ends[2];

	allow_files(2 * count);
	for (size_t i = 0; i < count; i++)
		if (pipe(ends))
			die("pipe");
}

static void tables(size_t mb)
{
	size_t spans = (mb << 20) / 4096, sum = 0;
	volatile char *p =
		mmap(NULL, spans * TABLE_SPAN, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || madvise((void *)p, spans * TABLE_SPAN, MADV_NOHUGEPAGE))
		die("mmap");
	for (size_t i = 0; i < spans; i++)
		sum += (size_t)p[i * TABLE_SPAN];
	if (sum)
		die("zero pages");
}

/* No signal wakes it, SIGKILL neither. */
static void sleep_in_kernel(void)
{
	FILE *f = fopen("/sys/module/leak/parameters/sleep_s", "w");

	if (!f || fputs("600", f) < 0 || fclose(f))
		die("sleep_s");
	_exit(0);
}

static void stuck(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid)
			sleep_in_kernel();
	}
}

static void touched(size_t mb)
{
	volatile char *p = mmap(NULL, mb << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; i < mb << 20; i += 4096)
		p[i] = 1;
}

static void asleep(size_t mb)
{
	touched(mb);
	sleep_in_kernel();
}

static void held(size_t mb)
{
	touched(mb);
	FILE *f = fopen("/sys/module/trouble/parameters/hold_s", "w");

	if (!f || fputs("20", f) < 0 || fclose(f))
		die("hold_s");
}

static void holes(size_t mb)
{
	volatile char *p = mmap(NULL, mb << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise((void *)p, mb << 20, MADV_NOHUGEPAGE))
		die("mmap");
	for (size_t i = 0; i < mb << 20; i += 4096)
		p[i] = 1;
	for (size_t i = 0; i < mb << 20; i += 8192)
		madvise((void *)(p + i), 4096, MADV_DONTNEED);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*take)(size_t n);
	} kinds[] = {{"messages", messages}, {"eventfds", eventfds}, {"pipes", pipes}, {"tables", tables},
		     {"stuck", stuck},	     {"asleep", asleep},     {"held", held},   {"holes", holes}};
	char path[64];

	if (argc != 3)
		return 2;
	prctl(PR_SET_NAME, argv[1]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[1], kinds[i].name))
			kinds[i].take(strtoul(argv[2], NULL, 10));
	snprintf(path, sizeof(path), "/run/ready/%d", (int)getpid());
	FILE *ready = fopen(path, "w");

	if (!ready || fclose(ready))
		die(path);
	for (;;)
		pause();
}
