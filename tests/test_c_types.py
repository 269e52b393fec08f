# SPDX-License-Identifier: GPL-2.0-or-later
"""Types of expressions, in small trees: what is declared is found, and nothing is guessed."""

from __future__ import annotations

import pytest
from conftest import Resolve, exact

from rewrite.c.types import Resolved, Unknown

FIELDS = """
typedef struct Inner { int32_t depth; uint8_t row[4]; } Inner;
typedef uint16_t u16;
typedef u16 level_t;
typedef struct State State;
struct State {
    uint32_t plain;
    int whole;
    unsigned char letter;
    unsigned short int brief;
    short signed crossed;
    char sign;
    long wide;
    unsigned long long widest;
    size_t length;
    enum { ON, OFF } power;
    float ratio;
    bool lit;
    uint32_t bits:3, more:9;
    level_t level;
    Inner inner;
    Inner *next;
    Inner many[3], *several[2];
    uint16_t grid[2][3];
    uint8_t *bytes;
    const uint32_t fixed;
    volatile uint32_t port;
    const uint32_t *to_fixed;
    uint32_t *const fixed_to;
    uint16_t one, *two, three[2];
    struct { int16_t x; struct { uint64_t y; }; } nested;
    struct { uint8_t inside; };
    union { uint16_t half; int8_t quarter; };
    union { uint32_t whole; uint8_t part[4]; } named;
    void (*hook)(State *s);
    State *self;
};
"""


@pytest.mark.parametrize(
    ("expression", "fixed"),
    [
        ("s->plain", "uint32_t"),
        ("(*s).plain", "uint32_t"),
        ("(s)->plain", "uint32_t"),
        ("(s->plain)", "uint32_t"),
        ("s -> plain", "uint32_t"),
        ("s->/* which */plain", "uint32_t"),
        ("s[1].plain", "uint32_t"),
        ("(&s->inner)->depth", "int32_t"),
        ("s->self->self->plain", "uint32_t"),
        ("s->whole", "int32_t"),
        ("s->letter", "uint8_t"),
        ("s->brief", "uint16_t"),
        ("s->crossed", "int16_t"),
        ("s->lit", "bool"),
        ("s->level", "uint16_t"),
        ("s->inner.depth", "int32_t"),
        ("s->inner.row[2]", "uint8_t"),
        ("*s->inner.row", "uint8_t"),
        ("s->next->depth", "int32_t"),
        ("s->next[2].row[1]", "uint8_t"),
        ("s->many[1].depth", "int32_t"),
        ("s->many->depth", "int32_t"),
        ("s->several[1]->depth", "int32_t"),
        ("s->grid[1][2]", "uint16_t"),
        ("*s->grid[1]", "uint16_t"),
        ("**s->grid", "uint16_t"),
        ("s->bytes[7]", "uint8_t"),
        ("*s->bytes", "uint8_t"),
        ("s->one", "uint16_t"),
        ("*s->two", "uint16_t"),
        ("s->three[0]", "uint16_t"),
        ("s->nested.x", "int16_t"),
        ("s->nested.y", "uint64_t"),
        ("s->inside", "uint8_t"),
        ("s->half", "uint16_t"),
        ("s->quarter", "int8_t"),
        ("s->named.whole", "uint32_t"),
        ("s->named.part[3]", "uint8_t"),
        ("(uint16_t)s->plain", "uint16_t"),
        ("((State *)s)->lit", "bool"),
    ],
)
def test_members(resolve: Resolve, expression: str, fixed: str) -> None:
    assert exact(resolve(expression, FIELDS)) == fixed


@pytest.mark.parametrize(
    "expression",
    [
        "s->sign",
        "s->wide",
        "s->widest",
        "s->length",
        "s->power",
        "s->ratio",
        "s->next",
        "s->bytes",
        "s->grid[1]",
        "s->inner",
        "s->hook",
        "*s->next",
        "s->several[1]",
    ],
)
def test_types_that_are_no_fixed_width(resolve: Resolve, expression: str) -> None:
    result = resolve(expression, FIELDS)
    assert isinstance(result, Unknown) or result.exact is None


@pytest.mark.parametrize(
    "expression", ["s->missing", "s->inner.missing", "s->plain.x", "*s->plain"]
)
def test_what_is_not_declared_is_unknown(resolve: Resolve, expression: str) -> None:
    result = resolve(expression, FIELDS)
    assert isinstance(result, Unknown)
    assert result.reason


def test_a_bitfield_is_told(resolve: Resolve) -> None:
    for name in ("bits", "more"):
        result = resolve(f"s->{name}", FIELDS)
        assert isinstance(result, Resolved)
        assert result.bitfield
    result = resolve("s->plain", FIELDS)
    assert isinstance(result, Resolved)
    assert not result.bitfield


@pytest.mark.parametrize(
    ("expression", "qualifiers"),
    [
        ("s->plain", set()),
        ("s->fixed", {"const"}),
        ("s->port", {"volatile"}),
        ("*s->to_fixed", {"const"}),
        ("s->to_fixed[1]", {"const"}),
        ("*s->fixed_to", set()),
        ("c->plain", {"const"}),
        ("c->many[1].depth", {"const"}),
        ("c->inner.depth", {"const"}),
        ("c->next->depth", set()),
        ("c->bytes[1]", set()),
        ("c->grid[1][1]", {"const"}),
        ("c->three[1]", {"const"}),
    ],
)
def test_qualifiers_of_the_object(resolve: Resolve, expression: str, qualifiers: set[str]) -> None:
    result = resolve(expression, FIELDS, before="    const State *c = s;")
    assert isinstance(result, Resolved), result
    assert set(result.qualifiers) == qualifiers


def test_functions_of_the_tree(resolve: Resolve) -> None:
    assert exact(resolve("level(s)", "uint16_t level(State *s);")) == "uint16_t"
    result = resolve("unheard_of(s)")
    assert isinstance(result, Unknown)


@pytest.mark.parametrize(
    "expression",
    ["-s->x", "+(s->x)", "s->n * s->x", "s->n / 2.0", "s->n ? s->n : s->x", "(s->n, s->x)",
     "s->x++", "s->x = 3", "MEAN(s)", "1e3", ".5f", "0x1p4", "s->read(s)", "s->read(s) + 1"],
)  # fmt: skip
def test_an_operand_makes_it_floating(resolve: Resolve, expression: str) -> None:
    members = "real x; int n; real (*read)(struct State *);"
    state = f"typedef float real;\ntypedef struct State {{ {members} }} State;\n"
    found = resolve(expression, f"{state}#define MEAN(s) (((s)->x + (s)->n) / 2)")
    assert isinstance(found, Resolved), found
    assert found.floating


@pytest.mark.parametrize(
    "expression",
    ["!s->x", "s->x > 2", "s->x && s->n", "(int)s->x", "s->n ? 1 : 2", "s->n = s->x", "0x1e", "~s->n",
     "-s->n", "s->n << 2"],
)  # fmt: skip
def test_no_floating_number(resolve: Resolve, expression: str) -> None:
    found = resolve(expression, "typedef struct State { float x; int n; } State;")
    assert isinstance(found, Unknown) or not found.floating
