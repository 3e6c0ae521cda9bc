"""Compares a report with what the guest and its kernel said. Each function returns a list of differences.

Tolerances, and why they are needed at all: between the kernel's own report and the moment the CPUs stop, the machine
goes on for some milliseconds, so counters in the structures move a little after they were printed. What the log's own
figures say must be exact, and so must the task table: the kernel's reading of rss ("oom_rss_kb") leaves out the same
per-CPU and per-thread parts that the kernel's table left out.
"""

import re
from dataclasses import replace

from . import truth

FREE_KB = 2048          # free memory of a zone: page tables, printk, the dying console
COUNTER_KB = 3072       # a node's counters
BOOST_KB = 4096         # a boost that was not printed


def differs(where, got, want, tolerance=0):
    if got is None or abs(got - want) > tolerance:
        return [f"{where}: {got}, the kernel says {want}" + (f" (±{tolerance})" if tolerance else "")]
    return []


def zone_list(report_nodes):
    return {(n["id"], z["name"]): z for n in report_nodes or [] for z in n["zones"]}


def compare_marks(name, zone, want, tolerance):
    """min, low and high. The log's must be equal. kswapd takes the boost back after the report: in the structures the
    marks without it must be equal, or, where the kernel (before 5.12) prints no boost, differ by no more than it was."""
    wrong = []
    boost = want["boost"] or 0
    for key in ("min", "low", "high"):
        if tolerance == 0:
            wrong += differs(f"{name} {key}", zone[f"{key}_kb"], want[key])
        elif want["boost"] is not None:
            wrong += differs(f"{name} {key} without boost", zone[f"{key}_kb"] - zone["boost_kb"], want[key] - boost)
        else:
            wrong += differs(f"{name} {key}", zone[f"{key}_kb"], want[key], BOOST_KB)
    if tolerance == 0 and want["boost"] is not None:
        wrong += differs(f"{name} boost", zone["boost_kb"], boost)
    return wrong


def compare_zones(where, report_nodes, printed, tolerance):
    wrong = []
    ours = zone_list(report_nodes)
    for key, want in printed.items():
        z = ours.get(key)
        if z is None:
            wrong.append(f"{where}: zone {key} is not in the report")
            continue
        name = f"{where} node {key[0]} {key[1]}"
        # The CPUs' own lists of free pages are given back when nothing else is left.
        wrong += differs(f"{name} free", z["free_kb"], want["free"], tolerance and tolerance + (want["pcp"] or 0))
        wrong += compare_marks(name, z, want, tolerance)
        for ours_key, theirs in (("present_kb", "present"), ("managed_kb", "managed")):
            wrong += differs(f"{name} {theirs}", z[ours_key], want[theirs])
        if z["lowmem_reserve_kb"] is None or z["lowmem_reserve_kb"][:len(want["reserve"])] != want["reserve"]:
            wrong.append(f"{name} lowmem_reserve: {z['lowmem_reserve_kb']}, the kernel says {want['reserve']}")
        if "blocks" in want:
            got = z["free_blocks"] or []
            off = sum(abs(a - b) * 4 << order for order, (a, b) in enumerate(zip(got, want["blocks"])))
            if len(got) < len(want["blocks"]) or off > (tolerance and 2 * (tolerance + (want["pcp"] or 0))):
                wrong.append(f"{name} free blocks: {got}, the kernel says {want['blocks']}")
    return wrong


def compare_totals(report, event, printed):
    wrong = []
    if "ram_pages" in printed:
        wrong += differs("pages RAM (log)", event["memory"]["present_kb"], printed["ram_pages"] * printed["page_kb"])
        managed = printed["page_kb"] * (printed["ram_pages"] - printed["reserved_pages"])
        wrong += differs("total_kb (memory)", report["memory"]["total_kb"], managed)
        wrong += differs("ram_kb (system)", report["system"]["ram_kb"], managed)
    if "swap_total_kb" in printed:
        for name, memory, tolerance in (("log", event["memory"], 0), ("memory", report["memory"], 1024)):
            wrong += differs(f"swap total ({name})", memory["swap_total_kb"], printed["swap_total_kb"])
            wrong += differs(f"swap free ({name})", memory["swap_free_kb"], printed["swap_free_kb"], tolerance)
    return wrong


NODE_KEYS = {"active_anon": "active_anon_kb", "inactive_anon": "inactive_anon_kb", "active_file": "active_file_kb",
             "inactive_file": "inactive_file_kb", "unevictable": "unevictable_kb", "mapped": "mapped_kb",
             "dirty": "dirty_kb", "writeback": "writeback_kb", "shmem": "shmem_kb", "kernel_stack": "kernel_stack_kb",
             "pagetables": "page_tables_kb"}


def compare_nodes(where, report_nodes, printed, tolerance):
    wrong = []
    ours = {n["id"]: n.get("counters") or {} for n in report_nodes or []}
    for node, counters in printed.items():
        mine = ours.get(node, {})
        for theirs, key in NODE_KEYS.items():
            # Reclaim moves anonymous pages between the lists all the time: in the structures their sum counts.
            if theirs in counters and (tolerance == 0 or not theirs.endswith("active_anon")):
                wrong += differs(f"{where} node {node} {theirs}", mine.get(key), counters[theirs], tolerance)
        both = [mine.get(k) for k in ("active_anon_kb", "inactive_anon_kb")]
        if "active_anon" in counters:
            wrong += differs(f"{where} node {node} anon lists", None if None in both else sum(both),
                             counters["active_anon"] + counters["inactive_anon"], tolerance)
    return wrong


def task_columns(row, kernels_reading):
    """The printed row in the report's terms, kB. `oom_rss…` is what the OOM killer reads, `rss…` the exact sum."""
    prefix, page = "oom_" if kernels_reading else "", row["page_kb"]
    want = {"total_vm_kb": page * row["total_vm"], f"{prefix}rss_kb": page * row["rss"],
            f"{prefix}swap_kb": page * row["swapents"], "pgtables_kb": row["pgtables_bytes"] // 1024,
            "oom_score_adj": row["oom_score_adj"]}
    for part in ("rss_anon", "rss_file", "rss_shmem"):
        if part in row:
            want[f"{prefix}{part}_kb"] = page * row[part]
    return want


def compare_tasks(where, report_tasks, printed, kernels_reading):
    wrong = []
    ours = {t["pid"]: t for t in report_tasks or [] if not t["kthread"]}
    for pid, row in printed.items():
        # Of a process whose first thread has ended the kernel prints another; the structures' row is the process's.
        t = ours.get(pid) or (ours.get(row["tgid"]) if kernels_reading else None)
        if t is None:
            wrong.append(f"{where}: task {pid} {row['name']} is not in the report")
            continue
        if t["comm"] != row["name"] or t["uid"] != row["uid"] or t["tgid"] != row["tgid"]:
            wrong.append(f"{where} task {pid}: {t['comm']}/{t['uid']}/{t['tgid']}, the kernel says {row['name']}")
        for key, want in task_columns(row, kernels_reading).items():
            wrong += differs(f"{where} task {pid} {row['name']} {key}", t[key], want)
    return wrong


def compare_report(report, console, scenario):
    """The report against the kernel's last OOM report on the console: the log's figures exactly, then the structures."""
    lines = truth.messages(console)
    events = [e for e in report["events"] if e["kind"] == "oom"]
    if not events:
        return ["no event in the report"]
    event = events[-1]
    zones, nodes, tasks = truth.zones(lines), truth.nodes(lines), truth.tasks(lines)
    wrong = []
    if not scenario.log_wraps:
        wrong += compare_zones("log", event["nodes"], zones, 0) + compare_nodes("log", event["nodes"], nodes, 0)
        wrong += compare_tasks("log", event["tasks"], tasks, False)
        wrong += compare_totals(report, event, truth.totals(lines))
    wrong += compare_zones("memory", report["nodes"], zones, FREE_KB)
    wrong += compare_nodes("memory", report["nodes"], nodes, COUNTER_KB)
    wrong += compare_tasks("memory", report["tasks"], tasks, True)
    if limit := truth.memcg(lines):
        got = event["memcg"] or {}
        if (got.get("usage_kb"), got.get("limit_kb"), got.get("failcnt")) != limit:
            wrong.append(f"memcg: {got}, the kernel says {limit}")
    return wrong


def only_gaps(wrong, report, pages_lost):
    """Of a dump with pages missing, or of a kernel that does not describe itself: absent facts are right if the report says
    so; a wrong figure is wrong still."""
    said = report["source"]["missing"] and (report["source"]["complete"] is False or not pages_lost)
    kept = [w for w in wrong if "not in the report" not in w and "None" not in w]
    return kept if said else kept + ["what is missing is not said in the report"]


ACTIVITY = ("pgscan_kswapd", "pgscan_direct", "pgsteal_kswapd", "pgsteal_direct", "compact_stall", "compact_fail",
            "compact_success", "pswpin", "pswpout", "pgmajfault", "oom_kill", "drop_pagecache")
NOT_FLUSHED = 512   # pages that the CPUs may hold back of a node's statistics


def compare_activity(report, snapshot):
    """Counts since boot: at least what they were in the snapshot."""
    wrong = []
    vmstat = dict(line.split() for line in snapshot.get("/proc/vmstat", "").splitlines() if len(line.split()) == 2)
    got = report["activity"]
    if any("vm_event_states" in line for line in report["source"]["missing"]):
        return []
    for key in ACTIVITY:
        least = int(vmstat.get(key, 0)) - (NOT_FLUSHED if key.startswith(("pgscan", "pgsteal")) else 0)
        if key in vmstat and (got[key] is None or got[key] < least):
            wrong.append(f"activity {key}: {got[key]}, the guest said {vmstat[key]} before")
    stalls = sum(int(value) for key, value in vmstat.items() if key.startswith("allocstall"))
    if vmstat and (got["allocstall"] is None or got["allocstall"] < stalls):
        wrong.append(f"activity allocstall: {got['allocstall']}, the guest said {stalls} before")
    for what in ("memory", "io"):
        for m in re.finditer(r"(some|full) .*total=(\d+)", snapshot.get(f"/proc/pressure/{what}", "")):
            key = f"{what}_{m[1]}_s"
            if got[key] is None or round(got[key] * 1e6) < int(m[2]):
                wrong.append(f"activity {key}: {got[key]}, the guest said {m[2]} us before")
    if got["pgsteal_direct"] is not None and got["pgscan_direct"] is not None and \
            got["pgsteal_direct"] > got["pgscan_direct"] + NOT_FLUSHED:
        wrong.append(f"activity: more pages taken back than looked at: {got}")
    return wrong


def compare_kills(report, console):
    """Whom the kernel killed before the end, and whether the reaper said that it was done with them."""
    lines = truth.messages(console)
    said = [(int(m[1]), m[2]) for line in lines if (m := re.search(r"Killed process (\d+) \((.*?)\)", line))]
    reaped = {int(m[1]) for line in lines if (m := re.match(r"oom_reaper: reaped process (\d+) ", line))}
    ours = {v["pid"]: v for e in report["events"] for v in e["victims"]}
    wrong = [f"victim {pid} {name}: {ours.get(pid)}" for pid, name in said if (ours.get(pid) or {}).get("comm") != name]
    wrong += [f"victim {pid} was reaped: {v}" for pid, v in ours.items() if pid in reaped and v["reaped"] is not True]
    if not any("vm_event_states" in line for line in report["source"]["missing"]):
        wrong += differs("activity oom_kill", report["activity"]["oom_kill"], len(said))
    return wrong


def compare_program(t, p):
    """What it runs, what it has locked, and its mappings: those of /proc/PID/maps that may be accessed, largest first."""
    wrong = []
    if p["exe"] and t["exe"] and t["exe"] != p["exe"]:
        wrong.append(f"process {t['pid']} exe: {t['exe']}, the guest says {p['exe']}")
    if "VmLck" in p:
        wrong += differs(f"process {t['pid']} locked_kb", t["locked_kb"], int(p["VmLck"].split()[0]))
    if t["mappings"] is None or not p["maps"] or t["comm"] == "leaky":
        return wrong
    said = {}
    for line in p["maps"].splitlines():
        words = line.split(None, 5)
        start, end = (int(number, 16) for number in words[0].split("-"))
        if words[1][:3] != "---" and len(words) > 4:
            said[start] = ((end - start) // 1024, words[5].strip() if len(words) > 5 else "")
    sizes = sorted((size for size, _ in said.values()), reverse=True)[:len(t["mappings"])]
    if [m["size_kb"] for m in t["mappings"]] != sizes:
        wrong.append(f"process {t['pid']} mappings: {[m['size_kb'] for m in t['mappings']]}, the guest says {sizes}")
    for m in t["mappings"]:
        size, name = said.get(int(m["start"], 16), (None, ""))
        kind = {"[heap]": "heap", "[stack]": "stack"}.get(name, "file" if name.startswith("/") else "anon")
        if size != m["size_kb"] or kind != m["kind"] or (kind == "file" and name != m["path"]):
            wrong.append(f"process {t['pid']} mapping {m}: the guest says {size} {name}")
    return wrong


def compare_guest(report, text, dead=()):
    """The report against the guest's snapshot: what does not change while the memory runs out. `dead`: names of
    processes that the kernel killed since."""
    wrong = []
    snapshot = truth.sections(text)
    for key in ("panic_on_oom", "oom_kill_allocating_task", "overcommit_memory", "min_free_kbytes", "swappiness",
                "overcommit_ratio"):
        said = snapshot.get(f"/proc/sys/vm/{key}", "").strip()
        if said:
            wrong += differs(f"config {key}", report["config"][key], int(said))
    if "/proc/cmdline" in snapshot and (report["system"]["cmdline"] or "").strip() != snapshot["/proc/cmdline"].strip():
        wrong.append(f"cmdline: {report['system']['cmdline']}")
    wrong += compare_activity(report, snapshot)
    ours = {t["pid"]: t for t in report["tasks"] or []}
    for pid, p in truth.processes(snapshot).items():
        t = ours.get(pid)
        if not t:
            # A snapshot's own children (cat, tr) are gone by then.
            if int(p["PPid"]) == 1 and p["Name"] not in ("cat", "tr", "init", *dead):
                wrong.append(f"process {pid} {p['Name']} is not in the report")
            continue
        if t["ppid"] != int(p["PPid"]) or t["uid"] != int(p["Uid"].split()[0]) or str(t["oom_score_adj"]) != p["adj"]:
            wrong.append(f"process {pid} {p['Name']}: {t['ppid']}/{t['uid']}/{t['oom_score_adj']}, the guest says "
                         f"{p['PPid']}/{p['Uid']}/{p['adj']}")
        wrong += compare_program(t, p)
    return wrong


def compare_verdict(report, scenario):
    wrong = []
    d = report["diagnosis"]
    for key, right in scenario.expect.items():
        if d[key] not in right:
            wrong.append(f"{key}: {d[key]}, expected {' or '.join(right)}")
    if scenario.culprit and (d["culprit"] or {}).get("name") != scenario.culprit:
        wrong.append(f"culprit: {d['culprit']}, expected {scenario.culprit}")
    if scenario.would_kill and (d["would_kill"] or {}).get("comm") != scenario.would_kill:
        wrong.append(f"would_kill: {d['would_kill']}, expected {scenario.would_kill}")
    return wrong


def compare_level(report, scenario, typed):
    """A panic's log names the cgroup at its limit and not the task's: own limit or one above is in the structures alone.
    Without types the report must say that it does not know, and with them it may not."""
    if not scenario.expect.get("cause", [""])[0].startswith("memcg"):
        return compare_verdict(report, scenario)
    d = report["diagnosis"]
    said = "memcg-own-or-above" in [f["id"] for f in d["findings"]]
    if typed:
        return compare_verdict(report, scenario) + (["memcg-own-or-above: the structures tell"] if said else [])
    wrong = compare_verdict(report, replace(scenario, expect={**scenario.expect, "cause": ["memcg-limit"]}))
    return wrong if said and d["confidence"] == "low" else wrong + ["memcg-own-or-above: not said, and nothing tells"]


NEAR = 0.03  # of a figure that the guest measured


def compare_culprit(report, console):
    """What a process at fault holds is near what the kernel's own table has: its anonymous memory, before 6.8 its rss."""
    culprit = report["diagnosis"]["culprit"] or {}
    row = truth.tasks(truth.messages(console)).get(culprit.get("pid"))
    if not row or culprit["kind"] != "task":
        return []
    want = row["page_kb"] * row.get("rss_anon", row["rss"])
    return differs(f"culprit {culprit['name']}", culprit["kb"], want, max(int(want * NEAR), 1024))


def figure(report, key):
    """culprit_… is the culprit's, dying_groups of the list of groups, group_kb the largest group's, all others are of the balance sheet."""
    d = report["diagnosis"]
    if key.startswith("culprit_"):
        return (d["culprit"] or {}).get(key[8:])
    if key == "dying_groups":
        return report["totals"]["memcgs_dying"]
    if key == "group_kb":
        return d["task_groups"][0]["kb"] if d["task_groups"] else None
    return report["memory"].get(key)


def compare_pieces(report, console):
    """What the lab's module says it keeps (it was asked for pieces): nothing else may own these pages."""
    kept = [int(m[1]) for line in truth.messages(console) if (m := re.match(r"leak: keeps (\d+) pages", line))]
    want = 4 * kept[-1] if kept else None
    return differs("kept by the module", report["memory"]["unaccounted_kb"], want, want // 20) if kept else []


def compare_truth(report, text, scenario):
    """Figures that the guest measured: of the culprit, and of the balance sheet by its keys."""
    wrong = []
    for name, value in truth.sections(text).items():
        if not name.startswith("truth "):
            continue
        key, want = name.split()[1], int(float(value.split()[0]))
        if key == "culprit_kb" and (report["diagnosis"]["culprit"] or {}).get("name") == "shared memory and tmpfs":
            # Without the structures it is no file that is named but all of them together.
            want = int(re.search(r"^Shmem: *(\d+)", truth.sections(text)["/proc/meminfo"], re.M)[1])
        wrong += differs(f"truth {key}", figure(report, key), want, max(int(want * NEAR), 256 if key.endswith("_kb") else 0))
    found = {f["id"] for f in report["diagnosis"]["findings"]}
    wrong += [f"finding {name} is missing" for name in scenario.findings if name not in found]
    return wrong


def without_source(report):
    """What a slim dump must reproduce: all but "source" and the command lines, which are user memory."""
    rest = {k: v for k, v in report.items() if k != "source"}
    rest["tasks"] = [{k: v for k, v in t.items() if k != "cmdline"} for t in rest["tasks"] or []]
    return rest


def compare_slim(report, slim):
    a, b = without_source(report), without_source(slim)
    wrong = [f"slim: '{key}' differs" for key in a if a[key] != b.get(key)]
    if any(t.get("cmdline") for t in slim["tasks"] or []):
        wrong.append("slim: a command line is in it")
    return wrong
