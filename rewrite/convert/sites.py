# SPDX-License-Identifier: GPL-2.0-or-later
"""Every call of a primitive in a file, and how the code around it uses the call.

A site is found by its bytes and classified by the parse around it, so no damage to the parse can
lose one: what the parser does not understand becomes a site of usage UNPARSED.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from ..c.syntax import Place, Syntax
from ..rules.ruleset import Primitive, Rules
from .layout import maybe_loop

MAX_NESTING = 100
"""How deep the brackets of a function may nest for it to be converted; QEMU's don't pass 20."""

_CALL_AHEAD = re.compile(rb"\s*(?:\\\r?\n\s*)*\(")
_TYPEOF_BEFORE = re.compile(rb"\b(?:__)?typeof(?:__)?\s*\(\s*\Z")
_LOOPS = frozenset(("while_statement", "do_statement", "for_statement"))
_UNEVALUATED = frozenset(("sizeof_expression", "alignof_expression", "typeof_specifier"))
_STATEMENTS = frozenset(
    (
        "expression_statement",
        "return_statement",
        "if_statement",
        "switch_statement",
        "declaration",
        *_LOOPS,
    )
)


class Usage(enum.Enum):
    """How the statement around a site uses it."""

    STATEMENT = "statement"  # the call is the whole statement, its result (if any) thrown away
    ASSIGNED = "assigned"  # the whole statement is `lvalue = get(f);`
    INITIALISER = "initialiser"  # in the initialiser of a declaration
    EXPRESSION = "expression"  # once, unconditionally, inside a statement that it can stand before
    IN_PLACE = "in place"  # evaluated sometimes, or more than once, or beside other calls
    UNPARSED = "unparsed"  # the parser does not understand the text around it
    MACRO_BODY = "macro body"  # inside a #define
    UNEVALUATED = "unevaluated"  # operand of sizeof, never evaluated
    SPLIT = "split"  # a directive among the arguments
    FILE_LEVEL = "file level"  # outside any function


@dataclass(frozen=True)
class Site:
    """One call of a primitive: where, how it is used, and the nodes that planning needs.

    `call` is None where the parser gave no call. `statement` is the statement (or declaration) that
    holds it; `target` the lvalue of ASSIGNED or the declarator of an INITIALISER that is exactly the
    call. `function` is the outermost function's name, empty where none could be read.
    """

    primitive: Primitive
    start: int
    end: int
    usage: Usage
    function: str
    place: Place
    call: Node | None = None
    statement: Node | None = None
    target: Node | None = None

    @property
    def arguments(self) -> tuple[Node, ...]:
        """The argument expressions of the call, comments left out."""
        assert self.call is not None
        listing = self.call.child_by_field_name("arguments")
        children = listing.named_children if listing is not None else []
        return tuple(c for c in children if c.type != "comment")


def find_sites(syntax: Syntax, rules: Rules, pattern: re.Pattern[bytes]) -> list[Site]:
    """Every site of the file, in the order of the text."""
    if pattern.search(syntax.source.data) is None:
        return []
    masked = syntax.masked
    sites = []
    for match in pattern.finditer(masked):
        ahead = _CALL_AHEAD.match(masked, match.end())
        if ahead is None:
            continue
        primitive = rules.primitives[match.group().decode("ascii")]
        site = _classify(syntax, primitive, match.start(), ahead.end())
        if site is not None:
            sites.append(site)
    return _mark_shared_statements(sites)


def _classify(syntax: Syntax, primitive: Primitive, start: int, after: int) -> Site | None:
    """The site whose name starts at `start`, or None where the name declares, or is a member."""
    data = syntax.source.data
    place = syntax.place(start)
    if _TYPEOF_BEFORE.search(syntax.masked, max(0, start - 80), start):
        end = _close_parenthesis(syntax.masked, after)
        name = place.name(data)
        return Site(primitive, start, end, Usage.UNEVALUATED, name, place)
    name = place.name(data)
    end = _close_parenthesis(syntax.masked, after)
    if syntax.in_directive(start):
        return Site(primitive, start, end, Usage.MACRO_BODY, "", place)
    if _is_member(syntax.masked, start):
        return None
    index = _call_index(place.chain, start)
    if index is None:
        if _declares(place.chain) or _looks_declared(syntax.masked, start, end):
            return None
        usage = Usage.FILE_LEVEL if not name and not place.damaged else Usage.UNPARSED
        return Site(primitive, start, end, usage, name, place)
    call = place.chain[index]
    end = call.end_byte
    if place.function is not None and syntax.nesting(place.function) > MAX_NESTING:
        return Site(primitive, start, end, Usage.UNPARSED, name, place, call)
    if place.function is None or call.has_error:
        usage = Usage.UNPARSED if place.damaged or call.has_error else Usage.FILE_LEVEL
        return Site(primitive, start, end, usage, name, place, call)
    if any(start <= s < end for s, _ in syntax.conditionals.directives):
        return Site(primitive, start, end, Usage.SPLIT, name, place, call)
    usage, statement, target = _usage(place.chain, index)
    if statement is not None and _holds_directive(syntax, place.chain, statement):
        usage, target = Usage.IN_PLACE, None
    if place.damaged and (statement is None or _near_damage(place.chain, statement)):
        usage = Usage.UNPARSED
    return Site(primitive, start, end, usage, name, place, call, statement, target)


def _holds_directive(syntax: Syntax, chain: tuple[Node, ...], statement: Node) -> bool:
    """Whether a directive stands in a statement, what it controls left out."""
    child = chain[chain.index(statement) + 1]
    controls = statement.type in _STATEMENTS - {
        "expression_statement",
        "return_statement",
        "declaration",
    }
    end = child.end_byte if controls else statement.end_byte
    return any(statement.start_byte <= at < end for at, _ in syntax.conditionals.directives)


def _near_damage(chain: tuple[Node, ...], statement: Node) -> bool:
    """Whether the parser's error is in the statement, or beside it or beside a block around it."""
    if statement.has_error:
        return True
    inside = False
    for node in chain[: chain.index(statement)]:
        inside = inside or node.type == "compound_statement"
        if inside and any(child.is_error or child.is_missing for child in node.children):
            return True
    return False


def _close_parenthesis(masked: bytes, after: int) -> int:
    """The offset after the parenthesis that closes the one before `after`."""
    depth = 1
    for match in re.compile(rb"[();{}]").finditer(masked, after):
        char = match.group()
        if char == b"(":
            depth += 1
        elif char == b")":
            depth -= 1
            if depth == 0:
                return match.end()
        else:
            break
    return after


def _is_member(masked: bytes, start: int) -> bool:
    before = masked[max(0, start - 200) : start].rstrip()
    return before.endswith((b"->", b"."))


def _declares(chain: tuple[Node, ...]) -> bool:
    return (
        len(chain) > 1
        and chain[-1].type == "identifier"
        and chain[-2].type == "function_declarator"
    )


def _looks_declared(masked: bytes, start: int, end: int) -> bool:
    """A prototype or definition in text that the parser lost: a type's word stands before the name."""
    before = masked[max(0, start - 200) : start].rstrip(b" \t\r\n*")
    word = re.search(rb"([A-Za-z_]\w*)$", before)
    return word is not None and word.group(1) not in (b"return", b"else", b"do", b"case")


def _call_index(chain: tuple[Node, ...], start: int) -> int | None:
    """The position in the chain of the call whose function name starts at `start`."""
    for index in range(len(chain) - 1, -1, -1):
        node = chain[index]
        if node.type == "call_expression":
            callee = node.child_by_field_name("function")
            if callee is not None and callee.start_byte == start and callee.type == "identifier":
                return index
    return None


def _usage(chain: tuple[Node, ...], index: int) -> tuple[Usage, Node | None, Node | None]:
    """Walk outward from the call to its statement; see Usage."""
    in_place = False
    node = chain[index]
    for at in range(index - 1, -1, -1):
        parent = chain[at]
        if parent.type in _UNEVALUATED:
            return Usage.UNEVALUATED, None, None
        if parent.type in ("ERROR", "function_definition", "compound_statement"):
            return Usage.UNPARSED, None, None
        if _is_statement(parent):
            return _statement_usage(chain, index, at, node, in_place)
        in_place = in_place or _follows(parent, node)
        node = parent
    return Usage.UNPARSED, None, None


def _is_statement(node: Node) -> bool:
    return node.type in _STATEMENTS or node.type.endswith("_statement")


def _follows(parent: Node, child: Node) -> bool:
    """Whether a sequence point of `parent` puts another operand before `child`, or in its place."""
    first = _evaluated_first(parent)
    return first is not None and child != first


def _statement_usage(
    chain: tuple[Node, ...], index: int, at: int, child: Node, in_place: bool
) -> tuple[Usage, Node, Node | None]:
    statement = chain[at]
    call = chain[index]
    kind = statement.type
    if kind == "declaration":
        return _declaration_usage(chain, at, call, child, in_place)
    if kind == "expression_statement" and not _gives_value(chain, at):
        if _discards(child, call):
            return Usage.STATEMENT, statement, None
        if child.type == "assignment_expression" and not in_place:
            operator = child.child_by_field_name("operator")
            plain = operator is not None and operator.type == "="
            if plain and child.child_by_field_name("right") == call:
                return Usage.ASSIGNED, statement, child.child_by_field_name("left")
    hoistable = kind in (
        "expression_statement",
        "return_statement",
        "if_statement",
        "switch_statement",
    )
    hoistable = hoistable and not _gives_value(chain, at)
    if not hoistable or in_place or not _can_precede(chain, at) or _calls_beside(child, call):
        return Usage.IN_PLACE, statement, None
    return Usage.EXPRESSION, statement, None


def _gives_value(chain: tuple[Node, ...], at: int) -> bool:
    """Whether statement `at` is the last of a statement expression, which has its value (GNU C)."""
    block = chain[at - 1]
    if block.type != "compound_statement" or chain[at - 2].type != "parenthesized_expression":
        return False
    return [c for c in block.named_children if c.type != "comment"][-1] == chain[at]


def _declaration_usage(
    chain: tuple[Node, ...], at: int, call: Node, declarator: Node, in_place: bool
) -> tuple[Usage, Node, Node | None]:
    statement = chain[at]
    in_block = chain[at - 1].type == "compound_statement"
    loop = maybe_loop(statement)
    if declarator.type != "init_declarator" or not in_block or in_place or loop:
        return Usage.IN_PLACE, statement, None
    value, target = (
        declarator.child_by_field_name("value"),
        declarator.child_by_field_name("declarator"),
    )
    if value is None or target is None or _calls_beside(value, call):
        return Usage.IN_PLACE, statement, None
    exact = value == call
    return Usage.INITIALISER, statement, target if exact and target.type == "identifier" else None


def _discards(expression: Node, call: Node) -> bool:
    """Whether an expression is the call alone, or `(void)` and the call."""
    if expression.type == "cast_expression":
        spelled = expression.child_by_field_name("type")
        void = spelled is not None and spelled.text == b"void"
        return void and expression.child_by_field_name("value") == call
    return expression == call


def inner_expression(node: Node) -> Node | None:
    """What a prefix operator, a cast or parentheses stand around; None in damaged text."""
    inner = node.child_by_field_name("argument") or node.child_by_field_name("value")
    return inner or next((c for c in node.named_children if c.type != "comment"), None)


def compared_with(comparison: Node, start: int) -> Node | None:
    """The side of an `==` or `!=` that does not hold the offset `start`; None for other operators."""
    operator = comparison.child_by_field_name("operator")
    if operator is None or operator.type not in ("==", "!="):
        return None
    left, right = (comparison.child_by_field_name(side) for side in ("left", "right"))
    return left if right is not None and right.start_byte <= start < right.end_byte else right


def _can_precede(chain: tuple[Node, ...], at: int) -> bool:
    """Whether a statement put before statement `at` runs exactly when it does."""
    statement, parent = chain[at], chain[at - 1]
    if statement.type in ("if_statement", "switch_statement"):
        return parent.type == "compound_statement"
    return True


def _calls_beside(expression: Node, call: Node) -> bool:
    """Whether a call stands beside the site that C may make before it, or does.

    Such a call may come before or after the site, so nothing may move. A call that the site's
    result goes through, or that a sequence point puts after the site, is no matter.
    """
    return next(unordered_calls(expression, call), None) is not None


def unordered_calls(expression: Node, call: Node) -> Iterator[Node]:
    """The calls in an expression that C may make before or after `call`, or must make before it."""
    node: Node | None = call.parent
    inner: Node = call
    while node is not None and inner != expression:
        if inner != _evaluated_first(node):
            for child in node.named_children:
                if child != inner:
                    yield from calls_in(child)
        inner, node = node, node.parent


def _evaluated_first(node: Node) -> Node | None:
    """The operand that a sequence point puts before all others of `node`, or None."""
    if node.type == "conditional_expression":
        return node.child_by_field_name("condition")
    if node.type == "comma_expression":
        return node.child_by_field_name("left")
    if node.type == "binary_expression":
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type in ("&&", "||"):
            return node.child_by_field_name("left")
    return None


def calls_in(node: Node) -> Iterator[Node]:
    """The calls and statement expressions in an expression, outermost first."""
    left = [node]
    while left:
        inner = left.pop()
        block = inner.type == "compound_statement" and inner.parent is not None
        if inner.type == "call_expression" or (
            block and inner.parent is not None and inner.parent.type == "parenthesized_expression"
        ):
            yield inner
        left.extend(reversed(inner.named_children))


def _mark_shared_statements(sites: list[Site]) -> list[Site]:
    """Sites that share a full expression stay in place: nothing moves across another site."""
    shared: dict[tuple[int, int], list[int]] = {}
    for number, site in enumerate(sites):
        if site.statement is not None:
            key = (site.statement.start_byte, site.statement.end_byte)
            shared.setdefault(key, []).append(number)
    for numbers in shared.values():
        if len(numbers) > 1:
            for number in numbers:
                sites[number] = replace(sites[number], usage=Usage.IN_PLACE, target=None)
    return sites


def order_is_open(first: Node, second: Node, chain: Iterable[Node]) -> bool:
    """Whether C leaves open which of two calls in one full expression comes first (C99 6.5p3).

    `chain` are the nodes around `first`. Sequence points: `&&`, `||`, `?:`, the comma operator.
    """
    common = None
    for node in chain:
        if node.start_byte <= second.start_byte and second.end_byte <= node.end_byte:
            common = node
        else:
            break
    if (
        common is None
        or _is_statement(common)
        or common.type in ("compound_statement", "initializer_list")
    ):
        return False
    if common.type in ("conditional_expression", "comma_expression", "init_declarator"):
        return False
    if common.type == "binary_expression":
        operator = common.child_by_field_name("operator")
        return operator is None or operator.type not in ("&&", "||")
    return True
