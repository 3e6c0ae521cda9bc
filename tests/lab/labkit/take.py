"""Runs one scenario on one kernel and leaves the dump, the console and the guest's own words in a folder."""

import struct

from . import guest, hooks, module
from .machine import Machine
from .paths import Unavailable


def blank_disk(path, megabytes):
    with open(path, "wb") as f:
        f.truncate(megabytes << 20)
    return path


def cut_flattened(disk, target):
    """Copies the flattened dump that starts the disk, up to its end mark."""
    with open(disk, "rb") as f:
        if f.read(12) != b"makedumpfile":
            raise Unavailable("the capture kernel wrote no dump")
        at = 4096
        while True:
            f.seek(at)
            offset, size = struct.unpack(">qq", f.read(16))
            at += 16
            if offset == -1 and size == -1:
                break
            if size <= 0:
                raise Unavailable("the capture kernel's dump breaks off")
            at += size
        f.seek(0)
        with open(target, "wb") as out:
            left = at
            while left:
                piece = f.read(min(left, 1 << 20))
                out.write(piece)
                left -= len(piece)


def by_qemu(kernel, scenario, folder):
    extra = [("leak.ko", module.leak(kernel))] if scenario.leak else []
    image = guest.initramfs(kernel, scenario.script, folder, scenario.programs, extra, scenario.modules)
    disk = blank_disk(folder / "disk", scenario.swap_mb) if scenario.swap_mb else None
    machine = Machine(kernel, image, folder, scenario.memory_mb, scenario.append, disk, scenario.numa,
                      balloon=bool(scenario.balloon_mb))
    try:
        if scenario.balloon_mb and machine.wait_for("=== balloon", machine.truth):
            machine.balloon(scenario.balloon_mb << 20)
        if not machine.wait_for(kernel.platform.stops or scenario.ends):
            raise Unavailable("the guest did not run out of memory: see serial.log and truth.log")
        machine.dump(folder / "vmcore", "kdump-zlib")
    finally:
        machine.close()


def by_kexec(kernel, scenario, folder):
    """The capture kernel boots the same /init, which sees /proc/vmcore."""
    capture = guest.initramfs(kernel, scenario.capture, folder, ("makedumpfile", *scenario.capture_programs))
    kdump = folder / "initramfs.kdump"
    capture.rename(kdump)
    image = guest.initramfs(kernel, scenario.script, folder, scenario.programs,
                            (("initramfs.kdump", kdump), ("vmlinuz", kernel.vmlinuz)))
    disk = blank_disk(folder / "disk", 512)
    # Without the vmcoreinfo device the capture kernel is what any machine has.
    machine = Machine(kernel, image, folder, scenario.memory_mb, scenario.append, disk, vmcoreinfo=False)
    try:
        if not machine.wait_for("dumped 0", machine.truth) or not machine.wait_end(30):
            raise Unavailable("no dump by kexec: see serial.log and truth.log")
    finally:
        machine.close()
    cut_flattened(disk, folder / "vmcore")
    if scenario.hook:
        hooks.cut_results(disk, folder)
    kdump.unlink()


def take(kernel, scenario, folder):
    """Returns the dump's path; raises Unavailable with the reason if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    (by_kexec if scenario.real else by_qemu)(kernel, scenario, folder)
    for leftover in ("initramfs", "disk", "qmp"):
        (folder / leftover).unlink(missing_ok=True)
    return folder / "vmcore"
