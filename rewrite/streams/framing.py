# SPDX-License-Identifier: GPL-2.0-or-later
"""The frame of a stream: its header, and what stands around the contents of each section.

The bytes are those of QEMU's savevm.c: QEMU_VM_* of include/sysemu.h, later migration/savevm.h, and
MIG_CMD_* of migration/savevm.c. Version 2 is that of 0.9, whose records say how long they are.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..errors import StreamError
from ..printable import quoted
from .data import Data, counted_text, read_number, take_bytes

MAGIC = b"QEVM"
VERSIONS = (2, 3)


class Mark(enum.IntEnum):
    """The byte that begins a part of a stream (QEMU_VM_*)."""

    EOF = 0x00
    SECTION_START = 0x01
    SECTION_PART = 0x02
    SECTION_END = 0x03
    SECTION_FULL = 0x04
    SUBSECTION = 0x05
    VMDESCRIPTION = 0x06
    CONFIGURATION = 0x07
    COMMAND = 0x08
    SECTION_FOOTER = 0x7E


COMMANDS = (
    "invalid", "open-return-path", "ping", "postcopy-advise", "postcopy-listen", "postcopy-run",
    "postcopy-ram-discard", "postcopy-resume", "packaged", "enable-colo", "recv-bitmap",
    "switchover-start",
)  # fmt: skip
"""The commands by their numbers (MIG_CMD_*)."""

_NAMED = (Mark.SECTION_START, Mark.SECTION_FULL)
_CONTINUED = (Mark.SECTION_PART, Mark.SECTION_END)

_HEAD = re.compile(rb"[\x01\x04]\x00\x00[\x00-\xff]{2}[\x01-\xff][\x21-\x7e]")
"""How a section begins, where nothing else tells: no machine has 65536 of them."""

_HEAD_SIZE, _WINDOW = 7, 1 << 20

_MOST_VERSION = 0xFFFF
"""No section's version is larger than that."""


@dataclass(frozen=True)
class Head:
    """What stands before the contents of a section, from `start` up to `body`.

    `length` is how long the contents are, where the stream says so (version 2).
    """

    mark: Mark
    start: int
    body: int
    section_id: int
    idstr: str
    instance_id: int
    version_id: int
    length: int | None = None


@dataclass(frozen=True)
class StreamCommand:
    """An order to the destination; the contents of a package are read as the stream's own."""

    start: int
    end: int
    number: int
    data: bytes

    @property
    def name(self) -> str:
        """What QEMU calls it; "command 99" for one that is not known."""
        known = self.number < len(COMMANDS)
        return COMMANDS[self.number] if known else f"command {self.number}"


@dataclass(frozen=True)
class StreamConfiguration:
    """The configuration section: the machine, the size of a page, and other subsections by name."""

    start: int
    end: int
    machine: str
    page_bits: int | None = None
    capabilities: tuple[str, ...] = ()
    uuid: bytes = b""


def header_version(data: Data) -> int:
    """The version of a stream; raises StreamError where it is none that is known."""
    if data[:4] != MAGIC:
        raise StreamError(0, f"no migration stream: expected {MAGIC.decode()} at its start")
    version = read_number(data, 4, 4)
    if version not in VERSIONS:
        raise StreamError(4, f"version {version} of the stream is not known, only 2 and 3 are")
    return version


def section_head(data: Data, start: int, started: dict[int, Head]) -> Head:
    """The head of the section at `start`; `started` are those that may go on, by their numbers.

    Raises StreamError where no section begins.
    """
    mark = Mark(read_number(data, start, 1))
    number = read_number(data, start + 1, 4)
    if mark in _CONTINUED:
        begun = started.get(number)
        if begun is None:
            raise StreamError(start, f"section {number} goes on, but never began")
        return Head(
            mark, start, start + 5, number, begun.idstr, begun.instance_id, begun.version_id
        )
    idstr, offset = counted_text(data, start + 5)
    return Head(
        mark,
        start,
        offset + 8,
        number,
        idstr,
        read_number(data, offset, 4),
        read_number(data, offset + 4, 4),
    )


def record_head(data: Data, start: int) -> Head:
    """The head of a record of version 2 at `start`."""
    idstr, offset = counted_text(data, start)
    instance, version, length = (read_number(data, offset + at, 4) for at in (0, 4, 8))
    if offset + 12 + length > len(data):
        raise StreamError(start, f"the stream ends inside of the {length} bytes of {quoted(idstr)}")
    return Head(Mark.SECTION_FULL, start, offset + 12, 0, idstr, instance, version, length)


def read_command(data: Data, start: int) -> StreamCommand:
    """The command at `start`."""
    number, length = read_number(data, start + 1, 2), read_number(data, start + 3, 2)
    return StreamCommand(start, start + 5 + length, number, take_bytes(data, start + 5, length))


def make_footer(section_id: int) -> bytes:
    """What stands behind a section, from QEMU 2.4 on."""
    return bytes([Mark.SECTION_FOOTER]) + section_id.to_bytes(4, "big")


def subsection_at(data: Data, offset: int) -> tuple[str, int, int] | None:
    """Name, version and offset of the contents of what may be a subsection; None if it can't be."""
    if data[offset : offset + 1] != bytes([Mark.SUBSECTION]):
        return None
    try:
        name, after = counted_text(data, offset + 1)
        return (name, read_number(data, after, 4), after + 4) if name else None
    except StreamError:
        return None


@dataclass(frozen=True)
class PartFrame:
    """What tells whether a part of the stream may begin at a place.

    `started` are the sections that may go on, `done` the numbers of those that were seen whole.
    """

    data: Data
    started: Collection[int]
    done: Collection[int]

    def begins(self, offset: int) -> bool:
        """Whether a part of the stream can begin at an offset, by what stands there."""
        mark = self.data[offset : offset + 1]
        if not mark:
            return False
        if mark[0] == Mark.EOF:
            return self._ends_at(offset + 1)
        if mark[0] in _CONTINUED:
            return int.from_bytes(self.data[offset + 1 : offset + 5], "big") in self.started
        if mark[0] == Mark.COMMAND:
            number, size = self.data[offset + 1 : offset + 3], self.data[offset + 3 : offset + 5]
            known = int.from_bytes(number, "big") < len(COMMANDS)
            return known and offset + 5 + int.from_bytes(size, "big") <= len(self.data)
        return mark[0] in _NAMED and self._is_named(offset)

    def _ends_at(self, offset: int) -> bool:
        """Whether the stream is over at an offset, but for its description."""
        rest = self.data[offset : offset + 64]
        return not rest.strip(b"\0") or rest[0] == Mark.VMDESCRIPTION

    def _is_named(self, offset: int) -> bool:
        try:
            head = section_head(self.data, offset, {})
        except StreamError:
            return False
        fresh = head.section_id not in self.started and head.section_id not in self.done
        named = head.idstr != "" and head.idstr.isascii() and head.idstr.isprintable()
        return fresh and named and head.version_id <= _MOST_VERSION

    def footers(self, section_id: int, offset: int) -> Iterator[int]:
        """Where a section that has a footer may end, from an offset on: before each that fits."""
        return (at for at in self._footers(section_id, offset) if self.begins(at + 5))

    def bare_footers(self, section_id: int, offset: int) -> Iterator[int]:
        """The same before those behind which nothing begins that is known: it may be damaged."""
        return (at for at in self._footers(section_id, offset) if not self.begins(at + 5))

    def _footers(self, section_id: int, offset: int) -> Iterator[int]:
        wanted = make_footer(section_id)
        while (offset := self.data.find(wanted, offset)) >= 0:
            yield offset
            offset += 1

    def heads(self, offset: int) -> Iterator[int]:
        """Where a section without a footer may end, from an offset on: before each head."""
        last = len(self.data) - 1
        for window in range(offset, len(self.data), _WINDOW):
            # A copy: a search in a mapped file would keep it from being closed.
            piece = bytes(self.data[window : window + _WINDOW + _HEAD_SIZE - 1])
            starts = (window + found.start() for found in _HEAD.finditer(piece))
            yield from (start for start in starts if self.begins(start))
        if offset <= last and self.begins(last):
            yield last


def read_configuration(data: Data, start: int) -> StreamConfiguration:
    """The configuration section (QEMU's vmstate_configuration and its subsections), at `start`.

    Raises StreamError for a subsection that is not known, as its length cannot be.
    """
    size = read_number(data, start + 1, 4)
    machine = take_bytes(data, start + 5, size).decode("utf-8", "surrogateescape")
    offset = start + 5 + size
    bits: int | None = None
    capabilities: tuple[str, ...] = ()
    uuid = b""
    while (found := subsection_at(data, offset)) is not None:
        name, _, offset = found
        if name == "configuration/target-page-bits":
            bits, offset = read_number(data, offset, 4), offset + 4
        elif name == "configuration/capabilities":
            capabilities, offset = _read_capabilities(data, offset)
        elif name == "configuration/uuid":
            uuid, offset = take_bytes(data, offset, 16), offset + 16
        else:
            raise StreamError(
                offset, f"a part of the configuration that is not known: {quoted(name)}"
            )
    return StreamConfiguration(start, offset, machine, bits, capabilities, uuid)


def _read_capabilities(data: Data, offset: int) -> tuple[tuple[str, ...], int]:
    count, offset = read_number(data, offset, 4), offset + 4
    names = []
    for _ in range(count):
        name, offset = counted_text(data, offset)
        names.append(name)
    return tuple(names), offset


def read_description(data: Data, start: int) -> tuple[bytes, int]:
    """The text of the description at the stream's end, and the offset after it."""
    size = read_number(data, start + 1, 4)
    return take_bytes(data, start + 5, size), start + 5 + size
