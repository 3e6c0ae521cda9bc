// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Which of a case's events stands for the machine. */
#ifndef OOM_CASE_EVENTS_H
#define OOM_CASE_EVENTS_H

#include <oomortem/case.h>

/** The newest event, if there is one outside a capture kernel that one; NULL without events. The case keeps it. */
const struct oom_event *oom_last_event(const struct oom_case *c);

#endif
