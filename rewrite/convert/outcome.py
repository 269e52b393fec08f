# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a site: a conversion or a refusal, each with what is to be told about it.

A conversion has two sides that do not depend on each other: what the visit gets passed, and where in
the text it stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from ..c.types import Resolved, Unknown
from ..files.edit import Edit
from ..rules.ruleset import Visit
from .sites import Site


@dataclass(frozen=True)
class Address:
    """The address of an object that is there: `&s->level`."""

    lvalue: Node


@dataclass(frozen=True)
class Literal:
    """The address of a compound literal: `&(uint8_t){ s->level + 1 }`.

    With `pointed` the expression is a pointer to the value. `through` is the type that the value is
    converted to first, where the conversion in one step could be another or warn; empty for none.
    """

    expression: Node
    pointed: bool = False
    through: str = ""


@dataclass(frozen=True)
class Given:
    """A pointer as the text has it."""

    pointer: Node


@dataclass(frozen=True)
class Bytes:
    """A buffer's pointer and its size. `as_void` says that the pointer is cast: it is one to const, or
    may be."""

    pointer: Node
    size: Node
    as_void: bool


@dataclass(frozen=True)
class Temporary:
    """The address of a new variable of the wire's type, used as `through` afterwards, if that is a type."""

    variable: str
    through: str


Passed = Address | Literal | Given | Bytes | Temporary


@dataclass(frozen=True)
class InCall:
    """In the place of the call. `voided` says that its value is thrown away by a cast: the primitive has
    none, and the place may take one."""

    voided: bool = False


@dataclass(frozen=True)
class Instead:
    """In the place of the whole statement, in braces of its own if `braces`."""

    braces: bool


@dataclass(frozen=True)
class Before:
    """A statement before the one that the call is in, both in new braces if `braces`."""

    braces: bool


@dataclass(frozen=True)
class AfterDeclarations:
    """A statement after the declarations that the call is in the midst of; or, if `at_once`, after the
    one that it is in, with others to follow."""

    at_once: bool = False


@dataclass(frozen=True)
class InPlace:
    """A statement expression in the place of the call."""


@dataclass(frozen=True)
class EachTurn:
    """First in the body of the `while` whose condition the call is in, with the test after it."""


Where = InCall | Instead | Before | AfterDeclarations | InPlace | EachTurn


@dataclass(frozen=True)
class Refusal:
    """A site that is left exactly as it was, and why."""

    site: Site
    code: str
    message: str


@dataclass(frozen=True)
class Conversion:
    """A site that is converted: the visit, its name, its two sides, and the operand's type."""

    site: Site
    visit: Visit
    name: str
    passed: Passed
    where: Where
    resolved: Resolved | Unknown | None

    @property
    def shape(self) -> str:
        """Both sides in a word, for figures and `explain`."""
        if isinstance(self.passed, Temporary):
            if isinstance(self.where, Instead):
                return "discarded"
            return "in place" if isinstance(self.where, InPlace) else "temporary"
        if isinstance(self.where, AfterDeclarations):
            return "initialiser"
        return _WORDS[type(self.passed)]


_WORDS: dict[type, str] = {Address: "field", Literal: "value", Given: "pointer", Bytes: "buffer"}

Outcome = Refusal | Conversion


@dataclass(frozen=True)
class FunctionPlan:
    """What happens to the sites of one function; the edits apply whole or not at all."""

    function: str
    outcomes: tuple[Outcome, ...]
    edits: tuple[Edit, ...]
