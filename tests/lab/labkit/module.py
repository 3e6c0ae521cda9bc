"""The lab's own kernel modules (guest/leak.c, guest/trouble.c), compiled with the distribution's headers of each kernel.

By the compiler alone, without the headers' own build system: that brings programs linked with the C library of its
suite, which is newer than this machine's. What is lost (symbol versions, objtool) Debian's kernels do without.
"""

import hashlib
import shutil
import subprocess

from . import built, kernels
from .paths import CACHE, GUEST, Unavailable

ABOUT = """
#define INCLUDE_VERMAGIC
#include <linux/module.h>
#include <linux/vermagic.h>
MODULE_INFO(vermagic, VERMAGIC_STRING);
MODULE_INFO(name, KBUILD_MODNAME);
struct module __this_module __section(".gnu.linkonce.this_module") = {
	.name = KBUILD_MODNAME, .init = init_module, .arch = MODULE_ARCH_INIT,
};
"""
FLAGS = ("-nostdinc -D__KERNEL__ -DMODULE -std=gnu11 -fms-extensions -O2 -w -fno-strict-aliasing -fno-common -fshort-wchar -fno-PIE "
         "-mno-sse -mno-mmx -mno-sse2 -mno-3dnow -mno-avx -mno-80387 -m64 -mno-red-zone -mcmodel=kernel "
         "-mpreferred-stack-boundary=3 -fno-stack-protector -fno-asynchronous-unwind-tables "
         "-fno-delete-null-pointer-checks -fno-jump-tables -mindirect-branch=keep").split()


def headers(kernel):
    """(common, own) folders of the kernel's headers, fetched once."""
    abi = kernel.release.removesuffix("-cloud-amd64")
    root = CACHE / "headers" / f"{kernel.release}_{kernel.version}"
    if not root.is_dir():
        group = kernels.suites(kernels.key_of(kernel.series))
        packages = [f"linux-headers-{abi}-common", f"linux-headers-{kernel.release}"]
        kernels.unpack([group.download(name, CACHE / "debs") for name in packages], root)
    return root / "usr/src" / f"linux-headers-{abi}-common", root / "usr/src" / f"linux-headers-{kernel.release}"


def leak(kernel):
    return build(kernel, "leak")


def build(kernel, name):
    """Path of a module for this kernel, compiled once per source."""
    source = GUEST / f"{name}.c"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    target = CACHE / "headers" / f"{name}-{kernel.release}_{kernel.version}-{digest}.ko"
    if target.exists():
        return target
    if kernel.platform.config:
        return built.module(kernel, source, target)
    common, own = headers(kernel)
    work = CACHE / "headers" / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    (work / "about.c").write_text(ABOUT.replace("struct module __this", "int init_module(void);\nstruct module __this"))
    own_headers = subprocess.run(["gcc", "-print-file-name=include"], capture_output=True, text=True, check=True).stdout.strip()
    folders = []
    for kind in ("arch/x86/include", "include"):
        folders += [common / kind, own / kind, own / kind / "generated", common / kind / "uapi", own / kind / "generated/uapi"]
    command = ["gcc", *FLAGS, "-isystem", own_headers, *[f"-I{folder}" for folder in folders],
               "-include", common / "include/linux/compiler-version.h", "-include", common / "include/linux/kconfig.h",
               "-include", common / "include/linux/compiler_types.h"]
    if not (common / "include/linux/compiler-version.h").exists():  # since 5.14
        del command[command.index("-include"):command.index("-include") + 2]
    objects = []
    for path in (source, work / "about.c"):
        objects.append(work / f"{path.stem}.o")
        defines = [f'-DKBUILD_BASENAME="{path.stem}"', f'-DKBUILD_MODNAME="{name}"', f"-D__KBUILD_MODNAME=kmod_{name}",
                   '-DKBUILD_MODFILE="leak"', "-D__DISABLE_EXPORTS"]
        done = subprocess.run([str(word) for word in [*command, *defines, "-c", path, "-o", objects[-1]]],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"{path.name} does not compile for {kernel.release}: {done.stderr[:2000]}")
    subprocess.run(["ld", "-r", "-o", str(target), *map(str, objects)], check=True)
    shutil.rmtree(work)
    return target
