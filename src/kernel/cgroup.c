// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Paths of cgroups. Source: include/linux/cgroup-defs.h, fs/kernfs/dir.c.
 *
 * task_struct.cgroups -> css_set.subsys[memory_cgrp_id] -> cgroup_subsys_state.cgroup -> its names up to the root.
 * A css_set is shared by all tasks of the same groups, so a path is made once for each.
 */
#include "kernel/tasks.h"

#include <stdlib.h>
#include <string.h>

enum { K_NAME, K_PARENT, K_NR };
static const struct oom_want kernfs_wants[K_NR] = {
	[K_NAME] = {"kernfs_node", "name", NULL}, [K_PARENT] = {"kernfs_node", "__parent", "parent"}, // renamed in 6.15
												      // (633488947ef6)
};
// Before 3.15 (2bd59d48ebfb) a cgroup has its name itself.
static const struct oom_want old_wants[K_NR] = {
	[K_NAME] = {"cgroup", "name", NULL},
	[K_PARENT] = {"cgroup", "parent", NULL},
};

enum { DEPTH_MAX = 256, NAME_BYTES = 256, PATH_BYTES = 8192 };

struct oom_cgroups {
	struct oom_image *image;
	struct oom_arena *keep;
	int64_t memory_id; // index of the memory controller, -1: there is none
	struct oom_member subsys, css_cgroup, kn, old_name;
	struct oom_layout layout;
	struct oom_record node;	    // kernfs_node, or an old cgroup
	struct oom_map sets, paths; // css_set -> index in v; cgroup -> index in v
	const char **v;
	size_t n, cap, lost;
};

struct oom_cgroups *oom_cgroups_new(struct oom_image *image, struct oom_arena *temp, struct oom_arena *keep)
{
	struct oom_cgroups *g = oom_alloc(temp, sizeof(*g));
	if (!g)
		return NULL;
	g->image = image;
	g->keep = keep;
	// mem_cgroup_subsys_id before 3.15 (073219e995b4).
	g->memory_id = oom_enum_or(image, "memory_cgrp_id", oom_enum_or(image, "mem_cgroup_subsys_id", -1));
	oom_member(image, "css_set", "subsys", &g->subsys);
	oom_member(image, "cgroup_subsys_state", "cgroup", &g->css_cgroup);
	bool kernfs = oom_member(image, "cgroup", "kn", &g->kn) == OOM_OK;
	oom_layout_find(&g->layout, image, kernfs ? kernfs_wants : old_wants, K_NR);
	if (!kernfs)
		oom_member(image, "cgroup_name", "name", &g->old_name);
	return oom_record_init(&g->node, image, &g->layout, temp) ? g : NULL;
}

void oom_cgroups_free(struct oom_cgroups *g)
{
	if (!g)
		return;
	oom_map_free(&g->sets);
	oom_map_free(&g->paths);
	free(g->v);
}

/** Path of the node at @p at, "/" for a root; NULL. */
static const char *path_of(struct oom_cgroups *g, uint64_t at)
{
	char buf[PATH_BYTES], name[NAME_BYTES];
	size_t pos = sizeof(buf);
	for (int i = 0; i < DEPTH_MAX; i++) {
		if (!oom_record_read(&g->node, at) || !oom_record_has(&g->node, K_PARENT))
			return NULL;
		uint64_t parent = oom_record_ptr(&g->node, K_PARENT), text = oom_record_ptr(&g->node, K_NAME);
		if (!parent)
			return pos == sizeof(buf) ? oom_strdup(g->keep, "/")
						  : oom_strndup(g->keep, buf + pos, sizeof(buf) - pos);
		text += text && !g->kn.known ? g->old_name.offset : 0; // to a struct cgroup_name
		if (!text || oom_read_string(g->image, text, name, sizeof(name)) != OOM_OK)
			return NULL;
		oom_image_words(g->image, text, strlen(name), OOM_WORDS_CGROUP, false);
		if (!oom_path_prepend(buf, &pos, name))
			return NULL;
		at = parent;
	}
	return NULL;
}

/** Keeps @p path for @p key in @p map; no memory costs only the cache. */
static const char *remember(struct oom_cgroups *g, struct oom_map *map, uint64_t key, const char *path)
{
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 64;
		const char **more = cap <= SIZE_MAX / sizeof(*more) ? realloc(g->v, cap * sizeof(*more)) : NULL;
		if (!more)
			return path;
		g->v = more;
		g->cap = cap;
	}
	if (oom_map_add(map, key, g->n))
		g->v[g->n++] = path;
	return path;
}

const char *oom_cgroups_path(struct oom_cgroups *g, uint64_t cgroup)
{
	const uint64_t *known = oom_map_get(&g->paths, cgroup);
	if (known)
		return g->v[*known];
	const char *path = path_of(g, g->kn.known ? oom_deref(g->image, cgroup + g->kn.offset) : cgroup);
	return remember(g, &g->paths, cgroup, path);
}

const char *oom_cgroups_memory_path(struct oom_cgroups *g, uint64_t css_set)
{
	size_t word = oom_image_info(g->image)->ptr_size;
	if (!css_set || g->memory_id < 0 || !g->subsys.known || !g->css_cgroup.known ||
	    (uint64_t)g->memory_id >= g->subsys.size / word)
		return NULL;
	const uint64_t *known = oom_map_get(&g->sets, css_set);
	if (known) {
		g->lost += !g->v[*known];
		return g->v[*known];
	}
	uint64_t css = oom_deref(g->image, css_set + g->subsys.offset + (uint64_t)g->memory_id * word);
	uint64_t cgroup = css ? oom_deref(g->image, css + g->css_cgroup.offset) : 0;
	const char *path = cgroup ? oom_cgroups_path(g, cgroup) : NULL;
	g->lost += !path;
	return remember(g, &g->sets, css_set, path);
}

size_t oom_cgroups_lost(const struct oom_cgroups *g)
{
	return g->lost;
}
