// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The structs of the case as tables of fields. One table serves initialising (everything absent), the JSON report,
 * and case.json out and in. The name of a field is its key in JSON.
 */
#ifndef OOM_SCHEMA_H
#define OOM_SCHEMA_H

#include <oomortem/case.h>

enum oom_field_type {
	OOM_F_INT,   /**< int64_t, OOM_ABSENT → null */
	OOM_F_LIMIT, /**< int64_t, OOM_ABSENT → null, OOM_UNLIMITED → null in a report, "max" in case.json */
	OOM_F_BOOL,  /**< bool */
	OOM_F_TRI,   /**< oom_tri → true, false, null */
	OOM_F_STR,   /**< const char *, NULL → null */
	OOM_F_US,    /**< int64_t microseconds; the key ends in "_s" and the JSON value is in seconds */
	OOM_F_HEX,   /**< int64_t → "0x…" */
	OOM_F_ENUM,  /**< an enum (int) with ids in `names` */
	OOM_F_STRS,  /**< struct oom_strings → array */
	OOM_F_INTS,  /**< struct oom_ints → array */
	OOM_F_OBJ,   /**< an embedded struct of `sub` */
	OOM_F_OPT,   /**< a pointer to a struct of `sub`, NULL → null */
	OOM_F_LIST,  /**< an OOM_LIST of structs of `sub`; known false → null */
};

/** Where a field is written. */
enum oom_field_use {
	OOM_IN_REPORT = 1, /**< the JSON report has it */
	OOM_IN_CASE = 2,   /**< case.json has it */
	OOM_IN_BOTH = 3,
};

struct oom_schema;

struct oom_field {
	const char *name;
	enum oom_field_type type;
	enum oom_field_use use;
	size_t offset;		      /**< bytes in the struct */
	const struct oom_schema *sub; /**< OBJ, OPT, LIST */
	const char *const *names;     /**< ENUM: ids by value, NULL at the end */
};

struct oom_schema {
	const char *name; /**< for messages: "task", "zone" … */
	size_t size;	  /**< bytes of the struct */
	const struct oom_field *fields;
	size_t nr_fields;
};

extern const struct oom_schema oom_schema_origin, oom_schema_input, oom_schema_system, oom_schema_config,
	oom_schema_memory, oom_schema_counters, oom_schema_free_area, oom_schema_zone, oom_schema_node, oom_schema_task,
	oom_schema_mapping, oom_schema_memcg, oom_schema_slab, oom_schema_hugetlb, oom_schema_shmem, oom_schema_swap,
	oom_schema_tmpfs, oom_schema_zram, oom_schema_vmalloc, oom_schema_protocol, oom_schema_totals,
	oom_schema_census, oom_schema_census_row, oom_schema_census_memcg, oom_schema_census_stack, oom_schema_activity,
	oom_schema_note, oom_schema_alloc_site, oom_schema_state, oom_schema_trigger, oom_schema_victim,
	oom_schema_stat, oom_schema_event_memcg, oom_schema_event, oom_schema_case;

/** Makes every fact of the struct at @p object (zeroed before) absent, embedded structs too. */
void oom_schema_init(const struct oom_schema *schema, void *object);

/** The head that every OOM_LIST struct begins with, for code that walks a schema. */
struct oom_any_list {
	void *v;
	size_t n, cap;
	bool known;
};

#endif
