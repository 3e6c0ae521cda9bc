// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Uptime and the time of the crash: CRASHTIME of VMCOREINFO, the kernel's timekeeper, jiffies, the log.
 *
 * The timekeeper holds the time of its last update, at most a tick ago while a CPU is busy:
 *
 *     wall clock = xtime_sec + (xtime_nsec >> shift) · boot time = wall clock + wall_to_monotonic + offs_boot
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { US = 1000000, CRASHTIME_APART = 60 };

struct now {
	int64_t uptime_us; // OOM_ABSENT
	int64_t wall_us;   // since 1970, UTC; OOM_ABSENT
};

enum { TK_XTIME_SEC, TK_XTIME_NSEC, TK_SHIFT, TK_WTM_SEC, TK_WTM_NSEC, TK_OFFS_BOOT, TK_CLOCK, TK_NR };
// 3.17 moved clock, shift and xtime_nsec into `tkr` (d28ede83791d), 4.1 named that tkr_mono (876e78818def).
static const struct oom_want tk_wants[TK_NR] = {
	[TK_XTIME_SEC] = {"timekeeper", "xtime_sec", NULL},
	[TK_XTIME_NSEC] = {"timekeeper", "tkr_mono.xtime_nsec", "tkr.xtime_nsec"},
	[TK_SHIFT] = {"timekeeper", "tkr_mono.shift", "tkr.shift"},
	[TK_WTM_SEC] = {"timekeeper", "wall_to_monotonic.tv_sec", NULL},
	[TK_WTM_NSEC] = {"timekeeper", "wall_to_monotonic.tv_nsec", NULL},
	[TK_OFFS_BOOT] = {"timekeeper", "offs_boot", NULL},
	[TK_CLOCK] = {"timekeeper", "tkr_mono.clock", "tkr.clock"},
};
static const struct oom_want old_tk_wants[TK_NR] = {
	[TK_XTIME_SEC] = {"timekeeper", "xtime_sec", NULL},
	[TK_XTIME_NSEC] = {"timekeeper", "xtime_nsec", NULL},
	[TK_SHIFT] = {"timekeeper", "shift", NULL},
	[TK_WTM_SEC] = {"timekeeper", "wall_to_monotonic.tv_sec", NULL},
	[TK_WTM_NSEC] = {"timekeeper", "wall_to_monotonic.tv_nsec", NULL},
	[TK_OFFS_BOOT] = {"timekeeper", "offs_boot", NULL},
	[TK_CLOCK] = {"timekeeper", "clock", NULL},
};

/** Is the structure that was read a timekeeper? Its shift is a copy of its clock source's (tk_setup_internals()). */
static bool is_timekeeper(struct oom_image *image, const struct oom_record *tk)
{
	struct oom_member shift;
	uint32_t clock_shift;
	uint64_t clock = oom_record_ptr(tk, TK_CLOCK);
	int64_t nsec = oom_record_signed(tk, TK_WTM_NSEC);
	for (size_t i = 0; i < TK_NR; i++)
		if (!oom_record_has(tk, i))
			return false;
	return clock && oom_member(image, "clocksource", "shift", &shift) == OOM_OK &&
	       oom_read_u32(image, clock + shift.offset, &clock_shift) == OOM_OK && clock_shift < 63 &&
	       clock_shift == oom_record_int(tk, TK_SHIFT) && nsec >= 0 && nsec < 1000 * US;
}

/** Reads the timekeeper of the system's clock. */
static bool timekeeper_read(struct oom_image *image, struct oom_record *tk)
{
	uint64_t addr;
	struct oom_member m;
	uint64_t offset = oom_member(image, "tk_data", "timekeeper", &m) == OOM_OK ? m.offset : 0;
	// 6.17: an array, whose first element is this one; before, one variable (3.17, 3fdb14fd1df7).
	if (oom_symbol(image, "timekeeper_data", &addr) == OOM_OK)
		return oom_record_read(tk, addr + offset) && is_timekeeper(image, tk);
	if (oom_symbol(image, "tk_core", &addr) == OOM_OK) {
		if (offset)
			return oom_record_read(tk, addr + offset) && is_timekeeper(image, tk);
		// A structure without a name until 6.13; the sequence counter before it is 4 bytes, more with lockdep,
		// and i386 aligns 64-bit numbers to 4.
		const uint32_t step = oom_image_info(image)->ptr_size;
		for (offset = step; offset <= 128; offset += step)
			if (oom_record_read(tk, addr + offset) && is_timekeeper(image, tk))
				return true;
		return false;
	}
	return oom_symbol(image, "timekeeper", &addr) == OOM_OK && oom_record_read(tk, addr) &&
	       is_timekeeper(image, tk);
}

static bool now_of_timekeeper(struct oom_image *image, struct now *now)
{
	OOM_TEMP_ARENA struct oom_arena *arena = oom_arena_new();
	struct oom_layout layout;
	struct oom_record tk;
	uint64_t addr;
	bool old =
		oom_symbol(image, "timekeeper_data", &addr) != OOM_OK && oom_symbol(image, "tk_core", &addr) != OOM_OK;
	if (!arena || oom_layout_find(&layout, image, old ? old_tk_wants : tk_wants, TK_NR) != TK_NR ||
	    !oom_record_init(&tk, image, &layout, arena) || !timekeeper_read(image, &tk))
		return false;
	int64_t sec = oom_record_signed(&tk, TK_XTIME_SEC), wtm = oom_record_signed(&tk, TK_WTM_SEC);
	int64_t nsec = (int64_t)((uint64_t)oom_record_int(&tk, TK_XTIME_NSEC) >> oom_record_int(&tk, TK_SHIFT));
	int64_t boot = oom_record_signed(&tk, TK_OFFS_BOOT) / 1000;
	const int64_t limit = INT64_C(1) << 36; // seconds: 2177 years
	if (sec < -limit || sec > limit || wtm < -limit || wtm > limit || nsec < 0 || nsec > 10000 * (int64_t)US ||
	    boot < 0 || boot > limit * US)
		return false;
	now->wall_us = sec * US + nsec / 1000;
	now->uptime_us = now->wall_us + wtm * US + oom_record_signed(&tk, TK_WTM_NSEC) / 1000 + boot;
	return now->uptime_us >= 0;
}

/** jiffies_64 counts from INITIAL_JIFFIES, five minutes before its low half overflows (include/linux/jiffies.h). */
static int64_t uptime_of_jiffies(struct oom_image *image)
{
	uint64_t addr, jiffies;
	int64_t tick_ns = oom_variable(image, "tick_nsec", 0);
	if (tick_ns < 100000 || tick_ns > 100000000 || oom_symbol(image, "jiffies_64", &addr) != OOM_OK ||
	    oom_read_u64(image, addr, &jiffies) != OOM_OK)
		return OOM_ABSENT;
	uint64_t hz = ((uint64_t)1000 * US + (uint64_t)tick_ns / 2) / (uint64_t)tick_ns;
	uint64_t ticks = jiffies - (uint32_t)(-300 * (int64_t)hz);
	return ticks / hz < UINT64_C(1) << 36 ? (int64_t)(ticks / hz * US + ticks % hz * US / hz) : OOM_ABSENT;
}

/** RFC 3339, UTC, to the second; NULL for a clock that nobody has set. */
static const char *rfc3339(struct oom_arena *arena, int64_t wall_us)
{
	const time_t year_2000 = 946684800;
	time_t seconds = (time_t)(wall_us / US);
	struct tm tm;
	char text[64];
	if (wall_us < 0 || seconds < year_2000 || !gmtime_r(&seconds, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return NULL;
	return oom_strdup(arena, text);
}

/** Seconds since 1970 at which the kernel started the capture kernel (crash_save_vmcoreinfo()); OOM_ABSENT. */
static int64_t crashtime(const struct oom_image *image)
{
	const char *text = oom_vmcoreinfo(image, "CRASHTIME");
	char *end;
	long long seconds = text ? strtoll(text, &end, 10) : 0;
	return text && end != text && seconds > 0 && seconds < INT64_C(1) << 36 ? seconds : OOM_ABSENT;
}

void oom_walk_clock(struct oom_image *image, struct oom_case *c, int64_t panic_us)
{
	struct now now = {OOM_ABSENT, OOM_ABSENT};
	int64_t crash_s = crashtime(image);
	bool captured = oom_known(crash_s), disagree = false;
	if (!now_of_timekeeper(image, &now))
		now.uptime_us = uptime_of_jiffies(image);
	// CRASHTIME is what this clock showed (ktime_get_real_seconds()): another time is a damaged digit, or memory
	// is.
	if (oom_known(crash_s) && oom_known(now.wall_us) &&
	    (crash_s - now.wall_us / US > CRASHTIME_APART || now.wall_us / US - crash_s > CRASHTIME_APART)) {
		disagree = true;
		oom_case_missing(c, "time of the crash: VMCOREINFO and the kernel's clock disagree");
		crash_s = OOM_ABSENT;
		now.wall_us = OOM_ABSENT;
	}
	// A dump that the capture kernel did not take shows the machine some time after its panic, clocks running on.
	// The log's clock is not steered by NTP: a difference of up to one part in a thousand is no such time.
	if (!captured && oom_known(panic_us) && oom_known(now.uptime_us) &&
	    now.uptime_us - panic_us > US + now.uptime_us / 1000) {
		now.wall_us -= oom_known(now.wall_us) ? now.uptime_us - panic_us : 0;
		now.uptime_us = panic_us;
	}
	if (!oom_known(now.uptime_us))
		now.uptime_us = panic_us;
	if (oom_known(now.uptime_us))
		c->system.uptime_us = now.uptime_us;
	if (oom_known(crash_s))
		now.wall_us = crash_s * US;
	c->system.crash_time = oom_known(now.wall_us) ? rfc3339(c->arena, now.wall_us) : NULL;
	if (!oom_known(c->system.uptime_us))
		oom_case_missing(c, "uptime: neither the kernel's clock nor its log can be read");
	if (!c->system.crash_time && !disagree)
		oom_case_missing(c, "time of the crash: neither VMCOREINFO nor the kernel's clock tells it");
}
