// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Lines to messages. The files that share the work: assemble.c joins what a terminal or a mail program broke,
 * entries.c reads the fields of journal entries, json.c JSON lines, pstore.c puts the parts of a pstore in order.
 */
#ifndef OOM_LOG_ASSEMBLE_H
#define OOM_LOG_ASSEMBLE_H

#include "log/internal.h"
#include "log/prefix.h"

struct entry_state;
struct pstore_state;

/** A line as it stood, for the question how it was broken. */
struct span {
	size_t width;	   // bytes, quotes and blanks included
	bool blank_before; // it began with a blank
	bool blank_behind; // it ended with one
};

struct assemble_state {
	char *pending; // the message that may go on, LINE_MAX_BYTES
	char *mended;  // a copy of a line whose blanks had to be mended, LINE_MAX_BYTES
	size_t len;
	bool has_pending;
	bool anchored;	      // its line had a prefix
	struct prefix prefix; // of the last line that had one; host and tag point to the buffers below
	char host[256], tag[72];
	int64_t line;	   // where pending began
	struct span last;  // the last line that went into pending
	size_t wrap_width; // width at which lines were seen to break within a word, 0: none
	struct entry_state *entry;
	struct pstore_state *pstore;
};

/**
 * One line whose outer shell (JSON, a journal entry) is off.
 * @param[in] outer what the shell told (time, host, tag), NULL: there was none
 */
void assemble_inner(struct oom_log *log, struct cur line, int64_t number, const struct prefix *outer);

/** A journal entry's line "KEY=value" (export, verbose). Returns true if it was one. */
bool entry_line(struct oom_log *log, struct cur line, int64_t number);
/** A line that ends an entry: blank, or the next one's head. Hands the entry's message on. */
void entry_end(struct oom_log *log);
/** How many bytes that follow are a field's binary value (export format): the reader passes them to entry_binary(). */
size_t entry_wants(struct oom_log *log);
void entry_binary(struct oom_log *log, struct cur bytes);
void entry_free(struct entry_state *entry);
/** Fields that come one by one (json.c): a brace ends the open entry and says if there was one; would @p key be a field
 * of an entry; one field, which opens an entry where none is. */
bool entry_brace(struct oom_log *log);
bool entry_takes(struct oom_log *log, struct cur key);
void entry_field(struct oom_log *log, struct cur key, struct cur value, int64_t number);

/** A line of JSON, or a line of pretty-printed JSON with a message in it. Returns true if it was one. */
bool json_line(struct oom_log *log, struct cur line, int64_t number);

/** "Panic#1 Part2" and the lines behind it, which are held until their turn. Returns true if the line is held. */
bool pstore_line(struct oom_log *log, struct cur line, int64_t number);
void pstore_end(struct oom_log *log);
void pstore_free(struct pstore_state *pstore);

#endif
