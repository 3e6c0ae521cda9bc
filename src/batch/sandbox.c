// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The walls around a worker (seccomp(2), setrlimit(2), prctl(2)).
 *
 * The filter is a list of what is allowed. What is not raises SIGSYS, whose handler leaves the number of the call to
 * the parent and ends the worker; the call itself is never made, whatever became of the handler.
 */
#include "batch/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#if OOM_WITH_SECCOMP
#include <seccomp.h>
#endif

int64_t batch_memory_limit(const struct batch_options *options, const struct batch_input *input)
{
	const int64_t base = INT64_C(2) << 30;
	if (options->max_memory)
		return options->max_memory;
	// libkdumpfile's map of a fragmented dump of 1 TB takes 466 MB, and such a dump is larger than 64 GB.
	int64_t more = input->size / 128;
	struct stat st;
	// A vmlinux is mapped, not read.
	if (options->open.image.vmlinux && stat(options->open.image.vmlinux, &st) == 0)
		more += 2 * st.st_size;
	return base + more;
}

void batch_warm_up(void)
{
	tzset();
	iconv_t cd = iconv_open("UTF-8", "ASCII");
	if (cd != (iconv_t)-1)
		iconv_close(cd);
}

_Noreturn void batch_leave(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

static bool limit(int what, int64_t value)
{
	struct rlimit old, set;
	if (getrlimit((__rlimit_resource_t)what, &old) != 0)
		return false;
	rlim_t wanted = (rlim_t)value;
	set.rlim_cur = set.rlim_max = old.rlim_max != RLIM_INFINITY && old.rlim_max < wanted ? old.rlim_max : wanted;
	return setrlimit((__rlimit_resource_t)what, &set) == 0;
}

static bool set_limits(const struct batch_limits *limits)
{
	bool fits =
		limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, limits->files) && limit(RLIMIT_FSIZE, limits->file_size);
	fits = fits && limit(RLIMIT_CPU, limits->cpu_s);
#if !defined(__SANITIZE_ADDRESS__)
	// AddressSanitizer's shadow takes 20 TB of address space.
	fits = fits && limit(RLIMIT_AS, limits->memory);
#endif
	return fits;
}

#if OOM_WITH_SECCOMP

static struct batch_shared *shared_with_parent;

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	atomic_store(&shared_with_parent->stopped, info->si_syscall + 1);
	batch_leave(BATCH_EXIT_SANDBOX);
}

/** Allowed whatever the arguments: they act on this process's own memory and open files. */
static const int plain[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(readv),
	SCMP_SYS(preadv),
	SCMP_SYS(write),
	SCMP_SYS(pwrite64),
	SCMP_SYS(writev),
	SCMP_SYS(pwritev),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(fstatfs), // libsystemd asks whether a journal lies in a network's file system
	SCMP_SYS(fstatfs64),
	SCMP_SYS(getdents64),
	SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64),
	SCMP_SYS(fadvise64),
	SCMP_SYS(fadvise64_64),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(getcpu),
	SCMP_SYS(uname),
	SCMP_SYS(dup),
#if defined(__SANITIZE_ADDRESS__)
	SCMP_SYS(sigaltstack), // AddressSanitizer asks for it before each call that does not return
#endif
};

/** System calls of which only some uses are allowed. */
static bool add_narrow(scmp_filter_ctx filter, int sock)
{
	const scmp_datum_t me = (scmp_datum_t)getpid(), fd = (scmp_datum_t)sock;
	int bad = 0;
	for (int i = 0; i < 2; i++) {
		int map = i ? SCMP_SYS(mmap2) : SCMP_SYS(mmap);
		bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, map, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	}
	bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, SCMP_A0(SCMP_CMP_EQ, fd));
	bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1, SCMP_A0(SCMP_CMP_EQ, fd));
	// fstat(3) of glibc 2.33 and later.
	bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
				SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
	static const int commands[] = {F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD, F_DUPFD_CLOEXEC};
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		scmp_datum_t command = (scmp_datum_t)commands[i];
		bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, command));
		bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl64), 1, SCMP_A1(SCMP_CMP_EQ, command));
	}
	// abort(3), so that it is seen as what it is.
	bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, me));
	bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(rt_sigaction), 0);
	// isatty(3), and what the C library asks for and can do without.
	bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, TCGETS));
	bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(sysinfo), 0);
	bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(sched_getaffinity), 0);
	return bad == 0;
}

static bool load_filter(int sock)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	bool fits = filter != NULL;
	for (size_t i = 0; fits && i < sizeof(plain) / sizeof(plain[0]); i++)
		fits = seccomp_rule_add(filter, SCMP_ACT_ALLOW, plain[i], 0) == 0;
	fits = fits && add_narrow(filter, sock) && seccomp_load(filter) == 0;
	if (filter)
		seccomp_release(filter);
	return fits;
}

bool batch_confine(const struct batch_limits *limits, int sock, struct batch_shared *shared)
{
	struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
	shared_with_parent = shared;
	return set_limits(limits) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && sigaction(SIGSYS, &action, NULL) == 0 && load_filter(sock);
}

void batch_syscall_name(int number, char *ret, size_t size)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	snprintf(ret, size, "%s", name ? name : "");
	free(name);
}

#else

bool batch_confine(const struct batch_limits *limits, int sock, struct batch_shared *shared)
{
	(void)sock;
	(void)shared;
	return set_limits(limits) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

void batch_syscall_name(int number, char *ret, size_t size)
{
	(void)number;
	if (size)
		*ret = '\0';
}

#endif
