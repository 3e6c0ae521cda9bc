// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Free text: log lines, panic messages, reasons. At the start of each word it is asked in turn whether a known name, a
 * word that announces a name ("user=", "oom_memcg="), or something that is told by its shape begins there. What is
 * hidden once too often costs a word; what is not hidden cannot be taken back.
 */
#include "report/redact.h"

struct at {
	struct oom_redactor *r;
	const char *text; // the whole line
	size_t len, i;
	struct rd_out *out;
};

static const char *here(const struct at *a)
{
	return a->text + a->i;
}

static size_t left(const struct at *a)
{
	return a->len - a->i;
}

static bool take(struct at *a, const char *literal)
{
	size_t n = strlen(literal);
	if (left(a) < n || memcmp(here(a), literal, n) != 0)
		return false;
	rd_put(a->out, here(a), n);
	a->i += n;
	return true;
}

/** Writes the token of the next @p len bytes and moves behind them. */
static bool hide(struct at *a, enum rd_class class, size_t len)
{
	if (!len)
		return false;
	rd_token(a->r, class, here(a), len, a->out);
	a->i += len;
	return true;
}

static bool keep(struct at *a, size_t len)
{
	rd_put(a->out, here(a), len);
	a->i += len;
	return len > 0;
}

/* Words that announce a name. */

/** Bytes before the first of @p ends, which are tried in turn; without any all of the rest. */
static size_t until(const struct at *a, const char *const *ends)
{
	for (; *ends; ends++) {
		const char *end = memmem(here(a), left(a), *ends, strlen(*ends));
		if (end)
			return (size_t)(end - here(a));
	}
	return left(a);
}

static bool announced_cgroup(struct at *a)
{
	static const struct {
		const char *word, *ends[4];
	} words[] = {{"oom_memcg=", {",task_memcg=", ","}},
		     {"task_memcg=", {",task=", ","}},
		     {"cpuset=", {",mems_allowed=", " mems_allowed=", ",", " "}},
		     {"Task in ", {" killed as a result", " "}},
		     {"Tasks in ", {" killed as a result", " "}},
		     {"as a result of limit of ", {NULL}},
		     {"Memory cgroup stats for ", {": ", ":"}},
		     {"emory pressure for ", {" being ", " is ", " "}},
		     {"Control-group ", {" "}},
		     {"cgroup ", {" ", ":", ","}}};
	if (!rd_wants(a->r, RD_CGROUP))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].word);
		bool path = left(a) > n && (a->text[a->i + n] == '/' || strcmp(words[i].word, "cpuset=") == 0);
		if (!path || !take(a, words[i].word))
			continue;
		n = until(a, words[i].ends);
		rd_cgroup(a->r, here(a), n, a->out);
		a->i += n;
		return true;
	}
	return false;
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'' || c == '<' || c == '(';
}

/** Up to the quote's other half, or to a blank, comma or bracket. */
static size_t value_length(const struct at *a, char quote)
{
	const char close = quote == '<' ? '>' : quote == '(' ? ')' : quote;
	size_t n = 0;
	while (n < left(a) && (quote ? here(a)[n] != close : !memchr(" \t,;()[]\"'<>=", here(a)[n], 13)))
		n++;
	while (!quote && n && memchr(".:", here(a)[n - 1], 2))
		n--;
	return n;
}

static void hide_value(struct at *a, enum rd_class class)
{
	char quote = left(a) && is_quote(*here(a)) ? *here(a) : 0;
	keep(a, quote != 0);
	size_t n = value_length(a, quote);
	bool public =
		class == RD_USER ? rd_is_public_user(here(a), n) : class == RD_HOST && rd_is_public_host(here(a), n);
	if (public)
		keep(a, n);
	else if (class == RD_HOST && n && (rd_ipv4(here(a), n) == n || rd_ipv6(here(a), n) == n))
		hide(a, RD_IP, n);
	else
		hide(a, class, n);
}

static bool announced_value(struct at *a)
{
	static const struct {
		const char *word;
		enum rd_class class;
	} words[] = {{"user=", RD_USER},
		     {"USER=", RD_USER},
		     {"ruser=", RD_USER},
		     {"logname=", RD_USER},
		     {"acct=", RD_USER},
		     {"for user ", RD_USER},
		     {"of user ", RD_USER},
		     {"by user ", RD_USER},
		     {"for invalid user ", RD_USER},
		     {"publickey for ", RD_USER},
		     {"password for ", RD_USER},
		     {"User=", RD_USER},
		     {"hostname=", RD_HOST},
		     {"rhost=", RD_HOST},
		     {"host=", RD_HOST},
		     {"Hostname: ", RD_HOST},
		     {"hostname to ", RD_HOST},
		     {"Hostname set to ", RD_HOST},
		     {"cmdline \"", RD_VALUE},
		     {"cmdline=", RD_VALUE},
		     {"proctitle=", RD_VALUE},
		     {"systemd.hostname=", RD_HOST}};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].word), quoted = words[i].word[n - 1] == '"';
		if (!rd_wants(a->r, words[i].class) || left(a) <= n || memcmp(here(a), words[i].word, n) != 0)
			continue;
		keep(a, n - quoted);
		hide_value(a, words[i].class);
		return true;
	}
	if (!rd_wants(a->r, RD_VALUE) || !take(a, "COMMAND="))
		return false;
	hide(a, RD_VALUE, left(a)); // sudo's: to the end of the line
	return true;
}

static bool announced_cmdline(struct at *a)
{
	static const char *const rest[] = {"ommand line: ", "ommand line parameters \""};
	bool upper = left(a) && (*here(a) == 'C' || *here(a) == 'c');
	for (int i = 0; upper && i < 2; i++) {
		size_t n = strlen(rest[i]) + 1;
		if (left(a) <= n || memcmp(here(a) + 1, rest[i], n - 1) != 0)
			continue;
		keep(a, n);
		const char *end = i ? memchr(here(a), '"', left(a)) : NULL;
		n = end ? (size_t)(end - here(a)) : left(a);
		rd_kernel_cmdline(a->r, here(a), n, a->out);
		a->i += n;
		return true;
	}
	return false;
}

/* Shapes. */

static size_t path_length(const struct at *a)
{
	size_t n = 0;
	while (n < left(a) && (rd_is_word(here(a)[n]) || memchr("/._-+@%:~#\\", here(a)[n], 11)))
		n++;
	while (n && memchr(".:@+", here(a)[n - 1], 4))
		n--;
	return n;
}

static bool shaped_path(struct at *a)
{
	if (left(a) < 2 || *here(a) != '/' || !(rd_is_word(here(a)[1]) || here(a)[1] == '.'))
		return false;
	size_t n = path_length(a);
	bool cgroup = rd_is_cgroup(here(a), n);
	if (n < 2 || !rd_wants(a->r, cgroup ? RD_CGROUP : RD_PATH))
		return keep(a, n);
	if (cgroup)
		rd_cgroup(a->r, here(a), n, a->out);
	else
		rd_path(a->r, here(a), n, a->out);
	a->i += n;
	return true;
}

static bool shaped_url(struct at *a)
{
	size_t n = 0;
	while (n < left(a) && n < 16 && here(a)[n] >= 'a' && here(a)[n] <= 'z')
		n++;
	if (!n || left(a) <= n + 3 || memcmp(here(a) + n, "://", 3) != 0)
		return false;
	keep(a, n + 3);
	for (n = 0; n < left(a) && (rd_is_word(here(a)[n]) || memchr(".-@:[]%", here(a)[n], 7));)
		n++;
	return hide(a, RD_HOST, n) || true;
}

static bool shaped_at(struct at *a)
{
	size_t user, n = rd_at(here(a), left(a), &user);
	if (!n)
		return false;
	if (rd_is_public_user(here(a), user))
		keep(a, user);
	else
		hide(a, RD_USER, user);
	keep(a, 1);
	n -= user + 1;
	if (rd_ipv4(here(a), n) == n)
		return hide(a, RD_IP, n);
	return rd_is_public_host(here(a), n) ? keep(a, n) : hide(a, RD_HOST, n);
}

static bool shaped_unit(struct at *a)
{
	size_t n = rd_unit(here(a), left(a));
	if (!n)
		return false;
	rd_cgroup(a->r, here(a), n, a->out);
	a->i += n;
	return true;
}

static bool shaped(struct at *a, char before)
{
	bool fresh = before != '.' && before != '-' && before != '@';
	bool digits = before != '.';
	if (rd_wants(a->r, RD_MAC) && hide(a, RD_MAC, rd_mac(here(a), left(a))))
		return true;
	if (rd_wants(a->r, RD_IP) && digits &&
	    (hide(a, RD_IP, rd_ipv4(here(a), left(a))) || hide(a, RD_IP, rd_ipv6(here(a), left(a)))))
		return true;
	if (rd_wants(a->r, RD_ID) && hide(a, RD_ID, rd_hex_id(here(a), left(a))))
		return true;
	if (rd_wants(a->r, RD_CGROUP) && fresh && shaped_unit(a))
		return true;
	if (rd_wants(a->r, RD_HOST) && fresh && (shaped_url(a) || shaped_at(a)))
		return true;
	if (rd_wants(a->r, RD_HOST) && fresh && hide(a, RD_HOST, rd_fqdn(here(a), left(a))))
		return true;
	return before != '<' && shaped_path(a); // "</TASK>"
}

static bool known_word(struct at *a)
{
	enum rd_class class;
	bool kept;
	size_t n = rd_words_match(rd_words_of(a->r), here(a), left(a), &class, &kept);
	if (!n || (!kept && !rd_wants(a->r, class)))
		return false;
	return kept ? keep(a, n) : hide(a, class, n);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static void line(struct at *a)
{
	while (a->i < a->len && !a->out->failed) {
		char before = a->i ? a->text[a->i - 1] : ' ';
		// Inside of a word, too: "pod0a1b2c3d-…".
		if (rd_wants(a->r, RD_ID) && !is_hex(before) && hide(a, RD_ID, rd_uuid(here(a), left(a))))
			continue;
		if (!rd_is_word(before) && (known_word(a) || announced_cgroup(a) || announced_value(a) ||
					    announced_cmdline(a) || shaped(a, before)))
			continue;
		keep(a, 1);
	}
}

void rd_text(struct oom_redactor *r, const char *text, size_t len, struct rd_out *out)
{
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(text + at, '\n', len - at);
		size_t n = newline ? (size_t)(newline - text) - at : len - at;
		struct at a = {.r = r, .text = text + at, .len = n, .out = out};
		line(&a);
		at += n;
		if (newline)
			rd_put(out, text + at++, 1);
	}
}
