"""Scenarios in which the memory is not where the processes are: files, kernel objects, pools, leaks.

Each takes so much of one kind that it is the largest, and says with `truth` how much that is, as the guest's own kernel
counts it. "culprit_kb": what the report must give its culprit; another key: that line of the balance sheet.
"""

from .scenario import CGROUP_V2, PANIC, PANIC_ALWAYS, Scenario

HOST = {"cause": ["host-exhausted"], "scope": ["host"], "outcome": ["panic"]}
ZRAM = ("lzo-rle", "lz4_compress", "lz4hc_compress", "lz4", "lz4hc", "zstd", "842_compress", "zsmalloc", "zram")


def holder(name, consumer, script, culprit=None, **more):
    return Scenario(name, PANIC + script + "grow -n leaky -m 4\n", {**HOST, "consumer": [consumer]}, culprit, **more)


def tmpfs(seed):
    return holder("tmpfs", "shmem", f"""
dd if=/dev/zero of=/tmp/big.img bs=1M count={118 + seed % 10} 2>/dev/null
truth culprit_kb $(du -k /tmp/big.img)
hold -n mysqld -m 12
""", would_kill="leaky", findings=("shmem",))


def slab(seed):
    """System V messages of one page: kmalloc-4k, kmalloc-cg-4k since 5.14, msg_msg-4k since 6.11."""
    return holder("slab", "slab", f"""
echo {1 << 20} > /proc/sys/kernel/msgmnb
hold_with press messages {100 + seed % 10}
for cache in kmalloc-4k kmalloc-cg-4k msg_msg-4k; do
	kb=$(slab_kb $cache)
	[ "${{kb:-0}}" -gt 50000 ] && truth culprit_kb $kb
done
hold -n mysqld -m 12
""", would_kill="leaky", findings=("slab-unreclaimable",))


def slab_files(seed):
    """Event counters and pipes: many caches, none of them half of it."""
    return holder("slab-files", "slab", f"""
echo 1000000 > /proc/sys/fs/file-max
echo 2000000 > /proc/sys/fs/nr_open
hold_with press eventfds {130000 + 1000 * (seed % 10)}
hold_with press pipes 20000
truth slab_unreclaimable_kb $(meminfo_kb SUnreclaim)
hold -n mysqld -m 12
""", would_kill="leaky")


def hugetlb(seed):
    return holder("hugetlb", "hugetlb", f"""
echo {58 + seed % 5} > /proc/sys/vm/nr_hugepages
truth culprit_kb $(($(meminfo_kb HugePages_Total) * 2048))
hold -n mysqld -m 12
""", would_kill="leaky", findings=("hugepages-free",))


def dying(seed):
    """Groups that are gone, but for the files that their processes wrote into a tmpfs. From 7.1 on a removed group hands
    its pages to its parent and is gone at once (01b9da291c49 and what follows it there), so that these are plain files."""
    s = holder("dying-cgroups", "dying-cgroups", CGROUP_V2 + f"""
sum=0
for i in $(seq 1 {20 + seed % 4}); do
	mkdir /cg/job$i
	sh -c "echo 0 > /cg/job$i/cgroup.procs; exec dd if=/dev/zero of=/tmp/out$i bs=1M count=5 2>/dev/null"
	sum=$((sum + $(awk '$1 == "file" {{ print $2 }}' /cg/job$i/memory.stat) / 1024))
	rmdir /cg/job$i
done
hold -n mysqld -m 12
gone=$(awk '$1 == "nr_dying_descendants" {{ print $2 }}' /cg/cgroup.stat)
truth dying_groups $gone
[ $gone = 0 ] && sum=$(meminfo_kb Shmem)
truth culprit_kb $sum
""", would_kill="leaky", findings=("dying-cgroups",))
    s.newer = ((7, 1), {"expect": {**s.expect, "consumer": ["shmem"]}, "findings": ("shmem",)})
    return s


def zram(seed):
    """A swap device in memory, full of what does not compress."""
    size = 108 + seed % 6
    s = holder("zram", "zram", CGROUP_V2 + f"""
echo {size}M > /sys/block/zram0/disksize
mkswap /dev/zram0 >/dev/null
swapon /dev/zram0
mkdir /cg/cold
echo 6M > /cg/cold/memory.high
hold -i -n mysqld -m {size + 2} -c /cg/cold
echo 1M > /cg/cold/memory.high  # the rest too: else it goes out while the memory runs out, and zram grows
truth culprit_kb $(($(awk '{{ print $3 }}' /sys/block/zram0/mm_stat) / 1024))
""", modules=ZRAM)
    # Modules have BTF since 5.11 (36e68442d1af): before, the device's own figures are not to be had without debug info.
    s.newer = ((5, 11), {"findings": ("zram-full",)})
    return s


def zswap(seed):
    """Swapped out, and in memory all the same: by a cgroup that may not stay; the rest may not be swapped out."""
    size = 60 + seed % 9
    return Scenario("zswap", PANIC + CGROUP_V2 + f"""
mkswap /dev/vda >/dev/null
swapon /dev/vda
mkdir /cg/cold /cg/hot
echo 6M > /cg/cold/memory.high
echo 0 > /cg/hot/memory.swap.max
hold -n postgres -m {size} -c /cg/cold
grow -n leaky -m 20 -c /cg/hot
""", {**HOST, "consumer": ["task"]}, "leaky", "leaky", swap_mb=128, platform="rt", kernels=("6.12",),
                    append="zswap.enabled=1 zswap.zpool=zsmalloc")


def swapped_back(seed):
    """Swapped out, and read again: what is in the swap cache, and mapped, is there once."""
    size = 60 + seed % 9
    return Scenario("swapped-back", PANIC + CGROUP_V2 + f"""
mkswap /dev/vda >/dev/null
swapon /dev/vda
mkdir /cg/cold /cg/hot
echo 6M > /cg/cold/memory.high
echo {size + 20}M > /cg/cold/memory.min
echo 0 > /cg/hot/memory.swap.max
hold -n postgres -m {size} -c /cg/cold
echo max > /cg/cold/memory.high
for p in /proc/[0-9]*; do
	[ "$(cat $p/comm)" = postgres ] || continue
	grep -v '/\|\[' $p/maps | while read range more; do
		at=$((0x${{range%-*}} / 4096)) end=$((0x${{range#*-}} / 4096))
		dd if=$p/mem of=/dev/null bs=4096 skip=$at count=$((end - at)) 2>/dev/null
	done
done
truth swap_cached_mapped_kb $(meminfo_kb SwapCached)
grow -n leaky -m 20 -c /cg/hot
""", {**HOST, "consumer": ["task"]}, "leaky", "leaky", swap_mb=160)


def vmalloc(seed):
    mb = 96 + 4 * (seed % 4)
    return holder("vmalloc", "vmalloc", f"""
before=$(meminfo_kb VmallocUsed)
insmod /leak.ko vmalloc_mb={mb}
truth culprit_kb {mb * 1024}
hold -n mysqld -m 12
""", leak=True, would_kill="leaky", findings=("vmalloc",))


def page_leak(seed):
    mb = 96 + 4 * (seed % 4)
    return holder("page-leak", "unaccounted", f"""
insmod /leak.ko pages_mb={mb}
truth unaccounted_kb {mb * 1024}
hold -n mysqld -m 12
""", leak=True, unowned=True, would_kill="leaky", findings=("unaccounted",))


def mlock(seed):
    mb = 100 + seed % 9
    return holder("mlock", "task", f"""
hold -l -n oracle -m {mb}
truth culprit_kb {mb * 1024}
truth mlocked_kb $(meminfo_kb Mlocked)
""", "oracle", would_kill="oracle", findings=("mlocked",))


def ramfs(seed):
    return holder("ramfs", "unevictable", f"""
mkdir /ram
mount -t ramfs ramfs /ram
dd if=/dev/zero of=/ram/big.img bs=1M count={110 + seed % 8} 2>/dev/null
truth culprit_kb $(meminfo_kb Unevictable)
""", would_kill="leaky", findings=("unevictable",))


def balloon(seed):
    return holder("balloon", "balloon", f"""
before=$(meminfo_kb MemTotal)
say "=== balloon"
while [ $(meminfo_kb MemTotal) -gt $((before - {150 - seed % 5} * 1024)) ]; do usleep 50000; done
usleep 500000
truth culprit_kb $((before - $(meminfo_kb MemTotal)))
""", memory_mb=320, balloon_mb=160, modules=("virtio_balloon",), would_kill="leaky", findings=("balloon",))


def small(seed):
    """One consumer: 400 equal processes."""
    count = 390 + seed % 20
    return Scenario("small", PANIC + f"""
hold -e -n php-fpm -m 1 -k {count}
truth culprit_kb $(for p in $(pidof php-fpm); do cat /proc/$p/smaps_rollup; done | awk '/^Anonymous:/ {{ kb += $2 }} END {{ print kb }}')
truth culprit_processes $(cat /proc/[0-9]*/status | grep -c '^Name:.php-fpm$')
hold -n mysqld -m 30
grow -n leaky -m 4
""", {**HOST, "consumer": ["task"]}, "php-fpm", memory_mb=768, log_wraps=True)


def forked(seed):
    """Forty workers that map what their parent had before the fork: in the counters of each, and in memory once."""
    return Scenario("forked", PANIC + f"""
hold -f -e -n php-fpm -m {90 + seed % 20} -k 40
truth group_kb $(meminfo_kb AnonPages)
hold -n mysqld -m 30
grow -n leaky -m 4
""", {**HOST, "consumer": ["task"]}, "leaky", "leaky", memory_mb=512)


def tables(seed):
    return holder("page-tables", "page-tables", f"""
hold_with press tables {100 + seed % 9}
truth culprit_kb $(meminfo_kb PageTables)
""", would_kill="tables", findings=("page-tables",))


def cpuset(seed):
    return Scenario("cpuset", PANIC_ALWAYS + f"""
mount -t cgroup2 cgroup2 /cg
echo '+cpuset +memory' > /cg/cgroup.subtree_control
mkdir /cg/batch
echo 1 > /cg/batch/cpuset.mems
hold -n mysqld -m {12 + seed % 20}
grow -n leaky -m 10 -c /cg/batch
""", {"cause": ["numa-cpuset"], "outcome": ["panic"], "scope": ["cpuset"]}, "leaky", "leaky", memory_mb=512, numa=True)


def fragmentation(seed):
    """Every second page is a module's; another request of it needs eight in a row."""
    return Scenario("fragmentation", PANIC + f"""
hold -n mysqld -m {12 + seed % 8}
( while [ ! -e /run/go ]; do usleep 20000; done; insmod /leak.ko pieces_mb=12 ) &
""", {"cause": ["fragmentation"], "outcome": ["panic"]}, leak=True, unowned=True)


MAKERS = (tmpfs, slab, slab_files, hugetlb, dying, zram, zswap, swapped_back, vmalloc, page_leak, mlock, ramfs, balloon, small, forked, tables, cpuset,
          fragmentation)
