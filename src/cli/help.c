// SPDX-License-Identifier: GPL-2.0-or-later
/** @file --help and --version. */
#include "batch/batch.h"
#include "cli/cli.h"
#include <bpf/libbpf_version.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdio.h>
#if OOM_WITH_DW
#include <elfutils/version.h>
#endif
#if OOM_WITH_SQLITE
#include <sqlite3.h>
#endif
#if OOM_WITH_SQLITE && OOM_WITH_SECCOMP
#include <seccomp.h>
#endif

static const char help[] = "oomortem: who took the memory, why the kernel gave up, what to change\n"
			   "\n"
			   "  oomortem [report] [OPTIONS] INPUT...      one report per input\n"
			   "  oomortem log      INPUT [-o FILE]         the kernel log as text\n"
			   "  oomortem slim     VMCORE -o SMALL         a few MB that give the same report\n"
			   "  oomortem extract  INPUT [-o case.json]    only the facts\n"
			   "  oomortem classify case.json               the verdict from extracted facts\n"
			   "\n"
			   "  oomortem batch    PATH... -o DIR          reports on many inputs, one index\n"
			   "  oomortem list     DIR                     the incidents of a batch\n"
			   "  oomortem merge    DIR... -o DB            joins batches of several machines\n"
			   "\n"
			   "INPUT is a vmcore (flattened too), a kernel log or journal file (- is standard\n"
			   "input), a sosreport (archive or folder), a case.json, or a folder as kdump\n"
			   "leaves it. It is recognised by its content.\n"
			   "A vmcore with BTF needs neither debug info nor any other file.\n"
			   "\n"
			   "  -f, --format FORMAT,...    text (default), markdown, jira, html, json\n"
			   "  -o, --output FILE|DIR      a folder for several inputs or formats\n"
			   "      --event N|last|all     another event than the decisive one (from 0)\n"
			   "      --top N                rows of a table, default 10\n"
			   "      --max-size BYTES       leave the least important out; default markdown\n"
			   "                             64K, jira 32767, others none; 0: none. Not json\n"
			   "      --color auto|always|never\n"
			   "      --split                all INPUTs are the parts of one dump\n"
			   "      --deep                 no work limits\n"
			   "      --census[=1/N]         walk all page frames, or a sample of one in N\n"
			   "      --redact[=WHAT,...]    tokens for hosts, addresses, users, cmdlines,\n"
			   "                             paths, cgroups; default all. Process names stay\n"
			   "      --redact-key FILE      16 secret bytes or more: equal tokens in every run\n"
			   "      --redact-map FILE      what the tokens stand for, readable by you alone\n"
			   "  -k, --vmlinux FILE         types and symbols where the dump has none\n"
			   "  -S, --system-map FILE      symbols\n"
			   "      --btf FILE             types\n"
			   "      --tmpdir DIR           for a dump or journal file that lies in an archive;\n"
			   "                             default $TMPDIR, /var/tmp\n"
			   "      --max-spool SIZE       the largest one that is read, default 16G\n"
			   "      --for-crash            slim: add what crash reads at start\n"
			   "  -q, --quiet                no warnings\n"
			   "  -v, --verbose              every table in full\n"
			   "  -h, --help   -V, --version\n"
			   "\n"
			   "batch:\n"
			   "      --files-from FILE|-    more PATHs, one a line\n"
			   "  -j, --jobs N               readers at a time, default one for each processor\n"
			   "      --timeout TIME         for one input, default 300s\n"
			   "      --max-memory SIZE      for one reader, default 2G and 1/128 of the input\n"
			   "      --newer-than FILE|TIME inputs that changed later\n"
			   "      --since TIME           incidents since then; list too\n"
			   "      --shard I/N            a part of the inputs; array jobs of Slurm and\n"
			   "                             Kubernetes are known by their environment\n"
			   "list:\n"
			   "  -f text|csv|json  --sort KEY  --group signature  --until TIME\n"
			   "      --cause ID  --host NAME  --culprit NAME  --release NAME  (also '6.1*')\n"
			   "\n"
			   "  oomortem /var/crash/202611210514/vmcore\n"
			   "  journalctl -k -b -1 | oomortem -\n"
			   "  oomortem -f json vmcore | jq .diagnosis.summary\n"
			   "  oomortem -f text,json -o reports/ /var/crash/*\n"
			   "\n"
			   "Exit status: 0 an out-of-memory event was found, 1 none is in the input, 2 wrong\n"
			   "usage, 3 an input could not be read, 4 the output could not be written.\n";

static int finish(void)
{
	return cli_output_close(stdout, "standard output") ? CLI_OK : CLI_OUTPUT;
}

int cli_help(void)
{
	fputs(help, stdout);
	return finish();
}

int cli_version(void)
{
	printf("oomortem %s\n", OOMORTEM_VERSION);
	printf("reads: vmcore (kdump zlib lzo snappy zstd, flattened, ELF, what libkdumpfile opens), kernel "
	       "log%s%s%s\n",
	       OOM_WITH_SYSTEMD ? ", journal file" : "", OOM_WITH_ARCHIVE ? ", sosreport" : "",
	       OOM_WITH_JANSSON ? ", case.json" : "");
	printf("writes: text markdown html json jira\n");
	printf("with: libkdumpfile %s, libbpf %d.%d", KDUMPFILE_VERSION_STRING, LIBBPF_MAJOR_VERSION,
	       LIBBPF_MINOR_VERSION);
#if OOM_WITH_DW
	printf(", libdw 0.%d (-k with DWARF)", _ELFUTILS_VERSION);
#endif
#if OOM_WITH_JANSSON
	printf(", jansson (case.json)");
#endif
#if OOM_WITH_ARCHIVE
	printf(", libarchive (archives, compressed logs)");
#endif
#if OOM_WITH_SYSTEMD
	printf(", libsystemd (journal files)");
#endif
#if OOM_WITH_SQLITE
	printf(", SQLite %s (batch)", SQLITE_VERSION);
#endif
#if OOM_WITH_SQLITE && OOM_WITH_SECCOMP
	printf(", libseccomp %d.%d.%d (batch)", SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO);
#endif
	printf("\n");
#if !OOM_WITH_DW
	printf("without: libdw (types of a vmlinux come from its BTF only)\n");
#endif
#if !OOM_WITH_JANSSON
	printf("without: jansson (case.json is not read)\n");
#endif
#if !OOM_WITH_ARCHIVE
	printf("without: libarchive (no archives, no compressed logs)\n");
#endif
#if !OOM_WITH_SYSTEMD
	printf("without: libsystemd (journal files are not read)\n");
#endif
#if !OOM_WITH_SQLITE
	printf("without: SQLite (no batch, list, merge)\n");
#elif !OOM_WITH_SECCOMP
	printf("without: libseccomp (readers of a batch have limits, but no filter of system calls)\n");
#endif
	return finish();
}
