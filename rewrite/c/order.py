# SPDX-License-Identifier: GPL-2.0-or-later
"""How often, and when, a call in a statement is evaluated: one pure answer over the parsed text.

C fixes an order at sequence points only (C99 6.5p3, annex C): the first operand of `&&`, `||`, `?:`
and the comma operator is evaluated before the others, and the arguments of a call before the call.
Operands of sizeof and its like are not evaluated at all, those of a macro as often as it pleases.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node


@dataclass(frozen=True)
class Once:
    """Exactly once each time its statement runs, with nothing that acts before or beside it."""


@dataclass(frozen=True)
class Sometimes:
    """Only if an operand before it says so, or if a macro or an association takes it."""


@dataclass(frozen=True)
class Never:
    """It is an operand that is not evaluated."""


@dataclass(frozen=True)
class Unordered:
    """Once, but beside `others` that act, which C may evaluate before or after it, or must before."""

    others: tuple[Node, ...]


@dataclass(frozen=True)
class Repeated:
    """As often as a loop goes round; `each` is how it is evaluated in one expression of the loop."""

    each: Once | Sometimes | Unordered


Evaluation = Once | Sometimes | Repeated | Never | Unordered


@dataclass(frozen=True)
class KnownNames:
    """What is known of names: whether one is a function and no macro, whether one alone is a macro
    that acts, whether one is a macro that does the same whatever the type of its arguments, and
    whether one is a macro that evaluates the argument at a place once, or drops it."""

    is_function: Callable[[str], bool]
    acts: Callable[[str], bool]
    takes_any_type: Callable[[str], bool]
    evaluates: Callable[[str, int], bool]
    drops: Callable[[str, int], bool] = lambda *_: False


ANY_FUNCTION = KnownNames(lambda _: True, lambda _: False, lambda _: False, lambda *_: False)
"""Where nothing is known of macros: every name that is called is taken for a function's."""

_UNEVALUATED = frozenset(("sizeof_expression", "alignof_expression", "typeof_specifier"))
_UNEVALUATING = frozenset(
    (
        *("__builtin_constant_p", "__builtin_types_compatible_p", "__builtin_classify_type"),
        *("__builtin_object_size", "__builtin_dynamic_object_size", "__alignof__", "__alignof"),
        *("typeof", "__typeof__", "__typeof", "alignof", "_Alignof", "offsetof"),
    )
)
"""What looks like a call and does not evaluate its arguments (GCC, "Other Built-in Functions")."""

_LOOPS = frozenset(("while_statement", "do_statement", "for_statement"))
_NAMES = frozenset(("identifier", "field_identifier", "type_identifier"))
_ACTING = frozenset(("call_expression", "gnu_asm_expression"))
_POSTFIX = {
    "field_expression": "argument",
    "subscript_expression": "argument",
    "call_expression": "function",
}


def find_evaluation(call: Node, statement: Node, known: KnownNames) -> Evaluation:
    """How `call` is evaluated in `statement`, the innermost one that holds it."""
    way = _way(statement, call)
    if any(
        _leaves_unevaluated(parent, node) or _is_dropped(parent, node, known)
        for parent, node in itertools.pairwise(way)
    ):
        return Never()
    inside = itertools.pairwise(way[1:])
    each: Once | Sometimes | Unordered = Sometimes()
    if not any(_may_skip(parent, node, known) for parent, node in inside):
        others = tuple(_unordered_on(way[1:], known))
        each = Unordered(others) if others else Once()
    return Repeated(each) if statement.type in _LOOPS else each


def _way(whole: Node, inner: Node) -> list[Node]:
    """The nodes from one around another down to that, both included.

    From below, each step to a parent is searched for from the root on.
    """
    way = [whole]
    while way[-1] != inner and (child := way[-1].child_with_descendant(inner)) is not None:
        way.append(child)
    return way


def is_unevaluated(chain: Sequence[Node]) -> bool:
    """Whether the last of the nodes around a place, from the root on, is in an operand that is not
    evaluated, however far outside."""
    return any(_leaves_unevaluated(parent, node) for parent, node in itertools.pairwise(chain))


def _leaves_unevaluated(parent: Node, node: Node) -> bool:
    if parent.type in _UNEVALUATED:
        return True
    if parent.type == "generic_expression":
        return node == parent.named_children[0]
    if parent.type == "call_expression":
        callee = parent.child_by_field_name("function")
        name = callee.text.decode("latin-1") if callee is not None and callee.text else ""
        return node != callee and name in _UNEVALUATING
    # `sizeof (s)->tab[get(f)]` is sizeof of the whole, which the parser takes for a cast's like.
    field = _POSTFIX.get(parent.type)
    first = parent.child_by_field_name(field) if field else None
    return first is not None and first != node and _starts_unevaluated(first)


def _is_dropped(listing: Node, argument: Node, known: KnownNames) -> bool:
    """Whether an argument is one of a macro that has no use for it: `#define DEBUG(...)`."""
    if listing.type != "argument_list" or listing.parent is None or argument.type == "comment":
        return False
    arguments = [c for c in listing.named_children if c.type != "comment"]
    return argument in arguments and known.drops(
        _callee_name(listing.parent), arguments.index(argument)
    )


def _starts_unevaluated(node: Node) -> bool:
    inner: Node | None = node
    while inner is not None and inner.type in _POSTFIX:
        inner = inner.child_by_field_name(_POSTFIX[inner.type])
    return inner is not None and inner.type in _UNEVALUATED


def _may_skip(parent: Node, node: Node, known: KnownNames) -> bool:
    """Whether what `parent` makes of its operand `node` may be not to evaluate it, or to twice."""
    if parent.type == "generic_expression":
        return True
    if parent.type == "call_expression":
        return not calls_function(parent, known) and not _passes_once(parent, node, known)
    first = evaluated_first(parent)
    return first is not None and node != first


def _passes_once(call: Node, listing: Node, known: KnownNames) -> bool:
    """Whether each of a macro's arguments that holds a call is evaluated once."""
    arguments = [c for c in listing.named_children if c.type != "comment"]
    return all(
        known.evaluates(_callee_name(call), place)
        for place, argument in enumerate(arguments)
        if next(find_acting(argument, known), None) is not None
    )


def calls_function(call: Node, known: KnownNames) -> bool:
    """Whether a call is one of a function, and not what a macro makes of its arguments."""
    callee = call.child_by_field_name("function")
    if callee is None:
        return False
    if callee.type == "field_expression":
        return True
    if callee.type == "parenthesized_expression":
        # A macro with arguments is none where its name does not stand before the parenthesis.
        return True
    name = callee.text.decode("latin-1") if callee.text else ""
    return callee.type == "identifier" and known.is_function(name)


def evaluated_first(node: Node) -> Node | None:
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


def find_unordered(whole: Node, call: Node, known: KnownNames = ANY_FUNCTION) -> Iterator[Node]:
    """What acts in the expression `whole` and C may evaluate before or after `call`, or must before.

    A call that the result of `call` goes through, or that a sequence point puts after it, is none.
    """
    return _unordered_on(_way(whole, call), known)


def _unordered_on(way: Sequence[Node], known: KnownNames) -> Iterator[Node]:
    """`unordered`, with the nodes from the whole expression to the call."""
    for inner, node in itertools.pairwise(reversed(way)):
        if inner != evaluated_first(node):
            for child in node.named_children:
                if child != inner:
                    yield from find_acting(child, known)


def find_acting(node: Node, known: KnownNames = ANY_FUNCTION) -> Iterator[Node]:
    """The calls, statement expressions and acting macros in an expression, outermost first."""
    left = [node]
    while left:
        inner = left.pop()
        kind = inner.type
        if kind in _NAMES:
            if known.acts((inner.text or b"").decode("latin-1")):
                yield inner
        elif kind in _ACTING or (kind == "compound_statement" and _is_in_parentheses(inner)):
            yield inner
        left.extend(reversed(inner.named_children))


def _is_in_parentheses(block: Node) -> bool:
    """Whether a block is that of a statement expression."""
    return block.parent is not None and block.parent.type == "parenthesized_expression"


def open_order(whole: Node, calls: Iterable[Node]) -> set[int]:
    """Where those of some calls in a full expression start that C may make before or after another
    of them (C99 6.5p3).

    Ordered are operands with a sequence point between them, and an argument and the call that it is
    passed to (C99 6.5.2.2p10). One walk, however many calls there are and however deep they nest.
    """
    wanted = {(c.start_byte, c.end_byte) for c in calls}
    starts = sorted(start for start, _ in wanted)
    found: set[int] = set()
    walk = [_Operands(whole, starts)]
    while True:
        child = next(walk[-1].children, None)
        if child is not None:
            walk.append(_Operands(child, starts))
            continue
        done = walk.pop()
        if done.parts > 1 and _is_open(done.node):
            found.update(done.calls)
            done.calls.clear()
        if done.span in wanted:
            done.calls.append(done.span[0])
            done.parts += 1
        if not walk:
            return found
        walk[-1].take(done)


class _Operands:
    """A node of an expression on the way through it: the calls met in it that are in order so far,
    and in how many of its children there are calls."""

    def __init__(self, node: Node, starts: Sequence[int]) -> None:
        """Only children in which a call starts are looked at."""
        self.node = node
        self.span = node.start_byte, node.end_byte
        self.calls: list[int] = []
        self.parts = 0
        self.children = (
            c
            for c in node.named_children
            if (at := bisect_left(starts, c.start_byte)) < len(starts) and starts[at] < c.end_byte
        )

    def take(self, child: _Operands) -> None:
        """Add what was met in a child."""
        if len(child.calls) > len(self.calls):
            self.calls, child.calls = child.calls, self.calls
        self.calls += child.calls
        self.parts += child.parts > 0


def _is_open(node: Node) -> bool:
    """Whether C leaves open in which order the operands of a node are evaluated."""
    if node.type.endswith("_statement") or node.type == "declaration":
        return False
    # The order of an initialiser list is open (C99 6.7.8p23), but GCC and clang go left to right.
    if node.type in ("initializer_list", "conditional_expression", "comma_expression"):
        return False
    return node.type != "init_declarator" and evaluated_first(node) is None


def sees_type(call: Node, known: KnownNames, is_deduced: Callable[[Node], bool]) -> bool:
    """Whether the text around a value may tell its type from another of the same value.

    It may not where the value is promoted, converted or thrown away at once (C99 6.3.1.1p2); it may
    where it is an operand of typeof, _Generic, a macro, or initialises what has its type from it:
    `is_deduced` tells that of a declaration.
    """
    node = call
    while (parent := node.parent) is not None:
        kind = parent.type
        if kind == "expression_statement":
            outer = value_of_block(parent)
            if outer is None:
                return False
            node = outer
            continue
        if kind == "parenthesized_expression" or (
            kind == "comma_expression" and node == parent.child_by_field_name("right")
        ):
            node = parent
            continue
        if kind == "init_declarator":
            return parent.parent is None or is_deduced(parent.parent)
        if kind == "argument_list" and parent.parent is not None:
            if _converts_arguments(parent.parent, known):
                return False
            # What a macro looks at the value of alone, it may give on with its type.
            name = _callee_name(parent.parent)
            if name != "__builtin_choose_expr" and not known.takes_any_type(name):
                return True
            node = parent.parent
            continue
        if kind == "generic_expression":
            node = parent
            continue
        return kind not in _CONVERTING
    return True


def _converts_arguments(call: Node, known: KnownNames) -> bool:
    """Whether a call's arguments are converted or promoted, as those of a function are."""
    name = _callee_name(call)
    valued = name.startswith(_VALUED) and not name.endswith("_overflow_p")
    return valued or calls_function(call, known)


def _callee_name(call: Node) -> str:
    callee = call.child_by_field_name("function")
    return callee.text.decode("latin-1") if callee is not None and callee.text else ""


_VALUED = ("__builtin_expect", "__builtin_bswap", "__builtin_add_overflow", "__builtin_sub_overflow",
           "__builtin_mul_overflow", "__builtin_ffs", "__builtin_clz", "__builtin_ctz",
           "__builtin_popcount", "__builtin_parity")  # fmt: skip
"""Built-in functions that look at the value of their first arguments alone; `..._overflow_p` is told
apart by its last one, whose type it looks at."""

_CONVERTING = frozenset(
    (
        *("cast_expression", "binary_expression", "unary_expression", "subscript_expression"),
        *("assignment_expression", "conditional_expression", "comma_expression"),
        *("initializer_list", "initializer_pair", "return_statement", "if_statement"),
        *("switch_statement", "while_statement", "do_statement", "for_statement"),
    )
)
"""What promotes or converts its operand, or throws it away."""


def value_of_block(statement: Node) -> Node | None:
    """The statement expression whose value the statement's is (GNU C), None where it is none's."""
    block = statement.parent
    around = block.parent if block is not None else None
    if block is None or around is None or block.type != "compound_statement":
        return None
    if around.type != "parenthesized_expression":
        return None
    last = [c for c in block.named_children if c.type != "comment"][-1]
    return around if last == statement else None
