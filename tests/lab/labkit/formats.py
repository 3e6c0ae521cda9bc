"""One guest, all the forms in which its memory comes: each must give the same report.

Two stopped guests: one dumped by QEMU in its formats, one by a capture kernel that hands out /proc/vmcore as it is, of
which makedumpfile then makes all of its own. What differs on purpose is in a Form's fields.
"""

import mmap
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import compare, guest, scenarios
from .machine import Machine
from .paths import CACHE, Unavailable
from .recompress import recompress
from .take import blank_disk

PAGE = 4096
BTF_HEAD = struct.pack("<HBBI", 0xeb9f, 1, 0, 24)
# x86_64, makedumpfile's diskdump_mod.h: struct disk_dump_header from block_size on; in the sub header offset and size
# of VMCOREINFO, then of the notes.
HEADER_BLOCK_SIZE = 428
SUB_VMCOREINFO = 32


@dataclass
class Form:
    name: str
    inputs: list            # files
    options: tuple = ()
    exit: int = 0
    complete: bool = True
    says: str = None        # what the line on standard error or source.missing has in it
    format: str = None      # what source.format starts with
    same: bool = True       # the report is the whole one


class Kdump:
    """What a test must know of a kdump-compressed file to damage it at a chosen place."""

    def __init__(self, path):
        self.path = path
        self.data = bytearray(path.read_bytes())
        _, sub, blocks = struct.unpack_from("<iiI", self.data, HEADER_BLOCK_SIZE)
        self.bitmap = (1 + sub) * PAGE + blocks // 2 * PAGE
        self.descs = (1 + sub + blocks) * PAGE

    def without_vmcoreinfo(self, target):
        copy = bytearray(self.data)
        copy[PAGE + SUB_VMCOREINFO:PAGE + SUB_VMCOREINFO + 32] = bytes(32)
        target.write_bytes(copy)
        return target

    def lose(self, phys, length, target):
        """The same without the pages of [phys, phys + length): their descriptors were never written."""
        copy = bytearray(self.data)
        bits = self.data[self.bitmap:self.descs]
        for pfn in range(phys // PAGE, (phys + length + PAGE - 1) // PAGE):
            if bits[pfn // 8] >> pfn % 8 & 1:
                before = int.from_bytes(bits[:pfn // 8], "little").bit_count()
                index = before + (bits[pfn // 8] & ((1 << pfn % 8) - 1)).bit_count()
                copy[self.descs + 24 * index:self.descs + 24 * index + 24] = bytes(24)
        target.write_bytes(copy)
        return target


def loads(path):
    """(offset in the file, physical address, bytes) of the memory in an ELF core."""
    with open(path, "rb") as f:
        head = f.read(64)
        if head[:4] != b"\x7fELF":
            raise Unavailable("the capture kernel wrote no dump")
        f.seek(struct.unpack_from("<Q", head, 32)[0])
        table = f.read(56 * struct.unpack_from("<H", head, 56)[0])
    segments = [struct.unpack_from("<IIQQQQ", table, at) for at in range(0, len(table), 56)]
    return [(offset, phys, length) for kind, _, offset, _, phys, length in segments if kind == 1]


def elf_without_vmcoreinfo(source, target):
    """An ELF core whose note has another name."""
    shutil.copy(source, target)
    target.chmod(0o600)
    with open(target, "r+b") as f:
        head = f.read(1 << 20)
        at = head.find(b"VMCOREINFO\0")
        if at >= 0:
            f.seek(at)
            f.write(b"X")
    return target


def run(command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False, **more)
    if done.returncode:
        text = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise Unavailable(f"{' '.join(map(str, command))}: {text.splitlines()[-1] if text else done.returncode}")


def rearrange(flat, target):
    target.unlink(missing_ok=True)
    with open(flat, "rb") as f:
        run(["makedumpfile", "-R", target], stdin=f)
    return target


def dumped(machine, target, fmt):
    """False if this QEMU was built without that compression."""
    try:
        machine.dump(target, fmt)
    except Unavailable as reason:
        if "not available" in str(reason):
            return False
        raise
    return True


def qemu_forms(kernel, folder):
    """The guest stopped, and dumped in each of QEMU's formats."""
    scenario = scenarios.by_name("host", 1)
    image = guest.initramfs(kernel, scenario.script, folder, scenario.programs)
    machine = Machine(kernel, image, folder, scenario.memory_mb, scenario.append)
    try:
        if not machine.wait_for(scenario.ends) or "panic_on_oom" not in machine.console.read_text(errors="replace"):
            raise Unavailable("the guest did not run out of memory: see serial.log and truth.log")
        done = [name for name in ("zlib", "lzo", "snappy") if dumped(machine, folder / f"{name}.flat", f"kdump-{name}")]
        machine.dump(folder / "qemu.elf")
    finally:
        machine.close()
    forms = []
    for name in done:
        flat = folder / f"{name}.flat"
        plain = rearrange(flat, folder / f"{name}.plain")
        forms += [Form(f"QEMU {name} flattened", [flat], format=f"kdump-{name} flattened"),
                  Form(f"QEMU {name}", [plain], format=f"kdump-{name}")]
    zlib = Kdump(folder / "zlib.plain")
    return forms + [
        Form("QEMU ELF", [folder / "qemu.elf"], format="elf"),
        Form("QEMU zlib, no VMCOREINFO", [zlib.without_vmcoreinfo(folder / "zlib.searched")]),
        Form("QEMU ELF, no VMCOREINFO", [elf_without_vmcoreinfo(folder / "qemu.elf", folder / "searched.elf")]),
    ] + debug_forms(kernel, zlib, folder)


def find_btf(core):
    """(physical address, length) of the kernel's own BTF: the largest there (struct btf_header of linux/btf.h)."""
    best = (0, 0)
    for file_at, phys, length in loads(core):
        with open(core, "rb") as f:
            f.seek(file_at)
            memory = f.read(length)
        at = memory.find(BTF_HEAD)
        while at >= 0:
            types_at, types, strings_at, strings = struct.unpack_from("<IIII", memory, at + 8)
            if types_at == 0 and strings_at == types and at + 24 + types + strings <= length:
                best = max(best, (24 + types + strings, phys + at))
            at = memory.find(BTF_HEAD, at + 1)
    if not best[0]:
        raise Unavailable("no BTF in the guest's memory")
    return best[1], best[0]


def take_btf(core, dump, folder):
    """(BTF as a file, the dump without the pages of it); a page that BTF shares with its neighbours stays."""
    phys, length = find_btf(core)
    first = (phys + PAGE - 1) // PAGE * PAGE
    lost = dump.lose(first, (phys + length) // PAGE * PAGE - first, folder / "zlib.nobtf")
    file_at = next(at + phys - start for at, start, size in loads(core) if start <= phys < start + size)
    with open(core, "rb") as f:
        f.seek(file_at)
        (folder / "btf").write_bytes(f.read(length))
    return folder / "btf", lost


def system_map(vmlinux, target):
    """What the kernel's scripts/mksysmap makes: Debian's image package has a stub only."""
    with open(target, "wb") as out:
        subprocess.run(["nm", "-n", str(vmlinux)], stdout=out, stderr=subprocess.DEVNULL, check=True)
    return target


def without_its_btf(vmlinux, target):
    """A copy that has only DWARF: the section has another name (objcopy refuses, symbols need it)."""
    shutil.copy(vmlinux, target)
    with open(target, "r+b") as f, mmap.mmap(f.fileno(), 0) as data:
        at = data.rfind(b"\0.BTF\0")
        data[at + 2:at + 5] = b"XTF"
    return target


def vmlinuxes(release):
    """(that of the release, one of another); None for what nobody has put into the cache."""
    found = sorted(path for path in (CACHE / "vmlinux").glob("*") if path.exists())
    return (next((path for path in found if path.name.endswith(release)), None),
            next((path for path in found if not path.name.endswith(release)), None))


def debug_forms(kernel, dump, folder):
    """-S, -k and --btf, of the right kernel and of another. A vmlinux is used if the cache has one: they are large."""
    plain = [dump.path]
    btf, lost = take_btf(folder / "qemu.elf", dump, folder)
    nobtf = [lost]
    right, wrong = vmlinuxes(kernel.release)
    forms = [Form("no BTF", nobtf, complete=False, says="BTF", same=False), Form("--btf", plain, ("--btf", btf)),
             Form("no BTF, --btf", nobtf, ("--btf", btf), complete=False)]
    if wrong:
        forms += [Form("-k of another kernel", plain, ("-k", wrong), 3, says="another kernel"),
                  Form("-S of another kernel", plain, ("-S", system_map(wrong, folder / "wrong.map")), 3,
                       says="another kernel")]
    if right:
        forms += [Form("-k vmlinux", plain, ("-k", right)),
                  Form("-S System.map", plain, ("-S", system_map(right, folder / "System.map"))),
                  Form("no BTF, -k vmlinux", nobtf, ("-k", right), complete=False),
                  Form("no BTF, -k vmlinux with DWARF only", nobtf, ("-k", without_its_btf(right, folder / "vmlinux")),
                       complete=False)]
    return forms


CAPTURE = "#!/bin/sh\nexec cat /proc/vmcore\n"


def proc_vmcore(kernel, folder):
    """/proc/vmcore as the capture kernel sees it: what it calls makedumpfile copies it."""
    scenario = scenarios.by_name("real", 1)
    script = folder / "copy"
    script.write_text(CAPTURE)
    script.chmod(0o755)
    kdump = folder / "initramfs.kdump"
    guest.initramfs(kernel, "", folder, (), (("bin/makedumpfile", script),)).rename(kdump)
    image = guest.initramfs(kernel, scenario.script, folder, scenario.programs,
                            (("initramfs.kdump", kdump), ("vmlinuz", kernel.vmlinuz)))
    disk = blank_disk(folder / "proc.elf", scenario.memory_mb)
    machine = Machine(kernel, image, folder, scenario.memory_mb, scenario.append, disk, vmcoreinfo=False)
    try:
        if not machine.wait_for("dumped 0", machine.truth) or not machine.wait_end(30):
            raise Unavailable("no dump by kexec: see serial.log and truth.log")
    finally:
        machine.close()
    with open(disk, "r+b") as f:
        f.truncate(max(at + length for at, _, length in loads(disk)))
    return disk


def compressions():
    """Options of makedumpfile; without the library it would go on uncompressed."""
    said = subprocess.run(["makedumpfile", "-v"], capture_output=True, text=True, check=False).stdout
    options = [("zlib", "-c"), ("elf", "-E")]
    return options + [(name, option) for name, option in (("lzo", "-l"), ("snappy", "-p"), ("zstd", "-z"))
                      if re.search(rf"{name}\s+enabled", said)]


def filtered(option, source, target):
    """makedumpfile's dump, and the same flattened."""
    command = ["makedumpfile", *option, "-d", "31"]
    flat = Path(f"{target}.flat")
    run([*command, "-f", source, target])
    with open(flat, "wb") as out:
        subprocess.run([*command, "-F", str(source)], stdout=out, stderr=subprocess.DEVNULL, check=True)
    return target, flat


def drops_too_much(kernel):
    """1.7.2 takes slab pages of 6.10 and later for free ones (page types, 46df8e73a4a3); 1.7.6 knows them."""
    said = subprocess.run(["makedumpfile", "-v"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"version (\d+)\.(\d+)\.(\d+)", said)
    return kernel.numbers() >= (6, 10) and version and tuple(map(int, version.groups())) < (1, 7, 6)


def kexec_forms(kernel, folder):
    """The first one is whole. What makedumpfile filtered of a kernel that it does not know must be called incomplete."""
    raw = proc_vmcore(kernel, folder)
    forms = [Form("/proc/vmcore", [raw], format="elf"),
             Form("/proc/vmcore, no VMCOREINFO", [elf_without_vmcoreinfo(raw, folder / "searched.elf")], format="elf")]
    whole = len(forms)
    for name, option in [*compressions(), ("plain", None)]:
        words = f"makedumpfile {option} -d 31" if option else "makedumpfile -d 31"
        plain, flat = filtered([option] if option else [], raw, folder / f"d31.{name}")
        kind = "elf" if name == "elf" else f"kdump-{name}"
        forms += [Form(words, [plain], format=kind), Form(f"{words} -F", [flat], format=f"{kind} flattened")]
    forms += [Form("makedumpfile -c -d 31, no VMCOREINFO",
                   [Kdump(folder / "d31.zlib").without_vmcoreinfo(folder / "d31.searched")])]
    zlib = Kdump(folder / "d31.zlib")
    forms += [Form(f"makedumpfile -c -d 31, in {how}", [recompress(zlib, how, folder / f"d31.re{how}")], format=f"kdump-{how}")
              for how in ("snappy", "zstd")]
    unfiltered = []
    for level in (0, 1):
        run(["makedumpfile", "-c", "-d", str(level), "-f", raw, folder / f"d{level}"])
        unfiltered.append(Form(f"makedumpfile -c -d {level}", [folder / f"d{level}"], format="kdump-zlib"))
    parts = [folder / f"part{i}" for i in range(3)]
    # Blocks of 4 MiB: by default all of so small a guest comes into the first part.
    run(["makedumpfile", "-f", "--split", "--splitblock-size", "4", "-c", "-d", "31", raw, *parts])
    forms += [Form("split set", parts, ("--split",)), Form("split set, other order", parts[::-1], ("--split",)),
              Form("split set, one lost", [parts[0], parts[2]], ("--split",), None, False, "part", same=False)]
    forms += [Form(f"part {i + 1} of 3 alone", [part], (), None, False, "part", same=False)
              for i, part in enumerate(parts)]
    if drops_too_much(kernel):
        for form in forms[whole:]:
            # ELF has no bitmap: a page that is not there was never promised.
            form.complete, form.same, form.says = None, False, "not in the dump|breaks off|lost"
    return forms + unfiltered


def without_input_finding(report):
    """The finding that the input is incomplete belongs to "source"."""
    d = report["diagnosis"]
    findings = [f for f in d["findings"] if f["id"] != "incomplete-input"]
    return report | {"diagnosis": d | {"findings": findings}}


def unlike(form, got, whole):
    """What differs from the whole report, but for "source" and what only a dump with user memory has."""
    if not form.same:
        return []
    a, b = (without_input_finding(compare.without_source(report)) for report in (whole, got))
    return [f"'{key}' differs" for key in a if a[key] != b.get(key)]


def check(form, whole, report):
    """Differences of one form; `report`: function (inputs, options) → (exit status, JSON or None, standard error)."""
    status, got, said = report(form.inputs, form.options)
    if form.exit is not None and status != form.exit or status not in (0, 1, 3):
        return [f"exit {status}: {said.strip()}"]
    if status == 3:
        wrong = [] if said.count("\n") == 1 else [f"not one line: {said!r}"]
        return wrong if form.says in said else wrong + [f"it says: {said.strip()}"]
    source = got["source"]
    wrong = unlike(form, got, whole)
    if form.complete is not None and source["complete"] != form.complete:
        wrong.append(f"complete: {source['complete']}, missing: {source['missing']}")
    if form.says and not any(re.search(form.says, line) for line in source["missing"]):
        wrong.append(f"missing: {source['missing']}")
    if form.format and not source["format"].startswith(form.format):
        wrong.append(f"format: {source['format']}")
    return wrong


def groups(kernel, folder):
    """(name, forms) of each guest; a guest that is not to be had is (name, reason)."""
    for name, make in (("qemu", qemu_forms), ("kexec", kexec_forms)):
        target = Path(folder) / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        try:
            yield name, make(kernel, target)
        except Unavailable as reason:
            yield name, str(reason)
