# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the text of a function may mean something else than it says, no conversion of it is believed.

Each probe is legal C with a conversion that looks right and is wrong. The near misses beside them are
as legal, and right.
"""

from __future__ import annotations

import pytest
from conftest import Ran, Tree
from test_wire import F0, V51, function

from rewrite.wire.check import Mismatch, compare_texts

GET = "    s->a = qemu_get_be32(f);\n"
VISIT = '    visit_type_uint32(v, "a", &s->a, errp);\n'
NARROW = '    uint32_t a = 0;\n\n    visit_type_uint32(v, "a", &a, errp);\n'


def judged(old: str, new: str, before: str = "") -> tuple[Mismatch, ...]:
    """What the check says of two bodies in a file that begins with `before`."""
    texts = (before + function(old), before + function(new, F0))
    return compare_texts(texts[0].encode(), texts[1].encode(), V51)


def around(text: str) -> tuple[str, str]:
    """A body with a get in the place of `%s`, and one with its visit."""
    return text % GET, text % VISIT


OBSCURED = {
    "a stream in parentheses is assigned": ("", *around("%s    (f) = g;\n    use(s);\n"), "f changes"),
    "a function-like macro assigns the stream": (
        "#define TURN(x) ((x) = g)\n", *around("%s    TURN(f);\n"), "the macro TURN may change f"),
    "an object-like macro assigns the stream": (
        "#define TURN f = g\n", *around("%s    TURN;\n"), "the macro TURN uses f"),
    "a macro of a macro does": (
        "#define FIRST SECOND\n#define SECOND f = g\n", *around("%s    FIRST;\n"),
        "the macro SECOND uses f"),
    "assembler writes it": (
        "", *around('%s    asm volatile("" : "=r"(f));\n'), "there is assembler in the function"),
    "a loop macro steps through streams": (
        "", *around("    EACH(f) {\n%s    }\n"), "EACH may be a loop over f"),
    "its address is taken": ("", *around("    QEMUFile **p = &f;\n\n%s"), "the address of f is taken"),
    "it is declared again": (
        "", *around("    {\n        QEMUFile *f = g;\n        use(f);\n    }\n%s"),
        "f is declared again"),
    "there may be none": (
        "", *around("    if (!f) {\n        return;\n    }\n%s"),
        "f is tested, so there may be no stream"),
    "there may be none, compared": (
        "", *around("    if (f == NULL) {\n        return;\n    }\n%s"),
        "f is tested, so there may be no stream"),
    "the primitive is a macro": (
        "#define qemu_get_be32(x) other(x)\n", GET, VISIT, "qemu_get_be32 is a macro of this file"),
    "the primitive is a local": (
        "", *around("    uint32_t (*qemu_get_be32)(QEMUFile *) = pick();\n\n%s"),
        "qemu_get_be32 is something else in this function"),
    "a macro uses the visitor's name": (
        "#define MARK v\n", *around("%s    use(MARK);\n"), "v is what the macro MARK uses"),
    "through another macro": (
        "#define MARK HERE\n#define HERE errp\n", *around("%s    use(MARK);\n"),
        "errp is what the macro HERE uses"),
    "the visitor's name is a macro": (
        "#define v (1)\n", GET, VISIT, "v is a macro of this file"),
    "a macro pastes a name together": (
        "#define HALF(x) x##_half\n", "    s->a = qemu_get_be32(f) + HALF(s);\n",
        NARROW.replace("a = 0", "s_half = 0").replace("&a,", "&s_half,")
        + "    s->a = s_half + HALF(s);\n",
        "s_half may be what the macro HALF puts together"),
    "a temporary called like a keyword": (
        "", "    s->n = qemu_get_be32(f);\n",
        NARROW.replace(" a = 0", " long = 0").replace("&a,", "&long,") + "    s->n = long;\n",
        "long has a meaning of its own"),
    "a text is included": (
        "", *around('%s#include "more.inc"\n'), "a file is included in the function"),
    "a macro makes a text of the call": (
        "#define SHOW(x) show(#x, x)\n", "    SHOW(qemu_get_be32(f));\n",
        '    SHOW(({\n        uint32_t a = 0;\n        visit_type_uint32(v, "a", &a, errp);\n'
        "        a;\n    }));\n", "the macro SHOW makes a text of the call"),
    "a macro uses what is loaded behind it": (
        "#define TWICE (n * 2)\n",
        "    uint32_t n = qemu_get_be32(f);\n    int m = TWICE;\n\n    use(m);\n",
        "    uint32_t n = 0;\n    int m = TWICE;\n\n"
        '    visit_type_uint32(v, "n", &n, errp);\n    use(m);\n',
        "the load moved, past the macro TWICE"),
    "a macro beside the get reads": (
        "#define HIGH qemu_get_byte(f)\n", "    s->a = HIGH << 8 | qemu_get_be32(f);\n",
        NARROW + "    s->a = HIGH << 8 | a;\n", "the macro HIGH uses f"),
    "a macro beside the get calls": (
        "#define HIGH next()\n", "    s->a = HIGH << 8 | qemu_get_be32(f);\n",
        NARROW + "    s->a = HIGH << 8 | a;\n", "the visit moved, past the macro HIGH"),
    "a macro is an if": (
        "#define IF_NEW if (s->b > 3)\n", "    int n;\n\n    IF_NEW n = qemu_get_be32(f);\n    use(n);\n",
        "    int n;\n" + NARROW + "    IF_NEW n = a;\n    use(n);\n",
        "IF_NEW may be a macro that controls"),
    "a macro of a header may be an if": (
        "", "    int n;\n\n    IF_NEW n = qemu_get_be32(f);\n    use(n);\n",
        "    int n;\n" + NARROW + "    IF_NEW n = a;\n    use(n);\n",
        "IF_NEW may be a macro that controls"),
    "a macro steps between a declaration and its visit": (
        "#define NEXT (count++)\n",
        "    uint32_t a = qemu_get_be32(f);\n    int n = NEXT;\n\n    use(a, n);\n",
        '    uint32_t a = 0;\n    int n = NEXT;\n\n    visit_type_uint32(v, "a", &a, errp);\n'
        "    use(a, n);\n", "the load moved, past the macro NEXT"),
}  # fmt: skip

WRONG = {
    "an initialiser moves past a step": (
        "    uint32_t x = s->c + qemu_get_be32(f);\n    uint32_t y = s->c++;\n\n    use(x, y);\n",
        '    uint32_t a = 0;\n    uint32_t x;\n    uint32_t y = s->c++;\n\n'
        '    visit_type_uint32(v, "a", &a, errp);\n    x = s->c + a;\n    use(x, y);\n',
        "something changes before the load"),
    "an initialiser moves past a name that it uses": (
        "    uint32_t x = y + qemu_get_be32(f);\n    int y = 4;\n\n    use(x, y);\n",
        '    uint32_t a = 0;\n    uint32_t x;\n    int y = 4;\n\n'
        '    visit_type_uint32(v, "a", &a, errp);\n    x = y + a;\n    use(x, y);\n',
        "y is another one before the load"),
    "out of _Generic": (
        "    s->a = _Generic(qemu_get_be32(f), int: 1, default: 2);\n",
        NARROW + "    s->a = _Generic(a, int: 1, default: 2);\n",
        "the visit moved, but it is not evaluated"),
    "out of sizeof without parentheses": (
        "    s->a = sizeof (s)->t[qemu_get_be32(f)];\n", NARROW + "    s->a = sizeof (s)->t[a];\n",
        "the visit moved, but it is not evaluated"),
    "out of sizeof with an operator": (
        "    s->a = sizeof !qemu_get_be32(f);\n", NARROW + "    s->a = sizeof !a;\n",
        "the visit moved, but it is not evaluated"),
    "past a call beside it": (
        "    s->a = step(s) - qemu_get_be32(f);\n", NARROW + "    s->a = step(s) - a;\n",
        "the visit moved, past a call of step"),
    "past a call behind it": (
        "    s->a = qemu_get_be32(f) - step(s);\n", NARROW + "    s->a = a - step(s);\n",
        "the visit moved, past a call of step"),
    "an initialiser moves past an array that a call measures": (
        "    uint32_t x = qemu_get_be32(f);\n    int y[next(s)];\n\n    use(x, y);\n",
        '    uint32_t x = 0;\n    int y[next(s)];\n\n    visit_type_uint32(v, "x", &x, errp);\n'
        "    use(x, y);\n", "next is called before the load"),
    "an initialiser moves past a call through a pointer": (
        "    uint32_t x = qemu_get_be32(f);\n    int y = (*s->next)(s);\n\n    use(x, y);\n",
        '    uint32_t x = 0;\n    int y = (*s->next)(s);\n\n    visit_type_uint32(v, "x", &x, errp);\n'
        "    use(x, y);\n", ") is called before the load"),
    "an initialiser moves past the declaration of a constant that it uses": (
        "    uint32_t x = FIRST + qemu_get_be32(f);\n    enum { FIRST } y;\n\n    use(x, y);\n",
        "    uint32_t a = 0;\n    uint32_t x;\n    enum { FIRST } y;\n\n"
        '    visit_type_uint32(v, "a", &a, errp);\n    x = FIRST + a;\n    use(x, y);\n',
        "FIRST is another one before the load"),
    "the type of what is kept": (
        "    __auto_type x = qemu_get_byte(f);\n\n    use(x);\n",
        '    __auto_type x = ({ uint8_t a = 0; visit_type_uint8(v, "a", &a, errp); a; });\n\n'
        "    use(x);\n", "the temporary needs a cast"),
    "the type that _Generic chooses by": (
        "    s->a = _Generic((qemu_get_be16(f)), int: 1, default: 2);\n",
        '    s->a = _Generic((({ uint16_t a = 0; visit_type_uint16(v, "a", &a, errp); a; })),'
        " int: 1, default: 2);\n", "the temporary needs a cast"),
    "a jump over the initialisation": (
        "    if (s->b) {\n        goto out;\n    }\n    use(s);\nout:\n    qemu_get_byte(f);\n",
        "    if (s->b) {\n        goto out;\n    }\n    use(s);\n    uint8_t a = 0;\nout:\n"
        '    visit_type_uint8(v, "a", &a, errp);\n', "the code changed"),
    "a comma in a literal": (
        "    qemu_put_be32(f, (s->a, s->b));\n",
        '    visit_type_uint32(v, "a", &(uint32_t){ s->a, s->b }, errp);\n', "another operand"),
    "the address of a value behind a cast": (
        "    qemu_put_byte(f, (uint8_t)s->a);\n",
        '    visit_type_uint8(v, "a", &s->a, errp);\n', "another operand"),
    "a block that a compound literal must outlive": (
        "    switch (s->b) {\n    case 1:\n        s->p = &(P){ qemu_get_be32(f) };\n"
        "        use(s);\n    }\n",
        "    switch (s->b) {\n    case 1: {\n        uint32_t a = 0;\n\n"
        '        visit_type_uint32(v, "a", &a, errp);\n        s->p = &(P){ a };\n    }\n'
        "        use(s);\n    }\n", "the code changed"),
}  # fmt: skip

RIGHT = {
    "the stream is passed on": ("", *around("    use(f);\n%s    more(s, f, 1);\n    s->g = f;\n")),
    "a member has the stream's name": (
        "", *around("    union {\n        float f;\n        int i;\n    } u;\n\n%s    u.f = s->f;\n")),
    "a macro hands the stream on": (
        "#define MORE(x, y) more(x, (y))\n", *around("%s    MORE(f, s->b);\n")),
    "a macro writes to its other argument": (
        "#define MORE(x, y) ((y) = more(x))\n", *around("%s    MORE(f, s->b);\n")),
    "a macro names a member like the visitor": ("#define MARK s->v\n", *around("%s    use(MARK);\n")),
    "an alias of a primitive": (
        "#define qemu_get_be32 qemu_get_sbe32\n", GET,
        '    visit_type_uint32(v, "a", &s->a, errp);\n'),
    "a constant beside the get": (
        "#define HIGH (3 << 4)\n", "    s->a = HIGH << 8 | qemu_get_be32(f);\n",
        NARROW + "    s->a = HIGH << 8 | a;\n"),
    "a call that a sequence point puts behind it": (
        "", "    s->a = qemu_get_be32(f) && step(s);\n", NARROW + "    s->a = a && step(s);\n"),
    "sizeof of something else": (
        "", "    s->b = sizeof (s->b) * qemu_get_be32(f);\n", NARROW + "    s->b = sizeof (s->b) * a;\n"),
    "a call that the value is handed to": (
        "", "    s->a = step(s, (uint8_t)qemu_get_be32(f));\n", NARROW + "    s->a = step(s, (uint8_t)a);\n"),
    "a call that finds the lvalue": (
        "", "    DEVICE(s)->a = qemu_get_be32(f);\n", NARROW + "    DEVICE(s)->a = a;\n"),
    "an initialiser before designators": (
        "", "    uint32_t x = qemu_get_be32(f);\n    P y = { .a = 1, .b[2] = 4 };\n\n    use(x, y);\n",
        "    uint32_t x = 0;\n    P y = { .a = 1, .b[2] = 4 };\n\n"
        '    visit_type_uint32(v, "x", &x, errp);\n    use(x, y);\n'),
    "a pointer to an array comes first": (
        "", "    uint8_t (*rows)[4] = s->rows;\n    int i;\n\n    qemu_put_byte(f, rows[0][1]);\n",
        "    uint8_t (*rows)[4] = s->rows;\n    int i;\n\n"
        '    visit_type_uint8(v, "rows", &rows[0][1], errp);\n'),
    "one of those that _Generic chooses from, promoted": (
        "", "    s->a = _Generic(s->b, int: qemu_get_byte(f), default: 7) + s->b;\n",
        '    s->a = _Generic(s->b, int: ({ uint8_t a = 0; visit_type_uint8(v, "a", &a, errp); a; }),'
        " default: 7) + s->b;\n"),
    "the type of what is kept, by a cast": (
        "", "    __auto_type x = qemu_get_byte(f);\n\n    use(x);\n",
        '    __auto_type x = ({ uint8_t a = 0; visit_type_uint8(v, "a", &a, errp); (int)a; });\n\n'
        "    use(x);\n"),
    "a put that is returned": (
        "", "    return s->b ? qemu_put_be32(f, s->a) : use(s);\n",
        '    return s->b ? (void)visit_type_uint32(v, "a", &s->a, errp) : use(s);\n'),
    "a constant through a cast": (
        "", "    qemu_put_be16(f, MARK + 1);\n",
        '    visit_type_uint16(v, "mark", &(uint16_t){ (uint16_t)(MARK + 1) }, errp);\n'),
    "a get in a pointer": (
        "", "    qemu_get_be32s(f, &s->t[qemu_get_byte(f)]);\n",
        '    visit_type_uint32(v, "t", &s->t[({ uint8_t a = 0; visit_type_uint8(v, "a", &a, errp); a; })],'
        " errp);\n"),
    "a statement in a statement expression": (
        "", "    s->b = ({ int i = 0; s->a = qemu_get_be32(f) & 3; i + 1; });\n",
        '    s->b = ({ int i = 0; uint32_t a = 0; visit_type_uint32(v, "a", &a, errp); s->a = a & 3;'
        " i + 1; });\n"),
    "chained assignments with commas": (
        "", "    x = y = qemu_get_be32(f), s->b = 4;\n", NARROW + "    x = y = a, s->b = 4;\n"),
    "a quote in an index": (
        "", "    qemu_put_byte(f, s->t['\"']);\n",
        "    visit_type_uint8(v, \"t\", &s->t['\"'], errp);\n"),
    "one field in two spellings": (
        "", "    qemu_put_be32(f, (s)->a);\n    qemu_put_be32(f, s->a);\n",
        '    visit_type_uint32(v, "a", &(s)->a, errp);\n    visit_type_uint32(v, "a", &s->a, errp);\n'),
    "through the address of a member": (
        "", "    qemu_put_be32(f, (&s->in)->a);\n    qemu_put_be32(f, s->in.a);\n",
        '    visit_type_uint32(v, "in.a", &(&s->in)->a, errp);\n'
        '    visit_type_uint32(v, "in.a", &s->in.a, errp);\n'),
}  # fmt: skip


@pytest.mark.parametrize("probe", OBSCURED)
def test_what_cannot_be_told_is_said(probe: str) -> None:
    before, old, new, message = OBSCURED[probe]
    [found] = judged(old, new, before)
    assert (found.message, found.obscured) == (message, True)


@pytest.mark.parametrize("probe", WRONG)
def test_what_is_wrong_is_found(probe: str) -> None:
    old, new, message = WRONG[probe]
    [found] = judged(old, new)
    assert (found.message, found.obscured) == (message, False)


@pytest.mark.parametrize("probe", RIGHT)
def test_what_is_right_is_accepted(probe: str) -> None:
    before, old, new = RIGHT[probe]
    assert judged(old, new, before) == ()


def test_a_function_in_capitals_is_no_macro() -> None:
    """If the file defines it; one that nobody defines may be one."""
    body = "    s->h = %s(qemu_get_be32(f));\n"
    new = NARROW + "    s->h = SWAP32(a);\n"
    defined = "static uint32_t SWAP32(uint32_t x)\n{\n    return x;\n}\n\n"
    assert judged(body % "SWAP32", new, defined) == ()
    [found] = judged(body % "SWAP32", new)
    assert found.message == "the visit moved, but SWAP32 may be a macro"


def test_only_that_function_stays(tree: Tree, rewrite: object) -> None:
    """It is refused with a reason; the others of the file are converted, and the status is 0."""
    assert callable(rewrite)
    body = "{\n    uint32_t *a = opaque;\n\n%s    *a = qemu_get_be32(f);\n    return 0;\n}\n"
    head = "static int %s(QEMUFile *f, void *opaque, int version_id)\n"
    text = "#define TURN f = other\n\n"
    text += head % "one" + body % "    TURN;\n" + "\n" + head % "two" + body % ""
    tree.write({"hw/lamp.c": text})
    ran: Ran = rewrite(tree.root, "--dialect", "5.1")
    assert ran.status == 0
    assert ran.out.count(b"+    visit_type_uint32") == 1
    assert "hw/lamp.c:8:10: warning: qemu_get_be32 not converted" in ran.err
    assert "f is assigned in this function [stream-changes]" in ran.err
