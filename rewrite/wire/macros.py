# SPDX-License-Identifier: GPL-2.0-or-later
"""The macros that a file defines: what a name in a function may stand for, as far as the text shows.

All definitions of a name count, whatever `#if` they are under. A macro of a header is not known here:
its name is like any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from .sites import ASSIGNMENTS
from .text import KEYWORDS, find_identifiers, is_identifier, tokenize_text

_DEFINE = re.compile(
    r"^[ \t]*\#[ \t]*define[ \t]+(\w+)(\(([^)]*)\))?((?:\\\r?\n|[^\n])*)", re.MULTILINE
)
_CONTROL = frozenset(
    ("if", "else", "for", "while", "do", "switch", "return", "goto", "break", "case")
)
_TYPE_QUESTIONS = frozenset(
    ("typeof", "__typeof__", "__typeof", "__auto_type", "_Generic", "sizeof"),
).union(("__builtin_types_compatible_p", "__builtin_classify_type"))
_QUIET_CALLS = frozenset(("sizeof", "defined", "typeof", "__typeof__"))


@dataclass(frozen=True)
class TokenMacro:
    """One `#define`: its parameters (None for an object-like one) and the tokens of its body."""

    name: str
    parameters: tuple[str, ...] | None
    body: tuple[str, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that its body uses, its parameters and the names of members left out."""
        return frozenset(find_identifiers(list(self.body))) - set(self.parameters or ())

    @cached_property
    def acts(self) -> bool:
        """Whether its body alone may assign, step or jump, or call without looking like a call."""
        if not _CONTROL.isdisjoint(self.body):
            return True
        calls = self.parameters is None and any(
            before not in _QUIET_CALLS and is_identifier(before) and after == "("
            for before, after in zip(self.body, self.body[1:], strict=False)
        )
        return calls or any(token in ASSIGNMENTS or token in ("++", "--") for token in self.body)

    @cached_property
    def stringified(self) -> frozenset[str]:
        """The parameters that it turns into text (C99 6.10.3.2)."""
        pairs = zip(self.body, self.body[1:], strict=False)
        return frozenset(name for sign, name in pairs if sign == "#") & set(self.parameters or ())

    @cached_property
    def pasted(self) -> frozenset[str]:
        """What it pastes to something else (C99 6.10.3.3), its parameters included."""
        found: set[str] = set()
        for at, sign in enumerate(self.body):
            if sign == "##":
                found |= set(self.body[max(0, at - 1) : at + 2])
        return frozenset(found) - {"##"}

    @cached_property
    def sees_type(self) -> bool:
        """Whether its body asks for the type of something."""
        return not _TYPE_QUESTIONS.isdisjoint(self.body)

    @property
    def is_several(self) -> bool:
        """Whether it may be more than one statement, which braces would make one."""
        return ";" in self.body[:-1] and self.body[0] not in ("do", "{", "(")

    @property
    def is_control(self) -> bool:
        """Whether it begins a statement that controls what follows it, or leaves the function."""
        return bool(self.body) and self.body[0] in _CONTROL


class FileMacros:
    """The macros of one file."""

    def __init__(self, text: str) -> None:
        self._defined: dict[str, list[TokenMacro]] = {}
        for match in _DEFINE.finditer(text) if "define" in text else ():
            parameters = None
            if match[2] is not None:
                parameters = tuple(p.strip() for p in match[3].split(",") if p.strip())
            body = tuple(_tokenize_body(match[4].replace("\\\n", " ").replace("\\\r\n", " ")))
            self._defined.setdefault(match[1], []).append(TokenMacro(match[1], parameters, body))

    def __contains__(self, name: str) -> bool:
        return name in self._defined

    def named(self, name: str) -> list[TokenMacro]:
        """The definitions of a name."""
        return self._defined.get(name, [])

    def reached(self, names: Iterable[str]) -> list[TokenMacro]:
        """The definitions of names, and of all names that their bodies use, however far."""
        found: list[TokenMacro] = []
        waiting, known = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in known or name not in self._defined:
                continue
            known.add(name)
            for macro in self._defined[name]:
                found.append(macro)
                waiting += macro.names
        return found

    def acts(self, name: str, wire: Collection[str] = ()) -> bool:
        """Whether a name is a macro that does more than it looks like, by itself or by another: that
        assigns, steps or jumps, calls without parentheses, or uses one of the names in `wire`."""
        reached = self.reached([name])
        return any(macro.acts or not macro.names.isdisjoint(wire) for macro in reached)

    def sees_type(self, name: str) -> bool:
        """Whether a name is a macro that may do another thing with a value of another type."""
        return any(macro.sees_type for macro in self.reached([name]))


def _tokenize_body(text: str) -> list[str]:
    """The tokens of a replacement list: `#` and `##` are tokens of it and no directive."""
    pieces: list[str] = []
    for number, part in enumerate(re.split(r"(##?)", text)):
        pieces += [part] if number % 2 else tokenize_text(part)
    return pieces


@dataclass(frozen=True)
class File:
    """What a function's text is read with: the macros of its file, and the functions and types defined
    there."""

    macros: FileMacros
    functions: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()


def types_defined(text: str) -> frozenset[str]:
    """The names that a text's `typedef`s define, those of functions and arrays apart."""
    ends = re.finditer(
        r"\btypedef\b(?:[^;{}]|\{[^{}]*\})*?\b(\w+)\s*(?:__attribute__\s*\(\([^;{}]*)?;", text
    )
    return frozenset(match[1] for match in ends)


NOTHING = File(FileMacros(""))
RESERVED = KEYWORDS.union(
    ("auto", "char", "const", "double", "enum", "extern", "float", "inline", "int", "long"),
    ("register", "restrict", "short", "signed", "static", "struct", "typedef", "union"),
    ("unsigned", "void", "volatile", "_Bool", "_Complex", "_Imaginary", "asm", "alignof"),
    ("bool", "true", "false", "NULL", "errno", "unix", "linux", "i386", "assert"),
    ("stdin", "stdout", "stderr", "environ"),
)
"""Names that no added local may have: keywords (C99 6.4.1, and GNU's), and names that compilers and
the C library define as macros."""
