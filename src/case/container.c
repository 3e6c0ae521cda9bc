// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Names of cgroups, of the two drivers that runtimes have:
 *
 *   systemd   /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod<uid with
 * _>.slice/cri-containerd-<id>.scope /system.slice/docker-<id>.scope   /machine.slice/libpod-<id>.scope
 * /machine.slice/machine-NAME.scope cgroupfs  /kubepods/burstable/pod<uid>/<id>   /docker/<id>   /lxc/NAME
 * /lxc.payload.NAME
 *
 * Sources: kubelet's cgroup manager (pkg/kubelet/cm), runc's systemd driver, systemd-machined's documentation of
 * scopes.
 */
#include "case/container.h"
#include <ctype.h>
#include <string.h>

enum { ID_LEN = 64, UID_LEN = 36, STATIC_UID_LEN = 32 };

struct part {
	const char *at;
	size_t len;
};

static bool begins(struct part p, const char *with)
{
	size_t n = strlen(with);
	return p.len >= n && !memcmp(p.at, with, n);
}

static struct part without(struct part p, const char *tail)
{
	size_t n = strlen(tail);
	if (p.len > n && !memcmp(p.at + p.len - n, tail, n))
		p.len -= n;
	return p;
}

static size_t hex_digits(const char *at, size_t len)
{
	size_t n = 0;
	while (n < len && isxdigit((unsigned char)at[n]) && !isupper((unsigned char)at[n]))
		n++;
	return n;
}

/** The id that ends the name: 64 digits, the whole name or behind a '-' or ':'. */
static bool container_id(struct part p, struct part *ret)
{
	p = without(p, ".scope");
	if (p.len < ID_LEN || hex_digits(p.at + p.len - ID_LEN, ID_LEN) != ID_LEN)
		return false;
	const char *id = p.at + p.len - ID_LEN;
	if (id > p.at && id[-1] != '-' && id[-1] != ':')
		return false;
	// The monitor of a container is outside of it.
	for (const char *at = p.at; at + 6 <= id; at++) {
		if (!memcmp(at, "conmon", 6))
			return false;
	}
	*ret = (struct part){id, ID_LEN};
	return true;
}

/** "pod<uid>" as the whole name, or behind a '-'. Pods that a file on the node defines have a hash instead of a uid. */
static bool pod_uid(struct part p, struct part *ret)
{
	p = without(p, ".slice");
	for (size_t i = 0; i + 3 < p.len; i++) {
		const char *uid = p.at + i + 3;
		size_t len = p.len - i - 3, n = 0;
		if (memcmp(p.at + i, "pod", 3) != 0 || (i && p.at[i - 1] != '-'))
			continue;
		if (len == STATIC_UID_LEN && hex_digits(uid, len) == len)
			n = len;
		while (len == UID_LEN && n < len &&
		       ((n == 8 || n == 13 || n == 18 || n == 23) ? uid[n] == '-' || uid[n] == '_'
								  : hex_digits(uid + n, 1) == 1))
			n++;
		if (n == len && n) {
			*ret = (struct part){uid, len};
			return true;
		}
	}
	return false;
}

/** A name that people gave: of LXC, of a machine of systemd-nspawn or libvirt. @p before: the part above this one. */
static bool named(struct part p, struct part before, struct part *ret)
{
	if (begins(p, "lxc.payload.") && p.len > 12)
		*ret = (struct part){p.at + 12, p.len - 12};
	else if (before.len == 3 && begins(before, "lxc") && p.len)
		*ret = p;
	else if (begins(p, "machine-") && without(p, ".scope").len != p.len)
		*ret = (struct part){p.at + 8, without(p, ".scope").len - 8};
	else
		return false;
	return true;
}

static const char *keep_uid(struct oom_arena *arena, struct part uid)
{
	char text[UID_LEN];
	for (size_t i = 0; i < uid.len; i++)
		text[i] = uid.at[i] == '_' ? '-' : uid.at[i];
	return oom_strndup(arena, text, uid.len);
}

void oom_container_of(const char *path, struct oom_arena *arena, const char **container, const char **pod)
{
	struct part before = {NULL, 0}, id = {NULL, 0}, uid = {NULL, 0};
	bool by_id = false;
	*container = *pod = NULL;
	// The innermost container counts, the pod around it too.
	for (const char *at = path; at && *at;) {
		at += *at == '/';
		struct part p = {at, strcspn(at, "/")}, found;
		if (container_id(p, &found)) {
			id = found;
			by_id = true;
		} else if (!by_id && named(p, before, &found)) {
			id = found;
		}
		if (pod_uid(p, &found))
			uid = found;
		before = p;
		at += p.len;
	}
	if (id.len)
		*container = oom_strndup(arena, id.at, id.len);
	if (uid.len)
		*pod = keep_uid(arena, uid);
}
