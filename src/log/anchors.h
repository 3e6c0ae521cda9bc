// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The words without which a block of a log holds nothing about memory. */
#ifndef OOM_LOG_ANCHORS_H
#define OOM_LOG_ANCHORS_H

#include <stddef.h>
#include <stdint.h>

enum { ANCHOR_MAX = 64 }; /**< bytes of the longest word, rounded up */

/** The first anchor in the @p len bytes at @p text, NULL: none. Reads nothing beyond. */
const char *find_anchor(const char *text, size_t len);
/** Line breaks in the @p len bytes at @p text. */
int64_t count_breaks(const char *text, size_t len);

#endif
