"""The hook in the capture kernel: a report from /proc/vmcore before the copy, and a dump whatever the reporter does."""

import io
import json
import os
import re
import shutil
import tarfile

from . import compare
from .paths import ROOT

MINI = os.environ.get("OOMORTEM_MINI", str(ROOT / "build" / "mini" / "oomortem"))
SCRIPT = ROOT / "packaging" / "kdump" / "oomortem-kdump"
RESULTS_AT_MB = 480     # of the disk, the dump is at its start
RESIDENT_KB = 64 << 10
TIMEOUT = 5

# What stands in for the reporter, and what the hook must say of it. "works" runs the real one, measured.
WORKS = """oomortem "$@" &
while grep VmHWM /proc/$!/status > /run/cost.new 2>/dev/null; do mv /run/cost.new /run/cost; usleep 3000; done
wait $!"""
REPORTERS = {
    "works": (WORKS, "report in "),
    "debian": (WORKS, "report in "),
    "fails": ("echo 'no such luck' >&2\nexit 1", "wrote nothing"),
    "crashes": ("kill -SEGV $$", "failed with status 139"),
    "hangs": ("trap '' TERM HUP INT\nwhile :; do :; done", f"took longer than {TIMEOUT} s"),
    "memory": ("exec hog -n eater -g 1024 -d 1", "wrote nothing"),
    # Without the limit on its address space it is for the kernel's OOM killer to end it.
    "oom": ("exec hog -n eater -g 1024 -d 1", "failed with status 137"),
    # The limit on its files: SIGXFSZ.
    "floods": ("exec cat /dev/zero", "failed with status 153"),
}
NAMES = tuple(f"hook-{name}" for name in REPORTERS)

# kdump_pre's rule in kdump-utils: a hook that fails ends it without a dump.
CAPTURE = """
mkdir -p /sysroot /etc
mount -t tmpfs -o size=40m tmpfs /sysroot
mkdir -p /sysroot/var/crash
echo 'path /var/crash' > /etc/kdump.conf
cat > /bin/reporter <<'end of reporter'
#!/bin/sh
{reporter}
end of reporter
chmod +x /bin/reporter
cat > /etc/oomortem.conf <<'end of configuration'
OOMORTEM_PROGRAM=/bin/reporter
OOMORTEM_TIMEOUT={timeout}
{memory}
end of configuration
uptime_s() {{ cut -d. -f1 /proc/uptime; }}

before_dump() {{
	start=$(uptime_s)
	KDUMP_COREDIR=/sysroot/var/crash oomortem-kdump {mode} > /sysroot/hook.out 2>&1
	hook=$?
	say "=== hook status $hook seconds $(($(uptime_s) - start))"
	return $hook
}}

after_dump() {{
	mkdir -p /sysroot/var/crash/127.0.0.1-now
	echo stand-in > /sysroot/var/crash/127.0.0.1-now/vmcore
	[ {mode} != kdump-utils ] || {{ oomortem-kdump kdump-utils-post "$1" > /sysroot/post.out 2>&1; say "=== post status $?"; }}
	[ ! -e /run/cost ] || cp /run/cost /sysroot/
	tar -C /sysroot -cf - . | dd of=/dev/vda bs=1M seek={results} conv=notrunc 2>/dev/null
}}
"""


def hook(scenario, name):
    """`scenario` (a real one) with the hook; `name`: a key of REPORTERS."""
    reporter, _ = REPORTERS[name]
    scenario.name, scenario.hook = f"hook-{name}", name
    scenario.capture = CAPTURE.format(reporter=reporter, timeout=TIMEOUT if "took" in REPORTERS[name][1] else 60,
                                      memory="OOMORTEM_MEMORY=0" if name == "oom" else "",
                                      mode="kdump-tools" if name == "debian" else "kdump-utils",
                                      results=RESULTS_AT_MB)
    scenario.capture_programs = (str(SCRIPT), MINI)
    return scenario


def results(folder):
    """What the capture kernel left: {path: bytes}."""
    base = folder / "capture"
    return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}


def cut_results(disk, folder):
    """From the disk into folder/capture."""
    shutil.rmtree(folder / "capture", ignore_errors=True)
    with open(disk, "rb") as f:
        f.seek(RESULTS_AT_MB << 20)
        with tarfile.open(fileobj=io.BytesIO(f.read())) as tar:
            tar.extractall(folder / "capture", filter="data")


def by_boot(console):
    """What the kernel that crashed said, and the capture kernel."""
    crashed, _, capture = console.rpartition("Linux version")
    return crashed, capture


def ran(folder):
    """Has the capture kernel of the last run reached the hook?"""
    path = folder / "truth.log"
    return path.exists() and "=== hook" in path.read_text(errors="replace")


def without_user_memory(report):
    """What /proc/vmcore and the dump that makedumpfile -d 31 makes of it must agree in."""
    rest = compare.without_source(report)
    rest["tasks"] = [{k: v for k, v in t.items() if k not in ("exe", "args")} for t in rest["tasks"]]
    return rest


def check_report(left, outer, debian):
    folders = {path.rsplit("/", 1)[0] for path in left if "/oomortem." in path}
    wanted = r"var/crash/\d{12}" if debian else "var/crash/127.0.0.1-now"
    if len(folders) != 1 or not re.fullmatch(wanted, next(iter(folders))):
        return [f"the report is in {folders or 'no folder'}, not in {wanted}"]
    folder = next(iter(folders))
    inner = json.loads(left[f"{folder}/oomortem.json"])
    a, b = without_user_memory(inner), without_user_memory(outer)
    wrong = [f"capture kernel and dump differ in '{key}'" for key in a if a[key] != b.get(key)]
    if b"OUT OF MEMORY" not in left[f"{folder}/oomortem.txt"]:
        wrong.append("no verdict in oomortem.txt")
    if b"OUT OF MEMORY" not in left["hook.out"]:
        wrong.append("the console has no verdict")
    resident = int(re.search(rb"VmHWM:\s*(\d+) kB", left["cost"])[1])
    print(f"    resident {resident} KiB", flush=True)
    return wrong + ([f"resident {resident} KiB"] if resident > RESIDENT_KB else [])


def check(scenario, folder, outer):
    """The hook's part of a cell. `outer`: the report of the dump that was written after it."""
    said = re.search(r"=== hook status (\d+) seconds (\d+)", (folder / "truth.log").read_text(errors="replace"))
    left = results(folder)
    wrong = [] if said and said[1] == "0" else ["the hook did not exit 0"]
    if scenario.hook != "debian" and "=== post status 0" not in (folder / "truth.log").read_text(errors="replace"):
        wrong.append("the hook after the copy did not exit 0")
    if said and scenario.hook == "hangs" and not TIMEOUT <= int(said[2]) <= 3 * TIMEOUT:
        wrong.append(f"the hook took {said[2]} s at a time-out of {TIMEOUT} s")
    words = REPORTERS[scenario.hook][1]
    if words not in left["hook.out"].decode(errors="replace"):
        wrong.append(f"the hook said {left['hook.out'].decode(errors='replace')!r}, not '{words}'")
    _, console = by_boot((folder / "serial.log").read_text(errors="replace"))
    killed = set(re.findall(r"Killed process \d+ \(([^)]*)\)", console))
    if killed - {"eater"} or (scenario.hook == "oom") != bool(killed):
        wrong.append(f"the capture kernel's OOM killer took {killed or 'nobody'}")
    if REPORTERS[scenario.hook][0] == WORKS:
        wrong += check_report(left, outer, scenario.hook == "debian")
    return wrong
