# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines of the emulators that are installed, stopped before their first instruction, and saved."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_PCI = [
    "-netdev",
    "user,id=n0",
    "-device",
    "virtio-net-pci,netdev=n0",
    "-device",
    "VGA",
    "-drive",
    "if=none,id=d0,file=null-co://,format=raw",
    "-device",
    "virtio-blk-pci,drive=d0",
    "-device",
    "virtio-balloon-pci",
    "-device",
    "virtio-serial-pci",
    "-chardev",
    "null,id=c0",
    "-device",
    "virtserialport,chardev=c0",
    "-device",
    "virtio-rng-pci",
    "-device",
    "virtio-scsi-pci,id=s0",
    "-drive",
    "if=none,id=d1,file=null-co://,format=raw",
    "-device",
    "scsi-hd,drive=d1,bus=s0.0",
    "-device",
    "virtio-gpu-pci",
    "-device",
    "qemu-xhci",
    "-device",
    "usb-tablet",
    "-device",
    "usb-kbd",
]

MACHINES: dict[str, tuple[str, Sequence[str]]] = {
    "pc": ("x86_64", ("-M", "pc", "-m", "64", *_PCI)),
    "q35": ("x86_64", ("-M", "q35", "-m", "64", *_PCI, "-device", "e1000")),
    "virt": ("aarch64", ("-M", "virt", "-cpu", "cortex-a57", "-m", "64", *_PCI)),
    "pseries": ("ppc64", ("-M", "pseries", "-m", "256", "-vga", "none")),
    "s390x": ("s390x", ("-M", "s390-ccw-virtio", "-m", "64")),
    "versatilepb": ("arm", ("-M", "versatilepb", "-m", "64")),
}
"""An emulator's target and its options, by a name of the machine."""

SECONDS = 120


def emulator(target: str) -> str | None:
    """The program that emulates a target, None where it is not installed."""
    return shutil.which(f"qemu-system-{target}")


@cache
def version(target: str) -> str:
    """The version of an emulator: "7.2"."""
    program = emulator(target)
    assert program is not None
    out = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return ".".join(out.split("version ")[1].split()[0].split(".")[:2])


def monitor(name: str, commands: Sequence[str], *more: str) -> str:
    """What the monitor of a machine that does not run answers to some commands."""
    target, options = MACHINES[name]
    program = emulator(target)
    assert program is not None
    return subprocess.run(
        [program, "-nodefaults", "-S", "-display", "none", "-monitor", "stdio", *options, *more],
        input="".join(f"{command}\n" for command in (*commands, "quit")),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    ).stdout


def saved(name: str, path: Path) -> bytes:
    """The stream of a machine, which is written to a file as well."""
    monitor(name, [f'migrate "exec:cat > {path}"'])
    return path.read_bytes()
