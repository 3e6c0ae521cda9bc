// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What holders.c and groups.c share: the processes in scope as rows. */
#ifndef OOM_CLASSIFY_HOLDERS_H
#define OOM_CLASSIFY_HOLDERS_H

#include "classify/internal.h"

struct cl_row {
	const struct oom_task *task;
	int64_t kb, guess; /**< anonymous memory, else rss; as estimated for comparisons */
	bool exact;	   /**< kb is anonymous memory */
	/* groups.c */
	const char *name; /**< never NULL */
	size_t stem;	  /**< length of its name without a number at the end */
	const char *home; /**< container, pod or cgroup; not terminated, "" where none is known */
	size_t home_len;
	const char *exe; /**< NULL: not known */
};

/** Keeps the two largest by their guesses. */
void cl_holder_rank(struct cl_holder *top, struct cl_holder *second, const struct cl_holder *one);
/** Puts the @p n rows into groups: l->holders.group, .second_group and the verdict's list. Sorts the rows. */
void cl_groups_find(struct cl_look *l, struct cl_row *rows, size_t n);

#endif
