// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The walls around a worker: limits, and a filter of system calls. */
#ifndef OOM_BATCH_SANDBOX_H
#define OOM_BATCH_SANDBOX_H

#include "batch/batch.h"
#include <stdatomic.h>

/** Memory that a worker and its parent share; the worker tells in it what the filter stopped. */
struct batch_shared {
	_Atomic int stopped; /**< number of the system call + 1; 0: none */
};

struct batch_limits {
	int64_t memory;	   /**< bytes of address space */
	int64_t cpu_s;	   /**< seconds of processor time */
	int64_t file_size; /**< bytes of a file that it writes */
	int64_t files;	   /**< open at a time */
};

/** Exit status of a worker that the filter stopped. */
enum { BATCH_EXIT_SANDBOX = 119, BATCH_EXIT_SETUP = 118 };

/** The memory limit for an input: what the user says, else an amount that allows for the map of a big dump's pages. */
int64_t batch_memory_limit(const struct batch_options *options, const struct batch_input *input);

/** What the C library would open at its first use in the worker; to be called once before the first fork. */
void batch_warm_up(void);

/**
 * Confines this process for good. From here on it can read and write what it has open, ask at @p sock, get memory, and
 * end; any other system call ends it with BATCH_EXIT_SANDBOX.
 * @param[in] shared where the number of the offending system call goes
 * @return false if the walls could not be built
 */
bool batch_confine(const struct batch_limits *limits, int sock, struct batch_shared *shared);

/** Ends a worker by the system call itself: a sanitizer's look for leaks at _exit(2) needs what the filter forbids. */
_Noreturn void batch_leave(int status);

/** The name of a system call, "" if it is not known. */
void batch_syscall_name(int number, char *ret, size_t size);

#endif
