"""What other tools say of the same input. Each function returns a flat dict: name of a figure → value.

Our own report gives the same names by ours_of_dump() and ours_of_log(); differences() sets them side by side.
"""

import importlib.util
import json
import re
import shutil
import subprocess

from .paths import Unavailable

DRGN = r'''
import json, sys
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.slab import for_each_slab_cache
from drgn.helpers.linux.printk import get_dmesg
from drgn.helpers.common.format import decode_flags
found = {}
page = 4
def counter(at):
    return max(at.counter.value_(), 0)
for number in range(prog["nr_node_ids"].value_()):
    node = prog["node_data"][number]
    for zone in node.node_zones:
        if not zone.present_pages:
            continue
        name = "zone %d %s " % (node.node_id, zone.name.string_().decode())
        free = counter(zone.vm_stat[prog.constant("NR_FREE_PAGES")])
        boost = zone.watermark_boost.value_()
        found[name + "free"] = free * page
        found[name + "present"] = zone.present_pages.value_() * page
        found[name + "managed"] = counter(zone.managed_pages) * page
        for i, mark in enumerate(("min", "low", "high")):
            found[name + mark] = (zone._watermark[i].value_() + boost) * page
for task in for_each_task(prog):
    if task.tgid != task.pid:
        continue
    name = "task %d " % task.pid
    found[name + "comm"] = task.comm.string_().decode(errors="replace")
    found[name + "oom_score_adj"] = task.signal.oom_score_adj.value_()
    if task.mm:
        found[name + "total_vm"] = task.mm.total_vm.value_() * page
        found[name + "page tables"] = task.mm.pgtables_bytes.counter.value_() // 1024
for cache in for_each_slab_cache(prog):
    slabs = objects = 0
    for number in range(prog["nr_node_ids"].value_()):
        node = cache.node[number]
        if node:
            slabs += node.nr_slabs.counter.value_()
            objects += node.total_objects.counter.value_()
    name = "slab %s " % cache.name.string_().decode()
    found[name + "slabs"] = found.get(name + "slabs", 0) + slabs
    found[name + "objects"] = found.get(name + "objects", 0) + objects
found["log lines"] = [line.decode(errors="replace").split("] ", 1)[-1] for line in get_dmesg(prog).splitlines()]
json.dump(found, open(sys.argv[1], "w"))
'''


def run(command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False, timeout=600, **more)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def drgn(dump, vmlinux, work):
    if not shutil.which("drgn"):
        raise Unavailable("drgn is not installed (python3-drgn)")
    script, out = work / "peer.py", work / "peer.json"
    script.write_text(DRGN)
    status, _, said = run(["drgn", "-q", "-c", dump, "-s", vmlinux, script, out])
    if status:
        raise Unavailable(f"drgn: {said.strip().splitlines()[-1] if said.strip() else status}")
    return json.loads(out.read_text())


def crash(dump, vmlinux, work):
    if not shutil.which("crash"):
        raise Unavailable("crash is not installed")
    commands = work / "commands"
    commands.write_text("".join(f"{command} > {work}/{command.replace(' ', '')}\n" for command in ("kmem -z", "kmem -s", "ps", "log")) + "exit\n")
    status, out, said = run(["crash", "-s", "-i", commands, vmlinux, dump])
    if status or not (work / "kmem-z").exists():
        raise Unavailable(f"crash: {(said or out).strip().splitlines()[-1:] or status}")
    found = {}
    for block in re.split(r"^NODE: ", (work / "kmem-z").read_text(), flags=re.M)[1:]:
        head = re.match(r'(\d+)\s+ZONE: \d+\s+ADDR: \w+\s+NAME: "(\w+)"', block)
        free = re.search(r"NR_FREE_PAGES: (\d+)", block)
        if head and free:
            found[f"zone {head[1]} {head[2]} free"] = int(free[1]) * 4
            for size in re.finditer(r"PRESENT: (\d+)", block):
                found[f"zone {head[1]} {head[2]} present"] = int(size[1]) * 4
    for line in (work / "kmem-s").read_text().splitlines()[1:]:
        words = line.split()
        if len(words) >= 7 and words[5].endswith("k"):
            found[f"slab {words[6]} objects"] = found.get(f"slab {words[6]} objects", 0) + int(words[3])
            found[f"slab {words[6]} slabs"] = found.get(f"slab {words[6]} slabs", 0) + int(words[4])
    for line in (work / "ps").read_text().splitlines()[1:]:
        words = line.lstrip("> ").split(None, 8)
        if len(words) == 9 and words[0].isdigit() and int(words[0]):
            found[f"task {words[0]} comm"] = words[8].strip("[]")
            if int(words[6]):
                found[f"task {words[0]} total_vm"] = int(words[6])
    found["log lines"] = [line.split("] ", 1)[-1] for line in (work / "log").read_text(errors="replace").splitlines()]
    return found


def ours_of_dump(report, log):
    found = {}
    for node in report["nodes"]:
        for zone in node["zones"]:
            for key in ("free", "present", "managed", "min", "low", "high"):
                found[f"zone {node['id']} {zone['name']} {key}"] = zone[f"{key}_kb"]
    for task in report["tasks"]:
        name = f"task {task['pid']} "
        found[name + "comm"] = task["comm"]
        found[name + "oom_score_adj"] = task["oom_score_adj"]
        if not task["kthread"]:
            found[name + "total_vm"], found[name + "page tables"] = task["total_vm_kb"], task["pgtables_kb"]
    for slab in report["slabs"]:
        found[f"slab {slab['name']} slabs"], found[f"slab {slab['name']} objects"] = slab["slabs"], slab["objects"]
    found["log lines"] = [line.split("] ", 1)[-1] for line in log.splitlines()]
    return found


def oomanalyser(folder):
    """(name, text, figures) of each of OOMAnalyser's own examples, by its parser; `folder`: a copy of its repository."""
    source = folder / "OOMAnalyser.py"
    if not source.exists():
        raise Unavailable(f"no OOMAnalyser.py in {folder}")
    spec = importlib.util.spec_from_file_location("oomanalyser_peer", source)
    peer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peer)
    for name in sorted(vars(peer.OOMDisplay)):
        if name.startswith("example_"):
            text = getattr(peer.OOMDisplay, name)
            analyser = peer.OOMAnalyser(peer.OOMEntity(text))
            analyser.analyse()
            yield name.removeprefix("example_"), text, {k: v for k, v in analyser.oom_result.details.items() if v != "<not found>"}


PAGES = {"slab_reclaimable_pages": "slab_reclaimable_kb", "slab_unreclaimable_pages": "slab_unreclaimable_kb",
         "mapped_pages": "mapped_kb", "shmem_pages": "shmem_kb", "pagetables_pages": "page_tables_kb", "free_pages": "free_kb",
         "free_pcp_pages": "pcp_kb", "dirty_pages": "dirty_kb", "writeback_pages": "writeback_kb",
         "unevictable_pages": "unevictable_kb", "pagecache_total_pages": "pagecache_total_kb", "ram_pages": "present_kb",
         "reserved_pages": "reserved_kb", "cma_pages": "cma_kb", "hwpoisoned_pages": "hwpoison_kb"}
KB = {"system_swap_free_kb": "swap_free_kb", "system_swap_total_kb": "swap_total_kb", "system_swap_cache_kb": "swap_cached_kb",
      "system_total_ram_kb": "present_kb"}
VICTIM = {"killed_proc_pid": "pid", "killed_proc_name": "comm", "killed_proc_score": "score",
          "killed_proc_total_vm_kb": "total_vm_kb", "killed_proc_anon_rss_kb": "rss_anon_kb",
          "killed_proc_file_rss_kb": "rss_file_kb", "killed_proc_shmem_rss_kb": "rss_shmem_kb",
          "killed_proc_pgtables": "pgtables_kb", "killed_proc_oom_score_adj": "oom_score_adj"}
MEMCG = {"cgroup_memory_usage_kb": "usage_kb", "cgroup_memory_limit_kb": "limit_kb", "cgroup_memory_failcnt": "failcnt",
         "cgroup_swap_usage_kb": "swap_usage_kb", "cgroup_swap_limit_kb": "swap_limit_kb", "cgroup_path": "oom"}


def ours_of_log(report):
    """OOMAnalyser's names, with our values of the last event."""
    event = [e for e in report["events"] if e["kind"] == "oom"][-1]
    memory = event["memory"] or {}
    victim = (event["victims"] or [{}])[-1]
    memcg = event["memcg"] or {}
    trigger = event["trigger"] or {}
    found = {"trigger_proc_name": trigger.get("comm"), "trigger_proc_pid": trigger.get("pid"),
             "trigger_proc_oomscore": trigger.get("oom_score_adj"), "trigger_proc_order": event["order"],
             "kernel_version": report["system"]["release"]}
    found |= {name: memory.get(key) for name, key in KB.items()}
    found |= {name: None if memory.get(key) is None else memory[key] // 4 for name, key in PAGES.items()}
    found |= {f"{key.removesuffix('_kb')}_pages": value // 4 for key, value in (event["counters"] or {}).items() if value is not None}
    found |= {name: victim.get(key) for name, key in VICTIM.items()}
    found |= {name: memcg.get(key) for name, key in MEMCG.items()}
    for name, value in (memcg.get("stats") or {}).items():
        found[f"cgroup_memory_{name.removesuffix('_kb')}_bytes"] = value
    mask = re.sub(r"[ |]+", " ", f"{event['gfp_mask']} ({'|'.join(event['gfp_flags'] or [])})")
    found["trigger_proc_gfp_mask"] = mask
    return found


def plain(name, value):
    """Their value in our unit. What counts events has "bytes" in its name there too."""
    if name.startswith("cgroup_memory_") and name.endswith("_bytes") and not re.search("workingset|_pg[a-z]*_bytes|thp_(fault|coll)", name):
        return value // 1024
    if name == "trigger_proc_gfp_mask":
        return re.sub(r"[ |]+", " ", value)
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else value


def differences(theirs, ours):
    """(figures in both, of these equal, [(name, theirs, ours)], figures that only they have)"""
    both = [name for name in theirs if ours.get(name) is not None and name != "log lines"]
    wrong = [(name, plain(name, theirs[name]), ours[name]) for name in both if plain(name, theirs[name]) != ours[name]]
    return len(both), len(both) - len(wrong), wrong, [name for name in theirs if ours.get(name) is None and name != "log lines"]
