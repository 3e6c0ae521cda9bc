// SPDX-License-Identifier: GPL-2.0-or-later
/** @file case.json out ("oomortem-case/1"): the facts of a case, nothing lost. src/case/read.c reads it. */
#include "report/json.h"

enum oom_status oom_case_write(FILE *out, const struct oom_case *c, struct oom_error *err)
{
	struct jsonw w;
	jw_init(&w, out, false, JW_CASE);
	jw_open(&w, NULL, '{', false);
	jw_str(&w, "schema", "oomortem-case/1");
	rp_json_fields(&w, &oom_schema_case, c, OOM_IN_CASE);
	jw_close(&w);
	return jw_end(&w) ? OOM_OK : oom_fail(err, OOM_EWRITE, "the case could not be written");
}
