// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The census: plan, threads with an image of their own each, sums. */
#include "kernel/census.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	CHUNK = 1 << 15,  // frames that a thread takes at once: more than any block of the buddy allocator
	THREADS_MAX = 16, // each has 4 MiB of page cache
	POLL_MS = 50,
};

/** What all threads share. */
struct census {
	const struct oom_census_plan *plan;
	atomic_uint_fast64_t next; // chunk
	atomic_uint_fast64_t done; // frames
	atomic_uint running;
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
};

struct worker {
	struct census *census;
	struct oom_census_walk *walk;
	struct oom_image *image; // a clone; NULL: the caller's own is used
	pthread_t thread;
	bool started;
};

/** A sample's units are counted from each run's start, so chunks must not cut the groups that one is chosen of. */
static uint64_t chunk_frames(const struct oom_census_plan *plan)
{
	uint64_t group = plan->sample * OOM_CENSUS_UNIT;
	return plan->sample == 1 || group >= CHUNK ? (group > CHUNK ? group : CHUNK) : CHUNK / group * group;
}

static uint64_t chunks_of(const struct oom_memmap_run *run, uint64_t frames)
{
	return (run->n + frames - 1) / frames;
}

static void work(struct worker *w)
{
	struct census *census = w->census;
	const struct oom_memmap_runs *runs = &census->plan->memmap.runs;
	uint64_t frames = chunk_frames(census->plan), first = 0, chunk = atomic_fetch_add(&census->next, 1);
	for (size_t i = 0; i < runs->n; i++) {
		const struct oom_memmap_run *run = &runs->v[i];
		uint64_t n = chunks_of(run, frames);
		for (; chunk < first + n; chunk = atomic_fetch_add(&census->next, 1)) {
			uint64_t at = (chunk - first) * frames, here = run->n - at < frames ? run->n - at : frames;
			oom_census_walk_frames(w->walk, run, run->pfn + at, run->pfn + at + here);
			atomic_fetch_add(&census->done, here);
			if (!w->started && census->progress)
				census->progress(census->progress_arg, atomic_load(&census->done),
						 census->plan->memmap.pages);
		}
		first += n;
	}
}

static void *run_thread(void *arg)
{
	struct worker *w = arg;
	work(w);
	atomic_fetch_sub(&w->census->running, 1);
	return NULL;
}

/** Threads that make sense: CPUs that we may use, chunks that there are. */
static size_t wanted(const struct oom_census_plan *plan)
{
	cpu_set_t cpus;
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
	uint64_t chunks = 0;
	for (size_t i = 0; i < plan->memmap.runs.n; i++)
		chunks += chunks_of(&plan->memmap.runs.v[i], chunk_frames(plan));
	uint64_t most = chunks < THREADS_MAX ? chunks : THREADS_MAX;
	return n < 1 ? 1 : (uint64_t)n < most ? (size_t)n : (size_t)most;
}

/** Starts a thread with a clone of the image; false: the backend cannot be cloned, or no thread is to be had. */
static bool start(struct worker *w, struct census *census)
{
	w->census = census;
	w->image = oom_image_clone(census->plan->image);
	w->walk = w->image ? oom_census_walk_new(census->plan, w->image) : NULL;
	if (!w->walk)
		return false;
	w->started = true;
	atomic_fetch_add(&census->running, 1);
	if (pthread_create(&w->thread, NULL, run_thread, w) == 0)
		return true;
	w->started = false;
	atomic_fetch_sub(&census->running, 1);
	return false;
}

static void wait_for(struct census *census, struct worker *workers, size_t n)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	while (census->progress && atomic_load(&census->running)) {
		census->progress(census->progress_arg, atomic_load(&census->done), census->plan->memmap.pages);
		nanosleep(&pause, NULL);
	}
	for (size_t i = 0; i < n; i++)
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
}

static void add_groups(struct oom_census_count *sum, const struct oom_census_count *part)
{
	for (size_t i = 0; i < part->groups.n; i++) {
		const struct oom_census_group *from = &part->groups.v[i];
		const uint64_t *known = oom_map_get(&sum->by_key, from->key);
		struct oom_census_group *to = known ? &sum->groups.v[*known] : oom_list_add(sum->arena, &sum->groups);
		if (!to)
			return;
		if (!known) {
			to->key = from->key;
			oom_map_add(&sum->by_key, from->key, sum->groups.n - 1);
		}
		to->anon += from->anon;
		to->file += from->file;
		to->shmem += from->shmem;
		to->kernel += from->kernel;
	}
}

static void add_count(const struct oom_census_plan *plan, struct oom_census_count *sum,
		      const struct oom_census_count *part)
{
	for (size_t i = 0; i < (plan->nr_nodes + 1) * OOM_CENSUS_BUCKETS; i++) {
		sum->pages[i] += part->pages[i];
		sum->squares[i] += part->squares[i];
	}
	sum->units += part->units;
	sum->looked_at += part->looked_at;
	sum->unreadable += part->unreadable;
	add_groups(sum, part);
	oom_owners_sum(&sum->owners, sum->arena, &part->owners);
}

/** The walk; the sum of it is in the first worker. False without memory. */
static bool run(struct census *census, struct worker *workers)
{
	size_t n = wanted(census->plan), started = 0;
	// One alone needs no thread, which a confined reader could not start either.
	while (n > 1 && started < n && start(&workers[started], census))
		started++;
	if (started) {
		wait_for(census, workers, started);
	} else { // one thread, and the image is its own
		oom_image_close(workers[0].image);
		oom_census_walk_free(workers[0].walk);
		workers[0] = (struct worker){.census = census};
		workers[0].walk = oom_census_walk_new(census->plan, census->plan->image);
		if (!workers[0].walk)
			return false;
		work(&workers[0]);
	}
	if (census->progress) // the end, for a bar to go
		census->progress(census->progress_arg, census->plan->memmap.pages, census->plan->memmap.pages);
	for (size_t i = 1; i < started; i++)
		add_count(census->plan, oom_census_walk_count(workers[0].walk), oom_census_walk_count(workers[i].walk));
	return true;
}

/* The plan. */

static void add_nodes(struct oom_census_plan *plan, const struct oom_case *c)
{
	struct oom_member start, spanned;
	bool known = oom_member(plan->image, "pglist_data", "node_start_pfn", &start) == OOM_OK &&
		     oom_member(plan->image, "pglist_data", "node_spanned_pages", &spanned) == OOM_OK;
	for (size_t i = 0; i < c->state->nodes.n && plan->nr_nodes < OOM_CENSUS_NODES; i++) {
		const struct oom_node *from = &c->state->nodes.v[i];
		struct oom_census_node *node = &plan->nodes[plan->nr_nodes];
		*node = (struct oom_census_node){.id = from->id};
		if (!from->zones.n) // without memory
			continue;
		plan->nr_nodes++;
		if (!known ||
		    oom_read_ulong(plan->image, (uint64_t)from->origin.at + start.offset, &node->pfn) != OOM_OK ||
		    oom_read_ulong(plan->image, (uint64_t)from->origin.at + spanned.offset, &node->n) != OOM_OK)
			node->pfn = node->n = 0;
	}
}

/** Do the flags of each node's first page name the node? Else (sections are in them) it is told by spans. */
static void check_node_shift(struct oom_census_plan *plan)
{
	struct oom_page_layout *l = &plan->page;
	for (size_t i = 0; i < plan->nr_nodes && l->node_shift; i++) {
		uint8_t raw[8];
		uint64_t addr = oom_memmap_addr(&plan->memmap, plan->nodes[i].pfn);
		if (!plan->nodes[i].n || !addr ||
		    oom_read(plan->image, addr + l->flags.at, raw, l->flags.size) != OOM_OK ||
		    (int64_t)(oom_get_uint(plan->image, raw, l->flags.size) >> l->node_shift) != plan->nodes[i].id)
			l->node_shift = 0;
	}
}

void oom_walk_census(struct oom_image *image, struct oom_case *c, uint64_t sample,
		     void (*progress)(void *arg, uint64_t done, uint64_t total), void *arg)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct oom_census_plan *plan = temp ? oom_alloc(temp, sizeof(*plan)) : NULL;
	struct worker *workers = temp ? oom_alloc(temp, THREADS_MAX * sizeof(*workers)) : NULL;
	if (!plan || !workers || !oom_case_state(c))
		return;
	plan->image = image;
	plan->sample = sample ? sample : 1;
	// What the census reads belongs into no slim dump.
	bool tracked = oom_image_track(image, false);
	if (oom_page_layout_find(&plan->page, image, c) && oom_memmap_find(&plan->memmap, image, c, temp)) {
		add_nodes(plan, c);
		check_node_shift(plan);
		oom_pagesets_find(plan, c);
		oom_owners_find(plan, c);
		struct census census = {.plan = plan, .progress = progress, .progress_arg = arg};
		if (run(&census, workers))
			oom_census_add(plan, oom_census_walk_count(workers[0].walk), c);
	}
	for (size_t i = 0; i < THREADS_MAX; i++) {
		oom_census_walk_free(workers[i].walk);
		oom_image_close(workers[i].image);
	}
	oom_map_free(&plan->sets);
	oom_map_free(&plan->chunks);
	oom_image_track(image, tracked);
}
