# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire check accepts every form that a conversion takes, and refuses what is none."""

from __future__ import annotations

import random
import re
import time

import pytest
from conftest import REPOSITORY
from forms import FORMS
from hypothesis import given, settings
from hypothesis import strategies as st

from rewrite.wire.check import Vocabulary, WirePrimitive, WireVisit, compare_texts
from rewrite.wire.text import Code, Node, split_functions, tokenize_text

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
    found = compare_texts(old.encode("latin-1"), new.encode("latin-1"), vocabulary)
    return [mismatch.message for mismatch in found]


def check(old: str, new: str, vocabulary: Vocabulary = V51) -> list[str]:
    """The messages for two bodies, the new one with its streams' declarations."""
    return differences(function(old), function(new, F0), vocabulary)


@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str) -> None:
    old, new = FORMS[form]
    assert check(old, new) == []
    crlf = [function(old).replace("\n", "\r\n"), function(new, F0).replace("\n", "\r\n")]
    assert differences(*crlf) == []


def test_the_forms_that_are_told_of_are_these() -> None:
    """docs/proof.md has a row for each form, with an example that passes."""
    rows = re.findall(
        r"^\| (F\d+) \| [^|]*\| `(.*)` \| `(.*)` \|$",
        (REPOSITORY / "docs/proof.md").read_text(),
        re.MULTILINE,
    )
    assert {row[0] for row in rows} == {form.split()[0] for form in FORMS if form[0] == "F"}
    for form, old, new in rows:
        assert check(f"    {old}\n", f"    {new}\n") == [], form


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
    (found,) = compare_texts(old.encode(), new.encode(), V51)
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
    "changed between the load and its declaration": (
        "    int n;\n    int *p = &n;\n    n = qemu_get_sbe32(f);\n    int m = *p;\n    use(n, m);\n",
        "    int n = 0;\n    int *p = &n;\n    int m = *p;\n"
        '    visit_type_int32(v, "n", &n, errp);\n    use(n, m);\n',
        "the code changed",
    ),
    "loaded behind what uses it": (
        "    int n;\n    n = qemu_get_sbe32(f);\n    int m = n;\n    use(n, m);\n",
        '    int n;\n    int m = n;\n    visit_type_int32(v, "n", &n, errp);\n    use(n, m);\n',
        "n is used before it is loaded",
    ),
    "difference that looks like a cast": (
        "    qemu_put_byte(f, (x) - y);\n",
        '    visit_type_uint8(v, "x", &(uint8_t){ (uint8_t)(x) - y }, errp);\n',
        "another operand",
    ),
    "call before a declared variable's load": (
        "    int n = qemu_get_sbe32(f), m = call();\n    use(m);\n",
        '    int n = 0, m = call();\n    visit_type_int32(v, "n", &n, errp);\n    use(m);\n',
        "call is called before the load",
    ),
    "conditional declaration loaded outside": (
        "#ifdef X\n    int n = qemu_get_sbe32(f);\n#endif\n    use();\n",
        '#ifdef X\n    int n = 0;\n#endif\n    visit_type_int32(v, "n", &n, errp);\n    use();\n',
        "n is not loaded where it was",
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
        "the code changed",
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
    assert [f.name for f in split_functions(old).functions] == ["handler", "after"]
    assert differences(old, new) == []
    assert differences(old, new.replace("x();", "")) != []


def test_code_after_an_early_closing_brace_is_compared() -> None:
    old = function("    if (a) {\n#ifdef A\n    }\n#else\n    }\n#endif\n    x();\n")
    assert differences(old, old.replace("x();", "y();")) == ["the code changed"]
    assert differences(old, old.replace("    x();\n", "")) != []


def test_a_function_after_an_unclosed_one_is_found() -> None:
    broken = "int a(void)\n{\n    if (x) {\n}\n\nint b(void)\n{\n    return 1;\n}\n"
    assert [f.name for f in split_functions(broken).functions] == ["a", "b"]


def test_deep_nesting_is_reported() -> None:
    old = function("{" * 100_000)
    (found,) = compare_texts(old.encode(), (old + "}").encode(), V51)
    assert found.message == "nested too deeply to be compared"


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
    layout = split_functions(text)
    bodies = [f.body for f in layout.functions] + [""]
    assert "".join(r + b for r, b in zip(layout.rest, bodies, strict=True)) == text
    for body in bodies[:-1]:
        code = Code(body)
        _covered(code.nodes, 1, len(code.tokens))
    lost = data.draw(st.integers(0, max(0, len(pieces) - 1)))
    other = "int g(int a)\n{ " + " ".join(pieces[:lost] + pieces[lost + 1 :])
    same = tokenize_text(text) == tokenize_text(other)
    assert same or differences(text, other)


@pytest.mark.parametrize("piece", ["/*", '"', "'", "#", "\\", "{", "(", "\n{", " ", "case ", "a:"])
def test_long_garbage_takes_no_time(piece: str) -> None:
    text = "int g(int a)\n{" + piece * 50_000
    differences(text, text + ";")


def _in_turn(old: str, new: str, count: int) -> tuple[str, str]:
    """Two bodies of as many pieces, each with its number for `%d`."""
    bodies = ["".join(text.replace("%d", str(n)) for n in range(count)) for text in (old, new)]
    return bodies[0], bodies[1]


GROWING = {
    "initialisers": _in_turn(
        "    int a%d = qemu_get_sbe32(f);\n",
        '    int a%d = 0;\n    visit_type_int32(v, "a%d", &a%d, errp);\n',
        1000,
    ),
    "loops that read": _in_turn(
        "    while (qemu_get_byte(f)) {\n        y();\n    }\n",
        "    for (;;) {\n        uint8_t m%d = 0;\n\n"
        '        visit_type_uint8(v, "m%d", &m%d, errp);\n'
        "        if (!m%d) {\n            break;\n        }\n        y();\n    }\n",
        1000,
    ),
    "labels": _in_turn(
        "    if (x) {\n        goto out%d;\n    }\nout%d:\n    qemu_put_be32(f, s->a%d);\n",
        "    if (x) {\n        goto out%d;\n    }\nout%d:\n"
        '    visit_type_uint32(v, "a%d", &s->a%d, errp);\n',
        1000,
    ),
    "parentheses": (
        f"    qemu_put_be32(f, {'(' * 1000}s->a{')' * 1000});\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "operands that read": (
        f"    if (x{' && qemu_get_byte(f)' * 500}) {{\n    }}\n",
        "    if (x"
        + "".join(
            f' && ({{ uint8_t t{n} = 0; visit_type_uint8(v, "t{n}", &t{n}, errp); t{n}; }})'
            for n in range(500)
        )
        + ") {\n    }\n",
    ),
}
"""Long functions: what is compared in a time that grows with the square of the text takes minutes."""


@pytest.mark.parametrize("text", GROWING)
def test_a_long_function_is_compared_in_a_short_time(text: str) -> None:
    start = time.process_time()
    assert check(*GROWING[text]) == []
    assert time.process_time() - start < 4


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
