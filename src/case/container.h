// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Containers and pods, by the names that their runtimes give to cgroups. */
#ifndef OOM_CONTAINER_H
#define OOM_CONTAINER_H

#include <oomortem/case.h>

/**
 * The container's id and the Kubernetes pod's uid in the path of a cgroup; NULL where it has none.
 * @param[in] path as in the task's memcg, may be NULL
 * @param[out] container 64 hexadecimal digits (docker, containerd, CRI-O, podman), or the name of an LXC, nspawn or
 * libvirt one; in @p arena
 * @param[out] pod the uid as Kubernetes writes it, with dashes; in @p arena
 */
void oom_container_of(const char *path, struct oom_arena *arena, const char **container, const char **pod);

#endif
