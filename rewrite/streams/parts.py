# SPDX-License-Identifier: GPL-2.0-or-later
"""What a stream consists of once it has been read, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .framing import Head, StreamCommand, StreamConfiguration
from .solve import SectionReading


@dataclass(frozen=True)
class SectionPart:
    """A section of the machine's state, and how it is read."""

    head: Head
    name: str
    reading: SectionReading
    footer: bool

    @property
    def start(self) -> int:
        """The offset of its first byte."""
        return self.head.start

    @property
    def end(self) -> int:
        """The offset after its contents, its footer not among them."""
        return self.reading.end


@dataclass(frozen=True)
class PagesPart:
    """A section of memory or of block devices: skipped, its entries counted by kind."""

    head: Head
    end: int
    footer: bool
    counts: Mapping[str, int]

    @property
    def start(self) -> int:
        """The offset of its first byte."""
        return self.head.start


@dataclass(frozen=True)
class EndPart:
    """The mark behind the last section."""

    start: int
    end: int


@dataclass(frozen=True)
class DescriptionPart:
    """The description of the stream at its end."""

    start: int
    end: int


@dataclass(frozen=True)
class GapPart:
    """Bytes in which nothing could be read, and why."""

    start: int
    end: int
    reason: str


Part = (
    SectionPart
    | PagesPart
    | StreamConfiguration
    | StreamCommand
    | EndPart
    | DescriptionPart
    | GapPart
)


@dataclass(frozen=True)
class StreamProblem:
    """A place at which the stream is not as its format or the schema says."""

    offset: int
    where: str
    message: str


@dataclass
class Stream:
    """A whole stream: its version, its parts, what is wrong with it, and the blocks of memory."""

    version: int
    size: int
    parts: list[Part] = field(default_factory=list)
    problems: list[StreamProblem] = field(default_factory=list)
    footers: bool | None = None
    blocks: tuple[tuple[str, int], ...] = ()
    page_size: int | None = None
    facts: dict[str, int] = field(default_factory=dict)
    described: bool = False
    """Whether a description is at its end."""

    def sections(self) -> list[SectionPart]:
        """The sections of the machine's state."""
        return [part for part in self.parts if isinstance(part, SectionPart)]
