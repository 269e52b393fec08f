# SPDX-License-Identifier: GPL-2.0-or-later
"""Declarations are read as C reads them, however they are written."""

from __future__ import annotations

import pytest
from conftest import Resolve, exact

from rewrite.c.types import Resolved


@pytest.mark.parametrize(
    ("declarations", "fixed"),
    [
        ("#define u48 uint64_t\ntypedef struct State { u48 x; } State;", "uint64_t"),
        ("typedef uint32_t a;\ntypedef a b, *c;\ntypedef struct { b x; } State;", "uint32_t"),
        ("#define FIELD x\ntypedef struct State { uint8_t x; } State;", "uint8_t"),
        ("#define COMMON uint16_t x; int y;\ntypedef struct State { COMMON } State;", "uint16_t"),
        (
            "#define COMMON \\\n    uint16_t y; \\\n    uint32_t x;\n"
            "typedef struct State {\n    uint8_t z;\n    COMMON\n    uint8_t w;\n} State;",
            "uint32_t",
        ),
        ("typedef struct State { uint8_t x __attribute__((aligned(4))); } State;", "uint8_t"),
        (
            "typedef struct State {\n#ifdef A\n    int z;\n#endif\n    uint8_t x;\n} State;",
            "uint8_t",
        ),
        (
            "typedef struct State {\n#ifdef A\n uint8_t x;\n#else\n uint8_t x;\n#endif\n} State;",
            "uint8_t",
        ),
        ("struct S { uint8_t x; };\n#define State struct S", "uint8_t"),
        ("typedef struct State { uint8_t /* uint16_t x; */ x; } State;", "uint8_t"),
    ],
)
def test_declared_by_detours(resolve: Resolve, declarations: str, fixed: str) -> None:
    assert exact(resolve("s->x", declarations)) == fixed


@pytest.mark.parametrize(
    "ends",
    [
        "} __attribute__((packed)) State;",
        "} State __attribute__((packed));",
        "} __attribute__ ((packed, aligned(4))) State, *StatePointer;",
        "} QEMU_PACKED State;",
    ],
)
def test_an_attribute_is_not_the_name_of_a_type(resolve: Resolve, ends: str) -> None:
    found = resolve("s->x", f"typedef struct {{\n    uint16_t x;\n{ends}")
    assert isinstance(found, Resolved), found
    assert (found.exact, found.packed) == ("uint16_t", True)
