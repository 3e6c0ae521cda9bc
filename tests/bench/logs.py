# SPDX-License-Identifier: GPL-2.0-or-later
"""Logs and sosreports for the benchmark: a gigabyte of syslog with a hundred events in it, and a report of logs and files
of /proc, sized as reports are."""
import io
import os
import random
import tarfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EVENT = os.path.join(ROOT, "tests", "corpus", "logs", "029-418-el8-varnish.log")
REPORT = os.path.join(ROOT, "samples", "sosreport-killed.tar.xz")
PATTERN = "invoked oom-killer|Out of memory|page allocation failure"
# What fills a log: daemons, and the words of a kernel that is well.
LINES = (
    "sshd[{n}]: Accepted publickey for deploy from 10.0.{a}.{b} port {n} ssh2: ED25519 SHA256:{h}",
    "systemd[1]: Started Session {n} of user deploy.",
    "CRON[{n}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)",
    "kernel: [{t}.{u:06d}] audit: type=1400 audit(17637130{a:02d}.{b}:{n}): apparmor=\"ALLOWED\" operation=\"open\" pid={n}",
    "nginx[{n}]: 10.0.{a}.{b} - - \"GET /api/v1/orders/{h} HTTP/1.1\" 200 {n} \"-\" \"Mozilla/5.0\" rt=0.0{a} out of order: {b}",
    "kernel: [{t}.{u:06d}] IPv6: ADDRCONF(NETDEV_CHANGE): veth{h}: link becomes ready",
    "postgres[{n}]: [{a}-1] LOG:  checkpoint complete: wrote {n} buffers ({b}.1%); memory usage within limits",
)


def filler(size, seed):
    """Some syslog of about @size bytes."""
    numbers = random.Random(seed)
    out, length, at = [], 0, 0
    while length < size:
        at += 1
        line = "Nov 21 %02d:%02d:%02d web1 " % (at // 36000 % 24, at // 600 % 60, at // 10 % 60) + numbers.choice(LINES).format(
            n=numbers.randrange(1000, 60000), a=numbers.randrange(100), b=numbers.randrange(100), t=at, u=at % 1000000,
            h=f"{numbers.getrandbits(64):016x}") + "\n"
        out.append(line)
        length += len(line)
    return "".join(out).encode()


def big_log(path, size, events):
    """@size bytes, @events reports evenly in it."""
    with open(EVENT, "rb") as f:
        event = f.read()
    block = filler(1 << 23, 1)
    every = size // events
    with open(path, "wb") as f:
        for _ in range(events):
            f.write(event)
            left = every - len(event)
            while left > 0:
                f.write(block[:left] if left < len(block) else block)
                left -= len(block)


def big_report(path, size):
    """A sosreport with @size bytes of logs beside the files of a sample."""
    with tarfile.open(path, "w:xz", preset=1) as tar, tarfile.open(REPORT) as sample:
        members = sample.getmembers()
        top = members[0].name.partition("/")[0]
        for member in members:
            tar.addfile(member, sample.extractfile(member))
        for i, name in enumerate(("messages", "messages-20261115", "secure", "audit/audit.log", "maillog")):
            data = filler(size // 5, 2 + i)
            info = tarfile.TarInfo(f"{top}/var/log/{name}")
            info.size, info.mtime = len(data), members[0].mtime
            tar.addfile(info, io.BytesIO(data))


def bench(oomortem, scratch, row, best):
    log, report = os.path.join(scratch, "big.log"), os.path.join(scratch, "big.tar.xz")
    big_log(log, 1 << 30, 100)
    # With /dev/null as its output grep stops at the first match.
    grep = best(["sh", "-c", f"LC_ALL=C grep -cE '{PATTERN}' {log} | cat"])
    ours = best([oomortem, "-q", "-f", "json", log])
    row("1 GB log, grep -cE", f"{grep[0] * 1000:.0f} ms", "")
    row("1 GB log, 100 events", f"{ours[0] * 1000:.0f} ms", f"{ours[1] // 1024} MiB", f"{ours[0] / grep[0]:.2f}x",
        f"budget 1.0x of grep, 64 MiB: {'ok' if ours[0] <= grep[0] and ours[1] < 64 << 10 else 'OVER'}")
    os.unlink(log)
    big_report(report, 64 << 20)
    peer = best(["sh", "-c", f"xz -dc {report} | tar t"])
    ours = best([oomortem, "-q", "-f", "json", report])
    row("sosreport, xz -dc | tar t", f"{peer[0] * 1000:.0f} ms", "")
    row("sosreport of 64 MB", f"{ours[0] * 1000:.0f} ms", f"{ours[1] // 1024} MiB", f"{ours[0] / peer[0]:.2f}x",
        f"budget 1.3x: {'ok' if ours[0] <= 1.3 * peer[0] else 'OVER'}")
