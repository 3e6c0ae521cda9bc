// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A dump as the input, or a part of it. */
#include "open/internal.h"
#include <stdio.h>

static bool knows_nothing(const struct oom_case *c)
{
	return !c->system.release && !c->events.n && c->config.origin.kind == OOM_FROM_NOWHERE &&
	       (!c->state || (!c->state->nodes.n && !c->state->tasks.n));
}

enum oom_status oom_open_image(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
			       struct oom_case *c, bool *log_found, struct oom_error *err)
{
	struct oom_image *image;
	enum oom_status status = oom_image_open(paths, nr_paths, options ? &options->image : NULL, &image, err);
	if (status != OOM_OK)
		return status;
	c->source.kind = OOM_INPUT_VMCORE;
	status = oom_collect_image(image, c, options, log_found, err);
	const struct oom_strings *missing = &oom_image_info(image)->missing;
	if (status == OOM_OK && !*log_found && knows_nothing(c))
		status = oom_fail(err, OOM_EDAMAGE, "nothing of the dump can be read%s%s", missing->n ? ": " : "",
				  missing->n ? missing->v[0] : "");
	oom_image_close(image);
	return status;
}

enum oom_status oom_open_dump(int fd, const struct oom_open_options *options, struct oom_case **ret,
			      struct oom_error *err)
{
	char own[64];
	const char *path = own;
	bool log_found;
	struct oom_case *c = oom_case_new();
	if (!c)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	snprintf(own, sizeof(own), "/proc/self/fd/%d", fd);
	enum oom_status status = oom_open_image(&path, 1, options, c, &log_found, err);
	if (status != OOM_OK)
		oom_case_free(c);
	else
		*ret = c;
	return status;
}
