"""The whole table, kernel × scenario and kernel × form of dump, and RESULTS.md made of it."""

import datetime
import os
import platform as host
import re
import subprocess

from .paths import ROOT

SERIES = ("5.10", "6.1", "6.12", "7.2")
KERNELS = SERIES + ("6.1-rt", "6.12-rt", "6.12-tags", "6.1-slab", "6.1-686-pae", "6.1-arm64", "6.12-arm64", "6.1-s390x", "6.12-s390x",
                    "6.1-powerpc64le", "6.12-powerpc64le")
RESULTS = ROOT / "tests" / "lab" / "RESULTS.md"
NOT_FOR = "is not for this kernel"
MARK = {"ok": "ok", "FAILED": "**wrong**", "skipped": "not run"}


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).partition("\n")[0].strip()


def table(rows, columns, cell):
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    return lines + ["| " + " | ".join([row] + [cell(column, row) for column in columns]) + " |" for row in rows]


def unescaped(text):
    return re.sub(r"[|\n]", " ", text)


class Results:
    def __init__(self, oomortem):
        self.oomortem = oomortem
        self.cells = {}     # (kernel, scenario) → (result, details)
        self.forms = {}     # (kernel, form) → differences
        self.releases = {}  # kernel → its release, or why there is none

    def keep(self, text, again):
        """Takes from the last table, RESULTS.md, what is not run `again`: columns of other kernels, and their reasons."""
        heading, columns = None, []
        reasons = dict(re.findall(r"^- (\S+, [^:\n]+): (.*)$", text.partition("## Not right, not run")[2], re.M))
        for line in text.splitlines():
            words = [word.strip() for word in line.strip("|").split("|")] if line.startswith("|") else []
            if line.startswith("## "):
                heading, columns = line[3:], []
            elif m := re.match(r"- (\S+): (.+ \(.+\))$", line) if heading == "Kernels" else None:
                self.releases.setdefault(m[1], m[2])
            elif words and not columns:
                columns = words[1:]
            elif words and not line.startswith("|---"):
                for kernel, mark in zip(columns, words[1:]):
                    if kernel not in again:
                        self.keep_one(heading, kernel, words[0], mark, reasons.get(f"{kernel}, {words[0]}", mark))

    def keep_one(self, heading, kernel, name, mark, reason):
        if heading == "Scenarios":
            result = next((result for result, known in MARK.items() if known == mark), "skipped")
            details = [] if result == "ok" else [NOT_FOR if mark == "·" else reason]
            self.cells[kernel, name] = result, details
        elif heading == "Forms of a dump" and mark != "·":
            self.forms[kernel, name] = [] if mark == "ok" else [reason]

    def cell(self, kernel, scenario):
        result, details = self.cells.get((kernel, scenario), ("skipped", [NOT_FOR]))
        return "·" if result == "skipped" and NOT_FOR in details[0] else MARK[result]

    def form(self, kernel, form):
        wrong = self.forms.get((kernel, form))
        return "·" if wrong is None else "**wrong**" if wrong else "ok"

    def reasons(self):
        said = [f"- {kernel}, {name}: {unescaped(details[0])}" for (kernel, name), (result, details) in self.cells.items()
                if details and NOT_FOR not in details[0]]
        return said + [f"- {kernel}, {name}: {unescaped(wrong[0])}" for (kernel, name), wrong in self.forms.items() if wrong]

    def machine(self):
        count = os.cpu_count()
        return [f"- {first_line(self.oomortem, '-V')}", f"- {first_line('qemu-system-x86_64', '--version')}",
                f"- {first_line('makedumpfile', '-v')}", f"- {count} CPUs, {host.machine()}, TCG"]

    def write(self, seed):
        kernels = [k for k in KERNELS if any(key[0] == k for key in self.cells)]
        scenarios = list(dict.fromkeys(name for _, name in self.cells))
        series = [k for k in kernels if any(key[0] == k for key in self.forms)]
        forms = list(dict.fromkeys(name for _, name in self.forms))
        good = sum(result == "ok" for result, _ in self.cells.values())
        bad = sum(result == "FAILED" for result, _ in self.cells.values())
        text = ["# The lab's table", "",
                "Made by `make lab-matrix`: each cell is a guest that ran out of memory, whose report was compared with what its",
                "kernel printed, what its /proc said and what the scenario is known to hold, and made again from a slim dump.",
                "`·`: the scenario is not for this kernel. Below, the same guest in every form of a dump.", "",
                f"{datetime.date.today().isoformat()}, seed {seed}: {good} right, {bad} wrong.", "", *self.machine(), "",
                "## Kernels", "", *(f"- {name}: {self.releases[name]}" for name in kernels), "",
                "## Scenarios", "", *table(scenarios, kernels, self.cell), "",
                "## Forms of a dump", "", *table(forms, series, self.form), "",
                "## Not right, not run", "", *(self.reasons() or ["Nothing."])]
        RESULTS.write_text("\n".join(text) + "\n")
