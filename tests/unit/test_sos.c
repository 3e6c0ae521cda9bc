// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Sosreports and compressed logs. The reports are made here, of a log of tests/corpus or of lines as kernels print
 * them, and of /proc files as a lab guest (6.1.0-56-cloud-amd64) showed them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "open/internal.h"
#include <oomortem/classify.h>

#if OOM_WITH_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two kills in one boot, which began at 1763713000 (2025-11-21T08:16:40Z); the second 900 s later. */
#define HEAD(stamp, text) "2025-11-21T08:16:43.985412+00:00 web1 kernel: [" stamp "] " text "\n"
static const char own_log[] =
	HEAD("    3.985412", "leaky invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), "
			     "order=0, oom_score_adj=0")
		HEAD("    3.985560", "CPU: 1 PID: 91 Comm: leaky Not tainted 6.1.0-56-cloud-amd64 #1  Debian 6.1.192-2")
			HEAD("    4.059300",
			     "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
			     "global_oom,task_memcg=/,task=mysqld,pid=87,uid=0")
				HEAD("    4.059400",
				     "Out of memory: Killed process 87 (mysqld) total-vm:62000kB, anon-rss:61440kB, "
				     "file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:164kB oom_score_adj:0");

static const char meminfo[] = "MemTotal:         223388 kB\nMemFree:          136952 kB\nMemAvailable:     140256 kB\n"
			      "Buffers:               0 kB\nCached:            11204 kB\nSwapCached:            0 kB\n"
			      "Active(anon):       2172 kB\nInactive(anon):    60144 kB\nSwapTotal:             0 kB\n"
			      "SwapFree:              0 kB\nAnonPages:         51172 kB\nShmem:             11204 kB\n"
			      "SReclaimable:       9108 kB\nSUnreclaim:         6496 kB\n";
static const char zoneinfo[] =
	"Node 0, zone      DMA\n  per-node stats\n      nr_inactive_anon 16561\n      nr_active_anon 548\n"
	"  pages free     3808\n        boost    0\n        min      33\n        low      41\n        high     49\n"
	"        spanned  4095\n        present  3998\n        managed  3840\n        cma      0\n"
	"        protection: (0, 191, 191, 191, 191)\n      nr_free_pages 3808\n  pagesets\n    cpu: 0\n"
	"              count: 0\n              high:  28\n"
	"Node 0, zone    DMA32\n  pages free     30430\n        boost    0\n        min      426\n        low      "
	"532\n"
	"        high     638\n        spanned  61408\n        present  61408\n        managed  52007\n"
	"        protection: (0, 0, 0, 0, 0)\n"
	"Node 0, zone   Normal\n  pages free     0\n        min      0\n        low      0\n        high     0\n"
	"        spanned  0\n        present  0\n        managed  0\n        protection: (0, 0, 0, 0, 0)\n";
static const char buddyinfo[] =
	"Node 0, zone      DMA      0      0      0      0      0      1      1      1      0      1      3 \n"
	"Node 0, zone    DMA32      3      2      2      6      2      3      2      3      2      2     24 \n";
static const char slabinfo[] =
	"slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>\n"
	"dentry             12873  12894    192   21    1 : tunables    0    0    0 : slabdata    614    614      0\n";
static const char ps[] = "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
			 "root           1  0.0  0.8   2260  1804 ?        S    08:16   0:00 /bin/busybox sh /init\n"
			 "root          10  0.0  0.0      0     0 ?        I<   08:16   0:00 [mm_percpu_wq]\n";
static const char ps_cgroup[] = "    PID    PPID USER     GROUP        LWP NLWP START COMMAND         CGROUP\n"
				"      1       0 root     root           1    1 08:16 init            "
				"11:memory:/init.scope,1:name=systemd:/init.scope\n";

static char dir[64]; // of this test run
static struct oom_error err;

static const char *in_dir(const char *name)
{
	static char paths[8][256];
	static unsigned int next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/oomortem-test-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf -- '%s'", dir);
	return system(command); // a path of our own making
}

/* Archives. */

static struct archive *tar_new(const char *path, int filter)
{
	struct archive *a = archive_write_new();
	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_pax_restricted(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	return a;
}

static struct archive_entry *entry_new(const char *name, int type, size_t size, int64_t mtime)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, (unsigned int)type);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (int64_t)size);
	archive_entry_set_mtime(e, mtime, 0);
	return e;
}

static void put(struct archive *a, const char *name, const void *data, size_t len, int64_t mtime)
{
	char full[512];
	snprintf(full, sizeof(full), "sosreport-web1-2025-11-21-abcdefg/%s", name);
	struct archive_entry *e = entry_new(name[0] == '.' || name[0] == '/' ? name : full, AE_IFREG, len, mtime);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, data, len), len);
	archive_entry_free(e);
}

static void put_text(struct archive *a, const char *name, const char *text)
{
	put(a, name, text, strlen(text), 1763713900);
}

static void put_link(struct archive *a, const char *name, int type, const char *target)
{
	struct archive_entry *e = entry_new(name, type, 0, 0);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(e, target);
	archive_write_header(a, e); // pax has no sockets
	archive_entry_free(e);
}

static const char *tar_end(struct archive *a, const char *path)
{
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

/** What a report has beside its logs. */
static void put_facts(struct archive *a, const char *host)
{
	char uname[256];
	snprintf(uname, sizeof(uname),
		 "Linux %s 6.1.0-56-cloud-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 x86_64 GNU/Linux\n", host);
	put_text(a, "version.txt", "sosreport: 4.5.1\n");
	put_text(a, "sos_commands/kernel/uname_-a", uname);
	put_text(a, "proc/meminfo", meminfo);
	put_text(a, "proc/zoneinfo", zoneinfo);
	put_text(a, "proc/buddyinfo", buddyinfo);
	put_text(a, "proc/slabinfo", slabinfo);
	put_text(a, "proc/swaps",
		 "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		 "/dev/zram0  partition\t4194300\t\t12\t\t-2\n");
	put_text(a, "proc/cmdline", "console=ttyS0 panic=0 \n");
	put_text(a, "sos_commands/process/ps_auxwww", ps);
	put_text(a, "sos_commands/process/ps_axo_pid_ppid_user_group_lwp_nlwp_start_time_comm_cgroup", ps_cgroup);
	put_text(a, "proc/1/oom_score_adj", "-17\n");
	put_text(a, "sys/fs/cgroup/system.slice/memory.current", "1048576\n");
	put_text(a, "sys/fs/cgroup/system.slice/memory.max", "max\n");
	put_text(a, "sys/fs/cgroup/system.slice/a.service/memory.max", "2097152\n");
	put_text(a, "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "8\n");
	put_text(a, "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "5\n");
	put_text(a, "sos_commands/kernel/sysctl_-a",
		 "kernel.panic = 10\nvm.panic_on_oom = 0\nvm.swappiness = 60\nvm.overcommit_ratio = 50\n");
}

static char *corpus(size_t *len)
{
	FILE *f = fopen("tests/corpus/logs/029-418-el8-varnish.log", "r");
	assert_non_null(f);
	char *text = calloc(1, 1 << 20);
	assert_non_null(text);
	*len = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

/** @p data compressed, by libarchive's raw format, into a file. */
static const char *pack(const char *name, const void *data, size_t len, int filter)
{
	const char *path = in_dir(name);
	struct archive *a = archive_write_new();
	struct archive_entry *e = entry_new("x", AE_IFREG, len, 0);
	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, data, len), len);
	archive_entry_free(e);
	return tar_end(a, path);
}

static size_t slurp(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t len = fread(buf, 1, size, f);
	fclose(f);
	return len;
}

static struct oom_case *open_ok(const char *path)
{
	struct oom_case *c = NULL;
	memset(&err, 0, sizeof(err));
	enum oom_status status = oom_open(&path, 1, NULL, &c, &err);
	if (status != OOM_OK)
		fail_msg("%s: %d %s", path, status, err.text);
	return c;
}

static bool is_missing(const struct oom_case *c, const char *text)
{
	for (size_t i = 0; i < c->source.missing.n; i++)
		if (strstr(c->source.missing.v[i], text))
			return true;
	return false;
}

/* Tests. */

static void packed_logs(void **state)
{
	(void)state;
	static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_BZIP2,
				      ARCHIVE_FILTER_ZSTD};
	size_t len;
	char *log = corpus(&len), *buf = malloc(1 << 20);
	for (size_t i = 0; i < 4; i++) {
		const char *path = pack("log", log, len, filters[i]);
		struct oom_case *c = open_ok(path);
		assert_int_equal(c->source.kind, OOM_INPUT_LOG);
		assert_int_equal(c->events.n, 1);
		assert_int_equal(c->events.v[0].victims.v[0].pid, 3117813);
		assert_int_equal(c->source.missing.n, 0);
		oom_case_free(c);
		// Cut off: what is there is read, and it is said that the rest is not.
		assert_int_equal(truncate(path, (off_t)(slurp(path, buf, 1 << 20) - 100)), 0);
		memset(&err, 0, sizeof(err));
		c = NULL;
		enum oom_status status = oom_open(&path, 1, NULL, &c, &err);
		if (status == OOM_OK) {
			assert_int_equal(c->source.complete, OOM_NO);
			assert_true(is_missing(c, "the log behind byte"));
		} else {
			assert_int_equal(status, OOM_EREAD);
		}
		oom_case_free(c);
	}
	const char *dump = pack("dump", "KDUMP   \6\0\0\0", 12, ARCHIVE_FILTER_GZIP);
	struct oom_case *c;
	assert_int_equal(oom_open(&dump, 1, NULL, &c, &err), OOM_EFORMAT);
	assert_non_null(strstr(err.text, "packed with gzip"));
	free(buf);
	free(log);
}

/** The log of another machine in a report: its incident, and nothing of the machine that made the report. */
static void other_machine(void **state)
{
	(void)state;
	static const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_BZIP2,
				      ARCHIVE_FILTER_ZSTD};
	static const char *const formats[] = {"sos 4.5.1 tar", "sos 4.5.1 tar.gzip", "sos 4.5.1 tar.xz",
					      "sos 4.5.1 tar.bzip2", "sos 4.5.1 tar.zstd"};
	size_t len;
	char *log = corpus(&len), *buf = malloc(1 << 20);
	size_t packed = slurp(pack("log.xz", log, len, ARCHIVE_FILTER_XZ), buf, 1 << 20);
	for (size_t i = 0; i < 5; i++) {
		const char *path = in_dir("report.tar");
		struct archive *a = tar_new(path, filters[i]);
		put_facts(a, "web1");
		put(a, "var/log/messages", log, len, 2000);
		put(a, "var/log/messages-20240930.xz", buf, packed, 1000);
		struct oom_case *c = open_ok(tar_end(a, path));
		struct oom_diagnosis *d;
		assert_int_equal(c->source.kind, OOM_INPUT_SOSREPORT);
		assert_string_equal(c->source.format, formats[i]);
		assert_int_equal(c->events.n, 1); // told twice
		assert_string_equal(c->system.nodename, "hnsin-varnish");
		assert_string_equal(c->system.release, "4.18.0-553.8.1.el8_10.x86_64");
		assert_int_equal(c->system.ram_kb, c->events.v[0].state.memory.total_kb);
		assert_int_equal(c->config.swappiness, OOM_ABSENT);
		assert_true(is_missing(c, "log of hnsin-varnish is of the machine that made the report, web1"));
		assert_int_equal(c->state_is_incident, OOM_NO);
		assert_int_equal(oom_classify(c, &d), OOM_OK);
		assert_int_equal(d->top.scope, OOM_SCOPE_HOST);
		assert_int_equal(d->top.cause, OOM_CAUSE_HOST_EXHAUSTED);
		assert_true(d->top.scope_kb > 5000000); // 5.5 GiB, not the 218 MiB of /proc/meminfo
		oom_diagnosis_free(d);
		oom_case_free(c);
	}
	free(buf);
	free(log);
}

static void check_state(const struct oom_case *c)
{
	const struct oom_state *s = c->state;
	assert_non_null(s);
	assert_int_equal(s->memory.free_kb, 136952);
	assert_int_equal(s->memory.anon_kb, 51172);
	assert_int_equal(s->memory.file_kb, 0); // Cached is shmem
	assert_int_equal(s->origin.kind, OOM_FROM_FILE);
	assert_int_equal(c->system.page_size, 4096);
	assert_int_equal(s->nodes.n, 1);
	assert_int_equal(s->nodes.v[0].counters.inactive_anon_kb, 16561 * 4);
	assert_int_equal(s->nodes.v[0].zones.n, 2);
	const struct oom_zone *dma = &s->nodes.v[0].zones.v[0];
	assert_string_equal(dma->name, "DMA");
	assert_int_equal(dma->free_kb, 3808 * 4);
	assert_int_equal(dma->min_kb, 33 * 4);
	assert_int_equal(dma->high_kb, 49 * 4); // not that of its per-CPU lists
	assert_int_equal(dma->managed_kb, 3840 * 4);
	assert_int_equal(dma->lowmem_reserve_kb.n, 5);
	assert_int_equal(dma->lowmem_reserve_kb.v[1], 191 * 4);
	assert_int_equal(dma->free_areas.n, 11);
	assert_int_equal(dma->free_areas.v[10].blocks, 3);
	assert_int_equal(s->slabs.n, 1);
	assert_int_equal(s->slabs.v[0].total_kb, 614 * 4);
	assert_int_equal(s->swaps.n, 1);
	assert_string_equal(s->swaps.v[0].kind, "zram");
	assert_int_equal(s->swaps.v[0].size_kb, 4194300);
	assert_int_equal(s->hugetlb.n, 1);
	assert_int_equal(s->hugetlb.v[0].free, 5);
	assert_int_equal(s->tasks.n, 2);
	assert_int_equal(s->tasks.v[0].rss_kb, 1804);
	assert_string_equal(s->tasks.v[0].comm, "init");
	assert_string_equal(s->tasks.v[0].memcg, "/init.scope");
	assert_int_equal(s->tasks.v[0].oom_score_adj, -17);
	assert_string_equal(s->tasks.v[1].comm, "mm_percpu_wq");
	assert_int_equal(s->memcgs.n, 2);
	assert_int_equal(s->memcgs.v[0].usage_kb, 1024);
	assert_int_equal(s->memcgs.v[0].limit_kb, OOM_UNLIMITED);
	assert_string_equal(s->memcgs.v[1].path, "/system.slice/a.service");
	assert_int_equal(s->memcgs.v[1].usage_kb, OOM_ABSENT);
	assert_int_equal(s->memcgs.v[1].limit_kb, 2048);
	assert_int_equal(c->config.swappiness, 60);
	assert_int_equal(c->config.panic_timeout, 10);
	assert_string_equal(c->system.machine, "x86_64");
	assert_string_equal(c->system.version, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2");
}

/** The state of the machine itself; whose moment it is, is proven by its boot's time alone. */
static void own_machine(void **state)
{
	(void)state;
	static const struct {
		const char *stat, *uptime;
		oom_tri incident;
	} rows[] = {
		{"btime 1763713000\n", "60.07 1.01\n", OOM_MAYBE}, // a minute later
		{"btime 1763713000\n", "9000.07 1.01\n", OOM_NO},  // hours later
		{"btime 1763723000\n", "60.07 1.01\n", OOM_NO},	   // after a reboot
		{NULL, "60.07 1.01\n", OOM_NO},			   // nothing proves anything
		{"btime 1763713000\n", NULL, OOM_NO},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = in_dir("own.tar.xz");
		struct archive *a = tar_new(path, ARCHIVE_FILTER_XZ);
		put_text(a, "var/log/syslog", own_log);
		put_facts(a, "web1.example.com");
		if (rows[i].stat)
			put_text(a, "proc/stat", rows[i].stat);
		if (rows[i].uptime)
			put_text(a, "proc/uptime", rows[i].uptime);
		struct oom_case *c = open_ok(tar_end(a, path));
		assert_int_equal(c->events.n, 1);
		assert_int_equal(c->state_is_incident, rows[i].incident);
		assert_int_equal(c->source.log_read, OOM_YES);
		check_state(c);
		oom_case_free(c);
	}
}

/** A log without a host's name and without a figure of the RAM may be of any machine: that of a guest, put there. */
static void unnamed(void **state)
{
	(void)state;
	static const char *const releases[] = {"6.12.117+deb13-cloud-amd64", "6.1.0-56-cloud-amd64"};
	for (size_t i = 0; i < 2; i++) {
		char log[1024];
		const char *path = in_dir("unnamed.tar");
		struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
		snprintf(log, sizeof(log),
			 "[    0.000000] Linux version %s (gcc) #1\n"
			 "[    4.059300] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
			 "oom_memcg=/shop,task_memcg=/shop,task=leaky,pid=87,uid=0\n"
			 "[    4.059400] Memory cgroup out of memory: Killed process 87 (leaky) total-vm:62000kB, "
			 "anon-rss:61440kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:164kB oom_score_adj:0\n",
			 releases[i]);
		put_facts(a, "web1");
		put_text(a, "var/log/messages", log);
		struct oom_case *c = open_ok(tar_end(a, path));
		assert_int_equal(c->events.n, 1);
		assert_int_equal(c->system.ram_kb, i ? 223388 : OOM_ABSENT);
		assert_int_equal(c->config.swappiness, i ? 60 : OOM_ABSENT);
		assert_string_equal(c->system.release, releases[i]);
		oom_case_free(c);
	}
}

static void folder(void **state)
{
	(void)state;
	char command[512];
	const char *path = in_dir("folder.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
	put_text(a, "var/log/syslog", own_log);
	put_facts(a, "web1");
	tar_end(a, path);
	// A link in the folder leads out of it: it must not be followed.
	snprintf(command, sizeof(command),
		 "cd '%s' && tar xf folder.tar && mv sosreport-* unpacked && mkdir unpacked/sos_commands/logs && "
		 "ln -s /proc/self/environ unpacked/var/log/messages && mkfifo unpacked/var/log/kern.log",
		 dir);
	assert_int_equal(system(command), 0);
	struct oom_case *c = open_ok(in_dir("unpacked"));
	assert_string_equal(c->source.format, "sos 4.5.1 folder");
	assert_int_equal(c->events.n, 1);
	assert_string_equal(c->events.v[0].origin.what, "var/log/syslog");
	check_state(c);
	oom_case_free(c);
}

/** Files without a year, the newest first in the archive: the files' own times tell the order of the boots. */
static void order_of_boots(void **state)
{
	(void)state;
	static const char boots[2][700] = {
		"Nov 20 10:00:00 web1 kernel: [    9.000000] Linux version 6.1.0-56-cloud-amd64 (gcc) #1\n"
		"Nov 20 10:00:01 web1 kernel: [  500.000000] Out of memory: Killed process 11 (old) total-vm:62000kB, "
		"anon-rss:61440kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:164kB oom_score_adj:0\n",
		"Nov 21 10:00:00 web1 kernel: [    0.000000] Linux version 6.1.0-56-cloud-amd64 (gcc) #1\n"
		"Nov 21 10:00:09 web1 kernel: [    9.000000] Out of memory: Killed process 22 (new) total-vm:62000kB, "
		"anon-rss:61440kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:164kB oom_score_adj:0\n"};
	const char *path = in_dir("boots.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
	put(a, "var/log/messages", boots[1], strlen(boots[1]), 2000);
	put(a, "var/log/messages.1", boots[0], strlen(boots[0]), 1000);
	struct oom_case *c = open_ok(tar_end(a, path));
	assert_int_equal(c->events.n, 2);
	assert_int_equal(c->events.v[0].victims.v[0].pid, 11);
	assert_int_equal(c->events.v[1].victims.v[0].pid, 22);
	assert_int_equal(c->events.v[0].boot, 0);
	assert_int_equal(c->events.v[1].boot, 1);
	assert_int_equal(c->events.v[1].index, 1);
	oom_case_free(c);
}

/** Rotated logs of dates without the kernel's clock; the newer one comes first in the archive. */
static void order_of_dates(void **state)
{
	(void)state;
	static const char line[] = "2025-11-%d0T10:00:00+00:00 web1 kernel: Out of memory: Killed process %d (x) "
				   "total-vm:62000kB, anon-rss:61440kB, file-rss:4kB, shmem-rss:0kB, UID:0 "
				   "pgtables:164kB oom_score_adj:0\n";
	char text[2][256];
	const char *path = in_dir("dates.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
	for (int i = 0; i < 2; i++)
		snprintf(text[i], sizeof(text[i]), line, 1 + i, 11 * (1 + i));
	put(a, "var/log/messages", text[1], strlen(text[1]), 2000);
	put(a, "var/log/messages-20251111", text[0], strlen(text[0]), 1000);
	put_text(a, "sos_commands/host/hostname", "web1\n");
	struct oom_case *c = open_ok(tar_end(a, path));
	assert_int_equal(c->events.n, 2);
	assert_int_equal(c->events.v[0].victims.v[0].pid, 11);
	assert_int_equal(c->events.v[1].victims.v[0].pid, 22);
	oom_case_free(c);
}

/** "localhost" twice is no proof: the incident's machine had another RAM. */
static void same_name_other_machine(void **state)
{
	(void)state;
	static const char log[] =
		"2025-11-21T08:16:43.985412+00:00 vm kernel: [    3.985412] x invoked oom-killer: "
		"gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"2025-11-21T08:16:43.985413+00:00 vm kernel: [    3.985413] Node 0 Normal free:36kB min:31kB low:39kB "
		"high:47kB present:31291960kB managed:27567840kB\n"
		"2025-11-21T08:16:43.985414+00:00 vm kernel: [    3.985414] 7822990 pages RAM\n"
		"2025-11-21T08:16:43.985415+00:00 vm kernel: [    3.985415] 931030 pages reserved\n"
		"2025-11-21T08:16:43.985416+00:00 vm kernel: [    3.985416] Out of memory: Killed process 87 (x) "
		"total-vm:62000kB, anon-rss:61440kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:164kB "
		"oom_score_adj:0\n";
	const char *path = in_dir("same.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
	put_facts(a, "vm");
	put_text(a, "var/log/messages", log);
	struct oom_case *c = open_ok(tar_end(a, path));
	assert_int_equal(c->system.ram_kb, 27567840);
	assert_int_equal(c->config.swappiness, OOM_ABSENT);
	assert_true(
		is_missing(c, "the log of vm tells of 26921 MiB of RAM, the machine that made the report has 218 MiB"));
	oom_case_free(c);
}

/** What sos has of cgroups, of kdump, of free blocks by type and of nodes. */
static void more_state(void **state)
{
	(void)state;
	const char *path = in_dir("more.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
	put_text(a, "sys/devices/system/node/node0/meminfo",
		 "Node 0 MemTotal:         223388 kB\nNode 0 Active(anon):       2172 kB\n"
		 "Node 0 AnonPages:        51172 kB\nNode 0 KernelStack:        908 kB\n"
		 "Node 7 AnonPages:        1 kB\n");
	put_facts(a, "web1");
	put_text(a, "proc/pagetypeinfo",
		 "Page block order: 9\nPages per block:  512\n\nFree pages count per migrate type at order       0     "
		 " 1\n"
		 "Node    0, zone    DMA32, type    Unmovable      1      0      0      1      1\n"
		 "Node    0, zone    DMA32, type      Movable      1      1      0      4 >100000\n"
		 "Node    0, zone    DMA32, type   HighAtomic      0      0      0      0      2\n"
		 "Number of blocks type     Unmovable      Movable\n");
	put_text(a, "sys/kernel/kexec_crash_loaded", "1\n");
	put_text(a, "sys/kernel/kexec_crash_size", "134217728\n");
	put_text(a, "sys/fs/cgroup/system.slice/memory.stat",
		 "anon 45678592\nfile 4096\nkernel 421888\nshmem 0\nslab 8192\nanon_thp 2097152\n");
	put_text(a, "sys/fs/cgroup/system.slice/memory.events", "low 0\nhigh 3\nmax 12\noom 2\noom_kill 1\n");
	put_text(a, "sys/fs/cgroup/system.slice/memory.peak", "2097152\n");
	struct oom_case *c = open_ok(tar_end(a, path));
	assert_int_equal(c->config.kdump_loaded, 1);
	assert_int_equal(c->config.crash_size_kb, 131072);
	assert_int_equal(c->state->nodes.n, 1);
	const struct oom_node *node = &c->state->nodes.v[0];
	assert_int_equal(node->counters.anon_kb, 51172);
	assert_int_equal(node->counters.kernel_stack_kb, 908);
	assert_int_equal(node->zones.n, 2);
	const struct oom_free_areas *areas = &node->zones.v[1].free_areas;
	assert_string_equal(areas->v[0].types, "UM");
	assert_string_equal(areas->v[1].types, "M");
	assert_null(areas->v[2].types);
	assert_string_equal(areas->v[4].types, "UMH");
	const struct oom_memcg *slice = &c->state->memcgs.v[0];
	assert_string_equal(slice->path, "/system.slice");
	assert_int_equal(slice->usage_kb, 1024);
	assert_int_equal(slice->anon_kb, 44608);
	assert_int_equal(slice->kmem_kb, 412);
	assert_int_equal(slice->events_oom_kill, 1);
	assert_int_equal(slice->events_high, 3);
	assert_int_equal(slice->peak_kb, 2048);
	oom_case_free(c);
}

/** Names of sos 3, and a host name as `sos clean` writes it. */
static void other_names(void **state)
{
	(void)state;
	const char *path = in_dir("names.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
	put_text(a, "version.txt", "sosreport: 3.2\n");
	put_text(a, "sos_commands/general/hostname", "host0\n");
	put_text(a, "sos_commands/general/date", "Fri Nov 21 08:31:40 UTC 2025\n");
	put_text(a, "sos_commands/kernel/uname_-a", "Linux host0 3.10.0-514.el7.x86_64 #1 SMP x86_64 GNU/Linux\n");
	put_text(a, "sos_commands/kernel/sysctl_-a", "vm.swappiness = 30\n");
	put_text(a, "sos_commands/process/ps_auxwww", ps);
	put_text(a, "proc/meminfo", meminfo);
	put_text(a, "sos_commands/logs/journalctl_--all_--this-boot_--no-pager",
		 "Nov 21 08:16:43 host0 kernel: Out of memory: Kill process 87 (mysqld) score 900 or sacrifice child\n"
		 "Nov 21 08:16:43 host0 kernel: Killed process 87 (mysqld) total-vm:62000kB, anon-rss:61440kB, "
		 "file-rss:4kB, shmem-rss:0kB\n");
	struct oom_case *c = open_ok(tar_end(a, path));
	assert_string_equal(c->source.format, "sos 3.2 tar");
	assert_int_equal(c->events.n, 1);
	assert_string_equal(c->system.nodename, "host0");
	assert_string_equal(c->system.release, "3.10.0-514.el7.x86_64");
	assert_int_equal(c->config.swappiness, 30);
	assert_int_equal(c->state->tasks.n, 2);
	oom_case_free(c);
}

/** A zstd frame: @p data as it is, then @p more bytes of zeros, of which 128 KiB take four bytes (RFC 8878). */
static const char *bomb(const char *name, const char *data, size_t len, size_t more)
{
	static const unsigned char head[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38};
	static const unsigned char zeros[] = {0x02, 0x00, 0x10, 0x00};
	const unsigned char raw[] = {(unsigned char)(len << 3), (unsigned char)(len >> 5), (unsigned char)(len >> 13)};
	const char *path = in_dir(name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fwrite(head, 1, sizeof(head), f);
	fwrite(raw, 1, sizeof(raw), f);
	fwrite(data, 1, len, f);
	for (size_t i = 0; i < more / (128 * 1024); i++)
		fwrite(zeros, 1, sizeof(zeros), f);
	fwrite("\1\0\0", 1, 3, f);
	fclose(f);
	return path;
}

/** A log, and an archive with a member of 100 GB, that a few kilobytes unpack to. */
static void bombs(void **state)
{
	(void)state;
	char tar[16 * 1024], header[512];
	struct oom_case *c = open_ok(bomb("log.zst", own_log, sizeof(own_log) - 1, (size_t)5 << 30));
	assert_int_equal(c->events.n, 1);
	assert_int_equal(c->source.complete, OOM_NO);
	assert_true(is_missing(c, "it unpacks to more than 1000 times its size"));
	oom_case_free(c);

	const char *path = in_dir("small.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
	put_text(a, "sos_commands/host/hostname", "web1\n");
	put_text(a, "var/log/syslog", own_log);
	size_t len = slurp(tar_end(a, path), tar, sizeof(tar));
	while (len > 512 && !tar[len - 512]) // the two empty blocks at the end
		len -= 512;
	// A header like that of the member before: another name, and a size in base 256, which starts with 0x80.
	memcpy(header, tar, sizeof(header));
	snprintf(header, 100, "sosreport-web1-2025-11-21-abcdefg/var/log/messages");
	memset(header + 124, 0, 12);
	const uint64_t size = (uint64_t)100 << 30;
	header[124] = (char)0x80;
	for (int i = 0; i < 8; i++)
		header[135 - i] = (char)(size >> 8 * i);
	memset(header + 148, ' ', 8);
	unsigned int sum = 0;
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	memcpy(tar + len, header, sizeof(header));
	c = open_ok(bomb("tar.zst", tar, len + sizeof(header), (size_t)5 << 30));
	assert_int_equal(c->events.n, 1);
	assert_string_equal(c->system.nodename, "web1");
	assert_int_equal(c->source.complete, OOM_NO);
	assert_true(is_missing(c, "it unpacks to more than 1000 times its size"));
	oom_case_free(c);
}

/** Without a log that reaches back, "no event" proves nothing; nor against the kernel's own count. */
static void nothing_proven(void **state)
{
	(void)state;
	const char *quiet = "[    0.000000] Linux version 6.1.0-56-cloud-amd64 (gcc) #1\n";
	static const struct {
		const char *log, *vmstat, *missing;
		oom_tri log_read;
	} rows[] = {
		{"var/log/messages", NULL, NULL, OOM_YES},
		{"sos_commands/kernel/dmesg", NULL, "of earlier boots", OOM_NO},
		{"var/log/messages", "nr_free_pages 31553\noom_kill 3\n", "counts 3 kills", OOM_NO},
		{"var/log/messages", "oom_kill 0\n", NULL, OOM_YES},
		{NULL, NULL, "no log of the kernel", OOM_NO},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = in_dir("quiet.tar");
		struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
		put_facts(a, "web1");
		if (rows[i].log)
			put_text(a, rows[i].log, quiet);
		if (rows[i].vmstat)
			put_text(a, "proc/vmstat", rows[i].vmstat);
		struct oom_case *c = open_ok(tar_end(a, path));
		assert_int_equal(c->events.n, 0);
		assert_int_equal(c->source.log_read, rows[i].log_read);
		assert_true(!rows[i].missing || is_missing(c, rows[i].missing));
		oom_case_free(c);
	}
}

static void hostile_names(void **state)
{
	(void)state;
	const char *path = in_dir("hostile.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_NONE);
	put_text(a, "../../etc/passwd", "x");
	put_text(a, "./a/../../var/log/messages", "x");
	put_link(a, "a/var/log/kern.log", AE_IFLNK, "/etc/passwd");
	put_link(a, "a/proc/meminfo", AE_IFCHR, NULL);
	put_link(a, "a/proc/swaps", AE_IFIFO, NULL);
	put(a, "var/log/messages.1.gz", "\x1f\x8b\x08\0\0\0\0\0\0\3garbage", 17, 0);
	put(a, "var/log/messages.2.xz",
	    "\xfd"
	    "7zXZ\0\0\4\xe6\xd6\xb4\x46\2\0\x21\1\x28",
	    17, 0);
	put(a, "var/crash/127.0.0.1-2025/vmcore", "KDUMP   ", 8, 0);
	put(a, "var/log/journal/0123/system.journal", "LPKSHHRH", 8, 0);
	put_text(a, "proc/zoneinfo",
		 "Node 0, zone\nNode 99999999999999999999, zone X\n  pages free 3\nNode 0, zone DMA\n"
		 " protection: (9999999999999999999, 3\n min -1\n managed 9999999999999999\n");
	put_text(a, "proc/slabinfo",
		 "slabinfo\n#\nx 1 2\n"
		 "y 9223372036854775807 9223372036854775807 9223372036854775807 4 "
		 "9223372036854775807 : slabdata 9223372036854775807 9223372036854775807\n");
	put_text(a, "sos_commands/host/hostname", "web1\n");
	put_text(a, "sos_commands/process/ps_aux", "PID COMMAND\n1\n2 [\n3 []\n x y\n\n");
	put_text(a, "sos_commands/kernel/sysctl_-a", "vm.swappiness = 99999999999999999999\nvm.panic_on_oom=1\n=\n");
	put_text(a, "var/log/syslog", own_log);
	struct oom_case *c = open_ok(tar_end(a, path));
	assert_int_equal(c->events.n, 1);
	assert_int_equal(c->events.v[0].victims.v[0].pid, 87);
	assert_true(is_missing(c, "../../etc/passwd: not read"));
	assert_true(is_missing(c, "./a/../../var/log/messages: not read"));
	assert_true(is_missing(c, "var/log/messages.1.gz: "));
	assert_true(is_missing(c, "var/log/messages.2.xz: "));
	assert_true(is_missing(c, "vmcore: a dump that could not be read: "));
	assert_true(is_missing(c, "system.journal: a journal file whose header is damaged"));
	assert_int_equal(c->source.complete, OOM_NO);
	assert_int_equal(c->source.log_read, OOM_NO);
	assert_int_equal(c->config.panic_on_oom, 1);
	assert_int_equal(c->config.swappiness, OOM_ABSENT);
	oom_case_free(c);
}

/** Cut off or turned over at any place: what was before stays, nothing worse happens. */
static void damaged(void **state)
{
	(void)state;
	static const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
	char *buf = malloc(1 << 20);
	for (size_t i = 0; i < 3; i++) {
		const char *path = in_dir("damaged");
		struct archive *a = tar_new(path, filters[i]);
		put_text(a, "var/log/syslog", own_log);
		put_facts(a, "web1");
		size_t len = slurp(tar_end(a, path), buf, 1 << 20);
		for (size_t at = 1; at < len; at += len / 60 + 1) {
			for (int cut = 0; cut < 2; cut++) {
				FILE *f = fopen(path, "w");
				buf[at] = (char)(buf[at] ^ (cut ? 0 : 0x55));
				fwrite(buf, 1, cut ? at : len, f);
				buf[at] = (char)(buf[at] ^ (cut ? 0 : 0x55));
				fclose(f);
				struct oom_case *c = NULL;
				enum oom_status status = oom_open(&path, 1, NULL, &c, &err);
				assert_true(status == OOM_OK || err.text[0]);
				// The log is the first member: two blocks of a tar without compression.
				if (filters[i] == ARCHIVE_FILTER_NONE && at > 4096 && cut) {
					assert_int_equal(status, OOM_OK);
					assert_int_equal(c->events.n, 1);
				}
				oom_case_free(c);
			}
		}
	}
	free(buf);
}

static void no_report(void **state)
{
	(void)state;
	const char *path = in_dir("other.tar");
	struct archive *a = tar_new(path, ARCHIVE_FILTER_GZIP);
	struct oom_case *c;
	put_text(a, "README", "nothing\n");
	tar_end(a, path);
	assert_int_equal(oom_open(&path, 1, NULL, &c, &err), OOM_EFORMAT);
	assert_non_null(strstr(err.text, "neither a sosreport"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_logs),	  cmocka_unit_test(other_machine),
		cmocka_unit_test(own_machine),	  cmocka_unit_test(folder),
		cmocka_unit_test(order_of_boots), cmocka_unit_test(order_of_dates),
		cmocka_unit_test(bombs),	  cmocka_unit_test(same_name_other_machine),
		cmocka_unit_test(more_state),	  cmocka_unit_test(other_names),
		cmocka_unit_test(nothing_proven), cmocka_unit_test(hostile_names),
		cmocka_unit_test(damaged),	  cmocka_unit_test(no_report),
		cmocka_unit_test(unnamed),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

#else

int main(void)
{
	return 77; // tests/run: skipped
}

#endif
