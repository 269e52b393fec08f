# SPDX-License-Identifier: GPL-2.0-or-later
"""What the VMState of one tree offers: its macros, its structs, how a table is registered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..c.headers import Header
from ..c.scope import Scope
from ..rules.ruleset import Rules

_STRUCT = rb"\bstruct\s+%s\s*\{([^{}]*)\}"
_HOOK = r"(\w[\w\s]*?\**)\s*\(\s*\*\s*%s\s*\)\s*\(([^()]*)\)"


@dataclass(frozen=True)
class Hook:
    """A pointer to a function in a struct: the type of its result, its parameters as written."""

    result: str
    parameters: str


class Era:
    """VMState as one file of a tree sees it."""

    def __init__(self, scope: Scope, rules: Rules) -> None:
        """`scope` is the file's."""
        self._scope = scope
        self._rules = rules

    def takes(self, macro: str) -> int | None:
        """The number of a macro's parameters; None where the file does not see it as one number."""
        found = {
            len(m.parameters) for _, m in self._scope.find_macros(macro) if m.parameters is not None
        }
        return found.pop() if len(found) == 1 else None

    def has(self, macro: str, parameters: int) -> bool:
        """Whether there is a macro of that name that takes so many arguments."""
        return self.takes(macro) == parameters

    @cached_property
    def _description(self) -> str:
        return _struct_body(self._scope.closure, "VMStateDescription")

    @cached_property
    def _info(self) -> str:
        return _struct_body(self._scope.closure, "VMStateInfo")

    @cached_property
    def known(self) -> bool:
        """Whether the tree has VMState at all, as this file sees it."""
        return bool(self._description) and bool(self._info)

    def has_member(self, name: str) -> bool:
        """Whether a description has a member of that name."""
        return re.search(rf"\b{name}\b", self._description) is not None

    def hook_of(self, name: str) -> Hook | None:
        """A function that a description points to."""
        return _find_hook(self._description, name)

    def access_of(self, name: str) -> Hook | None:
        """A function that a VMStateInfo points to: `get` or `put`."""
        return _find_hook(self._info, name)

    @property
    def fields_type(self) -> str:
        """The type of the array of a description's fields, as its compound literal spells it."""
        constant = re.search(r"\bconst\s+VMStateField\s*\*\s*fields\b", self._description)
        return "const VMStateField[]" if constant is not None else "VMStateField[]"

    def parameters_of(self, function: str) -> int | None:
        """The number of parameters that the tree declares a function with."""
        pattern = re.compile(rb"\b" + function.encode() + rb"\s*\(([^()]*)\)\s*[;{]")
        for header in self._scope.closure:
            found = pattern.search(header.code)
            if found is not None:
                return found[1].count(b",") + 1 if found[1].strip() not in (b"", b"void") else 0
        return None


def _struct_body(closure: Sequence[Header], struct: str) -> str:
    pattern = re.compile(_STRUCT % struct.encode())
    for header in closure:
        found = pattern.search(header.code)
        if found is not None:
            return found[1].decode("latin-1")
    return ""


def _find_hook(body: str, name: str) -> Hook | None:
    found = re.search(_HOOK % name, body)
    if found is None:
        return None
    return Hook(" ".join(found[1].split()), " ".join(found[2].split()))
