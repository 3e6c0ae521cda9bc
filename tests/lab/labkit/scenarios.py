"""The scenarios of limits and of processes: what happens in the guest, and what a right report says of it.

`script` runs in the guest before the snapshot (see guest/init: hold, grow, say). `expect`: key of the report's diagnosis
→ the ids that are right. Sizes vary with the seed, far enough apart that culprit and would-be victim are certain.
`culprit`, `would_kill`: names of processes, None where the verdict names none.
"""

from . import holders, hooks, keepers, names as planted
from .scenario import ALL, CGROUP_V1, CGROUP_V2, PANIC, PANIC_ALWAYS, WITH_V1, Scenario


def host(seed):
    mysqld, nginx = 24 + 7 * (seed % 3), 5 + seed % 4
    return Scenario("host", PANIC + f"""
dd if=/dev/zero of=/tmp/cache bs=1M count={8 + seed % 5} 2>/dev/null
hold -n mysqld -m {mysqld}
hold -n nginx -m {nginx} -u 33
hold -n 'my app:1' -m 4 -a 200
grow -n leaky -m 30
""", {"cause": ["host-exhausted"], "consumer": ["task"], "outcome": ["panic"], "scope": ["host"]},
                    "leaky", "leaky")


def adj(seed):
    return Scenario("adj", PANIC + f"""
hold -n mysqld -m {30 + seed % 8} -a 700
hold -n sshd -m 3 -a -1000
grow -n leaky -m 20
""", {"cause": ["host-exhausted"], "consumer": ["task"], "outcome": ["panic"]}, "leaky", "mysqld")


def swap(seed):
    return Scenario("swap", PANIC + f"""
mkswap /dev/vda >/dev/null
swapon /dev/vda
hold -n postgres -m {20 + seed % 9}
grow -n leaky -m 30
""", {"cause": ["host-exhausted"], "consumer": ["task"], "outcome": ["panic"]}, "leaky", "leaky", swap_mb=48)


def _group(seed, name, mount, limit_file, limit_at, task_at, cause, kernels):
    limit = 40 + 8 * (seed % 3)
    return Scenario(name, PANIC_ALWAYS + mount + f"""
mkdir -p /cg{task_at}
hold -n bigger -m {limit + 20 + seed % 5}
[ -e /cg{limit_at}/cgroup.controllers ] && [ {limit_at} != {task_at} ] && echo +memory > /cg{limit_at}/cgroup.subtree_control
echo {limit}M > /cg{limit_at}/{limit_file}
hold -n helper -m {4 + seed % 4} -c /cg{task_at}
grow -n leaky -m 12 -c /cg{task_at}
""", {"cause": [cause], "consumer": ["task"], "outcome": ["panic"], "scope": ["memcg"]}, "leaky", "leaky",
                    kernels=kernels)


def memcg(seed):
    return _group(seed, "memcg", CGROUP_V2, "memory.max", "/shop", "/shop", "memcg-limit", ALL)


def ancestor(seed):
    return _group(seed, "ancestor", CGROUP_V2, "memory.max", "/pod", "/pod/app", "memcg-ancestor-limit", ALL)


def memcg_v1(seed):
    return _group(seed, "memcg-v1", CGROUP_V1, "memory.limit_in_bytes", "/shop", "/shop", "memcg-limit", WITH_V1)


def ancestor_v1(seed):
    s = _group(seed, "ancestor-v1", CGROUP_V1, "memory.limit_in_bytes", "/pod", "/pod/app", "memcg-ancestor-limit", WITH_V1)
    s.script = s.script.replace("mkdir -p /cg/pod/app", "mkdir -p /cg/pod\necho 1 > /cg/pod/memory.use_hierarchy\n"
                                "mkdir -p /cg/pod/app")
    return s


def killed(seed):
    """The killer kills leaky; an unrelated crash afterwards makes the dump."""
    return Scenario("killed", f"""
hold -n mysqld -m {24 + seed % 9}
grow -n leaky -m 30
( while dmesg | grep -q 'Killed process' ; [ $? -ne 0 ]; do usleep 50000; done; sleep 1; echo c > /proc/sysrq-trigger ) &
""", {"cause": ["host-exhausted"], "outcome": ["killed", "crashed-later"]})


def story(seed):
    """Before the panic: swapped out and in again, compaction, processes in state D that the kernel says hang; a kill at a
    cgroup's limit hits one of these, so that the reaper takes its memory and it stays."""
    return Scenario("story", CGROUP_V2 + f"""
mkswap /dev/vda >/dev/null
swapon /dev/vda
mkdir /cg/cold /cg/small
echo 6M > /cg/cold/memory.high
hold -n postgres -m {20 + seed % 9} -c /cg/cold
echo max > /cg/cold/memory.high
swapoff /dev/vda
swapon /dev/vda
echo 24M > /cg/small/memory.max
echo 0 > /cg/small/memory.swap.max
insmod /leak.ko
echo 2 > /proc/sys/kernel/hung_task_timeout_secs
sh -c "echo 0 > /cg/small/cgroup.procs; exec press asleep 18" &
usleep 500000
press stuck 12 &
hold -n greedy -m 10 -c /cg/small
until dmesg | grep -q 'oom_reaper: reaped process' && dmesg | grep -q 'blocked for more than'; do usleep 50000; done
hold_with press holes 130
echo 30 > /proc/sys/vm/nr_hugepages
echo 0 > /proc/sys/vm/nr_hugepages
kill $wait_for_pid
""" + PANIC + "grow -n leaky -m 30\n", {"cause": ["host-exhausted"], "consumer": ["task"], "outcome": ["panic"]},
                    "leaky", "leaky", swap_mb=48, leak=True,
                    findings=("before-the-end", "uninterruptible"))


def no_killable(seed):
    return Scenario("no-killable", f"""
for p in /proc/[0-9]*; do echo -1000 > $p/oom_score_adj 2>/dev/null; done
hold -n mysqld -m {30 + seed % 15} -a -1000
grow -n leaky -m 30 -a -1000
""", {"cause": ["host-exhausted"], "consumer": ["task"], "outcome": ["no-killable", "panic"]}, "leaky", None)


def numa(seed):
    return Scenario("numa", PANIC_ALWAYS + f"""
hold -n mysqld -m {12 + seed % 20}
grow -n leaky -m 10 -b 1
""", {"cause": ["numa-mempolicy"], "outcome": ["panic"], "scope": ["mempolicy"]}, "leaky", "leaky", memory_mb=512,
                    numa=True)


def many(seed):
    return Scenario("many", PANIC + f"""
hold -n worker -m 0 -k {1990 + seed % 20}
hold -n mysqld -m {50 + seed % 20}
grow -n leaky -m 30
""", {"cause": ["host-exhausted"], "outcome": ["panic"]}, None, "leaky", memory_mb=768,
                    log_wraps=True)


def real(seed):
    """The way of production: kexec into a capture kernel, makedumpfile -d 31 there."""
    s = host(seed)
    s.name, s.real, s.memory_mb = "real", True, 512
    s.append = "crashkernel=192M"
    s.script = ("kexec -p /vmlinuz --initrd=/initramfs.kdump --append='console=ttyS0 nr_cpus=1 reset_devices "
                "irqpoll' > /tmp/kexec.out 2>&1 || { say kexec failed; cat /tmp/kexec.out >&3; }\n" + s.script)
    s.programs = ("kexec",)
    s.kernels = ("5.10", "6.1")
    return s


def mismatch(seed):
    """The same with a makedumpfile too old for the kernel (1.7.2 drops slab pages from 6.10 on): tasks are lost."""
    s = real(seed)
    s.name, s.partial, s.kernels, s.would_kill = "mismatch", True, ("6.12", "7.2"), None
    return s


def lowmem(seed):
    """A 32-bit kernel: what it needs for itself must lie below 896 MiB, while hundreds of MiB above are free."""
    return Scenario("lowmem", PANIC + f"""
hold -n mysqld -m {20 + seed % 10}
echo {1 << 20} > /proc/sys/kernel/msgmnb
press messages 1000
""", {"cause": ["lowmem"], "scope": ["zone"], "consumer": ["slab"], "outcome": ["panic"]}, memory_mb=1536, kernels=("6.1",), platform="686-pae")


def hook(name):
    return lambda seed: hooks.hook(real(seed), name)


MAKERS = (host, adj, swap, memcg, ancestor, memcg_v1, ancestor_v1, killed, story,
          no_killable, numa, many, real, mismatch,
          lowmem, planted.names) + holders.MAKERS + keepers.MAKERS + tuple(hook(name) for name in hooks.REPORTERS)
# What CI has time for: each kernel, each kind of scope, the real path.
CI = (("6.1", "host"), ("5.10", "host"), ("6.12", "memcg"), ("7.2", "host"), ("7.2", "tmpfs"), ("6.1", "ancestor"),
      ("5.10", "ancestor"), ("6.12", "swap"), ("6.1", "real"))


def by_name(name, seed):
    for maker in MAKERS:
        scenario = maker(seed)
        if scenario.name == name:
            return scenario
    raise SystemExit(f"lab: no scenario '{name}'")


def names():
    return [maker(0).name for maker in MAKERS]
