// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * ELF notes as dumps carry them.
 */
#ifndef OOM_NOTES_H
#define OOM_NOTES_H

#include <oomortem/base.h>

/** Name of the note in a slim dump that says what the dump it was made from lacked. */
#define OOM_NOTE_LACKS "OOMORTEM"

/** Finds the description of the note @p name in @p len bytes of notes: *from, *desc_len; false if there is none. */
bool oom_notes_find(const void *notes, size_t len, bool big_endian, const char *name, size_t *from, size_t *desc_len);
/** Finds the text of the note VMCOREINFO in @p len bytes of notes: *from, *text_len; false if there is none. */
bool oom_notes_vmcoreinfo(const void *notes, size_t len, bool big_endian, size_t *from, size_t *text_len);

#endif
