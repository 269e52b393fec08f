# SPDX-License-Identifier: GPL-2.0-or-later
"""The normal form of a function: what it does to the wire, in the order and under the conditions of C.

A conversion and what it was made of have one normal form. In it

- each primitive and each visit is one event (see `events`),
- the visitors and errors that streams give are gone (see `streams`),
- a temporary that a visit reads into, and one statement uses, is gone (see `temporaries`),
- what initialises a variable from the stream stands behind the declarations (see `declarations`),
- what a statement controls is in braces, and one statement has none elsewhere.

All else is as the text has it. Nothing here knows of conversions, nor asks what is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from ..terms import Direction
from .declarations import settle_declarations
from .events import (
    Event,
    EventKind,
    ExpressionReading,
    Items,
    NormalItem,
    Trouble,
    Use,
    VisitCall,
    shape_of,
)
from .facts import Vocabulary
from .macros import NOTHING, File, FileMacros
from .sites import strip_parentheses
from .statements import (
    Statement,
    as_discard,
    as_load,
    flatten_statements,
    is_one,
    render_statements,
)
from .streams import Streams
from .temporaries import WireTemporary, declared_temporary, guard_of, trouble_of
from .text import Code, Node, is_declaration

_DEEPER = 3  # levels of statements that one statement expression counts for
_UNUSED = 2  # how often the name of a temporary stands in the text that nothing uses


@dataclass(frozen=True)
class Normal:
    """A function's normal form; `stuck` says, by its token, why an initialiser stays where it is."""

    statements: tuple[Statement, ...]
    streams: Streams
    reading: ExpressionReading
    stuck: Mapping[int, Trouble]

    def items(self) -> list[NormalItem]:
        """All of it, in order."""
        return list(flatten_statements(self.statements))

    def dump(self) -> list[str]:
        """The lines of the normal form: C in which each event is a call."""
        return list(render_statements(self.statements))


def normalize_body(
    code: Code,
    words: Vocabulary,
    file: File = NOTHING,
    kept: Collection[str] = (),
    ways: Mapping[str, Direction] | None = None,
) -> Normal:
    """The normal form of a function's body.

    `kept` are names that are no temporary's and no visitor's, whatever their declarations look like;
    `ways` the directions of streams, which visits take (those that the primitives have, if None). Raises
    UnreadableError where statement expressions nest too deep.
    """
    may_go = _Unless(kept)
    streams = Streams(code, words, may_go)
    ways = ways if ways is not None else find_directions(code, words)
    reading = ExpressionReading(
        code, words, file, streams, ways, may_go, Counter(_list_names(code))
    )
    reader = _NormalReader(reading)
    statements = tuple(reader.statements(code.nodes, top=True))
    return Normal(statements, streams, reading, reader.stuck)


@dataclass(frozen=True)
class _Unless:
    kept: Collection[str]

    def __call__(self, name: str) -> bool:
        return name not in self.kept


def find_directions(code: Code, words: Vocabulary) -> dict[str, Direction]:
    """The direction of each stream that primitives go to in one alone."""
    found: dict[str, set[Direction]] = {}
    for stream, way in list_primitives(code, words):
        found.setdefault(stream, set()).add(way)
    return {stream: next(iter(ways)) for stream, ways in found.items() if len(ways) == 1}


def list_primitives(code: Code, words: Vocabulary) -> Iterator[tuple[str, Direction]]:
    """The stream and the direction of each call of a primitive."""
    for at, token in enumerate(code.tokens):
        primitive = words.primitives.get(token)
        call = code.call(at) if primitive is not None else None
        if primitive is not None and call is not None:
            file = strip_parentheses(code.span(*call.arguments[0]))
            yield " ".join(file), primitive.direction


def _list_names(code: Code) -> Iterator[str]:
    """All tokens but the names of members."""
    for before, token in zip(["", *code.tokens], code.tokens, strict=False):
        if before not in (".", "->"):
            yield token


class _NormalReader:
    """Reads the statements of one function."""

    def __init__(self, reading: ExpressionReading) -> None:
        self._reading = reading
        self._code = reading.code
        reading.inner = self._read_inner
        visits = reading.words.visits.values()
        self._types = frozenset(visit.c_type for visit in visits) - {"bool", ""}
        self._depth = 0
        self.stuck: dict[int, Trouble] = {}
        self._gotos: dict[str, list[int]] = {}
        for at, token in enumerate(self._code.tokens):
            if token == "goto":
                self._gotos.setdefault(self._code.at(at + 1), []).append(at)

    def _read_inner(self, at: int) -> Items:
        """The items of the block of a statement expression, whose `{` is token `at`."""
        self._depth += _DEEPER
        block = self._code.block(at, self._depth)
        items = list(flatten_statements([self._read_block(block)]))
        self._depth -= _DEEPER
        return items

    def statements(self, nodes: Sequence[Node], top: bool = False) -> list[Statement]:
        """The normal form of a list of statements."""
        self._depth += 1
        found = _List(top)
        for node, following in zip_longest(nodes, nodes[1:]):
            if node.start not in self._reading.streams.taken_out:
                self._read_next(node, following, found)
        self._depth -= 1
        file = self._reading.file
        settled = settle_declarations(
            list(_strip_braces(found.without_temporaries(), file.macros)), file
        )
        self.stuck |= settled.stuck
        return settled.statements

    def _read_next(self, node: Node, following: Node | None, found: _List) -> None:
        """Add one statement to a list, or what a visit reads into a temporary to the next one."""
        if node.kind == "label":
            skipped = self._skipped_from(node, found.top)
            found.waiting = {n: t for n, t in found.waiting.items() if t.at < skipped}
        temporary = declared_temporary(self._code, node, self._types)
        if temporary is not None and self._reading.added(temporary.name):
            found.waiting[temporary.name] = temporary
        use, found.use = found.use, None
        if use is not None or not self._take_visited(node, following, found):
            found.statements += self._read_statement(node, use)

    def _skipped_from(self, label: Node, top: bool) -> int:
        """The token from which on control may come to a label without what stands before the label, or
        again after it."""
        name = self._code.tokens[label.start]
        gotos = self._gotos.get(name, [])
        if name in ("case", "default") or not top or any(at > label.start for at in gotos):
            return 0
        return min(gotos, default=label.start)

    def _take_visited(self, node: Node, following: Node | None, found: _List) -> bool:
        """Take a visit into a temporary, if the statement is one."""
        reading = self._reading
        visit = reading.visit_at(node.start) if node.kind == "simple" else None
        stream = reading.stream_of(visit) if visit is not None else None
        if visit is None or stream is None or visit.call.end + 1 != node.end:
            return False
        if self._code.tokens[node.end - 1] != ";":
            return False
        target = reading.argument(visit, "object")
        name = target[1] if len(target) == 2 and target[0] == "&" else ""
        if name not in found.waiting or reading.ways.get(" ".join(stream.file)) == Direction.PUT:
            return False
        temporary = found.waiting.pop(name)
        event = reading.visited(EventKind.GET, visit, stream, temporary.type)
        trouble = self._find_trouble(visit, temporary, following)
        items = [NormalItem(trouble or event, node.start), NormalItem(";", node.end - 1)]
        found.gone.add(name)
        if trouble is None and reading.counts[name] > _UNUSED:
            found.use = Use(name, event)
        else:
            found.statements.append(Statement("simple", items, node.start, node.end))
        return True

    def _find_trouble(
        self, visit: VisitCall, temporary: WireTemporary, following: Node | None
    ) -> Trouble | None:
        """Why a visit into a temporary can't be taken for the use of it; None if it can."""
        name, reading = temporary.name, self._reading
        if visit.fact.c_type != temporary.type:
            return Trouble("the temporary has another type")
        if reading.counts[name] == _UNUSED:
            return None
        if reading.counts[name] != _UNUSED + 1:
            return Trouble(f"temporary {name} is not used exactly once")
        if following is None:
            return Trouble(f"{name} is not visited directly before its statement")
        stream = reading.stream_of(visit)
        return trouble_of(name, stream.file if stream is not None else [], following, reading)

    def _read_statement(self, node: Node, use: Use | None) -> list[Statement]:
        """The normal form of one statement; a temporary in it may be used."""
        start, kind = node.start, node.kind
        if kind == "block":
            return [self._read_block(node)]
        if kind in ("directive", "label", "close"):
            items = [NormalItem(self._code.tokens[at], at) for at in range(start, node.end)]
            return [Statement(kind, items, start, node.end)]
        end = node.end if kind in ("simple", "dowhile") else node.head
        items = self._reading.expression(start, end, use=use)
        if kind == "dowhile":
            return [Statement(kind, items, start, end)]
        if kind == "simple":
            if self._is_declaration(node, items):
                return [Statement("declaration", items, start, end)]
            return [Statement(kind, as_discard(as_load(items)), start, end)]
        body = tuple(self.statements(node.children))
        if len(body) == 1 and body[0].kind == "block" and body[0].is_closed:
            body = body[0].body or ()
        return [Statement(kind, items, start, end, body, has_braces=not self._is_several(node))]

    def _is_several(self, node: Node) -> bool:
        """Whether what a statement controls is a macro for more than one statement, without braces."""
        first = node.children[0] if node.children else node
        token = self._code.tokens[first.start]
        several = any(macro.is_several for macro in self._reading.file.macros.named(token))
        return several and first.kind == "simple"

    def _is_declaration(self, node: Node, items: Items) -> bool:
        """Whether a simple statement is a declaration, and not an assignment under a macro's `if`."""
        if not is_declaration(self._code.span(node.start, node.end)):
            return False
        reads = any(isinstance(item.what, Event) for item in items)
        return not (reads and guard_of(self._code, node.start, self._reading.file))

    def _read_block(self, node: Node) -> Statement:
        body = tuple(self.statements(node.children))
        return Statement("block", [], node.start, node.start, body, bool(node.head))


@dataclass
class _List:
    """What was read of one list of statements: `waiting` are temporaries not visited yet, `gone` those
    that their use took the place of, `use` is for the next statement."""

    top: bool
    statements: list[Statement] = field(default_factory=list)
    waiting: dict[str, WireTemporary] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    use: Use | None = None

    def without_temporaries(self) -> list[Statement]:
        """The statements but for the declarations of temporaries that are gone."""
        return [s for s in self.statements if not self._is_gone(s)]

    def _is_gone(self, statement: Statement) -> bool:
        name = shape_of(statement.items[1:2])
        return statement.kind == "declaration" and not self.gone.isdisjoint(name)


def _strip_braces(statements: list[Statement], macros: FileMacros) -> Iterator[Statement]:
    """The statements, blocks of one statement without their braces."""
    for statement in statements:
        body = statement.body or ()
        if statement.kind == "block" and statement.is_closed and is_one(body, macros):
            yield from body
        else:
            yield statement
