// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Containers and pods by names of cgroups: paths as they stand in kernel logs and manuals of the runtimes. */
#include "case/container.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ID   "663f6287c450aea2f849b82a30d1409059497b5de62846a286e55971d61e2650"
#define UID  "9eb0e64e-8c4f-4d2c-9d6a-0a7c1f1b2e3d"
#define UID_ "9eb0e64e_8c4f_4d2c_9d6a_0a7c1f1b2e3d"
#define HASH "2ce5d1e7b3a94c6f8e0d1c2b3a495867"

static const struct {
	const char *path, *container, *pod;
} rows[] = {
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/cri-containerd-" ID ".scope",
	 ID, UID},
	{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope", ID, UID},
	{"/kubepods/burstable/pod" UID "/" ID, ID, UID},
	{"/kubepods/besteffort/pod" HASH "/" ID, ID, HASH},
	{"/kubepods.slice/kubepods-pod" UID_ ".slice", NULL, UID},
	{"/system.slice/containerd.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID, ID, NULL},
	{"/docker/" ID, ID, NULL},
	{"/system.slice/docker-" ID ".scope", ID, NULL},
	{"/machine.slice/libpod-" ID ".scope/container", ID, NULL},
	{"/machine.slice/libpod-conmon-" ID ".scope", NULL, NULL},
	{"/lxc/web1", "web1", NULL},
	{"/lxc.payload.web1/system.slice/nginx.service", "web1", NULL},
	{"/machine.slice/machine-db.scope", "db", NULL},
	{"/lxc/web1/docker/" ID, ID, NULL},
	{"/system.slice/podman.service", NULL, NULL},
	{"/system.slice/ssh.service", NULL, NULL},
	{"/user.slice/user-1000.slice/pod-9eb0", NULL, NULL},
	{"/docker/663f6287c450", NULL, NULL},
	{"/", NULL, NULL},
	{"", NULL, NULL},
	{NULL, NULL, NULL},
};

static void same(const char *path, const char *got, const char *want)
{
	if ((got == NULL) != (want == NULL) || (got && strcmp(got, want) != 0))
		fail_msg("%s: %s, should be %s", path, got ? got : "none", want ? want : "none");
}

static void test_names(void **state)
{
	(void)state;
	struct oom_arena *arena = oom_arena_new();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *container, *pod;
		oom_container_of(rows[i].path, arena, &container, &pod);
		same(rows[i].path, container, rows[i].container);
		same(rows[i].path, pod, rows[i].pod);
	}
	oom_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
