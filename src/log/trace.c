// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The call trace of a report. Frames of all eras and architectures:
 *
 *    dump_header+0x4d/0x3e0                                       4.11 …
 *    ? __xfs_filemap_fault+0x7f/0x290 [xfs]
 *    [<ffffffff810861fd>] ? cpuset_print_task_mems_allowed+0x8d/0xa0
 *   [c00000037540f730] [c00000000127ec44] dump_stack_lvl+0x88/0xc4 (unreliable)     powerpc
 *   [<c010e5a4>] (unwind_backtrace) from [<c010b1a4>] (show_stack+0x10/0x14)        arm
 *
 * A frame with '?' was found on the stack, but may be stale. It is kept with its mark; settle.c leaves out the marked
 * frames of a trace that has others.
 */
#include "log/internal.h"

bool on_trace_start(struct oom_log *log, const struct msg *m, struct cur rest)
{
	(void)rest;
	struct report *r = report_of(log, m, PART_TRACE);
	if (r)
		r->inside = IN_TRACE;
	return r != NULL;
}

/** "[<ffffffff810861fd>] " or "[c00000037540f730] ". */
static bool scan_address(struct cur *c)
{
	struct cur try = *c;
	if (!scan_char(&try, '['))
		return false;
	bool angle = scan_char(&try, '<');
	const char *from = try.p;
	while (is_digit(cur_peek(&try)) || (cur_peek(&try) >= 'a' && cur_peek(&try) <= 'f'))
		try.p++;
	if (try.p - from < 8 || try.p - from > 16 || (angle && !scan_char(&try, '>')) || !scan_char(&try, ']'))
		return false;
	scan_blanks(&try);
	*c = try;
	return true;
}

/** "name+0x12/0x345"; the name to @p ret. */
static bool scan_symbol(struct cur *c, struct cur *ret)
{
	struct cur try = *c;
	uint64_t offset, size;
	while (is_word(cur_peek(&try)) || cur_peek(&try) == '.' || cur_peek(&try) == '$')
		try.p++;
	*ret = (struct cur){c->p, try.p};
	if (try.p == c->p || !scan_char(&try, '+') || !scan_hex(&try, &offset) || !scan_char(&try, '/') ||
	    !scan_hex(&try, &size))
		return false;
	*c = try;
	return true;
}

/** The function of a frame; @p stale where it has a '?'; @p module empty where it is in the kernel itself. */
static bool scan_frame(struct cur c, struct cur *name, bool *stale, struct cur *module)
{
	scan_blanks(&c);
	while (scan_address(&c))
		;
	if (cur_has(&c, ") from [<")) // arm: the caller in the second pair of brackets has the offset
		scan_past(&c, "] (");
	*stale = scan_lit(&c, "? ");
	*module = (struct cur){c.p, c.p};
	if (!scan_symbol(&c, name))
		return false;
	// "[xfs]", with a build id "[fat 0a109de4…]"
	if (scan_blanks(&c) && scan_char(&c, '[')) {
		*module = (struct cur){c.p, c.p};
		while (is_word(cur_peek(&c)))
			c.p++;
		module->end = c.p;
	}
	return true;
}

bool looks_like_frame(struct cur text)
{
	struct cur name, module;
	bool stale;
	return scan_frame(text, &name, &stale, &module);
}

bool on_frame(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct cur name, module;
	bool stale;
	if (!scan_frame(rest, &name, &stale, &module))
		return false;
	struct report *r = report_of(log, m, PART_TRACE);
	if (!r || r->e.trace.n >= 256)
		return r != NULL;
	oom_strings_addf(r->bulk, &r->e.trace, "%s%.*s", stale ? "? " : "", (int)cur_left(&name), name.p);
	if (!stale && !r->module && module.p < module.end)
		r->module = keep(r->small, module);
	r->inside = IN_TRACE;
	return true;
}
