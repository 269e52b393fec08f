# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers that a tree's own declarations fix: enumerators, macros, sizes of types."""

from __future__ import annotations

import re

from ..c.declarations import Array, Base, CType, Name, Pointer, Tag, read_type
from ..c.headers import Header
from ..c.scope import Scope
from ..errors import UnknownTypeError
from ..wire.text import tokenize
from .evaluate import combined
from .handlers_c import Kind, Tree, parse_expression

_ENUM = re.compile(rb"\benum\b\s*(?:\w+\s*)?\{([^{}]*)\}")
_MAX_DEPTH = 12

_SIZES = {
    "char": 1, "signed char": 1, "unsigned char": 1, "_Bool": 1, "short": 2, "unsigned short": 2,
    "int": 4, "unsigned int": 4, "float": 4, "long long": 8, "unsigned long long": 8, "double": 8,
}  # fmt: skip
_WIDE = dict.fromkeys(
    ("long", "unsigned long", "size_t", "ssize_t", "ptrdiff_t", "intptr_t", "uintptr_t"), 8
)
_FIXED = re.compile(r"u?int(8|16|32|64)_t")


class Constants:
    """Folds names and types to numbers, as one file's scope declares them."""

    def __init__(self, scope: Scope, *, wide: bool = False) -> None:
        """`scope` is the file's names for one target, `wide` asks for sizes on hosts of 64 bits."""
        self.scope = scope
        self._sizes = _SIZES | _WIDE if wide else _SIZES
        self._pointer = 8 if wide else None
        self._values: dict[str, int | None] = {}

    def value(self, name: str) -> int | None:
        """What an enumerator or a macro stands for; None where it is no number, or several."""
        if name not in self._values:
            self._values[name] = None  # while its own declarations are looked at
            self._values[name] = self._value(name)
        return self._values[name]

    def _value(self, name: str) -> int | None:
        found = set()
        for _, macro in self.scope.macros(name):
            if macro.parameters is None:
                found.add(self.number(macro.body))
        raw = name.encode("latin-1")
        if not found:
            for header in self.scope.closure:
                if raw in header.data:
                    found.update(self._variables(header, raw))
                    found.update(v for n, v in self.enumerators_in(header) if n == name)
        return found.pop() if len(found) == 1 else None

    def _variables(self, header: Header, name: bytes) -> list[int | None]:
        """What constants of that name are initialised with: `static const int version = 2;`."""
        pattern = rb"\bconst\b[^;{}()=]*\b" + re.escape(name) + rb"\s*=\s*([^;,{}]+);"
        return [self.number(m.decode("latin-1")) for m in re.findall(pattern, header.code)]

    def number(self, text: str) -> int | None:
        """The value of a constant expression's text, None where it is none."""
        tokens = tokenize(text)
        if not tokens or len(tokens) > 200:
            return None
        return self.fold(parse_expression(tokens, 0, len(tokens)))

    def fold(self, tree: Tree, depth: int = 0) -> int | None:
        """The value of a tree of constants, None where something in it is none."""
        if depth > _MAX_DEPTH * 4:
            return None
        if tree.kind is Kind.NUMBER:
            return int(tree.text)
        if tree.kind is Kind.NAME:
            return self.value(tree.text)
        if tree.kind is Kind.SIZEOF:
            return self.size_of_text(tree.text)
        if tree.kind is Kind.CALL:
            return self._called(tree)
        parts = [self.fold(part, depth + 1) for part in tree.parts]
        known = [part for part in parts if part is not None]
        if len(known) != len(parts) or not known:
            return None
        return combine(tree, known)

    def _called(self, tree: Tree) -> int | None:
        """A function-like macro with constant arguments, such as _IO(a, b)."""
        callee, *arguments = tree.parts
        values = [self.fold(argument) for argument in arguments]
        if callee.kind is not Kind.NAME or None in values:
            return None
        found: set[int | None] = set()
        for _, macro in self.scope.macros(callee.text):
            if macro.parameters is not None and len(macro.parameters) == len(values):
                put = dict(zip(macro.parameters, map(str, values), strict=True))
                found.add(self.number(" ".join(put.get(t, t) for t in tokenize(macro.body))))
        return found.pop() if len(found) == 1 else None

    def enumerators_in(self, header: Header) -> list[tuple[str, int | None]]:
        """The enumerators of a file's enums with their values."""
        found: list[tuple[str, int | None]] = []
        for match in _ENUM.finditer(header.code):
            found += self.enumerators(match[1].decode("latin-1"))
        return found

    def enumerators(self, body: str) -> list[tuple[str, int | None]]:
        """The enumerators between the braces of one enum with their values (C99 6.7.2.2)."""
        known: dict[str, int | None] = {}
        following: int | None = 0
        for part in body.split(","):
            name, equals, text = part.partition("=")
            if not name.strip():
                continue
            if equals:
                own = known.get(text.strip())
                following = own if own is not None else self.number(text)
            known[name.strip()] = following
            following = None if following is None else following + 1
        return list(known.items())

    def size_of_text(self, text: str) -> int | None:
        """The size of a type's name; None for an expression, and for what the host decides."""
        found = read_type(text)
        return None if found is None else self.size(found)

    def size(self, ctype: CType, depth: int = 0) -> int | None:
        """The bytes of a type that is as large on every host and target."""
        layout = self._layout(ctype, depth)
        return layout[0] if layout else None

    def length(self, ctype: CType) -> int | None:
        """The number of elements of an array."""
        try:
            end = self.scope.canonical(ctype).type
        except UnknownTypeError:
            return None
        return self.number(end.size) if isinstance(end, Array) and end.size else None

    def _layout(self, ctype: CType, depth: int) -> tuple[int, int] | None:
        """Size and alignment."""
        if isinstance(ctype, Name) and ctype.name in self._sizes:
            return _scalar(self._sizes[ctype.name])
        try:
            end = self.scope.canonical(ctype).type
        except UnknownTypeError:
            return None
        if isinstance(end, Name):
            match = _FIXED.fullmatch(end.name)
            fixed = int(match[1]) // 8 if match else 1 if end.name == "bool" else None
            return _scalar(fixed or self._sizes.get(end.name))
        if isinstance(end, Base):
            return _scalar(self._sizes.get(end.spelling))
        if isinstance(end, Pointer):
            return _scalar(self._pointer)
        if depth > _MAX_DEPTH:
            return None
        if isinstance(end, Array):
            inner = self._layout(end.of, depth + 1)
            count = self.number(end.size) if end.size else None
            return (inner[0] * count, inner[1]) if inner and count is not None else None
        return self._record(end, depth) if isinstance(end, Tag) else None

    def _record(self, tag: Tag, depth: int) -> tuple[int, int] | None:
        """A struct or union, laid out as every ABI does that QEMU builds for; an enum is an int."""
        if tag.kind == "enum":
            return 4, 4
        bodies = [tag] if tag.members is not None else []
        if not bodies and tag.tag is not None:
            bodies = [t for _, t in self.scope.tags(tag.tag) if isinstance(t, Tag)]
        if len(bodies) != 1:
            return None
        size, align = 0, 1
        for member in bodies[0].members or ():
            inner = self._layout(member.type, depth + 1)
            if inner is None or member.bitfield:
                return None
            step = 1 if bodies[0].packed else inner[1]
            align = max(align, step)
            start = 0 if tag.kind == "union" else (size + step - 1) // step * step
            size = max(size, start + inner[0])
        return (size + align - 1) // align * align, align


def _scalar(size: int | None) -> tuple[int, int] | None:
    """Size and alignment of a type that is as wide as it is aligned."""
    return (size, size) if size else None


def combine(tree: Tree, values: list[int]) -> int | None:
    """The value of an operator's node whose operands have these values."""
    if tree.kind in (Kind.BINARY, Kind.UNARY, Kind.CONDITIONAL):
        return combined(tree.text, values)
    if tree.kind is Kind.CAST:
        return _narrowed(tree.text, values[0])
    return None


def _narrowed(ctype: str, value: int) -> int | None:
    """A number after a cast to a type whose width is known here."""
    match = re.fullmatch(r"(u?)int(8|16|32|64)_t", ctype)
    if match is not None:
        bits = int(match[2])
        value &= (1 << bits) - 1
        return value if match[1] or value < 1 << (bits - 1) else value - (1 << bits)
    return value if "*" not in ctype else None
