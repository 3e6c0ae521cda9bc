"""The machines of the lab: one row for each architecture, with its QEMU, its Debian packages and its compiler.

A kernel is named by its series, with the platform behind it where that is not amd64: 6.1, 6.1-arm64, 6.1-686-pae.
A platform with `config` has no package: its kernel is built here, of that fragment, see built.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Platform:
    name: str
    arch: str                   # Debian's
    flavour: str                # end of the image package's name, a regular expression
    qemu: str
    machine: tuple
    console: str                # of the kernel's messages
    truth: str                  # of the guest's own words
    ports: tuple                # the two, as arguments of QEMU; {console} and {truth} are files
    cc: str                     # builds the guest's programs
    scenarios: tuple = ()       # those that run here; (): all
    vmcoreinfo: tuple = ("-device", "vmcoreinfo")
    modules: tuple = ("qemu_fw_cfg",)
    partial: bool = False       # what the kernel's code does is not read there: how its OOM killer reads rss
    config: str = None          # kernels/CONFIG.config
    less_mb: int = 0            # that its kernel takes less for itself than the distribution's
    append: str = ""            # to the kernel's command line
    programs: tuple = ()        # of guest/, besides those of all
    stops: str = None           # a panic stops the machine, so this is the last that its console says

    def runs(self, scenario):
        if scenario.platform:
            return scenario.platform == self.name
        return not self.scenarios or scenario.name in self.scenarios


SERIAL = ("-serial", "file:{console}", "-serial", "file:{truth}")
SOME = ("host", "adj", "tmpfs", "memcg", "ancestor")
PC = ("qemu-system-x86_64", (), "ttyS0", "ttyS1", SERIAL, "cc")
OWNERS = {"less_mb": 40, "append": "page_owner=on", "programs": ("owners",)}

PLATFORMS = {p.name: p for p in (
    Platform("amd64", "amd64", "cloud-amd64", "qemu-system-x86_64", (), "ttyS0", "ttyS1", SERIAL, "cc"),
    Platform("rt", "amd64", "rt-amd64", "qemu-system-x86_64", (), "ttyS0", "ttyS1", SERIAL, "cc", SOME),
    Platform("tags", "amd64", "", *PC, ("host", "page-leak", "vmalloc", "slab", "tmpfs"), config="tags", **OWNERS),
    Platform("slab", "amd64", "", *PC, ("host", "page-leak", "slab", "slab-files", "tmpfs"), config="slab", **OWNERS),
    Platform("686-pae", "i386", "686-pae", "qemu-system-x86_64", (), "ttyS0", "ttyS1", SERIAL, "i686-linux-gnu-gcc",
             tuple(s for s in SOME if s != "tmpfs")),  # the file is not named there
    Platform("arm64", "arm64", "cloud-arm64", "qemu-system-aarch64", ("-M", "virt", "-cpu", "cortex-a57"), "ttyAMA0", "ttyS0",
             ("-serial", "file:{console}", "-chardev", "file,id=t,path={truth}", "-device", "pci-serial,chardev=t"),
             "aarch64-linux-gnu-gcc", SOME),
    Platform("s390x", "s390x", "s390x", "qemu-system-s390x", ("-M", "s390-ccw-virtio"), "ttysclp0", "hvc0",
             ("-serial", "file:{console}", "-chardev", "file,id=t,path={truth}", "-device", "virtio-serial-ccw",
              "-device", "virtconsole,chardev=t"),
             "s390x-linux-gnu-gcc", SOME, vmcoreinfo=(), modules=("virtio_console",), partial=True, stops="Kernel panic - not syncing"),
    Platform("powerpc64le", "ppc64el", "powerpc64le", "qemu-system-ppc64", ("-M", "pseries", "-cpu", "power9"), "hvc0", "hvc1",
             SERIAL, "powerpc64le-linux-gnu-gcc", SOME, vmcoreinfo=(), modules=(), partial=True, stops="Kernel panic - not syncing"),
)}


def split(name):
    """(series, Platform) of a kernel's name; KeyError for a platform that the lab does not know."""
    series, _, platform = name.partition("-")
    return series, PLATFORMS[platform or "amd64"]
