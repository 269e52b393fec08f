# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines of the emulators that are installed, stopped before their first instruction, and saved."""

from __future__ import annotations

import shutil
import subprocess
import time
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


def _command(name: str, *more: str) -> list[str]:
    target, options = MACHINES[name]
    program = emulator(target)
    assert program is not None
    plain = ("-nodefaults", "-S", "-display", "none", "-monitor", "stdio")
    return [program, *plain, *options, *more]


def saved(name: str, path: Path, *more: str) -> bytes:
    """The stream of a machine with more options, which is written to a file as well."""
    commands = f'migrate "exec:cat > {path}"\nquit\n'
    subprocess.run(
        _command(name, *more),
        input=commands,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return path.read_bytes()


def loaded(name: str, path: Path, command: str, *more: str) -> str:
    """What the monitor of a machine answers to a command once it has loaded a stream."""
    incoming = _command(name, *more, "-incoming", f"exec:cat {path}")
    pipe = subprocess.PIPE
    with subprocess.Popen(incoming, stdin=pipe, stdout=pipe, text=True) as machine:
        assert machine.stdin is not None and machine.stdout is not None
        until = time.monotonic() + SECONDS
        status = "inmigrate"
        while "inmigrate" in status and time.monotonic() < until:
            print("info status", file=machine.stdin, flush=True)
            status = next((line for line in machine.stdout if "VM status" in line), "")
        print(f"{command}\nquit", file=machine.stdin, flush=True)
        return machine.stdout.read()
