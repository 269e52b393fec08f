# SPDX-License-Identifier: GPL-2.0-or-later
"""Which form each site gets: what the visit is passed, and where it stands."""

from __future__ import annotations

import pytest
from conftest import Rewriter

from rewrite.convert.outcome import (
    Address,
    AfterDeclarations,
    Before,
    Bytes,
    Conversion,
    EachTurn,
    Given,
    InCall,
    InPlace,
    Instead,
    Literal,
    Temporary,
)

STATE = """
typedef struct State {
    uint32_t x;
    int32_t n;
    unsigned odd:3;
    uint8_t b, tab[4];
    const uint32_t fixed;
    long wide;
} State;
"""


def planned(rewritten: Rewriter, body: str) -> Conversion:
    """The conversion of the one site of a function."""
    (outcome,) = rewritten(f"    {body}", STATE).outcomes
    assert isinstance(outcome, Conversion), outcome
    return outcome


@pytest.mark.parametrize(
    ("body", "passed", "visit"),
    [
        ("qemu_put_be32(f, s->x);", Address, "visit_type_uint32"),
        ("qemu_put_be32(f, s->n);", Address, "visit_type_int32"),
        ("qemu_put_be32(f, *&s->x);", Address, "visit_type_uint32"),
        ("qemu_put_be32(f, s->x++);", Literal, "visit_type_uint32"),
        ("qemu_put_be32(f, s->x + 1);", Literal, "visit_type_uint32"),
        ("qemu_put_be32(f, s->odd);", Literal, "visit_type_uint32"),
        ("qemu_put_be32(f, s->wide);", Literal, "visit_type_uint32"),
        ("qemu_put_be32(f, s->b);", Literal, "visit_type_uint32"),
        ("qemu_put_be32(f, s->fixed);", Literal, "visit_type_uint32"),
        ("qemu_put_be32s(f, &s->x);", Given, "visit_type_uint32"),
        ("qemu_put_be32s(f, &s->fixed);", Literal, "visit_type_uint32"),
        ("qemu_put_buffer(f, s->tab, 4);", Bytes, "visit_type_buffer"),
    ],
)
def test_what_a_put_passes(rewritten: Rewriter, body: str, passed: type, visit: str) -> None:
    made = planned(rewritten, body)
    assert isinstance(made.where, InCall)
    assert (type(made.passed), made.visit.function) == (passed, visit)


@pytest.mark.parametrize(
    ("body", "passed", "where"),
    [
        ("s->x = qemu_get_be32(f);", Address, Instead(braces=False)),
        ("s->b = qemu_get_be32(f);", Temporary, Before(braces=False)),
        ("s->x = qemu_get_be32(f) & 3;", Temporary, Before(braces=False)),
        ("if (s->n) s->x = qemu_get_be32(f) & 3;", Temporary, Before(braces=True)),
        ("if (s->n) s->x = qemu_get_be32(f);", Address, Instead(braces=False)),
        ("qemu_get_be32(f);", Temporary, Instead(braces=False)),
        ("if (s->n) qemu_get_be32(f);", Temporary, Instead(braces=True)),
        ("s->x = s->n && qemu_get_be32(f);", Temporary, InPlace()),
        ("s->tab[lamp(s)] = qemu_get_be32(f);", Temporary, Before(braces=False)),
        ("uint32_t x = qemu_get_be32(f);", Address, AfterDeclarations()),
        ("uint64_t x = qemu_get_be32(f);", Temporary, AfterDeclarations()),
        ("while (qemu_get_byte(f)) {\n        lamp(s);\n    }", Temporary, EachTurn()),
        ("qemu_get_be32s(f, &s->x);", Given, InCall()),
        ("qemu_get_buffer(f, s->tab, 4);", Bytes, InCall()),
    ],
)
def test_what_a_get_passes_and_where(
    rewritten: Rewriter, body: str, passed: type, where: object
) -> None:
    made = planned(rewritten, body)
    assert (type(made.passed), made.where) == (passed, where)


def test_a_temporary_has_a_name_that_is_free(rewritten: Rewriter) -> None:
    made = planned(rewritten, "int b = 2;\n    s->b = qemu_get_byte(f) & b;")
    assert isinstance(made.passed, Temporary)
    assert made.passed.variable != "b"


def test_a_pure_lvalue_is_one_that_is_found_without_an_effect(rewritten: Rewriter) -> None:
    assert isinstance(planned(rewritten, "qemu_put_byte(f, s->tab[s->n]);").passed, Address)
    assert isinstance(planned(rewritten, "qemu_put_byte(f, s->tab[s->n++]);").passed, Literal)
    assert isinstance(planned(rewritten, "qemu_put_byte(f, s->tab[lamp(s)]);").passed, Literal)
