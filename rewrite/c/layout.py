# SPDX-License-Identifier: GPL-2.0-or-later
"""Sizes and lengths of types, and the types of members by a path: what sizeof and offsetof ask for.

Only what is alike on all hosts has a size: a pointer or a long has none, nor has a struct that holds
one. Alignment is natural, as in the ABIs of QEMU's hosts, but for i386, which aligns 8 bytes to 4: a
struct in which that matters has no size either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..errors import ExpansionError, UnknownTypeError
from .declarations import Array, Base, CType, Name, Pointer, Tag, Typeof, read_type
from .expand import Lexeme, close_of, lex_text, spell_tokens, split_tokens
from .initialisers import Definition, array_named, read_entries
from .scope import Member, Origin, Scope, element_type

_FIXED = {
    "bool": 1, "int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4,
    "uint32_t": 4, "int64_t": 8, "uint64_t": 8,
}  # fmt: skip
_BASE = {
    "char": 1, "signed char": 1, "unsigned char": 1, "short": 2, "unsigned short": 2, "int": 4,
    "unsigned int": 4, "long long": 8, "unsigned long long": 8, "float": 4, "double": 8,
    "_Bool": 1,
}  # fmt: skip
_WIDE = frozenset(
    ("long", "unsigned long", "size_t", "ssize_t", "ptrdiff_t", "intptr_t", "uintptr_t")
)

Fold = Callable[[Sequence[Lexeme]], int]
"""Gives the value of a constant expression. Raises UnknownTypeError where it is none."""


@dataclass(frozen=True)
class Placed:
    """A type, and where what has it is declared."""

    type: CType
    origin: Origin | None = None


class TypeLayout:
    """Sizes in one scope. All methods raise UnknownTypeError where they can't tell."""

    def __init__(self, scope: Scope, fold: Fold, *, wide: bool = False) -> None:
        """`scope` finds declarations, `fold` the values of the lengths of arrays; `wide` asks for
        sizes as hosts of 64 bits have them (LP64, natural alignment)."""
        self._scope = scope
        self._fold = fold
        self._wide = wide

    def size_of(self, ctype: CType) -> int:
        """The bytes of an object of that type."""
        return self._measure_type(ctype)[0]

    def length_of(self, ctype: CType) -> int:
        """The number of elements of an array."""
        array = self._scope.find_canonical(ctype).type
        if not isinstance(array, Array) or not array.size:
            raise UnknownTypeError("the length of something that is no array of a known length")
        return self._fold(lex_text(array.size))

    def length_of_expression(self, tokens: Sequence[Lexeme]) -> int:
        """The number of elements of an array that an expression names.

        That of a variable without a length is that of its initialiser (C99 6.7.8p22).
        """
        ctype = self.of_expression(tokens).type
        inner = _strip_brackets(tokens)
        array = self._scope.find_canonical(ctype).type
        if isinstance(array, Array) and not array.size and len(inner) == 1:
            for header in self._scope.closure:
                found = array_named(header, inner[0].text)
                if found is not None:
                    return self._last_index(found) + 1
        return self.length_of(ctype)

    def is_element(self, array: Sequence[Lexeme], element_type: Sequence[Lexeme]) -> bool:
        """Whether an expression is an array of that type: `sizeof(array) / sizeof(type)`."""
        try:
            whole = self._scope.find_canonical(self.of_expression(array).type).type
            end = self._scope.end_of(self.of_type_or_expression(element_type))
        except UnknownTypeError:
            return False
        if not isinstance(whole, Array) or end is None:
            return False
        return self._scope.end_of(replace(whole.of, qualifiers=frozenset())) == end

    def _last_index(self, definition: Definition) -> int:
        index, last = -1, -1
        for entry in read_entries(definition.body):
            named = entry.designator.startswith("[")
            index = self._fold(lex_text(entry.designator.strip("[]"))) if named else index + 1
            last = max(last, index)
        return last

    def _measure_type(self, ctype: CType, depth: int = 0) -> tuple[int, int]:
        """Size and alignment."""
        if depth > 20:
            raise UnknownTypeError("the types nest too deep")
        if isinstance(ctype, Typeof):
            return self._measure_type(self.of_expression(lex_text(ctype.text)).type, depth + 1)
        if self._wide and isinstance(ctype, Name) and ctype.name in _WIDE:
            return 8, 8
        end = self._scope.find_canonical(ctype).type
        match end:
            case Name(name) if name in _FIXED:
                return _FIXED[name], _FIXED[name]
            case Base(spelling) if spelling in _BASE:
                return _BASE[spelling], _BASE[spelling]
            case Name(text) | Base(text) if self._wide and text in _WIDE:
                return 8, 8
            case Pointer() if self._wide:
                return 8, 8
            case Tag("enum"):
                return 4, 4
            case Array(of):
                size, alignment = self._measure_type(of, depth + 1)
                return size * self.length_of(end) if end.size else 0, alignment
            case Tag():
                return self._measure_record(end, depth)
        raise UnknownTypeError("a size that depends on the host")

    def _measure_record(self, record: Tag, depth: int) -> tuple[int, int]:
        """A struct or union, by the layout of its members."""
        body = record
        if record.members is None:
            bodies = [t for _, t in self._scope.find_tags(record.tag or "") if isinstance(t, Tag)]
            if len(bodies) != 1:
                raise UnknownTypeError(f"no single body of {record.kind} {record.tag}")
            body = bodies[0]
        self._check_unconditional(body)
        at, widest, most = 0, 1, 0
        for member in body.members or ():
            if member.bitfield:
                raise UnknownTypeError("a size with bit-fields")
            size, alignment = self._measure_type(member.type, depth + 1)
            alignment = 1 if body.packed else alignment
            at = 0 if body.kind == "union" else self._align_offset(at, alignment)
            at, widest = at + size, max(widest, alignment)
            most = max(most, at)
        return self._align_offset(most, widest), widest

    def _align_offset(self, at: int, alignment: int) -> int:
        """The next offset of that alignment."""
        made = -(-at // alignment) * alignment
        if alignment == 8 and not self._wide and made != -(-at // 4) * 4:
            raise UnknownTypeError("a size that depends on the host")
        return made

    def _check_unconditional(self, body: Tag) -> None:
        """Members under #if are all in the body at once, so that it has no size."""
        header = next((h for h in self._scope.closure if h.path == body.path), None)
        if header is None or not body.members:
            return
        around = {header.conditionals.around(m.offset) for m in body.members}
        if len(around) > 1:
            raise UnknownTypeError("a size that depends on an #if")

    def of_path(self, record: CType, path: Sequence[Lexeme]) -> Placed:
        """What `path` (`a.b[3].c`, as in offsetof) is in a struct."""
        placed = Placed(record)
        at, first = 0, True
        while at < len(path):
            text = path[at].text
            if text == "[":
                at = close_of(path, at)
                whole = self._resolve_type(placed.type)
                placed = Placed(element_type(whole), placed.origin)
            elif text in (".", "->") or first:
                if text == "->":
                    placed = Placed(element_type(self._resolve_type(placed.type)), placed.origin)
                at += text in (".", "->")
                if at >= len(path):
                    raise UnknownTypeError("a path that ends in a dot")
                placed = self._place_member(placed.type, path[at].text)
            else:
                raise UnknownTypeError(f"`{spell_tokens(path)}` is no path of members")
            at, first = at + 1, False
        return placed

    def _resolve_type(self, ctype: CType) -> CType:
        if isinstance(ctype, Typeof):
            return self._resolve_type(self.of_expression(lex_text(ctype.text)).type)
        return self._scope.find_canonical(ctype).type

    def _place_member(self, record: CType, name: str) -> Placed:
        found: list[Member] = self._scope.find_member(self._resolve_type(record), name)
        ends = {self._scope.end_of(m.declared.type) for m in found}
        if len(ends) > 1:
            raise UnknownTypeError(f"member {name} is declared differently under #if")
        return Placed(found[0].declared.type, found[0].origin)

    def of_expression(self, tokens: Sequence[Lexeme]) -> Placed:
        """The type of `((T *)0)->path`, `variable`, `variable[0]` or `*variable`."""
        tokens = _strip_brackets(tokens)
        if not tokens:
            raise UnknownTypeError("an empty expression")
        if tokens[0].text == "*":
            inner = self.of_expression(tokens[1:])
            return Placed(element_type(self._resolve_type(inner.type)), inner.origin)
        if tokens[0].text == "(":
            end = close_of(tokens, 0)
            inner_tokens = tokens[1:end]
            path = tokens[end + 1 :]
            base = self._read_cast(inner_tokens) or self.of_expression(inner_tokens).type
            return self._place_path(base, path)
        if not tokens[0].word:
            raise UnknownTypeError(f"the type of `{spell_tokens(tokens)}` is not resolved")
        ctype, origin = self._scope.find_variable(tokens[0].text)
        if len(tokens) == 1:
            return Placed(ctype, origin)
        return self._place_path(ctype, tokens[1:])

    def _place_path(self, base: CType, path: Sequence[Lexeme]) -> Placed:
        if not path:
            return Placed(base)
        if path[0].text == "->":
            return self.of_path(element_type(self._resolve_type(base)), path[1:])
        return self.of_path(base, path)

    @staticmethod
    def _read_cast(tokens: Sequence[Lexeme]) -> CType | None:
        """The type of `(T)0`, None for what is no cast of a number."""
        tokens = _strip_brackets(tokens)
        if not tokens or tokens[0].text != "(":
            return None
        end = close_of(tokens, 0)
        if [t.text for t in tokens[end + 1 :]] not in (["0"], ["NULL"]):
            return None
        return read_type(spell_tokens(tokens[1:end]))

    def of_type_or_expression(self, tokens: Sequence[Lexeme]) -> CType:
        """The type that the operand of sizeof or typeof has."""
        tokens = _strip_brackets(tokens)
        if tokens and tokens[0].text in ("typeof", "__typeof__", "__typeof"):
            end = close_of(tokens, 1)
            inner = self.of_type_or_expression(tokens[2:end])
            for token in tokens[end + 1 :]:
                if token.text != "*":
                    raise UnknownTypeError(f"`{spell_tokens(tokens)}` is no type that can be read")
                inner = Pointer(inner)
            return inner
        if _may_be_type(tokens):
            ctype = read_type(spell_tokens(tokens))
            if ctype is not None and self._is_known(ctype):
                return ctype
        return self.of_expression(tokens).type

    def _is_known(self, ctype: CType) -> bool:
        try:
            self._scope.find_canonical(ctype)
        except UnknownTypeError:
            return not isinstance(ctype, Name)
        return True


def _strip_brackets(tokens: Sequence[Lexeme]) -> Sequence[Lexeme]:
    """The tokens without brackets around all of them."""
    try:
        while tokens and tokens[0].text == "(" and close_of(tokens, 0) == len(tokens) - 1:
            tokens = tokens[1:-1]
    except ExpansionError as error:
        raise UnknownTypeError(str(error)) from error
    return tokens


def _may_be_type(tokens: Sequence[Lexeme]) -> bool:
    """Whether it looks like a type name: words and stars, perhaps dimensions behind."""
    head = split_tokens(tokens, "[")[0]
    return bool(head) and head[0].word and all(t.word or t.text == "*" for t in head)
