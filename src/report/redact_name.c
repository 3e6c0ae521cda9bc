// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Names that are made of parts. Of a path each part becomes a token, so that depth and what lies below what stay;
 * folders that every machine has stay as they are, and so do the parts of a cgroup's name that tell of what kind it
 * is ("docker-", "kubepods-burstable.slice", ".service").
 */
#include "report/redact.h"

static bool is_of(const char *const *list, size_t n, const char *text, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == len && memcmp(list[i], text, len) == 0)
			return true;
	return false;
}
#define IS_OF(list, text, len) is_of(list, sizeof(list) / sizeof((list)[0]), text, len)

static bool all_of(const char *set, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i] || !strchr(set, text[i]))
			return false;
	return true;
}

static bool begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

bool rd_is_public_user(const char *name, size_t len)
{
	static const char *const users[] = {"root", "nobody", "daemon", "bin", "sys", "unset", "user", "unknown", "?"};
	return IS_OF(users, name, len) || all_of("0123456789-", name, len) || begins(name, len, "systemd-");
}

bool rd_is_public_host(const char *name, size_t len)
{
	static const char *const hosts[] = {"localhost", "localhost.localdomain", "(none)", "?", "kernel", "linux"};
	return !len || IS_OF(hosts, name, len);
}

/* Paths. */

static bool is_device(const char *name, size_t len)
{
	static const char *const kinds[] = {"sd",  "vd", "xvd", "hd",  "nvme", "dm-", "zram", "loop",  "md",
					    "ram", "sr", "nbd", "tty", "pts",  "nst", "st",   "mmcblk"};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i]);
		// "sda1", "nvme0n1p2", "dm-0", "ttyS0"
		if (!begins(name, len, kinds[i]) || len == n)
			continue;
		const char *rest = name + n;
		size_t left = len - n, letters = 0;
		while (letters < left && rest[letters] >= 'a' && rest[letters] <= 'z' && n <= 3)
			letters++;
		if (letters <= 3 && all_of("0123456789npSA", rest + letters, left - letters))
			return true;
	}
	return false;
}

static bool is_public_part(const char *part, size_t len)
{
	static const char *const names[] = {"bin",
					    "boot",
					    "dev",
					    "etc",
					    "home",
					    "lib",
					    "lib32",
					    "lib64",
					    "media",
					    "mnt",
					    "opt",
					    "proc",
					    "root",
					    "run",
					    "sbin",
					    "srv",
					    "sys",
					    "tmp",
					    "usr",
					    "var",
					    "local",
					    "share",
					    "log",
					    "cache",
					    "spool",
					    "crash",
					    "lock",
					    "shm",
					    "pts",
					    "mapper",
					    "disk",
					    "by-uuid",
					    "by-label",
					    "by-id",
					    "by-path",
					    "null",
					    "zero",
					    "urandom",
					    "random",
					    "kmsg",
					    "console",
					    "fuse",
					    "kvm",
					    "fs",
					    "cgroup",
					    "kernel",
					    "memory",
					    "memory.stat",
					    "memory.max",
					    "vm",
					    "meminfo",
					    "zoneinfo",
					    "slabinfo",
					    "vmstat",
					    "swaps",
					    "buddyinfo",
					    "pagetypeinfo",
					    "cmdline",
					    "oom_score_adj",
					    "dmesg",
					    "messages",
					    "syslog",
					    "kern.log",
					    "journal",
					    "vmcore",
					    "vmcore-dmesg.txt",
					    "vmcore.flat",
					    "vmcore-incomplete",
					    "swapfile",
					    "swap.img",
					    "swap",
					    "sos_commands",
					    "logs",
					    "process",
					    "general",
					    "host",
					    "cgroups",
					    "hugepages",
					    "dev-hugepages",
					    "mqueue",
					    "systemd",
					    "init",
					    "tmpfs",
					    "standard input",
					    "user",
					    "self",
					    "net",
					    "ipc",
					    "vmlinux",
					    "..",
					    ".",
					    "memfd:",
					    "secrets",
					    "docker",
					    "containers",
					    "overlay2",
					    "kubelet",
					    "pods",
					    "volumes",
					    "lock",
					    "initctl",
					    "udev",
					    "credentials",
					    "lab",
					    "sh",
					    "bash",
					    "busybox",
					    "(deleted)"};
	if (IS_OF(names, part, len) || is_device(part, len) || all_of("0123456789", part, len))
		return true;
	return begins(part, len, "vmlinuz") || begins(part, len, "initrd") || begins(part, len, "SYSV");
}

static void path_part(struct oom_redactor *r, const char *part, size_t len, bool home, struct rd_out *out)
{
	static const char MEMFD[] = "memfd:", GONE[] = " (deleted)";
	if (len > strlen(GONE) && memcmp(part + len - strlen(GONE), GONE, strlen(GONE)) == 0) {
		path_part(r, part, len - strlen(GONE), home, out);
		rd_put(out, GONE, strlen(GONE));
	} else if (begins(part, len, MEMFD)) {
		rd_put(out, MEMFD, strlen(MEMFD));
		rd_token(r, RD_PATH, part + strlen(MEMFD), len - strlen(MEMFD), out);
	} else if (home && rd_wants(r, RD_USER)) {
		rd_token(r, RD_USER, part, len, out);
	} else {
		rd_token(r, RD_PATH, part, len, out);
	}
}

void rd_path(struct oom_redactor *r, const char *path, size_t len, struct rd_out *out)
{
	static const char DEVICES[] = "/devices/"; // of sysfs: buses and slots
	bool public = true, home = false;
	if (begins(path, len, DEVICES)) {
		rd_put(out, path, len);
		return;
	}
	if (!rd_wants(r, RD_PATH)) {
		rd_text(r, path, len, out);
		return;
	}
	for (size_t at = 0; at < len;) {
		const char *slash = memchr(path + at, '/', len - at);
		size_t n = slash ? (size_t)(slash - path) - at : len - at;
		public = public && (!n || (is_public_part(path + at, n) && !home));
		if (public)
			rd_put(out, path + at, n);
		else
			path_part(r, path + at, n, home, out);
		home = n == 4 && memcmp(path + at, "home", 4) == 0 && public;
		at += n;
		if (slash)
			rd_put(out, path + at++, 1);
	}
}

/* Cgroups. */

static const char *const CGROUPS[] = {"system.slice",
				      "user.slice",
				      "machine.slice",
				      "init.scope",
				      "-.slice",
				      "kubepods",
				      "kubepods.slice",
				      "kubepods-burstable.slice",
				      "kubepods-besteffort.slice",
				      "burstable",
				      "besteffort",
				      "docker",
				      "lxc",
				      "libpod_parent",
				      "machine",
				      "app.slice",
				      "session.slice",
				      "background.slice",
				      "system",
				      "user",
				      "podman",
				      "..",
				      "containerd",
				      "lxc.payload",
				      "lxc.monitor",
				      "garden",
				      "mesos",
				      "slurm",
				      "slurmstepd.scope",
				      "actions",
				      "unified",
				      "container"};

/** What the kinds of cgroups begin with, the longest first. */
static const char *const KINDS[] = {"kubepods-burstable-pod",
				    "kubepods-besteffort-pod",
				    "kubepods-pod",
				    "cri-containerd-",
				    "libpod-conmon-",
				    "crio-conmon-",
				    "lxc.payload.",
				    "lxc.monitor.",
				    "docker-",
				    "libpod-",
				    "session-",
				    "machine-",
				    "crio-",
				    "user-",
				    "user@",
				    "pod",
				    "job_",
				    "step_",
				    "uid_",
				    "run-"};

static enum rd_class class_of(const char *name, size_t len)
{
	return rd_uuid(name, len) == len || rd_hex_id(name, len) == len ? RD_ID : RD_CGROUP;
}

static void cgroup_part(struct oom_redactor *r, const char *part, size_t len, struct rd_out *out)
{
	size_t ending = rd_unit_ending(part, len), kind = 0;
	if (IS_OF(CGROUPS, part, len) || all_of("0123456789", part, len)) {
		rd_put(out, part, len);
		return;
	}
	for (size_t i = 0; !kind && i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (begins(part, len, KINDS[i]) && strlen(KINDS[i]) < len - ending)
			kind = strlen(KINDS[i]);
	const char *name = part + kind;
	size_t n = len - ending - kind;
	// "user-1000.slice", "session-3.scope"; of systemd's own services those without an instance.
	bool public = (kind && all_of("0123456789", name, n)) ||
		      (ending && begins(part, len, "systemd-") && all_of("abcdefghijklmnopqrstuvwxyz-", name, n));
	rd_put(out, part, kind);
	if (public)
		rd_put(out, name, n);
	else
		rd_token(r, class_of(name, n), name, n, out);
	rd_put(out, name + n, ending);
}

void rd_cgroup(struct oom_redactor *r, const char *path, size_t len, struct rd_out *out)
{
	if (!rd_wants(r, RD_CGROUP)) {
		rd_text(r, path, len, out);
		return;
	}
	for (size_t at = 0; at < len;) {
		const char *slash = memchr(path + at, '/', len - at);
		size_t n = slash ? (size_t)(slash - path) - at : len - at;
		if (n)
			cgroup_part(r, path + at, n, out);
		at += n;
		if (slash)
			rd_put(out, path + at++, 1);
	}
}

bool rd_is_cgroup(const char *path, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *slash = memchr(path + at, '/', len - at);
		size_t n = slash ? (size_t)(slash - path) - at : len - at;
		if (rd_unit_ending(path + at, n) || begins(path + at, n, "kubepods") ||
		    (at == 1 && IS_OF(CGROUPS, path + at, n)))
			return true;
		at += n + 1;
	}
	return false;
}

/**
 * A part that is a word of everyday language may stand anywhere in a log and mean nothing: what enters the dictionary
 * has a digit, a dash or the like in it, or is long.
 */
static bool is_distinct(const char *part, size_t len)
{
	static const char *const common[] = {"containers", "container", "application", "background",
					     "production", "processes", "emergency",   "available"};
	bool mark = false, letter = false;
	for (size_t i = 0; i < len; i++) {
		mark |= !((part[i] | 0x20) >= 'a' && (part[i] | 0x20) <= 'z');
		letter |= (part[i] | 0x20) >= 'a' && (part[i] | 0x20) <= 'z';
	}
	return letter && ((mark && len >= 4) || len >= 8) && !IS_OF(common, part, len);
}

void rd_learn_parts(struct oom_redactor *r, bool cgroup, const char *path)
{
	struct rd_words *words = rd_words_of(r);
	for (const char *at = path; *at;) {
		size_t n = strcspn(at, "/"), ending = cgroup ? rd_unit_ending(at, n) : 0, kind = 0;
		bool public = cgroup ? IS_OF(CGROUPS, at, n) : is_public_part(at, n);
		for (size_t i = 0; cgroup && !kind && i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
			if (begins(at, n, KINDS[i]) && strlen(KINDS[i]) < n - ending)
				kind = strlen(KINDS[i]);
		const char *name = at + kind;
		size_t len = n - kind - ending;
		if (!public && is_distinct(name, len))
			rd_words_add(words, cgroup ? class_of(name, len) : RD_PATH, name, len, false);
		// Docker and its like print the first 12 digits of an id.
		if (cgroup && class_of(name, len) == RD_ID && len == 64)
			rd_words_add(words, RD_ID, name, 12, false);
		at += n;
		at += *at == '/';
	}
}

/** A copy of a cache for one cgroup, before 5.9: "dentry(842:docker-….scope)". */
void rd_slab(struct oom_redactor *r, const char *name, size_t len, struct rd_out *out)
{
	const char *open = memchr(name, '(', len),
		   *colon = open ? memchr(open, ':', len - (size_t)(open - name)) : NULL;
	if (!colon || name[len - 1] != ')') {
		rd_put(out, name, len);
		return;
	}
	size_t head = (size_t)(colon + 1 - name);
	rd_put(out, name, head);
	rd_cgroup(r, name + head, len - head - 1, out);
	rd_put(out, ")", 1);
}

/* The kernel's command line. */

static bool is_public_parameter(const char *key, size_t len)
{
	static const char *const keys[] = {"console",
					   "earlyprintk",
					   "earlycon",
					   "crashkernel",
					   "log_buf_len",
					   "transparent_hugepage",
					   "cgroup_disable",
					   "cgroup_enable",
					   "swapaccount",
					   "mitigations",
					   "numa_balancing",
					   "isolcpus",
					   "nohz_full",
					   "rcu_nocbs",
					   "hugepagesz",
					   "default_hugepagesz",
					   "hugepages",
					   "movablecore",
					   "kernelcore",
					   "mem",
					   "memmap",
					   "maxcpus",
					   "nr_cpus",
					   "intel_iommu",
					   "iommu",
					   "elevator",
					   "selinux",
					   "enforcing",
					   "audit",
					   "net.ifnames",
					   "biosdevname",
					   "systemd.unified_cgroup_hierarchy",
					   "psi",
					   "slub_debug",
					   "slab_nomerge",
					   "page_owner",
					   "panic",
					   "oops",
					   "panic_on_oops",
					   "panic_on_warn",
					   "reboot",
					   "rootfstype",
					   "lsm",
					   "security",
					   "apparmor",
					   "loglevel",
					   "ignore_loglevel",
					   "clocksource",
					   "tsc",
					   "pti",
					   "spectre_v2",
					   "lockdown",
					   "module_blacklist",
					   "modprobe.blacklist",
					   "rd.driver.blacklist",
					   "consoleblank",
					   "video",
					   "vga",
					   "acpi",
					   "pci",
					   "processor.max_cstate",
					   "intel_idle.max_cstate",
					   "cpufreq.default_governor",
					   "nmi_watchdog",
					   "softlockup_panic",
					   "hung_task_panic",
					   "numa",
					   "nosmt",
					   "kfence.sample_interval",
					   "init_on_alloc",
					   "init_on_free",
					   "page_poison",
					   "irqaffinity",
					   "skew_tick",
					   "zram.num_devices",
					   "random.trust_cpu",
					   "kvm.ignore_msrs",
					   "cma",
					   "hugetlb_cma",
					   "rdinit",
					   "init"};
	static const char *const families[] = {"sysctl.",     "zswap.",	   "vm.",	 "printk.",
					       "rcutree.",    "rcupdate.", "workqueue.", "systemd.show_status",
					       "systemd.log", "hung_task", "watchdog",	 "slub_",
					       "slab_"};
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (begins(key, len, families[i]))
			return true;
	return IS_OF(keys, key, len);
}

static bool is_plain_value(const char *value, size_t len)
{
	static const char *const words[] = {"on",    "off",  "yes",    "no",	  "y",	     "n",    "auto",
					    "force", "none", "always", "never",	  "madvise", "true", "false",
					    "rw",    "ro",   "max",    "default", "strict"};
	if (IS_OF(words, value, len))
		return true;
	return all_of("0123456789,.:-@%kKmMgGx", value, len) && !rd_ipv4(value, len) && !rd_ipv6(value, len) &&
	       !memmem(value, len, "::", 2) && len <= 24;
}

static void parameter(struct oom_redactor *r, const char *word, size_t len, struct rd_out *out)
{
	const char *equal = memchr(word, '=', len);
	size_t key = equal ? (size_t)(equal - word) : len;
	const char *value = word + key + 1;
	size_t n = equal ? len - key - 1 : 0;
	if (!equal || is_public_parameter(word, key)) {
		rd_text(r, word, len, out);
		return;
	}
	rd_put(out, word, key + 1);
	if (is_plain_value(value, n))
		rd_put(out, value, n);
	else if (*value == '/' || begins(value, n, "(hd"))
		rd_path(r, value, n, out);
	else
		rd_token(r, RD_VALUE, value, n, out);
}

void rd_kernel_cmdline(struct oom_redactor *r, const char *text, size_t len, struct rd_out *out)
{
	bool arguments = false; // behind "--" stands what init is given
	if (!rd_wants(r, RD_VALUE)) {
		rd_text(r, text, len, out);
		return;
	}
	for (size_t at = 0; at < len;) {
		size_t n = 0;
		bool quoted = false;
		for (; at + n < len && (quoted || !strchr(" \t\n\r", text[at + n]) || !text[at + n]); n++)
			quoted ^= text[at + n] == '"';
		if (n && arguments)
			rd_token(r, RD_VALUE, text + at, n, out);
		else if (n)
			parameter(r, text + at, n, out);
		arguments |= n == 2 && memcmp(text + at, "--", 2) == 0;
		at += n;
		if (at < len)
			rd_put(out, text + at++, 1);
	}
}
