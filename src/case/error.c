// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The last failure's sentence. */
#include <oomortem/base.h>
#include <stdio.h>

enum oom_status oom_fail(struct oom_error *err, enum oom_status status, const char *fmt, ...)
{
	if (!err)
		return status;
	err->status = status;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return status;
}
