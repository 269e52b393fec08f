# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E501  # a shape of the grammar is one line
"""Small handlers of legal C that no driver would be written in: a grammar, and random choices.

Every name that is used is declared, every value set, every loop ends; what is left open is the order of
operands. What a shape is there to lie about stands beside it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTEGERS = (
    *("uint8_t", "uint16_t", "uint32_t", "uint64_t", "int8_t", "int16_t", "int32_t", "int64_t"),
    *("int", "unsigned int", "unsigned char", "short", "long", "size_t", "bool", "char"),
)
FIELDS = (
    *("uint8_t", "uint16_t", "uint32_t", "uint64_t", "int8_t", "int16_t", "int32_t", "int64_t"),
    *(
        "int",
        "unsigned int",
        "uint32_t",
        "uint8_t",
        "uint16_t",
        "unsigned long",
        "short",
        "level_@",
    ),
)
GETTERS = (
    "byte",
    "ubyte",
    "sbyte",
    "be16",
    "be32",
    "be64",
    "sbe16",
    "sbe32",
    "sbe64",
    "byte",
    "be32",
)
POINTED = {
    "uint8_t": "8s", "uint16_t": "be16s", "uint32_t": "be32s", "uint64_t": "be64s", "int8_t": "s8s",
    "int16_t": "sbe16s", "int32_t": "sbe32s",
}  # fmt: skip
WORDS = (
    "v",
    "errp",
    "value",
    "val",
    "err",
    "visitor",
    "x",
    "len",
    "obj",
    "name",
    "local_err",
    "tmp",
)
"""What the new text may want to call its own."""

_MACROS = (
    "#define TAKE_@ s->a++", "#define TAKE_@ (s->b = 5)", "#define TAKE_@ qemu_get_byte(f)", "#define TAKE_@ 3",
    "#define TAKE_@ version_id", "#define TAKE_@ level_of_@(s->a)", "#define TAKE_@ v", "#define TAKE_@ sizeof(s->b)",
    "#define TAKE_@ ({ s->b += 2; s->b; })", "#define TAKE_@ (s->a ? 4 : s->b++)",
)  # fmt: skip
_WRAPS = (
    "#define WRAP_@(x) (x)", "#define WRAP_@(x) ((x) + (int)strlen(#x))", "#define WRAP_@(x) (0 ? (x) : 3)",
    "#define WRAP_@(x) ((x) + s->a++)", "#define WRAP_@(x) ({ __typeof__(x) x_ = (x); x_; })",
    "#define WRAP_@(x) _Generic((x), int: 1, unsigned: 2, uint8_t: 3, default: 4)",
    "#define WRAP_@(x) (sizeof(x) + (x))", "#define WRAP_@(x) __builtin_expect(!!(x), 1)",
    "#define WRAP_@(x) ((x) > (x))", "#define WRAP_@(x) ((uint8_t)(x))",
    "#define WRAP_@(x) __builtin_choose_expr(1, x, 3)", "#define WRAP_@(x) sizeof(x)",
    "#define WRAP_@(x) level_of_@(x)", "#define WRAP_@(x) ((int []){ x, 2 }[0])", "#define WRAP_@(x) (1, x)",
    "#define WRAP_@(x) WRAP2_@(x)\n#define WRAP2_@(x) (x)",
    "#define WRAP_@(x) WRAP2_@(x)\n#define WRAP2_@(x) ((int)sizeof(#x))",
    "static inline unsigned WRAP_@(unsigned x)\n{\n    return x + 1;\n}",
    "#define WRAP_@(...) (__VA_ARGS__)", "#define WRAP_@(x...) ((int)sizeof((int []){ x }))",
    "#define WRAP_@(x) ({ x; })", "#define WRAP_@(x) ({ uint8_t v = 3; (x) + v; })", "#define WRAP_@(x) -x",
    "#define WRAP_@(x) 2 * x", "#define WRAP_@(x) __builtin_constant_p(x)",
)  # fmt: skip
_GUARDS = (
    "#define GUARD_@ if (version_id > 2)", "#define GUARD_@ for (int g_ = 0; g_ < 2; g_++)",
    "#define GUARD_@ if (s->a & 1)", "#define GUARD_@", "#define GUARD_@ switch (version_id) default:",
    "#define GUARD_@ if (!s->a) ; else", "#define GUARD_@ for (s->a &= 3; s->a; s->a >>= 1)",
    "#define GUARD_@ static", "#define GUARD_@ if (qemu_get_byte(f) > 3)", "#define GUARD_@ do",
)  # fmt: skip
_EACH = (
    "#define EACH_@(i, m) for (uint8_t i = 0; i < (m); i++)",
    "#define EACH_@(i, m) for (int i = (m); i-- > 0;)",
    "#define EACH_@(i, m) for (int i = 0, v = 3; i < (m) && v; i++)",
    "#define EACH_@(i, m) int i = 1; if (i < (m))", "#define EACH_@(i, m) for (int i = qemu_get_byte(f) & 3; i; i--)",
)  # fmt: skip
_DO = (
    "#define DO_@(x) do { x; } while (0)", "#define DO_@(x) x; x", "#define DO_@(x) if (s->a & 1) { x; }",
    "#define DO_@(x)", "#define DO_@(x) (void)sizeof(x)", "#define DO_@(x) { uint32_t v = 3; x; s->b += v; }",
    "#define DO_@(x) if (s->b) x", "#define DO_@(x...) do { x; } while (0)", "#define DO_@(x) ({ x; })",
    "#define DO_@(x) for (int k_ = 0; k_ < 2; k_++) { x; }", "#define DO_@(x) s->b += sizeof(#x); x",
)  # fmt: skip
_SETS = (
    "#define SET_@(t, x) t = x", "#define SET_@(t, x) ((t) = (x))", "#define SET_@(t, x) s->t##_ = x",
    "#define SET_@(t, x) do { t = x; } while (0)", "#define SET_@(t, x) t = t + x", "#define SET_@(t, x) t += (x)",
    "#define SET_@(t, x) (void)(t = 2 * x)",
    "static inline void set_@(uint32_t *t, uint32_t x)\n{\n    *t = x;\n}\n#define SET_@(t, x) "
    "do { uint32_t t_; set_@(&t_, x); t = t_; } while (0)",
)  # fmt: skip
_ALIASES = (
    "#define ALIAS_@ const uint32_t", "typedef const uint16_t ALIAS_@;", "#define ALIAS_@ volatile int",
    "typedef uint8_t ALIAS_@;", "#define ALIAS_@ uint32_t", "typedef int ALIAS_@;", "#define ALIAS_@ register int",
    "typedef volatile uint32_t ALIAS_@;", "typedef uint32_t ALIAS_@ __attribute__((aligned(8)));",
    "#define ALIAS_@ static uint32_t", "typedef _Bool ALIAS_@;", "#define ALIAS_@ __extension__ long",
)  # fmt: skip
_STREAMS = (
    "#define STREAM_@ f", "#define STREAM_@ (f)", "#define STREAM_@ (s->b++, f)",
    "static inline QEMUFile *stream_@(QEMUFile *f)\n{\n    return f;\n}\n#define STREAM_@ stream_@(f)",
)  # fmt: skip
_READS = re.compile("qemu_get_|version_id")
_KINDS = {
    "TAKE_@": _MACROS, "WRAP_@": _WRAPS, "GUARD_@": _GUARDS, "EACH_@": _EACH, "DO_@": _DO, "SET_@": _SETS,
    "ALIAS_@": _ALIASES, "STREAM_@": _STREAMS,
}  # fmt: skip

_TEXT = """\
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef uint32_t level_@;

static inline unsigned level_of_@(unsigned x)
{
    return x * 5 ^ 3;
}
%s%s
%s%s
static void fill_@(Small@ *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
%s}

CORPUS_CASE_INIT(Small@, %s, %s, 3, fill_@);
"""
_SAVE = """\
static void save_@(QEMUFile *f, void *opaque)
{
    Small@ *s = opaque;
%s}
"""
_LOAD = """\
%s
{
    Small@ *s = opaque;
%s    return %s;
}
"""
_REGISTER = """
void init_@(Small@ *s)
{
    register_savevm(NULL, "small_@", 0, 3, %s, %s, s);
}
"""
_HEADS = (
    "static int load_@(QEMUFile *f, void *opaque, int version_id)",
    "static int load_@(QEMUFile *f, void *opaque, int version_id)",
    "static int load_@(QEMUFile *f, void *opaque, int version_id)",
    "static int load_@(f, opaque, version_id)\n    QEMUFile *f;\n    void *opaque;\n    int version_id;",
    "static int __attribute__((noinline)) load_@(QEMUFile *const f, void *opaque, int version_id)",
    "int load_@(QEMUFile *f, void *opaque, int version_id);\nint load_@(QEMUFile *f, void *opaque, int version_id)",
)


class Handlers:
    """The save and the load of one state."""

    def __init__(self, choice: random.Random) -> None:
        self.choice = choice
        self.tag = str(choice.randrange(100_000))
        self.macros: dict[str, str] = {}
        self.fill: list[str] = []
        self.scope: list[str] = []
        self.fresh = 0
        self.loads = False
        self.fields = self._fields()
        self.fit: dict[str, str] = {}

    def text(self) -> str:
        """The file: a save, or a load, or both."""
        members = self._struct()
        which = self.choice.choice(("save", "load", "load", "load", "both"))
        save = load = ""
        if which != "load":
            save = _SAVE % self._body(self.choice.choice((1, 1, 2)))
        self.loads = True
        if which != "save":
            body = self._body(self.choice.choice((1, 1, 2, 2, 3)))
            load = _LOAD % (self.choice.choice(_HEADS), body, self._result())
        names = "save_@" if save else "NULL", "load_@" if load else "NULL"
        made = _TEXT % (
            "".join(f"{self.macros[name]}\n" for name in self.macros), members, save + load,
            self.choice.choice((_REGISTER % names, "")), "".join(f"    {line}\n" for line in self.fill),
            *names,
        )  # fmt: skip
        return made.replace("@", self.tag)

    # -- the state

    def _fields(self) -> list[tuple[str, str]]:
        types = [self.choice.choice(FIELDS) for _ in range(4)]
        return list(zip("abcd", types, strict=True))

    def _struct(self) -> str:
        lines = [self._declared(ctype, name) for name, ctype in self.fields]
        packed = self.choice.choice(("", "", "", " __attribute__((packed))"))
        pragma = self.choice.random() < 0.06
        extra = self.choice.choice(("", "uint8_t odd;", "uint16_t pad:3;"))
        body = "".join(
            f"    {line}\n" for line in [*([extra] if extra else []), *lines, "uint8_t row[4];"]
        )
        struct = f"\ntypedef struct{packed} Small@ {{\n{body}}} Small@;\n"
        return f"\n#pragma pack(1)\n{struct}\n#pragma pack()\n" if pragma else struct

    def _declared(self, ctype: str, name: str) -> str:
        shapes = (
            *("{t} {n};",) * 10, "{t} {n} __attribute__((packed));", "volatile {t} {n};", "{t} {n}, {n}_;",
            "union {{ {t} {n}; uint8_t {n}_raw[3]; }};", "struct {{ {t} {n}; }};", "__volatile {t} {n};",
            "{t} {n} __attribute__((aligned(16)));", "unsigned int {n}:5;", "float {n}; /* {t} */",
            "\n#ifdef NEVER\n    uint64_t {n};\n#else\n    {t} {n};\n#endif\n", "T_{n}@ {n};", "double {n}; /* {t} */",
            "\n#ifdef NEVER\n    {t} {n};\n#else\n    uint8_t {n};\n#endif\n", "signed int {n}:7;",
            "struct {{ uint8_t {n}_odd; {t} {n}; }} __attribute__((packed, aligned(1)));",
        )  # fmt: skip
        shape = self.choice.choice(shapes)
        if "T_{n}" in shape:
            forms = (
                "typedef {t} T_{n}@;",
                "#define T_{n}@ {t}",
                "typedef {t} T_{n}@ __attribute__((aligned(1)));",
            )
            form = self.choice.choice(forms)
            self.macros[f"T_{name}"] = form.format(t=ctype, n=name)
        if "float" in shape or "double" in shape:
            self.fill.append(f"s->{name} = random[0] / 4;")
        return shape.format(t=ctype, n=name)

    # -- statements

    def _body(self, count: int) -> str:
        with self._block():
            lines = [self._declaration() for _ in range(self.choice.choice((0, 0, 1, 2)))]
            lines.append("")
            lines += [self._statement(2) for _ in range(count)]
        return "".join(f"    {line}\n" if line else "\n" for line in lines)

    @contextmanager
    def _block(self) -> Iterator[None]:
        outer = list(self.scope)
        yield
        self.scope = outer

    def _name(self) -> str:
        self.fresh += 1
        if self.choice.random() < 0.12:
            word = self.choice.choice(WORDS)
            if word not in self.scope:
                return word
        return f"n{self.fresh}"

    def _declaration(self) -> str:
        """Declarations with values: what comes later may depend on them."""
        name, ctype = self._name(), self.choice.choice(INTEGERS)
        shapes: list[Callable[[], str]] = [
            lambda: f"{ctype} {name} = {self._read()};", lambda: f"{ctype} {name} = {self._read()};",
            lambda: f"{ctype} {name} = {self._expr(1)};", lambda: f"const {ctype} {name} = {self._read()};",
            lambda: f"{ctype} {name} = {self._expr(1)}, {name}_b = {self._expr(1)};",
            lambda: f"{ctype} {name} = {self._read()}, {name}_b = s->a++;",
            lambda: f"volatile {ctype} {name} = {self._read()};", lambda: f"register {ctype} {name} = {self._read()};",
            lambda: f"{ctype} {name} = {self._read()}; uint8_t {name}_row[({name} & 3) + 1]; "
                    f"{name}_row[0] = sizeof({name}_row);",
            lambda: f"{ctype} {name}_row[2] = {{ {self._read()}, {self._expr(1)} }}, {name} = {name}_row[0];",
            lambda: f"struct {{ {ctype} a, b; }} {name}_pair = {{ .b = {self._read()}, .a = {self._expr(1)} }}; "
                    f"{ctype} {name} = {name}_pair.a - {name}_pair.b;",
            lambda: f"ALIAS_@ {name} = {self._read()};", lambda: f"{ctype} {name} = {self._read()} + s->a++;",
            lambda: f"static {ctype} {name}; {name} = {self._read()};",
            lambda: f"double {name} = {self._read()};", lambda: f"{ctype} {name} = ({ctype}){self._read()};",
            lambda: f"{ctype} {name} = {self._number()}; {name} = {self._read()};",
            lambda: f"uint8_t {name}[{self._read()} % 3 + 1]; memset({name}, 0, sizeof({name})); {name}[0] = 2;",
        ]  # fmt: skip
        chosen = self.choice.randrange(len(shapes))
        made = shapes[chosen]()
        is_array = f"uint8_t {name}[" in made
        floating = made.startswith("double")
        self.scope.append(f"{name}[0]" if is_array else f"(int){name}" if floating else name)
        return self._needing(made)

    def _statement(self, depth: int) -> str:
        forms = (
            self._assign, self._assign, self._assign, self._move, self._if, self._loop, self._switch, self._macro,
            self._braces, self._odd, self._declared_then, self._jump, self._branches, self._pointer_move,
        )  # fmt: skip
        form = self.choice.choice(forms[:4] if depth <= 0 else forms)
        return self._needing(form(depth))

    def _assign(self, depth: int) -> str:
        if not self.loads and self.choice.random() < 0.8:
            return f"{self._put(depth)};"
        operator = self.choice.choice(("=", "=", "=", "=", "+=", "|=", "^=", "-=", "&="))
        value = self._read() if self.choice.random() < 0.45 else self._expr(depth)
        return f"{self._target()} {operator} {value};"

    def _move(self, depth: int) -> str:
        """One that travels: in a load as in a save."""
        if self.loads:
            return f"{self._target()} = {self._read()};"
        return f"{self._put(depth)};"

    def _put(self, depth: int) -> str:
        width = self.choice.choice(GETTERS)
        return f"qemu_put_{width}({self._stream()}, {self._expr(depth)})"

    def _pointer_move(self, _depth: int) -> str:
        name, ctype = self.choice.choice(self.fields)
        form = POINTED.get(ctype)
        verb = "get" if self.loads else "put"
        if form is None or self.choice.random() < 0.4:
            size = self.choice.choice(("2", "sizeof(s->row)", "(s->a > 0) + 1", "3 & 2"))
            if self.loads and self.choice.random() < 0.3:
                size = f"({self._read()} & 3)"
            return f"qemu_{verb}_buffer({self._stream()}, s->row, {size});"
        if self.choice.random() < 0.5:
            return f"{{ {ctype} held = 3; qemu_{verb}_{form}({self._stream()}, &held); s->{name} += held; }}"
        return f"qemu_{verb}_{form}({self._stream()}, ({'' if self.loads else 'const '}{ctype} *)&s->{name});"

    def _if(self, depth: int) -> str:
        condition = self._read() if self.choice.random() < 0.4 else self._expr(depth - 1)
        first = self._statement(depth - 1)
        braces = self.choice.random() < 0.5
        first = f"{{\n        {first}\n    }}" if braces else f"\n        {_one(first)}"
        other = (
            f" else\n        {_one(self._statement(depth - 1))}"
            if self.choice.random() < 0.4
            else ""
        )
        return f"if ({condition}) {first}{other}"

    def _loop(self, depth: int) -> str:
        self.fresh += 1
        k = f"k{self.fresh}"
        with self._block():
            self.scope.append(k)
            body = self._statement(depth - 1)
            test = self.choice.choice((self._read(), self._expr(1)))
        number = self.choice.choice(("2", "3"))
        return self.choice.choice(
            (f"for (int {k} = 0; {k} < {number}; {k}++)\n        {_one(body)}",
             f"{{ int {k} = {number}; while ({test} && {k}-- > 0)\n        {_one(body)} }}",
             f"{{ int {k} = {number}; while ({test}) {{\n        {body}\n        if ({k}-- <= 0) break;\n    }} }}",
             f"{{ int {k} = {number}; do {{\n        {body}\n    }} while (--{k} > 0 && {test}); }}",
             f"for (int {k} = ({test}) & 1; {k} < {number}; {k}++) {{\n        {body}\n    }}",
             f"for (uint32_t {k} = 0, {k}_end = ({test}) & 3; {k} < {k}_end; {k}++) {{\n        {body}\n    }}",
             f"{{ int {k} = 0; for (; {test}; s->b++) {{ if ({k}++ > 2) {{ break; }}\n        {body}\n    }} }}",
             f"EACH_@({k}, {number}) {{\n        {body}\n    }}", f"EACH_@({k}, {number})\n        {_one(body)}")
        )  # fmt: skip

    def _switch(self, depth: int) -> str:
        first, second = self._statement(depth - 1), self._statement(depth - 1)
        value = self.choice.choice(
            (self._read(), f"version_id - {self._number()}" if self.loads else "s->a")
        )
        out = self.choice.choice(("break;", "/* fall through */", ""))
        return self.choice.choice(
            (f"switch ({value}) {{\n    case 1: {_one(first)} {out}\n    case 2:\n    default: {_one(second)}\n    }}",
             f"switch ({value}) {{\n    case 0:\n        {{ {first} }}\n        {out}\n    case 255: {_one(second)} break;\n    }}",
             f"switch ({value}) {{\n    {first}\n    case 3 ... 200: {_one(second)}\n    }}",
             f"switch ({value}) default: {_one(first)}",
             f"switch ({value}) {{\n    default: if (s->a) {{ case 7: {_one(first)} }} {out} case 1: {_one(second)}\n    }}")
        )  # fmt: skip

    def _macro(self, depth: int) -> str:
        inner = self._assign(0)[:-1] if self.choice.random() < 0.6 else self._move(0)[:-1]
        value = self._read() if self.choice.random() < 0.7 else self._expr(depth - 1)
        name = self._name()
        return self.choice.choice(
            (f"GUARD_@ {_one(inner + ';')}", f"GUARD_@ {{ {inner}; }}",
             f"DO_@({inner});", f"DO_@({inner})", f"SET_@({self._target()}, {value});",
             f"{{ int {name} = 4; GUARD_@ {name} = {value}; s->b += {name}; }}",
             f"GUARD_@\n        {inner};\n    s->b++;")
        )  # fmt: skip

    def _braces(self, depth: int) -> str:
        with self._block():
            declared = self._declaration()
            body = self._statement(depth - 1)
        return f"{{\n        {declared}\n\n        {body}\n    }}"

    def _declared_then(self, depth: int) -> str:
        declared = self._declaration()
        return f"{declared}\n    {self._statement(depth - 1)}"

    def _odd(self, depth: int) -> str:
        value, path = self._read(), self._target()
        inner = self._expr(depth - 1)
        return self.choice.choice(
            (f"{value};", f"(void){value};", f"({{ {value}; }});", f"{path} = {value}, {path} += 1;",
             f"{inner}, {value};", f"{inner} ? (void){value} : (void)0;", f"{inner} && {value};",
             f"{path}++, {path} = {value};", f"*&s->row[{value} & 3] = {inner};", f"s->row[s->a & 3] = {value};",
             f"*(s->row + ({value} & 1)) += {inner};", f"if (({path} = {value}) > 2) {{ {path} = 1; }}",
             f"{path} = s->a = {value};", f"if (f) {{ {path} = {value}; }}", f"if (!f) return{' 1' if self.loads else ''};",
             f"f = f; {path} = {value};" if self.loads else "(f) = f + 0;", f"if ({value}) ; else {path} = 1;",
             f"s->row[1] = (uint8_t []){{ {value}, 3 }}[0];", f"memcpy(s->row, &(uint16_t){{ {value} }}, 2);",
             f"*(uint8_t *)s->row = {value};", f"{{ uint8_t *p = s->row; *p++ = {value}; *p = {inner}; }}",
             f"{{ QEMUFile *g = f; {path} = {value.replace('(f)', '(g)')}; }}",
             f"{{ __typeof__({value}) y = {value}; {path} = y; }}",
             f"{{ __auto_type y = {value}; {path} = sizeof(y) + y; }}" if self.choice.random() < 0.1 else f"{path} = {value};",
             f"{{ int nested_one(void) {{ return {value}; }} {path} = nested_one(); }}"
             if self.choice.random() < 0.1 else f"{path} = 3 - {value};",
             f"{{ _Bool y = {value}; {path} = y; }}", f"{{ double y = {value}; {path} = (int)(y / 2) & 7; }}")
        )  # fmt: skip

    def _jump(self, depth: int) -> str:
        self.fresh += 1
        label, body = f"l{self.fresh}", self._statement(depth - 1)
        condition = self._expr(1)
        return self.choice.choice(
            (f"if ({condition}) goto {label};\n    {body}\n{label}:;", f"{label}: {_one(body)}",
             f"if ({condition}) goto {label};\n    {{\n        s->b++;\n    {label}:\n        {_one(body)}\n    }}",
             f"{{ int back = 2;\n{label}:\n    {_one(body)}\n    if (--back) goto {label}; }}",
             f"if ({condition}) return{' 5' if self.loads else ''};\n    {body}")
        )  # fmt: skip

    def _branches(self, depth: int) -> str:
        first, second = self._statement(depth - 1), self._statement(depth - 1)
        name = self._name()
        self.scope.append(name)
        return self.choice.choice(
            (f"\n#ifndef NEVER\n    uint32_t {name} = {self._read()};\n#else\n    uint8_t {name} = 3;\n#endif\n    {first}",
             f"\n#ifdef NEVER\n    uint32_t {name} = 1;\n    {first}\n#else\n    int {name} = 2;\n    {second}\n#endif",
             f"uint8_t {name} = 4;\n#ifdef NEVER\n    if (s->a)\n#endif\n        {_one(first)}",
             f"int {name} = 1;\n#if 1\n    {first}\n#endif",
             f"int {name} = 1;\n#define v {name}\n    {first}\n#undef v")
        )  # fmt: skip

    # -- expressions

    def _expr(self, depth: int) -> str:
        if depth <= 0:
            return self._leaf()
        a, b = self._expr(depth - 1), self._expr(depth - 1)
        ctype, name = self.choice.choice(INTEGERS), self.choice.choice(WORDS)
        operator = self.choice.choice(
            ("+", "-", "*", "&", "|", "^", "<", ">=", "==", "&&", "||", ",")
        )
        return self.choice.choice(
            (f"({a} {operator} {b})", f"({a} {operator} {b})", f"({ctype})({a})", f"({a} ? {b} : 3)", f"({a} ?: {b})",
             f"-({a})", f"!({a})", f"~(int)({a})", f"({{ {ctype} {name} = {a}; {name}; }})", f"WRAP_@({a})",
             f"WRAP_@({a})", f"({ctype}){{ {a} }}", f"sizeof({a})", f"level_of_@({a})", f"(int [2]){{ {a}, {b} }}[1]",
             f"(({a}) % 5)", f"(({a}) / 3)", f"({self._target()} = {a})", f"_Generic({a}, int: {b}, default: 2)",
             f"_Generic(3, int: {a}, default: {b})", f"(int)(({a}) * 1.5f)", f"\"abc\"[({a}) & 1]",
             f"((int)({a}) << 1)", f"({a} > -1)", f"({a} == 300)", f"__builtin_constant_p({a})", f"s->row[({a}) & 3]",
             f"(1 ? {a} : {b})", f"sizeof(s->row[{a}])", f"({{ {a}; {b}; }})")
        )  # fmt: skip

    def _leaf(self) -> str:
        leaves = [*self.scope, "TAKE_@", self._number(), self._field(), self._field(), "s->row[1]"]
        if self.loads:
            leaves += ["version_id", self._get(), self._get(), self._get()]
        return self.choice.choice(leaves)

    def _read(self) -> str:
        """A get; in a save, which may not read, an expression."""
        if not self.loads:
            return self._expr(1)
        return self.choice.choice(
            (self._get(),) * 5 + (f"WRAP_@({self._get()})", f"({self._get()})")
        )

    def _get(self) -> str:
        return f"qemu_get_{self.choice.choice(GETTERS)}({self._stream()})"

    def _stream(self) -> str:
        return self.choice.choice(("f",) * 30 + ("STREAM_@", "(f)", "0 ? NULL : f", "*&f"))

    def _field(self) -> str:
        return f"{self.choice.choice(('s->', 's->', '(s)->', '(*s).'))}{self.choice.choice(self.fields)[0]}"

    def _target(self) -> str:
        return self.choice.choice(
            (self._field(), self._field(), self._field(), "s->row[2]", "*s->row")
        )

    def _number(self) -> str:
        return self.choice.choice(("0", "1", "2", "7", "200", "300", "-1", "0x80000000u", "'a'"))

    def _result(self) -> str:
        return self.choice.choice(
            ("0", "0", "0", "version_id > 2", "qemu_get_byte(f)", "qemu_get_be32(f) & 3")
        )

    def _needing(self, text: str) -> str:
        """Define the macros that a text uses."""
        for name, forms in _KINDS.items():
            if name in text and name not in self.macros:
                chosen = self.choice.choice(
                    [f for f in forms if self.loads or not _READS.search(f)]
                )
                self.macros[name] = chosen
        return text


def _one(statement: str) -> str:
    """A statement that may be a branch."""
    return statement if statement.count(";") == 1 and "{" not in statement else f"{{ {statement} }}"
