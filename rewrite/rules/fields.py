# SPDX-License-Identifier: GPL-2.0-or-later
"""The arguments that rules take: each kind of value with its words, its check and its default."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..terms import WIRES

Value = str | int | tuple[str, ...] | tuple[int, ...]
"""A field's value once it is checked; what may be one or several is always a tuple."""

Check = Callable[[object], Value | None]
"""Takes a literal, gives the field's value, or None where the literal is not what was expected."""

ROLES = ("visitor", "object", "name", "errp")
"""The roles of a visit's parameters."""

IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
GLOB = re.compile(r"[\w*?]+\Z", re.ASCII)
C_TYPE = re.compile(r"[A-Za-z_]\w*( [A-Za-z_]\w*)*( ?\*+)?\Z", re.ASCII)
PATH = re.compile(r"(?!/)[\w.*?/+-]+\Z", re.ASCII)
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
HEADER = re.compile(r"[\w.+-]+\.h\Z", re.ASCII)
ERA = re.compile(r"[A-Za-z0-9]+([.-][A-Za-z0-9]+)*\Z")
SENTENCE = re.compile(r"\S(.*\S)?\Z")

EXACT = "names are exact, a regular expression is no rule"
RELATIVE = "a path is relative to the root of the tree, with `*` and `?` as in a shell"


@dataclass(frozen=True)
class Argument:
    """One argument of a rule: its name, what it takes (in words and as a check).

    `default` stands where the argument is left out; None says that it must be given. `hint` is
    added to the error about a wrong value.
    """

    name: str
    expected: str
    check: Check
    default: Value | None = None
    hint: str = ""


def matching(pattern: re.Pattern[str]) -> Check:
    """The check for text that a pattern matches as a whole."""
    return lambda value: value if isinstance(value, str) and pattern.match(value) else None


def index(value: object) -> int | None:
    """The place of an argument: no C compiler need take more than 127 of them (C99 5.2.4.1)."""
    return value if type(value) is int and 0 <= value <= 127 else None


def several(check: Check, minimum: int = 1) -> Check:
    """Takes different values that `check` takes, in a tuple; a single one stands for itself."""

    def read(value: object) -> Value | None:
        items = value if isinstance(value, tuple) else (value,)
        found = tuple(check(item) for item in items)
        wrong = None in found or len(found) < minimum or len(set(found)) < len(found)
        return None if wrong else found  # type: ignore[return-value]

    return read


def roles(value: object) -> Value | None:
    """The roles of a visit's parameters, each once."""
    right = isinstance(value, tuple) and sorted(map(str, value)) == sorted(ROLES)
    return value if right else None  # type: ignore[return-value]


def choice(name: str, *options: str) -> Argument:
    """A field that is one of some words."""
    words = "one of " + ", ".join(f'"{option}"' for option in options)
    return Argument(name, words, lambda v: v if isinstance(v, str) and v in options else None)


def identifier(name: str) -> Argument:
    """A C identifier."""
    return Argument(name, "a C identifier", matching(IDENTIFIER), hint=EXACT)


def members(name: str) -> Argument:
    """The names of some members."""
    words = "the name of a member, or a tuple of different ones"
    return Argument(name, words, several(matching(IDENTIFIER), 0), (), EXACT)


def c_type(name: str) -> Argument:
    """The name of a C type."""
    return Argument(name, 'a C type such as "unsigned int"', matching(C_TYPE))


def path(name: str) -> Argument:
    """A path below the root of a tree."""
    return Argument(name, "a relative path", matching(PATH), hint=RELATIVE)


def paths(name: str) -> Argument:
    """Some paths below the root of a tree."""
    words = "a relative path, or a tuple of different ones"
    return Argument(name, words, several(matching(PATH)), hint=RELATIVE)


def functions(name: str) -> Argument:
    """Some names of functions."""
    words = "the name of a function, or a tuple of different ones"
    hint = "names are exact but for `*` and `?` as in a shell"
    return Argument(name, words, several(matching(GLOB)), hint=hint)


def number(name: str) -> Argument:
    """The place of an argument, or a count."""
    return Argument(name, "a number from 0", index)


def version(name: str) -> Argument:
    """A version's number."""
    return Argument(name, "a number from 1", lambda value: index(value) or None)


def numbers(name: str) -> Argument:
    """The places of some arguments."""
    words = "the number of an argument, counted from 0, or a tuple of different ones"
    return Argument(name, words, several(index))


def optional_number(name: str) -> Argument:
    """The number of an argument as a tuple of it, empty where there is none."""
    check = several(index, 0)
    words = "the number of an argument, counted from 0"
    return Argument(name, words, lambda v: None if isinstance(v, tuple) and v[1:] else check(v), ())


def sentence(name: str) -> Argument:
    """A sentence."""
    return Argument(name, "a sentence on one line", matching(SENTENCE))


def text(name: str) -> Argument:
    """Any text; left out, it is empty."""
    return Argument(name, "a text", lambda value: value if isinstance(value, str) else None, "")


def anchor(name: str) -> Argument:
    """A part of a line."""
    words = "a part of a line, each run of white space one space"
    return Argument(name, words, lambda v: v if isinstance(v, str) and v.split() else None, "")


def names(name: str, *, needed: bool = False) -> Argument:
    """Some C identifiers; left out, there are none, unless they are `needed`."""
    words = "a C identifier, or a tuple of different ones"
    default = None if needed else ()
    return Argument(name, words, several(matching(IDENTIFIER), int(needed)), default, EXACT)


def word(name: str, expected: str, pattern: re.Pattern[str]) -> Argument:
    """A word that a pattern matches; `expected` says so in words."""
    return Argument(name, expected, matching(pattern))


def wires() -> Argument:
    """What may be on the wire for a visit."""
    one = choice("wire", *WIRES)
    return Argument("wire", f"a tuple, each {one.expected}", several(one.check))
