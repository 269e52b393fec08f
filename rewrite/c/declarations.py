# SPDX-License-Identifier: GPL-2.0-or-later
"""Read C declarations (C99 6.7) from text: types, declarators, members of structs.

Only what type resolution needs is kept. The reader is tolerant: an attribute macro in front of a
type is passed over, a member that it cannot read is left out, and nothing is ever guessed: what is
left out is later "not found", never another type.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from .lexical import OPENING, close_of

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\.\.\.|\S")


_QUALIFIERS = {
    "const": "const",
    "__const": "const",
    "volatile": "volatile",
    "__volatile": "volatile",
    "__volatile__": "volatile",
    "register": "register",
    "_Atomic": "_Atomic",
}
ALTERED = "altered"
"""The qualifier of what an attribute gives another size, alignment or byte order than its type's."""

_ALTERING = re.compile(
    r"_*(aligned|packed|mode|vector_size|scalar_storage_order|address_space)_*", re.ASCII
)
_AMPLE = frozenset(("8", "16", "32", "64", "128"))
_IGNORED = frozenset(
    (
        *("static", "extern", "auto", "typedef", "inline", "__inline", "__inline__", "restrict"),
        *("__restrict", "__thread", "_Noreturn", "__extension__", "_Alignas"),
    )
)
_BUILTIN = frozenset(
    (
        *("void", "char", "short", "int", "long", "float", "double", "signed", "unsigned"),
        *("_Bool", "__int128", "__signed__"),
    )
)
_ATTRIBUTES = frozenset(("__attribute__", "__attribute", "__declspec", "__asm__", "asm"))
_TYPEOF = frozenset(("typeof", "__typeof__", "__typeof"))

TagKind = Literal["struct", "union", "enum"]
_TAG_KINDS: dict[str, TagKind] = {"struct": "struct", "union": "union", "enum": "enum"}


@dataclass(frozen=True)
class Base:
    """An arithmetic type or void by its keywords, in one spelling: "unsigned int"."""

    spelling: str
    qualifiers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Name:
    """A type by a typedef's (or macro's) name."""

    name: str
    qualifiers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tag:
    """struct, union or enum; `members` where the body stands with it, else found by `tag`.

    `packed` says that its members may be unaligned, so that their addresses are of no use. `path` is
    the file that the members' offsets are of.
    """

    kind: TagKind
    tag: str | None
    members: tuple[Declared, ...] | None = None
    packed: bool = False
    path: str = field(default="", compare=False)
    qualifiers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pointer:
    """A pointer."""

    to: CType
    qualifiers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Array:
    """An array of any size; `size` is the text in its brackets, which no comparison asks for."""

    of: CType
    qualifiers: frozenset[str] = frozenset()
    size: str = field(default="", compare=False)


@dataclass(frozen=True)
class FunctionType:
    """A function and what it returns."""

    returns: CType
    qualifiers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Typeof:
    """typeof (expression or type), kept as text."""

    text: str
    qualifiers: frozenset[str] = frozenset()


def passed_over(word: str) -> str:
    """The qualifier that stands for a word beside a type, until it is known whether it is a macro."""
    return "?" + word


def meaning_of(tokens: Iterable[str]) -> frozenset[str]:
    """The qualifiers in the tokens of a macro, or of an attribute, beside a type.

    A type that is aligned to eight bytes or more is as good as one that is not.
    """
    words = list(tokens)
    found = {_QUALIFIERS[w] for w in words if w in _QUALIFIERS}
    altering = [w for w in words if _ALTERING.fullmatch(w)]
    ample = _AMPLE & set(words) and all("aligned" in w for w in altering)
    return frozenset(found | ({ALTERED} if altering and not ample else set()))


CType = Base | Name | Tag | Pointer | Array | FunctionType | Typeof
AnyType = TypeVar("AnyType", bound=CType)


def with_qualifiers(ctype: AnyType, qualifiers: frozenset[str]) -> AnyType:
    """The type with just these qualifiers; itself where it has no others, as nearly always."""
    if ctype.qualifiers == qualifiers:
        return ctype
    return replace(ctype, qualifiers=qualifiers)


@dataclass(frozen=True)
class Declared:
    """One declared name (empty for an anonymous struct or union), its type, its place in the text."""

    name: str
    type: CType
    offset: int
    bitfield: bool = False


@dataclass(frozen=True)
class Token:
    """A token and the offset of its first character."""

    text: str
    offset: int


def tokenize_masked(text: str, base: int = 0) -> list[Token]:
    """The tokens of text whose comments and directives are already blanked."""
    return [Token(m.group(), m.start() + base) for m in _TOKEN.finditer(text)]


def canonical_base(words: list[str]) -> str:
    """The one spelling of a set of type keywords (C99 6.7.2): ["long", "unsigned"] -> "unsigned long"."""
    left = [w for w in words if w not in ("signed", "__signed__")]
    signed = len(left) != len(words)
    if "char" in left:
        return "signed char" if signed else " ".join(sorted(left, reverse=True))
    if {"void", "float", "double", "_Bool", "__int128"} & set(left):
        return " ".join(sorted(left))
    unsigned = "unsigned " if "unsigned" in left else ""
    if "short" in left:
        return unsigned + "short"
    return unsigned + {0: "int", 1: "long"}.get(left.count("long"), "long long")


Expander = Callable[[str, int], "list[Token] | None"]
"""Gives the tokens of a macro that stands for struct members, by name and place, else None."""


class _DeclarationReader:
    """Recursive descent over a token list."""

    def __init__(self, tokens: list[Token], expand: Expander | None = None, path: str = "") -> None:
        self.path = path
        self.tokens = tokens
        self.at = 0
        self.expand = expand

    def peek(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.tokens[index].text if index < len(self.tokens) else ""

    def take_word(self, ahead: int = 0) -> bool:
        text = self.peek(ahead)
        return text[:1].isalpha() or text[:1] == "_"

    def skip_balanced(self) -> list[Token]:
        """Pass a bracketed group and return what is inside it."""
        start = self.at
        close = close_of(t.text for t in itertools.islice(self.tokens, start, None))
        self.at = len(self.tokens) if close is None else start + close + 1
        return self.tokens[start + 1 : self.at - 1]

    def skip_to_semicolon(self) -> None:
        while self.at < len(self.tokens) and self.peek() not in (";", "}"):
            if self.peek() in ("(", "[", "{"):
                self.skip_balanced()
            else:
                self.at += 1
        self.at += 1

    def skip_attributes(self) -> frozenset[str]:
        """Pass attributes, QEMU_PACKED among them, and give the qualifiers that they amount to."""
        found: frozenset[str] = frozenset()
        while self.peek() in _ATTRIBUTES or "PACKED" in self.peek():
            found |= {ALTERED} if "PACKED" in self.peek() else set()
            self.at += 1
            if self.peek() == "(":
                found |= meaning_of(t.text for t in self.skip_balanced())
        return found

    def read_specifiers(self) -> CType | None:
        """The type before the declarators, or None where there is none."""
        qualifiers: set[str] = set()
        words: list[str] = []
        found: CType | None = None
        while self.take_word():
            text = self.peek()
            if self.skips_specifier(qualifiers):
                continue
            if text in _BUILTIN:
                words.append(text)
                self.at += 1
            elif text in _TYPEOF:
                self.at += 1
                inner = self.skip_balanced()
                qualifiers |= _passed_names(found)
                found = Typeof(" ".join(t.text for t in inner))
            elif text in _TAG_KINDS:
                qualifiers |= _passed_names(found)
                found = self.read_tag()
            elif words or (found is not None and not self.is_specifier()):
                break
            elif self.peek(1) == "(" and self.peek(2) == "*" and found is None:
                self.at += 1
                found = Name(text)
            elif self.peek(1) == "(" and not self.declares_after_group():
                qualifiers.add(passed_over(text))
                self.at += 1
                self.skip_balanced()
            else:
                self.at += 1
                qualifiers |= _passed_names(found)
                found = Name(text)
                if self.peek() == "(" and self.declares_after_group(0):
                    found = Name(text + "(" + "".join(t.text for t in self.skip_balanced()) + ")")
        if words:
            qualifiers |= _passed_names(found)
            found = Base(canonical_base(words))
        return _add_qualifiers(found, qualifiers)

    def skips_specifier(self, qualifiers: set[str]) -> bool:
        """Pass an attribute, a storage class or a qualifier, which is added to `qualifiers`."""
        text = self.peek()
        if text in _ATTRIBUTES:
            qualifiers.update(self.skip_attributes())
        elif text in _QUALIFIERS and not (text == "_Atomic" and self.peek(1) == "("):
            qualifiers.add(_QUALIFIERS[text])
            self.at += 1
        elif text in _IGNORED:
            self.at += 1
        else:
            return False
        return True

    def is_specifier(self) -> bool:
        """Whether the word here is the type, or a part of it, as the one before was none."""
        return self.more_specifiers() or self.peek(1) == "*"

    def more_specifiers(self) -> bool:
        """Whether the word here is not yet the declarator: another word follows it."""
        return (
            self.take_word(1)
            and self.peek(1) not in _ATTRIBUTES
            and self.peek(1) not in _QUALIFIERS
        )

    def declares_after_group(self, ahead: int = 1) -> bool:
        """Whether a word follows the group that opens `ahead` tokens on: `QTAILQ_ENTRY(X) next`."""
        at = self.at
        self.at += ahead
        self.skip_balanced()
        result = self.take_word() or self.peek() == "*"
        self.at = at
        return result

    def read_tag(self) -> CType:
        kind = self.peek()
        self.at += 1
        packed = ALTERED in self.skip_attributes()
        name: str | None = None
        while self.take_word() and self.peek(1) != "{" and name is None:
            name = self.peek()
            self.at += 1
        if self.take_word() and self.peek(1) == "{":
            name = name or self.peek()
            self.at += 1
        members: tuple[Declared, ...] | None = None
        if self.peek() == "{":
            body = self.skip_balanced()
            members = () if kind == "enum" else read_members(body, self.expand, self.path)
            packed = ALTERED in self.skip_attributes() or packed or self.packed_at_end()
            after = frozenset(map(passed_over, self.words_at_end()))
            return Tag(_TAG_KINDS[kind], name, members, packed, self.path, after)
        return Tag(_TAG_KINDS[kind], name, members, packed, self.path)

    def words_at_end(self) -> list[str]:
        """The words up to the end of the declaration: declared names, and attributes as macros."""
        words = []
        for token in itertools.islice(self.tokens, self.at, None):
            if token.text in (";", "{", "}"):
                break
            if token.text[:1].isalpha() or token.text[:1] == "_":
                words.append(token.text)
        return words

    def packed_at_end(self) -> bool:
        """Whether the attribute stands after the declarators: `} Config __attribute__((packed));`."""
        at = self.at
        while at < len(self.tokens) and self.tokens[at].text not in (";", "{", "}"):
            text = self.tokens[at].text.lower()
            if "packed" in text or "scalar_storage_order" in text:
                return True
            at += 1
        return False

    def read_declarator(self, base: CType) -> Declared | None:
        """One declarator over `base`; None where there is no name to declare."""
        while (
            self.peek() == "*"
            or self.peek() in _QUALIFIERS
            or self.peek() in _IGNORED | _ATTRIBUTES
        ):
            if self.peek() == "*":
                base = Pointer(base)
                self.at += 1
            elif self.peek() in _QUALIFIERS:
                quals = base.qualifiers | {_QUALIFIERS[self.peek()]}
                base = with_qualifiers(base, quals)
                self.at += 1
            elif self.peek() in _ATTRIBUTES:
                base = with_qualifiers(base, base.qualifiers | self.skip_attributes())
            else:
                self.at += 1
        if self.peek() == "(":
            offset = self.tokens[self.at].offset
            inner = _DeclarationReader([*self.skip_balanced()], self.expand, self.path)
            outer = self.read_suffixes(base)
            found = inner.read_declarator(outer)
            return found or Declared("", outer, offset)
        if not self.take_word():
            if self.peek() in ("[", ""):
                return Declared("", self.read_suffixes(base), 0)
            return (
                Declared("", base, self.tokens[self.at].offset, True)
                if self.peek() == ":"
                else None
            )
        while self.more_specifiers():
            base = with_qualifiers(base, base.qualifiers | {passed_over(self.peek())})
            self.at += 1
        token = self.tokens[self.at]
        self.at += 1
        base = with_qualifiers(base, base.qualifiers | self.qualifiers_after())
        return Declared(token.text, self.read_suffixes(base), token.offset)

    def qualifiers_after(self) -> frozenset[str]:
        """What attributes, and words that may be macros of such, say after a declared name."""
        found: frozenset[str] = frozenset()
        at = self.at
        while self.peek() not in (",", ";", "=", ":", ""):
            if self.peek() in _ATTRIBUTES:
                found |= self.skip_attributes()
            elif self.peek() in OPENING:
                self.skip_balanced()
            else:
                found |= {passed_over(self.peek())} if self.take_word() else set()
                self.at += 1
        self.at = at
        return found

    def read_suffixes(self, base: CType) -> CType:
        """Arrays and parameter lists after a name bind from the right."""
        if self.peek() == "[":
            size = " ".join(t.text for t in self.skip_balanced())
            return Array(self.read_suffixes(base), size=size)
        if self.peek() == "(":
            self.skip_balanced()
            return FunctionType(base)
        return base

    def read_declaration(self) -> list[Declared]:
        """One declaration up to its semicolon."""
        start = self.at
        base = self.read_specifiers()
        if base is None:
            self.at = max(self.at, start)
            self.skip_to_semicolon()
            return []
        result: list[Declared] = []
        if self.peek() in (";", "") and isinstance(base, Tag) and base.members is not None:
            result.append(Declared("", base, self.tokens[start].offset))
        while self.peek() not in (";", ""):
            declared = self.read_declarator(base)
            if declared is None:
                break
            if self.peek() == ":":
                declared = replace(declared, bitfield=True)
            result.append(declared)
            while self.peek() not in (",", ";", ""):
                if self.peek() in ("(", "[", "{"):
                    self.skip_balanced()
                else:
                    self.at += 1
            if self.peek() == ",":
                self.at += 1
        self.skip_to_semicolon()
        return result


def _passed_names(found: CType | None) -> set[str]:
    """The qualifier for a word that turned out to be no type's name, as another one follows it."""
    return {passed_over(found.name)} if isinstance(found, Name) else set()


def _add_qualifiers(ctype: CType | None, qualifiers: set[str]) -> CType | None:
    return with_qualifiers(ctype, ctype.qualifiers | qualifiers) if ctype is not None else None


def read_members(
    tokens: list[Token], expand: Expander | None = None, path: str = ""
) -> tuple[Declared, ...]:
    """The members that the tokens of a struct's body declare.

    A member under #if appears with each of its declarations. `expand` supplies the members of a
    macro such as CPU_COMMON (QEMU 0.9 to 1.x, cpu-defs.h), which has no semicolon of its own.
    """
    reader = _DeclarationReader(tokens, expand, path)
    result: list[Declared] = []
    while reader.at < len(tokens):
        if expand is not None and reader.take_word():
            inner = expand(reader.peek(), reader.tokens[reader.at].offset)
            if inner is not None:
                result += read_members(inner, expand, path)
                reader.at += 1
                if reader.peek() == "(":
                    reader.skip_balanced()
                if reader.peek() == ";":
                    reader.at += 1
                continue
        before = reader.at
        result += reader.read_declaration()
        if reader.at == before:
            reader.at += 1
    return tuple(result)


def read_declaration(
    text: str, base: int = 0, expand: Expander | None = None, path: str = ""
) -> tuple[Declared, ...]:
    """The names that one declaration (a local, a typedef, a prototype) declares, with their types.

    `base` and `path` say where the text stands: offsets count from there.
    """
    return tuple(_DeclarationReader(tokenize_masked(text, base), expand, path).read_declaration())


def read_type(text: str) -> CType | None:
    """A type name as in a cast or sizeof (C99 6.7.6)."""
    reader = _DeclarationReader(tokenize_masked(text))
    base = reader.read_specifiers()
    if base is None:
        return None
    declared = reader.read_declarator(base) if reader.peek() else None
    return declared.type if declared is not None else base
