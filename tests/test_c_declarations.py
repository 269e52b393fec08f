# SPDX-License-Identifier: GPL-2.0-or-later
"""Declarations are read as C reads them, however they are written."""

from __future__ import annotations

import pytest
from conftest import Resolve, exact

from rewrite.c.declarations import read_declaration, read_members, read_type, tokenize_masked
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


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("int a, *b, c[3], (*d)(int);", ["a", "b", "c", "d"]),
        ("struct { int a; } b;", ["b"]),
        ("unsigned long int a : 3, b;", ["a", "b"]),
        ("typedef struct Lamp Lamp, *LampPointer;", ["Lamp", "LampPointer"]),
        ("static const char *const names[] = { 0 };", ["names"]),
        ("int (*(*pick)(int a))(int b);", ["pick"]),
        ("int lamp(State *s, int n);", ["lamp"]),
        ("return;", []),
    ],
)
def test_names_that_a_declaration_declares(text: str, names: list[str]) -> None:
    assert [declared.name for declared in read_declaration(text)] == names


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("unsigned", "unsigned int"),
        ("long unsigned int", "unsigned long"),
        ("int long long signed", "long long"),
        ("short signed", "short"),
        ("char signed", "signed char"),
        ("const char *", "char const *"),
        ("int (*)(void)", "int(*)( void )"),
        ("struct Lamp *[3]", "struct Lamp*[ 3 ]"),
    ],
)
def test_one_type_however_it_is_spelled(text: str, same: str) -> None:
    assert read_type(text) == read_type(same) is not None


def test_members_with_their_places() -> None:
    text = "int a; struct { int b; }; unsigned c:3;"
    members = read_members(tokenize_masked(text))
    assert [(m.name, m.bitfield) for m in members] == [("a", False), ("", False), ("c", True)]
    assert [text[m.offset] for m in members if m.name] == ["a", "c"]
