// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The public door to the renderers. */
#include "report/report.h"
#include "report/json.h"
#include "report/ticket.h"

size_t oom_max_size(enum oom_format format)
{
	switch (format) {
	case OOM_MARKDOWN:
		return 65536; // a comment on GitHub, in characters; GitLab and ServiceNow take more
	case OOM_JIRA:
		return 32767; // jira.text.field.character.limit
	default:
		return 0;
	}
}

enum oom_status oom_report(FILE *out, enum oom_format format, const struct oom_case *c, const struct oom_diagnosis *d,
			   const struct oom_report_options *options, struct oom_error *err)
{
	size_t max = options->max_size ? options->max_size : oom_max_size(format);
	switch (format) {
	case OOM_TEXT:
		return rp_text(out, c, d, options, err);
	case OOM_JSON:
		return rp_json(out, c, d, options, err);
	case OOM_MARKDOWN:
		return tk_report(out, markdown_write, max, c, d, options, err);
	case OOM_JIRA:
		return tk_report(out, jira_write, max, c, d, options, err);
	case OOM_HTML:
		return tk_report(out, html_write, max, c, d, options, err);
	default:
		return oom_fail(err, OOM_EINVAL, "this build writes no such format");
	}
}
