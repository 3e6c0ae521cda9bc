/*
 * hog: a process of a known size, for the lab's guests.
 *
 *   hog -n NAME [-m MB] [-a ADJ] [-c CGROUP]... [-u UID] [-s] [-i] [-l] [-b NODE] [-k COUNT] [-e] [-f]
 *       [-w FILE] [-g STEP_KB -d DELAY_MS] [-r READYDIR]
 *
 * Takes its memory, writes READYDIR/PID, and stays. With -w it waits for FILE before it grows by -g.
 * -s takes shared memory instead of anonymous memory, -i fills it with noise that does not compress, -l locks it, -b
 * binds it to a NUMA node, -k makes COUNT copies NAME0001..., with -e all of the same name. With -f the memory is taken
 * before the copies are made: all of them and their parent, which has the name too, map the same pages.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MPOL_BIND_MODE = 2 }; /* of linux/mempolicy.h, which the C library's headers do not bring */

struct plan {
	const char *name, *wait_for, *ready;
	const char *cgroups[4];
	int n_cgroups, adj, has_adj, uid, shared, noise, locked, node, copies, equal, before;
	size_t mb, step_kb;
	unsigned delay_ms;
};

static void die(const char *what)
{
	perror(what);
	_exit(1);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void fill(char *page, int noise)
{
	static unsigned long long seed = 88172645463325252ULL;

	page[0] = 1;
	for (size_t i = 0; noise && i < 4096 / sizeof(seed); i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		((unsigned long long *)page)[i] = seed;
	}
}

static void touch(const struct plan *plan, size_t bytes)
{
	char *p;

	if (!bytes)
		return;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | (plan->shared ? MAP_SHARED : MAP_PRIVATE), -1, 0);
	if (p == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; i < bytes; i += 4096)
		fill(p + i, plan->noise);
	if (plan->locked && mlock(p, bytes))
		die("mlock");
}

static void settle(const struct plan *p, const char *name)
{
	char text[64], path[256];

	prctl(PR_SET_NAME, name);
	snprintf(text, sizeof(text), "%d", p->adj);
	if (p->has_adj)
		put("/proc/self/oom_score_adj", text);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	for (int i = 0; i < p->n_cgroups; i++) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", p->cgroups[i]);
		put(path, text);
	}
	if (p->node >= 0) {
		unsigned long mask = 1UL << p->node;

		if (syscall(SYS_set_mempolicy, MPOL_BIND_MODE, &mask, sizeof(mask) * 8))
			die("set_mempolicy");
	}
	if (p->ready)
		snprintf(path, sizeof(path), "%s/%d", p->ready, (int)getpid());
	if (p->uid && setuid((uid_t)p->uid))
		die("setuid");
	touch(p, p->mb << 20);
}

static void report_ready(const struct plan *p, const char *name)
{
	char path[256], text[64];

	if (!p->ready)
		return;
	snprintf(path, sizeof(path), "%s/%d", p->ready, (int)getpid());
	snprintf(text, sizeof(text), "%zu %s\n", p->mb, name);
	put(path, text);
}

static _Noreturn void live(const struct plan *p, const char *name)
{
	settle(p, name);
	report_ready(p, name);
	while (p->wait_for && access(p->wait_for, F_OK))
		usleep(20000);
	while (p->step_kb) {
		touch(p, p->step_kb << 10);
		usleep(p->delay_ms * 1000);
	}
	for (;;)
		pause();
}

static void parse(struct plan *p, int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "n:m:a:c:u:silb:k:efw:g:d:r:")) != -1;) {
		switch (c) {
		case 'n':
			p->name = optarg;
			break;
		case 'm':
			p->mb = strtoul(optarg, NULL, 10);
			break;
		case 'a':
			p->adj = atoi(optarg);
			p->has_adj = 1;
			break;
		case 'c':
			if (p->n_cgroups < 4)
				p->cgroups[p->n_cgroups++] = optarg;
			break;
		case 'u':
			p->uid = atoi(optarg);
			break;
		case 's':
			p->shared = 1;
			break;
		case 'i':
			p->noise = 1;
			break;
		case 'l':
			p->locked = 1;
			break;
		case 'e':
			p->equal = 1;
			break;
		case 'f':
			p->before = 1;
			break;
		case 'b':
			p->node = atoi(optarg);
			break;
		case 'k':
			p->copies = atoi(optarg);
			break;
		case 'w':
			p->wait_for = optarg;
			break;
		case 'g':
			p->step_kb = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			p->delay_ms = (unsigned)atoi(optarg);
			break;
		case 'r':
			p->ready = optarg;
			break;
		default:
			_exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct plan p = {.name = "hog", .node = -1};
	char name[16];

	parse(&p, argc, argv);
	signal(SIGCHLD, SIG_IGN);
	if (!p.copies)
		live(&p, p.name);
	if (p.before) {
		prctl(PR_SET_NAME, p.name);
		touch(&p, p.mb << 20);
		p.mb = 0;
	}
	for (int i = 1; i <= p.copies; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			snprintf(name, sizeof(name), "%.9s%04d", p.name, i);
			live(&p, p.equal ? p.name : name);
		}
	}
	report_ready(&p, p.name);
	for (;;)
		pause();
}
