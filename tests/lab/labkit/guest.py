"""The guest's initramfs: busybox, the lab's own programs, the modules of its kernel, the scenario."""

import hashlib
import lzma
import shutil
import subprocess
from pathlib import Path

from . import kernels
from .apt import Suites
from .paths import CACHE, GUEST, Unavailable

MODULES = ("virtio", "virtio_ring", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci",
           "virtio_blk")  # and those of the platform


def program(name, platform):
    """A static program of guest/, compiled once per source: checkouts of several states share the cache."""
    source = GUEST / f"{name}.c"
    target = CACHE / f"{name}-{platform.name}-{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}"
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        if not shutil.which(platform.cc):
            raise Unavailable(f"{platform.cc} is not installed")
        subprocess.run([platform.cc, "-O2", "-static", "-o", str(part), str(source)], check=True)
        part.rename(target)
    return target


def busybox(platform):
    """The host's, or the platform's from its Debian package."""
    if platform.name == "amd64":
        return shutil.which("busybox") or "/bin/busybox"
    root = CACHE / f"busybox-{platform.arch}"
    if not root.is_dir():
        group = Suites(f"bookworm-{platform.arch}", ["bookworm"], platform.arch)
        group.update()
        kernels.unpack([group.download("busybox-static", CACHE / "debs" / platform.arch)], root)
    return root / "bin" / "busybox"


def put_modules(kernel, folder, more):
    folder.mkdir()
    for name in (*MODULES, *kernel.platform.modules, *more):
        for path in kernel.modules.rglob(f"{name}.ko*"):
            data = path.read_bytes()
            (folder / f"{name}.ko").write_bytes(lzma.decompress(data) if path.suffix == ".xz" else data)


def put_program(name, root):
    """A program of the host, by name or path, with its libraries."""
    path = shutil.which(name)
    if not path:
        raise Unavailable(f"{name} is not installed")
    shutil.copy(path, root / "bin" / Path(name).name)
    for line in subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout.splitlines():
        library = next((word for word in line.split() if word.startswith("/")), None)
        if library:
            target = root / library.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)


def initramfs(kernel, scenario, work, programs=(), extra=(), modules=()):
    """Writes work/initramfs and returns its path. `extra`: (path in the guest, file) pairs; `modules`: names."""
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    (root / "bin").mkdir(parents=True)
    shutil.copy(busybox(kernel.platform), root / "bin" / "busybox")
    for name in ("hog", "press", "keep", *kernel.platform.programs):
        shutil.copy(program(name, kernel.platform), root / "bin" / name)
    put_modules(kernel, root / "modules", modules)
    for name in programs:
        put_program(name, root)
    for target, source in extra:
        shutil.copy(source, root / target)
    shutil.copy(GUEST / "init", root / "init")
    (root / "init").chmod(0o755)
    (root / "scenario").write_text(scenario)
    image = work / "initramfs"
    with open(image, "wb") as out:
        names = subprocess.run(["find", "."], cwd=root, capture_output=True, check=True).stdout
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names, stdout=out, check=True)
    shutil.rmtree(root)
    return image
