# SPDX-License-Identifier: GPL-2.0-or-later
"""The schemas of states of a tree, each read once: a state is known by the content of its files.

A directory's state is the digest of all its C text, a revision's the id of its tree, which git has at
once. Both with this tool's own digest, so that what is kept is never out of date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import InputError
from ..files.cache import Store, tool_digest
from ..files.digest import digest_parts
from ..files.git import extract_revision, file_of, tree_of
from ..files.tree import Tree, read_file
from ..rules.ruleset import Rules, builtin_directory
from .document import dump_schema, parse_schema
from .model import Schema
from .tree import TreeSchema
from .whole import read_whole_tree


@dataclass(frozen=True)
class States:
    """Reads states with some rules; `directories` are those that the rules come from, beside the
    tool's own. `store` keeps what was read."""

    rules: Rules
    directories: Sequence[Path]
    store: Store

    @cached_property
    def _tool(self) -> bytes:
        return tool_digest([builtin_directory(), *self.directories]).encode()

    def key(self, *parts: bytes) -> str:
        """A key for what depends on this tool and on some more."""
        return digest_parts([b"schema", self._tool, *parts])

    def state_of_directory(self, root: Path) -> SchemaState:
        """The state of the tree at a resolved root, as its files are now."""
        tree = Tree(root, self.rules.skip_dirs, self.rules.root_markers)
        key = self.key(b"files", *_tree_contents(tree)) if self.store.directory is not None else ""
        return SchemaState(key, root.name, root, None, self)

    def state_of_revision(self, root: Path, revision: str) -> SchemaState:
        """The state of a revision of the repository at a root. Raises InputError for none."""
        name = revision.removesuffix(":")
        return SchemaState(self.key(b"tree", tree_of(root, name).encode()), name, root, name, self)

    def state_of_file(self, path: Path) -> SchemaState:
        """The state that a file of JSON describes. Raises InputError for one that is none."""
        text = read_schema_text(path)
        return SchemaState(self.key(b"json", text), str(path), path, None, self, text)


@dataclass(frozen=True)
class SchemaState:
    """One state: `key` names its content, `name` is how it is shown. Only `schema` reads more."""

    key: str
    name: str
    place: Path
    revision: str | None
    states: States
    text: bytes | None = None

    def read_schema(self) -> Schema:
        """Its schema, from the store if that has it."""
        if self.text is not None:
            return parse_schema(self.text, str(self.place))
        schema = _parse_kept(self.states.store.get(self.key))
        if schema is None:
            found = self._read()
            schema = found.schema
            if not found.others:
                self.states.store.put(self.key, dump_schema(schema))
        return replace(schema, root=self.name)

    @property
    def configured(self) -> Path:
        """The folder whose configuration holds for it: its root, that of here for a file of JSON."""
        return self.place if self.text is None else Path.cwd()

    def text_of(self, path: str) -> bytes | None:
        """The text of one of its files; None where it has none of that name, or is a file of JSON."""
        if self.text is not None:
            return None
        if self.revision is not None:
            return file_of(self.place, self.revision, path)
        try:
            return read_file(str(self.place / path))
        except OSError:
            return None

    def _read(self) -> TreeSchema:
        if self.revision is None:
            return read_whole_tree(self.place, self.states.rules)
        with TemporaryDirectory(prefix="rewrite-") as folder:
            extract_revision(self.place, self.revision, Path(folder))
            return read_whole_tree(Path(folder).resolve(), self.states.rules)


def read_schema_text(path: Path) -> bytes:
    """The bytes of a file. Raises InputError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}") from error


def _tree_contents(tree: Tree) -> Iterator[bytes]:
    """The names and contents of a tree's C text, in order."""
    for name, data in tree.list_texts():
        yield name.encode("utf-8", "surrogateescape")
        yield b"not read" if data is None else data


def _parse_kept(kept: Any) -> Schema | None:
    """A schema that was kept; None for nothing, or what is damaged."""
    try:
        return parse_schema(kept, "") if isinstance(kept, str) else None
    except InputError:
        return None
