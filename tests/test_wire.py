# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire check accepts every form that a conversion takes, and refuses what is none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewrite.wire.check import Vocabulary, WirePrimitive, WireVisit, compare, dump, skeleton
from rewrite.wire.text import Code, Node, split, tokenize

# name, wire, temporary's type, put's parameter is by value, getter's return type
_VALUES = (
    ("byte", "byte", "uint8_t", "int"),
    ("ubyte", "byte", "uint8_t", "unsigned int"),
    ("be16", "be16", "uint16_t", "unsigned int"),
    ("be32", "be32", "uint32_t", "unsigned int"),
    ("be64", "be64", "uint64_t", "uint64_t"),
    ("sbe32", "be32", "int32_t", "int"),
    ("sbe64", "be64", "int64_t", "int64_t"),
    ("betl", "target_long", "target_ulong", "target_ulong"),
)
_POINTERS = (
    ("8s", "byte", "uint8_t"),
    ("be16s", "be16", "uint16_t"),
    ("be32s", "be32", "uint32_t"),
    ("be64s", "be64", "uint64_t"),
    ("sbe32s", "be32", "int32_t"),
    ("betls", "target_long", "target_ulong"),
)
_VISITS = (
    ("uint8", "byte", "uint8_t"),
    ("uint16", "be16", "uint16_t"),
    ("uint32", "be32", "uint32_t"),
    ("uint64", "be64", "uint64_t"),
    ("int8", "byte", "int8_t"),
    ("int16", "be16", "int16_t"),
    ("int32", "be32", "int32_t"),
    ("int64", "be64", "int64_t"),
    ("bool", "byte", "bool"),
    ("uinttl", "target_long", "target_ulong"),
    ("buffer", "buffer", "void"),
)
_RFC = {"uint": "u", "int": "s", "uinttl": "utl", "inttl": "stl"}


def _primitives() -> dict[str, WirePrimitive]:
    found = [
        *(WirePrimitive(f"qemu_put_{n}", "put", w, "value", c) for n, w, c, _ in _VALUES),
        *(WirePrimitive(f"qemu_get_{n}", "get", w, "result", c, r) for n, w, c, r in _VALUES),
        WirePrimitive("qemu_put_sbe16", "put", "be16", "value", "int16_t"),
        WirePrimitive("qemu_get_sbe16", "get", "be16", "result", "uint16_t", "int"),
        *(WirePrimitive(f"qemu_put_{n}", "put", w, "pointer", c) for n, w, c in _POINTERS),
        *(WirePrimitive(f"qemu_get_{n}", "get", w, "pointer", c) for n, w, c in _POINTERS),
        WirePrimitive("qemu_put_buffer", "put", "buffer", "buffer"),
        WirePrimitive("qemu_get_buffer", "get", "buffer", "buffer", returns="int"),
    ]
    return {primitive.name: primitive for primitive in found}


def _rfc_name(name: str) -> str:
    if name in _RFC:
        return _RFC[name]
    for long, short in (("uint", "u"), ("int", "s")):
        if name.startswith(long):
            return short + name[len(long) :]
    return name


def _vocabulary(order: tuple[str, ...], rfc: bool = False) -> Vocabulary:
    names = [(f"visit_type_{_rfc_name(n) if rfc else n}", w, c) for n, w, c in _VISITS]
    visits = {name: WireVisit(name, wire, c_type) for name, wire, c_type in names}
    return Vocabulary(_primitives(), visits, order, local_error=rfc)


NAME_FIRST = ("visitor", "name", "object", "errp")
V51 = _vocabulary(NAME_FIRST)
V12 = _vocabulary(("visitor", "object", "name", "errp"))
RFC = _vocabulary(NAME_FIRST, rfc=True)

F0 = """    Visitor *v = qemu_file_get_visitor(f);
    Error **errp = qemu_file_get_errp(f);
"""


def function(body: str, streams: str = "") -> str:
    """A handler with this body."""
    return f"static void handler(QEMUFile *f, void *opaque)\n{{\n{streams}{body}}}\n"


def differences(old: str, new: str, vocabulary: Vocabulary = V51) -> list[str]:
    """The messages for two whole texts."""
    found = compare(old.encode("latin-1"), new.encode("latin-1"), vocabulary)
    return [mismatch.message for mismatch in found]


def check(old: str, new: str, vocabulary: Vocabulary = V51) -> list[str]:
    """The messages for two bodies, the new one with its streams' declarations."""
    return differences(function(old), function(new, F0), vocabulary)


# Each form: what it is for, the old body, the new one (5.1 order).
FORMS = {
    "F1 lvalue": (
        "    qemu_put_be32(f, s->a);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "F1 other sign": (
        "    qemu_put_be32(f, s->a[i].b);\n",
        '    visit_type_int32(v, "a[].b", &s->a[i].b, errp);\n',
    ),
    "F1 bool": (
        "    qemu_put_byte(f, s->on);\n",
        '    visit_type_bool(v, "on", &s->on, errp);\n',
    ),
    "F1 dereference": (
        "    qemu_put_be16(f, *p);\n",
        '    visit_type_uint16(v, "p", p, errp);\n',
    ),
    "F1 dereference with a step": (
        "    qemu_put_be16(f, *p++);\n",
        '    visit_type_uint16(v, "p", p++, errp);\n',
    ),
    "F1 dereference of a cast": (
        "    qemu_put_be16(f, *(uint16_t *)p);\n",
        '    visit_type_uint16(v, "p", (uint16_t *)p, errp);\n',
    ),
    "F1 parentheses": (
        "    qemu_put_be16(f, (s->a));\n",
        '    visit_type_uint16(v, "a", &s->a, errp);\n',
    ),
    "F1 target long": (
        "    qemu_put_betl(f, env->pc);\n",
        '    visit_type_uinttl(v, "pc", &env->pc, errp);\n',
    ),
    "F2 arithmetic": (
        "    qemu_put_be32(f, s->a + 1);\n",
        '    visit_type_uint32(v, "a", &(uint32_t){ s->a + 1 }, errp);\n',
    ),
    "F2 call with commas": (
        "    qemu_put_byte(f, pick(s, 2));\n",
        '    visit_type_uint8(v, "pick", &(uint8_t){ pick(s, 2) }, errp);\n',
    ),
    "F2 cast": (
        "    qemu_put_be64(f, (uint64_t)s->a);\n",
        '    visit_type_uint64(v, "a", &(uint64_t){ (uint64_t)s->a }, errp);\n',
    ),
    "F2 signed": (
        "    qemu_put_sbe16(f, s->temp);\n",
        '    visit_type_int16(v, "temp", &(int16_t){ s->temp }, errp);\n',
    ),
    "F3 put": (
        "    qemu_put_be32s(f, &s->a);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "F3 get": (
        "    qemu_get_be32s(f, &s->a);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "F3 constant pointer": (
        "    qemu_put_8s(f, p);\n",
        '    visit_type_uint8(v, "p", &(uint8_t){ *p }, errp);\n',
    ),
    "F3 address of a constant": (
        "    qemu_put_8s(f, &s->a);\n",
        '    visit_type_uint8(v, "a", &(uint8_t){ s->a }, errp);\n',
    ),
    "F3 pointer arithmetic": (
        "    qemu_put_be32s(f, p + 1);\n",
        '    visit_type_uint32(v, "p", &(uint32_t){ *(p + 1) }, errp);\n',
    ),
    "F4": (
        "    s->a = qemu_get_be32(f);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "F5 narrower": (
        "    s->a = qemu_get_be32(f);\n",
        """    uint32_t a = 0;
    visit_type_uint32(v, "a", &a, errp);
    s->a = a;
""",
    ),
    "F5 promoted": (
        "    s->a = base - qemu_get_be16(f);\n",
        """    uint16_t a = 0;
    visit_type_uint16(v, "a", &a, errp);
    s->a = base - (unsigned int)a;
""",
    ),
    "F5 explicit cast": (
        "    s->a = (uint8_t)qemu_get_be16(f);\n",
        """    uint16_t a = 0;
    visit_type_uint16(v, "a", &a, errp);
    s->a = (uint8_t)a;
""",
    ),
    "F5 not sign-extended": (
        "    s->a = -qemu_get_sbe16(f);\n",
        """    uint16_t a = 0;
    visit_type_uint16(v, "a", &a, errp);
    s->a = -a;
""",
    ),
    "F5 compound assignment": (
        "    s->a |= qemu_get_byte(f) << 8;\n",
        """    uint8_t a = 0;
    visit_type_uint8(v, "a", &a, errp);
    s->a |= a << 8;
""",
    ),
    "F5 return": (
        "    return qemu_get_be32(f) != 7;\n",
        """    uint32_t seven = 0;
    visit_type_uint32(v, "seven", &seven, errp);
    return seven != 7;
""",
    ),
    "F5 if with else": (
        "    if (qemu_get_byte(f)) {\n        a();\n    } else {\n        b();\n    }\n",
        """    uint8_t on = 0;
    visit_type_uint8(v, "on", &on, errp);
    if (on) {
        a();
    } else {
        b();
    }
""",
    ),
    "F5 switch": (
        "    switch (qemu_get_byte(f)) {\n    case 1:\n        break;\n    }\n",
        """    uint8_t kind = 0;
    visit_type_uint8(v, "kind", &kind, errp);
    switch (kind) {
    case 1:
        break;
    }
""",
    ),
    "F5 left of &&": (
        "    s->a = qemu_get_byte(f) && s->b;\n",
        """    uint8_t a = 0;
    visit_type_uint8(v, "a", &a, errp);
    s->a = a && s->b;
""",
    ),
    "F5 argument": (
        "    set(s, x && y, qemu_get_be32(f));\n",
        """    uint32_t level = 0;
    visit_type_uint32(v, "level", &level, errp);
    set(s, x && y, level);
""",
    ),
    "F6 right of &&": (
        "    if (id >= 2 && qemu_get_be32(f)) {\n        a();\n    }\n",
        """    if (id >= 2 && ({ uint32_t t = 0; visit_type_uint32(v, "a", &t, errp); t; })) {
        a();
    }
""",
    ),
    "F6 loop condition": (
        "    while ((x = qemu_get_be16(f)) > 0) {\n        a();\n    }\n",
        """    while ((x = ({
            uint16_t t = 0;
            visit_type_uint16(v, "x", &t, errp);
            (unsigned int)t;
        })) > 0) {
        a();
    }
""",
    ),
    "F6 for": (
        "    for (i = qemu_get_byte(f); i; i--) {\n        a();\n    }\n",
        '    for (i = ({ uint8_t n = 0; visit_type_uint8(v, "i", &n, errp); n; }); i; i--) {\n'
        "        a();\n    }\n",
    ),
    "F6 do while": (
        "    do {\n        a();\n    } while (qemu_get_byte(f));\n",
        "    do {\n        a();\n    } while (({ uint8_t n = 0;"
        ' visit_type_uint8(v, "more", &n, errp); n; }));\n',
    ),
    "F6 two in order": (
        "    if (qemu_get_byte(f) != 'a' || qemu_get_byte(f) != 'b') {\n        x();\n    }\n",
        """    if (({ uint8_t m = 0; visit_type_uint8(v, "m", &m, errp); m; }) != 'a' ||
        ({ uint8_t n = 0; visit_type_uint8(v, "n", &n, errp); n; }) != 'b') {
        x();
    }
""",
    ),
    "F7": (
        "    uint32_t n = qemu_get_be32(f);\n    int i;\n\n    use(n, i);\n",
        """    uint32_t n = 0;
    int i;

    visit_type_uint32(v, "n", &n, errp);
    use(n, i);
""",
    ),
    "F7 bool among others": (
        "    bool a = true, on = qemu_get_byte(f), b;\n    use(on);\n",
        "    bool a = true, on = false, b;\n"
        '    visit_type_bool(v, "on", &on, errp);\n    use(on);\n',
    ),
    "F7 twice": (
        "    int a = qemu_get_sbe32(f);\n    int b = qemu_get_sbe32(f);\n    use(a, b);\n",
        """    int a = 0;
    int b = 0;
    visit_type_int32(v, "a", &a, errp);
    visit_type_int32(v, "b", &b, errp);
    use(a, b);
""",
    ),
    "F7 around a conditional declaration": (
        "    int a = qemu_get_sbe32(f);\n#ifdef X\n    int b;\n#endif\n    use(a);\n",
        "    int a = 0;\n#ifdef X\n    int b;\n#endif\n"
        '    visit_type_int32(v, "a", &a, errp);\n    use(a);\n',
    ),
    "F8": (
        "    size_t n = qemu_get_be32(f) * 2;\n    int i;\n    use(n, i);\n",
        """    size_t n;
    uint32_t half = 0;
    int i;
    visit_type_uint32(v, "n", &half, errp);
    n = half * 2;
    use(n, i);
""",
    ),
    "F9": (
        "    qemu_get_be16(f);\n    (void)qemu_get_byte(f);\n",
        """    uint16_t unused = 0;
    uint8_t pad = 0;
    visit_type_uint16(v, "unused", &unused, errp);
    visit_type_uint8(v, "pad", &pad, errp);
""",
    ),
    "F9 before a member of the same name": (
        "    qemu_get_byte(f);\n    s->pad = 0;\n",
        """    uint8_t pad = 0;
    visit_type_uint8(v, "unused", &pad, errp);
    s->pad = 0;
""",
    ),
    "F10 put": (
        "    qemu_put_buffer(f, s->mem, sizeof(s->mem));\n",
        '    visit_type_buffer(v, "mem", s->mem, sizeof(s->mem), errp);\n',
    ),
    "F10 cast": (
        "    qemu_put_buffer(f, s->mem, n);\n",
        '    visit_type_buffer(v, "mem", (void *)s->mem, n, errp);\n',
    ),
    "F10 in an expression": (
        "    if (qemu_get_buffer(f, buf, n) != n) {\n        return;\n    }\n",
        '    if (visit_type_buffer(v, "buf", buf, n, errp) != n) {\n        return;\n    }\n',
    ),
    "F10 with a size read in place": (
        "    qemu_get_buffer(f, buf, qemu_get_byte(f));\n",
        '    visit_type_buffer(v, "buf", buf, ({ uint8_t n = 0;'
        ' visit_type_uint8(v, "n", &n, errp); n; }), errp);\n',
    ),
    "F11 if": (
        "    if (x)\n        s->a = qemu_get_byte(f) + 1;\n    else\n        y();\n",
        """    if (x) {
        uint8_t a = 0;
        visit_type_uint8(v, "a", &a, errp);
        s->a = a + 1;
    } else
        y();
""",
    ),
    "F11 for": (
        "    for (i = 0; i < 4; i++)\n        qemu_get_byte(f);\n",
        """    for (i = 0; i < 4; i++) {
        uint8_t pad = 0;
        visit_type_uint8(v, "pad", &pad, errp);
    }
""",
    ),
    "F11 else if": (
        "    if (x)\n        y();\n    else if (qemu_get_byte(f))\n        z();\n"
        "    else\n        w();\n",
        """    if (x)
        y();
    else {
        uint8_t on = 0;
        visit_type_uint8(v, "on", &on, errp);
        if (on)
            z();
        else
            w();
    }
""",
    ),
    "F11 do": (
        "    do\n        s->a = -qemu_get_byte(f);\n    while (s->a);\n",
        """    do {
        uint8_t a = 0;
        visit_type_uint8(v, "a", &a, errp);
        s->a = -a;
    } while (s->a);
""",
    ),
    "F11 case": (
        "    switch (x) {\n    case 1:\n        s->a = !qemu_get_byte(f);\n        break;\n    }\n",
        """    switch (x) {
    case 1: {
        uint8_t a = 0;
        visit_type_uint8(v, "a", &a, errp);
        s->a = !a;
    }
        break;
    }
""",
    ),
    "unconverted beside converted": (
        "    qemu_put_be32(f, s->a);\n    qemu_put_be32(f, s->b);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n    qemu_put_be32(f, s->b);\n',
    ),
    "a lone read between writes": (
        "    qemu_put_be32(f, s->a);\n    s->b = qemu_get_be32(f);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n    s->b = qemu_get_be32(f);\n',
    ),
    "#if inside": (
        "    qemu_get_be32s(f, &s->a);\n"
        "#if X\n    qemu_get_8s(f, &s->b);\n#else\n    y();\n#endif\n",
        """    visit_type_uint32(v, "a", &s->a, errp);
#if X
    visit_type_uint8(v, "b", &s->b, errp);
#else
    y();
#endif
""",
    ),
    "list macro": (
        "    QTAILQ_FOREACH(p, &s->ports, next) {\n        p->a = qemu_get_be32(f) & 3;\n    }\n",
        """    QTAILQ_FOREACH(p, &s->ports, next) {
        uint32_t a = 0;
        visit_type_uint32(v, "a", &a, errp);
        p->a = a & 3;
    }
""",
    ),
    "list macro without braces": (
        "    QTAILQ_FOREACH(p, &s->ports, next)\n        p->a = qemu_get_be32(f) & 3;\n",
        """    QTAILQ_FOREACH(p, &s->ports, next) {
        uint32_t a = 0;
        visit_type_uint32(v, "a", &a, errp);
        p->a = a & 3;
    }
""",
    ),
    "comments inside calls": (
        "    qemu_put_be32(f, /* the\n    width */ s->a); // be32\n",
        '    visit_type_uint32(v, "a", /* width */ &s->a, errp);\n',
    ),
    "tabs": (
        "\tqemu_put_be32(f,\n\t\ts->a);\n",
        '\tvisit_type_uint32(v, "a", &s->a,\n\t\t\t errp);\n',
    ),
    "forward label": (
        "    if (x) {\n        goto out;\n    }\nout:\n    s->a = qemu_get_byte(f) + 1;\n",
        """    uint8_t a = 0;
    if (x) {
        goto out;
    }
out:
    visit_type_uint8(v, "a", &a, errp);
    s->a = a + 1;
""",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str) -> None:
    old, new = FORMS[form]
    assert check(old, new) == []
    crlf = [function(old).replace("\n", "\r\n"), function(new, F0).replace("\n", "\r\n")]
    assert differences(*crlf) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_form_needs_its_streams(form: str) -> None:
    old, new = FORMS[form]
    assert differences(function(old), function(new)) != []


@pytest.mark.parametrize("form", FORMS)
def test_converted_code_equals_itself_reformatted(form: str) -> None:
    new = function(FORMS[form][1], F0)
    assert differences(new, new.replace("{\n", "{\n\n/* more */\n", 1)) == []


def test_order_of_1_2() -> None:
    old = "    qemu_put_be32(f, s->a);\n    qemu_put_buffer(f, s->m, 4);\n"
    new = """    visit_type_uint32(v, &s->a, "a", errp);
    visit_type_buffer(v, s->m, 4, "m", errp);
"""
    assert check(old, new, V12) == []
    assert check(old, new, V51) != []


def test_rfc() -> None:
    streams = "    Visitor *v = qemu_file_get_visitor(f);\n    Error *err = NULL;\n"
    old = function("    qemu_put_be32(f, s->a);\n    qemu_put_byte(f, 1);\n")
    new = """    visit_type_u32(v, "a", &s->a, &err);
    visit_type_u8(v, "one", &(uint8_t){ 1 }, &err);
"""
    assert differences(old, function(new, streams), RFC) == []
    assert differences(old, function(new.replace("&err", "err"), streams), RFC) != []


def test_an_existing_local_error_is_no_stream() -> None:
    text = function("    Error *err = NULL;\n    qemu_put_byte(f, 1);\n")
    assert differences(text, text.replace("{\n", "{\n\n"), RFC) == []


def test_streams_under_a_condition() -> None:
    old = "    int i;\n\n#ifdef X\n    qemu_put_be32(f, s->a);\n#endif\n"
    use = '    int i;\n\n#ifdef X\n    visit_type_uint32(v, "a", &s->a, errp);\n#endif\n'
    assert differences(function(old), function(f"#ifdef X\n{F0}#endif\n{use}")) == []
    other = use.replace("    int i;\n", f"    int i;\n#ifdef X\n{F0}#endif\n")
    assert differences(function(old), function(other)) == []


def test_two_streams() -> None:
    old = function("    s->a = qemu_get_be32(f);\n    qemu_put_be32(s->out, s->a);\n")
    streams = F0 + F0.replace("v =", "w =").replace("errp =", "errq =").replace("(f)", "(s->out)")
    new = """    visit_type_uint32(v, "a", &s->a, errp);
    visit_type_uint32(w, "a", &s->a, errq);
"""
    assert differences(old, function(new, streams)) == []
    assert differences(old, function(new.replace("w,", "v,"), streams)) == [
        "the visitor is another stream's"
    ]


@pytest.mark.parametrize(
    "change", ["s->out = x;", "reopen(&s->out);", "s = x;", "next(&s);", "s++;", "s->out += 1;"]
)
def test_a_stream_that_changes_has_no_one_visitor(change: str) -> None:
    streams = F0.replace("(f)", "(s->out)")
    put = "    qemu_put_be32(s->out, s->a);\n"
    visit = '    visit_type_uint32(v, "a", &s->a, errp);\n'
    fine = "    use(&s->b, &p->s, s->out);\n    p->s = s->out;\n    q = s;\n"
    assert differences(function(fine + put), function(fine + visit, streams)) == []
    old, new = function(f"    {change}\n{put}"), function(f"    {change}\n{visit}", streams)
    [message] = differences(old, new)
    assert message in ("s changes", "the address of s is taken", "the stream is another one later")


def test_one_field_may_be_written_in_several_ways() -> None:
    """The same member with another index, or behind a cast, is the same field."""
    ways = {
        "qemu_put_be32(f, s->a[i].b)": '(v, "b", &s->a[i].b, errp)',
        "qemu_put_be32(f, (s->a[j].b))": '(v, "b", &(s->a[j].b), errp)',
        "qemu_put_be32s(f, &s->a[2].b)": '(v, "b", &s->a[2].b, errp)',
        "qemu_put_be32s(f, (uint32_t *)&s->a[2].b)": '(v, "b", (uint32_t *)&s->a[2].b, errp)',
    }
    old = "".join(f"    {way};\n" for way in ways)
    new = "".join(f"    visit_type_uint32{visit};\n" for visit in ways.values())
    assert check(old, new) == []
    other = '    visit_type_uint32(v, "b", &s->a[i].c, errp);\n'
    assert check(old + "    qemu_put_be32(f, s->a[i].c);\n", new + other) == [
        '"b" names two fields: s -> a [ ] . b and s -> a [ ] . c'
    ]


@pytest.mark.parametrize(("value", "shares"), [
    ("0", True), ("-1", True), ("'c'", True), ("SLUICE_END", True), ("end", False), ("s->end", False),
])  # fmt: skip
def test_a_fixed_value_may_have_the_name_of_a_field(value: str, shares: bool) -> None:
    """It says that there are no more of them; a variable is a field of its own."""
    old = f"    qemu_put_be32(f, s->id);\n    qemu_put_be32(f, {value});\n"
    new = (
        '    visit_type_uint32(v, "id", &s->id, errp);\n'
        f'    visit_type_uint32(v, "id", &(uint32_t){{ {value} }}, errp);\n'
    )
    assert (check(old, new) == []) is shares


def test_one_line_functions() -> None:
    old = "void a(QEMUFile *f) { qemu_put_byte(f, 1); }\nvoid b(void) {}\n"
    new = (
        "void a(QEMUFile *f) { Visitor *v = qemu_file_get_visitor(f);"
        " Error **errp = qemu_file_get_errp(f);"
        ' visit_type_uint8(v, "one", &(uint8_t){ 1 }, errp); }\nvoid b(void) {}\n'
    )
    assert differences(old, new) == []


def test_includes_may_be_added_and_nothing_else() -> None:
    old = '#include "hw.h"\nint x;\nvoid a(void)\n{\n}\nint y;\n'
    include = '#include "hw.h"\n#include "qapi/visitor.h"\n'
    assert differences(old, old.replace('#include "hw.h"\n', include)) == []
    for change in (("int x", "long x"), ("int y;\n", ""), ('#include "hw.h"\n', "")):
        assert differences(old, old.replace(*change)) == ["text outside functions changed"]
    assert differences(old, old.replace("void a", "void c")) == ["the functions are not the same"]


def test_a_mismatch_says_where() -> None:
    old = "int x;\n" + function("    qemu_put_be32(f, s->a);\n    y();\n")
    new = old.replace("y()", "z()")
    (found,) = compare(old.encode(), new.encode(), V51)
    assert (found.function, found.line) == ("handler", 5)
    assert (found.old, found.new) == ("y ( ) ; }", "z ( ) ; }")


REFUSED = {
    "both directions": (
        "    qemu_put_be32(f, s->a);\n    s->b = qemu_get_be32(f);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n    visit_type_uint32(v, "b", &s->b, errp);\n',
        "visits took the place of reads and of writes",
    ),
    "stream assigned later": (
        "    f = other;\n    qemu_put_be32(f, s->a);\n",
        '    f = other;\n    visit_type_uint32(v, "a", &s->a, errp);\n',
        "f changes",
    ),
    "address of an expression": (
        "    qemu_put_be32(f, s->a + 1);\n",
        '    visit_type_uint32(v, "a", &s->a + 1, errp);\n',
        "another operand",
    ),
    "pointer where the field was meant": (
        "    qemu_put_buffer(f, s->p, 4);\n",
        '    visit_type_buffer(v, "p", &s->p, 4, errp);\n',
        "another operand",
    ),
    "dereference in arithmetic": (
        "    qemu_put_be32(f, *p + 1);\n",
        '    visit_type_uint32(v, "p", p + 1, errp);\n',
        "another operand",
    ),
    "cast that binds tighter": (
        "    qemu_put_buffer(f, p + 1, 4);\n",
        '    visit_type_buffer(v, "p", (uint8_t *)p + 1, 4, errp);\n',
        "another operand",
    ),
    "bool in a literal": (
        "    qemu_put_byte(f, s->a);\n",
        '    visit_type_bool(v, "a", &(bool){ s->a }, errp);\n',
        "the compound literal has another type",
    ),
    "sign of a temporary": (
        "    s->a = qemu_get_sbe16(f) + 1;\n",
        '    int16_t a = 0;\n    visit_type_int16(v, "a", &a, errp);\n    s->a = a + 1;\n',
        "the temporary has another type",
    ),
    "cast needed": (
        "    s->a = base - qemu_get_be16(f);\n",
        '    uint16_t a = 0;\n    visit_type_uint16(v, "a", &a, errp);\n    s->a = base - a;\n',
        "the temporary needs a cast",
    ),
    "cast not wanted": (
        "    s->a = base - qemu_get_byte(f);\n",
        '    uint8_t a = 0;\n    visit_type_uint8(v, "a", &a, errp);\n'
        "    s->a = base - (unsigned int)a;\n",
        "a cast was added",
    ),
    "past a comma operator": (
        "    x(), s->a = qemu_get_be32(f);\n",
        '    uint32_t a = 0;\n    visit_type_uint32(v, "a", &a, errp);\n    x(), s->a = a;\n',
        "the visit moved, but a comma operator orders it",
    ),
    "out of a macro": (
        "    s->a = MAX(qemu_get_be32(f), 3);\n",
        '    uint32_t a = 0;\n    visit_type_uint32(v, "a", &a, errp);\n    s->a = MAX(a, 3);\n',
        "the visit moved, but MAX may be a macro",
    ),
    "out of an unbraced list macro": (
        "    QTAILQ_FOREACH(p, &s->ports, next)\n        p->a = qemu_get_be32(f) & 3;\n",
        '    uint32_t a = 0;\n    visit_type_uint32(v, "a", &a, errp);\n'
        "    QTAILQ_FOREACH(p, &s->ports, next)\n        p->a = a & 3;\n",
        "a is not visited directly before its statement",
    ),
    "out of a ternary": (
        "    s->a = x ? qemu_get_be32(f) : 3;\n",
        '    uint32_t a = 0;\n    visit_type_uint32(v, "a", &a, errp);\n    s->a = x ? a : 3;\n',
        "the visit moved, but it is evaluated under a condition",
    ),
    "out of a loop condition": (
        "    while (qemu_get_be32(f)) {\n    }\n",
        '    uint32_t a = 0;\n    visit_type_uint32(v, "a", &a, errp);\n    while (a) {\n    }\n',
        "a is not visited directly before its statement",
    ),
    "past another primitive": (
        "    s->a = qemu_get_be32(f) - qemu_get_be32(f);\n",
        '    uint32_t a = 0;\n    visit_type_uint32(v, "a", &a, errp);\n'
        "    s->a = qemu_get_be32(f) - a;\n",
        "the visit moved, past other primitives",
    ),
    "past another use of the stream": (
        "    s->a = load_part(f, s) - qemu_get_byte(f);\n",
        '    uint8_t a = 0;\n    visit_type_uint8(v, "a", &a, errp);\n'
        "    s->a = load_part(f, s) - a;\n",
        "the visit moved, past another use of the stream",
    ),
    "out of a conditional part": (
        "    s->a = x +\n#ifdef X\n        qemu_get_byte(f) +\n#endif\n        1;\n",
        '    uint8_t a = 0;\n    visit_type_uint8(v, "a", &a, errp);\n'
        "    s->a = x +\n#ifdef X\n        a +\n#endif\n        1;\n",
        "the visit moved, past a directive",
    ),
    "initialiser out of a conditional part": (
        "    int a = 1,\n#ifdef X\n        b = qemu_get_sbe32(f),\n#endif\n        c;\n",
        "    int a = 1,\n#ifdef X\n        b = 0,\n#endif\n        c;\n"
        '    visit_type_int32(v, "b", &b, errp);\n',
        "an initialiser moved past a directive",
    ),
    "initialiser with effects behind another": (
        "    int a = step(s) + qemu_get_byte(f);\n    int b = s->n;\n    use(a, b);\n",
        """    int a;
    uint8_t t = 0;
    int b = s->n;
    visit_type_uint8(v, "a", &t, errp);
    a = step(s) + t;
    use(a, b);
""",
        "an initialiser moved past another",
    ),
    "initialisation jumped over": (
        "    switch (x) {\n    case 1:\n        s->a = !qemu_get_byte(f);\n    }\n",
        "    switch (x) {\n        uint8_t a = 0;\n    case 1:\n"
        '        visit_type_uint8(v, "a", &a, errp);\n        s->a = !a;\n    }\n',
        "the code changed",
    ),
    "initialised once, visited again and again": (
        "again:\n    s->a = !qemu_get_byte(f);\n    if (s->a) {\n        goto again;\n    }\n",
        '    uint8_t a = 0;\nagain:\n    visit_type_uint8(v, "a", &a, errp);\n    s->a = !a;\n'
        "    if (s->a) {\n        goto again;\n    }\n",
        "the code changed",
    ),
    "declared variable used too early": (
        "    int n = qemu_get_sbe32(f);\n    int m = n + 1;\n    use(m);\n",
        "    int n = 0;\n    int m = n + 1;\n"
        '    visit_type_int32(v, "n", &n, errp);\n    use(m);\n',
        "n is used before it is loaded",
    ),
    "call before a declared variable's load": (
        "    int n = qemu_get_sbe32(f), m = call();\n    use(m);\n",
        '    int n = 0, m = call();\n    visit_type_int32(v, "n", &n, errp);\n    use(m);\n',
        "call is called before the load",
    ),
    "conditional declaration loaded outside": (
        "#ifdef X\n    int n = qemu_get_sbe32(f);\n#endif\n    use();\n",
        '#ifdef X\n    int n = 0;\n#endif\n    visit_type_int32(v, "n", &n, errp);\n    use();\n',
        "n is loaded in other conditions",
    ),
    "visitor for nothing": ("    int i;\n", "    int i;\n", "v is not used"),
    "else taken over by braces": (
        "    if (x)\n        if (y)\n            s->a = !qemu_get_byte(f);\n"
        "        else\n            z();\n",
        """    if (x) {
        if (y) {
            uint8_t a = 0;
            visit_type_uint8(v, "a", &a, errp);
            s->a = !a;
        }
    } else
        z();
""",
        "a statement is missing",
    ),
    "nested call of the stream": (
        "    qemu_put_be32(next(s), s->a);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
        "there is no visitor of next ( s )",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_refused(fault: str) -> None:
    old, new, message = REFUSED[fault]
    found = check(old, new)
    assert found == [message]


def test_names_must_not_collide() -> None:
    old = function("    int v, errp;\n    qemu_put_be32(f, s->a);\n")
    body = '    int v, errp;\n    visit_type_uint32(v, "a", &s->a, errp);\n'
    assert differences(old, function(body, F0)) == ["v is not the same visitor throughout"]
    member = function("    qemu_put_be32(f, s->v.errp);\n")
    free = '    visit_type_uint32(v, "v.errp", &s->v.errp, errp);\n'
    assert differences(member, function(free, F0)) == []


def test_unbalanced_conditional_braces() -> None:
    """A brace opened in both branches of a conditional and closed once."""
    shape = "#ifdef A\n    if (a) {\n#else\n    if (b) {\n#endif\n%s    }\n    x();\n"
    after = "\nvoid after(QEMUFile *f)\n{\n    qemu_put_byte(f, 1);\n}\n"
    old = function(shape % "        qemu_put_be32(f, s->a);\n") + after
    new = function(shape % '        visit_type_uint32(v, "a", &s->a, errp);\n', F0) + after
    assert [f.name for f in split(old).functions] == ["handler", "after"]
    assert differences(old, new) == []
    assert differences(old, new.replace("x();", "")) != []


def test_code_after_an_early_closing_brace_is_compared() -> None:
    old = function("    if (a) {\n#ifdef A\n    }\n#else\n    }\n#endif\n    x();\n")
    assert differences(old, old.replace("x();", "y();")) == ["the code changed"]
    assert differences(old, old.replace("    x();\n", "")) != []


def test_a_function_after_an_unclosed_one_is_found() -> None:
    broken = "int a(void)\n{\n    if (x) {\n}\n\nint b(void)\n{\n    return 1;\n}\n"
    assert [f.name for f in split(broken).functions] == ["a", "b"]


def test_deep_nesting_is_reported() -> None:
    old = function("{" * 100_000)
    (found,) = compare(old.encode(), (old + "}").encode(), V51)
    assert found.message == "nested too deeply to be compared"
    assert skeleton(old.encode(), V51) == ()


_PIECES = (
    "qemu_put_be32(f, s->a);", "x = qemu_get_byte(f);", "visit_type_uint32(v, ", '"a"', "&s->a",
    "{", "}", "(", ")", "[", "]", ";", ",", "if (x)", "else", "do", "while (", "for (;;)", "\\\n",
    "case 1:", "default:", "#if X\n", "#else\n", "#endif\n", "/*", "*/", "//", '"', "'", "\r\n",
    "\n{", "\n}", "uint8_t t = 0;", "({", "})", "int f(int a)\n{", "=", "\x00", "\xff", "0x1p+3",
    "struct x {",
)  # fmt: skip


def _covered(nodes: tuple[Node, ...], start: int, end: int) -> None:
    for node in nodes:
        assert node.start == start < node.end
        if node.kind == "block":
            _covered(node.children, node.start + 1, node.end - node.head)
        elif node.head:
            _covered(node.children, node.head, node.end)
        start = node.end
    assert start == end


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=60), st.data())
def test_garbage(pieces: list[str], data: st.DataObject) -> None:
    """Any text reads without a crash, every token of a body is in one statement, and a text that
    lost a token never equals the text that has it."""
    text = "int g(int a)\n{ " + " ".join(pieces)
    layout = split(text)
    bodies = [f.body for f in layout.functions] + [""]
    assert "".join(r + b for r, b in zip(layout.rest, bodies, strict=True)) == text
    for body in bodies[:-1]:
        code = Code(body)
        _covered(code.nodes, 1, len(code.tokens))
    skeleton(text.encode("latin-1"), V51)
    lost = data.draw(st.integers(0, max(0, len(pieces) - 1)))
    other = "int g(int a)\n{ " + " ".join(pieces[:lost] + pieces[lost + 1 :])
    same = tokenize(text) == tokenize(other)
    assert same or differences(text, other)


@pytest.mark.parametrize("piece", ["/*", '"', "'", "#", "\\", "{", "(", "\n{", " ", "case ", "a:"])
def test_long_garbage_takes_no_time(piece: str) -> None:
    text = "int g(int a)\n{" + piece * 50_000
    differences(text, text + ";")


def test_skeleton() -> None:
    text = """static void save(QEMUFile *f, void *opaque)
{
    qemu_put_be32(f, s->n);
    for (i = 0; i < s->n; i++) {
        if (s->on[i])
            qemu_put_be16s(f, &s->a[i]);
        else
            x();
    }
#ifdef X
    qemu_put_buffer(f, s->m, 4);
#else
    x();
#endif
}
void none(void)
{
}
static int load(QEMUFile *f, void *opaque)
{
    s->n = qemu_get_be32(f);
    while (qemu_get_byte(f)) {
        y();
    }
    switch (s->n) {
    case 1:
        return id > 1 && qemu_get_be64(f);
    default:
        visit_type_bool(v, "on", &on, errp);
    }
}
"""
    found = skeleton(text.encode(), V51)
    assert [(s.function, s.line) for s in found] == [("save", 2), ("load", 20)]
    assert dump(found) == [
        "save:",
        "  put be32 s -> n",
        "  for ( i = 0 ; i < s -> n ; i ++ )",
        "    if ( s -> on [ i ] )",
        "      put be16 & s -> a [ i ]",
        "  #ifdef X",
        "    put buffer s -> m, 4",
        "load:",
        "  get be32 s -> n",
        "  while ( qemu_get_byte ( f ) )",
        "    get byte",
        "  switch ( s -> n )",
        "    case 1 :",
        "      get be64 (conditional)",
        "    default :",
        '      visit byte "on" & on',
    ]
    assert dump(skeleton(text.encode(), V51, "none")) == []
    assert [s.function for s in skeleton(text.encode(), V51, "load")] == ["load"]


def big_pair(size: int) -> tuple[bytes, bytes]:
    """A file of about `size` bytes of which a quarter is handlers, and its conversion."""
    shuffled = random.Random(7)
    old: list[str] = []
    new: list[str] = []
    while sum(map(len, old)) < size:
        name = f"f{len(old)}"
        if shuffled.random() < 0.25:
            body = [FORMS[form] for form in shuffled.sample(["F1 lvalue", "F4", "F3 get"], 1)] * 20
            old.append(function("".join(b[0] for b in body)).replace("handler", name))
            new.append(function("".join(b[1] for b in body), F0).replace("handler", name))
        else:
            other = "    if (s->a > 3) {\n        call(s, \"text\", 'c'); /* why */\n    }\n" * 9
            old.append(function(other).replace("handler", name))
            new.append(old[-1])
    return "\n".join(old).encode(), "\n".join(new).encode()
