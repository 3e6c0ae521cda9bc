"""What the guest said before it died, and what its kernel printed: read without any code of oomortem's."""

import re


def sections(text):
    """The guest's snapshot: {path: content}."""
    found = {}
    for part in text.split("=== ")[1:]:
        name, _, body = part.partition("\n")
        found[name.strip()] = body
    return found


def processes(snapshot):
    """{pid: {status fields, "adj", "cmdline"}} of the snapshot."""
    found = {}
    for name, body in snapshot.items():
        m = re.fullmatch(r"/proc/(\d+)/status", name)
        if m and "Name:" in body:
            fields = dict(line.split(":\t", 1) for line in body.splitlines() if ":\t" in line)
            fields["adj"] = snapshot.get(f"/proc/{m[1]}/oom_score_adj", "").strip()
            fields["exe"] = snapshot.get(f"/proc/{m[1]}/exe", "").strip()
            fields["maps"] = snapshot.get(f"/proc/{m[1]}/maps", "")
            fields["cmdline"] = snapshot.get(f"/proc/{m[1]}/cmdline", "").strip()
            found[int(m[1])] = fields
    return found


def messages(console):
    """The kernel's lines without time stamps; user space's lines on the console have none and are left out."""
    lines = (re.match(r"\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? (.*)", line) for line in console.replace("\r", "").split("\n"))
    return [m[1] for m in lines if m]


ZONE = re.compile(r"Node (\d+) (\S+) free:(\d+)kB (?:boost:(\d+)kB )?min:(\d+)kB low:(\d+)kB high:(\d+)kB .*"
                  r"present:(\d+)kB managed:(\d+)kB(?:.* free_pcp:(\d+)kB)?")
BLOCKS = re.compile(r"Node (\d+) (\S+): ((?:\d+\*\d+kB (?:\([A-Z]*\) )?)+)= (\d+)kB")
NODE = re.compile(r"Node (\d+) (active_anon:.*)")


def page_kb(lines):
    """The smallest block of the buddy lists, which a cgroup's report has not, or 1/2^order of a table; 64 on ppc64."""
    for line in lines:
        if m := re.match(r"Node \d+ \S+: \d+\*(\d+)kB", line):
            return int(m[1])
    table = re.compile(r"Dentry cache hash table entries: .*\(order: ([1-9]\d*), (\d+) bytes")
    return next(((int(m[2]) >> int(m[1])) // 1024 for line in lines if (m := table.match(line))), 4)


def zones(lines):
    """{(node, zone): {free, boost, min, low, high, present, managed, reserve, blocks}} of the last report."""
    found, last, page = {}, None, page_kb(lines)
    for line in lines:
        if m := ZONE.match(line):
            last = (int(m[1]), m[2])
            keys = ("free", "boost", "min", "low", "high", "present", "managed", "pcp")
            found[last] = dict(zip(keys, (v and int(v) for v in m.groups()[2:])))
        elif (m := re.match(r"lowmem_reserve\[\]:((?: \d+)+)", line)) and last:
            found[last]["reserve"] = [page * int(v) for v in m[1].split()]
        elif m := BLOCKS.match(line):
            blocks = [int(b) for b in re.findall(r"(\d+)\*\d+kB", m[3])]
            found.setdefault((int(m[1]), m[2]), {})["blocks"] = blocks
    return found


def nodes(lines):
    """{node: {counter: kB}} of the last report."""
    found = {}
    for line in lines:
        if m := NODE.match(line):
            found[int(m[1])] = {k: int(v) for k, v in re.findall(r"(\w+):(\d+)kB", m[2])}
    return found


def totals(lines):
    found = {"page_kb": page_kb(lines)}
    for line in lines:
        for key, pattern in (("ram_pages", r"(\d+) pages RAM"), ("reserved_pages", r"(\d+) pages reserved"),
                             ("swap_total_kb", r"Total swap = (\d+)kB"), ("swap_free_kb", r"Free swap  = (\d+)kB")):
            if m := re.match(pattern, line):
                found[key] = int(m[1])
    return found


def tasks(lines):
    """Rows of the last task table by pid; columns by their names in the header, page counts as printed."""
    found, header, page = {}, None, page_kb(lines)
    for line in lines:
        if line.startswith("[  pid  ]"):
            header, found = line.replace("[  pid  ]", "pid").split(), {}
        elif header and (m := re.match(r"\[ *(\d+)\](.*)", line)):
            values = [m[1]] + m[2].split(None, len(header) - 2)
            if len(values) == len(header):
                row = {k: (v if k == "name" else int(v)) for k, v in zip(header, values)}
                found[row["pid"]] = {**row, "page_kb": page}
    return found


def memcg(lines):
    """(usage_kb, limit_kb, failcnt) of the cgroup that hit its limit in the last report, or None."""
    for line in reversed(lines):
        if "invoked oom-killer" in line:
            break
        if m := re.match(r"memory: usage (\d+)kB, limit (\d+)kB, failcnt (\d+)", line):
            return tuple(int(v) for v in m.groups())
    return None
