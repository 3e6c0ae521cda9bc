// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What to do about the kernel's own memory, compressed swap, balloons, locked memory and deleted files. */
#include "classify/advice.h"
#include <inttypes.h>

void cl_advise_vmalloc(struct cl_look *l, const char *finding)
{
	const struct oom_vmalloc *top = cl_top_vmalloc(l);
	struct oom_recommendation *r = cl_recommend(
		l, finding,
		top && top->module ? cl_text(l, "Update or unload the module %s", top->module)
				   : "Find out what the kernel needs the vmalloc memory for",
		"Compare the list with that of a machine after a fresh start: what only grows is a leak. BPF maps and "
		"firewall tables have sizes that can be set.");
	cl_command(l, r,
		   "awk '{size[$3] += $2} END {for (who in size) print size[who], who}' /proc/vmallocinfo | sort -n -r "
		   "| head");
	if (top && top->module)
		cl_command(l, r, cl_text(l, "modinfo %s", cl_quote(l, top->module)));
}

void cl_advise_percpu(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Look for very many cgroups, interfaces or BPF maps",
		"Services that are started over and over leave cgroups behind; a smaller number of possible "
		"CPUs (possible_cpus= on the kernel's command line of a virtual machine) makes each cheaper.");
	cl_command(l, r, "cat /sys/fs/cgroup/cgroup.stat");
	cl_command(l, r, "bpftool map");
}

void cl_advise_stacks(struct cl_look *l, const char *finding)
{
	const struct oom_task *top = cl_top_threads(l);
	bool most = cl_threads_stacks_kb(l, top) >= l->sheet.stacks_kb / 2;
	struct oom_recommendation *r =
		cl_recommend(l, finding,
			     top && most && cl_ok(l->sheet.stacks_kb)
				     ? cl_text(l, "Limit the number of threads of %s", cl_who(l, top->comm, top->pid))
				     : "Limit the number of threads",
			     "TasksMax= of a unit, pids.max of a cgroup, or ulimit -u; a thread pool in the program.");
	cl_command(l, r, "ps -eo nlwp,pid,comm --sort=-nlwp | head");
}

void cl_advise_sockets(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Find the program that does not read its sockets",
			     "Full receive queues (Recv-Q) name it. net.ipv4.tcp_mem is the limit of all TCP sockets "
			     "together, in pages; tcp_rmem and tcp_wmem that of each.");
	cl_command(l, r, "ss -tamp");
	cl_command(l, r, "sysctl net.ipv4.tcp_mem net.ipv4.tcp_rmem net.ipv4.tcp_wmem");
}

void cl_advise_files(struct cl_look *l, const char *finding)
{
	const struct oom_task *top = cl_top_files(l);
	struct oom_recommendation *r = cl_recommend(
		l, finding, cl_text(l, "Find out why %s does not close its files", cl_who(l, top->comm, top->pid)),
		"What they are shows where it leaks them. LimitNOFILE= of a unit or ulimit -n bounds them.");
	if (oom_known(top->pid))
		cl_command(l, r,
			   cl_text(l,
				   "ls -l /proc/%" PRId64
				   "/fd | sed 's/.* -> //; s/:.*//' | sort | uniq -c | sort -n -r | head",
				   top->pid));
}

void cl_advise_hugepages_used(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Make the pools of huge pages smaller, and what uses them too",
		"A database's shared buffers or a virtual machine's memory are as large as its settings say; plan the "
		"pools (vm.nr_hugepages, hugepages= on the kernel's command line) so that the rest of the machine fits "
		"beside them.");
	cl_command(l, r, "grep -H HugetlbPages /proc/[0-9]*/status | sort -k2 -n -r | head");
	cl_command(l, r, "grep Huge /proc/meminfo");
}

void cl_advise_unread(struct cl_look *l, const char *finding)
{
	const struct oom_task *top = cl_top_unread(l);
	struct oom_recommendation *r = cl_recommend(
		l, finding,
		top ? cl_text(l, "Find out why nobody reads what %s has open", cl_who(l, top->comm, top->pid))
		    : "Find the program that does not read its pipes and sockets",
		"Restart it for now. A cgroup's memory limit counts these pages; fs.pipe-user-pages-soft and "
		"net.core.wmem_max bound what users without privileges may keep so, ulimit -n how many of them.");
	if (top && oom_known(top->pid))
		cl_command(l, r, cl_text(l, "ls -l /proc/%" PRId64 "/fd | grep -c -e pipe: -e socket:", top->pid));
	cl_command(l, r, "ss -xp");
	cl_command(l, r, "sysctl fs.pipe-user-pages-soft fs.pipe-max-size net.core.wmem_max");
}

void cl_advise_zram(struct cl_look *l, const char *finding)
{
	const struct oom_zram *z = cl_top_zram(l);
	struct oom_recommendation *r =
		cl_recommend(l, finding, "Back the compressed swap by a disk, or make it smaller",
			     "A memory limit keeps zram from taking what it was meant to save, a backing device takes "
			     "what does not compress; more RAM is the remedy if the processes need it all.");
	cl_command(l, r, "zramctl --output-all");
	if (z)
		cl_command(l, r, cl_text(l, "echo SIZE > /sys/block/%s/mem_limit", cl_quote(l, z->name)));
}

void cl_advise_balloon(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Give the memory back on the hypervisor",
		"Reserve memory for this machine or raise its minimum, and look why the host took it: too many "
		"machines on it, or an automatic policy. In libvirt: virsh setmem; VMware: a memory "
		"reservation; Hyper-V: the minimum of dynamic memory.");
	cl_command(l, r, "virsh dommemstat DOMAIN");
}

void cl_advise_mlocked(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Lock less memory, or plan for it",
		"Size what is locked so that the rest of the machine has enough; a limit makes the program "
		"fail at its start instead of the machine later.");
	cl_command(l, r, "grep -H VmLck /proc/[0-9]*/status | sort -k2 -n -r | head");
}

void cl_advise_deleted(struct cl_look *l, const char *finding)
{
	struct oom_recommendation *r = cl_recommend(
		l, finding, "Restart or fix the program that keeps deleted files open",
		"Log files that were rotated and temporary files that were removed while open are the usual "
		"ones.");
	cl_command(l, r, "lsof +L1");
}
