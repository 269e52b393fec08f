# SPDX-License-Identifier: GPL-2.0-or-later
"""What a VMStateInfo puts on the wire, read from the text of its put function.

A function that moves its values one after the other, whatever happens, is read here: no value is in
a loop or under a condition, and nothing returns before the last. All others are read as handlers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..c.expand import Lexeme, close_of, lex_text, spell_tokens, split_tokens
from ..c.headers import Header
from ..errors import ExpansionError, UnknownTypeError
from ..rules.ruleset import Primitive, Rules
from ..terms import Direction, Operand
from .expression import Configured, Constant, Expression, Unread
from .handlers_moves import WIRES
from .model import Branch, Buffer, Node, Opaque, Value, Wire
from .tables_names import Element
from .tables_view import TableFile

_MOST_NESTED = 4
_GOVERNING = frozenset(("if", "else", "for", "while", "do", "switch", "case", "default", "goto"))
_LEADING = frozenset((";", "{", "}"))


@dataclass(frozen=True)
class Info:
    """A VMStateInfo: its symbol, the file it is in, its functions (empty where there is none).

    `condition` is the #if that it stands under, empty for none, `offset` where it stands: of several
    functions of a name, the last before it is meant. `static` is one that only its own file can name.
    """

    symbol: str
    path: str
    put: str
    get: str
    condition: str = ""
    offset: int = 0
    static: bool = False


@dataclass(frozen=True)
class _InfoFunction:
    """A function's parameters and the tokens of its body."""

    parameters: tuple[str, ...]
    body: tuple[Lexeme, ...]


class _UnclearError(Exception):
    """Why the values of a function can't be told."""


class _WrongWayError(_UnclearError):
    """A function that puts and gets, which no reading makes sense of."""


@dataclass
class InfoReader:
    """Reads put functions. `view_of` gives a file's view, `defining` the files that hold a name.

    `handler` gives what a function loads, or puts if nothing is said to load: by the name of the one
    that gets, of the one that puts (empty where there is none), and the file that names them.
    """

    rules: Rules
    view_of: Callable[[str], TableFile]
    defining: Callable[[str], Sequence[str]]
    handler: Callable[[str, str, str], tuple[Node, ...]]
    _read: dict[tuple[Info, Expression], tuple[Node, ...]] = field(default_factory=dict)

    def make_choice(self, infos: Sequence[Info], size: Expression) -> tuple[Node, ...]:
        """What is moved by the one of several infos that the #if around each takes."""
        first, *others = infos
        found = self.read_contents(first, size)
        if not others:
            return found
        left = self.make_choice(others, size)
        return found if left == found else (Branch(Configured(first.condition), found, left),)

    def read_contents(self, info: Info, size: Expression) -> tuple[Node, ...]:
        """What is moved for one element of `size` bytes; names are below the element.

        It is what the put function moves, or what get does where nothing is put any more: a field
        that only older versions have.
        """
        if not info.put and not info.get:
            return (Opaque(info.symbol, "it has no function that can be read"),)
        key = (info, size)
        if key not in self._read:
            try:
                self._read[key] = self._straight_nodes(info, size)
            except _WrongWayError as error:
                self._read[key] = (Opaque(info.put or info.get, str(error)),)
            except _UnclearError as error:
                self._read[key] = self._as_handler(info, size, str(error))
        return self._read[key]

    def _straight_nodes(self, info: Info, size: Expression) -> tuple[Node, ...]:
        for name, way in ((info.put, Direction.PUT), (info.get, Direction.GET)):
            found = self._function_nodes(info.path, name, size, 0, way, info.offset) if name else ()
            if found:
                return found
        raise _UnclearError(f"{info.put or info.get}() calls no function that puts")

    def _as_handler(self, info: Info, size: Expression, reason: str) -> tuple[Node, ...]:
        """What the function does as a handler does; opaque where it moves nothing."""
        nodes = self.handler(info.get, info.put, info.path)
        header = self.view_of(info.path).header
        function = find_function(header, info.get or info.put, info.offset)
        parameters = function.parameters if function is not None else ()
        named = parameters[2] if len(parameters) > 2 else ""
        moved = Element("", size, named).nodes(nodes)
        return moved or (Opaque(info.put or info.get, reason),)

    def _function_nodes(
        self, path: str, name: str, size: Expression, depth: int, way: str, before: int = 0
    ) -> tuple[Node, ...]:
        if depth > _MOST_NESTED:
            raise _UnclearError("its functions nest too deep")
        view = self.view_of(path)
        function = find_function(view.header, name, before)
        if function is None:
            raise _UnclearError(f"no body of {name}() is found in {view.name}")
        stream = function.parameters[0] if function.parameters else ""
        nodes: list[Node] = []
        calls = list(_stream_calls(function.body, stream))
        _check_straight(function.body, [at for at, _ in calls])
        if sum(token.text == stream for token in function.body) > len(calls):
            raise _UnclearError("its stream goes elsewhere too")
        for at, arguments in calls:
            called = function.body[at].text
            primitive = self.rules.primitives.get(called)
            if primitive is None:
                nodes += self._helper_nodes(view, called, arguments, size, depth, way)
            elif primitive.direction == way:
                nodes.append(self._call_node(view, primitive, arguments, function, size))
            else:
                raise _WrongWayError(f"{called}() in a function that {way}s")
        return tuple(nodes)

    def _call_node(
        self,
        view: TableFile,
        primitive: Primitive,
        arguments: Sequence[Sequence[Lexeme]],
        function: _InfoFunction,
        size: Expression,
    ) -> Node:
        """What a call of a primitive moves."""
        operand = arguments[1] if len(arguments) > 1 else []
        name = _member_path(operand)
        if primitive.wire == "buffer":
            return Buffer(name, _size_of(view, arguments, function, size))
        wire = WIRES.get(primitive.wire)
        if wire is None:
            return Opaque(spell_tokens(operand), f"the width of {primitive.name}() is not known")
        if wire is Wire.TARGET_LONG:
            bits = {view.configuration.symbols.get(name) for name in self.rules.target_widths}
            wire = next((w for b, w in _WIDTHS.items() if b in bits), wire)
        constant = _constant_of(view, operand) if primitive.operand == Operand.VALUE else None
        return Value(name, wire, signed=primitive.visit.startswith("int"), constant=constant)

    def _helper_nodes(
        self,
        view: TableFile,
        called: str,
        arguments: Sequence[Sequence[Lexeme]],
        size: Expression,
        depth: int,
        way: str,
    ) -> tuple[Node, ...]:
        """What a helper moves: its names are below what it is given."""
        path = view.path
        if find_function(view.header, called) is None:
            found = self.defining(called)
            if len(found) != 1:
                raise _UnclearError(f"no single body of {called}() is found")
            path = found[0]
        prefix = _member_path(arguments[1]) if len(arguments) > 1 else ""
        return tuple(
            replace(node, name=prefix + node.name) if isinstance(node, Value | Buffer) else node
            for node in self._function_nodes(path, called, size, depth + 1, way)
        )


def find_function(header: Header, name: str, before: int = 0) -> _InfoFunction | None:
    """The definition of a function in a file, None where there is not just one.

    With an offset `before`, it is the last one in front of that.
    """
    raw = re.escape(name.encode("latin-1"))
    matches = list(re.finditer(rb"\b" + raw + rb"\s*\(([^;{}]*)\)\s*\{", header.code))
    if len(matches) > 1:
        matches = [m for m in matches if m.start() < before][-1:]
    if len(matches) != 1:
        return None
    start = matches[0].end() - 1
    tokens = lex_text(header.code[start : header.close_of(start)].decode("latin-1"), start)
    try:
        body = tokens[1 : close_of(tokens, 0)]
    except ExpansionError:
        return None
    parameters = split_tokens(lex_text(matches[0].group(1).decode("latin-1")))
    names = tuple(p[-1].text if p and p[-1].word else "" for p in parameters)
    return _InfoFunction(names, body)


def _stream_calls(body: Sequence[Lexeme], stream: str) -> Iterator[tuple[int, list[list[Lexeme]]]]:
    """The calls that are given the stream first: the index of the name, and the arguments."""
    for at, token in enumerate(body[:-2]):
        if token.word and body[at + 1].text == "(" and body[at + 2].text == stream:
            arguments = split_tokens(body[at + 2 : close_of(body, at + 1)])
            if len(arguments[0]) == 1:
                yield at, arguments


def _check_straight(body: Sequence[Lexeme], calls: Sequence[int]) -> None:
    """Refuse a call in a block of its own or under a condition, and a return before the last."""
    depth, last = 0, max(calls, default=0)
    for at, token in enumerate(body[: last + 1]):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if token.text == "return" and at != last - 1:
            raise _UnclearError("it may return before its last value")
        if token.text == "goto":
            raise _UnclearError("it jumps")
        if at in calls and (depth or not _leads_statement(body, at)):
            raise _UnclearError("a value is under a condition or in a loop")


def _leads_statement(body: Sequence[Lexeme], at: int) -> bool:
    """Whether a call is a statement, its value returned or assigned, that nothing governs."""
    start = at
    while start > 0 and body[start - 1].text not in _LEADING:
        start -= 1
    if start > 0 and body[start - 1].text == "}" and body[start].text == "else":
        return False
    head = {t.text for t in body[start:at]}
    return not head & {*_GOVERNING, "?", "&&", "||"}


_WIDTHS = {32: Wire.BE32, 64: Wire.BE64}


def _size_of(
    view: TableFile,
    arguments: Sequence[Sequence[Lexeme]],
    function: _InfoFunction,
    size: Expression,
) -> Expression:
    if len(arguments) < 3:
        return Unread("", "a buffer without its size")
    text = spell_tokens(arguments[2])
    if len(function.parameters) > 2 and text == function.parameters[2]:
        return size
    found = _constant_of(view, arguments[2])
    if found is None:
        raise _UnclearError(f"the size `{text}` is no constant")
    return found


def _constant_of(view: TableFile, tokens: Sequence[Lexeme]) -> Constant | None:
    """The value of what is a constant, None for what is not."""
    if not tokens or any(t.text in ("*", "->", ".") for t in tokens):
        return None
    try:
        return Constant(
            view.fold(lex_text(spell_tokens(view.expander(tokens[0].offset).expand(tokens))))
        )
    except (UnknownTypeError, ExpansionError):
        return None


def _member_path(tokens: Sequence[Lexeme]) -> str:
    """The path below the element: ".x" of `s->x` or `&s->x`, empty for the element itself."""
    text = spell_tokens(tokens).replace(" ", "").lstrip("&*(")
    root, arrow, path = text.partition("->")
    if not arrow or not re.fullmatch(r"\w+", root):
        return ""
    path = re.sub(r"\[[^\]]*\]", "[]", path.rstrip(")"))
    return f".{path}" if re.fullmatch(r"[\w.\[\]]+", path) else ""
