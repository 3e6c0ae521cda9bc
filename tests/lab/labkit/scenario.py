"""What a scenario is."""

from dataclasses import dataclass, replace

PANIC = "echo 1 > /proc/sys/vm/panic_on_oom\n"
PANIC_ALWAYS = "echo 2 > /proc/sys/vm/panic_on_oom\n"
CGROUP_V2 = "mount -t cgroup2 cgroup2 /cg\necho +memory > /cg/cgroup.subtree_control\n"
CGROUP_V1 = "mount -t cgroup -o memory cgroup /cg\n"


@dataclass
class Scenario:
    name: str
    script: str
    expect: dict
    culprit: str = None
    would_kill: str = None
    memory_mb: int = 256
    swap_mb: int = 0
    numa: bool = False
    real: bool = False                  # by kexec and makedumpfile, not by QEMU
    ends: str = "end Kernel panic"      # what the console says when it is over
    kernels: tuple = ("5.10", "6.1", "6.12", "7.2")
    platform: str = None                # the one that it is for; None: amd64, and those that list it
    append: str = ""
    programs: tuple = ()
    log_wraps: bool = False             # the task table pushes the report's head out of the ring
    leak: bool = False                  # with the lab's own module, /leak.ko
    unowned: bool = False               # which leaks pages that no counter owns
    balloon_mb: int = 0                 # what the host leaves the guest once it says "=== balloon"
    modules: tuple = ()                 # of the kernel, loaded at boot
    hook: str = None                    # the reporter of the capture kernel's hook, see hooks.py
    capture: str = ""                   # a script for the capture kernel: before_dump, after_dump
    capture_programs: tuple = ()        # for it, by name or path
    findings: tuple = ()                # ids that the report must have
    newer: tuple = None                 # (series, fields that differ from it on): where the kernel does something else
    partial: bool = False               # pages are missing: what the report has must be right, and it must say so

    def on(self, numbers):
        """What it is on a kernel of this series."""
        return replace(self, **self.newer[1]) if self.newer and numbers >= self.newer[0] else self


ALL = ("5.10", "6.1", "6.12", "7.2")
WITH_V1 = ("5.10", "6.1")   # Debian's 6.12 and later are built without CONFIG_MEMCG_V1
