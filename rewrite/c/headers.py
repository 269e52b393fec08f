# SPDX-License-Identifier: GPL-2.0-or-later
"""Which headers a file sees, and where in them a name is declared, found on demand.

A name may be declared several times in a tree: 14 targets of QEMU 1.0 define CPUState. What counts
is what the file's own #include lines reach. A file in a target's folder sees that target's headers
only; a file outside sees one target's headers at a time (a variant), as the build compiles it once
per target.
"""

from __future__ import annotations

import fnmatch
import itertools
import os
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..files.tree import Tree
from .lexical import (
    ConditionalBranch,
    Conditionals,
    blank_spans,
    mask_comments,
    read_conditionals,
    split_commas,
)

_INCLUDE = re.compile(rb"#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]")
_DEFINE = re.compile(
    rb"^[ \t]*#[ \t]*define[ \t]+(\w+)(\((?:\\\r?\n|[^)\n])*\))?((?:\\\r?\n|[^\n])*)", re.MULTILINE
)
_PACK = re.compile(
    rb"^[ \t]*#[ \t]*pragma[ \t]+pack[ \t]*\(([^)\n]*)\)|\b_Pragma\s*\(\s*\"pack\s*\(([^)]*)\)",
    re.M,
)
_DEFINED = re.compile(rb"#[ \t]*define[ \t]+(\w+)")
_TAG = re.compile(rb"\b(?:struct|union|enum)\s+(?:\w+\s*(?:\([^)]*\)\s*)?)??(\w+)\s*\{")
_ENUM = re.compile(rb"\benum\b[\w\s]*(?:\([^()]*\)[\w\s]*)?\{")
_CLOSED = re.compile(rb"\}([^;{}()=]*(?:\(\(?[\w\s,()]*\)\)?[^;{}()=]*)?);")
_TYPEDEF = re.compile(rb"\btypedef\b([^;{}]*);")
_POINTED = re.compile(rb"\(\s*\*?\s*(\w+)\s*\)\s*\(|(\w+)\s*\([^()]*\)\s*$")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_ATTRIBUTE = re.compile(rb"\b__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
_BOUNDARY = re.compile(rb"[;{}]")


class _Bodies(NamedTuple):
    """Braces that belong together, by offset.

    `ends` gives what is after the closing brace by the opening one; `heads` gives, by the closing
    one, where the text before the opening one starts (after a `;` or brace) and ends.
    """

    ends: dict[int, int]
    heads: dict[int, tuple[int, int]]


@dataclass(frozen=True)
class Macro:
    """A #define: its parameters (None where it takes none), its body, its place."""

    name: str
    parameters: tuple[str, ...] | None
    body: str
    offset: int


class Header:
    """What one file of C text declares, indexed when first asked."""

    def __init__(self, path: str, data: bytes) -> None:
        """`path` is absolute; `data` the file's bytes."""
        self.path = path
        self.data = data
        self._calls: dict[re.Pattern[bytes], list[tuple[bytes, bytes]]] = {}
        self._held: dict[bytes, bool] = {}

    def holds(self, text: bytes) -> bool:
        """Whether the file holds a text, which is looked for once."""
        if text not in self._held:
            self._held[text] = text in self.data
        return self._held[text]

    @cached_property
    def includes(self) -> tuple[tuple[str, bool], ...]:
        """The names in its #include lines, in order, and whether each is in quotes."""
        found = (m for m in _INCLUDE.finditer(self.data) if self._begins_line(m.start()))
        return tuple((m.group(2).decode("latin-1"), m.group(1) == b'"') for m in found)

    def _begins_line(self, at: int) -> bool:
        return not self.data[self.data.rfind(b"\n", 0, at) + 1 : at].strip(b" \t")

    @cached_property
    def text(self) -> bytes:
        """The text with comments blanked."""
        return mask_comments(self.data)

    @cached_property
    def code(self) -> bytes:
        """The text with comments and directives blanked: every branch of every #if at once."""
        return blank_spans(self.text, list(self.conditionals.directives))

    @cached_property
    def macros(self) -> dict[str, list[Macro]]:
        """Its #define lines by name."""
        result: dict[str, list[Macro]] = {}
        for match in _DEFINE.finditer(self.text):
            name = match.group(1).decode("latin-1")
            parameters = match.group(2)
            names = None
            if parameters is not None:
                inner = parameters[1:-1].replace(b"\\", b" ").decode("latin-1")
                names = tuple(p.strip() for p in inner.split(",") if p.strip())
            body = match.group(3).replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
            result.setdefault(name, []).append(
                Macro(name, names, body.decode("latin-1").strip(), match.start(1))
            )
        return result

    @cached_property
    def enumerators(self) -> dict[str, tuple[str, int]]:
        """Its enumeration constants: the text that one counts from (empty for 0), and how far on."""
        result: dict[str, tuple[str, int]] = {}
        for match in _ENUM.finditer(self.code):
            body = self.code[match.end() : self.close_of(match.end() - 1) - 1]
            for name, value in read_enumerators(body.decode("latin-1")):
                result.setdefault(name, value)
        return result

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(m.end() for m in re.finditer(rb"\n", self.data))]

    def line_of(self, offset: int) -> int:
        """The line, from 1 on, in which an offset stands."""
        return bisect_right(self._line_starts, offset)

    @cached_property
    def conditionals(self) -> Conditionals:
        """Its #if structure."""
        return read_conditionals(self.data, self.text)

    def is_conditional(self, at: int) -> bool:
        """Whether byte `at` compiles only under some #if; the guard around a whole header is none."""
        return any(not self._is_guard(b) for b in self.conditionals.around(at))

    def branch_group(self, at: int) -> int | None:
        """The #if that byte `at` stands in, the innermost one; None outside of all."""
        around = self.conditionals.around(at)
        return around[-1].group if around else None

    def _is_guard(self, branch: ConditionalBranch) -> bool:
        """Whether a branch is all of the header, as that of `#ifndef X_H` is."""
        outside = self.code[: branch.start] + self.code[branch.end :]
        return branch.condition.startswith(b"!defined(") and not outside.strip()

    @cached_property
    def _packing(self) -> tuple[tuple[int, bool], ...]:
        """Where `#pragma pack` and its operator change how structs are laid out, and whether tightly."""
        result: list[tuple[int, bool]] = []
        if b"pack" not in self.data:
            return ()
        depth = [False]
        for match in _PACK.finditer(self.data):
            words = (match.group(1) or match.group(2) or b"").replace(b" ", b"").split(b",")
            if words[0] == b"push":
                depth.append(depth[-1])
            if words[0] == b"pop" and len(depth) > 1:
                depth.pop()
            elif words[-1].isdigit():
                depth[-1] = int(words[-1]) < 8
            elif words[0] != b"push":
                depth[-1] = False
            result.append((match.start(), depth[-1]))
        return tuple(result)

    @cached_property
    def packing_macros(self) -> frozenset[bytes]:
        """The macros of the file that hold the operator: what comes after one may be packed."""
        if b"_Pragma" not in self.data:
            return frozenset()
        found = ((m.group(1), m.group(3)) for m in _DEFINE.finditer(self.data))
        return frozenset(name for name, body in found if _PACK.search(body))

    def uses(self, macros: Collection[bytes]) -> bool:
        """Whether a line of the file starts with one of the macros."""
        return any(
            re.search(rb"^[ \t]*" + name + rb"\b", self.data, re.MULTILINE) for name in macros
        )

    def is_packed(self, at: int) -> bool:
        """Whether a struct at byte `at` is laid out tightly by a pragma."""
        before = [packed for start, packed in self._packing if start < at]
        return bool(before) and before[-1]

    @property
    def leaves_packed(self) -> bool:
        """Whether what comes after an #include of this file is laid out tightly: it may be anything."""
        return self.is_packed(len(self.data) + 1)

    @cached_property
    def outer_bodies(self) -> tuple[tuple[int, int], ...]:
        """The braces that stand in no others: where each opens, and what is after it."""
        result: list[tuple[int, int]] = []
        for start, end in sorted(self._bodies.ends.items()):
            if not result or start >= result[-1][1]:
                result.append((start, end))
        return tuple(result)

    def at_file_level(self, at: int) -> bool:
        """Whether byte `at` is in no braces."""
        return not any(start < at < end for start, end in self.outer_bodies)

    @cached_property
    def macro_names(self) -> frozenset[bytes]:
        """The names that its #define lines define, commented ones included: quick to get, to rule out."""
        return frozenset(_DEFINED.findall(self.data))

    def calls_of(self, pattern: re.Pattern[bytes]) -> list[tuple[bytes, bytes]]:
        """The matches of a pattern with two groups, a macro's name and its arguments, found once."""
        if pattern not in self._calls:
            self._calls[pattern] = pattern.findall(self.code)
        return self._calls[pattern]

    @cached_property
    def tags(self) -> dict[str, list[tuple[int, int]]]:
        """The bodies of its structs, unions and enums by tag: where the keyword and the end stand."""
        result: dict[str, list[tuple[int, int]]] = {}
        for match in _TAG.finditer(self.code):
            end = self.close_of(match.end() - 1)
            end = max(end, self.code.find(b";", end) + 1)
            result.setdefault(match.group(1).decode("latin-1"), []).append((match.start(), end))
        return result

    @cached_property
    def typedefs(self) -> dict[str, list[tuple[int, int]]]:
        """Its typedefs by name: where `typedef` and the end of its text stand."""
        result: dict[str, list[tuple[int, int]]] = {}
        for match in _TYPEDEF.finditer(self.code):
            for name in _declared_words(match.group(1)):
                result.setdefault(name, []).append(match.span())
        for match in _CLOSED.finditer(self.code):
            names = _declared_words(match.group(1))
            if not names:
                continue
            start = self._open(match.start())
            if start is not None:
                for name in names:
                    result.setdefault(name, []).append((start, match.end()))
        return result

    @cached_property
    def _bodies(self) -> _Bodies:
        """Which braces belong together; one without another is left out."""
        bodies = _Bodies({}, {})
        opened: list[tuple[int, int]] = []
        before = 0
        for match in _BOUNDARY.finditer(self.code):
            if match.group() == b"{":
                opened.append((before, match.start()))
            elif match.group() == b"}" and opened:
                bodies.heads[match.start()] = opened.pop()
                bodies.ends[bodies.heads[match.start()][1]] = match.end()
            before = match.end()
        return bodies

    def close_of(self, at: int) -> int:
        """The offset after the brace that closes the one at `at`; the end where none does."""
        return self._bodies.ends.get(at, len(self.code))

    def _open(self, at: int) -> int | None:
        """Where the `typedef` of the body that the brace at `at` closes starts, if it is one."""
        start = self.code.rfind(b"typedef", *self._bodies.heads.get(at, (0, 0)))
        return start if start >= 0 else None


def read_enumerators(body: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """The constants in the braces of an enum, as Header.enumerators has them."""
    base, steps = "", 0
    for part in split_commas(body):
        name, equals, value = (p.strip() for p in part.partition("="))
        if equals:
            base, steps = value, 0
        if name:
            yield name.split()[0], (base, steps)
            steps += 1


def _declared_words(text: bytes) -> list[str]:
    """The names that the declarators at the end of a typedef declare."""
    text = _ATTRIBUTE.sub(b" ", text)
    function = _POINTED.search(text)
    if function is not None:
        return [(function.group(1) or function.group(2)).decode("latin-1")]
    names = []
    for part in text.split(b","):
        words = _WORD.findall(part.partition(b"[")[0])
        if words:
            names.append(words[-1].decode("latin-1"))
            names += [w.decode("latin-1") for w in words[-2:-1] if b"PACKED" in words[-1]]
    return names


class Headers:
    """The headers of a tree and the include closures of its files."""

    def __init__(
        self,
        tree: Tree,
        include_dirs: Iterable[str],
        target_dirs: Iterable[str],
        target_headers: Iterable[str],
    ) -> None:
        """`include_dirs` are searched relative to the root; `target_dirs` are globs of target folders,
        `target_headers` names of headers that each of these has."""
        self.tree = tree
        self._root = str(tree.root)
        self._include_dirs = [os.path.normpath(os.path.join(self._root, d)) for d in include_dirs]
        self._target_globs = tuple(target_dirs)
        self._target_headers = tuple(target_headers)
        self._headers: dict[str, Header] = {}
        self._closures: dict[str, dict[str | None, tuple[Header, ...]]] = {}
        self._targets_of: dict[str, str | None] = {}
        self._found: dict[tuple[str, str | None, str | None], list[str]] = {}
        self._edges: dict[str, tuple[tuple[str, int], ...]] = {}
        self._near: dict[tuple[str, str | None], list[str]] = {}

    def add(self, path: str, data: bytes) -> None:
        """Give a file whose bytes are already read; other bytes than before are another file."""
        known = self._headers.get(path)
        if known is None or known.data != data:
            self.forget(path)
            self._headers[path] = Header(path, data)

    def forget(self, path: str) -> None:
        """Let go of a file that was given, and of its closures; it is read again if included."""
        self._headers.pop(path, None)
        self._closures.pop(path, None)
        self._edges.pop(path, None)

    def header(self, path: str) -> Header | None:
        """The header at an absolute path, or None where it cannot be read."""
        if path not in self._headers:
            data = self.tree.read(path)
            if data is None:
                return None
            self._headers[path] = Header(path, data)
        return self._headers[path]

    def target_of(self, path: str) -> str | None:
        """The target's folder that a path is in, relative to the root, or None."""
        folder = os.path.dirname(self.tree.name_of(path))
        if folder not in self._targets_of:
            found = None
            parts = folder.split("/")
            for count in range(1, len(parts) + 1):
                prefix = "/".join(parts[:count])
                if any(_same_depth_match(prefix, g) for g in self._target_globs):
                    found = prefix
            self._targets_of[folder] = found
        return self._targets_of[folder]

    def find_target_headers(self) -> list[str]:
        """The paths of the headers that each target has of its own."""
        named = (self.tree.headers_named(name) for name in self._target_headers)
        return list(itertools.chain.from_iterable(named))

    def may_be_of_target(self, name: str) -> bool:
        """Whether an #include's name may mean a header that each target has of its own."""
        return any(name == known or f"/{known}" in name for known in self._target_headers)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Every target's folder that holds a header that each target has and others may include."""
        found = {self.target_of(path) for path in self.find_target_headers()}
        return tuple(sorted(t for t in found if t))

    def find_included(self, path: str, name: str) -> str | None:
        """The one file that `#include "name"` means in a file, None where that is not known."""
        found = self._find(name, os.path.dirname(path), self.target_of(path))
        return found[0] if len(found) == 1 else None

    def _find(self, name: str, folder: str | None, target: str | None) -> list[str]:
        """The files that an #include may mean, compiled for `target`; `folder` is the includer's where
        the name is in quotes."""
        key = (name, folder, target)
        if key not in self._found:
            self._found[key] = self._search(name, folder, target)
        return self._found[key]

    def _search(self, name: str, folder: str | None, target: str | None) -> list[str]:
        """`folder` is searched first; it is None for `<name>` (GCC's -I and -iquote)."""
        if name.startswith("/"):
            return []
        for path in self._beside_or_included(name, folder):
            if self._is_visible(path, target):
                return [path]
        if target is not None:
            own = os.path.join(self._root, target, name)
            if self.header(own) is not None and self._is_visible(own, target):
                return [own]
        found = [p for p in self.tree.headers_named(name) if self._is_visible(p, target)]
        return found if len(found) <= 4 else []

    def _beside_or_included(self, name: str, folder: str | None) -> list[str]:
        """The files of a name beside the includer and in the folders of all targets, nearest first."""
        key = (name, folder)
        if key not in self._near:
            candidates = [os.path.join(d, name) for d in self._include_dirs]
            if folder is not None:
                candidates.insert(0, os.path.normpath(os.path.join(folder, name)))
            self._near[key] = [p for p in candidates if self.header(p) is not None]
        return self._near[key]

    def _is_visible(self, path: str, target: str | None) -> bool:
        return self.target_of(path) in (None, target)

    def find_closure(self, path: str, target: str | None) -> tuple[Header, ...]:
        """The file and all headers that it reaches, nearest first, compiled for `target`."""
        own = self.target_of(path) or target
        known = self._closures.setdefault(path, {})
        if own not in known:
            known[own] = tuple(self._reach_headers(path, self._bit_of(own)))
        return known[own]

    def find_union(self, path: str) -> tuple[Header, ...]:
        """The file and all headers that it reaches for any target that it may be compiled for."""
        target = self.target_of(path)
        return tuple(self._reach_headers(path, self._bit_of(target) if target else self._all_bits))

    @cached_property
    def _bits(self) -> dict[str | None, int]:
        """A bit for no target, and one for each target."""
        return {target: 1 << number for number, target in enumerate((None, *self.targets))}

    @cached_property
    def _all_bits(self) -> int:
        return (1 << len(self._bits)) - 1

    def _bit_of(self, target: str | None) -> int:
        """The bit of a target; a folder without a cpu.h gets its own when it is first asked for."""
        if target not in self._bits:
            self._bits[target] = 1 << len(self._bits)
            self.__dict__.pop("_all_bits", None)
            self._edges.clear()
        return self._bits[target]

    def _reach_headers(self, path: str, wanted: int) -> Iterator[Header]:
        """What a file reaches, compiled for any of the targets whose bits are wanted."""
        reached, queue = {path: wanted}, [path]
        for current in queue:
            header = self.header(current)
            if header is None:
                continue
            for other, bits in self._edges_of(header):
                new = reached[current] & bits & ~reached.get(other, 0)
                if new:
                    reached[other] = reached.get(other, 0) | new
                    queue.append(other)
        return (h for p in dict.fromkeys(queue) if (h := self.header(p)) is not None)

    def _edges_of(self, header: Header) -> tuple[tuple[str, int], ...]:
        """The files that a header's own #include may mean, each with the targets for which it does."""
        if header.path not in self._edges:
            folder = os.path.dirname(header.path)
            found: dict[str, int] = {}
            for name, quoted in header.includes:
                for path, bits in self._targets_for(name, folder if quoted else None):
                    found[path] = found.get(path, 0) | bits
            self._edges[header.path] = tuple(found.items())
        return self._edges[header.path]

    def _targets_for(self, name: str, folder: str | None) -> list[tuple[str, int]]:
        """The files that an #include may mean, each with the bits of the targets for which it does."""
        near = self._beside_or_included(name, folder)
        if near and self.target_of(near[0]) is None:
            return [(near[0], self._all_bits)]
        found = [(t, self._find(name, folder, t)) for t in self._bits]
        return [(path, self._bits[target]) for target, paths in found for path in paths]


def _same_depth_match(path: str, pattern: str) -> bool:
    return path.count("/") == pattern.count("/") and fnmatch.fnmatch(path, pattern)
