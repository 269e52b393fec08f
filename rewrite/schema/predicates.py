# SPDX-License-Identifier: GPL-2.0-or-later
"""What small functions ask of a device, as expressions: `field_exists` tests, `msix_present(dev)`.

A function that only declares locals and returns one expression stands for that expression. Before:
`static bool is_express(PCIDevice *d) { return d->cap_present & CAP; }`. After: `cap_present & 4`. Not
when it does anything else, or when what it reads is of another object than the table's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..c.declarations import Name, Pointer, read_type
from ..errors import UnknownTypeError
from ..wire.text import tokenize_text
from .evaluate import BINARY, UNARY
from .expression import Constant, Expression, Fact, Operation, Version
from .handlers_c import CTree, ExpressionKind, parse_expression
from .handlers_functions import Functions, FunctionText
from .handlers_values import Meanings, looks_like_cast

_MOST_CALLS = 8
_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_CALLED = re.compile(r"(\w+)\((.*)\)\Z", re.DOTALL)
_KNOWN = ("const", "struct", "volatile")


@dataclass(frozen=True)
class ObjectPath:
    """An object: its path from the root on, and its C type, empty where that is not known."""

    path: str
    type: str = ""
    declared: str = ""
    """Where it is declared as a member, if that was asked for."""

    def cast(self, type_: str) -> ObjectPath:
        """The same memory as another type: members of that are not those of this one."""
        if not type_ or type_ == self.type:
            return self
        if not self.type:
            return replace(self, type=type_)
        return ObjectPath(f"{self.path}.({type_})".removeprefix("."), type_)

    def member(self, name: str) -> ObjectPath:
        """A member of it."""
        return ObjectPath(f"{self.path}.{name}".removeprefix("."))


_Found = ObjectPath | Expression | None
_Scope = Mapping[str, "_Found"]


@dataclass
class PredicateReader:
    """Reads functions of the tree as expressions."""

    functions: Functions
    meanings: Meanings
    cast_macros: Mapping[str, int]
    """The argument of each macro that casts a pointer which has the type."""

    @cached_property
    def _paths(self) -> dict[str, str]:
        return {source.name: path for path, source in self.functions.sources.items()}

    def read_test(self, name: str, file: str, type_: str) -> Expression | None:
        """What a `field_exists` function asks of an object of a type; None where it does more."""
        path = self._paths.get(file, "")
        found = self._evaluate_returned(name, path, (ObjectPath("", type_), Version()), 0)
        return found if not isinstance(found, ObjectPath) else None

    def evaluate_call(self, text: str, file: str) -> Expression | None:
        """What a call asks that stands in a model as "msix_present(s.dev)", None where it does more."""
        path = self._paths.get(file, "")
        match = _CALLED.match(text)
        if match is None or "(" in match[2].replace("()", ""):
            return None
        arguments = [one.strip() for one in match[2].split(",")]
        given = tuple(self._evaluate_argument(one, path) for one in arguments)
        found = self._evaluate_returned(match[1], path, given, 0)
        return found if not isinstance(found, ObjectPath) else None

    def _evaluate_argument(self, text: str, path: str) -> _Found:
        value = (
            self.meanings.fold(CTree(ExpressionKind.NAME, text), path)
            if _WORD.match(text)
            else None
        )
        if value is not None:
            return Constant(value)
        return ObjectPath("" if text == "opaque" else text)

    # -- functions ----------------------------------------------------------------------------

    def _evaluate_returned(
        self, name: str, path: str, given: Sequence[_Found], depth: int
    ) -> _Found:
        """What a function returns; the same of all that have its name, or nothing."""
        results = [
            self._value_of(function, given, depth)
            for function in self.functions.find_named(name, path)
            if len(function.parameters) == len(given)
        ]
        same = bool(results) and all(result == results[0] for result in results)
        return results[0] if same and depth <= _MOST_CALLS else None

    def _value_of(self, function: FunctionText, given: Sequence[_Found], depth: int) -> _Found:
        scope: dict[str, _Found] = {}
        for parameter, value in zip(function.parameters, given, strict=True):
            kind = _pointee_type(parameter.type.split())
            typed = isinstance(value, ObjectPath) and kind != "void"
            scope[parameter.name] = value.cast(kind) if typed else value  # type: ignore[union-attr]
        path, tokens = str(function.source.path), function.code.tokens
        *before, last = list(_split_statements(tokens)) or [(0, 0)]
        for start, end in before:
            if tokens[start] == "assert":
                continue
            if not self._read_declaration(tokens, start, end, scope, path, depth):
                return None
        if last == (0, 0) or tokens[last[0]] != "return":
            return None
        return self._evaluate_tree(
            parse_expression(tokens, last[0] + 1, last[1]), scope, path, depth
        )

    def _read_declaration(
        self, tokens: Sequence[str], start: int, end: int, scope: dict[str, _Found], path: str,
        depth: int,
    ) -> bool:  # fmt: skip
        """Whether a statement declares one local with its value, which is then known."""
        if "=" not in tokens[start:end]:
            return False
        at = tokens.index("=", start, end)
        *kind, name = tokens[start:at]
        if len(kind) < 1 or not all(_WORD.match(word) or word == "*" for word in (*kind, name)):
            return False
        value = self._evaluate_tree(parse_expression(tokens, at + 1, end), scope, path, depth)
        if isinstance(value, ObjectPath):
            value = value.cast(_pointee_type(kind))
        scope[name] = value
        return value is not None

    # -- expressions --------------------------------------------------------------------------

    def _evaluate_tree(self, tree: CTree, scope: _Scope, path: str, depth: int) -> _Found:
        if tree.kind is ExpressionKind.NAME and tree.text in scope:
            return scope[tree.text]
        constant = self.meanings.fold(tree, path)
        if constant is not None:
            return Constant(constant)
        if tree.kind is ExpressionKind.CALL and tree.parts[0].kind is ExpressionKind.NAME:
            return self._evaluate_call(tree, scope, path, depth)
        inner = [self._evaluate_tree(part, scope, path, depth) for part in tree.parts]
        if not inner or any(one is None for one in inner):
            return None
        found = _combine_parts(tree, inner)
        if (
            tree.kind is ExpressionKind.MEMBER
            and isinstance(found, ObjectPath)
            and isinstance(inner[0], ObjectPath)
        ):
            return replace(found, declared=self._declared_place(inner[0], tree.text, path))
        return found

    def _declared_place(self, owner: ObjectPath, member: str, path: str) -> str:
        """Where a member is declared of an object that was cast to another type: "path:line"."""
        ctype = read_type(owner.type) if owner.path.endswith(")") else None
        if ctype is None:
            return ""
        try:
            (found,) = self.meanings.constants(path).scope.find_member(ctype, member)
        except (UnknownTypeError, ValueError):
            return ""
        headers = self.meanings.resolver.headers
        header = headers.header(found.origin.path)
        if header is None:
            return ""
        name = headers.tree.name_of(found.origin.path)
        return f"{name}:{header.line_of(found.origin.offset)}"

    def _evaluate_call(self, tree: CTree, scope: _Scope, path: str, depth: int) -> _Found:
        name, arguments = tree.parts[0].text, tree.parts[1:]
        given = tuple(self._evaluate_tree(part, scope, path, depth) for part in arguments)
        if name in ("likely", "unlikely") and len(given) == 1:
            return given[0]
        if len(given) == 1 and isinstance(given[0], ObjectPath) and looks_like_cast(name):
            type_ = self._cast_type(name, path)
            return given[0].cast(type_) if type_ else None
        expanded = self.meanings.expanded(tree, path)
        if expanded is not None:
            return (
                self._evaluate_tree(expanded, scope, path, depth + 1)
                if depth < _MOST_CALLS
                else None
            )
        return None if None in given else self._evaluate_returned(name, path, given, depth + 1)

    def _cast_type(self, name: str, path: str) -> str:
        """The type that one of QOM's casts gives, by what declares it; empty where none does."""
        scope = self.meanings.constants(path).scope
        for _, macro in scope.find_macros(name):
            tokens = tokenize_text(macro.body)
            position = self.cast_macros.get(tokens[0]) if tokens else None
            if position is not None:
                arguments = " ".join(tokens[2:-1]).split(",")
                return (
                    _pointee_type(arguments[position].split()) if position < len(arguments) else ""
                )
        try:
            returned = scope.find_function(name)
        except UnknownTypeError:
            return ""
        inner = returned.to if isinstance(returned, Pointer) else None
        return inner.name if isinstance(inner, Name) else ""


def _combine_parts(tree: CTree, parts: Sequence[_Found]) -> _Found:
    """A node of an expression, of what its parts are."""
    first = parts[0]
    if tree.kind is ExpressionKind.MEMBER:
        return first.member(tree.text) if isinstance(first, ObjectPath) else None
    if tree.kind is ExpressionKind.CAST:
        pointer = isinstance(first, ObjectPath) and "*" in tree.text
        return first.cast(_pointee_type(tree.text.split())) if pointer else first  # type: ignore[union-attr]
    if tree.kind is ExpressionKind.UNARY and tree.text in ("&", "*"):
        return first if isinstance(first, ObjectPath) else None
    known = {
        ExpressionKind.UNARY: UNARY,
        ExpressionKind.BINARY: BINARY,
        ExpressionKind.CONDITIONAL: {"?:": 0},
    }
    if tree.text not in known.get(tree.kind, {}):
        return None
    operands = (_number_of(part) for part in parts)
    return Operation(tree.text, tuple(one for one in operands if one is not None))


def _number_of(part: _Found) -> Expression | None:
    """A part as a number: a member is the fact of its path."""
    return Fact(part.path, declared=part.declared) if isinstance(part, ObjectPath) else part


def _pointee_type(words: Sequence[str]) -> str:
    """The type behind a pointer type's words: "const PCIDevice *" is PCIDevice's."""
    kept = [w for word in words for w in word.split("*") if w and w not in _KNOWN]
    return kept[0] if len(kept) == 1 else ""


def _split_statements(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The statements of a body between its braces; none where one holds braces."""
    body = range(1, len(tokens) - 1)
    if any(tokens[at] in "{}" or tokens[at].startswith("#") for at in body):
        return
    start = 1
    for at in body:
        if tokens[at] == ";":
            yield start, at
            start = at + 1
