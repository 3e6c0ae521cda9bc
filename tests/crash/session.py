# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives one real crash session on a terminal and checks the command `oom` in it.

session.py CRASH VMLINUX DUMP PLUGIN OOMORTEM: exit 0 passed, 1 failed, 77 crash cannot open this dump.
The report is compared with the standalone program's; values and log lines with what crash itself says.
"""
import json
import os
import pty
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import termios
import time

PROMPT = b"crash> "


class Failed(Exception):
    pass


class Session:
    """crash on a pseudo terminal."""

    def __init__(self, argv, home=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "dumb"
            if home:
                os.environ["HOME"] = home
            os.execvp(argv[0], argv)
        mode = termios.tcgetattr(self.fd)
        mode[3] = mode[3] & ~termios.ECHO | termios.NOFLSH  # else ^C would swallow a prompt that is not read yet
        termios.tcsetattr(self.fd, termios.TCSANOW, mode)
        self.banner = self.until_prompt(180)

    def until_prompt(self, seconds=60):
        """What crash wrote up to its next prompt; None: it has ended."""
        if not self.pid:
            raise Failed("crash has ended before")
        got, end = b"", time.monotonic() + seconds
        while not got.endswith(PROMPT):
            left = end - time.monotonic()
            if left <= 0:
                raise Failed("no prompt after %d s, but: %r" % (seconds, got[-300:]))
            if not select.select([self.fd], [], [], left)[0]:
                continue
            try:
                piece = os.read(self.fd, 65536)
            except OSError:
                piece = b""
            if not piece:
                os.waitpid(self.pid, 0)
                self.pid = 0
                return None
            got += piece
        return got[: -len(PROMPT)].decode(errors="replace").replace("\r", "")

    def until(self, text, seconds=60):
        """What was written up to @p text."""
        got, end = b"", time.monotonic() + seconds
        while text.encode() not in got:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise Failed("no %r after %d s, but: %r" % (text, seconds, got[-300:]))
            got += os.read(self.fd, 65536)
        return got.decode(errors="replace")

    def send(self, line):
        if not self.pid:
            raise Failed("crash has ended before: " + line)
        os.write(self.fd, line.encode() + b"\n")

    def run(self, line, seconds=60):
        """Output of a command, without its echo."""
        self.send(line)
        out = self.until_prompt(seconds)
        if out is None:
            raise Failed("crash ended at: " + line)
        first, _, rest = out.partition("\n")
        return rest if first.strip() == line.strip() else out

    def broken(self):
        """Why nothing in this session can be trusted, or None. Where crash does not find the kernel's IRQ stacks (crash 8.0.2 on
        6.12), it reads one into a buffer of 0 bytes at start (valgrind: invalid writes in x86_64_init) and dies of it later."""
        size = re.search(r"isize: (\d+)", self.run("help -m | grep isize"))
        return "it overwrites its own heap at start: IRQ stacks of 0 bytes" if size and size[1] == "0" else None

    def rss_kb(self):
        with open("/proc/%d/status" % self.pid) as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])

    def fds(self):
        """What the open descriptors are, sorted."""
        folder = "/proc/%d/fd/" % self.pid
        return sorted(os.readlink(folder + name) for name in os.listdir(folder))

    def signals(self):
        with open("/proc/%d/status" % self.pid) as status:
            return re.findall(r"Sig(?:Cgt|Ign):\s+(\w+)", status.read())

    def close(self):
        if self.pid:
            self.send("exit")
            self.until_prompt()
        os.close(self.fd)


def check(ok, what):
    if not ok:
        raise Failed(what)


def differences(path, a, b, out):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in list(a) + [k for k in b if k not in a]:
            differences("%s.%s" % (path, key), a.get(key), b.get(key), out)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, pair in enumerate(zip(a, b)):
            differences("%s[%d]" % (path, i), pair[0], pair[1], out)
    elif a != b or type(a) is not type(b):
        out.append("%s: %.200r in crash, %.200r standalone" % (path, a, b))


class Test:
    def __init__(self, session, args, folder):
        self.s = session
        self.crash, self.vmlinux, self.dump, self.plugin, self.program = args
        self.folder = folder
        text = subprocess.run([self.program, "report", "-q", "-f", "json", self.dump], stdout=subprocess.PIPE).stdout
        self.alone = json.loads(text)
        self.text = subprocess.run([self.program, "report", "-q", self.dump], stdout=subprocess.PIPE).stdout.decode()

    def to_file(self, command):
        path = os.path.join(self.folder, "out")
        said = self.s.run("%s > %s" % (command, path))
        check(not said.strip(), "%s > file said: %s" % (command, said))
        with open(path) as f:
            return f.read()

    def same_json(self):
        here = json.loads(self.to_file("oom -j"))
        check(here["source"]["kind"] == "crash", "source.kind is %r" % here["source"]["kind"])
        check(here["source"]["missing"] == self.alone["source"]["missing"], "source.missing: %r" % here["source"])
        found = []
        differences("", {k: v for k, v in here.items() if k != "source"},
                    {k: v for k, v in self.alone.items() if k != "source"}, found)
        check(not found, "oom -j is not the standalone JSON:\n  " + "\n  ".join(found[:20]))

    def load(self):
        said = self.s.run("extend " + self.plugin)
        check("shared object loaded" in said, "extend: " + said)

    def outputs(self):
        def body(text):
            return [line for line in text.splitlines() if not line.startswith("  input: ")]
        here = self.to_file("oom")
        check(body(here) == body(self.text), "oom is not the standalone text")
        check("\x1b" not in here, "colours in a file")
        said = self.s.run("oom | head -1").splitlines()
        check(said[:1] == self.text.splitlines()[:1] and len(said) == 1, "oom | head -1: %r" % said)
        said = self.s.run("oom -j | python3 -c 'import json, sys; print(len(json.load(sys.stdin)[\"events\"]))'")
        check(said.strip() == str(len(self.alone["events"])), "oom -j | python3: %r" % said)
        said = self.s.run("oom -j | head -c 1")
        check(said.strip() == "{", "oom -j | head -c 1: %r" % said)
        path = os.path.join(self.folder, "by-o")
        self.s.run("oom -j -o " + path)
        with open(path) as f:
            check(json.load(f)["schema"].startswith("oomortem-report/"), "oom -j -o FILE")

    def pager(self):
        """oom | less: a page of it, and q ends both."""
        if not shutil.which("less"):
            return "(less is not installed)"
        # crash waits for a process of the name that stands behind the bar: no variables before it. TERM=dumb has less ask.
        self.s.send("oom | less")
        self.s.until("RETURN")
        os.write(self.s.fd, b"\n")
        self.s.until(next(line for line in self.text.splitlines() if "OUT OF MEMORY" in line)[:40])
        os.write(self.s.fd, b"q")
        check(self.s.until_prompt(10) is not None, "crash ended with less")
        return None

    def jq(self):
        if not shutil.which("jq"):
            return "(jq is not installed)"
        said = self.s.run("oom -j | jq -r .diagnosis.summary")
        check(" ".join(said.split()) == " ".join(self.alone["diagnosis"]["summary"].split()), "oom -j | jq: " + said)
        return None

    def crashrc(self):
        """The line that README has for .crashrc has loaded it."""
        check("EXAMPLES" in self.s.run("help oom"), ".crashrc did not load the extension")
        check("oomortem.so" in self.s.run("extend"), ".crashrc: extend does not list it")

    def markdown(self):
        """oom -m is the standalone Markdown, but for the lines that name the input."""
        def body(text):
            return [line for line in text.splitlines() if not line.startswith("- **Input**")]
        alone = subprocess.run([self.program, "report", "-q", "-f", "markdown", self.dump], stdout=subprocess.PIPE)
        here = self.to_file("oom -m")
        check(body(here) == body(alone.stdout.decode()), "oom -m is not the standalone Markdown")
        check(here.count("\n") > 20, "oom -m is short: %r" % here[:200])

    def redacted(self):
        """oom -r: figures and verdict as without, nothing of the command line's values or of the cgroups' names."""
        here = json.loads(self.to_file("oom -j -r"))
        for key in ("memory", "nodes", "config"):
            check(here[key] == self.alone[key], "oom -j -r: other " + key)
        for key in ("cause", "consumer", "scope", "outcome", "signature", "would_kill"):
            check(here["diagnosis"][key] == self.alone["diagnosis"][key], "oom -j -r: other " + key)
        names = {part for m in self.alone["memcgs"] or [] for part in (m["path"] or "").split("/")
                 if re.fullmatch(r"(pod|shop|app)", part)}
        if self.alone["system"]["nodename"] not in (None, "(none)", "localhost"):
            names.add(self.alone["system"]["nodename"])
        for command in ("oom -r", "oom -m -r", "oom -j -r", "oom -g -r", "oom -l -r"):
            said = self.s.run(command)
            for name in names:
                check(not re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(name), said), "%s: %s is in it" % (command, name))
        return "%d names hidden" % len(names)

    def mismatch(self):
        """An extension built for another crash is refused in one line, and adds no command."""
        with open(self.plugin, "rb") as f:
            code = f.read()
        version = re.search(r"crash (\d[\w.+]*)", subprocess.run([self.crash, "--version"], stdout=subprocess.PIPE)
                            .stdout.decode())[1].encode()
        check(code.count(version + b"\0") >= 1, "the extension does not name crash %s" % version.decode())
        other = os.path.join(self.folder, "other.so")
        digit = "8" if version.startswith(b"9") else "9"
        with open(other, "wb") as f:
            f.write(code.replace(version + b"\0", digit.encode() + version[1:] + b"\0"))
        said = [line for line in self.s.run("extend " + other).splitlines() if line.strip()]
        check(sum("built for crash " + digit in line for line in said) == 1 and len(said) <= 2, "mismatch: %r" % said)
        self.s.run("extend -u " + other)
        return said[0]

    def options(self):
        check("Usage:" in self.s.run("oom -x"), "unknown option: no usage")
        check("Usage:" in self.s.run("oom nonsense"), "an argument: no usage")
        check("Usage:" in self.s.run("oom -e -1"), "-e -1: no usage")
        check("EXAMPLES" in self.s.run("help oom"), "help oom")
        check("no event 99999" in self.s.run("oom -e 99999"), "-e 99999")
        check("a file of this session" in self.s.run("oom -o " + self.dump), "-o DUMP")
        check("No such file" in self.s.run("oom -o /nowhere/x"), "-o /nowhere/x")
        rows = re.findall(r"^ +(\d+)  \S", self.s.run("oom -t 2"), re.M)
        pids = {str(t["pid"]) for t in self.alone["tasks"] or []}
        pids |= {str(t["pid"]) for e in self.alone["events"] for t in e.get("tasks") or []}
        check(len(rows) == 2 and set(rows) <= pids, "oom -t 2: %r" % rows)
        rows = re.findall(r"^ +(\d+)  \S", self.s.run("oom -t"), re.M)
        check(2 < len(rows) <= 10 or len(rows) == len(self.alone["tasks"] or []), "oom -t: %d rows" % len(rows))
        zones = self.s.run("oom -z")
        for zone in self.alone["nodes"][0]["zones"]:
            check(re.search(r"\s%s\s" % zone["name"], zones), "oom -z lacks " + zone["name"])

    def sections(self):
        """-e, -s, -g alone and together; -l of one event; what excludes each other."""
        def alone(*more):
            out = subprocess.run([self.program, "report", "-q", *more, self.dump], stdout=subprocess.PIPE).stdout
            return [line for line in out.decode().splitlines() if not line.startswith("  input: ")]
        events = self.alone["events"]
        for number in {0, len(events) - 1}:
            here = [line for line in self.to_file("oom -e %d" % number).splitlines() if not line.startswith("  input: ")]
            check(here == alone("--event", str(number)), "oom -e %d is not --event %d" % (number, number))
            lines = self.to_file("oom -l -e %d" % number)
            check(lines and lines.count("invoked oom-killer") <= 1, "oom -l -e %d: %r" % (number, lines[:200]))
        slabs = self.s.run("oom -s")
        largest = max(self.alone["slabs"], key=lambda row: row["total_kb"] or 0)
        check(largest["name"] in slabs, "oom -s lacks " + largest["name"])
        groups = self.s.run("oom -g")
        used = [m for m in self.alone["memcgs"] or [] if (m["usage_kb"] or 0) > 4096 and m["path"] != "/"]
        for row in used:
            check(row["path"] in groups, "oom -g lacks " + row["path"])
        both = self.s.run("oom -s -z")
        check(largest["name"] in both and self.alone["nodes"][0]["zones"][0]["name"] in both, "oom -s -z")
        for wrong in ("-j -m", "-j -l", "-m -t", "-l -z"):
            check("exclude each other" in self.s.run("oom " + wrong), "oom %s is taken" % wrong)
        return "%d events, %d cgroups" % (len(events), len(used))

    def log(self):
        """Each line of oom -l is one of crash's own log, which has no prefix before a record's further lines."""
        def bare(line):
            return " ".join(re.sub(r"^\[ *\d+\.\d+\](\[ *[CT]\d+\])?", "", line).split())
        lines = self.to_file("oom -l").splitlines()
        path = os.path.join(self.folder, "log")
        said = self.s.run("log > " + path)
        if said.strip():
            return "(not compared: crash's own log says: %s)" % " ".join(said.split())
        with open(path) as f:
            own = {bare(line) for line in f}
        strange = [line for line in lines if bare(line) not in own]
        check(not strange, "oom -l: not in crash's log: %r" % strange[:3])
        check(any("oom-kill" in line for line in lines), "oom -l lacks the killer's line")

    def values(self):
        """Settings, as gdb reads them."""
        for name, key in (("sysctl_panic_on_oom", "panic_on_oom"), ("min_free_kbytes", "min_free_kbytes"),
                          ("vm_swappiness", "swappiness"), ("sysctl_overcommit_ratio", "overcommit_ratio")):
            found = re.search(r"= (-?\d+)", self.s.run("p " + name))
            if found:
                check(int(found[1]) == self.alone["config"][key], "%s is %s" % (name, found[1]))

    def growth(self):
        for _ in range(3):
            self.to_file("oom")
        before, fds = self.s.rss_kb(), self.s.fds()
        for _ in range(10):
            self.to_file("oom")
        grown = self.s.rss_kb() - before
        check(grown <= 512, "ten runs grew by %d kB" % grown)
        check(self.s.fds() == fds, "descriptors before ten runs %r, now %r" % (fds, self.s.fds()))
        return "%d kB in ten runs" % grown

    def interrupt(self):
        """^C at several moments; the next run is whole again."""
        self.to_file("oom")
        signals, fds, rss, hit = self.s.signals(), self.s.fds(), self.s.rss_kb(), 0
        for ms in (1, 3, 6, 10, 15, 20, 25, 30, 40):
            self.s.send("oom > /dev/null")
            time.sleep(ms / 1000)
            os.write(self.s.fd, b"\x03")
            said = self.s.until_prompt(10)
            check(said is not None, "crash ended at ^C")
            hit += "oom: interrupted" in said
            time.sleep(0.1)
            # ^C behind the end of the command makes a second prompt
            while select.select([self.s.fd], [], [], 0.1)[0]:
                os.read(self.s.fd, 65536)
        check(hit, "no ^C met the command")
        check(self.s.signals() == signals, "signals are not as before")
        # ^C before crash has read the line makes a prompt, and then the command runs: its descriptors are not left, but in use.
        end = time.monotonic() + 5
        while self.s.fds() != fds and time.monotonic() < end:
            time.sleep(0.1)
        check(self.s.fds() == fds, "descriptors before %r, now %r" % (fds, self.s.fds()))
        check(self.s.rss_kb() - rss <= 512, "interrupted runs grew by %d kB" % (self.s.rss_kb() - rss))
        self.same_json()
        return "%d of 9 met the command" % hit

    def again(self):
        self.s.run("extend -u " + self.plugin)
        # Not by running `oom`: what crash does not know it hands to gdb, which on a kernel newer than crash may die.
        said = self.s.run("extend")
        check("oomortem.so" not in said, "after extend -u: " + said)
        self.load()
        self.same_json()

    def speed(self):
        def alone():
            begin = time.monotonic()
            subprocess.run([self.program, "report", "-q", self.dump], stdout=subprocess.DEVNULL)
            return time.monotonic() - begin

        def here():
            begin = time.monotonic()
            self.s.run("oom > /dev/null")
            return time.monotonic() - begin
        a, b = (statistics.median(f() for _ in range(9)) for f in (alone, here))
        check(b <= 2 * a, "%.0f ms in crash, %.0f ms standalone" % (b * 1000, a * 1000))
        return "%.0f ms in crash, %.0f ms standalone" % (b * 1000, a * 1000)


def open_session(crash, vmlinux, dump, minimal, home):
    """A session by the first options that this crash can open the dump with; None. A minimal one reads home's .crashrc."""
    with open(dump, "rb") as f:
        found = re.search(rb"KERNELOFFSET=([0-9a-f]+)", f.read(1 << 24))
    kaslr = ["--kaslr=0x" + found[1].decode()] if found else []
    # A minimal session checks nothing: without the offset it opens, and reads what lies elsewhere.
    for more in ([kaslr] if minimal else [[], kaslr, kaslr + ["--no_modules"]]):
        argv = [crash, "-s", "--no_scroll"] + (["--minimal"] if minimal else ["--no_crashrc"])
        session = Session(argv + more + [vmlinux, dump], home)
        if session.banner is not None:
            return session, " ".join(argv[3:] + more)
        session.close()
    return None, None


def main(crash, *args):
    name = "crash with " + os.path.basename(args[0])
    failed = tested = 0
    for minimal, parts in ((False, ("load", "same_json", "outputs", "pager", "jq", "markdown", "redacted", "options", "sections",
                                    "values", "growth", "interrupt", "mismatch", "again", "speed", "log")),
                           (True, ("crashrc", "same_json", "outputs", "interrupt", "log"))):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, ".crashrc"), "w") as rc:
                rc.write("extend %s\n" % args[2])
            session, options = open_session(crash, args[0], args[1], minimal, folder)
            if not session:
                print("  skipped %s%s: this crash cannot open it" % (name, ", minimal" if minimal else ""))
                continue
            why = None if minimal else session.broken()
            if why:
                session.close()
                print("  skipped %s %s: %s" % (name, options, why))
                continue
            print("  %s %s" % (name, options))
            test = Test(session, (crash,) + args, folder)
            for part in parts:
                try:
                    print("  ok      %s %s" % (part, getattr(test, part)() or ""), flush=True)
                    tested += 1
                except (Failed, ValueError, KeyError) as why:
                    print("  FAILED  %s: %s" % (part, why), flush=True)
                    failed += 1
            session.close()
    return 1 if failed else 0 if tested else 77


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
