# SPDX-License-Identifier: GPL-2.0-or-later
"""Types of expressions, in small trees: what is declared is found, and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from rewrite.c.syntax import Syntax
from rewrite.c.types import Frame, Resolved, Unknown
from rewrite.convert.candidates import name_pattern
from rewrite.convert.conversion import Converter, open_converter
from rewrite.convert.sites import find_sites
from rewrite.files.source import SourceFile
from rewrite.rules.ruleset import load_rules

RULES = load_rules([])

Resolve = Callable[..., Resolved | Unknown]


@pytest.fixture
def resolve(tree: Any) -> Resolve:
    """The type of EXPR where `declarations` and, in the function, `before` come first.

    resolve("s->x", declarations, before="...", path="hw/x.c", **more files by name)
    """

    def run(
        expression: str,
        declarations: str = "",
        before: str = "",
        path: str = "hw/x.c",
        parameters: str = "QEMUFile *f, State *s",
        after: str = "",
        files: dict[str, str] | None = None,
    ) -> Resolved | Unknown:
        text = (
            f"{declarations}\nvoid x_save({parameters})\n{{\n{before}\n"
            f"    qemu_put_be64(f, {expression});\n{after}\n}}\n"
        )
        tree.write({**(files or {}), path: text})
        converter = open_converter(tree.root, RULES, RULES.dialects["5.1"])
        return last_operand(converter, tree.root / path)

    return run


def last_operand(converter: Converter, path: Any) -> Resolved | Unknown:
    """The type of what the last site of a file puts."""
    source = SourceFile(path, converter.tree.name_of(str(path)), path.read_bytes())
    syntax = Syntax(source)
    converter.headers.add(str(source.path), source.data)
    site = find_sites(syntax, converter.rules, name_pattern(converter.rules))[-1]
    frame = Frame(source.data, site.place.chain, str(source.path))
    return converter.resolver.resolve(site.arguments[1], frame)


def exact(result: Resolved | Unknown) -> str | None:
    """The fixed-width type; what is unknown fails the test and says why."""
    assert isinstance(result, Resolved), result
    return result.exact


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


# -- names ---------------------------------------------------------------------------------------


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


def test_functions_of_the_tree(resolve: Resolve) -> None:
    assert exact(resolve("level(s)", "uint16_t level(State *s);")) == "uint16_t"
    result = resolve("unheard_of(s)")
    assert isinstance(result, Unknown)


# -- typedefs and macros -------------------------------------------------------------------------


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


# -- headers -------------------------------------------------------------------------------------

LEVEL = "typedef struct State { %s level; } State;\n"


def test_headers_through_headers(resolve: Resolve) -> None:
    files = {
        "include/hw/one.h": '#include "hw/two.h"\n',
        "include/hw/two.h": '#include "three.h"\n',
        "include/hw/three.h": LEVEL % "uint16_t",
    }
    result = resolve("s->level", '#include "hw/one.h"', files=files)
    assert exact(result) == "uint16_t"
    assert isinstance(result, Resolved)
    assert result.origin is not None
    assert result.origin.path.endswith("include/hw/three.h")


def test_headers_that_include_each_other(resolve: Resolve) -> None:
    files = {
        "include/a.h": '#include "b.h"\n' + LEVEL % "uint8_t",
        "include/b.h": '#include "a.h"\n',
    }
    assert exact(resolve("s->level", '#include "b.h"', files=files)) == "uint8_t"


def test_the_header_beside_the_file_comes_first(resolve: Resolve) -> None:
    files = {"hw/dev.h": LEVEL % "uint8_t", "include/dev.h": LEVEL % "uint16_t"}
    assert exact(resolve("s->level", '#include "dev.h"', files=files)) == "uint8_t"


def test_a_header_that_is_not_included_does_not_count(resolve: Resolve) -> None:
    """A stray declaration of the same name elsewhere must not decide."""
    files = {"include/used.h": LEVEL % "uint8_t", "include/stray.h": LEVEL % "uint16_t"}
    assert exact(resolve("s->level", '#include "used.h"', files=files)) == "uint8_t"


TARGETS = {
    "target/alto/cpu.h": "typedef struct { uint32_t pc; uint8_t mode; } CPU;\n",
    "target/basso/cpu.h": "typedef struct { uint64_t pc; uint8_t mode; } CPU;\n",
}


@pytest.mark.parametrize(("target", "fixed"), [("alto", "uint32_t"), ("basso", "uint64_t")])
def test_a_target_sees_its_own_header(resolve: Resolve, target: str, fixed: str) -> None:
    result = resolve(
        "s->pc",
        '#include "cpu.h"',
        path=f"target/{target}/machine.c",
        parameters="QEMUFile *f, CPU *s",
        files=TARGETS,
    )
    assert exact(result) == fixed


def test_a_common_file_sees_all_targets(resolve: Resolve) -> None:
    common = {"parameters": "QEMUFile *f, CPU *s", "files": TARGETS}
    assert exact(resolve("s->mode", '#include "cpu.h"', **common)) == "uint8_t"
    result = resolve("s->pc", '#include "cpu.h"', **common)
    assert isinstance(result, Unknown)
    assert "targets" in result.reason


# -- attributes ------------------------------------------------------------------------------------


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


# -- floating numbers ------------------------------------------------------------------------------


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
