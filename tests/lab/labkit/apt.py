"""Debian packages of other suites, through a private apt configuration; the system's own apt stays as it is.

The mirrors are those that the machine's apt already uses: only the suite is exchanged.
"""

import re
import subprocess
from pathlib import Path

from .paths import CACHE, Unavailable

APT = CACHE / "apt"
KEYRINGS = Path("/usr/share/keyrings")


def system_mirrors():
    """(main, security) archive addresses of the machine's apt; security may be None."""
    out = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL) $(COMPONENT)"],
        capture_output=True, text=True, check=False).stdout
    main = security = None
    for line in out.splitlines():
        uri, _, rest = line.partition(" ")
        if rest == "Debian Debian main":
            main = main or uri
        elif rest == "Debian Debian-Security main":
            security = security or uri
    if not main:
        raise Unavailable("no Debian archive among the machine's apt sources")
    return main, security


def source_line(suite, keyrings, arch):
    main, security = system_mirrors()
    uri = security if suite.endswith("-security") else main
    if uri is None:
        raise Unavailable(f"no security archive among the machine's apt sources (for {suite})")
    return f"deb [arch={arch} signed-by={','.join(map(str, keyrings))}] {uri} {suite} main"


class Suites:
    """One apt state for a group of suites, e.g. trixie + trixie-security."""

    def __init__(self, name, suites, arch="amd64"):
        self.dir = APT / name
        self.suites = suites
        self.arch = arch

    def _apt(self, tool, *args, cwd=None):
        d = self.dir
        opts = {
            "Dir::State": d / "state", "Dir::State::status": d / "status", "Dir::Cache": d / "cache",
            "Dir::Etc::sourcelist": d / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null", "APT::Architecture": self.arch,
            "APT::Architectures": self.arch, "Acquire::Languages": "none", "APT::Sandbox::User": "root",
        }
        cmd = [tool] + [f"-o{k}={v}" for k, v in opts.items()] + list(args)
        return subprocess.run(cmd, capture_output=True, text=True, check=False, cwd=cwd)

    def update(self):
        """Fetches the lists; a security archive that is just being renewed is done without."""
        try:
            self._update()
        except Unavailable:
            rest = [s for s in self.suites if not s.endswith("-security")]
            if not rest or rest == self.suites:
                raise
            self.suites = rest
            self._update()

    def _update(self):
        keyrings = archive_keyrings()
        for sub in ("state/lists/partial", "cache/archives/partial"):
            (self.dir / sub).mkdir(parents=True, exist_ok=True)
        (self.dir / "status").touch()
        lines = [source_line(s, keyrings, self.arch) for s in self.suites]
        (self.dir / "sources.list").write_text("\n".join(lines) + "\n")
        done = self._apt("apt-get", "-q", "update", "--error-on=any")
        if done.returncode:
            raise Unavailable(f"apt-get update of {' '.join(self.suites)}: {last_error(done.stderr)}")

    def names(self, pattern):
        """Package names that match the regular expression as a whole."""
        out = self._apt("apt-cache", "pkgnames").stdout
        return [n for n in out.split() if re.fullmatch(pattern, n)]

    def version(self, package):
        m = re.search(r"Candidate: (\S+)", self._apt("apt-cache", "policy", package).stdout)
        return m.group(1) if m else None

    def download(self, package, folder):
        """Fetch the .deb into folder and return its path; a finished one is not fetched again."""
        folder.mkdir(parents=True, exist_ok=True)
        done = self._apt("apt-get", "-q", "download", package, cwd=folder)
        found = sorted(folder.glob(f"{package}_*.deb"), key=lambda p: p.stat().st_mtime)
        if done.returncode or not found:
            raise Unavailable(f"download of {package}: {last_error(done.stderr)}")
        return found[-1]

    def closure(self, package):
        """Fetch the package and all that it depends on, libc too, and return the paths of the .debs."""
        self._apt("apt-get", "clean")
        done = self._apt("apt-get", "-q", "-y", "--no-install-recommends", "--download-only", "install", package)
        if done.returncode:
            raise Unavailable(f"download of {package}: {last_error(done.stderr)}")
        return sorted((self.dir / "cache" / "archives").glob("*.deb"))


def last_error(text):
    lines = [line for line in text.splitlines() if line.startswith(("E:", "W:", "Err"))]
    return lines[0] if lines else "failed"


def archive_keyrings():
    """Debian's archive keys on this machine. Those of Debian 12 sign for sid and trixie too."""
    found = [p for p in (KEYRINGS / "debian-archive-keyring.gpg",) if p.exists()]
    if not found:
        raise Unavailable("no Debian archive keyring on this machine")
    return found
