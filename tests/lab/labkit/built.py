"""Kernels that no package has: Debian's source, allnoconfig and the options of tests/lab/kernels, compiled here.

Small ones, so that a build takes minutes. The source and the objects stay in the cache: modules need them.
"""

import hashlib
import os
import shutil
import subprocess

from .paths import CACHE, LAB, Unavailable

BUILD = CACHE / "build"
TOOLS = ("gcc", "make", "bc", "bison", "flex", "pahole")


def run(command, log):
    with open(log, "a", encoding="utf-8") as out:
        done = subprocess.run(["nice", "-n", "5", *map(str, command)], stdout=out, stderr=out, check=False)
    if done.returncode:
        raise Unavailable(f"{' '.join(map(str, command))}: see {log}")


def source(group, series, version):
    """The unpacked source of Debian's package, of the version that there is now."""
    root, stamp = BUILD / f"linux-source-{series}", BUILD / f"linux-source-{series}.version"
    if root.is_dir() and stamp.exists() and stamp.read_text() == version:
        return root
    shutil.rmtree(root, ignore_errors=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    deb = group.download(f"linux-source-{series}", CACHE / "debs")
    archive = BUILD / f"{series}.tar"
    with open(archive, "wb") as out:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=out, check=True)
    inner = subprocess.Popen(["tar", "-xOf", str(archive), f"./usr/src/linux-source-{series}.tar.xz"], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-xJ", "-C", str(BUILD)], stdin=inner.stdout, check=True)
    inner.wait()
    archive.unlink()
    stamp.write_text(version)
    return root


def missing(options, config):
    """Options that the kernel's own rules did not grant."""
    granted = config.read_text().splitlines()
    return [line for line in options.splitlines() if line.startswith("CONFIG_") and not line.endswith("=n")
            and line not in granted]


def kernel(group, series, name):
    """(release, version, folder as an unpacked package) of the kernel with the options of kernels/NAME.config."""
    version = group.version(f"linux-source-{series}")
    if not version:
        raise Unavailable(f"no linux-source-{series} in {' '.join(group.suites)}")
    options = "".join((LAB / "kernels" / f"{part}.config").read_text() for part in ("base", name))
    digest = hashlib.sha256(options.encode()).hexdigest()[:12]
    root = CACHE / "kernels" / f"{series}-{name}_{version}-{digest}"
    if root.is_dir():
        return next((root / "lib/modules").iterdir()).name, version, root
    for tool in TOOLS:
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is not installed (packaging/setup kernels)")
    work, log = BUILD / f"{series}-{name}", BUILD / f"{series}-{name}.log"
    work.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    wanted = work / "wanted.config"
    wanted.write_text(options)
    make = ["make", "-s", "-C", source(group, series, version), f"O={work}", f"-j{os.cpu_count()}"]
    run([*make, f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig"], log)
    if lacking := missing(options, work / ".config"):
        raise Unavailable(f"options that {version} does not grant: {' '.join(lacking)}")
    run([*make, "bzImage", "modules"], log)
    release = (work / "include/config/kernel.release").read_text().strip()
    staging = root.with_name(root.name + ".part")
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "boot").mkdir(parents=True)
    (staging / "lib/modules" / release).mkdir(parents=True)
    shutil.copy(work / "arch/x86/boot/bzImage", staging / "boot" / f"vmlinuz-{release}")
    shutil.copy(work / ".config", staging / "boot" / f"config-{release}")
    staging.rename(root)
    return release, version, root


def module(built, code, target):
    """Compiles the module of one file for such a kernel, by the kernel's own build system."""
    work = BUILD / "module"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    shutil.copy(code, work / code.name)
    (work / "Kbuild").write_text(f"obj-m := {code.stem}.o\n")
    run(["make", "-s", "-C", BUILD / f"{built.series}-{built.platform.config}", f"M={work}", "modules"], work / "log")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(work / f"{code.stem}.ko", target)
    return target
