// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * An index from names to small numbers (symbol 17, type 4711), for tables of names that lie elsewhere.
 *
 *   hash of the name, 32 bits    [ slot ......... | ... | tag ]
 *   slot of the table, 32 bits   [ tag ... | number + 1 ]        0: empty
 *
 * The names are not in the index: a look-up yields the numbers whose tag fits, in the order of their insertion, and
 * the caller compares the name itself. 187,000 kallsyms names cost 1 MiB. Numbers are never removed.
 *
 * Names come from the input and may be made to collide: an entry that would lie too far from its place is left out,
 * and so are all but the first OOM_HASH_SAME of one name (a kernel has thousands of "__func__.0").
 */
#ifndef OOM_IMAGE_HASH_H
#define OOM_IMAGE_HASH_H

#include <oomortem/base.h>

/**
 * The hash of a name is a polynomial of its bytes modulo 2^64, so that the hash of a name that is made of tokens
 * (kallsyms) follows from the hashes of the tokens: hash(ab) = hash(a) * OOM_HASH_BASE^len(b) + hash(b).
 */
#define OOM_HASH_BASE UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t oom_hash_add(uint64_t hash, uint8_t byte)
{
	return hash * OOM_HASH_BASE + byte;
}

/** From the polynomial to the hash that the index takes. */
static inline uint32_t oom_hash_finish(uint64_t hash)
{
	return (uint32_t)(((hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9)) >> 32);
}

uint32_t oom_hash_name(const char *name);

enum { OOM_HASH_SAME = 8 };

struct oom_hash {
	uint32_t *slots;
	unsigned bits; // log2 of the number of slots, also the bits of a number
	size_t n, max; // numbers in it, and how many may be
};

/** Prepares @p h for at most @p max entries whose numbers are below @p max. False: no memory, or more than 2^27. */
bool oom_hash_init(struct oom_hash *h, size_t max);
void oom_hash_free(struct oom_hash *h);

/** Adds @p number; false if it was left out: full, number too large, or one of too many that collide. */
bool oom_hash_insert(struct oom_hash *h, uint32_t hash, uint32_t number);
/**
 * Adds the numbers @p first, @p first + 1 … with their @p n hashes. Faster than one by one: most of the cost of an
 * insertion is waiting for memory, and here the waits overlap.
 */
void oom_hash_insert_all(struct oom_hash *h, const uint32_t *hashes, uint32_t first, size_t n);

/** A look-up: start it with {.h = h, .hash = hash} and ask for the next number until there is none. */
struct oom_hash_walk {
	const struct oom_hash *h;
	uint32_t hash;
	uint32_t step;
};

/** The next number whose name may be the wanted one; false: there are no more. */
bool oom_hash_next(struct oom_hash_walk *walk, uint32_t *number);

#endif
