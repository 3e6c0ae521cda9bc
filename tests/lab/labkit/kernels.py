"""The kernels under test: the newest cloud kernel of each Debian suite and platform, unpacked into the cache."""

import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import built
from .apt import Suites
from .paths import CACHE, Unavailable
from .platform import PLATFORMS, Platform, split

# series -> suites; sid moves on, so its series is what its newest package says.
SUITES = {
    "5.10": ["bullseye-security"],
    "6.1": ["bookworm", "bookworm-security"],
    "6.12": ["trixie", "trixie-security"],
    "sid": ["sid"],
}
FRESH_SECONDS = 24 * 3600


@dataclass
class Kernel:
    series: str     # 6.1
    release: str    # 6.1.0-56-cloud-amd64
    version: str    # Debian's version, 6.1.192-2
    root: Path      # the unpacked package
    platform: Platform = PLATFORMS["amd64"]

    @property
    def vmlinuz(self):
        # Since 7.x Debian's packages have it beside the modules.
        for path in (self.root / "boot" / f"vmlinuz-{self.release}", self.root / "boot" / f"vmlinux-{self.release}",
                     self.modules / "vmlinuz"):
            if path.exists():
                return path
        raise Unavailable(f"no vmlinuz in the package of {self.release}")

    @property
    def modules(self):
        for base in ("lib/modules", "usr/lib/modules"):
            if (self.root / base / self.release).is_dir():
                return self.root / base / self.release
        raise Unavailable(f"no modules in the package of {self.release}")

    def config(self, option):
        old = self.root / "boot" / f"config-{self.release}"
        text = (old if old.exists() else self.modules / "config").read_text()
        m = re.search(rf"^{option}=(.*)$", text, re.M)
        return m.group(1) if m else None

    def describes_itself(self):
        """Are the addresses of its data and its types in a dump? Not with Debian's 686 kernels, nor with 6.1's for arm64."""
        return self.config("CONFIG_KALLSYMS_ALL") == "y" and self.config("CONFIG_DEBUG_INFO_BTF") == "y"

    def numbers(self):
        return tuple(int(n) for n in self.series.split("."))


def newer(a, b):
    return subprocess.run(["dpkg", "--compare-versions", a, "gt", b], check=False).returncode == 0


def newest_package(group, series, platform):
    """(package, version, release); a signed image is preferred to the unsigned one of the same version."""
    want = r"\d[^-]*" if series == "sid" else re.escape(series) + r"\.\d[^-]*"
    best = None
    names = group.names(rf"linux-image-{want}(-\d+)?-{platform.flavour}(-unsigned)?")
    for name in sorted(names, key=len):
        version = group.version(name)
        if version and (best is None or newer(version, best[1])):
            best = (name, version, name.removeprefix("linux-image-").removesuffix("-unsigned"))
    if best is None:
        raise Unavailable(f"no kernel {series}, {platform.flavour}, in {' '.join(group.suites)}")
    return best


def pieces(group, package, release):
    """The image package and, since 7.x, the packages that it was split into."""
    return [package] + [n for n in (f"linux-{part}-{release}" for part in ("base", "binary", "modules"))
                        if group.version(n)]


def unpack(debs, root):
    staging = root.with_name(root.name + ".part")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for deb in debs:
        subprocess.run(["dpkg-deb", "-x", str(deb), str(staging)], check=True)
    shutil.rmtree(root, ignore_errors=True)
    staging.rename(root)


def suites(key):
    """The packages of a row of SUITES for a platform: "6.1", "6.1-arm64"."""
    series, platform = split(key)
    return Suites(key, SUITES[series], platform.arch)


def fetch(key):
    group = suites(key)
    group.update()
    if split(key)[1].config:
        series, platform = split(key)
        release, version, root = built.kernel(group, series, platform.config)
        return Kernel(series, release, version, root, platform)
    package, version, release = newest_package(group, *split(key))
    root = CACHE / "kernels" / f"{release}_{version}"
    if not root.is_dir():
        unpack([group.download(p, CACHE / "debs") for p in pieces(group, package, release)], root)
    series = re.match(r"\d+\.\d+", version).group(0)
    return Kernel(series, release, version, root, split(key)[1])


def prepare(key):
    """The kernel of a row of SUITES and a platform, from the cache if that was looked up within the last day."""
    note = CACHE / "kernels" / f"{key}.json"
    cached = None
    if note.exists():
        d = json.loads(note.read_text())
        cached = Kernel(d["series"], d["release"], d["version"], Path(d["root"]), split(key)[1])
        if cached.root.is_dir() and time.time() - note.stat().st_mtime < FRESH_SECONDS:
            return cached
    try:
        kernel = fetch(key)
    except Unavailable:
        # A mirror out of reach is no reason to drop a kernel that is already here.
        if cached and cached.root.is_dir():
            return cached
        raise
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"series": kernel.series, "release": kernel.release,
                                "version": kernel.version, "root": str(kernel.root)}))
    return kernel


def key_of(name):
    """The row of SUITES for a series or suite name given by the user, with its platform."""
    series, dash, platform = name.partition("-")
    return (series if series in SUITES else "sid") + dash + platform


def cached_vmlinux(kernel):
    """The kernel's vmlinux if it has been fetched (tests/lab/run --vmlinux), else None."""
    target = CACHE / "vmlinux" / f"vmlinux-{kernel.release}"
    return target if target.exists() else None


def vmlinux(kernel):
    """vmlinux of the kernel's -dbg package (several hundred MB), for crash; fetched once into the cache."""
    target = CACHE / "vmlinux" / f"vmlinux-{kernel.release}"
    if target.exists():
        return target
    group = suites(key_of(kernel.series) + ("" if kernel.platform.name == "amd64" else f"-{kernel.platform.name}"))
    deb = group.download(f"linux-image-{kernel.release}-dbg", CACHE / "debs")
    staging = CACHE / "vmlinux" / "part"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", str(staging), "--wildcards", f"*/vmlinux-{kernel.release}",
                    f"*/{kernel.release}/vmlinux"], stdin=tar.stdout, stderr=subprocess.DEVNULL, check=False)
    tar.wait()
    deb.unlink()
    found = [path for path in staging.rglob("vmlinux*") if path.is_file() and not path.is_symlink()]
    if not found:
        raise Unavailable(f"no vmlinux in linux-image-{kernel.release}-dbg")
    found[0].rename(target)
    shutil.rmtree(staging)
    return target
