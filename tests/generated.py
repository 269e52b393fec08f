# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that nobody wrote: random fields, and a save and a load that move them in one order."""

from __future__ import annotations

import random
import re

TYPES = (
    *("uint8_t", "uint16_t", "uint32_t", "uint64_t", "int8_t", "int16_t", "int32_t", "int64_t"),
    *("int", "unsigned int", "unsigned char", "short", "bool", "char", "long", "size_t", "level_t"),
    *("Mode", "volatile uint32_t", "unsigned long long"),
)
WIDTHS = ("byte", "ubyte", "be16", "be32", "be64", "sbe16", "sbe32", "sbe64", "betl")
POINTERS = {
    "uint8_t": ("8s",),
    "uint16_t": ("be16s",),
    "uint32_t": ("be32s",),
    "uint64_t": ("be64s",),
    "int8_t": ("s8s",),
    "int16_t": ("sbe16s",),
    "int32_t": ("sbe32s",),
}
PRELUDE = """\
typedef uint16_t level_t;
typedef enum Mode { MODE_OFF, MODE_ON } Mode;

uint32_t level_of(uint32_t level);

"""
"""What stands before all devices of a file."""

TEXT = """\
typedef struct State {
%s} State;

static void dev_save(QEMUFile *f, void *opaque)
{
    State *s = opaque;
    int i = 0;

%s}

static int dev_load(QEMUFile *f, void *opaque, int version_id)
{
    State *s = opaque;
    int i = 0;
%s
%s    return 0;
}

void dev_init(State *s)
{
    register_savevm(NULL, "dev", 0, 3, dev_save, dev_load, s);
}
"""


class Device:
    """A device's source text, made of random choices; the same seed makes the same text."""

    def __init__(self, choice: random.Random) -> None:
        self.choice = choice
        self.fields: list[str] = []
        self.save: list[str] = []
        self.load: list[str] = []
        self.locals: list[str] = []
        self.sites = 0
        for number in range(choice.randint(1, 6)):
            self._field(f"r{number}")

    def _field(self, name: str) -> None:
        kind = self.choice.choice(("plain", "plain", "bits", "array", "inner", "pointer", "buffer"))
        ctype = self.choice.choice(TYPES)
        if kind == "plain":
            self.fields.append(f"{ctype} {name};")
            self._move(f"s->{name}", ctype)
        elif kind == "bits":
            self.fields.append(f"unsigned int {name}:{self.choice.randint(1, 30)};")
            self._move(f"s->{name}", "bits")
        elif kind == "inner":
            self.fields.append(f"struct {{ {ctype} deep; }} {name};")
            self._move(f"s->{name}.deep", ctype)
        elif kind == "pointer":
            self.fields.append(f"{ctype} *{name};")
            self._move(f"*s->{name}", ctype)
        elif kind == "buffer":
            self.fields.append(f"uint8_t {name}[16];")
            self._both(f"qemu_%s_buffer(f, s->{name}, sizeof(s->{name}));")
        else:
            self.fields.append(f"{ctype} {name}[8];")
            self._loop(f"s->{name}[i]", ctype)

    def _both(self, pattern: str) -> None:
        self.save.append(pattern % "put")
        self.load.append(pattern % "get")
        self.sites += 2

    def _loop(self, lvalue: str, ctype: str) -> None:
        head = self.choice.choice(("for (i = 0; i < 8; i++)", "for (i = 7; i >= 0; i--)"))
        at = len(self.save), len(self.load)
        self._move(lvalue, ctype)
        for lines, start in zip((self.save, self.load), at, strict=True):
            body = lines[start:]
            del lines[start:]
            braces = len(body) > 1 or self.choice.random() < 0.5
            lines.append(head + (" {" if braces else ""))
            lines.extend("    " + line for line in body)
            lines.extend("}" for _ in range(braces))

    def _move(self, lvalue: str, ctype: str) -> None:
        """Save and load of one scalar."""
        if ctype in POINTERS and self.choice.random() < 0.3:
            self._both(f"qemu_%s_{self.choice.choice(POINTERS[ctype])}(f, &{lvalue});")
            return
        width = self.choice.choice(WIDTHS)
        value = self.choice.choice(
            (lvalue, lvalue, f"({lvalue})", f"{lvalue} + 1", f"(uint32_t){lvalue}", f"!{lvalue}",
             f"{lvalue} ? 3 : 4", f"{lvalue} & 0x7f", f"level_of({lvalue})", f"-({lvalue} | 1)")
        )  # fmt: skip
        self._under_condition(self.save, f"qemu_put_{width}(f, {value});")
        self._read(lvalue, f"qemu_get_{width}(f)")
        self.sites += 2

    def _read(self, lvalue: str, get: str) -> None:
        fresh = f"t{len(self.locals)}"
        shape = self.choice.randrange(13)
        lines = self.load
        match shape:
            case 0 | 1 | 2:
                self._under_condition(lines, f"{lvalue} = {get};")
            case 3:
                operator = self.choice.choice(("|=", "+=", "^=", "&="))
                self._under_condition(lines, f"{lvalue} {operator} {get};")
            case 4:
                self._under_condition(lines, f"{lvalue} = (uint8_t){get} << 3;")
            case 5:
                lines.append(f"if ({get} > 2) {{\n        {lvalue} = 1;\n    }}")
            case 6:
                lines.append(f"if (version_id > 1 && {get}) {{\n        {lvalue} = 1;\n    }}")
            case 7:
                self._under_condition(lines, f"{self.choice.choice(('', '(void)'))}{get};")
            case 8:
                lines.append(f"while ({get}) {{\n        {lvalue} = i++;\n    }}")
            case 9:
                self.locals.append(f"uint32_t {fresh};")
                lines += [f"{fresh} = {get};", f"{lvalue} = {fresh};"]
            case 10:
                lines.append(
                    f"switch ({get}) {{\n    case 1:\n        {lvalue} = 2;\n        break;\n    }}"
                )
            case 11:
                self._under_condition(lines, f"{lvalue} = version_id > 2 ? {get} : 5;")
            case _:
                self.locals.append(f"{self.choice.choice(TYPES[:8])} {fresh} = 0;")
                lines.append(
                    f"{{\n        int {fresh}_in = {get};\n\n        {lvalue} = {fresh}_in;\n    }}"
                )

    def _under_condition(self, lines: list[str], statement: str) -> None:
        match self.choice.randrange(6):
            case 0:
                lines.append(f"if (s->flag) {{\n        {statement}\n    }}")
            case 1:
                lines.append(f"if (s->flag)\n        {statement}")
            case 2:
                lines.append(
                    f"if (!s->flag) {{\n        i = 3;\n    }} else {{\n        {statement}\n    }}"
                )
            case _:
                lines.append(statement)

    def text(self) -> str:
        """The device as a file."""
        return PRELUDE + self.definition()

    def definition(self) -> str:
        """The device without what stands before all."""

        def body(lines: list[str]) -> str:
            return "".join(f"    {line}\n" for line in lines)

        return TEXT % (
            body([*self.fields, "uint8_t flag;"]),
            body(self.save),
            body(self.locals),
            body(self.load),
        )


class WildDevice(Device):
    """A device of rarer shapes, some of which may be refused, with what the runner needs."""

    def __init__(self, choice: random.Random) -> None:
        self.before: list[str] = []
        self.fill: list[str] = []
        super().__init__(choice)

    def _field(self, name: str) -> None:
        wild = (self._matrix, self._macro, self._union, self._packed, self._counted, self._records)
        if self.choice.random() < 0.5:
            self.choice.choice(wild)(name, self.choice.choice(TYPES))
        else:
            super()._field(name)
        declared = self.fields[-1]
        if "bool" in declared:
            self.fill += _bits_of(declared, name)
        if f"*{name};" in declared:
            self.fields.append(declared.replace(f"*{name};", f"{name}_at;"))
            self.fill.append(f"s->{name} = &s->{name}_at;")
            self.fill += _bits_of(self.fields[-1], f"{name}_at") if "bool" in declared else []

    def _loop(self, lvalue: str, ctype: str) -> None:
        """With an index of its own, for what is read may be assigned to `i`."""
        at = len(self.save), len(self.load)
        super()._loop(lvalue.replace("[i]", "[k]"), ctype)
        for lines, start in zip((self.save, self.load), at, strict=True):
            lines[start] = re.sub(r"\bi\b", "k", lines[start])

    def _matrix(self, name: str, ctype: str) -> None:
        self.fields.append(f"{ctype} {name}[3][8];")
        self._loop(f"s->{name}[{self.choice.choice(('1', 'i & 1', 's->flag & 1'))}][i]", ctype)

    def _macro(self, name: str, ctype: str) -> None:
        """A type or a member that only a macro names."""
        kind, member = f"T_{name}_dev", f"M_{name}_dev"
        self.before += [f"#define {kind} {ctype}", f"#define {member}(p) ((p)->{name})"]
        self.fields.append(f"{kind} {name}; /* {ctype} */")
        self._move(self.choice.choice((f"s->{name}", f"{member}(s)")), ctype)

    def _union(self, name: str, ctype: str) -> None:
        self.fields.append(f"union {{ {ctype} one; uint8_t raw[16]; }} {name};")
        self._move(f"s->{name}.one", ctype)

    def _packed(self, name: str, ctype: str) -> None:
        """By value only: a pointer form of an unaligned member has no meaning in C."""
        attribute = "__attribute__((packed))"
        self.fields.append(f"struct {{ uint8_t odd; {ctype} deep; }} {attribute} {name};")
        self._move(f"s->{name}.deep", "unaligned")

    def _counted(self, name: str, _ctype: str) -> None:
        """A length, then as many bytes."""
        self.fields.append(f"uint8_t {name}[16]; uint8_t {name}_n;")
        self.save += [
            f"qemu_put_byte(f, s->{name}_n & 15);",
            f"qemu_put_buffer(f, s->{name}, s->{name}_n & 15);",
        ]
        number = f"n{len(self.locals)}"
        declared = f"int {number} = qemu_get_byte(f) & 15;"
        got = f"size_t {number}_got = qemu_get_buffer(f, s->{name}, {number});"
        self.load.append(
            f"{{\n        {declared}\n        {got}\n\n        i += {number}_got;\n    }}"
        )
        self.sites += 4

    def _records(self, name: str, ctype: str) -> None:
        self.fields.append(f"struct {{ {ctype} a; level_t b; }} {name}[8];")
        at = len(self.save), len(self.load)
        self._loop(f"s->{name}[i].a", ctype)
        if self.choice.random() < 0.5:
            self._in_branches(at)

    def _in_branches(self, at: tuple[int, int]) -> None:
        """Put the lines since `at` into a branch of the preprocessor."""
        for lines, start in zip((self.save, self.load), at, strict=True):
            lines.insert(start, "\n#ifndef NEVER")
            lines.append("\n#else\n    i = 1;\n#endif")

    def _read(self, lvalue: str, get: str) -> None:
        fresh = f"t{len(self.locals)}"
        match self.choice.randrange(12):
            case 0:
                self._under_condition(self.load, f"{lvalue} = level_of({get});")
            case 1:
                self.load.append(f"i = 0, {lvalue} = {get};")
            case 2:
                self.load.append(f"do {{\n        {lvalue} = {get};\n    }} while (0);")
            case 3:
                self.load.append(f"{lvalue} = i = {get};")
            case 4:
                self.load.append(f"if ({get} == 1 || level_of(i) == 3) {{\n        i++;\n    }}")
            case 5:
                self.locals.append(f"uint64_t {fresh} = 0;")
                self.load.append(f"{lvalue} = ({fresh} = {get}) > 3 ? {fresh} : 7;")
            case 6:
                self.load.append(f"{{\n        uint32_t {fresh}[] = {{ 1, {get} }};\n\n"
                                 f"        {lvalue} = {fresh}[1];\n    }}")  # fmt: skip
            case _:
                super()._read(lvalue, get)

    def part(self, number: int) -> str:
        """The device as one of several of a file, and how its state is filled."""
        filled = "".join(f"    {line}\n" for line in ["(void)s;", *self.fill])
        fill = (
            f"static void dev_fill(State *s)\n{{\n    unsigned i = 0;\n\n    (void)i;\n{filled}}}\n"
        )
        text = "".join(f"{line}\n" for line in self.before) + self.definition() + "\n" + fill
        text = text.replace("    int i = 0;\n", "    int i = 0, k = 0;\n")
        text = re.sub(r"\bState\b", f"State{number}", text)
        return re.sub(r"\bdev_|(?<=_)dev\b", lambda m: m[0].replace("dev", f"dev{number}"), text)


def _bits_of(declared: str, name: str) -> list[str]:
    """Statements that make each bool of a field 0 or 1: anything else has no meaning in C."""
    member = "one" if "union" in declared else "deep" if "deep" in declared else ""
    member = "a" if " a;" in declared else member
    path = f"s->{name}"
    rows, columns = re.search(r"\[3\]\[8\]", declared), re.search(r"\[8\]", declared)
    loop = "for (i = 0; i < 24; i++) " if rows else "for (i = 0; i < 8; i++) " if columns else ""
    index = "[i / 8][i % 8]" if rows else "[i]" if columns else ""
    full = f"{path}{index}{'.' + member if member else ''}"
    return [f"{loop}*(uint8_t *)&{full} &= 1;"]


WHOLE = """\
#include "cpu.h"
#include "hw/hw.h"
#include "corpus.h"

%s
uint32_t level_of(uint32_t level)
{
    return level * 5 ^ 3;
}

%s
typedef struct Whole {
%s} Whole;

static void whole_save(QEMUFile *f, void *opaque)
{
    Whole *w = opaque;

%s}

static int whole_load(QEMUFile *f, void *opaque, int version_id)
{
    Whole *w = opaque;

%s    return 0;
}

static void whole_fill(Whole *w, const uint8_t *random, size_t n)
{
    corpus_fill(w, sizeof(*w), random, n);
%s}

CORPUS_CASE_INIT(Whole, whole_save, whole_load, 3, whole_fill);
"""


def corpus_case(devices: list[WildDevice]) -> str:
    """A corpus case whose state is that of all the devices, saved and loaded one after the other."""
    numbers = range(len(devices))

    def each(pattern: str) -> str:
        return "".join(f"    {pattern}\n".replace("#", str(n)) for n in numbers)

    return WHOLE % (
        PRELUDE,
        "\n".join(device.part(n) for n, device in enumerate(devices)),
        each("State# d#;"),
        each("dev#_save(f, &w->d#);"),
        each("dev#_load(f, &w->d#, version_id);"),
        each("dev#_fill(&w->d#);"),
    )
