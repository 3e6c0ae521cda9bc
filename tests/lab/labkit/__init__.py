"""The lab: real kernels in QEMU, brought out of memory with known truth."""
