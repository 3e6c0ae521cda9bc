"""One QEMU guest under TCG: boot, wait for the panic, take the dump."""

import contextlib
import json
import shutil
import socket
import subprocess
import time

from .paths import Unavailable

BOOT_SECONDS = 150


class Machine:
    def __init__(self, kernel, initramfs, work, memory_mb=256, append="", disk=None, numa=False, vmcoreinfo=True,
                 balloon=False, more_disks=()):
        platform = kernel.platform
        qemu = shutil.which(platform.qemu)
        if not qemu:
            raise Unavailable(f"{platform.qemu} is not installed")
        self.work = work
        self.console, self.truth = work / "serial.log", work / "truth.log"
        for path in (self.console, self.truth, work / "qmp"):
            path.unlink(missing_ok=True)
        ports = [port.format(console=self.console, truth=self.truth) for port in platform.ports]
        command = [qemu, *platform.machine, "-accel", "tcg", "-m", str(memory_mb - platform.less_mb), "-smp", "2", "-nodefaults", "-display", "none",
                   "-no-reboot", "-action", "panic=pause", "-kernel", str(kernel.vmlinuz), "-initrd", str(initramfs),
                   # the kernel hands what it does not know to init as a variable
                   "-append", f"console={platform.console} panic=0 truth={platform.truth} {platform.append} {append}", *ports,
                   "-qmp", f"unix:{work / 'qmp'},server,nowait"]
        if vmcoreinfo:
            command += platform.vmcoreinfo
        for path in ([disk] if disk else []) + list(more_disks):
            command += ["-drive", f"file={path},format=raw,if=virtio"]
        if balloon:
            command += ["-device", "virtio-balloon-pci"]
        if numa:
            half = memory_mb // 2
            command += ["-object", f"memory-backend-ram,id=m0,size={half}M", "-numa", "node,memdev=m0,cpus=0",
                        "-object", f"memory-backend-ram,id=m1,size={half}M", "-numa", "node,memdev=m1,cpus=1"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def wait_for(self, text, path=None, seconds=BOOT_SECONDS):
        """Until `text` is in the console (or `path`), or the machine is gone; was it seen?"""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            path_ = path or self.console
            if path_.exists() and text.encode() in path_.read_bytes():
                return True
            if self.process.poll() is not None:
                return path_.exists() and text.encode() in path_.read_bytes()
            time.sleep(0.2)
        return False

    @contextlib.contextmanager
    def _qmp(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.work / "qmp"))
            with s.makefile("rw") as stream:
                stream.readline()
                self._ask(stream, "qmp_capabilities")
                yield stream

    def balloon(self, size):
        """What the guest shall have, in bytes; its balloon takes the rest."""
        with self._qmp() as stream:
            self._ask(stream, "balloon", value=size)

    def dump(self, target, fmt=None):
        """QEMU's dump-guest-memory; kdump formats come flattened. Without a format: ELF."""
        with self._qmp() as stream:
            self._ask(stream, "stop")
            arguments = {"paging": False, "protocol": f"file:{target}"}
            if fmt:
                arguments["format"] = fmt
            self._ask(stream, "dump-guest-memory", **arguments)

    @staticmethod
    def _ask(stream, command, **arguments):
        stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        stream.flush()
        while True:
            answer = json.loads(stream.readline())
            if "error" in answer:
                raise Unavailable(f"QEMU: {answer['error']['desc']}")
            if "return" in answer:
                return

    def wait_end(self, seconds=BOOT_SECONDS):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()
