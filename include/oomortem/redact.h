// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Redaction: names of machines, addresses, users, command lines, paths and cgroups become tokens ("host-1f3a90bc").
 *
 * A token is a keyed hash of what it stands for: the same name has the same token in a report, in all reports of one
 * redactor, and in those of other machines that were given the same key. Without the key nobody can try out names.
 * Figures, process names and the signature stay, so a verdict of a redacted case is that of the case itself.
 */
#ifndef OOMORTEM_REDACT_H
#define OOMORTEM_REDACT_H

#include <oomortem/case.h>
#include <oomortem/image.h>
#include <stdio.h>

enum oom_redact_what {
	OOM_REDACT_HOSTS = 1 << 0,
	OOM_REDACT_ADDRESSES = 1 << 1, /**< IPv4, IPv6, MAC */
	OOM_REDACT_USERS = 1 << 2,     /**< names; numeric ids stay */
	OOM_REDACT_CMDLINES = 1 << 3,  /**< of processes: absent; of the kernel: values of its parameters */
	OOM_REDACT_PATHS = 1 << 4,     /**< files, mounts, devices by name; well-known folders stay */
	OOM_REDACT_CGROUPS = 1 << 5,   /**< cgroups, units, containers, pods, UUIDs */
	OOM_REDACT_ALL = (1 << 6) - 1,
};

struct oom_redactor;

/**
 * @param[in] what of enum oom_redact_what; 0: all
 * @param[in] key_file a file with at least 16 secret bytes, which give the key; NULL: a random key
 * @param[out] ret free with oom_redactor_free(). For one thread at a time.
 * @return OOM_OK, OOM_EOPEN, OOM_EINVAL (too short a key), OOM_ENOMEM
 */
OOM_PUBLIC enum oom_status oom_redactor_new(unsigned what, const char *key_file, struct oom_redactor **ret,
					    struct oom_error *err);
OOM_PUBLIC void oom_redactor_free(struct oom_redactor *r); /**< NULL is allowed */

/** The bit of a name as --redact takes it ("hosts", "paths" …), 0 if it is none. */
OOM_PUBLIC unsigned oom_redact_what(const char *name, size_t len);

/** Tokens as long as what they stand for, for places where a length must not change. */
OOM_PUBLIC void oom_redactor_keep_length(struct oom_redactor *r, bool on);

/** Takes in the names that a case holds, so that they are found in free text. */
OOM_PUBLIC void oom_redact_learn(struct oom_redactor *r, const struct oom_case *c);
/** Takes in the name of one machine of @p len bytes. */
OOM_PUBLIC void oom_redact_learn_host(struct oom_redactor *r, const char *name, size_t len);

/** Replaces all strings of @p c that hold something of the kind. OOM_OK, OOM_ENOMEM (@p c is then of no use). */
OOM_PUBLIC enum oom_status oom_redact_case(struct oom_redactor *r, struct oom_case *c, struct oom_error *err);

/** Free text, log lines: a malloc'ed, terminated copy of *@p ret_len bytes; NULL without memory. */
OOM_PUBLIC char *oom_redact_text(struct oom_redactor *r, const char *text, size_t len, size_t *ret_len);
/** @p len bytes of words in the kernel's memory, in place, by tokens of their length; false: this cannot be done. */
OOM_PUBLIC bool oom_redact_words(struct oom_redactor *r, enum oom_words what, char *text, size_t len);
/** A path of a file; malloc'ed; NULL without memory. */
OOM_PUBLIC char *oom_redact_path(struct oom_redactor *r, const char *path);

/** What stands for what so far, a line each: token, a tab, the name with control characters as \xNN. */
OOM_PUBLIC enum oom_status oom_redact_write_map(const struct oom_redactor *r, FILE *out, struct oom_error *err);

#endif
