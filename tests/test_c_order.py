# SPDX-License-Identifier: GPL-2.0-or-later
"""When a call in a statement is evaluated, by C's sequence points."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rewrite.c.order import (
    ANY_FUNCTION,
    Evaluation,
    KnownNames,
    Never,
    Once,
    Repeated,
    Sometimes,
    Unordered,
    find_evaluation,
    open_order,
)
from rewrite.c.syntax import Syntax
from rewrite.files.source import SourceFile

MACROS = KnownNames(str.islower, lambda _: False, lambda _: False, lambda name, _: name == "ONCE")
"""Names in lower case are functions here, and one macro evaluates its argument once."""


def parsed(text: str) -> tuple[Syntax, list[int]]:
    """A function of one statement, and where get() is called in it."""
    data = f"void f(void)\n{{\n    {text}\n}}\n".encode()
    source = SourceFile(Path("x.c"), "x.c", data)
    return Syntax(source), [found.start() for found in re.finditer(rb"\bget\(", data)]


def evaluated(text: str, known: KnownNames = ANY_FUNCTION) -> Evaluation:
    """How the first get() of a statement is evaluated in the innermost one that holds it."""
    syntax, starts = parsed(text)
    chain = syntax.place(starts[0]).chain
    call = next(n for n in reversed(chain) if n.type == "call_expression")
    kinds = ("_statement", "declaration")
    statement = next(n for n in reversed(chain[: chain.index(call)]) if n.type.endswith(kinds))
    return find_evaluation(call, statement, known)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x = get();", Once),
        ("x = get() + 1;", Once),
        ("if (get()) y();", Once),
        ("x = get() && y();", Once),
        ("x = y && get();", Sometimes),
        ("x = y || get();", Sometimes),
        ("x = get() ? 1 : 2;", Once),
        ("x = y ? get() : 2;", Sometimes),
        ("x = y() + get();", Unordered),
        ("x = ({ y; }) + get();", Unordered),
        ("put(get());", Once),
        ("put(y(), get());", Unordered),
        ("x = sizeof get();", Never),
        ("x = __builtin_constant_p(get());", Never),
        ("x = _Generic(get(), int: 1);", Never),
        ("while (get()) y();", Repeated),
        ("for (; get(); ) y();", Repeated),
    ],
)
def test_how_often_a_call_is_evaluated(text: str, kind: type) -> None:
    assert isinstance(evaluated(text), kind)


def test_a_loop_says_how_each_of_its_turns_does() -> None:
    assert evaluated("while (y && get()) z();") == Repeated(Sometimes())
    assert evaluated("while (get() < y) z();") == Repeated(Once())


def test_a_macro_may_skip_its_argument_unless_it_is_known_not_to() -> None:
    assert isinstance(evaluated("x = MANY(get());", MACROS), Sometimes)
    assert isinstance(evaluated("x = ONCE(get());", MACROS), Once)
    assert isinstance(evaluated("x = many(get());", MACROS), Once)


@pytest.mark.parametrize(
    ("text", "open_ones"),
    [
        ("x = get() + get();", 2),
        ("x = get() + y + get() + get();", 3),
        ("put(get(), get());", 2),
        ("x = get() && get();", 0),
        ("x = get() || get() + 1;", 0),
        ("x = (get(), get());", 0),
        ("x = get() ? get() : get();", 0),
        ("x = get(get());", 0),
        ("x = (get() && get()) + get();", 3),
        ("int x[] = { get(), get() };", 0),
        ("int x = get(), y = get();", 0),
    ],
)
def test_calls_whose_order_c_leaves_open(text: str, open_ones: int) -> None:
    syntax, starts = parsed(text)
    calls = [syntax.place(start).chain for start in starts]
    nodes = [next(n for n in reversed(c) if n.type == "call_expression") for c in calls]
    body = next(n for n in calls[0] if n.type == "compound_statement")
    statement = body.named_children[0]
    assert len(open_order(statement, nodes)) == open_ones
