# SPDX-License-Identifier: GPL-2.0-or-later
"""Who looks after a file: QEMU's MAINTAINERS, whose head describes its form.

A section is a title and lines such as `M: Name <address>`, `R:`, `L:`, `F: pattern`, `X: pattern`.
Patterns match as in QEMU's scripts/get_maintainer.pl (file_match_pattern): one that ends with a slash
takes everything below, another only files in as many directories as it has itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from functools import cache

from ..errors import InputError

FILE = "MAINTAINERS"
"""Where a tree's root has it."""

_LINE = re.compile(r"([A-Z]):\s*(\S.*?)\s*\Z")
_RULE = re.compile(r"[-=]{3,}\s*\Z")
_WILD = re.compile(r"[*?\[]")
_PIECES = re.compile(r"(\*|\?|\[[^\]/]*\])")


@dataclass(frozen=True)
class Person:
    """A name, empty for a list, and an address."""

    name: str
    address: str


@dataclass(frozen=True)
class MaintainerSection:
    """One section: its title, maintainers and reviewers in order, lists, and patterns of files."""

    title: str
    people: tuple[Person, ...]
    lists: tuple[Person, ...]
    files: tuple[str, ...]
    excluded: tuple[str, ...]

    def rank(self, path: str) -> tuple[int, int, int] | None:
        """How specifically the section claims a file: greater is more; None where it doesn't.

        A file by its name comes before any pattern, more directories before fewer, then the longer
        text that is no wildcard. What is excluded is tested first.
        """
        if any(_compile_pattern(p).match(path) for p in self.excluded):
            return None
        return max(
            (_rank_pattern(p) for p in self.files if _compile_pattern(p).match(path)), default=None
        )

    def depth(self, path: str) -> int | None:
        """How many directories the last pattern that claims a file goes down; None where none does.

        It is what get_maintainer.pl sorts sections by (value_pd): a name counts as one more, and a
        pattern that begins with a wildcard comes last.
        """
        if any(_compile_pattern(p).match(path) for p in self.excluded):
            return None
        claims = [p for p in self.files if _compile_pattern(p).match(path)]
        if not claims:
            return None
        last = claims[-1]
        return -1 if last.startswith("*") else last.count("/") + (not last.endswith("/"))

    @property
    def takes_all(self) -> bool:
        """Whether it is for every file of the tree, as the one that names the main list is."""
        return not {"*", "*/"}.isdisjoint(self.files)


@cache
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern; a directory's name stands for all below it as well.

    Raises re.error for what is none. What follows a `*` is taken where it comes first, for good:
    a later place gives what follows no more to choose from. So a path is read once for each `*`.
    """
    groups = [""]
    for piece in _PIECES.split(pattern):
        if piece == "*":
            groups.append("")
        else:
            groups[-1] += _compile_piece(piece)
    first, *others = groups
    is_directory = pattern.endswith("/")
    last = [] if is_directory else [f"[^/]*{text}" for text in others[-1:]]
    lazy = others if is_directory else others[:-1]
    text = "".join((first, *(f"(?>[^/]*?{piece})" for piece in lazy), *last))
    if is_directory:
        return re.compile(text)
    below = "" if _WILD.search(pattern) else "(?:/.*)?"
    return re.compile(text + below + r"\Z")


def _compile_piece(piece: str) -> str:
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        return "[" + re.escape(piece[1:-1]).replace(r"\-", "-") + "]"
    return re.escape(piece)


def _rank_pattern(pattern: str) -> tuple[int, int, int]:
    plain = not _WILD.search(pattern) and not pattern.endswith("/")
    return plain, pattern.count("/"), len(_WILD.sub("", pattern))


def read_maintainers(data: bytes) -> tuple[MaintainerSection, ...]:
    """The sections of a MAINTAINERS file that name files; text that is no section is passed over.

    Names of files are the bytes that they are (os.fsdecode), other text that is not UTF-8 is Latin-1.
    Raises InputError with the line of a pattern that is none.
    """
    return tuple(s for s in _read_sections(data.split(b"\n")) if s.files)


@dataclass(frozen=True)
class _SectionLine:
    """One line of a section: its number, kind and value."""

    number: int
    kind: str
    value: str


def _read_sections(lines: Iterable[bytes]) -> Iterator[MaintainerSection]:
    title = ""
    found: list[_SectionLine] = []
    for number, data in enumerate(lines, 1):
        line = _decode_line(data)
        match = _LINE.match(line)
        if match is not None:
            found.append(_SectionLine(number, match[1], match[2]))
        elif line.strip() and not line[0].isspace() and not _RULE.match(line):
            yield _read_section(title, found)
            title, found = line.strip().rstrip(":"), []
    yield _read_section(title, found)


def _decode_line(line: bytes) -> str:
    if line.startswith((b"F:", b"X:")):
        return os.fsdecode(line)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _read_section(title: str, lines: list[_SectionLine]) -> MaintainerSection:
    def values(*kinds: str) -> list[str]:
        return [line.value for line in lines if line.kind in kinds]

    for line in lines:
        if line.kind in ("F", "X"):
            _check_pattern(line)
    return MaintainerSection(
        title=title,
        people=tuple(p for p in map(_read_person, values("M", "R")) if p.address),
        lists=tuple(
            Person("", p.address)
            for line in values("L")
            if "(subscribers-only)" not in line and (p := _read_person(line)).address
        ),
        files=tuple(values("F")),
        excluded=tuple(values("X")),
    )


def _check_pattern(line: _SectionLine) -> None:
    try:
        _compile_pattern(line.value)
    except re.error as error:
        message = f"not a pattern of files: {line.value} ({error.msg})"
        raise InputError(f"{FILE}:{line.number}", message) from error


def _read_person(text: str) -> Person:
    """The name and address of a line; no address where there is none to read."""
    name, address = parseaddr(text)
    return Person(name, address if re.fullmatch(r"[^@\s]+@[^@\s]+", address) else "")


class Maintainers:
    """Answers for the files of one tree."""

    def __init__(self, sections: Iterable[MaintainerSection]) -> None:
        self._sections = tuple(sections)

    def __bool__(self) -> bool:
        return bool(self._sections)

    def find_section(self, path: str) -> MaintainerSection | None:
        """The section that claims a file most specifically, the first of equals.

        None where no section does but such as are for all files.
        """
        ranked = [
            (rank, -at, section)
            for at, section in enumerate(self._sections)
            if not section.takes_all and (rank := section.rank(path)) is not None
        ]
        return max(ranked, key=lambda r: r[:2])[2] if ranked else None

    def find_copies(self, paths: Iterable[str]) -> tuple[Person, ...]:
        """Who gets a change of some files, as get_maintainer.pl has it: the people of all sections that
        claim a file, those with deeper patterns first, then all lists."""
        claiming = [section for path in paths for section in self._claiming_sections(path)]
        found = [p for section in claiming for p in section.people]
        found += [p for section in claiming for p in section.lists]
        return tuple({p.address: p for p in reversed(found)}.values())[::-1]

    def _claiming_sections(self, path: str) -> list[MaintainerSection]:
        """The sections that have a pattern for a file, by the depth of their patterns."""
        depths = [(section.depth(path), section) for section in self._sections]
        known = [(depth, section) for depth, section in depths if depth is not None]
        return [section for _, section in sorted(known, key=lambda pair: -pair[0])]


def spell_person(person: Person) -> str:
    """The person as a header has it: ASCII, accents encoded (RFC 2047), names quoted if needed."""
    return formataddr((person.name, person.address)) if person.name else person.address
