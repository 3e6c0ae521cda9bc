// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What the files with advice share. */
#ifndef OOM_CLASSIFY_ADVICE_H
#define OOM_CLASSIFY_ADVICE_H

#include "classify/internal.h"

/** Adds a recommendation; NULL if one of this title is there already, or without memory. */
struct oom_recommendation *cl_recommend(struct cl_look *l, const char *finding, const char *title, const char *detail);
/** Adds a command to @p r, which may be NULL. */
void cl_command(struct cl_look *l, struct oom_recommendation *r, const char *command);

#endif
