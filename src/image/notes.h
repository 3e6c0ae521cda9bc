// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * ELF notes as dumps carry them.
 */
#ifndef OOM_NOTES_H
#define OOM_NOTES_H

#include <oomortem/base.h>

/** Finds the text of the note VMCOREINFO in @p len bytes of notes: *from, *text_len; false if there is none. */
bool oom_notes_vmcoreinfo(const void *notes, size_t len, bool big_endian, size_t *from, size_t *text_len);

#endif
