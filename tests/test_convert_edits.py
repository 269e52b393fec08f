# SPDX-License-Identifier: GPL-2.0-or-later
"""The text that each form becomes, and where the declarations for it go."""

from __future__ import annotations

import pytest
from conftest import Rewriter

STATE = "typedef struct State { uint32_t x; uint8_t b, tab[4]; const uint8_t *text; } State;\n"
DECLARED = "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n"

FORMS = {
    "qemu_put_be32(f, s->x);": ("", 'visit_type_uint32(v, "x", &s->x, errp);'),
    "qemu_put_be32(f, s->x + 1);": (
        "",
        'visit_type_uint32(v, "x", &(uint32_t){ s->x + 1 }, errp);',
    ),
    "qemu_put_be32s(f, &s->x);": ("", 'visit_type_uint32(v, "x", &s->x, errp);'),
    "qemu_put_buffer(f, s->text, 4);": (
        "",
        'visit_type_buffer(v, "text", (void *)s->text, 4, errp);',
    ),
    "s->x = qemu_get_be32(f);": ("", 'visit_type_uint32(v, "x", &s->x, errp);'),
    "s->b = qemu_get_byte(f) & 3;": (
        "    uint8_t b = 0;\n",
        'visit_type_uint8(v, "b", &b, errp);\n    s->b = b & 3;',
    ),
    "qemu_get_be32(f);": (
        "    uint32_t unused = 0;\n",
        'visit_type_uint32(v, "unused", &unused, errp);',
    ),
    "if (s) s->b = qemu_get_byte(f) & 3;": (
        "",
        'if (s) {\n        uint8_t b = 0;\n\n        visit_type_uint8(v, "b", &b, errp);\n'
        "        s->b = b & 3;\n    }",
    ),
    "s->b = s->x && qemu_get_byte(f);": (
        "",
        "s->b = s->x && ({\n        uint8_t b = 0;\n\n"
        '        visit_type_uint8(v, "b", &b, errp);\n        b;\n    });',
    ),
}


@pytest.mark.parametrize("body", FORMS)
def test_each_form(rewritten: Rewriter, body: str) -> None:
    declaration, text = FORMS[body]
    result = rewritten(f"    {body}", STATE)
    start = result.text.index("{\n", result.text.index("lamp_move"))
    assert result.text[start:] == f"{{\n{DECLARED}{declaration}\n    {text}\n}}\n"


def test_a_get_in_a_declaration_is_visited_after_all_of_them(rewritten: Rewriter) -> None:
    result = rewritten("    uint32_t n = qemu_get_be32(f);\n    int i;\n\n    use(n, i);")
    lines = [line.strip() for line in result.text.split("\n")]
    assert lines.index("int i;") > lines.index("uint32_t n = 0;")
    assert lines.index('visit_type_uint32(v, "n", &n, errp);') > lines.index("int i;")
    assert lines.index("use(n, i);") > lines.index('visit_type_uint32(v, "n", &n, errp);')


def test_a_loop_reads_once_before_each_turn(rewritten: Rewriter) -> None:
    result = rewritten("    while (qemu_get_byte(f)) {\n        lamp(s);\n    }", STATE)
    body = result.text[result.text.index("for (;;) {") :]
    assert [line.strip() for line in body.split("\n") if line.strip()][:-2] == [
        "for (;;) {",
        "uint8_t more = 0;",
        'visit_type_uint8(v, "more", &more, errp);',
        "if (!more) {",
        "break;",
        "}",
        "lamp(s);",
    ]


def test_comments_of_what_is_replaced_stay(rewritten: Rewriter) -> None:
    result = rewritten("    qemu_put_be32(f, /* how many */ s->x); /* last */", STATE)
    assert "/* how many */" in result.text
    assert "errp); /* last */" in result.text


def test_declarations_of_a_stream_stand_under_the_condition_of_its_sites(
    rewritten: Rewriter,
) -> None:
    result = rewritten("#ifdef A\n    qemu_put_be32(f, s->x);\n#endif\n    lamp(s);", STATE)
    start = result.text.index("#ifdef A")
    assert result.text[start:].startswith(f"#ifdef A\n{DECLARED}#endif\n")
    assert result.text.count("#endif") == 2


def test_tabs_are_used_where_the_file_does(rewritten: Rewriter) -> None:
    result = rewritten("\tif (s) {\n\t\tqemu_put_be32(f, s->x);\n\t}", STATE)
    assert "\n\tVisitor *v = qemu_file_get_visitor(f);\n" in result.text
    assert '\n\t\tvisit_type_uint32(v, "x", &s->x, errp);\n' in result.text
