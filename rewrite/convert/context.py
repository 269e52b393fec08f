# SPDX-License-Identifier: GPL-2.0-or-later
"""What planning the functions of one file needs to know, whatever the function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from tree_sitter import Node

from ..c.declarations import ALTERED
from ..c.macros import Expansion, Macros
from ..c.order import KnownNames
from ..c.syntax import Syntax
from ..c.types import Frame, Resolved, Resolver, Unknown
from ..rules.ruleset import Dialect, Primitive, Rules, Visit
from .sites import Site

Found = TypeVar("Found")


@dataclass(frozen=True)
class FileContext:
    """One file (`syntax`, and the `names` of its visits by their sites' offsets) and what is the same for
    a whole run."""

    syntax: Syntax
    rules: Rules
    dialect: Dialect
    resolver: Resolver
    names: Mapping[int, str]
    _resolved: dict[tuple[int, int, bool], Resolved | Unknown] = field(default_factory=dict)
    _expanded: dict[tuple[int, int], Expansion] = field(default_factory=dict)
    _asked: dict[tuple[object, ...], Any] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.syntax.source.data

    @property
    def path(self) -> str:
        """The absolute path of the file."""
        return str(self.syntax.source.path)

    @property
    def local_error(self) -> bool:
        """Whether the dialect passes the address of a local `Error *`."""
        return self.dialect.error == "local_err"

    def find_head(self, visit: Visit) -> str:
        """A visit's function as the dialect spells it."""
        return self.dialect.spell(visit)

    def resolve(self, site: Site, node: Node, pointee: bool = False) -> Resolved | Unknown:
        """The declared type of an expression of this file, or of what it points to."""
        key = (node.start_byte, node.end_byte, pointee)
        if key not in self._resolved:
            frame = Frame(self.data, site.place.chain, self.path)
            self._resolved[key] = self.resolver.resolve(node, frame, pointee)
        return self._resolved[key]

    def resolve_pointee(self, site: Site, pointer: Node) -> Resolved | Unknown:
        """The declared type of what a pointer points to, also of `p + 1` and of `c ? p : q`."""
        resolved = self.resolve(site, pointer, pointee=True)
        parts = [pointer.child_by_field_name(field) for field in _POINTING.get(pointer.type, ())]
        inner = [c for c in pointer.named_children if c.type != "comment"]
        if pointer.type == "parenthesized_expression" and len(inner) == 1:
            return self.resolve_pointee(site, inner[0])
        found = [self.resolve_pointee(site, part) for part in parts if part is not None]
        known = [f for f in found if isinstance(f, Resolved)]
        both = pointer.type == "conditional_expression"
        if isinstance(resolved, Resolved) or not known or (both and len(known) < len(found)):
            return resolved
        return next((k for k in known if k.qualifiers), known[0])

    @property
    def macros(self) -> Macros:
        """The macros that the file sees, compiled for any target."""
        return self.resolver.find_macros(self.path)

    @cached_property
    def known(self) -> KnownNames:
        """What is known of the names that the file uses."""
        return known_names(self.resolver, self.path)

    def expand_name(self, node: Node) -> Expansion:
        """What the preprocessor may make of the text of a node, all branches of #if at once."""
        key = (node.start_byte, node.end_byte)
        if key not in self._expanded:
            self._expanded[key] = self.macros.expand(self.syntax.code(*key).decode("latin-1"))
        return self._expanded[key]

    def ask(
        self, question: Callable[[FileContext, Node, str], Found], function: Node, name: str = ""
    ) -> Found:
        """The answer to a question about a function, and a name in it, that is the same for all its
        sites: asked once, so that a function of many sites is not read as often."""
        key = (question, function.start_byte, name)
        if key not in self._asked:
            self._asked[key] = question(self, function, name)
        found: Found = self._asked[key]
        return found

    def ask_file(self, question: Callable[[FileContext, str], Found], name: str) -> Found:
        """The answer to a question about the file and a name, asked once."""
        if (question, name) not in self._asked:
            self._asked[question, name] = question(self, name)
        found: Found = self._asked[question, name]
        return found

    def exact_visit(self, primitive: Primitive, resolved: Resolved | Unknown) -> Visit | None:
        """The visit that takes an object of exactly this type at the primitive's width, or None."""
        if isinstance(resolved, Unknown) or resolved.bitfield:
            return None
        if resolved.qualifiers & _UNLIKE:
            return None
        if resolved.packed and primitive.wire != "byte":
            return None
        for visit in self.rules.visits.values():
            # A target's type is known by its name alone; any other name may be declared as any type.
            named = resolved.names if _depends_on_target(visit) else ()
            if primitive.wire in visit.wire and visit.c_type in (resolved.exact, *named):
                return visit
        return None


_UNLIKE = frozenset(("const", "volatile", "register", "_Atomic", ALTERED))
"""With these, an object is not what a visit's pointer may point to."""


def known_names(resolver: Resolver, path: str) -> KnownNames:
    """What is known of the names that a file uses."""
    macros = resolver.find_macros(path)
    return KnownNames(
        lambda name: resolver.is_function(name, path), macros.name_acts, macros.takes_any_type,
        macros.evaluates, macros.drops,
    )  # fmt: skip


_POINTING = {
    "binary_expression": ("left", "right"),
    "conditional_expression": ("consequence", "alternative"),
}
"""The operands that a pointer may come from."""


def _depends_on_target(visit: Visit) -> bool:
    return any(wire.startswith("target_") for wire in visit.wire)
