# SPDX-License-Identifier: GPL-2.0-or-later
"""What the reader of handlers knows at one point of a function: values of names, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..c.declarations import CType, Tag
from ..c.headers import Header, Macro
from ..c.scope import Origin
from ..c.syntax import parse_text
from ..c.types import Frame as TypeFrame
from ..c.types import Resolved, Resolver
from ..wire.text import tokenize_text
from .evaluate import BINARY, UNARY
from .expression import (
    HOST_SIZE,
    Constant,
    Earlier,
    Expression,
    Fact,
    Operation,
    Unread,
    Version,
)
from .handlers_c import CTree, ExpressionKind, parse_expression, walk_tree
from .handlers_constants import Constants, combine_values
from .handlers_functions import FunctionText
from .handlers_macros import without_locals
from .model import Place

PENDING = "\0"
"""Starts the name of a value that was read and whose name is only known when it is used."""

_STANDARD = {"true": 1, "false": 0, "NULL": 0}  # stdbool.h and stddef.h (C99 7.16, 7.17)
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_]*\Z")


@dataclass(eq=False)
class Called:
    """One call of a function: its text, a key for it, and the types of its locals met so far.

    `callers` are the functions around the call, `loops` the number of loops that are being read.
    """

    function: FunctionText
    key: str
    types: dict[str, CType] = field(default_factory=dict)
    callers: tuple[str, ...] = ()
    loops: int = 0

    def local(self, name: str) -> str:
        """The key of a local variable's value."""
        return f"{self.key}:{name}"


@dataclass
class Point:
    """What is known at one point: locals, objects in memory, and which names were sent as they are.

    `failing` are values that are not 0 here because a condition says so: returning one is an error.
    `carriers` are the locals that a stream is kept in.
    """

    env: dict[str, CTree] = field(default_factory=dict)
    memory: dict[CTree, CTree] = field(default_factory=dict)
    sent: dict[str, CTree] = field(default_factory=dict)
    failing: frozenset[CTree] = frozenset()
    carriers: frozenset[str] = frozenset()

    def copy(self) -> Point:
        """The same, to be changed on its own."""
        return Point(
            dict(self.env), dict(self.memory), dict(self.sent), self.failing, self.carriers
        )


def merge_states(condition: CTree, one: Point, other: Point) -> Point:
    """What is known after a branch: a local is what the condition chooses."""
    env: dict[str, CTree] = {}
    for key in one.env.keys() | other.env.keys():
        a, b = one.env.get(key), other.env.get(key)
        if a is None or b is None or a == b:
            env[key] = a or b or CTree(ExpressionKind.UNKNOWN, key)
        elif len(walk_tree(a)) + len(walk_tree(b)) > 40:
            env[key] = CTree(ExpressionKind.UNKNOWN, key)
        else:
            env[key] = CTree(
                ExpressionKind.CONDITIONAL, "?:", (condition, a, b), a.start, a.end, a.source
            )
    memory = {k: v for k, v in one.memory.items() if other.memory.get(k) == v}
    sent = {k: v for k, v in one.sent.items() if other.sent.get(k) == v}
    carriers = one.carriers | other.carriers
    return Point(env, memory, sent, one.failing & other.failing, carriers)


def merge_all(states: list[Point]) -> Point:
    """What all of some states know."""
    result = states[0].copy()
    for other in states[1:]:
        for key in result.env.keys() | other.env.keys():
            if result.env.get(key) != other.env.get(key):
                result.env[key] = CTree(ExpressionKind.UNKNOWN, key)
        result.memory = {k: v for k, v in result.memory.items() if other.memory.get(k) == v}
        result.sent = {k: v for k, v in result.sent.items() if other.sent.get(k) == v}
        result.failing &= other.failing
        result.carriers |= other.carriers
    return result


def show_local(key: str) -> str:
    """A local's name as the source writes it."""
    return key.rpartition(":")[2]


def dereference(tree: CTree) -> CTree:
    """What a pointer points to."""
    if tree.kind is ExpressionKind.UNARY and tree.text == "&":
        return tree.parts[0]
    if tree.kind is ExpressionKind.ROOT:
        return tree
    return CTree(ExpressionKind.UNARY, "*", (tree,), tree.start, tree.end, tree.source)


def path_of(tree: CTree) -> str | None:
    """The path of an object below the root, "irq[].level"; None for what is no object.

    The root itself has the empty path.
    """
    match tree.kind:
        case ExpressionKind.ROOT:
            return ""
        case ExpressionKind.LOCAL | ExpressionKind.UNKNOWN:
            return show_local(tree.text)
        case ExpressionKind.NAME:
            return tree.text
        case ExpressionKind.MEMBER:
            inner = path_of(tree.parts[0])
            return None if inner is None else f"{inner}.{tree.text}" if inner else tree.text
        case ExpressionKind.INDEX:
            inner = path_of(tree.parts[0])
            at = tree.parts[1].text if tree.parts[1].kind is ExpressionKind.NUMBER else ""
            return None if inner is None else f"{inner}[{at}]"
        case ExpressionKind.UNARY if tree.text in ("*", "&"):
            return path_of(tree.parts[0])
        case ExpressionKind.CAST:
            return path_of(tree.parts[0])
        case ExpressionKind.CALL if tree.parts[0].kind is ExpressionKind.NAME:
            return tree.parts[0].text + "()"
    return None


def is_object(tree: CTree) -> bool:
    """Whether a tree names an object that is state: a member, an element, or what a pointer points to."""
    if tree.kind in (ExpressionKind.MEMBER, ExpressionKind.INDEX, ExpressionKind.ROOT):
        return path_of(tree) is not None
    return tree.kind is ExpressionKind.UNARY and tree.text == "*" and path_of(tree) is not None


def name_of(tree: CTree) -> str:
    """What a value that is computed is called: its one object, else the function that gives it."""
    found = _object_paths(tree)
    if len(found) == 1:
        return found[0]
    calls = [path_of(t) for t in walk_tree(tree) if t.kind is ExpressionKind.CALL]
    if calls and calls[0] is not None and not found:
        return calls[0]
    return found[0] if found else ""


def _object_paths(tree: CTree) -> list[str]:
    """The paths of the outermost objects of a tree, each once."""
    return list(dict.fromkeys(path_of(found) or "" for found in objects_in(tree)))


def objects_in(tree: CTree) -> list[CTree]:
    """The outermost objects of a tree; what a condition chooses between, without the condition."""
    named = tree.kind in (
        ExpressionKind.MEMBER,
        ExpressionKind.INDEX,
        ExpressionKind.LOCAL,
        ExpressionKind.UNKNOWN,
        ExpressionKind.ROOT,
    )
    if named or (tree.kind is ExpressionKind.UNARY and tree.text in ("*", "&")):
        return [tree] if path_of(tree) is not None else []
    inner = (
        tree.parts[1:]
        if tree.kind in (ExpressionKind.CALL, ExpressionKind.CONDITIONAL)
        else tree.parts
    )
    return [found for part in inner for found in objects_in(part)]


@dataclass(frozen=True)
class KnownObject:
    """What is known of the object behind a value: its type as declared, whether it has a sign, its
    enumerators, and where it is declared."""

    type: str = ""
    signed: bool = False
    enumerators: tuple[tuple[str, int], ...] = ()
    declared: Place | None = None


class Meanings:
    """Folds, types and spells trees; one for a tree of sources."""

    def __init__(self, resolver: Resolver, *, types: bool) -> None:
        """`types` tells whether declared types are wanted; without them all is faster."""
        self.resolver = resolver
        self.wants_types = types
        self._constants: dict[tuple[str, str | None], Constants] = {}
        self._known: dict[tuple[str, str, int, int, int, bool], Resolved | None] = {}

    def constants(self, path: str, target: str | None = None) -> Constants:
        """The constants that a file sees when it is compiled for a target."""
        key = (path, target)
        if key not in self._constants:
            self._constants[key] = Constants(self.resolver.scope_of(path, target))
        return self._constants[key]

    def fold(self, tree: CTree, path: str) -> int | None:
        """The number that a tree is in a file; None where it is none, or not the same in all targets."""
        if tree.kind is ExpressionKind.NUMBER:
            return int(tree.text)
        if tree.kind is ExpressionKind.NAME:
            return self.named(tree.text, path)
        if tree.kind is ExpressionKind.SIZEOF:
            return self.size_of(tree, path)
        if tree.kind is ExpressionKind.CALL and tree.parts[0].kind is ExpressionKind.NAME:
            return self._macro_value(tree, path)
        if tree.kind in (
            ExpressionKind.BINARY,
            ExpressionKind.UNARY,
            ExpressionKind.CONDITIONAL,
            ExpressionKind.CAST,
        ):
            parts = [self.fold(part, path) for part in tree.parts]
            known = [part for part in parts if part is not None]
            return combine_values(tree, known) if len(known) == len(parts) else None
        return None

    def named(self, name: str, path: str) -> int | None:
        """The number that a name stands for."""
        if name in _STANDARD:
            return _STANDARD[name]
        own = self.constants(path).value_of(name)
        if own is not None or self.resolver.headers.target_of(path) is not None:
            return own
        if self.constants(path).scope.find_macros(name):
            return None
        targets = self.resolver.headers.targets
        found = {v for t in targets if (v := self.constants(path, t).value_of(name)) is not None}
        return found.pop() if len(found) == 1 else None

    def _macro_value(self, tree: CTree, path: str) -> int | None:
        """A macro of constants; ARRAY_SIZE and its like, macros of a sizeof, by the array's type."""
        constants = self.constants(path)
        callee, *arguments = tree.parts
        macros = [
            m for _, m in constants.scope.find_macros(callee.text) if m.parameters is not None
        ]
        if len(arguments) == 1 and any(_counts_elements(m) for m in macros):
            resolved = self.resolve(arguments[0])
            return None if resolved is None else constants.length_of(resolved.type)
        if not macros:
            return None
        expanded = self.expanded(tree, path)
        return constants.fold(tree) if expanded is None else self.fold(expanded, path)

    def expanded(self, tree: CTree, path: str) -> CTree | None:
        """A call of a function-like macro whose body is an expression, with the arguments put in."""
        callee, *arguments = tree.parts
        scope = self.constants(path).scope
        macros = [m for _, m in scope.find_macros(callee.text) if m.parameters is not None]
        if len({m.body for m in macros}) != 1 or len(macros[0].parameters or ()) != len(arguments):
            return None
        tokens = tokenize_text(macros[0].body)
        tokens = without_locals(tokens) or tokens
        if not tokens or "#" in macros[0].body or callee.text in tokens or len(tokens) > 200:
            return None
        put = dict(zip(macros[0].parameters or (), arguments, strict=True))
        return _put_in(parse_expression(tokens, 0, len(tokens)), put)

    def size_of(self, tree: CTree, path: str) -> int | None:
        """The value of a sizeof."""
        constants = self.constants(path)
        found = constants.size_of_text(tree.text)
        if found is None and isinstance(tree.source, Called):
            resolved = self._resolve_text(tree.source, tree.text, tree.start, tree.end)
            found = None if resolved is None else constants.size_of(resolved.type)
        return found

    def resolve(self, tree: CTree, *, pointee: bool = False) -> Resolved | None:
        """The declared type of a tree where it stands in the source, or of what that points to."""
        frame = tree.source
        if not isinstance(frame, Called):
            return None
        text = frame.function.text(tree.start, tree.end)
        text = re.sub(r"(\+\+|--)\Z", "", text)  # `*p++` is what `*p` is
        return self._resolve_text(frame, text, tree.start, tree.end, pointee)

    def _resolve_text(
        self, frame: Called, text: str, start: int, end: int, pointee: bool = False
    ) -> Resolved | None:
        path = str(frame.function.source.path)
        key = (path, text, frame.function.function.start, start, end, pointee)
        if key not in self._known:
            data = b"void f(void) { x = " + text.encode("latin-1", "replace") + b"; }"
            root = parse_text(data).root_node
            node = root.descendant_for_byte_range(19, 19 + max(len(data) - 22, 1))
            while node is not None and node.end_byte < len(data) - 3:
                node = node.parent
            while (
                node is not None
                and node.parent is not None
                and (
                    node.parent.start_byte == node.start_byte
                    and node.parent.end_byte == node.end_byte
                )
            ):
                node = node.parent
            found = None
            if node is not None and not root.has_error and node.start_byte == 19:
                names = (*frame.types.items(), *frame.function.parameter_types)
                resolved = self.resolver.resolve(node, TypeFrame(data, (), path, names), pointee)
                found = resolved if isinstance(resolved, Resolved) else None
            self._known[key] = found
        return self._known[key]

    def known(self, tree: CTree) -> KnownObject:
        """What is known of an object."""
        if not self.wants_types:
            return KnownObject()
        resolved = self.resolve(tree, pointee=_is_pointee(tree))
        if resolved is None:
            return KnownObject()
        signed = (resolved.exact or "").startswith("int")
        origin = resolved.origin
        declared = self._place_of(origin) if origin is not None else None
        return KnownObject(
            resolved.spelling, signed, self._enumerators_of(resolved, tree), declared
        )

    def _place_of(self, origin: Origin) -> Place | None:
        header = self.resolver.headers.header(origin.path)
        if header is None:
            return None
        name = self.resolver.headers.tree.name_of(origin.path)
        return Place(name, header.data.count(b"\n", 0, origin.offset) + 1)

    def _enumerators_of(self, resolved: Resolved, tree: CTree) -> tuple[tuple[str, int], ...]:
        """The names of an enum's values."""
        end = resolved.type
        if not isinstance(end, Tag) or end.kind != "enum" or not isinstance(tree.source, Called):
            return ()
        constants = self.constants(str(tree.source.function.source.path))
        for header in constants.scope.closure:
            for start, stop in _find_bodies(header, end.tag, resolved.names):
                text = header.code[start:stop].decode("latin-1")
                body = text.partition("{")[2].rpartition("}")[0]
                found = constants.enumerators(body)
                if found and all(value is not None for _, value in found):
                    return tuple((name, value) for name, value in found if value is not None)
        return ()

    # -- conditions, sizes and bounds -------------------------------------------------------------

    def expression(self, tree: CTree, state: Point, path: str) -> Expression:
        """A tree as an expression of the model."""
        value = self.fold(tree, path)
        if value is not None:
            return Constant(value)
        if tree.kind is ExpressionKind.GOT:
            return Earlier(PENDING + tree.text)
        if tree.kind is ExpressionKind.VERSION:
            return Version()
        if tree.kind is ExpressionKind.CAST:
            return self.expression(tree.parts[0], state, path)
        if is_object(tree):
            name = path_of(tree) or ""
            if state.sent.get(name) == tree:
                return Earlier(name)
            return Fact(name or "*", self.known(tree).type)
        operators: Mapping[ExpressionKind, object] = {
            ExpressionKind.BINARY: BINARY, ExpressionKind.UNARY: UNARY, ExpressionKind.CONDITIONAL: {"?:": 0},
        }  # fmt: skip
        if tree.text in (operators.get(tree.kind) or ()):  # type: ignore[operator]
            operands = tuple(self.expression(part, state, path) for part in tree.parts)
            return Operation(tree.text, operands)
        if tree.kind is ExpressionKind.CALL:
            inner = self.expanded(tree, path) if tree.parts[0].kind is ExpressionKind.NAME else None
            return self.expression(inner, state, path) if inner else Fact(spell_tree(tree))
        if tree.kind is ExpressionKind.NAME:
            return Fact(tree.text)
        usual = self._usual_size(tree, path) if tree.kind is ExpressionKind.SIZEOF else None
        return Unread(spell_tree(tree), _describe_unread(tree), usual)

    def _usual_size(self, tree: CTree, path: str) -> int | None:
        """The value of a sizeof on hosts of 64 bits."""
        own = tree.source.function.source.path if isinstance(tree.source, Called) else path
        return Constants(self.resolver.scope_of(str(own), None), wide=True).size_of_text(tree.text)


def _put_in(tree: CTree, values: Mapping[str, CTree]) -> CTree | None:
    """A tree with values in place of names; None where it is no plain expression."""
    if tree.kind in (
        ExpressionKind.OTHER,
        ExpressionKind.BLOCK,
        ExpressionKind.BRACES,
        ExpressionKind.ASSIGN,
        ExpressionKind.STRING,
    ):
        return None
    if tree.kind is ExpressionKind.NAME:
        return values.get(tree.text, tree)
    if tree.kind is ExpressionKind.SIZEOF and tree.text in values:
        inner = values[tree.text]
        return CTree(ExpressionKind.SIZEOF, tree.text, (), inner.start, inner.end, inner.source)
    parts = [_put_in(part, values) for part in tree.parts]
    known = tuple(part for part in parts if part is not None)
    return replace(tree, parts=known) if len(known) == len(parts) else None


def _counts_elements(macro: Macro) -> bool:
    """Whether a macro is the size of its argument by that of an element, as ARRAY_SIZE is."""
    (name, *others) = macro.parameters or ("",)
    sizes = re.findall(rf"sizeof\s*\(?\s*\(*\s*{re.escape(name)}\b", macro.body) if name else []
    return not others and len(sizes) == 2 and "/" in macro.body


def _is_pointee(tree: CTree) -> bool:
    """Whether a tree is what the text where it stands points to: `p` for the object `*p`."""
    if not isinstance(tree.source, Called) or not (
        tree.kind is ExpressionKind.ROOT or (tree.kind is ExpressionKind.UNARY and tree.text == "*")
    ):
        return False
    return tree.source.function.code.at(tree.start) != "*"


def _describe_unread(tree: CTree) -> str:
    reasons = {
        ExpressionKind.UNKNOWN: "a variable whose value is not followed",
        ExpressionKind.LOCAL: "a variable without a value",
        ExpressionKind.SIZEOF: HOST_SIZE,
    }
    return reasons.get(tree.kind, "an expression that is not followed")


def _find_bodies(header: Header, tag: str | None, names: tuple[str, ...]) -> list[tuple[int, int]]:
    found = list(header.tags.get(tag, ())) if tag is not None else []
    for name in names:
        found += header.typedefs.get(name, ())
    return found


def spell_tree(tree: CTree) -> str:
    """A tree as the source writes it, with what names stand for put in."""
    parts = [spell_tree(part) for part in tree.parts]
    match tree.kind:
        case ExpressionKind.GOT:
            return "(read)"
        case ExpressionKind.CALL:
            return f"{parts[0]}({', '.join(parts[1:])})"
        case ExpressionKind.BINARY | ExpressionKind.ASSIGN | ExpressionKind.COMMA:
            return f"({parts[0]} {tree.text} {parts[1]})"
        case ExpressionKind.CONDITIONAL:
            return f"({parts[0]} ? {parts[1]} : {parts[2]})"
        case ExpressionKind.UNARY if tree.text not in ("*", "&"):
            return tree.text + parts[0]
        case ExpressionKind.SIZEOF:
            return f"sizeof({tree.text})"
        case ExpressionKind.VERSION:
            return "version_id"
        case ExpressionKind.STREAM:
            return "stream"
        case ExpressionKind.ROOT:
            return "opaque"
        case ExpressionKind.CAST:
            return parts[0]
    path = path_of(tree)
    if path is not None:
        return path
    if isinstance(tree.source, Called):
        return tree.source.function.text(tree.start, tree.end)
    return tree.text


def looks_like_cast(name: str) -> bool:
    """Whether a call of one argument is by its name one of QOM's casts, such as PCI_DEVICE(s)."""
    return _CAPITALS.match(name) is not None
