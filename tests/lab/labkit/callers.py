"""Who asked for memory, by its call site: allocation tags and page_owner against the guest's own lists and the log.

The guest's lists are older than the dump. What the processes took since then, and what the kernel needed for it, is
left out; the rest is compared as exactly as it can be.
"""

import re

from . import truth

NEAR, NEAR_KB = 0.03, 256
# Places that a growing process asks for memory at: its pages, their tables, files, what the kernel keeps of them.
GROWS = re.compile(r"folio_alloc|folio_prealloc|alloc_anon_folio|vma_alloc|do_anonymous_page|pte_alloc|pmd_alloc|do_fault|page_cache|filemap|shmem|"
                   r"seq_|kmem_cache|alloc_slab|proc_|dup_task|copy_process|wp_page_copy|elf|exec|d_alloc|inode|getname|tty|pipe")


def far(got, want):
    return got is None or abs(got - want) > max(want * NEAR, NEAR_KB)


def sites(rows):
    """{file:line function: [kB, calls]} of a report's rows: inlined functions have several tags of one place."""
    found = {}
    for row in rows:
        entry = found.setdefault(f"{row['file']} {row['function']}", [0, 0])
        entry[0] += row["kb"]
        entry[1] += row["calls"]
    return found


def guest_sites(text):
    """/proc/allocinfo: "BYTES CALLS FILE:LINE [MODULE] func:FUNCTION"."""
    found = {}
    for line in truth.sections(text).get("/proc/allocinfo", "").splitlines():
        if m := re.match(r"\s*(\d+)\s+(\d+) (\S+(?: \[\S+\])?) func:(\S+)", line):
            entry = found.setdefault(f"{m[3]} {m[4]}", [0, 0])
            entry[0] += int(m[1]) // 1024
            entry[1] += int(m[2])
    return found


SIZE = {"B": 1 / 1024, "KiB": 1, "MiB": 1 << 10, "GiB": 1 << 20}


def logged_sites(console):
    """The kernel's "Memory allocations:" of the last OOM report."""
    found, within = {}, False
    for line in truth.messages(console):
        if line == "Memory allocations:":
            found, within = {}, True
        elif m := re.match(r" *([\d.]+) (B|[KMG]iB) +(\d+) (\S+(?: \[\S+\])?) func:(\S+)", line) if within else None:
            found[f"{m[4]} {m[5]}"] = [float(m[1]) * SIZE[m[2]], int(m[3])]
        else:
            within = False
    return found


def allocs(report, text, console):
    """Tags of the dump: against the report of the log (the same moment), and /proc/allocinfo (what does not grow)."""
    guest, logged = guest_sites(text), logged_sites(console)
    if not guest:
        return []
    if not report["allocs"]:
        return ["allocs: none, the guest has /proc/allocinfo"]
    ours, wrong = sites(report["allocs"]), []
    event = sites(report["events"][-1]["allocs"] or []) if report["events"] else {}
    if not logged:
        wrong.append("allocs: the kernel printed none")
    for name, (kb, calls) in logged.items():
        if name not in event or abs(event[name][0] - kb) > 1 or event[name][1] != calls:
            wrong.append(f"allocs of the log: {name}: {event.get(name)}, the kernel printed {kb}, {calls}")
        if far(ours.get(name, [None])[0], kb):
            wrong.append(f"allocs: {name}: {ours.get(name)}, the kernel printed {kb}, {calls}")
    least = min(kb for kb, _ in ours.values())
    for name, (kb, _) in guest.items():
        if kb > max(least, NEAR_KB) and not GROWS.search(name) and far(ours.get(name, [None])[0], kb):
            wrong.append(f"allocs: {name}: {ours.get(name)}, the guest's list says {kb} kB")
    return wrong


def guest_stacks(text):
    """The lines of guest/owners: {stack: kB}."""
    found = {}
    for line in truth.sections(text).get("page_owner", "").splitlines():
        f = line.split(" ", 3)
        if len(f) == 4 and f[0].isdigit():
            stack = tuple(re.sub(r"/0x[0-9a-f]+", "", frame) for frame in f[3].split(";")[1:])
            found[stack] = found.get(stack, 0) + 4 * int(f[0])
    return found


def owners(report, text, scenario):
    """Pages by stack of the census; a leak must be named with where it is."""
    guest = guest_stacks(text)
    if not guest:
        return []
    if not report["census"] or not report["census"]["stacks"]:
        return [f"page_owner: no stacks, the guest has {len(guest)}: {report['source']['missing']}"]
    wrong, ours = [], {}
    for row in report["census"]["stacks"]:  # code that a module needed only to start is gone, and has no name
        ours[tuple(frame for frame in row["stack"] or () if not frame.startswith("0x"))] = row
    least = min(row["kb"] for row in ours.values())
    for stack, kb in guest.items():
        got = ours[stack]["kb"] if stack in ours else None
        if kb > max(least, NEAR_KB) and not GROWS.search(" ".join(stack)) and far(got, kb):
            wrong.append(f"page_owner: {got} kB, the guest's list says {kb} of {' < '.join(stack)}")
    if scenario.unowned:
        first = max(ours.values(), key=lambda row: row["unowned_kb"])
        want = int(truth.sections(text)["truth unaccounted_kb"])
        if not (first["caller"] or "").startswith("leak_pages") or far(first["unowned_kb"], want):
            wrong.append(f"page_owner: the leak of {want} kB is {first}")
    return wrong
