// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The kernel's own buffers, for the balance sheet. */
#ifndef OOM_KERNEL_BUFFERS_H
#define OOM_KERNEL_BUFFERS_H

#include "kernel/walk.h"

/** KiB of pages that the kernel itself keeps and that no counter has; OOM_ABSENT if part of them is not known. */
int64_t oom_buffers_kb(struct oom_image *image);

#endif
