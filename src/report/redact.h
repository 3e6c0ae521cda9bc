// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The inside of redaction.
 *
 *   redact.c         the redactor: key, tokens, the map
 *   redact_words.c   the dictionary: names of a case that are looked for in free text
 *   redact_text.c    free text: where a word begins, something may begin that is to be hidden
 *   redact_shape.c   what is told by its shape: addresses, UUIDs, ids of containers, names of hosts and units
 *   redact_name.c    paths, cgroups and parameters of the kernel, part by part
 *   redact_case.c    which string of a case is what
 *   siphash.c        the keyed hash
 */
#ifndef OOM_REPORT_REDACT_H
#define OOM_REPORT_REDACT_H

#include <oomortem/redact.h>
#include <string.h>

/** What a token stands for; each has a prefix of its own and a bit of enum oom_redact_what. */
enum rd_class { RD_HOST, RD_IP, RD_MAC, RD_USER, RD_VALUE, RD_PATH, RD_CGROUP, RD_ID, RD_NR };

/** A growing text. */
struct rd_out {
	char *v;
	size_t n, cap;
	bool failed; /**< no memory: what is in it is not whole */
};

void rd_put(struct rd_out *out, const char *text, size_t len);

/** SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012). */
uint64_t rd_siphash(const uint8_t key[16], const void *data, size_t len);

/** Is anything of this class to be hidden? */
bool rd_wants(const struct oom_redactor *r, enum rd_class class);
/** Writes the token for @p text, or the text where its class is not to be hidden. */
void rd_token(struct oom_redactor *r, enum rd_class class, const char *text, size_t len, struct rd_out *out);

/* redact_words.c */
struct rd_words;
struct rd_words *rd_words_new(void);
void rd_words_free(struct rd_words *w);
/** @p keep: it stays as it is wherever it stands. Words of less than three bytes are not taken. */
void rd_words_add(struct rd_words *w, enum rd_class class, const char *text, size_t len, bool keep);
/** The longest word that @p text begins with and that ends there where a word ends: its length, 0: none. */
size_t rd_words_match(const struct rd_words *w, const char *text, size_t len, enum rd_class *class, bool *keep);
struct rd_words *rd_words_of(struct oom_redactor *r);

/* redact_shape.c: length of what begins at @p text, 0: nothing of the kind. */
bool rd_is_word(char c); /**< letters, digits, '_', bytes above 127 */
size_t rd_ipv4(const char *text, size_t len);
size_t rd_ipv6(const char *text, size_t len);
size_t rd_mac(const char *text, size_t len);
size_t rd_uuid(const char *text, size_t len);
/** 12, 32, 40 or 64 hexadecimal digits that are no number. */
size_t rd_hex_id(const char *text, size_t len);
size_t rd_fqdn(const char *text, size_t len);
/** A unit of systemd: a name that ends in ".service", ".scope" … */
size_t rd_unit(const char *text, size_t len);
/** Bytes of the unit's ending with its dot, 0: none. */
size_t rd_unit_ending(const char *name, size_t len);
/** A user's mail address or login; *@p user is the length before the '@'. */
size_t rd_at(const char *text, size_t len, size_t *user);

/* redact_name.c */
bool rd_is_public_user(const char *name, size_t len);
bool rd_is_public_host(const char *name, size_t len);
void rd_path(struct oom_redactor *r, const char *path, size_t len, struct rd_out *out);
void rd_cgroup(struct oom_redactor *r, const char *path, size_t len, struct rd_out *out);
/** Is this path one of cgroups, by the names in it? */
bool rd_is_cgroup(const char *path, size_t len);
void rd_kernel_cmdline(struct oom_redactor *r, const char *text, size_t len, struct rd_out *out);
void rd_slab(struct oom_redactor *r, const char *name, size_t len, struct rd_out *out);
/** Takes the parts of a path, of cgroups or not, into the dictionary where they are names of their own. */
void rd_learn_parts(struct oom_redactor *r, bool cgroup, const char *path);

/* redact_text.c */
void rd_text(struct oom_redactor *r, const char *text, size_t len, struct rd_out *out);

#endif
