# SPDX-License-Identifier: GPL-2.0-or-later
"""A local variable is followed to the field that it carries: before a put, after a get."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import RULES

from rewrite.c.syntax import Syntax
from rewrite.convert.candidates import name_pattern
from rewrite.convert.flow import field_behind
from rewrite.convert.sites import find_sites
from rewrite.files.source import SourceFile


def behind(body: str, through_calls: bool = True) -> str | None:
    """The field behind the variable `t` that the one site of a function moves."""
    data = f"void lamp_move(QEMUFile *f, State *s)\n{{\n    uint32_t t;\n{body}\n}}\n".encode()
    syntax = Syntax(SourceFile(Path("hw/x.c"), "hw/x.c", data))
    (site,) = find_sites(syntax, RULES, name_pattern(RULES))
    variable = site.target if site.target is not None else site.arguments[1]
    while variable.type in ("pointer_expression", "parenthesized_expression"):
        variable = variable.named_children[0]
    field = field_behind(site, variable, data, through_calls)
    return (field.text or b"").decode() if field is not None else None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("t = s->level; qemu_put_be32(f, t);", "s->level"),
        ("t = (uint32_t)s->level; qemu_put_be32(f, t);", "s->level"),
        ("t = s->level + 1; qemu_put_be32(f, t);", "s->level"),
        ("t = s->levels[2]; lamp(s); qemu_put_be32s(f, &t);", "s->levels[2]"),
        ("t = lamp_get_level(s); qemu_put_be32(f, t);", "lamp_get_level(s)"),
        ("t = s->one; t = s->two; qemu_put_be32(f, t);", "s->two"),
    ],
)
def test_what_is_put_was_assigned_before(body: str, field: str) -> None:
    assert behind(body) == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("t = qemu_get_be32(f); s->level = t;", "s->level"),
        ("t = qemu_get_be32(f); s->level = t - 1;", "s->level"),
        ("qemu_get_be32s(f, &t); s->levels[1] = t;", "s->levels[1]"),
        ("t = qemu_get_be32(f); if (t != s->count) { return; }", "s->count"),
        ("t = qemu_get_be32(f); lamp_set_level(s, t);", "lamp_set_level(s, t)"),
    ],
)
def test_what_is_read_is_used_afterwards(body: str, field: str) -> None:
    assert behind(body) == field


@pytest.mark.parametrize(
    "body",
    [
        "t = s->one | s->two; qemu_put_be32(f, t);",
        "t = other; qemu_put_be32(f, t);",
        "t = s->level; t += 1; qemu_put_be32(f, t);",
        "t = s->level; if (s) { t = 3; } qemu_put_be32(f, t);",
        "if (s) { t = s->level; } qemu_put_be32(f, t);",
        "t = qemu_get_be32(f); s->level = s->base << t;",
        "t = qemu_get_be32(f); other = t;",
        "t = qemu_get_be32(f); t = 3; s->level = t;",
        "t = qemu_get_be32(f); printf(format, t);",
        "t = qemu_get_be32(f); lamp_load_more(f, t);",
        "t = s->level;" + " s->a = 1;" * 8 + " qemu_put_be32(f, t);",
    ],
)
def test_what_a_variable_is_no_field(body: str) -> None:
    assert behind(body) is None


def test_a_value_that_is_unpacked_by_calls_is_no_field() -> None:
    body = "t = qemu_get_be32(f); s->level = low(t);"
    assert behind(body) == "s->level"
    assert behind(body, through_calls=False) is None
    assert behind(body + " s->gate = high(t);") is None
