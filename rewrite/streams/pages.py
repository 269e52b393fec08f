# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections that travel by a protocol of their own: memory and block devices. They are skipped.

The flags are those of QEMU's arch_init.c and migration/ram.c (RAM_SAVE_FLAG_*) and of
block-migration.c (BLK_MIG_FLAG_*), which never gave a bit a second meaning.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..errors import StreamError
from ..printable import quoted
from .data import Data, counted_text, read_number

PAGE_SIZES = (4096, 8192, 16384, 65536, 2048, 1024)
"""What targets have had as TARGET_PAGE_SIZE, the common one first."""

_FLAGS = 0x3FF
"""The bits below the smallest page that may be flags."""

_SECTOR = 0x1FF
_BLOCK_SIZE = 1 << 20
_LIVE_BLOCKS_FROM = 4
"""The version of the section of memory from which on pages say which block they are of."""


class RamEntry(enum.IntFlag):
    """What one entry of the section of memory is (RAM_SAVE_FLAG_*)."""

    FULL = 0x01
    ZERO = 0x02
    MEM_SIZE = 0x04
    PAGE = 0x08
    EOS = 0x10
    CONTINUE = 0x20
    XBZRLE = 0x40
    HOOK = 0x80
    COMPRESS_PAGE = 0x100
    MULTIFD_FLUSH = 0x200


class BlockEntry(enum.IntFlag):
    """What one entry of the section of block devices is (BLK_MIG_FLAG_*)."""

    DEVICE_BLOCK = 0x01
    EOS = 0x02
    PROGRESS = 0x04
    ZERO_BLOCK = 0x08


_UNSUPPORTED = (
    (
        RamEntry.MULTIFD_FLUSH,
        "multifd: its pages travel on other channels, which are not in this file",
    ),
    (RamEntry.HOOK, "RDMA: its pages do not travel in the stream"),
    (RamEntry.FULL, "memory compressed as a whole (QEMU 0.9) is not supported"),
)

_ENTRY = struct.Struct(">Q")


@dataclass(frozen=True)
class Memory:
    """What is known of the guest's memory: its page, and the blocks and their sizes."""

    page_size: int | None = None
    blocks: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Pages:
    """One section that was skipped: where it ends, and how many entries of each kind it holds."""

    end: int
    memory: Memory
    counts: dict[str, int] = field(default_factory=dict)


def skip_ram(data: Data, start: int, version: int, memory: Memory) -> Pages:
    """Skip a section of memory; the size of its pages is tried where it is not known yet.

    Raises StreamError at the first entry that is none, with the usual size of a page.
    """
    sizes = PAGE_SIZES if memory.page_size is None else (memory.page_size,)
    first: StreamError | None = None
    for size in sizes:
        try:
            pages = _RamWalk(data, version, size, memory.blocks).skip(start)
        except StreamError as error:
            first = first or error
            continue
        settled = size if memory.page_size or any(k in pages.counts for k in ("PAGE",)) else None
        return replace(pages, memory=replace(pages.memory, page_size=settled))
    assert first is not None
    raise first


class _RamWalk:
    """The walk over the entries of one section of memory, with one size of pages."""

    def __init__(
        self, data: Data, version: int, page_size: int, blocks: tuple[tuple[str, int], ...]
    ) -> None:
        self._data, self._page_size = data, page_size
        self._named = version >= _LIVE_BLOCKS_FROM
        self._blocks = dict(blocks)
        self._counts: dict[str, int] = {}

    def skip(self, offset: int) -> Pages:
        """Go to the end of the section."""
        data, size, unpack = self._data, len(self._data), _ENTRY.unpack_from
        plain = RamEntry.PAGE | RamEntry.CONTINUE if self._named else RamEntry.PAGE
        plain_flags, page, pages = int(plain), 8 + self._page_size, 0
        while True:
            if offset + 8 > size:
                raise StreamError(offset, "the stream ends inside of the pages of memory")
            entry = unpack(data, offset)[0]
            if entry & _FLAGS == plain_flags:  # by far the most, and a gigabyte has many
                offset += page
                pages += 1
                continue
            flags = RamEntry(entry & _FLAGS)
            if flags == RamEntry.EOS:
                break
            offset = self._pass_entry(offset, flags, entry & ~_FLAGS)
        self._count("PAGE", pages)
        return Pages(offset + 8, Memory(None, tuple(self._blocks.items())), self._counts)

    def _count(self, name: str, more: int = 1) -> None:
        if more:
            self._counts[name] = self._counts.get(name, 0) + more

    def _pass_entry(self, offset: int, flags: RamEntry, address: int) -> int:
        for flag, message in _UNSUPPORTED:
            if flags & flag:
                raise StreamError(offset, message)
        if flags == RamEntry.MEM_SIZE:
            return self._read_sizes(offset + 8, address) if self._named else offset + 8
        kind = flags & ~RamEntry.CONTINUE
        size = _SIZES.get(kind)
        if size is None or address % self._page_size:
            raise StreamError(offset, f"0x{int(flags) | address:x} begins no page of memory")
        inside = self._pass_block(offset + 8, flags, address)
        end = inside + size(self._data, inside, self._page_size)
        if end > len(self._data):
            raise StreamError(offset, "the stream ends inside of a page of memory")
        self._count(str(kind.name))
        return end

    def _pass_block(self, offset: int, flags: RamEntry, address: int) -> int:
        """The offset behind the name of a page's block."""
        if not self._named or flags & RamEntry.CONTINUE:
            return offset
        name, end = counted_text(self._data, offset)
        if self._blocks and address >= self._blocks.get(name, 0):
            known = name in self._blocks
            problem = f"has no page 0x{address:x}" if known else "was not announced"
            raise StreamError(offset, f"the block of memory {quoted(name)} {problem}")
        return end

    def _read_sizes(self, offset: int, total: int) -> int:
        """Read the list of blocks. Two capabilities put another number behind each, or two."""
        for extra in (0, 8, 16):
            try:
                blocks, end = self._list(offset, total, extra)
            except StreamError:
                continue
            self._blocks = blocks
            return end
        raise StreamError(offset, f"the blocks of memory do not add up to 0x{total:x} bytes")

    def _list(self, offset: int, total: int, extra: int) -> tuple[dict[str, int], int]:
        blocks: dict[str, int] = {}
        while total > 0:
            name, offset = counted_text(self._data, offset)
            length = read_number(self._data, offset, 8)
            if not length or not name.isprintable():
                raise StreamError(offset, "no block of memory")
            blocks[name] = length
            total -= length
            offset += 8 + extra
        if total or read_number(self._data, offset, 8) & ~_FLAGS & ~0xFFF:
            raise StreamError(offset, "no end of the list of blocks")
        return blocks, offset


def _pass_xbzrle(data: Data, offset: int, _page: int) -> int:
    if read_number(data, offset, 1) != 1:
        raise StreamError(offset, "an XBZRLE page that is not encoded so")
    return 3 + read_number(data, offset + 1, 2)


_SIZES: dict[RamEntry, Callable[[Data, int, int], int]] = {
    RamEntry.ZERO: lambda _data, _offset, _page: 1,
    RamEntry.PAGE: lambda _data, _offset, page: page,
    RamEntry.XBZRLE: _pass_xbzrle,
    RamEntry.COMPRESS_PAGE: lambda data, offset, _page: 4 + read_number(data, offset, 4),
}
"""How many bytes follow the head of an entry, by its kind."""


def skip_block(data: Data, start: int, _version: int, memory: Memory) -> Pages:
    """Skip a section of block devices; raises StreamError at the first entry that is none."""
    offset, counts = start, dict[str, int]()
    while True:
        entry = read_number(data, offset, 8)
        flags = BlockEntry(entry & _SECTOR & 0xF) if not entry & _SECTOR & ~0xF else None
        if flags is None or not flags:
            raise StreamError(offset, f"0x{entry:x} begins no block of a device")
        offset += 8
        if flags & BlockEntry.DEVICE_BLOCK:
            _, offset = counted_text(data, offset)
            offset += 0 if flags & BlockEntry.ZERO_BLOCK else _BLOCK_SIZE
            counts["DEVICE_BLOCK"] = counts.get("DEVICE_BLOCK", 0) + 1
        if offset > len(data):
            raise StreamError(len(data), "the stream ends inside of a block of a device")
        if flags & BlockEntry.EOS:
            return Pages(offset, memory, counts)


PROTOCOLS: dict[str, Callable[[Data, int, int, Memory], Pages]] = {
    "ram": skip_ram,
    "block": skip_block,
}
"""The sections that have a protocol of their own, by the name that QEMU gives them."""
