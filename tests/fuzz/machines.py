# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged sections of a real machine, read by the schema of the tree that its emulator is of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import generated_streams as make
from emulators import emulator, saved, version

from rewrite.schema.model import Schema
from rewrite.schema.whole import read_whole_tree
from rewrite.streams.decode import Options, decode_stream
from rewrite.streams.parts import SectionPart

from .streams import WORDS, check_read, streams
from .targets import reader, rules, scratch

_LARGEST = 2000
"""Bytes of the sections that are taken: damage in the others costs more time and finds no more."""

_schemas: list[Schema] = []
"""The schema of the tree that seeds were made with, once there is one."""


@cache
def _machine(tree: Path) -> list[bytes]:
    """Small streams, of one section each, of a machine; none without its emulator."""
    told = (tree / "VERSION").read_text() if (tree / "VERSION").is_file() else ""
    if not emulator("x86_64") or not told.startswith(version("x86_64") + "."):
        return []
    data = saved("pc", scratch() / "pc.mig")
    _schemas.append(read_whole_tree(tree, rules(), "x86_64").schema)
    return [_alone(data, part) for part in decode_stream(data, None).sections() if _is_small(part)]


def _is_small(part: SectionPart) -> bool:
    return part.end - part.head.body <= _LARGEST


def _alone(data: bytes, part: SectionPart) -> bytes:
    """A stream of one section, and an empty one behind it."""
    head = data[part.start : part.end + 5]
    return make.stream(head, make.full(9999, "after", b""))


def machines(trees: Sequence[Path]) -> list[bytes]:
    """Streams of the first tree that an emulator is of; made ones without such a tree."""
    found = (some for tree in trees if (some := _machine(tree)))
    return next(found, None) or streams(())


def machine(data: bytes, choice: random.Random) -> None:
    """Read it by the tree's schema, or by an empty one."""
    schema = _schemas[0] if _schemas else Schema("", (), ())
    check_read(data, schema, Options(steps=choice.choice((100, 500))), "x86_64")


MACHINES = (reader("machine", 2.0, machines, WORDS, machine),)
"""The reader of streams, on those of real machines."""
