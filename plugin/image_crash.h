// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The crash session as a kernel image. */
#ifndef OOM_IMAGE_CRASH_H
#define OOM_IMAGE_CRASH_H

#include <oomortem/image.h>
#include <signal.h>

/**
 * An image over the session that is open in crash.
 * @param[in] interrupted polled before each read: once it is set, nothing can be read any more
 * @param[out] ret free with oom_image_close()
 */
enum oom_status oom_crash_image(const volatile sig_atomic_t *interrupted, struct oom_image **ret,
				struct oom_error *err);

#endif
