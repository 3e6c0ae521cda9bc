// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Which bytes of a dump gave a fact, and which of them are words: for a slim dump that is to be redacted. Its pages
 * hold those bytes and zeros, so that what no walker looked at (names that were freed, neighbours, old log lines)
 * does not leave the machine, and words are handed to the redactor at the places where they were read.
 */
#ifndef OOM_EXACT_H
#define OOM_EXACT_H

#include <oomortem/image.h>

struct oom_exact;

/** @param[in] frame_size bytes; @return NULL without memory */
struct oom_exact *oom_exact_new(size_t frame_size);
void oom_exact_free(struct oom_exact *x); /**< NULL is allowed */
/** Bytes of one frame gave a fact. Without memory they are lost, and oom_exact_rewrite() says so. */
void oom_exact_saw(struct oom_exact *x, uint64_t pfn, size_t from, size_t len);
/** @p len bytes at @p phys are words; @p goes_on: the rest of those of the last call. */
void oom_exact_words(struct oom_exact *x, uint64_t phys, size_t len, enum oom_words what, bool goes_on);

/** Reads words again: all @p len bytes or false. */
typedef bool oom_exact_read_fn(void *dump, uint64_t phys, void *buf, size_t len);

/** Has all words rewritten. @return OOM_OK, OOM_ENOMEM */
enum oom_status oom_exact_rewrite(struct oom_exact *x, oom_exact_read_fn *read, void *dump,
				  const struct oom_rewriter *rewriter, struct oom_error *err);
/** Leaves in a page what gave a fact, with the words rewritten. After oom_exact_rewrite(). */
void oom_exact_page(const struct oom_exact *x, uint64_t pfn, unsigned char *page);

#endif
