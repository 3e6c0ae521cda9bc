// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Files as bytes, flattened ones through an index of their records.
 *
 * Flattened format (makedumpfile.h of makedumpfile 1.7, struct makedumpfile_header and makedumpfile_data_header; all
 * numbers big endian):
 *
 *   0     "makedumpfile\0…" 16 bytes, type 8, version 8, padding up to 4096
 *   4096  offset 8, size 8, size bytes that belong at offset · offset, size, bytes · … · -1, -1
 *
 * A record that overlaps an earlier one replaces it: the dump's header is written again at the end. Only the records'
 * places are kept, 24 bytes each; their bytes stay in the file.
 */
#include "image/source.h"
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FLAT_HEADER = 4096,
	MAX_OVERLAP = 64,
	// Bytes between two records that may be padding, which makedumpfile -R leaves as a hole. A longer gap is no
	// padding: a record is lost, or one has a broken place.
	MAX_GAP = 1 << 20,
};
static const char FLAT_SIGNATURE[16] = "makedumpfile";

struct record {
	uint64_t at, len; // in the rearranged file
	uint64_t pos;	  // in the flattened file
};

struct records {
	struct record *v;
	size_t n, cap;
};

struct oom_source {
	int fd;
	uint64_t size; // of the rearranged file
	bool flat, whole;
	struct records pieces; // sorted by `at`, without overlaps
};

/** pread() until @p len bytes, the end of the file, or an error; the bytes read. */
static size_t pread_all(int fd, void *buf, size_t len, uint64_t pos)
{
	size_t n = 0;
	while (n < len) {
		ssize_t got = pread(fd, (char *)buf + n, len - n, (off_t)(pos + n));
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	return n;
}

static bool push(struct records *list, struct record r)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 1024;
		struct record *v = realloc(list->v, cap * sizeof(*v));
		if (!v)
			return false;
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = r;
	return true;
}

static bool before(const struct record *a, const struct record *b)
{
	return a->at != b->at ? a->at < b->at : a->pos < b->pos;
}

static void sink(struct record *v, size_t i, size_t n)
{
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && before(&v[child], &v[child + 1]))
			child++;
		if (!before(&v[i], &v[child]))
			return;
		struct record r = v[i];
		v[i] = v[child];
		v[child] = r;
	}
}

/** By place, in place: qsort() would take as much memory again, and QEMU writes a record for each 16 kB. */
static void sort(struct records *list)
{
	struct record *v = list->v;
	for (size_t i = list->n / 2; i-- > 0;)
		sink(v, i, list->n);
	for (size_t n = list->n; n > 1; n--) {
		struct record r = v[0];
		v[0] = v[n - 1];
		v[n - 1] = r;
		sink(v, 0, n - 1);
	}
}

/** Reads the heads of all records. A file that ends early keeps what it has. */
static enum oom_status scan(struct oom_source *s, uint64_t file_size, struct oom_error *err)
{
	for (uint64_t pos = FLAT_HEADER; pos + 16 <= file_size;) {
		uint64_t head[2];
		if (pread_all(s->fd, head, sizeof(head), pos) != sizeof(head))
			return OOM_OK;
		uint64_t at = be64toh(head[0]), len = be64toh(head[1]);
		if (at == UINT64_MAX && len == UINT64_MAX) {
			s->whole = true;
			return OOM_OK;
		}
		if (at > INT64_MAX || len > INT64_MAX || at + len > INT64_MAX || len == 0)
			return s->pieces.n
				       ? OOM_OK
				       : oom_fail(err, OOM_EDAMAGE, "is a flattened dump with a broken first record");
		pos += 16;
		uint64_t there = file_size - pos < len ? file_size - pos : len;
		if (there && !push(&s->pieces, (struct record){at, there, pos}))
			return oom_fail(err, OOM_ENOMEM, "out of memory for the index of a flattened dump");
		pos += len;
	}
	return OOM_OK;
}

/** Of the records that are there at one place, the last in the file holds. They are in no order. */
struct overlap {
	struct record v[MAX_OVERLAP];
	size_t n;
};

/** Drops what ended before @p at, and yields the one that holds there; NULL if there is none. *next: where that ends.
 */
static const struct record *holder(struct overlap *o, uint64_t at, uint64_t *next)
{
	const struct record *last = NULL;
	for (size_t i = 0; i < o->n;) {
		uint64_t end = o->v[i].at + o->v[i].len;
		if (end <= at) {
			o->v[i] = o->v[--o->n];
			continue;
		}
		*next = end < *next ? end : *next;
		i++;
	}
	for (size_t i = 0; i < o->n; i++)
		if (!last || o->v[i].pos > last->pos)
			last = &o->v[i];
	return last;
}

/** Cuts @p n records that overlap, sorted by place, into pieces that do not. */
static enum oom_status cut(const struct record *v, size_t n, struct records *pieces, struct oom_error *err)
{
	struct overlap o = {.n = 0};
	uint64_t at = v[0].at;
	for (size_t i = 0;;) {
		uint64_t next = UINT64_MAX;
		const struct record *r = holder(&o, at, &next);
		if (i < n && v[i].at <= at) {
			if (o.n == MAX_OVERLAP)
				return oom_fail(err, OOM_EDAMAGE,
						"is a flattened dump whose records overlap too often");
			o.v[o.n++] = v[i++];
			continue;
		}
		if (!r)
			return OOM_OK;
		if (i < n && v[i].at < next)
			next = v[i].at;
		if (!push(pieces, (struct record){at, next - at, r->pos + (at - r->at)}))
			return oom_fail(err, OOM_ENOMEM, "out of memory for the index of a flattened dump");
		at = next;
	}
}

/** Sorts the records, and replaces those that overlap, which are few, by pieces that do not. */
static enum oom_status settle(struct records *records, struct oom_error *err)
{
	struct records pieces = {NULL, 0, 0};
	enum oom_status status = OOM_OK;
	size_t kept = 0;
	sort(records);
	for (size_t i = 0, n; i < records->n && status == OOM_OK; i += n) {
		const struct record *v = records->v + i;
		uint64_t end = v[0].at + v[0].len;
		for (n = 1; i + n < records->n && v[n].at < end; n++)
			end = v[n].at + v[n].len > end ? v[n].at + v[n].len : end;
		if (n > 1)
			status = cut(v, n, &pieces, err);
		else
			records->v[kept++] = v[0];
	}
	records->n = kept;
	for (size_t i = 0; i < pieces.n && status == OOM_OK; i++)
		if (!push(records, pieces.v[i]))
			status = oom_fail(err, OOM_ENOMEM, "out of memory for the index of a flattened dump");
	if (pieces.n)
		sort(records);
	free(pieces.v);
	return status;
}

/** Bytes that no record holds before piece @p i. */
static uint64_t gap_before(const struct oom_source *s, size_t i)
{
	const struct record *v = s->pieces.v;
	return i ? v[i].at - (v[i - 1].at + v[i - 1].len) : v[i].at;
}

static enum oom_status open_flat(struct oom_source *s, uint64_t file_size, struct oom_error *err)
{
	s->flat = true;
	enum oom_status status = scan(s, file_size, err);
	if (status == OOM_OK)
		status = settle(&s->pieces, err);
	for (size_t i = 0; i < s->pieces.n; i++)
		if (gap_before(s, i) > MAX_GAP)
			s->whole = false;
	const struct record *last = s->pieces.n ? &s->pieces.v[s->pieces.n - 1] : NULL;
	s->size = last ? last->at + last->len : 0;
	return status;
}

enum oom_status oom_source_open(int fd, struct oom_source **ret, struct oom_error *err)
{
	struct oom_source *s = calloc(1, sizeof(*s));
	struct stat st;
	if (!s || fstat(fd, &st) != 0) {
		free(s);
		close(fd);
		return oom_fail(err, s ? OOM_EREAD : OOM_ENOMEM, "cannot be read");
	}
	s->fd = fd;
	// A device or /proc/vmcore tells its size by seeking, not by stat.
	off_t end = st.st_size ? st.st_size : lseek(fd, 0, SEEK_END);
	s->size = end > 0 ? (uint64_t)end : 0;
	char signature[sizeof(FLAT_SIGNATURE)];
	enum oom_status status = OOM_OK;
	if (pread_all(fd, signature, sizeof(signature), 0) == sizeof(signature) &&
	    memcmp(signature, FLAT_SIGNATURE, sizeof(signature)) == 0)
		status = open_flat(s, s->size, err);
	else
		s->whole = true;
	if (status != OOM_OK) {
		oom_source_close(s);
		return status;
	}
	*ret = s;
	return OOM_OK;
}

void oom_source_close(struct oom_source *source)
{
	if (!source)
		return;
	close(source->fd);
	free(source->pieces.v);
	free(source);
}

/** Index of the first piece that ends behind @p at. */
static size_t first_behind(const struct records *pieces, uint64_t at)
{
	size_t low = 0, high = pieces->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (pieces->v[mid].at + pieces->v[mid].len <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t read_flat(const struct oom_source *s, uint64_t offset, char *buf, size_t len)
{
	size_t done = 0;
	for (size_t i = first_behind(&s->pieces, offset); done < len && i < s->pieces.n; i++) {
		const struct record *r = &s->pieces.v[i];
		if (r->at > offset + done) {
			// Nothing was written there: zeros once all records are there, else perhaps lost.
			if (!s->whole)
				break;
			uint64_t hole = r->at - (offset + done);
			size_t gap = hole < len - done ? (size_t)hole : len - done;
			memset(buf + done, 0, gap);
			done += gap;
			if (done == len)
				break;
		}
		uint64_t skip = offset + done - r->at;
		size_t piece = r->len - skip < len - done ? (size_t)(r->len - skip) : len - done;
		size_t got = pread_all(s->fd, buf + done, piece, r->pos + skip);
		done += got;
		if (got < piece)
			break;
	}
	return done;
}

size_t oom_source_read(const struct oom_source *source, uint64_t offset, void *buf, size_t len)
{
	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return 0;
	return source->flat ? read_flat(source, offset, buf, len) : pread_all(source->fd, buf, len, offset);
}

uint64_t oom_source_size(const struct oom_source *source)
{
	return source->size;
}

bool oom_source_is_flat(const struct oom_source *source)
{
	return source->flat;
}

bool oom_source_is_whole(const struct oom_source *source)
{
	return source->whole;
}

int oom_source_fd(const struct oom_source *source)
{
	return source->fd;
}

/* Small reads. */

enum { CHUNK = 4096 };

struct chunk {
	uint64_t number; // + 1; 0: empty
	size_t len;
	unsigned char bytes[CHUNK];
};

struct oom_chunks {
	const struct oom_source *source;
	size_t n;
	struct chunk v[];
};

struct oom_chunks *oom_chunks_new(const struct oom_source *source, size_t n)
{
	struct oom_chunks *chunks = calloc(1, sizeof(*chunks) + n * sizeof(chunks->v[0]));
	if (chunks) {
		chunks->source = source;
		chunks->n = n;
	}
	return chunks;
}

void oom_chunks_free(struct oom_chunks *chunks)
{
	free(chunks);
}

bool oom_chunks_read(struct oom_chunks *chunks, uint64_t offset, void *buf, size_t len)
{
	while (len) {
		uint64_t number = offset / CHUNK;
		struct chunk *c = &chunks->v[number % chunks->n];
		if (c->number != number + 1) {
			c->len = oom_source_read(chunks->source, number * CHUNK, c->bytes, CHUNK);
			c->number = number + 1;
		}
		size_t from = (size_t)(offset % CHUNK);
		size_t piece = CHUNK - from < len ? CHUNK - from : len;
		if (c->len < from + piece)
			return false;
		memcpy(buf, c->bytes + from, piece);
		buf = (char *)buf + piece;
		offset += piece;
		len -= piece;
	}
	return true;
}
