// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Names that are told by their shape. Each function looks at what begins at its first byte. */
#include "report/redact.h"
#include <ctype.h>
#include <strings.h>

enum { LABEL_MAX = 63 };

bool rd_is_word(char c)
{
	unsigned char u = (unsigned char)c;
	return (u >= '0' && u <= '9') || ((u | 0x20) >= 'a' && (u | 0x20) <= 'z') || u == '_' || u > 127;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool is_name(char c)
{
	return rd_is_word(c) || c == '-';
}

/** Does a word end at @p n? */
static bool ends_at(const char *text, size_t len, size_t n)
{
	return n == len || !rd_is_word(text[n]);
}

size_t rd_ipv4(const char *text, size_t len)
{
	size_t n = 0;
	for (int part = 0; part < 4; part++) {
		unsigned value = 0;
		size_t from = n;
		while (n < len && n - from < 3 && is_digit(text[n]))
			value = value * 10 + (unsigned)(text[n++] - '0');
		if (n == from || value > 255 || (part < 3 && (n >= len || text[n++] != '.')))
			return 0;
	}
	// Not the start of a longer row of numbers: a version of something.
	if (!ends_at(text, len, n) || (n + 1 < len && text[n] == '.' && is_digit(text[n + 1])))
		return 0;
	static const char *const nobody[] = {"0.0.0.0", "127.0.0.1", "255.255.255.255"};
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		if (strlen(nobody[i]) == n && memcmp(nobody[i], text, n) == 0)
			return 0;
	return n;
}

size_t rd_ipv6(const char *text, size_t len)
{
	size_t n = 0, groups = 0, colons = 0;
	bool gap = false;
	while (n < len) {
		size_t from = n;
		while (n < len && is_hex(text[n]))
			n++;
		if (n - from > 4)
			return 0;
		groups += n > from;
		if (n == from && colons && text[n - 1] == ':' && !(n >= 2 && text[n - 2] == ':')) {
			n--; // "fe80::1: " ends with the colon of the sentence
			break;
		}
		if (n + 1 >= len || text[n] != ':')
			break;
		if (text[n + 1] == ':') {
			if (gap)
				return 0;
			gap = true;
			colons++;
			n++;
		}
		colons++;
		n++;
	}
	bool whole = gap ? groups >= 1 && groups < 8 && colons >= 2 : groups == 8 && colons == 7;
	// "::ffff:10.0.0.1"
	while (whole && n + 1 < len && text[n] == '.' && is_digit(text[n + 1]))
		for (n++; n < len && is_digit(text[n]);)
			n++;
	// "::1" is every machine's own.
	if (!whole || !ends_at(text, len, n) || (groups == 1 && n <= 4))
		return 0;
	return n;
}

size_t rd_mac(const char *text, size_t len)
{
	const size_t whole = 17;
	if (len < whole || (text[2] != ':' && text[2] != '-'))
		return 0;
	for (size_t i = 0; i < whole; i++)
		if (i % 3 == 2 ? text[i] != text[2] : !is_hex(text[i]))
			return 0;
	// A longer row is no MAC address but data.
	if (!ends_at(text, len, whole) || (len > whole + 1 && text[whole] == text[2] && is_hex(text[whole + 1])))
		return 0;
	return whole;
}

size_t rd_uuid(const char *text, size_t len)
{
	const size_t whole = 36;
	// Kubernetes writes '_' in names of slices.
	if (len < whole || (text[8] != '-' && text[8] != '_'))
		return 0;
	for (size_t i = 0; i < whole; i++) {
		bool bar = i == 8 || i == 13 || i == 18 || i == 23;
		if (bar ? text[i] != text[8] : !is_hex(text[i]))
			return 0;
	}
	return len == whole || !is_hex(text[whole]) ? whole : 0;
}

size_t rd_hex_id(const char *text, size_t len)
{
	size_t n = 0, letters = 0;
	while (n < len && is_hex(text[n])) {
		if (text[n] >= 'A' && text[n] <= 'F')
			return 0;
		letters += !is_digit(text[n]);
		n++;
	}
	bool usual = n == 12 || n == 32 || n == 40 || n == 64;
	// Rows of zeros or f are registers' and addresses'.
	if (!usual || !ends_at(text, len, n) || !letters || letters == n || strspn(text, "0f") >= 4)
		return 0;
	return n;
}

static bool is_domain(const char *label, size_t len)
{
	static const char *const names[] = {
		"com",	 "net",		"org",	"edu",	   "gov",     "mil",   "int",	   "info",     "biz",
		"local", "localdomain", "lan",	"home",	   "corp",    "intra", "internal", "intranet", "private",
		"cloud", "dev",		"test", "example", "invalid", "arpa",  "io",	   "eu",       "de",
		"uk",	 "fr",		"nl",	"it",	   "es",      "pl",    "cz",	   "at",       "ch",
		"be",	 "dk",		"se",	"no",	   "fi",      "ru",    "cn",	   "jp",       "kr",
		"in",	 "us",		"ca",	"br",	   "au",      "nz",    "za",	   "ie",       "pt",
		"hu",	 "ro",		"gr",	"tr",	   "ua",      "il",    "sg",	   "hk",       "tw",
		"mx",	 "ar",		"cl"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], label, len) == 0)
			return true;
	return false;
}

size_t rd_fqdn(const char *text, size_t len)
{
	size_t n = 0, from = 0, labels = 0;
	bool letter = false;
	while (n < len) {
		from = n;
		while (n < len && is_name(text[n]) && text[n] != '_')
			letter |= !is_digit(text[n++]);
		if (n == from || n - from > LABEL_MAX)
			return 0;
		labels++;
		if (n + 1 >= len || text[n] != '.' || !is_name(text[n + 1]))
			break;
		n++;
	}
	if (labels < 2 || !letter || !ends_at(text, len, n) || !is_domain(text + from, n - from))
		return 0;
	// "mm/slub.c:1" has no domain; a file "x.in" or "x.no" has two labels only.
	return labels > 2 || n - from > 2 ? n : 0;
}

size_t rd_unit_ending(const char *name, size_t len)
{
	static const char *const endings[] = {".service", ".scope", ".slice",  ".socket", ".mount",
					      ".timer",	  ".swap",  ".target", ".device", ".automount"};
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);
		if (len > n && memcmp(name + len - n, endings[i], n) == 0)
			return n;
	}
	return 0;
}

size_t rd_unit(const char *text, size_t len)
{
	size_t n = 0;
	// "user@1000.service", "dev-disk-by\x2duuid-….swap", "cri-containerd-….scope"
	while (n < len && n < 256 && (is_name(text[n]) || strchr(".@\\:", text[n])))
		n++;
	while (n && (text[n - 1] == '.' || text[n - 1] == ':'))
		n--;
	while (n && !rd_unit_ending(text, n)) { // "x.service:" has ended above; "x.service.d" has not
		while (n && text[n - 1] != '.')
			n--;
		if (n)
			n--;
	}
	return n && ends_at(text, len, n) ? n : 0;
}

size_t rd_at(const char *text, size_t len, size_t *user)
{
	size_t n = 0;
	while (n < len && (is_name(text[n]) || text[n] == '.' || text[n] == '+'))
		n++;
	*user = n;
	if (!n || n + 1 >= len || text[n] != '@' || !rd_is_word(text[n + 1]))
		return 0;
	for (n++; n < len && (is_name(text[n]) || (text[n] == '.' && n + 1 < len && rd_is_word(text[n + 1])));)
		n++;
	return n;
}
