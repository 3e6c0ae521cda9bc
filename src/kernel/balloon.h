// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Balloons, for the balance sheet. */
#ifndef OOM_KERNEL_BALLOON_H
#define OOM_KERNEL_BALLOON_H

#include "kernel/walk.h"

struct oom_balloon {
	int64_t kb;	 // 0: none; OOM_ABSENT: a driver is there whose counter cannot be read
	oom_tri managed; // are its pages still counted as managed?
};

/** What the drivers of balloons hold. */
struct oom_balloon oom_balloon(struct oom_image *image);

#endif
