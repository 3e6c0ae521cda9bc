// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What a machine in need writes before the end. Sources of the lines: kernel/hung_task.c, kernel/watchdog.c,
 * kernel/rcu/tree_stall.h, kernel/workqueue.c, mm/page_alloc.c (warn_alloc_stall() of 4.10 to 4.14), mm/oom_kill.c,
 * block/blk-core.c, fs/buffer.c, net/sunrpc/clnt.c, fs/ceph, drivers/scsi.
 */
#include "log/notes.h"
#include <string.h>

enum { NOTES_MAX = 256, TEXT_MAX = 200 };

static const struct {
	const char *begins; // of the message, NULL: anywhere in its first line
	const char *has;    // NULL: nothing more
	const char *kind;
} known[] = {
	{"INFO: task ", "blocked for more than", "hung-task"},
	{NULL, "page allocation stalls for", "allocation-stall"},
	{NULL, "BUG: soft lockup", "lockup"},
	{NULL, "hard LOCKUP", "lockup"},
	{"BUG: workqueue lockup", NULL, "lockup"},
	{"rcu: INFO: ", "stall", "lockup"},
	{"INFO: rcu_", "stall", "lockup"},
	{"Out of memory: Kill", NULL, "kill"},
	{"Memory cgroup out of memory: Kill", NULL, "kill"},
	{"oom_reaper: reaped process", NULL, "reaped"},
	{"oom_reaper: unable to reap", NULL, "not-reaped"},
	{"blk_update_request: ", "error", "device"},
	{NULL, ": I/O error", "device"},
	{"I/O error, dev ", NULL, "device"},
	{"nfs: server ", "not responding", "device"},
	{"Under memory pressure, flushing caches", NULL, "pressure"},
};

static bool has(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word)) != NULL;
}

static const char *kind_of(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t head = known[i].begins ? strlen(known[i].begins) : 0;
		if (len >= head && (!head || !memcmp(text, known[i].begins, head)) &&
		    (!known[i].has || has(text, len, known[i].has)))
			return known[i].kind;
	}
	return NULL;
}

void oom_note_record(struct oom_case *c, const struct oom_log_record *record)
{
	const char *newline = memchr(record->text, '\n', record->len);
	size_t len = newline ? (size_t)(newline - record->text) : record->len;
	const char *kind = kind_of(record->text, len);
	if (!kind)
		return;
	struct oom_notes *notes = &c->notes;
	// The newest are what an end is told by.
	if (notes->n == NOTES_MAX) {
		memmove(notes->v, notes->v + 1, (NOTES_MAX - 1) * sizeof(*notes->v));
		notes->n--;
	}
	struct oom_note *note = oom_add_note(c->arena, notes);
	if (!note)
		return;
	note->time_us = record->time_us;
	note->kind = kind;
	note->text = oom_strndup(c->arena, record->text, len < TEXT_MAX ? len : TEXT_MAX);
	note->origin = (struct oom_origin){OOM_FROM_LOG, NULL, record->line};
}
