# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of a stream: a file that is mapped, never read as a whole, and numbers out of it."""

from __future__ import annotations

import mmap
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError, StreamError

Data = bytes | mmap.mmap
"""What a stream is read from: all that is used of it is indexing, slicing, `find` and `len`."""

_AROUND = 16
"""Bytes that are shown on either side of the place that an error is about."""


def read_number(data: Data, offset: int, size: int) -> int:
    """The unsigned number of `size` bytes at an offset; raises StreamError where the stream ends."""
    piece = data[offset : offset + size]
    if len(piece) != size or offset < 0:
        raise StreamError(offset, f"the stream ends inside of a number of {size} bytes")
    return int.from_bytes(piece, "big")


def take_bytes(data: Data, offset: int, size: int) -> bytes:
    """Exactly `size` bytes; raises StreamError where the stream ends before."""
    if size < 0 or offset + size > len(data):
        raise StreamError(offset, f"the stream ends inside of {size} bytes")
    return bytes(data[offset : offset + size])


def counted_text(data: Data, offset: int) -> tuple[str, int]:
    """A name behind the byte that counts it, and the offset after it (`qemu_put_counted_string`)."""
    size = read_number(data, offset, 1)
    return take_bytes(data, offset + 1, size).decode("utf-8", "surrogateescape"), offset + 1 + size


def bytes_around(data: Data, offset: int) -> str:
    """The bytes about a place as hex, the place itself in brackets."""
    before = bytes(data[max(0, offset - _AROUND) : offset]).hex(" ")
    after = bytes(data[offset : offset + _AROUND])
    here = f"[{after[:1].hex()}]" if after else "[end of the stream]"
    return " ".join(part for part in (before, here, after[1:].hex(" ")) if part)


@contextmanager
def open_data(name: str, standard_input: BinaryIO) -> Iterator[Data]:
    """The bytes of a file, mapped; `-` is standard input, kept in a file until the end.

    Raises InputError for what cannot be read.
    """
    try:
        with tempfile.TemporaryFile() if name == "-" else Path(name).open("rb") as file:
            if name == "-":
                shutil.copyfileobj(standard_input, file, 1 << 20)
                file.flush()
            if not file.seek(0, 2):
                yield b""
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield data
    except (OSError, ValueError) as error:
        message = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(name, f"cannot read: {message}") from error
