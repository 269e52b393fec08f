# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros come to what the C preprocessor makes of them, and constants to what the compiler does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rewrite.c.conditions import Configuration, Definitions
from rewrite.c.expand import Choices, Expander, lex_text, spell_tokens
from rewrite.c.fold import Folder
from rewrite.c.headers import Header
from rewrite.c.scope import Scope
from rewrite.convert.type_facts import facts_of
from rewrite.errors import ExpansionError, UnknownTypeError
from rewrite.rules.ruleset import load_rules

MACROS = r"""
#define text(s) text_(s)
#define text_(s) #s
#define join(a, b) a ## b
#define twice(a) join(a, a)
#define LAMP 7
#define lamp(x) { LAMP, text(x), #x }
#define deep(x) lamp(join(LA, MP) + x)
#define self self + 1
#define call(f, ...) f(__VA_ARGS__)
#define named(f, rest...) f(0, ## rest)
#define empty
#define nothing() { }
#define over(a, b) \
    { .first = (a), \
      .second = &(b), \
    }
#define many(a, \
             b) a, b
#define outer(x) many(lamp(x), over(x, x))
#define later lamp
#define rec(x) rec2(x)
#define rec2(x) rec(x) x
"""

USES = [
    "lamp(LAMP)",
    "lamp( a  +   b )",
    'lamp("a\\n" \'"\')',
    "deep(1)",
    "twice(x)",
    "join(x, )",
    "join(, y)",
    "self",
    "call(lamp, 3)",
    "call(over, a, (b, c))",
    "named(f)",
    "named(f, 1, 2)",
    "empty lamp empty (1)",
    "nothing()",
    "outer(y[3])",
    "lamp",
    "later (2)",
    "rec(1)",
    "text(join(a, b)) join(text, _)(c)",
    "over((T[]) { 1 }, g(1, 2))",
    "join(LA, MP) text(LAMP) text_(LAMP)",
    "text(a->b[2].c) text(- 3) text(x<<y)",
    "many(1, many(2, 3))",
]


def scope_of(text: str, path: str = "lamp.c") -> Scope:
    return Scope((Header(path, text.encode()),), facts_of(load_rules()))


def expander_of(text: str) -> Expander:
    definitions = Definitions(scope_of(text), Configuration())
    return Expander(definitions.at(len(text)), frozenset(("offsetof",)))


@pytest.mark.parametrize("use", USES)
def test_an_expansion_is_what_the_preprocessor_makes(use: str) -> None:
    told = subprocess.run(
        ["gcc", "-E", "-P", "-x", "c", "-"],
        input=MACROS + use,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    made = expander_of(MACROS).expand(lex_text(use))
    assert [t.text for t in made] == [t.text for t in lex_text(told)]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("lamp(1", "do not end"),
        ("over(1)", "takes 2 arguments, not 1"),
        ("nothing(1)", "takes no argument"),
    ],
)
def test_what_cannot_be_expanded_is_told(use: str, message: str) -> None:
    with pytest.raises(ExpansionError, match=message):
        expander_of(MACROS).expand(lex_text(use))


def test_an_explosion_ends() -> None:
    lines = ["#define a0 x x"] + [f"#define a{n} a{n - 1} a{n - 1}" for n in range(1, 40)]
    with pytest.raises(ExpansionError, match="without end"):
        expander_of("\n".join(lines)).expand(lex_text("a39"))


CHOICE = """
#if WIDE
#define width 8
#elif defined(NARROW)
#define width 2
#else
#define width 4
#endif
#define SIZE width * 2
"""


def definitions_of(text: str, **symbols: int | None) -> Definitions:
    return Definitions(scope_of(text), Configuration(symbols))


def widths(**symbols: int | None) -> list[tuple[str, str]]:
    definitions = definitions_of(CHOICE, **symbols)
    choices = Choices()
    Expander(definitions.at(1000)).expand(lex_text("SIZE"), choices)
    found = choices.offered.get("width", definitions.at(1000)("width"))
    return [(spell_tokens(m.body), m.condition) for m in found]


def test_the_definitions_that_may_hold_are_offered_with_their_conditions() -> None:
    assert widths() == [
        ("8", "WIDE"),
        ("2", "!(WIDE) && (defined(NARROW))"),
        ("4", "!(WIDE) && !defined(NARROW)"),
    ]
    assert widths(WIDE=1) == [("8", "")]
    assert widths(WIDE=0, NARROW=None) == [("4", "")]
    assert [body for body, _ in widths(WIDE=0)] == ["2", "4"]


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("1", 1),
        ("defined(A)", 1),
        ("defined B", 0),
        ("defined(C)", None),
        ("!defined(C) && 0", 0),
        ("defined(C) || A", 1),
        ("A == 3 && B == 0", 1),
        ("A * 2 - 1 << 1 == 10", 1),
        ("D > 2 ? 4 : 4", 4),
        ("D > 2 ? 4 : 5", None),
        ("(A & 1) | (A ^ 1)", 3),
        ("E(3) || 0", None),
        ("0x10 == 16 && 010 == 8 && 'a' == 97", 1),
        ("", None),
        ("(((", None),
    ],
)
def test_a_condition_is_true_false_or_open(condition: str, value: int | None) -> None:
    definitions = definitions_of("", A=3, B=None)
    assert definitions.holds(condition) == value


def test_what_a_file_defines_itself_counts_from_there_on() -> None:
    text = "#ifdef ON\n#define a 1\n#endif\n#define ON\n#ifdef ON\n#define b 1\n#endif\n"
    definitions = definitions_of(text)
    scope = definitions._scope
    found = {
        m.name: definitions.open_condition(Header("lamp.c", text.encode()), m.offset)
        for _, m in [*scope.find_macros("a"), *scope.find_macros("b")]
    }
    own = definitions._own
    assert found == {"a": "defined(ON)", "b": "defined(ON)"}  # of another file: open
    places = {name: own.macros[name][0].offset for name in ("a", "b")}
    assert definitions.open_condition(own, places["a"]) is None
    assert definitions.open_condition(own, places["b"]) == ""


TYPES = """
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
enum { ONE = 1, TWO, EIGHT = TWO * 4, NINE };
enum colour { RED, GREEN, LAST = GREEN };
typedef uint32_t word;
typedef struct Lamp { uint8_t on; word watts[EIGHT]; struct { uint16_t a, b; } pairs[2][3]; bool x; } Lamp;
typedef union Both { uint8_t bytes[7]; uint32_t number; } Both;
struct packed { uint8_t a; uint32_t b; } __attribute__((packed));
struct tail { uint32_t n; uint8_t rest[]; };
static const int table[] = { 3, 4, [5] = 9, 1 };
static Lamp lamps[NINE];
#define COUNT(x) (sizeof(x) / sizeof((x)[0]))
#define BUG_ON(x) (sizeof(struct { int: (x) ? -1 : 1; }) - sizeof(struct { int: (x) ? -1 : 1; }))
"""

CONSTANTS = [
    "EIGHT + 1 == NINE",
    "(LAST << 4 | 3) ^ ~0xF",
    "-7 / 2 * 10 + -7 % 3",
    "sizeof(Lamp)",
    "sizeof(struct Lamp) * 2",
    "sizeof(Both)",
    "sizeof(struct packed)",
    "sizeof(struct tail)",
    "sizeof(((Lamp *)0)->watts)",
    "sizeof(((Lamp *)0)->pairs[1])",
    "sizeof(((Lamp *)0)->pairs[1][2].a)",
    "sizeof(__typeof__(((Lamp *)0)->watts))",
    "sizeof(lamps[0].watts)",
    "sizeof *table",
    "COUNT(table)",
    "COUNT(lamps)",
    "COUNT(lamps) + BUG_ON(0)",
    "sizeof(table) / sizeof(int)",
    "(uint8_t)200 + (int)'c'",
    "UINT64_C(1) << 33",
    "1 ? 2 : 3",
    "(0 || 2) && 3",
    'sizeof("abc")',
    "sizeof(enum colour)",
]


@pytest.mark.needs("gcc")
@pytest.mark.parametrize("constant", CONSTANTS)
def test_a_constant_is_what_the_compiler_says(constant: str, tmp_path: Path) -> None:
    expander = expander_of(TYPES)
    folder = Folder(scope_of(TYPES), expander.expand, lambda _: None)
    value = folder.fold(expander.expand(lex_text(constant)))
    source = f'{TYPES}_Static_assert(({constant}) == ({value}), "");\n'
    subprocess.run(
        ["gcc", "-w", "-fsyntax-only", "-x", "c", "-"], input=source, text=True, check=True
    )


@pytest.mark.parametrize(
    "text",
    [
        "unknown",
        "1 +",
        "(uint8_t)300",
        "1 / 0",
        "sizeof(void *)",
        "sizeof(long)",
        "sizeof(struct missing)",
        "f(1)",
        "lamps[0]",
        "sizeof(((Lamp *)0)->none)",
        "(",
        "",
    ],
)
def test_what_is_no_constant_on_every_host_is_told(text: str) -> None:
    folder = Folder(scope_of(TYPES), expander_of(TYPES).expand, lambda _: None)
    with pytest.raises(UnknownTypeError):
        folder.fold(lex_text(text))


@pytest.mark.parametrize(
    "members",
    [
        "uint32_t a; uint64_t b;",  # i386 aligns it to 4
        "uint64_t a; uint32_t b;",
        "unsigned a : 3;",
        "uint8_t a;\n#if X\nuint8_t b;\n#endif\n",
    ],
)
def test_a_struct_that_hosts_or_builds_lay_out_differently_has_no_size(members: str) -> None:
    text = f"struct s {{\n{members}\n}};\n"
    folder = Folder(scope_of(text), lambda tokens: tokens, lambda _: None)
    with pytest.raises(UnknownTypeError):
        folder.fold(lex_text("sizeof(struct s)"))
