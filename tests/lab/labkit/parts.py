"""Where the memory went, by the structures: compared with the guest's own lists, and with each other.

The guest's lists are older than the dump by the time that the memory took to run out: what only grows slowly is compared
with a tolerance, what does not change (sizes, limits, names) exactly.
"""

import re

from . import truth

SLOW = 0.35      # how much of a kernel part may change between the snapshot and the end
SLOW_KB = 2048


def far(got, want, share=SLOW, least=SLOW_KB):
    return got is None or abs(got - want) > max(want * share, least)


def sheet(report, scenario):
    """Nothing counts twice, and what nothing owns is below 1 % of RAM or 4 MiB unless something leaks."""
    m = report["memory"]
    left, total = m["unaccounted_kb"], m["total_kb"]
    if left is None or total is None:
        return ["no unaccounted_kb"]
    wrong = []
    most = max(total // 100, 4096)
    if left < -most // 4:
        wrong.append(f"unaccounted: {left} kB: something counts twice")
    if not scenario.unowned and left > most:
        wrong.append(f"unaccounted: {left} kB of {total}")
    return wrong


def sums(report, scenario):
    """Lists against counters of another part of the kernel."""
    m, wrong = report["memory"], []
    # Not all architectures have the stacks in vmalloc areas.
    stacks = m["kernel_stack_kb"] if any(v["stacks"] for v in report["vmallocs"] or []) else 0
    areas = sum(v["kb"] for v in report["vmallocs"] or [])
    if report["vmallocs"] and m["vmalloc_kb"] is not None and abs(areas - stacks - m["vmalloc_kb"]) > 64:
        wrong.append(f"vmalloc: areas hold {areas} kB, the counter says {m['vmalloc_kb']} and stacks {stacks}")
    files = sum(f["kb"] for f in report["shmem"] or [] if f["kind"] != "ramfs")
    if report["shmem"] is not None and len(report["shmem"]) < 200 and abs(files - m["shmem_kb"]) > 64:
        wrong.append(f"shmem: files hold {files} kB, the counter says {m['shmem_kb']}")
    if scenario.name == "zswap" and (not m["zswap_kb"] or m["zswap_kb"] != m["zram_kb"] or m["zswapped_kb"] < m["zswap_kb"]):
        wrong.append(f"zswap: pools take {m['zswap_kb']} kB for {m['zswapped_kb']}, zsmalloc has {m['zram_kb']} kB")
    for reclaimable, key in ((True, "slab_reclaimable_kb"), (False, "slab_unreclaimable_kb")):
        caches = sum(s["total_kb"] for s in report["slabs"] or [] if s["reclaimable"] is reclaimable)
        # Objects larger than the largest kmalloc cache are pages of their own, and in the second counter. Since 6.17
        # (f5ad93ffb541) crypto/zstd.c keeps two contexts of 1.5 MiB in it, 2 MiB each: on 7.2 all such pages, by their
        # type in struct page, are just what is missing (5344 kB with the module, 1248 without).
        large = 0 if reclaimable else 8192 if "zstd" in scenario.modules else 4096
        if report["slabs"] and not m[key] - large - 64 <= caches <= m[key] + 64:
            wrong.append(f"{key}: caches hold {caches} kB, the counter says {m[key]}")
    return wrong


def slabs(report, text):
    """/proc/slabinfo: name, active_objs, num_objs, objsize, objperslab, pagesperslab … num_slabs."""
    ours = {s["name"]: s for s in report["slabs"] or []}
    wrong = []
    for line in truth.sections(text).get("/proc/slabinfo", "").splitlines():
        f = line.split()
        if len(f) < 16 or not f[1].isdigit():
            continue
        s = ours.get(f[0])
        if s is None:
            wrong.append(f"slab {f[0]} is not in the report")
        elif s["object_size"] != int(f[3]) or s["slab_kb"] != int(f[5]) * 4:
            wrong.append(f"slab {f[0]}: {s}, the guest says {line}")
        elif int(f[14]) * int(f[5]) * 4 > 4 * SLOW_KB and far(s["total_kb"], int(f[14]) * int(f[5]) * 4):
            wrong.append(f"slab {f[0]}: {s['total_kb']} kB, the guest says {line}")
    return wrong


def unreclaimable(report, console):
    """What the kernel printed of its caches in the report, at the same moment: "NAME  USED kB  TOTAL kB"."""
    ours, wrong, within = {s["name"]: s for s in report["slabs"] or []}, [], False
    for line in truth.messages(console) if ours else []:
        within = within or line.startswith("Unreclaimable slab info")
        if not (m := re.match(r"(\S+) +(\d+)KB +(\d+)KB$", line) if within else None):
            continue
        s = ours.get(m[1])
        got = s and [s[key] * s["object_size"] // 1024 for key in ("active_objects", "objects")]
        if not got or far(got[0], int(m[2]), 0.01, 64) or far(got[1], int(m[3]), 0.01, 64):
            wrong.append(f"slab {m[1]}: {got}, the kernel printed {m[2]} kB of {m[3]}")
    return wrong


def areas(report, text):
    """/proc/vmallocinfo: "0xA-0xB SIZE caller+0x1/0x2 [module] pages=N vmalloc"."""
    want = {}
    for line in truth.sections(text).get("/proc/vmallocinfo", "").splitlines():
        if m := re.search(r"\d+ (\S+)\+0x\S+ .*pages=(\d+) vmalloc", line):
            want[m[1]] = want.get(m[1], 0) + 4 * int(m[2])
    ours = {v["caller"]: v["kb"] for v in report["vmallocs"] or []}
    return [f"vmalloc {name}: {ours.get(name)} kB, the guest says {kb}" for name, kb in want.items()
            if far(ours.get(name), kb, 0.1, 512) and kb >= 64]


def mounts(report, text):
    """df -k of the file systems in memory: limits to the kB, what is used not much less."""
    wrong = []
    ours = {t["mount"]: t for t in report["tmpfs"] or [] if t["mount"]}
    for line in truth.sections(text).get("df", "").splitlines():
        f = line.split()
        if len(f) == 6 and f[1].isdigit() and f[5] in ("/tmp", "/dev"):
            t = ours.get(f[5])
            if t is None or t["limit_kb"] != int(f[1]) or far(t["used_kb"], int(f[2]), 0.02, 1024):
                wrong.append(f"tmpfs {f[5]}: {t}, the guest says {line}")
    return wrong


def groups(report, text):
    """memory.* of the cgroups: limits exactly, events not fewer."""
    wrong = []
    ours = {g["path"]: g for g in report["memcgs"] or []}
    for name, body in truth.sections(text).items():
        if not name.startswith("cgroup "):
            continue
        path, g = name[7:], ours.get(name[7:])
        if g is None:
            wrong.append(f"cgroup {path} is not in the report")
            continue
        values = dict(line.split(None, 1) for line in body.splitlines() if " " in line)
        for theirs, key in (("memory.max", "limit_kb"), ("memory.high", "high_kb"), ("memory.low", "low_kb"),
                            ("memory.min", "min_kb"), ("memory.swap.max", "swap_limit_kb")):
            said = values.get(theirs)
            want = int(said) // 1024 if said and said != "max" else None
            if said and g[key] != want:
                wrong.append(f"cgroup {path} {theirs}: {g[key]}, the guest says {said}")
        if (peak := values.get("memory.peak")) and g["peak_kb"] < int(peak) // 1024:
            wrong.append(f"cgroup {path} peak: {g['peak_kb']}, the guest says {peak}")
    return wrong


def protocols(report, text):
    """/proc/net/protocols: which protocols count memory at all."""
    ours = {p["name"] for p in report["protocols"] or []}
    said = [line.split() for line in truth.sections(text).get("/proc/net/protocols", "").splitlines()]
    counts = {f[0] for f in said if len(f) > 4 and f[3].lstrip("-").isdigit() and int(f[3]) >= 0}
    return [] if not counts or ours & counts else [f"protocols: {ours}, the guest says {counts}"]


def owners(census, node=None):
    return {row["owner"]: row["kb"] for row in census["owners"] if row["order"] is None and row["node"] == node}


def census(report, scenario):
    """Pages one by one against the counters, which other code keeps: in one dump they agree to the page."""
    c, m, wrong = report["census"], report["memory"], []
    if c is None or c["unreadable"]:
        return [f"census: {[line for line in report['source']['missing'] if 'census' in line]}"]
    own = owners(c)
    overall = sum(kb for owner, kb in own.items() if owner not in ("reserved", "offline"))
    pages = {"free": m["free_kb"], "free-pcp": m["pcp_kb"], "shmem": m["shmem_kb"], "page-table": m["page_tables_kb"],
             "hugetlb": m["hugetlb_kb"], "offline": m["balloon_kb"], "file": m["file_kb"]}
    for owner, kb in pages.items():
        if abs(own.get(owner, 0) - (kb or 0)) > 64:
            wrong.append(f"census: {owner} {own.get(owner, 0)} kB, the counter says {kb}")
    # Not mapped any more, or not yet: in the swap cache, or just made.
    if not -64 <= own["anon"] - m["anon_kb"] <= (m["swap_cached_kb"] or 0) + 64:
        wrong.append(f"census: anon {own['anon']} kB, the counter says {m['anon_kb']}")
    # Large objects of kmalloc() have no slab, and are marked from 6.14 on only; other marks are the architecture's.
    slab = m["slab_reclaimable_kb"] + m["slab_unreclaimable_kb"]
    if not slab - 4096 <= own["slab"] <= slab + 64:
        wrong.append(f"census: slab {own['slab']} kB, the counters say {slab}")
    if abs(overall - m["total_kb"]) > 64:
        wrong.append(f"census: all {overall} kB, managed are {m['total_kb']}")
    left = own.get("unowned", 0) + own.get("idle", 0) - (m["unaccounted_kb"] or 0)
    if not -512 <= left <= m["kernel_buffers_kb"] + (m["page_tables_upper_kb"] or 0) + 4096:
        wrong.append(f"census: unowned {own.get('unowned')} kB, the sheet leaves {m['unaccounted_kb']}")
    nodes = {row["node"] for row in c["owners"] if row["node"] is not None}
    for owner, kb in own.items():
        if nodes and sum(owners(c, node).get(owner, 0) for node in nodes) != kb:
            wrong.append(f"census: {owner} is {kb} kB, by node {[owners(c, n).get(owner) for n in nodes]}")
    if scenario.numa:
        for zone_node in report["nodes"]:
            free = sum(zone["free_kb"] for zone in zone_node["zones"])
            if owners(c, zone_node["id"]).get("free") != free:
                wrong.append(f"census: node {zone_node['id']} has {owners(c, zone_node['id'])}, free are {free}")
    return wrong + census_groups(report)


def census_groups(report):
    """A cgroup without others below it: what it has charged by page, and its own statistics."""
    wrong = []
    ours = {g["path"]: g for g in report["census"]["memcgs"]}
    for group in report["memcgs"] or []:
        g = ours.get(group["path"])
        if group["descendants"] or group["anon_kb"] is None or not group["usage_kb"] or group["usage_kb"] < 4096:
            continue
        # What is in swap and in memory too belongs to the group and is mapped by nobody: no statistic of anonymous memory.
        cached = report["memory"]["swap_cached_kb"] or 0
        if g is None or not -256 <= g["anon_kb"] - group["anon_kb"] <= 256 + cached or \
                abs(g["shmem_kb"] - group["shmem_kb"]) > 256:
            wrong.append(f"census: cgroup {group['path']}: {g}, its statistics say {group}")
    return wrong


def estimates(sample, whole):
    """Of a sample: nothing is off by more than twice what it says (that is 4 standard errors), or 2 MiB."""
    exact = owners(whole["census"])
    return [f"census: a sample says {row}, it is {exact.get(row['owner'], 0)} kB" for row in sample["census"]["owners"]
            if row["order"] is None and row["node"] is None
            and abs(row["kb"] - exact.get(row["owner"], 0)) > 2 * row["error_kb"] + 2048]


def swaps(report, text):
    """/proc/swaps: "/dev/vda partition SIZE USED PRIORITY"; what is used grows until the end."""
    ours = {s["name"]: s for s in report["swaps"] or []}
    wrong = []
    for line in truth.sections(text).get("/proc/swaps", "").splitlines()[1:]:
        f = line.split()
        s = ours.get(f[0])
        if s is None or s["size_kb"] != int(f[2]) or s["priority"] != int(f[4]):
            wrong.append(f"swap {f[0]}: {s}, the guest says {line}")
    return wrong


def compare(report, text, scenario, partial):
    if partial:
        return []
    return (sheet(report, scenario) + sums(report, scenario) + slabs(report, text) + areas(report, text) + mounts(report, text) +
            groups(report, text) + protocols(report, text) + swaps(report, text))
