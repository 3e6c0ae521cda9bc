# SPDX-License-Identifier: GPL-2.0-or-later
"""Growth curves: the cost of a report against the size of what it is about, and whether it grows no faster than that.

Logs are streams, dumps are sparse files and copies of a sample's structures (giant.c): nothing here needs the memory that
the machine it speaks of would have. A curve is linear if no step costs more than 1.5 times what the step in size explains;
times below 50 ms are the same as 50 ms, for what a report costs anyway.
"""
import os
import shutil
import struct
import subprocess
import threading

import sparse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLOOR_S, SLACK = 0.05, 1.5
TASKS = (0, 2_000, 20_000)
CGROUPS = (10, 1_000, 10_000, 50_000)
CACHES = (0, 2_000, 20_000)
LOG_MB = (1, 16, 256, 1024, 4096)
RAM_GB = (1, 16, 256, 1024, 12 * 1024)


class Curves:
    def __init__(self, program, build, scratch, row, once, vmlinux):
        self.program, self.build, self.scratch, self.row, self.once = program, build, scratch, row, once
        self.vmlinux = vmlinux

    def all(self, sample):
        self.structures(sample)
        self.logs()
        self.dumps(sample)

    def curve(self, name, unit, points, run):
        """@run(size) returns (seconds, kB), or None with the reason told."""
        before, linear = None, True
        for size in points:
            result = run(size)
            if not result:
                self.row(f"{name} {size:,}", "-", "", "", "failed")
                return
            note = ""
            if before:
                allowed = SLACK * max(1, size / max(1, before[0])) * max(before[1], FLOOR_S)
                linear &= result[0] <= allowed
                note = f"{result[0] / before[1]:.1f}x the time"
            self.row(f"{name} {size:,} {unit}", f"{result[0] * 1000:.0f} ms", f"{result[1] // 1024} MiB", "", note)
            before = (size, result[0])
        self.row(f"{name}: growth", "linear" if linear else "FASTER THAN LINEAR")

    def report(self, path, *options):
        return self.once([self.program, "-q", "-f", "json", *options, path])

    # Structures.

    def giant(self, sample, counts):
        out = os.path.join(self.scratch, "giant")
        command = [os.path.join(self.build, "tests/bench/giant"), sample, out, *map(str, counts)]
        if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode != 0:
            return None
        result = min(filter(None, (self.report(out, "--deep") for _ in range(3))), default=None)
        os.unlink(out)
        return result

    def structures(self, sample):
        made = subprocess.run(["make", "-s", "-C", ROOT, f"BUILD={self.build}", f"{self.build}/tests/bench/giant"], check=False)
        if made.returncode != 0:
            self.row("growth of structures", "-", "", "", "skipped: tests/bench/giant does not build")
            return
        self.curve("tasks", "more", TASKS, lambda n: self.giant(sample, (n, 0, 0, 0)))
        self.curve("cgroups", "more", CGROUPS, lambda n: self.giant(sample, (0, n, 0, 0)))
        self.curve("slab caches", "more", CACHES, lambda n: self.giant(sample, (0, 0, 0, n)))

    # Logs.

    def log_lines(self):
        """1 MB of a machine's life as syslog keeps it, one line in ten the kernel's; and an OOM."""
        with open(f"{ROOT}/tests/samples/data/6.1-host/serial.log", "rb") as f:
            lines = [line for line in f.read().splitlines() if line.startswith(b"[")]
        start = next(i for i, line in enumerate(lines) if b"invoked oom-killer" in line)
        said = [b"Nov 21 10:00:00 web1 nginx[812]: 10.0.3.%d - - GET /shop/item/%d HTTP/1.1 200 5316" % (n % 250, n) if n % 10
                else b"Nov 21 10:00:00 web1 kernel: " + lines[n // 10 % start] for n in range(10 * start)]
        calm = b"\n".join(said) + b"\n"
        event = b"".join(b"Nov 21 10:00:01 web1 kernel: %s\n" % line for line in lines[start:])
        return calm * ((1 << 20) // len(calm)), event

    def stream(self, command, megabytes):
        calm, event = self.log_lines()
        read, write = os.pipe()

        def feed():
            with os.fdopen(write, "wb", buffering=0) as out:
                try:
                    for _ in range(megabytes << 20 > len(event) and (megabytes << 20) // len(calm)):
                        out.write(calm)
                    out.write(event)
                except BrokenPipeError:
                    pass
        feeder = threading.Thread(target=feed)
        feeder.start()
        result = self.once(command, feed=read)
        os.close(read)
        feeder.join()
        return result

    def logs(self):
        self.curve("log", "MB", LOG_MB, lambda mb: self.stream([self.program, "-q", "-f", "json", "-"], mb))
        peer = self.stream(["grep", "-c", "invoked oom-killer"], 1024)
        self.row("grep of 1,024 MB", f"{peer[0] * 1000:.0f} ms" if peer else "-", "", "", "peer, the same stream")

    # Dumps.

    def dump(self, sample, kind, gigabytes):
        path = os.path.join(self.scratch, f"{gigabytes}G.{kind}")
        try:
            (sparse.widen if kind == "kdump" else sparse.elf)(sample, path, gigabytes << 30)
            result = self.report(path)
            self.peers(path, kind, gigabytes)
            return result
        except OSError as error:
            self.row(f"{kind} of {gigabytes:,} GB", "-", "", "", f"this file system: {error.strerror}")
            return None
        finally:
            if os.path.exists(path):
                os.unlink(path)

    def peers(self, path, kind, gigabytes):
        """What others need for the log alone."""
        out = os.path.join(self.scratch, "dmesg")
        if shutil.which("makedumpfile"):
            result = self.once(["makedumpfile", "--dump-dmesg", path, out])
            self.row("  makedumpfile --dump-dmesg", f"{result[0] * 1000:.0f} ms" if result else "-",
                     f"{result[1] // 1024} MiB" if result else "", "", "" if result else f"fails on {kind} of {gigabytes:,} GB")
            if os.path.exists(out):
                os.unlink(out)
        if shutil.which("crash") and self.vmlinux:
            result = self.once(["crash", "--minimal", "-s", self.vmlinux, path], stdin="log\nquit\n")
            self.row("  crash --minimal log", f"{result[0] * 1000:.0f} ms" if result else "-",
                     f"{result[1] // 1024} MiB" if result else "", "", "" if result else f"fails on {kind} of {gigabytes:,} GB")

    def dumps(self, sample):
        for kind in ("kdump", "elf"):
            self.curve(f"{kind} of a machine of", "GB", RAM_GB, lambda gb, kind=kind: self.dump(sample, kind, gb))
