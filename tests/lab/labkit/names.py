"""Names that must not leave a machine: planted in a guest, looked for in what was made of its dump."""

import os
import struct
import subprocess
import sys
from pathlib import Path

from .paths import ROOT
from .scenario import CGROUP_V2, PANIC, Scenario

sys.path.insert(0, str(ROOT / "tests" / "samples"))
from common import OOMORTEM, Kdump  # noqa: E402

SECRETS = ("zebra", "smithers", "hunter2", "203.0.113", "10.20.30", "2001:db8")
# What only memory of processes holds. Halves, so that the script that plants them is not found in their stead.
USER = ("pages-" + "of-processes", "arguments-" + "of-processes")
FORMATS = ("text", "markdown", "html", "jira", "json")


def names(seed):
    """Host, domain, parameters, log, cgroup, mount, file, an unlinked file, memory and arguments of processes."""
    return Scenario("names", PANIC + CGROUP_V2 + f"""
hostname zebra-db7
echo zebracorp.com > /proc/sys/kernel/domainname
echo '<6>sshd[77]: Accepted publickey for smithers from 203.0.113.9 port 51111 ssh2' > /dev/kmsg
echo '<6>nfs: server nas.zebracorp.com (2001:db8:85a3::8a2e:370:7334) not responding' > /dev/kmsg
mkdir -p /cg/system.slice/zebra-payroll.service /srv/zebra-data
mount -t tmpfs //smithers/share /srv/zebra-data
dd if=/dev/zero of=/srv/zebra-data/smithers.db bs=1M count={9 + seed % 4} 2>/dev/null
exec 5>/srv/zebra-data/hunter2.tmp
dd if=/dev/zero bs=1M count=3 >&5 2>/dev/null
rm /srv/zebra-data/hunter2.tmp
half=of-processes
held=$(yes "zebra pages-$half" | head -n 100000)
sh -c 'while :; do sleep 100; done' sh --password=hunter2 "arguments-$half" &
hold -n mysqld -m {24 + seed % 9} -c /cg/system.slice/zebra-payroll.service
grow -n leaky -m 30
""", {"cause": ["host-exhausted"], "consumer": ["task"], "outcome": ["panic"], "scope": ["host"]},
                    "leaky", "leaky", append="site.token=hunter2 site.gateway=10.20.30.1")


def rearranged(path):
    """A flattened dump, as QEMU writes it, with all pieces where they belong."""
    data, out, at = path.read_bytes(), path.with_suffix(".plain"), 4096
    if not data.startswith(b"makedumpfile"):
        return path
    with open(out, "wb") as f:
        while True:
            offset, size = struct.unpack_from(">qq", data, at)
            if offset < 0:
                return out
            f.seek(offset)
            f.write(data[at + 16:at + 16 + size])
            at += 16 + size


def inside(path):
    """All bytes of a dump, its pages unpacked."""
    dump = Kdump(rearranged(path))
    return bytes(dump.data[:dump.table]) + b"\n".join(dump.page(i) for i in range(dump.pages))


def found(words, data):
    data = data.lower()
    return [word for word in words if word.encode() in data]


def oomortem(*arguments):
    return subprocess.run([OOMORTEM, *map(str, arguments)], capture_output=True, check=False, timeout=120)


def check(folder, report_of):
    """What is wrong with the redacted reports and small dumps of the dump in @p folder."""
    dump, slim, small, key = (Path(folder) / name for name in ("vmcore", "slim", "slim.redacted", "key"))
    key.write_bytes(os.urandom(32))
    whole = inside(dump)
    dump.with_suffix(".plain").unlink(missing_ok=True)
    wrong = [f"names: {word} is not in the guest" for word in SECRETS + USER if word not in found(SECRETS + USER, whole)]
    wrong += [f"slim: memory of processes ({word})" for word in found(USER, inside(slim))]
    done = oomortem("slim", "-q", "--redact", "--redact-key", key, dump, "-o", small)
    if done.returncode:
        return wrong + [f"slim --redact: {done.stderr.decode()}"]
    wrong += [f"slim --redact: {word} is in it" for word in found(SECRETS + USER, inside(small))]
    for form in FORMATS:
        for source, more in ((small, ()), (dump, ("--redact",))):
            said = oomortem("-v", "--event", "all", "-f", form, *more, source).stdout
            wrong += [f"{form} of {source.name}: {word} is in it" for word in found(SECRETS + USER, said)]
            if not said:
                wrong.append(f"{form} of {source.name}: nothing")
    for command in ("log", "extract"):
        wrong += [f"{command} --redact: {word}" for word in found(SECRETS, oomortem(command, "--redact", dump).stdout)]
    plain, redacted = report_of(dump), report_of(small)
    for name in ("cause", "scope", "consumer", "outcome", "confidence", "signature", "would_kill"):
        if plain["diagnosis"][name] != redacted["diagnosis"][name]:
            wrong.append(f"slim --redact: another {name}")
    for name in ("memory", "nodes", "config"):
        if plain[name] != redacted[name]:
            wrong.append(f"slim --redact: another {name}")
    figures = [[(t["pid"], t["comm"], t["rss_kb"], t["badness"]) for t in r["tasks"]] for r in (plain, redacted)]
    return wrong if figures[0] == figures[1] else wrong + ["slim --redact: other tasks"]
