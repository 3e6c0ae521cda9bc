// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * census DUMP SECONDS: page frames a second that the census of a dump reads, on the CPUs that it may use. A dump of the
 * lab is small, so it is walked again and again: all that a walk does is in it, the lists of CPUs and of vmalloc too.
 */
#include "kernel/kernel.h"
#include "open/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct oom_image *image;
	struct oom_error err = {0};
	const char *path = argc > 1 ? argv[1] : "";
	double most = argc > 2 ? strtod(argv[2], NULL) : 1, began, frames = 0;
	struct oom_case *c = oom_case_new();
	if (oom_image_open(&path, 1, NULL, &image, &err) != OOM_OK || !c) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		return 1;
	}
	oom_walk_zones(image, c);
	oom_walk_census(image, c, 1, NULL, NULL); // symbols, types, page cache
	for (began = now(); now() - began < most;) {
		oom_walk_census(image, c, 1, NULL, NULL);
		if (!c->state || !c->state->census)
			return 1;
		frames += (double)c->state->census->looked_at;
	}
	printf("%.0f\n", frames / (now() - began));
	oom_case_free(c);
	oom_image_close(image);
	return 0;
}
