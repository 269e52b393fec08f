# SPDX-License-Identifier: GPL-2.0-or-later
"""New text is wrapped as QEMU wraps calls, and indented as the file is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tree_sitter import Node

from rewrite.c.lexical import ConditionalBranch
from rewrite.c.syntax import Syntax
from rewrite.convert.layout import (
    block_indentation,
    block_top,
    condition_lines,
    deepen_indentation,
    indent_to,
    leading_declarations,
    own_declarations,
    split_breakable,
    visual_width,
    wrap_call,
)
from rewrite.files.source import SourceFile


def test_a_tab_is_eight_columns() -> None:
    assert visual_width("\tx") == 9
    assert indent_to(12, "\t") == "\t    "
    assert indent_to(12, "    ") == " " * 12
    assert deepen_indentation("    ") == " " * 8
    assert deepen_indentation("\t    ") == "\t\t"


def test_arguments_that_do_not_fit_go_below_the_first() -> None:
    name = '"' + "n" * 30 + '"'
    call = wrap_call("visit_type_uint32", ["v", name, "&s->registers[3].level", "errp"], "    ")
    assert call == f"visit_type_uint32(v, {name},\n{' ' * 22}&s->registers[3].level, errp)"


@pytest.mark.parametrize("extra", [0, 1])
def test_what_follows_a_call_is_on_its_line(extra: int) -> None:
    """A line of 80 columns is whole, one of 81 is broken."""
    argument = "x" * (80 - len("    put(f, );") + extra)
    assert wrap_call("put", ["f", argument], "    ").count("\n") == extra


def test_one_argument_longer_than_a_line_is_broken_at_its_spaces() -> None:
    argument = " + ".join(["value"] * 16)
    lines = wrap_call("put", ["f", argument], "").split("\n")
    assert len(lines) > 1
    assert all(len(line) <= 80 for line in lines)
    assert " ".join(" ".join(lines).split()) == f"put(f, {argument})"


def test_strings_are_not_broken() -> None:
    assert split_breakable("a \"b c\" 'd e' f") == ["a", '"b c"', "'d e'", "f"]
    assert split_breakable(r'"\" x" y') == [r'"\" x"', "y"]


def parsed(text: str) -> Syntax:
    return Syntax(SourceFile(Path("x.c"), "x.c", text.encode()))


def block_of(syntax: Syntax) -> Node:
    at = syntax.source.data.index(b"{")
    return next(n for n in syntax.place(at + 2).chain if n.type == "compound_statement")


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("int a;\n    int b;\n    a = 1;\n    int c;", 2),
        ("/* why */\n    int a;\n    /* how */\n    int b;", 2),
        ("typedef int t;\n    t a;", 2),
        ("a = 1;\n    int b;", 0),
        ("EACH(x) y = z;\n    int b;", 0),
    ],
)
def test_declarations_that_lead_a_block(body: str, count: int) -> None:
    block = block_of(parsed(f"void f(void)\n{{\n    {body}\n}}\n"))
    assert len(leading_declarations(block)) == count


def test_the_top_of_a_block_is_after_its_declarations() -> None:
    text = "void f(void)\n{\n\tint a; /* one */\n\ta = 1;\n}\n"
    syntax = parsed(text)
    block = block_of(syntax)
    after = own_declarations(block, syntax)
    top = block_top(block, syntax, after)
    assert text[: top.offset].endswith("/* one */")
    assert (top.indentation, top.after, top.inline) == ("\t", True, False)
    first = block_top(block, syntax, None)
    assert text[: first.offset].endswith("{")
    assert block_indentation(block, syntax.source) == "\t"


def branch(
    group: int, index: int, condition: bytes, line: bytes | None
) -> tuple[ConditionalBranch, ...]:
    return (ConditionalBranch(group, index, 0, 1, condition, line),)


def test_a_declaration_stands_under_the_condition_of_its_uses() -> None:
    one = branch(0, 0, b"defined(A)", b"#ifdef A")
    other = branch(1, 0, b"!defined(B)", b"#ifndef B")
    assert condition_lines([one]) == ("#ifdef A",)
    assert condition_lines([one, ()]) == ()
    assert condition_lines([one, other]) == ("#if defined(A) || !defined(B)",)
    assert condition_lines([one, branch(0, 1, b"!defined(A)", None)]) == ()
