# SPDX-License-Identifier: GPL-2.0-or-later
"""The normal form of one text: what it is, and that it is its own."""

from __future__ import annotations

import pytest
from forms import FORMS
from test_wire import F0, V51, function

from rewrite.wire.macros import File, FileMacros
from rewrite.wire.normal import normalize_body
from rewrite.wire.text import Code, split_functions

SAVE = """    TankState *s = opaque;
    int i;

    qemu_put_be32(f, (s->level));
    for (i = 0; i < 4; i++)
        qemu_put_be16s(f, &s->valve[i].open);
    if (s->on) {
        qemu_put_byte(f, (uint8_t)(s->mode + 1));
    } else {
        qemu_put_buffer(f, (uint8_t *)s->label, sizeof(s->label));
        qemu_put_be32s(f, s->list + 1);
    }
"""
LOAD = """    uint32_t n = qemu_get_be32(f), *p = &s->n, m = base - qemu_get_be16(f);
    uint8_t mode = 0;
    int i;

    visit_type_uint8(v, "mode", &mode, errp);
    s->mode = mode & 3;
    while (({ uint8_t more = 0; visit_type_uint8(v, "more", &more, errp); more; }) > 2) {
        { s->flow += qemu_get_be64(f); }
    }
    (void)qemu_get_byte(f);
    qemu_get_be16s(f, p);
    s->kind = ({ int k; k = qemu_get_byte(f); k; });
"""


def dumped(body: str, streams: str = "", before: str = "") -> list[str]:
    """The lines of a body's normal form."""
    [found] = split_functions(function(body, streams)).functions
    return normalize_body(Code(found.body), V51, File(FileMacros(before))).dump()


def test_a_save() -> None:
    assert dumped(SAVE) == [
        "TankState * s = opaque ;",
        "int i ;",
        "PUT_be32 ( s -> level ) ;",
        "for ( i = 0 ; i < 4 ; i ++ ) {",
        "    PUT_be16 ( s -> valve [ i ] . open ) ;",
        "}",
        "if ( s -> on ) {",
        "    PUT_byte ( s -> mode + 1 ) ;",
        "}",
        "else {",
        "    BUF_put ( s -> label , sizeof ( s -> label ) ) ;",
        "    PUT_be32 ( * ( s -> list + 1 ) ) ;",
        "}",
        "}",
    ]


def test_a_load() -> None:
    assert dumped(LOAD, F0) == [
        "uint32_t n , * p = & s -> n , m ;",
        "int i ;",
        "n = GET_be32 ( f ) ;",
        "m = base - ( unsigned int ) GET_be16 ( f ) ;",
        "s -> mode = ( int ) GET_byte ( f ) & 3 ;",
        "while ( ( int ) GET_byte ( f ) > 2 ) {",
        "    s -> flow += GET_be64 ( f ) ;",
        "}",
        "GET_byte ( f ) ;",
        "* p = GET_be16 ( f ) ;",
        "s -> kind = ( { int k ; k = GET_byte ( f ) ; k ; } ) ;",
        "}",
    ]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("side", ["old", "new"])
def test_a_normal_form_is_its_own(form: str, side: str) -> None:
    old, new = FORMS[form]
    once = dumped(old) if side == "old" else dumped(new, F0)
    assert dumped("\n".join(once[:-1]) + "\n") == once
    assert not any("qemu_" in line for line in once if "unconverted" not in form)


@pytest.mark.parametrize("body", [SAVE, LOAD])
def test_a_long_normal_form_is_its_own(body: str) -> None:
    once = dumped(body, F0)
    assert dumped("\n".join(once[:-1]) + "\n") == once


def test_what_is_no_wire_stays() -> None:
    body = "    { s->a = 1; s->b = 2; }\n    if (x) y(); else { }\n    z: p = &(T){ 1 };\n"
    assert dumped(body) == [
        "{",
        "    s -> a = 1 ;",
        "    s -> b = 2 ;",
        "}",
        "if ( x ) {",
        "    y ( ) ;",
        "}",
        "else {",
        "}",
        "z :",
        "p = & ( T ) { 1 } ;",
        "}",
    ]


def test_a_macro_of_several_statements_gets_no_braces() -> None:
    """They would make one statement of it."""
    macro = "#define BOTH a(); b()\n"
    assert dumped("    if (x)\n        BOTH;\n", before=macro)[1] == "    BOTH ;"
    bare, braced = (
        normalize_body(Code(body), V51, File(FileMacros(macro))).items()
        for body in ("{ if (x) BOTH; }", "{ if (x) { BOTH; } }")
    )
    assert [i.what for i in bare] != [i.what for i in braced]
    assert [i.what for i in braced if i.what not in ("{", "}")] == [
        i.what for i in bare if i.what != "}"
    ]
