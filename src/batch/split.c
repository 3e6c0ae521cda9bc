// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The parts of a split dump (makedumpfile --split), found by their headers: the blocks before `status` are those of one
 * run on one machine (signature, version, utsname, time of the crash), as src/image/diskdump.c demands of the parts.
 */
#include "batch/batch.h"
#include "image/diskdump.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEADER = 464, SUB = 104, MAX_PARTS = 256 };

static uint64_t number(const uint8_t *raw, size_t size, bool big)
{
	uint64_t value = 0;
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)raw[i] << (big ? size - 1 - i : i) * 8;
	return value;
}

/** A header is read in the order and width of words in which its sizes make sense. */
static const struct oom_diskdump_layout *find_layout(const uint8_t *header, bool *big)
{
	static const struct {
		uint8_t layout;
		bool big;
	} tries[] = {{0, false}, {2, false}, {0, true}, {2, true}};
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		const struct oom_diskdump_layout *l = &oom_diskdump_layouts[tries[i].layout];
		*big = tries[i].big;
		uint64_t block = number(header + l->block_size, 4, *big),
			 sub = number(header + l->sub_hdr_size, 4, *big);
		uint64_t blocks = number(header + l->bitmap_blocks, 4, *big);
		if (block < 4096 || block > 262144 || (block & (block - 1)) || !sub || sub > 16384 || !blocks ||
		    number(header + 8, 4, *big) > 100 || blocks * block * 8 < number(header + l->max_mapnr, 4, *big))
			continue;
		const char *machine = (const char *)header + OOM_DISKDUMP_UTSNAME + 4 * OOM_UTS_LEN;
		bool at_8 = l->word == 4 && (strncmp(machine, "arm", 3) == 0 || strncmp(machine, "ppc", 3) == 0 ||
					     strncmp(machine, "mips", 4) == 0);
		return at_8 ? &oom_diskdump_layouts[1] : l;
	}
	return NULL;
}

bool batch_part_read(int fd, struct batch_part *ret)
{
	uint8_t header[HEADER], sub[SUB];
	bool big;
	if (pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header) || memcmp(header, "KDUMP   ", 8) != 0)
		return false;
	const struct oom_diskdump_layout *l = find_layout(header, &big);
	uint64_t version = l ? number(header + OOM_DISKDUMP_VERSION, 4, big) : 0;
	if (version < 2 ||
	    pread(fd, sub, sizeof(sub), (off_t)number(header + l->block_size, 4, big)) != (ssize_t)sizeof(sub) ||
	    !number(sub + l->split, 4, big))
		return false;
	ret->dump = batch_hash(0, header, l->status);
	ret->start = version >= 6 ? number(sub + l->start_64, 8, big) : number(sub + l->start, l->word, big);
	return true;
}

struct found {
	struct batch_part part;
	uint64_t folder; // hash of the folder's path
	size_t at;	 // in the list of inputs
};

static int by_dump(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	if (x->part.dump != y->part.dump)
		return x->part.dump < y->part.dump ? -1 : 1;
	if (x->folder != y->folder)
		return x->folder < y->folder ? -1 : 1;
	if (x->part.start != y->part.start)
		return x->part.start < y->part.start ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/** The first input takes over the paths of the others, which become empty. */
static bool join(struct batch_inputs *list, const struct found *v, size_t n)
{
	char **paths = calloc(n, sizeof(*paths));
	if (!paths)
		return false;
	struct batch_input *first = &list->v[v[0].at];
	for (size_t i = 0; i < n; i++) {
		struct batch_input *input = &list->v[v[i].at];
		paths[i] = input->paths[0];
		if (!i)
			continue;
		free(input->paths);
		input->paths = NULL;
		input->nr_paths = 0;
		first->size += input->size;
		first->named |= input->named;
		if (input->mtime_ns > first->mtime_ns)
			first->mtime_ns = input->mtime_ns;
	}
	free(first->paths);
	first->paths = paths;
	first->nr_paths = n;
	return true;
}

/** Parts of one dump in one folder, no two of them for the same frames: a second copy is another input. */
static size_t group(const struct found *v, size_t n)
{
	size_t len = 1;
	while (len < n && len < MAX_PARTS && v[len].part.dump == v[0].part.dump && v[len].folder == v[0].folder &&
	       v[len].part.start != v[len - 1].part.start)
		len++;
	return len;
}

enum oom_status batch_join_parts(struct batch_inputs *list)
{
	struct found *found = calloc(list->n + 1, sizeof(*found));
	size_t n = 0;
	bool fits = found != NULL;
	for (size_t i = 0; found && i < list->n; i++) {
		const struct batch_input *input = &list->v[i];
		if (input->folder || input->maybe)
			continue;
		int fd = open(input->paths[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		const char *slash = strrchr(input->paths[0], '/');
		found[n].at = i;
		found[n].folder = batch_hash(0, input->paths[0], slash ? (size_t)(slash - input->paths[0]) : 0);
		n += fd >= 0 && batch_part_read(fd, &found[n].part);
		if (fd >= 0)
			close(fd);
	}
	if (n)
		qsort(found, n, sizeof(*found), by_dump);
	for (size_t i = 0, len; fits && i < n; i += len) {
		len = group(found + i, n - i);
		fits = len == 1 || join(list, found + i, len);
	}
	free(found);
	size_t kept = 0;
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].nr_paths)
			list->v[kept++] = list->v[i];
	list->n = kept;
	return fits ? OOM_OK : OOM_ENOMEM;
}
