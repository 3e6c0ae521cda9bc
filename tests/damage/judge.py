# SPDX-License-Identifier: GPL-2.0-or-later
"""
What a report of a damaged dump may say, and how much of the undamaged one's is left.

Where memory is as it was (pages lost, file cut, containers broken), a number is what the undamaged dump says, or null, or a
line of "missing" speaks of it. Where memory itself was changed any number may be read: then only nonsense is wrong.
"""

VERDICT = ("cause", "consumer", "outcome")
# Lines of "missing" that speak of all counters: they are without the CPUs' own parts.
PARTIAL_COUNTERS = ("without their CPUs' parts", "without all that the CPUs hold", "without the CPUs' own parts")
# Rows are the same if these are; where there are none: of the same number.
KEYS = {"tasks": ("pid",), "victims": ("pid",), "slabs": ("name",),
        "hugetlb": ("size_kb",), "swaps": ("name",), "vmallocs": ("caller",), "memcgs": ("path",), "shmem": ("mount", "path")}


def numbers(value, path=""):
    """Every number below @value: a path in which rows are named by their keys → the number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("diagnosis", "missing", "evidence", "source"):
                yield from numbers(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        name = path.rsplit(".", 1)[-1]
        for i, inner in enumerate(value):
            keys = [inner.get(k) for k in KEYS.get(name, ())] if isinstance(inner, dict) else []
            if None in keys and "mount" not in KEYS.get(name, ()):
                continue  # whose row it is was lost
            yield from numbers(inner, f"{path}[{','.join(map(str, keys)) or i}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def flagged(path, missing):
    """Does a line of "missing" speak of this figure?"""
    text = " ".join(missing)
    if any(line in text for line in PARTIAL_COUNTERS) and path.startswith(("memory.", "counters.", "nodes")):
        return True
    first = path.split(".")[0].split("[")[0]
    words = {"tasks": "tasks", "shmem": "shmem", "slabs": "slabs", "hugetlb": "hugetlb", "swaps": "swaps", "memcgs": "cgroups",
             "vmallocs": "vmallocs",
             "nodes": "nodes", "memory": path.split(".")[-1]}
    return words.get(first, path) in text


def invented(found, whole):
    """Numbers that the undamaged dump does not say. (uptime and time are those of other clocks where one is lost.)"""
    known = dict(numbers(whole))
    missing = found["source"]["missing"] + [line for e in found["events"] or [] for line in e.get("missing") or []]
    wrong = []
    for path, value in numbers(found):
        if path.endswith(".log_line"):
            continue  # counts what is left of the log
        # Of an event whose head is lost the time is that of the first line that is left; of the crash that of a clock.
        if path in ("system.uptime_s", "events[0].time_s"):
            if known.get(path) is None or abs(value - known[path]) > 1:
                wrong.append((path, known.get(path), value))
        elif known.get(path) != value and not flagged(path, missing):
            wrong.append((path, known.get(path), value))
    return wrong


def nonsense(found):
    """What no memory whatever can make true."""
    wrong = []
    memory = found.get("memory") or {}
    for key, value in memory.items():
        if isinstance(value, int) and value < 0 and key != "unaccounted_kb":
            wrong.append((f"memory.{key}", None, value))
    pids = [t["pid"] for t in found.get("tasks") or []]
    if len(pids) > 100000:
        wrong.append(("tasks", None, len(pids)))
    for path, value in numbers(found):
        if path.endswith("_kb") and isinstance(value, int) and not -(1 << 53) < value < 1 << 53:
            wrong.append((path, None, value))
    return wrong


def verdict_problem(found, whole):
    """Another cause than the undamaged dump's must at least say that it is a guess."""
    cause, sure = found["diagnosis"]["cause"], found["diagnosis"]["confidence"] != "low"
    if cause in (whole["diagnosis"]["cause"], "unknown") or (not sure and cause != "none"):
        return None
    return f"cause {cause}, {found['diagnosis']['confidence']}"


def survived(found, whole):
    """(the verdict is the same, parts of the log's figures, of the state's figures that are there): 0..1 each."""
    if not found:
        return 0, 0, 0
    same = all(found["diagnosis"][k] == whole["diagnosis"][k] for k in VERDICT)
    there, known = dict(numbers(found)), dict(numbers(whole))

    def part(log):
        wanted = [p for p in known if p.startswith("events") == log]
        return sum(there.get(p) == known[p] for p in wanted) / max(1, len(wanted))

    return int(same), part(True), part(False)
