// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A dump file as a run of bytes: a plain file, or one in makedumpfile's flattened format, rearranged on the fly.
 */
#ifndef OOM_SOURCE_H
#define OOM_SOURCE_H

#include <oomortem/base.h>

struct oom_source;

/**
 * @param[in] fd open for reading, seekable; the source owns it from now on, also on failure
 * @param[out] ret free with oom_source_close()
 * @return OOM_OK, OOM_EREAD, OOM_EDAMAGE (a flattened file whose records make no sense), OOM_ENOMEM
 */
enum oom_status oom_source_open(int fd, struct oom_source **ret, struct oom_error *err);
void oom_source_close(struct oom_source *source);
/** Bytes that were read from @p offset on: @p len, or fewer where the file ends. */
size_t oom_source_read(const struct oom_source *source, uint64_t offset, void *buf, size_t len);
/** Bytes from 0 to the end of the last byte that is there. */
uint64_t oom_source_size(const struct oom_source *source);
bool oom_source_is_flat(const struct oom_source *source);
/** False: a flattened file without its end mark, so without the records that should follow, or with a gap in it that is
 * no padding. */
bool oom_source_is_whole(const struct oom_source *source);
/** The plain file's descriptor, which stays the source's. */
int oom_source_fd(const struct oom_source *source);

/** A cache of @p n pieces of 4 kB of @p source, for many small reads of bitmaps and tables; NULL without memory. */
struct oom_chunks;
struct oom_chunks *oom_chunks_new(const struct oom_source *source, size_t n);
void oom_chunks_free(struct oom_chunks *chunks);
/** False unless all @p len bytes are there. */
bool oom_chunks_read(struct oom_chunks *chunks, uint64_t offset, void *buf, size_t len);

#endif
