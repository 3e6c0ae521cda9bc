// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Redaction: the hash against its authors' vector, shapes, paths, cgroups, parameters, free text. */
#include "report/redact.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct oom_redactor *redactor(unsigned what)
{
	struct oom_redactor *r;
	assert_int_equal(oom_redactor_new(what, NULL, &r, NULL), OOM_OK);
	return r;
}

/** "SipHash: a fast short-input PRF", appendix A. */
static void test_siphash(void **state)
{
	(void)state;
	uint8_t key[16], data[15];
	for (uint8_t i = 0; i < 16; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 15; i++)
		data[i] = i;
	assert_true(rd_siphash(key, data, sizeof(data)) == UINT64_C(0xa129ca6149be45e5));
}

static void expect_text(struct oom_redactor *r, const char *text, bool changes)
{
	size_t len;
	char *copy = oom_redact_text(r, text, strlen(text), &len);
	assert_non_null(copy);
	if (changes == !strcmp(copy, text))
		fail_msg("'%s' became '%s'", text, copy);
	free(copy);
}

static void test_shapes(void **state)
{
	(void)state;
	static const char *const hidden[] = {"from 10.1.2.3 port 22",
					     "10.1.2.3",
					     "fe80::1: link",
					     "2001:db8:0:0:0:0:0:1",
					     "::ffff:10.0.0.1",
					     "00:1a:2b:3c:4d:5e",
					     "UUID=4f7d2c1a-0b9e-4c3d-8f6a-1234567890ab",
					     "pod4f7d2c1a-0b9e-4c3d-8f6a-1234567890ab",
					     "docker 0f1e2d3c4b5a",
					     "acme.service: Failed",
					     "nas.example.com is down",
					     "smithers@nas",
					     "https://nas/x",
					     "open /srv/acme/x failed",
					     "session opened for user smithers(uid=1)",
					     "Command line: root=LABEL=acme",
					     "oom_memcg=/acme,task_memcg=/acme/x,task=y"};
	static const char *const kept[] = {"127.0.0.1",
					   "Software ver. 5.3.6",
					   "[   12.345678] at 12:34:56",
					   "RIP: 0010:oom_kill+0x12/0x34",
					   "pci 0000:00:1f.2: [8086:2922]",
					   "RAX: 0000000000000001 ffff888003c5f000",
					   "and/or 1/2 </TASK>",
					   "std::vector",
					   "Command line: ro quiet crashkernel=256M console=ttyS0,115200n8",
					   "user.slice system.slice init.scope systemd-journald.service",
					   "/dev/sda1 /dev/zram0 /proc/meminfo /var/log/messages",
					   "mm/slub.c:2319",
					   "gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0"};
	struct oom_redactor *r = redactor(0);
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		expect_text(r, hidden[i], true);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		expect_text(r, kept[i], false);
	oom_redactor_free(r);
}

/** Depth and kind stay: what lies below what can still be seen. */
static void test_hierarchy(void **state)
{
	(void)state;
	struct oom_redactor *r = redactor(0);
	struct rd_out a = {0}, b = {0};
	const char *up = "/kubepods.slice/acme", *down = "/kubepods.slice/acme/docker-0f1e2d3c4b5a.scope";
	rd_cgroup(r, up, strlen(up), &a);
	rd_cgroup(r, down, strlen(down), &b);
	assert_memory_equal(a.v, b.v, a.n);
	assert_int_equal(b.v[a.n], '/');
	assert_non_null(strstr(b.v, "/kubepods.slice/cg-"));
	assert_non_null(strstr(b.v, "/docker-id-"));
	assert_non_null(strstr(b.v, ".scope"));
	free(a.v);
	free(b.v);
	oom_redactor_free(r);
}

static void test_length(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"from 10.1.2.3 port 22, 2001:db8::1", "webfront.service", "/srv/a/bb/ccc",
		"Command line: root=LABEL=acme x=yz",
		"cgroup /kubepods/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"};
	struct oom_redactor *r = redactor(0);
	oom_redactor_keep_length(r, true);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t len;
		char *copy = oom_redact_text(r, lines[i], strlen(lines[i]), &len);
		assert_non_null(copy);
		assert_int_equal(len, strlen(lines[i]));
		assert_string_not_equal(copy, lines[i]);
		free(copy);
	}
	oom_redactor_free(r);
}

static void test_case(void **state)
{
	(void)state;
	struct oom_redactor *r = redactor(0);
	struct oom_case *c = oom_case_new();
	struct oom_event *e = oom_add_event(c->arena, &c->events);
	c->system.nodename = "zebra";
	c->system.panic = "zebra: Out of memory: system-wide panic_on_oom is enabled";
	c->system.release = "6.1.0-zebra";
	e->nodename = "zebra";
	e->trigger.comm = "zebra-1";
	oom_strings_addf(c->arena, &e->followed, "line 3: (zebra-1) on ZEBRA");
	assert_int_equal(oom_redact_case(r, c, NULL), OOM_OK);
	assert_string_equal(c->system.nodename, e->nodename);
	assert_null(strstr(c->system.nodename, "zebra"));
	assert_null(strstr(c->system.panic, "zebra"));
	assert_non_null(strstr(c->system.panic, ": Out of memory: system-wide panic_on_oom is enabled"));
	assert_string_equal(e->trigger.comm, "zebra-1");
	assert_non_null(strstr(e->followed.v[0], "(zebra-1) on host-"));
	assert_string_equal(c->system.release, "6.1.0-zebra");
	oom_case_free(c);
	oom_redactor_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siphash), cmocka_unit_test(test_shapes), cmocka_unit_test(test_hierarchy),
		cmocka_unit_test(test_length),	cmocka_unit_test(test_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
