// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Other names of slab caches. SLUB gives two caches of one kind the same slabs and keeps no list of the names; what
 * knows them is /sys/kernel/slab: a folder for each cache, and a link to it for each name (sysfs_slab_alias()).
 * Source: mm/slub.c, include/linux/kernfs.h.
 */
#include "kernel/slab.h"

#include <string.h>

enum { K_NAME, K_FLAGS, K_TARGET, K_NR };
static const struct oom_want kernfs_wants[K_NR] = {
	[K_NAME] = {"kernfs_node", "name", NULL},
	[K_FLAGS] = {"kernfs_node", "flags", NULL},
	[K_TARGET] = {"kernfs_node", "symlink.target_kn", NULL},
};

enum {
	NAMES_MAX = 20000,
	NAME_BYTES = 128,
	KERNFS_TYPE = 0xf, // KERNFS_TYPE_MASK
	KERNFS_IS_LINK = 4,
};

struct alias_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_layout layout;
	struct oom_record node;
	struct oom_map folders; // kernfs_node of a cache's folder -> row
	uint32_t rb;
};

static bool take_name(void *arg, uint64_t rb)
{
	struct alias_walk *w = arg;
	char name[NAME_BYTES];
	if (!oom_record_read(&w->node, rb - w->rb) ||
	    (oom_record_int(&w->node, K_FLAGS) & KERNFS_TYPE) != KERNFS_IS_LINK)
		return true;
	const uint64_t *row = oom_map_get(&w->folders, oom_record_ptr(&w->node, K_TARGET));
	uint64_t text = oom_record_ptr(&w->node, K_NAME);
	if (!row || !text || oom_read_string(w->image, text, name, sizeof(name)) != OOM_OK)
		return true;
	oom_image_words(w->image, text, strlen(name), OOM_WORDS_SLAB, false);
	struct oom_slab *slab = &w->c->state->slabs.v[*row];
	if (!slab->name || strcmp(slab->name, name) != 0)
		oom_strings_addf(w->c->arena, &slab->aliases, "%s", name);
	return true;
}

/** Folders of the caches. */
static void note_folders(struct alias_walk *w, const struct oom_map *rows, uint32_t sd)
{
	for (size_t i = 0; i < rows->size; i++) {
		uint64_t folder = rows->slots[i].key ? oom_deref(w->image, rows->slots[i].key + sd) : 0;
		if (folder && rows->slots[i].value < w->c->state->slabs.n)
			oom_map_add(&w->folders, folder, rows->slots[i].value);
	}
}

void oom_slab_aliases(struct oom_image *image, struct oom_case *c, const struct oom_map *rows, uint32_t sd)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct alias_walk w = {.image = image, .c = c};
	struct oom_member kset_sd, children, rb;
	uint64_t kset = sd ? oom_variable_ptr(image, "slab_kset") : 0;
	if (!kset || !temp || oom_member(image, "kset", "kobj.sd", &kset_sd) != OOM_OK ||
	    oom_member(image, "kernfs_node", "dir.children", &children) != OOM_OK ||
	    oom_member(image, "kernfs_node", "rb", &rb) != OOM_OK)
		return; // the caches' names are known all the same
	oom_layout_find(&w.layout, image, kernfs_wants, K_NR);
	if (!oom_record_init(&w.node, image, &w.layout, temp))
		return;
	w.rb = rb.offset;
	note_folders(&w, rows, sd);
	uint64_t folder = oom_deref(image, kset + kset_sd.offset);
	bool whole = folder && oom_rbtree_each(image, folder + children.offset, NAMES_MAX, take_name, &w);
	for (size_t i = 0; whole && i < c->state->slabs.n; i++)
		c->state->slabs.v[i].aliases.known = true;
	if (!whole)
		oom_case_missing(c, "slabs: other names of merged caches are not all in the dump");
	oom_map_free(&w.folders);
}
