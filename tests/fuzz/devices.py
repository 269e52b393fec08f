# SPDX-License-Identifier: GPL-2.0-or-later
"""Other devices made of real ones: their tokens, statements and declarations changed, still C.

What comes out may not compile, or mean something else than before: it is an input, and never compared
with what it was made of.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from corpus_program import HOOK
from generated import POINTERS, WIDTHS

TYPES = (
    *("uint8_t", "uint16_t", "uint32_t", "uint64_t", "int8_t", "int16_t", "int32_t", "int64_t"),
    *("unsigned int", "unsigned char", "unsigned short", "unsigned long long", "unsigned long"),
    *("signed char", "int", "long long", "long", "short", "bool", "char", "size_t", "float"),
)
NAMES = (
    *("v", "errp", "err", "local_err", "value", "visitor", "visit_errp", "i", "x", "f", "s", "opaque"),
    *("marker", "got", "len", "val", "file", "size"),
)  # fmt: skip
"""What new text may want to call its own."""

_TYPE = re.compile(r"\b(?:" + "|".join(TYPES) + r")\b(?!\s*\()")
_MEMBER = re.compile(r"(?:->|\.)([A-Za-z_]\w*)\b(?!\()")
_PATH = re.compile(r"(?<=[ (!-])[A-Za-z_]\w*(?:->|\.)[\w.>\[\]-]*\w\]?(?=[ ,;)])")
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")
_STATEMENT = re.compile(r"^([ \t]+)(?!return|break|goto|\}|[ \t])([^\n{}#]*;)[ \t]*\n", re.M)
_ANY_STATEMENT = re.compile(r"^[ \t]+[^\n{}#]*;[ \t]*\n", re.M)
_DECLARED = re.compile(r"^    (\w[\w ]*?[ *])(\w+)((?:\[\w+\])*);", re.M)
_STRUCT = re.compile(r"\bstruct\b[^;{]*\{\n([^{}]*)\}( \w+)?;")
_GET = re.compile(r"([\w>.*\[\]()-]+) = (qemu_get_\w+\(\w+\));")
_PUT = re.compile(r"(qemu_put_(?:s?be\d+|[su]?byte|betl))\((\w+), ([^;\n]*)\);")
_CALL = re.compile(r"\b(\w+)\(([^();\n]*), ([^();\n]*)\)")
_PRIMITIVE = re.compile(r"\b(qemu_[gp]et_)(\w+)\b(?=\()")
_OPERATORS = (
    ("+", "-", "*", "&", "|", "^", "<<", ">>", "%"),
    ("<", "<=", ">", ">=", "==", "!="),
    ("&&", "||"),
    ("=", "|=", "+=", "^=", "&=", "-="),
)
_OPERATOR = re.compile(
    r"(?<= )(?:" + "|".join(re.escape(o) for group in _OPERATORS for o in group) + r")(?= )"
)

_POINTER_FORMS = tuple(sorted({form for forms in POINTERS.values() for form in forms}))
_CLASSES = ((*WIDTHS, "sbyte"), _POINTER_FORMS, ("buffer", "sbuffer"))

_WRAPS = (
    "if ({cond}) {{ {s} }}", "if ({cond})\n        {s}", "if ({cond}) ; else\n        {s}",
    "if ({cond}) {s} else i{n} = 2;", "do {{ {s} }} while (0);", "do {s} while (0);", "{{ {s} }}",
    "switch ({cond}) {{ case 0: {s} break; default: {s} }}",
    "switch ({cond}) {{ default: {s} case 1:; }}", "\n#ifndef NEVER\n    {s}\n#endif",
    "\n#ifdef NEVER\n    {s}\n#else\n    {s}\n#endif", "on{n}: {s}", "on{n}:\n    {s}",
    "if ({cond}) goto on{n}; {s} on{n}:;", "{s} {s}", "; {s}", "/* {n} */ {s}", "{s} /* {n} */",
    "{s} // {n}", "{{ {type} {word} = 3; {s} (void){word}; }}", "int i{n} = 0; {s} i{n}++;",
    "int i{n}; for (i{n} = 0; i{n} < 2; i{n}++) {s}", "int i{n} = 2; while (i{n}--)\n        {s}",
    "for (int i{n} = 0; i{n} < 2; i{n}++) {{\n        {s}\n    }}", "DO{n}({bare});",
    "DO{n}({bare}; )",
    "for (;;) {{ {s} break; }}",
    "if ({cond})\n        if ({cond})\n            {s}\n        else\n            {s}",
    "{s} if ({cond}) return{value};", "({{ {s} }});", "{bare}, {bare};", "(void)({bare});",
    "({bare});",
    "{cond} ? (void)({bare}) : (void)0;", "{cond} && ({bare}, 1);",
    "i{n}: ; int i{n}x = 1; {s} (void)i{n}x;",
)  # fmt: skip
"""What a statement `s` may become; `bare` is without its semicolon."""

_READS = (
    "{t} = ({type}){g};", "{t} |= {g};", "{t} = {g} + 1;", "{t} = {num} - {g};",
    "{t} = {cond} ? {g} : 3;", "if (({t} = {g}) > 2) {{ {t} = 1; }}",
    "{{ {type} t{n} = {g}; {t} = t{n}; }}", "{t} = {cond} && {g} == 1;",
    "{type} t{n} = {g}; {t} = t{n};", "{type} t{n}, u{n} = {g}; {t} = t{n} = u{n};", "{t} = -{g};",
    "{t} = !{g};", "{t} = ~{g};", "{g};", "(void){g};", "{t} = (0, {g});", "{t} = sizeof({g});",
    "{t} = ({{ {g}; }});", "switch ({g}) {{ case 1: {t} = 4; break; default: {t} = 2; }}",
    "while ({g}) {{ {t}++; break; }}", "for (; {g};) {{ {t}++; break; }}",
    "do {{ {t} = 1; }} while ({g} > 9 && 0);", "{t} = {g}, {t} += 1;",
    "{{ const {type} t{n} = {g}, u{n} = 2; {t} = t{n} + u{n}; }}",
    "{{ {type} t{n}[2] = {{ {g}, 1 }}; {t} = t{n}[0]; }}",
    "{{ static {type} t{n}; t{n} = {g}; {t} = t{n}; }}", "{t} = {path} = {g};",
    "{t} = {g} << 8 | {g};",
    "{t} = {g}; {t} |= {g} << 8;", "if ({g} != {path}) {{ {t} = 5; }}",
    "if ({g}) {t} = 1; else {t} = 2;", "if ({cond} || {g} > {num}) {t} = {num};",
    "{t} = {path} + {g};",
    "{t} = ({type}){g} >> 1;", "{t} = {g} / 3;", "{t} = {g} ?: 9;", "{t} = {g} > {num};",
    "*&{t} = {g};", "({t}) = ({g});", "{t} = (({type})({g}));",
    "register {type} t{n} = {g}; {t} = t{n};", "{t} = (uint8_t)-{g};",
    "if (!{g}) {{ {t} = {num}; }}",
    "{{ struct {{ {type} a; {type} b; }} t{n} = {{ .b = {g} }}; {t} = t{n}.b; }}",
    "{t}++, {t} = {g};",
    "{{ {type} t{n} = {num}, u{n} = t{n} + {g}; {t} = u{n}; }}",
    "{{ volatile {type} t{n} = {g}; {t} = t{n}; }}",
    "{{ {type} t{n} = {g}; {type} u{n} = {g}; {t} = t{n} ^ u{n}; }}",
    "int i{n} = {g}; while (i{n}-- > 250) {t}++;",
)  # fmt: skip
"""What `t = g;` may become, where g is a get."""

_VALUES = (
    "{e} + 1", "({type})({e})", "{cond} ? {e} : 2", "({e})", "({e}, 3)", "-({e})", "!({e})",
    "~({e})",
    "({{ {e}; }})", "*&{e}", "({e}) ?: 1", "sizeof({e})", "{e} == {num}", "({e}) & 0x7f",
    "({type}){{ {e} }}", "{e}++", "--{e}", "{e} = {num}", "{path}", "{e} | {path}", "{e} << 1",
    "{num}",
    "({e}) >> 1", "{e} * {num}", "'a'", "\"ab\"[{e} & 1]", "({type}){path} + {e}", "+{e}",
    "(({type})(({e})))", "{e} ? {path} : {e}", "{num}.5",
)  # fmt: skip
"""What the value `e` of a put may become."""

_HOSTILE_READS = (
    "{{ uint32_t t{n} = {path} + {g}, u{n} = {path}++; {t} = t{n} + u{n}; }}",
    "{{ uint32_t t{n} = {g}; uint32_t u{n} = TAKE{n}; {t} = t{n} + u{n}; }}",
    "{{ uint32_t t{n} = {g}; uint8_t u{n}[(t{n} & 3) + 1]; u{n}[0] = 1; {t} = sizeof(u{n}) + u{n}[0]; }}",
    "{{ uint32_t t{n} = {g} & 7; uint8_t u{n}[(version_id & 3) + 1]; {t} = sizeof(u{n}) + t{n}; }}",
    "{{ uint32_t t{n} = 3; {{ uint32_t u{n} = t{n} + {g}; uint32_t t{n} = u{n}; {t} = t{n} + u{n}; }} }}",
    "{t} = _Generic({g}, int: 1, default: 2);",
    "{t} = _Generic({path}, uint32_t: {g}, default: 2);",
    "{t} = KIND{n}({g});", "{t} = LESSER{n}({g}, {num});", "{t} = __builtin_constant_p({g});",
    "{{ __auto_type t{n} = {g}; {t} = sizeof(t{n}) + t{n}; }}", "{t} = NOTE{n}({g});",
    "GUARD{n} {{ {t} = {g}; }}",
    "{{ int t{n} = 4; GUARD{n} t{n} = {g}; {t} = t{n}; }}",
    "{{ int t{n} = 2; EACH{n} t{n} += {g}; {t} = t{n}; }}",
    "{t} = HIDDEN{n} << 8 | {g};", "{t} = {g} << 8 | HIDDEN{n};", "{t} = NAME{n}({g});",
    "TURN{n}; {t} = {g};",
    "(f) = f; {t} = {g};", "{t} = sizeof ({t}) + {g};", "{t} = (0, {g}) + DEEP{n};",
    "{{ const {type} *const t{n} = &(const {type}){{ {g} }}; {t} = *t{n}; }}",
    "{{ ALIAS{n} t{n} = {g}; {t} = t{n}; }}", "if (f) {{ {t} = {g}; }}",
    "{t} = {cond} && f ? {g} : 1;",
    "EVERY{n}(k{n}, 2) {{ {t} = {g} + k{n}; }}", "on{n}: {t} = *(uint8_t[2]){{ {g}, 3 }};",
    "{{ int i{n} = 0; while ({g} > 100) {{\n        {t}++; if (i{n}++ > 3) break; }} }}",
    "{{ {type} t{n}; int i{n} = 0;\n    while ((t{n} = {g}) > {num}) {{\n        {type} u{n} = i{n};\n"
    "        {t} += t{n} + u{n};\n        if (i{n}++ & 1) {{\n            continue;\n        }}\n"
    "        if (i{n} > 5) {{\n            break;\n        }}\n    }}\n    {t} = t{n}; }}",
    "{{ int i{n} = 0;\n    while (!{g} && i{n}++ < {num}) {{\n        uint8_t u{n}[2] = {{ {num}, 1 }};\n"
    "        {t} += u{n}[0]; }} }}",
    "{{ int i{n} = 0;\n    while ({path} & {g}) {{\n        int i{n}_ = {path}++;\n"
    "        if (i{n}++ + i{n}_ > 3) {{ break; }} }} }}",
    "LOOP{n}({g}) {{\n        {t}++; break;\n    }}",
    "{{ const {type} t{n} = {g};\n    {type} u{n} = {path}++;\n    {t} = t{n} + u{n}; }}",
    "{{ const {type} t{n} = {g};\n    uint8_t u{n}[(t{n} & 3) + 1];\n    u{n}[0] = 1;\n"
    "    {t} = sizeof(u{n}) + u{n}[0]; }}",
    "{t} = sizeof({t}) * {g};", "{t} = ONCE{n}({g});", "{t} = ONCE{n}({path}) + {g};",
    "{t} = ({{ {type} t{n} = {g}; t{n}++; t{n}; }});", "{t} = {g} > -1;", "{t} = {g} == 300;",
    "switch ({g}) {{ case -1: {t} = 1; break; case 300: {t} = 3; break; default: {t} = 2; }}",
    "{t} = (uint8_t){g} + (bool){path};", "TWICE{n}({{ {t} = {g}; }});",
    "{t} = ({g}, {g});", "{t} = __builtin_choose_expr(1, {g}, 3);", "{t} = likely{n}({g} > 3);",
)  # fmt: skip
"""What `t = g;` may become that lies about order, types, names or what is evaluated at all."""

_HOSTILE_MACROS = (
    "#define TAKE{n} {path}++", "#define TAKE{n} ({path} = 5)",
    "#define KIND{n}(x) _Generic((x), int: 1, "
    "unsigned: 2, uint8_t: 3, default: 4)", "#define KIND{n}(x) (sizeof(x) + (x))",
    "#define LESSER{n}(a, b) ({{ __typeof__(a) a_ = (a); a_ < (b) ? a_ : (b); }})",
    "#define NOTE{n}(x) ((x) + (int)strlen(#x))", "#define GUARD{n} if (version_id > 1)",
    "#define GUARD{n} for (int g_ = 0; g_ < 2; g_++)",
    "#define EACH{n} for (int e_ = 0; e_ < 2; e_++)",
    "#define HIDDEN{n} qemu_get_byte(f)", "#define HIDDEN{n} version_id", "#define NAME{n}(x) (x)",
    "#define NAME{n}(x) (0 ? (x) : 3)", "#define TURN{n} f = f + 0", "#define TURN{n} (void)0",
    "static int v = 3;\n#define DEEP{n} DEEPER{n}\n#define DEEPER{n} v", "#define DEEP{n} 4",
    "#define ALIAS{n} const uint32_t", "typedef const uint16_t ALIAS{n};",
    "#define ALIAS{n} volatile int",
    "#define EVERY{n}(i, m) for (uint8_t i = 0; i < (m); i++)",
    "#define likely{n}(x) __builtin_expect(!!(x), 1)",
    "#define LOOP{n}(x) while (x)", "#define LOOP{n}(x) if (!(x))",
    "#define ONCE{n}(x) (x)", "#define ONCE{n}(x) ({{ {type} o_ = {{ x }}; o_; }})",
    "#define ONCE{n}(x) ((x) + {path}++)", "#define TWICE{n}(x) do {{ x; x; }} while (0)",
    "#define qemu_get_be16(f) qemu_get_byte(f)",
    "#define qemu_put_byte(f, x) qemu_put_be16(f, (x) + 1)",
    "typedef int bool_t; typedef bool_t T{n};", "#define errp 7", "#define unused{n} v",
)  # fmt: skip
"""What those names may mean, before everything."""

_HOSTILE_MEMBERS = (
    "_Atomic {old}{name}{a};", "{old}{name}{a} __attribute__((packed));",
    "struct {{ uint8_t {name}_odd; {old}{name}{a} __attribute__((packed)); }};",
    "\n#ifdef NEVER\n    uint64_t {name}{a};\n#else\n    {old}{name}{a};\n#endif\n",
    "\n#ifdef NEVER\n    {old}{name}{a};\n#else\n    uint8_t {name}{a};\n#endif\n",
    "__volatile {old}{name}{a};", "struct {{ uint8_t {name}_odd; {old}{name}{a}; }} "
    "__attribute__((packed, aligned(1)));", "LOOSE{n} {name}{a};",
)  # fmt: skip

_MEMBERS = (
    "{type} {name}{a};", "{type} {name}:5;", "{type} {name};", "const {type} {name}{a};",
    "volatile {type} {name}{a};", "union {{ {old}{name}{a}; uint8_t {name}_raw[3]; }};",
    "struct {{ {old}{name}{a}; }};", "{old}{name}{a}, {name}_b{a};", "{type} {name}[4];",
    "struct {{ uint8_t {name}_odd; {old}{name}{a}; }} __attribute__((packed));",
    "uint8_t {name}_pad; {old}{name}{a};", "T{n} {name}{a};",
    "{old}{name}{a} __attribute__((aligned(16)));",
    "{old} {name}{a}; enum {{ E{n} = 3 }} {name}_e;",
    "_Bool {name}{a};", "{old}\n        {name}{a};",
)  # fmt: skip
"""What the member `old name a;` of a struct may become."""

_MACROS = (
    "#define DO{n}(x) do {{ x; }} while (0)", "#define DO{n}(x) if ({num}) {{ x; }}",
    "#define DO{n}(x) x; x", "#define DO{n}(x)", "#define DO{n}(x) (void)sizeof(x)",
    "#define DO{n}(x...) {{ x; }}",
    "#define DO{n}(x) for (int k{n} = 0; k{n} < 2; k{n}++) {{ x; }}",
    "typedef {type} T{n};", "#define T{n} {type}", "typedef T{m} T{n};", "#define i{n} t{n}",
    "#define {name} {name}", "typedef enum {{ A{n}, B{n} }} T{n};",
)  # fmt: skip

_GAPS = (
    "\n",
    " ",
    "  ",
    "\t",
    " /* c */ ",
    " // c\n",
    " \\\n ",
    "\n\n    ",
    "\n#define G{n}\n",
    "\r\n",
)


def _one(
    pattern: re.Pattern[str],
    text: str,
    choice: random.Random,
    make: Callable[[re.Match[str]], str],
) -> str:
    """The text with one match of a pattern, any, as `make` gives it."""
    found = list(pattern.finditer(text))
    if not found:
        return text
    match = choice.choice(found)
    return text[: match.start()] + make(match) + text[match.end() :]


def _filled(pattern: str, text: str, choice: random.Random, **own: str) -> str:
    """A pattern's places filled: with types, numbers, conditions and operands of the text."""
    paths = [m[0] for m in _PATH.finditer(text)] or ["version_id"]
    path, number = choice.choice(paths), choice.choice(("0", "1", "2", "7", "200"))
    conditions = (path, f"{path} > {number}", "version_id > 1", number, f"!{path}", f"{path}++ & 1")
    words = sorted(set(_WORD.findall(text)))
    blanks = {
        "type": choice.choice((*TYPES, "T1", "T2")), "cond": choice.choice(conditions),
        "path": path, "num": number, "n": str(choice.randrange(1, 4)),
        "m": str(choice.randrange(1, 4)), "name": choice.choice(NAMES),
        "word": choice.choice(words), "value": choice.choice(("", " 0", " -1")),
    }  # fmt: skip
    return pattern.format(**{**blanks, **own})


def _member(text: str, choice: random.Random) -> str:
    members = sorted({m[1] for m in _MEMBER.finditer(text)})
    return _one(_MEMBER, text, choice, lambda m: m[0].replace(m[1], choice.choice(members)))


def _type(text: str, choice: random.Random) -> str:
    qualifier = choice.choice(("", "", "", "const ", "volatile ", "unsigned "))
    return _one(_TYPE, text, choice, lambda m: qualifier + choice.choice((*TYPES, m[0])))


def _primitive(text: str, choice: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        kinds = [kind for kind in _CLASSES if match[2] in kind]
        return match[1] + choice.choice(choice.choice(kinds or [(match[2],)]))

    return _one(_PRIMITIVE, text, choice, other)


def _number(text: str, choice: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        number = int(match[0])
        return str(choice.choice((number + 1, max(0, number - 1), 0, 1, 2, 5, 255, 256)))

    return _one(re.compile(r"\b(?:0|[1-9]\d*)\b"), text, choice, other)


def _operator(text: str, choice: random.Random) -> str:
    groups = {operator: group for group in _OPERATORS for operator in group}
    return _one(_OPERATOR, text, choice, lambda m: choice.choice(groups[m[0]]))


def _statements(text: str, choice: random.Random) -> str:
    """Lose, double, swap or move a line that is a statement."""
    found = list(_ANY_STATEMENT.finditer(text))
    if len(found) < 2:
        return text
    first, second = sorted(choice.sample(found, 2), key=lambda m: m.start())
    before, between, after = (
        text[: first.start()], text[first.end() : second.start()], text[second.end() :],
    )  # fmt: skip
    parts = choice.choice(
        ((first[0], second[0], second[0]), (second[0], first[0]), ("", second[0]), (first[0], ""),
         (first[0], first[0] + second[0]), ("", second[0] + first[0]))
    )  # fmt: skip
    return before + parts[0] + between + "".join(parts[1:]) + after


def _operand(text: str, choice: random.Random) -> str:
    form = choice.choice(
        ("({type}){e}", "({e})", "*&{e}", "-{e}", "!{e}", "({e} + {num})", "{path}")
    )
    return _one(_PATH, text, choice, lambda m: _filled(form, text, choice, e=m[0]))


def _arguments(text: str, choice: random.Random) -> str:
    return _one(_CALL, text, choice, lambda m: f"{m[1]}({m[3]}, {m[2]})")


def _wrap(text: str, choice: random.Random) -> str:
    def wrapped(match: re.Match[str]) -> str:
        own = {"s": match[2], "bare": match[2][:-1]}
        return match[1] + _filled(choice.choice(_WRAPS), text, choice, **own) + "\n"

    return _one(_STATEMENT, text, choice, wrapped)


def _read(text: str, choice: random.Random) -> str:
    return _one(
        _GET, text, choice,
        lambda m: _filled(choice.choice(_READS), text, choice, t=m[1], g=m[2]),
    )  # fmt: skip


def _hostile(text: str, choice: random.Random) -> str:
    """A get in a place that lies about it, with the macros that the place needs."""
    number = str(choice.randrange(1, 4))
    got = re.search(_GET, text)
    if got is None:
        return text
    form = choice.choice(_HOSTILE_READS)
    text = _one(
        _GET, text, choice,
        lambda m: _filled(form, text, choice, t=m[1], g=m[2], n=number),
    )  # fmt: skip
    before = text
    for word in sorted(set(re.findall(rf"\b([A-Za-z]+{number})\b", form.replace("{n}", number)))):
        kinds = [m for m in _HOSTILE_MACROS if re.search(rf"\b{word}\b", m.replace("{n}", number))]
        if kinds:
            text = _filled(choice.choice(kinds), before, choice, n=number) + "\n" + text
    return text


def _hostile_macro(text: str, choice: random.Random) -> str:
    return _filled(choice.choice(_HOSTILE_MACROS), text, choice) + "\n" + text


def _hostile_member(text: str, choice: random.Random) -> str:
    number = str(choice.randrange(1, 4))

    def other(match: re.Match[str]) -> str:
        own = {"old": match[1], "name": match[2], "a": match[3], "n": number}
        return "    " + _filled(choice.choice(_HOSTILE_MEMBERS), text, choice, **own)

    loose = f"typedef uint32_t LOOSE{number} __attribute__((aligned(1)));\n"
    changed = _one(_DECLARED, text, choice, other)
    return loose + changed if f"LOOSE{number}" in changed else changed


def _value(text: str, choice: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        value = _filled(choice.choice(_VALUES), text, choice, e=match[3])
        return f"{match[1]}({match[2]}, {value});"

    return _one(_PUT, text, choice, other)


def _declaration(text: str, choice: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        own = {"old": match[1], "name": match[2], "a": match[3]}
        return "    " + _filled(choice.choice(_MEMBERS), text, choice, **own)

    return _one(_DECLARED, text, choice, other)


def _record(text: str, choice: random.Random) -> str:
    """Pack a struct, or let its members come in another order."""

    def other(match: re.Match[str]) -> str:
        lines = match[1].splitlines(keepends=True)
        if choice.random() < 0.5:
            choice.shuffle(lines)
            return match[0].replace(match[1], "".join(lines))
        return match[0].replace("}", choice.choice(("} __attribute__((packed))", "} QEMU_PACKED")))

    return _one(_STRUCT, text, choice, other)


def _macro(text: str, choice: random.Random) -> str:
    """A definition before all, and perhaps a use of one: of a member, a type or a number."""
    number = str(choice.randrange(1, 4))
    match choice.randrange(4):
        case 0:
            path = re.compile(r"\b([A-Za-z_]\w*)->(\w+)\b")
            found = choice.choice(list(path.finditer(text)) or [None])
            if found is None:
                return text
            define = f"#define M{number}(p) ((p)->{found[2]})\n"
            return define + text.replace(found[0], f"M{number}({found[1]})", choice.choice((1, -1)))
        case 1:
            define = f"#define N{number} "
            at = _one(re.compile(r"\b\d+\b"), text, choice, lambda m: f"\0{m[0]}\0")
            parts = at.split("\0")
            return at if len(parts) < 3 else f"{define}{parts[1]}\n{parts[0]}N{number}{parts[2]}"
        case 2:
            kind = choice.choice(_TYPE.findall(text) or ["int"])
            define = choice.choice((f"#define T{number} {kind}\n", f"typedef {kind} T{number};\n"))
            use = _one(re.compile(rf"\b{kind}\b"), text, choice, lambda _: f"T{number}")
            return define + use
        case _:
            return _filled(choice.choice(_MACROS), text, choice, n=number) + "\n" + text


def _rename(text: str, choice: random.Random) -> str:
    """A name of the text everywhere another, which may be one that new text would take."""
    words = sorted(
        {w for w in _WORD.findall(text) if not re.search(r"^qemu_|_t$|^(bool|Error|Visitor)$", w)}
    )
    declared = [w for w in words if re.search(rf"\b(?:\w+_t|int|State|bool) \*?{w}\b", text)]
    old = choice.choice(declared or words)
    new = choice.choice((*NAMES, *words, f"{old}_val"))
    scope = choice.choice((rf"\b{old}\b", rf"(?<![>.\w]){old}\b"))
    return re.sub(scope, new, text)


def _layout(text: str, choice: random.Random) -> str:
    """White space, comments and line ends between two tokens, or none where there were."""
    gap = choice.choice(_GAPS).replace("{n}", str(choice.randrange(4)))
    if choice.random() < 0.4:
        lines = re.compile(r"(?<=[;{}])[ \t]*\n[ \t]*(?![#\n])")
        return _one(lines, text, choice, lambda _: choice.choice(("", " ")))
    return _one(re.compile(r"(?<=[\w;,(){}]) ?(?=[\w;,(){}*&-])"), text, choice, lambda _: gap)


def _stream(text: str, choice: random.Random) -> str:
    """Another name for the stream."""
    head = re.compile(r"^\{\n((?:    [\w *]+ = [^;\n]*;\n)?)", re.M)
    text = _one(head, text, choice, lambda m: f"{m[0]}    QEMUFile *g = f;\n")
    return _one(re.compile(r"(?<=\()f(?=[,)])"), text, choice, lambda _: "g")


_MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (
    *(_member, _type, _type, _type, _primitive, _primitive, _number, _operator, _statements),
    *(_statements, _operand, _operand, _arguments, _wrap, _wrap, _wrap, _wrap, _read, _read, _read),
    *(_read, _value, _value, _value, _declaration, _declaration, _record, _macro, _macro),
    *(_rename, _rename, _layout, _layout, _stream, _hostile, _hostile, _hostile, _hostile),
    *(_hostile, _hostile, _hostile_macro, _hostile_member, _hostile_member),
)


def mutant(case: str, choice: random.Random) -> str:
    """A corpus case with one to six changes between its #include lines and its hook."""
    start = [m.end() for m in re.finditer(r"^#include .*\n", case, re.M)][-1]
    hook = HOOK.search(case)
    end = hook.start() if hook is not None else len(case)
    text = case[start:end]
    for _ in range(choice.choice((1, 1, 2, 2, 3, 4, 6))):
        text = choice.choice(_MUTATIONS)(text, choice)
    return case[:start] + text + case[end:]
