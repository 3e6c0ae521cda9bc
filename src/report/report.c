// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The public door to the renderers. */
#include "report/report.h"
#include "report/json.h"

enum oom_status oom_report(FILE *out, enum oom_format format, const struct oom_case *c, const struct oom_diagnosis *d,
			   const struct oom_report_options *options, struct oom_error *err)
{
	static const char *const names[] = {"text", "markdown", "html", "json", "jira"};
	if (format == OOM_TEXT)
		return rp_text(out, c, d, options, err);
	if (format == OOM_JSON)
		return rp_json(out, c, d, options, err);
	return oom_fail(err, OOM_EINVAL, "this build writes no %s, only text and json",
			(size_t)format < sizeof(names) / sizeof(names[0]) ? names[format] : "such format");
}
