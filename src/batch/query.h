// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Questions to incidents.db, and their answers as text, CSV or JSON. */
#ifndef OOM_BATCH_QUERY_H
#define OOM_BATCH_QUERY_H

#include "batch/db.h"

/** Which incidents, in which order; NULL and OOM_ABSENT: whatever. Names may be patterns as in the shell ("6.1*"). */
struct batch_query {
	const char *sort; /**< a column; NULL: time */
	const char *cause, *host, *culprit, *release;
	int64_t since_s, until_s; /**< incidents of which no time is known are left out where one is given */
	bool by_signature;	  /**< groups of equal signatures instead of single incidents */
};

enum batch_shape { BATCH_AS_TEXT, BATCH_AS_CSV, BATCH_AS_JSON };

/** The columns that can be sorted by, "time, host …". */
const char *batch_sort_keys(bool by_signature);

/**
 * Writes what the query finds: a table; CSV by RFC 4180 with a head; JSON, one object a line.
 * @return OOM_OK; OOM_EINVAL: no such sort key; OOM_EREAD: the database fails. Errors of @p out stay in it.
 */
enum oom_status batch_list(struct batch_db *db, const struct batch_query *query, enum batch_shape shape, FILE *out,
			   struct oom_error *err);
/** The @p most most frequent signatures, one line each. */
void batch_print_groups(struct batch_db *db, FILE *out, int most);
/** Writes incidents.jsonl: each incident with its findings and tasks. OOM_OK, OOM_EREAD. */
enum oom_status batch_write_jsonl(struct batch_db *db, FILE *out, struct oom_error *err);

#endif
