# SPDX-License-Identifier: GPL-2.0-or-later
"""Loops that visit first and test then, read as the `while` loops that they stand for.

    for (;;) {                                while (({ uint8_t more = 0;
        uint8_t more = 0;                               visit_type_uint8(v, "more", &more, errp);
                                                        more; })) {
        visit_type_uint8(v, "more", &more, errp);    ...
        if (!more) {                              }
            break;
        }
        ...
    }

Both read once before each turn, and leave where that says so. Only what is first in the loop is taken,
after declarations that do nothing and that the condition does not name. What is visited is an operand
of the condition that is always evaluated, with no call before it; or a variable that it starts with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .facts import Vocabulary
from .macros import FileMacros
from .sites import is_unary, strip_parentheses
from .text import (
    Code,
    Node,
    TokenCall,
    find_identifiers,
    is_declaration,
    is_identifier,
    spell_tokens,
)

_FOREVER = ["for", "(", ";", ";", ")"]
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_LOOSE = frozenset((*_OPPOSITE, "&&", "||", "?", ":", ",", "=", "&", "|", "^"))
"""Operators that bind no closer than a comparison."""
_SKIPPING = frozenset(
    (
        "&&",
        "||",
        "?",
        ",",
        "{",
        "sizeof",
        "typeof",
        "__typeof__",
        "_Generic",
        "_Alignof",
        "__alignof__",
    )
)
"""What may leave an operand to the right of it unevaluated, or puts something before it."""
_CAST = ["(", "unsigned", "int", ")"]


@dataclass(frozen=True)
class _Turn:
    """The parts of a loop: declarations, the visit's call and variable, its test, and the rest.

    `type` is that of what is visited: a temporary, or with `direct` a variable that is there.
    `assigned` is the variable that takes the value of a temporary before the test, else empty.
    """

    kept: list[str]
    call: TokenCall
    visited: str
    type: str
    direct: bool
    assigned: str
    test: list[str]
    rest: list[str]


def read_turns(code: Code, old: Code, words: Vocabulary, macros: FileMacros) -> Code:
    """The code with such loops as `while` loops, where `old` has a `while`; the very same object where
    there is none. The loops of the two are told by their order."""
    while (folded := _fold_loop(code, old, words, macros)) is not None:
        code = Code(folded)
    return code


def _fold_loop(code: Code, old: Code, words: Vocabulary, macros: FileMacros) -> str | None:
    """The text with the loops that can be read so, but for those in others; None where there is none."""
    before, after = list(_list_loops(old.nodes)), list(_list_loops(code.nodes))
    pairs = zip(before, after, strict=True) if len(before) == len(after) else ()
    tokens: list[str] = []
    end = 0
    for was, node in pairs:
        turn = None
        if node.start >= end and old.at(was.start) == "while":
            turn = _read_turn(code, node, words, macros)
        condition = _make_condition(code, turn) if turn is not None else None
        if turn is not None and condition is not None:
            loop = ["while", "(", *condition, ")", "{", *turn.kept, *turn.rest]
            tokens += [*code.span(end, node.start), *loop]
            end = node.end
    return spell_tokens([*tokens, *code.tokens[end:]]) if end else None


def _list_loops(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.kind == "loop":
            yield node
        yield from _list_loops(node.children)


def _read_turn(code: Code, node: Node, words: Vocabulary, macros: FileMacros) -> _Turn | None:
    if node.kind != "loop" or code.span(node.start, node.head) != _FOREVER:
        return None
    if [child.kind for child in node.children] != ["block"]:
        return None
    body = node.children[0].children
    count = 0
    while count < len(body) and _is_quiet(code, body[count], macros):
        count += 1
    call = _find_visit(code, body[count], words) if count < len(body) else None
    if call is None:
        return None
    place = words.roles(words.visits[call.name]).index("object")
    target = code.span(*call.arguments[place])
    if len(target) != 2 or target[0] != "&":
        return None
    return _read_tested(code, node, count, call, words.visits[call.name].c_type, target[1])


def _read_tested(
    code: Code, node: Node, count: int, call: TokenCall, c_type: str, visited: str
) -> _Turn | None:
    """The parts of a loop with that many declarations before the visit, if a test follows it."""
    body = node.children[0].children
    declared = [code.span(child.start, child.end) for child in body[:count]]
    own = [d for d in declared if len(d) == 5 and d[1:] == [visited, "=", "0", ";"]]
    after = list(body[count + 1 : count + 3])
    assigned = _find_assigned(code, after[0], visited) if after and own else ""
    if assigned:
        after.pop(0)
    if not after or not _is_break(code, after[0]):
        return None
    following = count + 2 + bool(assigned)
    if following < len(body) and body[following].kind == "else":
        return None
    kept = [token for d in declared if d not in own for token in d]
    test = code.span(after[0].start + 2, after[0].head - 1)
    named = find_identifiers([*code.span(call.start, call.end), *test]) | {assigned}
    if named & find_identifiers(kept) or len(own) > 1:
        return None
    rest = code.span(after[0].end, node.end)
    kind = own[0][0] if own else c_type
    return _Turn(kept, call, visited, kind, not own, assigned, test, rest)


def _is_quiet(code: Code, node: Node, macros: FileMacros) -> bool:
    """Whether a statement declares variables, with plain names and numbers for values at most."""
    tokens = code.span(node.start, node.end)
    if node.kind != "simple" or not is_declaration(tokens) or "(" in tokens:
        return False
    values = tokens[tokens.index("=") :] if "=" in tokens else []
    if not {"*", "->", ".", "[", "{", "++", "--"}.isdisjoint(values):
        return False
    return not any(macros.acts(token) for token in tokens)


def _find_visit(code: Code, node: Node, words: Vocabulary) -> TokenCall | None:
    """The visit that is all of a statement."""
    call = code.call(node.start) if node.kind == "simple" else None
    if call is None or call.name not in words.visits or call.end + 1 != node.end:
        return None
    return call if len(call.arguments) == len(words.roles(words.visits[call.name])) else None


def _find_assigned(code: Code, node: Node, visited: str) -> str:
    """The variable of `x = t;` or `x = (unsigned int)t;`, empty where the statement is none."""
    tokens = code.span(node.start, node.end)
    if node.kind == "simple" and tokens[1:] in (
        ["=", visited, ";"],
        ["=", *_CAST, visited, ";"],
    ):
        return tokens[0] if is_identifier(tokens[0]) else ""
    return ""


def _is_break(code: Code, node: Node) -> bool:
    """Whether a statement is `if (...) { break; }`."""
    return node.kind == "if" and code.span(node.head, node.end) == ["{", "break", ";", "}"]


def _make_condition(code: Code, turn: _Turn) -> list[str] | None:
    """The condition that the loop goes on under, with the visit in it; None where that is unclear."""
    test = _opposite_of(turn.test)
    first = turn.assigned or turn.visited
    if test is None or len(_find_places(test, first)) != 1:
        return None
    call = code.span(turn.call.start, turn.call.end)
    if not turn.direct and not turn.assigned:
        return _with_visit(test, turn, call)
    if test[0] != first:
        return None
    name = _make_fresh(code, turn.visited) if turn.direct else turn.visited
    visit = _in_place(turn.type, name, _rename_object(call, turn.visited, name), [])
    return ["(", first, "=", *visit, ")", *test[1:]]


def _find_places(tokens: list[str], name: str) -> list[int]:
    """Where a variable stands among tokens; a member of that name is another."""
    pairs = enumerate(zip(["", *tokens], tokens, strict=False))
    return [at for at, (before, token) in pairs if token == name and before not in (".", "->")]


def _rename_object(call: list[str], old: str, new: str) -> list[str]:
    """A visit's call with another variable for its object."""
    pairs = zip(["", *call], call, strict=False)
    return [new if before == "&" and token == old else token for before, token in pairs]


def _make_fresh(code: Code, like: str) -> str:
    name = f"{like}_"
    while name in code.tokens:
        name += "_"
    return name


def _in_place(kind: str, name: str, call: list[str], cast: list[str]) -> list[str]:
    return ["(", "{", kind, name, "=", "0", ";", *call, ";", *cast, name, ";", "}", ")"]


def _with_visit(test: list[str], turn: _Turn, call: list[str]) -> list[str] | None:
    """A condition with the visit in the place of its temporary, its leftmost operand."""
    at = _find_places(test, turn.visited)[0]
    cast = _CAST if test[max(0, at - 4) : at] == _CAST else []
    before = test[: at - len(cast)]
    if not _SKIPPING.isdisjoint(before) or any(map(_is_call, before, before[1:])):
        return None
    return [*before, *_in_place(turn.type, turn.visited, call, cast), *test[at + 1 :]]


def _is_call(token: str, following: str) -> bool:
    return is_identifier(token) and following == "("


def _opposite_of(test: list[str]) -> list[str] | None:
    """What is true where a test is not: of `!x`, `!(...)`, `x == y`, and of `x`."""
    if test[:1] == ["!"]:
        inner = test[2:-1] if strip_parentheses(test[1:]) != test[1:] else test[1:]
        operand = test[5:] if test[1:5] == _CAST else test[1:]
        return inner if is_unary(operand) else None
    operand = test[4:] if test[:4] == _CAST else test
    if len(operand) == 1:
        return ["!", *test]
    operator, rest = (operand[1], operand[2:]) if len(operand) > 2 else ("", [])
    if operator not in _OPPOSITE or not _LOOSE.isdisjoint(rest):
        return None
    if operator not in ("==", "!=") and not (len(rest) == 1 and rest[0].isalnum()):
        return None
    if operator not in ("==", "!=") and not rest[0][0].isdigit():
        return None
    at = len(test) - len(rest) - 1
    return [*test[:at], _OPPOSITE[operator], *rest]
