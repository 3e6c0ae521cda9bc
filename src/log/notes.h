// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Lines of the kernel log that tell how the machine fared, beside the OOM reports themselves. */
#ifndef OOM_LOG_NOTES_H
#define OOM_LOG_NOTES_H

#include "log/log.h"

/**
 * Adds a note to @p c if the record is one of a stall, a hung task, a lockup, a device or server that does not answer,
 * or a kill. Of more than a few hundred the newest stay.
 */
void oom_note_record(struct oom_case *c, const struct oom_log_record *record);

#endif
