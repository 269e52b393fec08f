# SPDX-License-Identifier: GPL-2.0-or-later
"""What a name means at a place: the innermost declaration, macros, typedefs, branches of #if."""

from __future__ import annotations

import re

import pytest
from conftest import Resolve, exact

from rewrite.c.types import Resolved, Unknown


@pytest.mark.parametrize(
    ("before", "fixed"),
    [
        ("uint8_t x = 1;", "uint8_t"),
        ("uint8_t a, x, b;", "uint8_t"),
        ("uint8_t x; { uint16_t x; }", "uint8_t"),
        ("uint8_t x; { uint16_t y; } {", "uint8_t"),
        ("uint8_t x; { uint16_t x;", "uint16_t"),
        ("uint8_t x; for (uint32_t x = 0; x < 3; x++) {", "uint32_t"),
        ("int64_t x[3]; { struct T { uint8_t x; } t; }", None),
        ("/* uint16_t x; */ int8_t x;", "int8_t"),
        ("static uint32_t x;", "uint32_t"),
    ],
)
def test_the_innermost_declaration_counts(resolve: Resolve, before: str, fixed: str | None) -> None:
    open_braces = before.count("{") - before.count("}")
    result = resolve("x", before=before, after="}" * open_braces)
    assert (result.exact if isinstance(result, Resolved) else None) == fixed


def test_parameters_and_globals(resolve: Resolve) -> None:
    assert exact(resolve("x", "uint16_t x;", parameters="QEMUFile *f, uint8_t x")) == "uint8_t"
    assert exact(resolve("x", "uint16_t x;", parameters="QEMUFile *f")) == "uint16_t"
    assert exact(resolve("x", "static uint64_t x;")) == "uint64_t"


def test_a_declaration_after_the_use_is_another_one(resolve: Resolve) -> None:
    text = resolve("x", "uint16_t x;", after="    { uint8_t x; (void)x; }")
    assert exact(text) == "uint16_t"


def test_a_macro_for_a_member(resolve: Resolve) -> None:
    declarations = "#define REG regs.x\ntypedef struct { struct { uint16_t x; } regs; } State;"
    assert exact(resolve("s->REG", declarations)) == "uint16_t"


def test_different_declarations_under_if_are_unknown(resolve: Resolve) -> None:
    result = resolve(
        "s->x",
        "typedef struct State {\n#ifdef A\n uint8_t x;\n#else\n uint16_t x;\n#endif\n} State;",
    )
    assert isinstance(result, Unknown)
    assert "#if" in result.reason


def test_different_typedefs_under_if_are_unknown(resolve: Resolve) -> None:
    result = resolve(
        "s->x",
        "#ifdef A\ntypedef uint8_t t;\n#else\ntypedef uint16_t t;\n#endif\n"
        "typedef struct State { t x; } State;",
    )
    assert isinstance(result, Unknown) or result.exact is None


def test_a_type_of_a_system_header_is_unknown(resolve: Resolve) -> None:
    declarations = (
        "#include <netinet/in.h>\ntypedef struct State { struct in_addr a; in_port_t p; } State;"
    )
    for expression in ("s->a.s_addr", "s->p"):
        result = resolve(expression, declarations)
        assert isinstance(result, Unknown) or result.exact is None
    result = resolve("s->a.s_addr", declarations)
    assert isinstance(result, Unknown)
    assert re.search(r"in_addr", result.reason)
