"""Scenarios of memory that is held in unusual ways, or by processes of unusual shape."""

from .holders import HOST, holder
from .scenario import CGROUP_V2, PANIC, PANIC_ALWAYS, Scenario


def threads(seed):
    return holder("threads", "kernel-stacks", f"""
echo 30000 > /proc/sys/kernel/threads-max
hold_with keep threads {6000 + 100 * (seed % 10)}
truth kernel_stack_kb $(meminfo_kb KernelStack)
hold -n mysqld -m 12
""", "threads", findings=("kernel-stacks",))


def segment(seed):
    return holder("segment", "shmem", f"""
echo {1 << 30} > /proc/sys/kernel/shmmax
hold_with keep segment {100 + seed % 9}
truth page_tables_kb $(meminfo_kb PageTables)
hold -n mysqld -m 12
""")


def fullpipes(seed):
    mb = 112 + seed % 9
    return holder("fullpipes", "unaccounted", f"""
hold_with keep fullpipes {mb}
truth culprit_kb {mb * 1024}
hold -n mysqld -m 12
""", "fullpipes", unowned=True, findings=("unread",))


def sockets(seed):
    mb = 112 + seed % 9
    return holder("sockets", "unaccounted", f"""
hold_with keep sockets {mb}
hold -n mysqld -m 12
""", "sockets", unowned=True, findings=("unread",))


def counters(seed):
    """Since 5.11 what keeps track of it is as large on two CPUs, and smaller on more."""
    return holder("counters", "percpu", f"""
hold_with keep counters {35 + seed % 3}
truth percpu_kb $(meminfo_kb Percpu)
hold -n mysqld -m 12
""", findings=("percpu",), kernels=("6.1", "6.12", "7.2"))


def deleted(seed):
    return holder("deleted", "shmem", f"""
hold_with keep deleted {110 + seed % 9}
hold -n mysqld -m 12
""", "deleted", findings=("shmem", "deleted-files"))


def files(seed):
    return holder("files", "slab", f"""
mount -o remount,nr_inodes=1000000 /tmp
hold_with keep files {120000 + 1000 * (seed % 10)}
truth slab_reclaimable_kb $(meminfo_kb SReclaimable)
truth slab_unreclaimable_kb $(meminfo_kb SUnreclaim)
hold -n mysqld -m 12
""")


def huge(seed):
    return holder("huge", "task", f"""
echo always > /sys/kernel/mm/transparent_hugepage/enabled
hold_with keep huge {120 + 2 * (seed % 9)}
""", "huge", would_kill="huge")


def leaderless(seed):
    return holder("leaderless", "task", f"""
keep leaderless {110 + seed % 9} &
pid=$!
while [ ! -e /run/ready/$pid ]; do usleep 10000; done
""", "leaderless", would_kill="leaderless")


def twins(seed):
    return holder("twins", "task", f"""
hold_with keep twins {110 + seed % 9}
""", "twins", would_kill="twins")


def hugepages(seed):
    count = 55 + seed % 5
    return holder("hugepages", "hugetlb", f"""
echo {count} > /proc/sys/vm/nr_hugepages
hold_with keep hugepages {2 * count}
truth culprit_kb $(($(meminfo_kb HugePages_Total) * 2048))
hold -n mysqld -m 12
""", "hugepages", findings=("hugepages-used",))


def halves(seed):
    """Two containers, each with half of the machine."""
    mb = 85 + seed % 3
    return Scenario("halves", PANIC + CGROUP_V2 + f"""
mkdir /cg/left /cg/right
hold -n java -m {mb} -c /cg/left
hold -n node -m {mb} -c /cg/right
grow -n leaky -m 2
""", {**HOST, "consumer": ["tasks"]}, None)


def tenants(seed):
    """A cgroup full of its own shared memory, on a machine where another one's files are larger."""
    mb = 44 + seed % 5
    return Scenario("tenants", PANIC_ALWAYS + CGROUP_V2 + f"""
dd if=/dev/zero of=/tmp/anothers.img bs=1M count=70 2>/dev/null
mkdir /cg/shop
echo {mb + 12}M > /cg/shop/memory.max
sh -c "echo 0 > /cg/shop/cgroup.procs; exec keep deleted {mb}" &
pid=$!
while [ ! -e /run/ready/$pid ]; do usleep 10000; done
truth culprit_kb {mb * 1024}
hold -n mysqld -m 20
grow -n leaky -m 2 -c /cg/shop
""", {"cause": ["memcg-limit"], "consumer": ["shmem"], "outcome": ["panic"], "scope": ["memcg"]}, "deleted",
                    findings=("shmem",))


MAKERS = (threads, segment, fullpipes, sockets, counters, deleted, files, huge, leaderless, twins, hugepages, halves,
          tenants)
