# SPDX-License-Identifier: GPL-2.0-or-later
"""A plugin of sos: the out-of-memory reports that oomortem has written beside the crash dumps, without the dumps."""

import os

from sos.report.plugins import Plugin, DebianPlugin, IndependentPlugin, RedHatPlugin, UbuntuPlugin


def dump_folder(path):
    """The "path" of the kdump.conf at `path`; None: there is none."""
    folder = None
    try:
        with open(path, encoding="utf-8", errors="replace") as conf:
            for line in conf:
                words = line.split("#", 1)[0].split()
                if len(words) == 2 and words[0] == "path" and words[1].startswith("/"):
                    folder = words[1].rstrip("/")
    except OSError:
        return None
    return folder


# The Debian policy of sos 4.0 takes no plugin that is only independent.
class Oomortem(Plugin, IndependentPlugin, RedHatPlugin, DebianPlugin, UbuntuPlugin):

    short_desc = "Reports on machines that ran out of memory"

    plugin_name = "oomortem"
    profiles = ("system", "memory", "debug")
    packages = ("oomortem",)
    files = ("/etc/oomortem.conf",)

    def setup(self):
        self.add_copy_spec("/etc/oomortem.conf")
        configured = dump_folder(os.path.join(self.sysroot or "/", "etc/kdump.conf"))
        for folder in sorted({"/var/crash", configured or "/var/crash"}):
            self.add_copy_spec([f"{folder}/*/oomortem.{kind}" for kind in ("txt", "json", "md", "html", "jira", "err")])
        self.add_cmd_output([
            "oomortem --version",
            "systemctl status oomortem-crash.path oomortem-crash.service",
        ])
