// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A sosreport: the input is a list of members ("=NAME\n" and what follows), of which a tar is made, so that the
 * mutations reach the readers of the members; an input that does not begin so is the archive itself.
 */
#include "fuzz.h"
#include "sos/sos.h"
#include <string.h>

struct bytes {
	uint8_t *v;
	size_t len, at;
};

static ssize_t take(void *arg, void *buf, size_t size)
{
	struct bytes *b = arg;
	size_t n = b->len - b->at < size ? b->len - b->at : size;
	memcpy(buf, b->v + b->at, n);
	b->at += n;
	return (ssize_t)n;
}

static const char *failure(void *arg)
{
	(void)arg;
	return "cut off";
}

/** One ustar member (pax(1), "ustar Interchange Format"). */
static void member(struct bytes *tar, const uint8_t *name, size_t name_len, const uint8_t *data, size_t len)
{
	char *head = (char *)tar->v + tar->len;
	memset(head, 0, 512);
	snprintf(head, 100, "sosreport-x/%.*s", (int)(name_len < 80 ? name_len : 80), (const char *)name);
	memcpy(head + 100, "0000644", 8);
	snprintf(head + 124, 12, "%011zo", len);
	memcpy(head + 136, "00000000000", 12);
	head[156] = '0';
	memcpy(head + 257, "ustar\00000", 8);
	memset(head + 148, ' ', 8);
	unsigned int sum = 0;
	for (int i = 0; i < 512; i++)
		sum += (uint8_t)head[i];
	snprintf(head + 148, 8, "%06o", sum);
	memcpy(head + 512, data, len);
	size_t whole = 512 + (len + 511) / 512 * 512;
	memset(head + 512 + len, 0, whole - 512 - len);
	tar->len += whole;
}

static void build(struct bytes *tar, const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	while (data < end && *data == '=') {
		const uint8_t *name = data + 1, *nl = memchr(data, '\n', (size_t)(end - data));
		if (!nl)
			break;
		const uint8_t *next = memmem(nl, (size_t)(end - nl), "\n=", 2);
		next = next ? next + 1 : end;
		member(tar, name, (size_t)(nl - name), nl + 1, (size_t)(next - nl - 1));
		data = next;
	}
	memset(tar->v + tar->len, 0, 1024);
	tar->len += 1024;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	// A member costs its line of at least two bytes and at most two blocks more than its data.
	struct bytes tar = {malloc(size * 1024 + 4096), 0, 0};
	struct oom_case *c = oom_case_new();
	if (!tar.v || !c || size > 1 << 16) {
		free(tar.v);
		oom_case_free(c);
		return 0;
	}
	if (size && data[0] == '=') {
		build(&tar, data, size);
	} else {
		memcpy(tar.v, data, size);
		tar.len = size;
	}
	struct oom_error err = {0};
	const struct oom_sos_stream stream = {take, &tar, failure, NULL};
	enum oom_status status = oom_sos_archive(&stream, NULL, c, &err);
	if (status == OOM_OK)
		fuzz_report(c);
	else if (!err.text[0])
		abort();
	free(tar.v);
	oom_case_free(c);
	return 0;
}
