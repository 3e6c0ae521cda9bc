// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Which inputs there are: by the first bytes of each file, never by its name. Links in folders are not followed.
 */
#include "batch/batch.h"
#include "open/internal.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 100, HEAD = 64 * 1024 };

struct collector {
	struct batch_inputs *list;
	const struct batch_options *options;
	const struct batch_ui *ui;
	struct stat out; // the folder where results go: not an input
	bool has_out, no_memory;
};

static void refuse(struct collector *c, const char *path, const char *why)
{
	c->list->refused++;
	if (c->ui->refused)
		c->ui->refused(c->ui->arg, path, why);
}

static struct batch_input *add(struct collector *c, const char *path, const struct stat *st)
{
	struct batch_inputs *list = c->list;
	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 256;
		struct batch_input *more = reallocarray(list->v, cap, sizeof(*more));
		if (!more) {
			c->no_memory = true;
			return NULL;
		}
		list->v = more;
		list->cap = cap;
	}
	struct batch_input *input = &list->v[list->n];
	*input = (struct batch_input){.paths = calloc(1, sizeof(char *)), .nr_paths = 1};
	if (!input->paths || !(input->paths[0] = strdup(path))) {
		free(input->paths);
		c->no_memory = true;
		return NULL;
	}
	input->size = st->st_size;
	input->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	input->dev = st->st_dev;
	input->ino = st->st_ino;
	list->n++;
	return input;
}

/** What a file is; false: not an input, @p why. */
static bool is_input(int fd, bool *maybe, const char **why)
{
	static uint8_t head[HEAD];
	const char *what = NULL;
	ssize_t len = pread(fd, head, sizeof(head), 0);
	if (len < 0) {
		*why = strerror(errno);
		return false;
	}
	enum oom_content content = oom_recognise(head, (size_t)len, &what);
	*maybe = content == OOM_CONTENT_PACKED || content == OOM_CONTENT_ARCHIVE || content == OOM_CONTENT_TEXT;
	*why = content == OOM_CONTENT_EMPTY ? "empty" : what ? what : "not a dump, kernel log, or case.json";
	if (content == OOM_CONTENT_TEXT)
		return oom_has_oom_words(head, (size_t)len);
	return content == OOM_CONTENT_PACKED || content == OOM_CONTENT_ARCHIVE || content == OOM_CONTENT_DUMP ||
	       content == OOM_CONTENT_LOG || content == OOM_CONTENT_CASE;
}

static void take_file(struct collector *c, const char *path, bool named)
{
	struct stat st;
	bool maybe = false;
	const char *why = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (named ? 0 : O_NOFOLLOW));
	if (fd < 0) {
		// What lies in a folder and cannot be opened may be an input: it is told, links are not.
		if (named || errno != ELOOP)
			refuse(c, path, strerror(errno));
		return;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		if (named)
			refuse(c, path, "not a file or folder");
	} else if (!is_input(fd, &maybe, &why) && !named) {
		c->list->others++;
	} else {
		struct batch_input *input = add(c, path, &st);
		if (input) {
			input->named = named;
			input->maybe = maybe;
		}
	}
	close(fd);
}

/** The folder as one input; as old as the newest of the files that make it. */
static void take_folder(struct collector *c, const char *path, const char *const *files, size_t n, bool named)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return;
	struct batch_input *input = add(c, path, &st);
	if (!input)
		return;
	input->folder = true;
	input->named = named;
	input->size = 0;
	for (size_t i = 0; i < n; i++) {
		if (!*files[i] || stat(files[i], &st) != 0)
			continue;
		int64_t mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		input->size += st.st_size;
		input->mtime_ns = i == 0 || mtime > input->mtime_ns ? mtime : input->mtime_ns;
	}
}

static void walk(struct collector *c, const char *path, bool named, int depth);

static void visit(struct collector *c, const char *path, unsigned char type, int depth)
{
	struct stat st;
	if (type == DT_UNKNOWN && lstat(path, &st) == 0)
		type = S_ISDIR(st.st_mode) ? DT_DIR : S_ISREG(st.st_mode) ? DT_REG : DT_LNK;
	if (type == DT_DIR)
		walk(c, path, false, depth + 1);
	else if (type == DT_REG)
		take_file(c, path, false);
}

static int name_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/** All that lies in a folder but the two files @p except, which are already part of an input. */
static void walk_entries(struct collector *c, const char *path, const char *const except[2], bool named, int depth)
{
	struct dirent **entries;
	int n = scandir(path, &entries, no_dots, name_order);
	if (n < 0) {
		if (named || errno != ENOENT)
			refuse(c, path, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		char at[PATH_MAX];
		size_t len = strlen(path);
		int used = snprintf(at, sizeof(at), "%s%s%s", path, len && path[len - 1] == '/' ? "" : "/",
				    entries[i]->d_name);
		bool part = strcmp(entries[i]->d_name, except[0]) == 0 || strcmp(entries[i]->d_name, except[1]) == 0;
		if (used > 0 && (size_t)used < sizeof(at) && !part)
			visit(c, at, entries[i]->d_type, depth);
		free(entries[i]);
	}
	free(entries);
}

static void walk(struct collector *c, const char *path, bool named, int depth)
{
	struct stat st;
	struct oom_folder folder = {.dump = "", .log = ""};
	const char *except[2] = {"", ""};
	if (depth > DEPTH_MAX || stat(path, &st) != 0)
		return;
	if (c->has_out && st.st_dev == c->out.st_dev && st.st_ino == c->out.st_ino)
		return;
	if (oom_sos_is_folder(path)) {
		take_folder(c, path, NULL, 0, named);
		return;
	}
	// A dump alone, or a log alone, is an input as the file that it is.
	if (oom_folder_find(&folder, path, NULL) == OOM_OK && folder.dump[0] && folder.log[0]) {
		const char *const files[] = {folder.dump, folder.log};
		int fd = open(folder.dump, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		struct batch_part part;
		if (fd < 0 || !batch_part_read(fd, &part)) {
			take_folder(c, path, files, 2, named);
			except[0] = folder.dump_name;
			except[1] = folder.log_name;
		}
		if (fd >= 0)
			close(fd);
	} else if (folder.dump[0]) {
		// Named as kdump names it: if it is damaged beyond recognition, that is to be told.
		take_file(c, folder.dump, true);
		except[0] = folder.dump_name;
	}
	walk_entries(c, path, except, named, depth);
}

enum oom_status batch_collect(struct batch_inputs *list, const char *path, const struct batch_options *options,
			      const struct batch_ui *ui)
{
	struct collector c = {.list = list, .options = options, .ui = ui};
	struct stat st;
	c.has_out = options->dir && stat(options->dir, &c.out) == 0;
	if (stat(path, &st) != 0)
		refuse(&c, path, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		walk(&c, path, true, 0);
	else
		take_file(&c, path, true);
	return c.no_memory ? OOM_ENOMEM : OOM_OK;
}

/* When all are there. */

static void input_free(struct batch_input *input)
{
	for (size_t i = 0; i < input->nr_paths; i++)
		free(input->paths[i]);
	free(input->paths);
	free(input->token);
}

void batch_inputs_free(struct batch_inputs *list)
{
	for (size_t i = 0; i < list->n; i++)
		input_free(&list->v[i]);
	free(list->v);
	*list = (struct batch_inputs){0};
}

/**
 * Hashes of names can be tried out, so with a redactor they are those of tokens.
 * @return false: no memory
 */
static bool set_keys(struct batch_input *input, struct oom_redactor *redact)
{
	char *real = realpath(input->paths[0], NULL);
	if (redact) {
		char *token = oom_redact_path(redact, real ? real : input->paths[0]);
		free(real);
		real = token;
		input->token = oom_redact_path(redact, input->paths[0]);
		if (!real || !input->token) {
			free(real);
			return false;
		}
	}
	const char *path = real ? real : input->paths[0];
	uint64_t key = batch_hash(0, path, strlen(path) + 1);
	uint64_t identity = batch_hash(key, &input->size, sizeof(input->size));
	uint64_t ino = input->ino;
	identity = batch_hash(identity, &input->mtime_ns, sizeof(input->mtime_ns));
	identity = batch_hash(identity, &ino, sizeof(ino));
	identity = batch_hash(identity, &input->nr_paths, sizeof(input->nr_paths));
	batch_hex(key, input->key);
	batch_hex(identity, input->identity);
	free(real);
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct batch_input *x = a, *y = b;
	int order = strcmp(x->key, y->key);
	return order ? order : (int)y->named - (int)x->named;
}

static int by_path(const void *a, const void *b)
{
	const struct batch_input *x = a, *y = b;
	return strcmp(x->paths[0], y->paths[0]);
}

enum oom_status batch_settle(struct batch_inputs *list, const struct batch_options *options)
{
	enum oom_status status = batch_join_parts(list);
	size_t kept = 0;
	for (size_t i = 0; i < list->n; i++)
		if (!set_keys(&list->v[i], options->open.redact))
			return OOM_ENOMEM;
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_key);
	for (size_t i = 0; i < list->n; i++) {
		struct batch_input *input = &list->v[i];
		bool twice = kept && strcmp(list->v[kept - 1].key, input->key) == 0;
		bool older = oom_known(options->newer_than_ns) && input->mtime_ns <= options->newer_than_ns;
		bool beyond = !batch_in_shard(input, options->shard, options->shards);
		list->older += !twice && older;
		list->beyond += !twice && !older && beyond;
		if (twice || older || beyond)
			input_free(input);
		else
			list->v[kept++] = *input;
	}
	list->n = kept;
	if (kept)
		qsort(list->v, kept, sizeof(*list->v), by_path);
	return status;
}
