# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tree declares already, by name: what support code must not add again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..c.lexical import mask_comments
from ..files.tree import Tree


@dataclass(frozen=True)
class HeaderDeclaration:
    """A declaration: the file's name relative to the root, its line from 1, its text on one line."""

    name: str
    line: int
    text: str


class Declarations:
    """Finds declarations of functions, macros and function pointers in the headers of a tree.

    Not everything that C can declare is found: a function is one that starts at the left margin, as
    QEMU's style has it. A call, which is indented, is never taken for one.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._headers: dict[str, bytes] | None = None
        self._masked: dict[str, bytes] = {}
        self._found: dict[str, HeaderDeclaration | None] = {}

    def __call__(self, name: str) -> HeaderDeclaration | None:
        """The first declaration of a name, by the order of the headers' paths, or None."""
        if name not in self._found:
            self._found[name] = self._search(name)
        return self._found[name]

    def _search(self, name: str) -> HeaderDeclaration | None:
        word = re.escape(name.encode())
        pattern = re.compile(
            rb"^(?:[A-Za-z_][\w \t*]*[ \t*]" + word + rb"\s*\([^;{]*"
            rb"|[ \t]*#[ \t]*define[ \t]+" + word + rb"\b[^\n]*"
            rb"|[^\n(]*\([ \t]*\*[ \t]*" + word + rb"[ \t]*\)\s*\([^;{]*)",
            re.MULTILINE,
        )
        for path, data in self._read_headers().items():
            if name.encode() not in data:
                continue
            masked = self._masked.setdefault(path, mask_comments(data))
            match = pattern.search(masked)
            if match is not None:
                line = masked.count(b"\n", 0, match.start()) + 1
                text = " ".join(match.group().decode("latin-1").split())
                return HeaderDeclaration(self._tree.name_of(path), line, text)
        return None

    def _read_headers(self) -> dict[str, bytes]:
        """The headers of the tree that can be read."""
        if self._headers is None:
            self._headers = {}
            for path, linked in self._tree.list_files([self._tree.root]):
                data = self._tree.read(path) if path.endswith(".h") and not linked else None
                if data is not None:
                    self._headers[path] = data
        return self._headers
