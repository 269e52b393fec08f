# SPDX-License-Identifier: GPL-2.0-or-later
"""Handlers that nobody wrote: whatever their shape, all of it is converted and proved.

A generated device has random fields, and a save and a load that move them in the same order with
random statements. Such code is always convertible, so any refusal is a failure.
"""

from __future__ import annotations

import random
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewrite.candidates import name_pattern
from rewrite.convert import Converter, FileResult, open_converter
from rewrite.edit import apply_edits
from rewrite.match import find_sites
from rewrite.outcome import Conversion
from rewrite.rules import load_rules
from rewrite.source import SourceFile
from rewrite.syntax import Syntax

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted(p for p in CORPUS.rglob("*.[ch]") if "golden" not in p.parts)
RULES = load_rules([])

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
TEXT = """\
typedef uint16_t level_t;
typedef enum Mode { MODE_OFF, MODE_ON } Mode;
typedef struct State {
%s} State;

uint32_t level_of(uint32_t level);

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
        def body(lines: list[str]) -> str:
            return "".join(f"    {line}\n" for line in lines)

        return TEXT % (
            body([*self.fields, "uint8_t flag;"]),
            body(self.save),
            body(self.locals),
            body(self.load),
        )


DEVICES = st.integers(min_value=0, max_value=2**32).map(lambda seed: Device(random.Random(seed)))


@cache
def converter(root: Path, dialect: str = "5.1") -> Converter:
    return open_converter(root, RULES, RULES.dialects[dialect])


def convert(text: bytes, dialect: str = "5.1", name: str = "hw/generated.c") -> FileResult:
    """Convert a text that is no file, in a tree of its own or (for a case) in the corpus."""
    tree = converter(CORPUS, dialect)
    return tree.convert_file(SourceFile(CORPUS / name, name, text))


def proved(result: FileResult) -> bytes:
    """The new text of a file in which all was converted and nothing failed its check."""
    assert result.failures == ()
    assert [o for o in result.outcomes if not isinstance(o, Conversion)] == []
    assert result.change is not None
    return result.change.new


def words(text: bytes) -> list[bytes]:
    return text.split()


COMMON = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@COMMON
@given(DEVICES, st.sampled_from(["5.1", "1.2", "rfc"]))
def test_every_site_is_converted_and_proved(device: Device, dialect: str) -> None:
    text = device.text()
    result = convert(text.encode(), dialect)
    new = proved(result)
    assert result.sites == len(result.outcomes) == device.sites
    assert not re.search(rb"\bqemu_(put|get)_(?!timer)", new)


@COMMON
@given(DEVICES)
def test_a_second_conversion_finds_nothing(device: Device) -> None:
    again = convert(proved(convert(device.text().encode())))
    assert (again.sites, again.outcomes, again.change) == (0, (), None)


@COMMON
@given(DEVICES)
def test_line_ends_and_tabs_change_nothing_but_themselves(device: Device) -> None:
    plain = device.text().encode()
    new = proved(convert(plain))
    crlf = proved(convert(plain.replace(b"\n", b"\r\n")))
    assert crlf == new.replace(b"\n", b"\r\n")
    tabs = proved(convert(plain.replace(b"    ", b"\t")))
    assert words(tabs) == words(new)
    assert not re.search(rb"^    [^ ]", tabs, re.MULTILINE), "new lines follow the tabs"


@COMMON
@given(DEVICES)
def test_lines_stay_within_80_columns(device: Device) -> None:
    """Where the old text did; what one argument takes by itself is left long."""
    old = device.text()
    new = proved(convert(old.encode())).decode()
    long = [line for line in new.splitlines() if len(line) > 80 and line not in old.splitlines()]
    assert long == []


@COMMON
@given(DEVICES)
def test_no_name_of_a_visit_stands_for_two_fields(device: Device) -> None:
    """Within one function; the same field may be visited twice under one name."""
    new = proved(convert(device.text().encode())).decode()
    save = new[new.index("dev_save") : new.index("dev_load")]
    pairs = re.findall(r'visit_type_\w+\(\s*v,\s*"([^"]+)",\s*(?:&|s)[^"]*?->(r\d+)', save)
    fields: dict[str, str] = {}
    for name, field in pairs:
        assert fields.setdefault(name, field) == field


# -- damage --------------------------------------------------------------------------------------


def mutated(data: bytes, choice: random.Random) -> bytes:
    """The text with a few bytes lost, doubled, swapped or replaced by ones that matter in C."""
    for _ in range(choice.randint(1, 4)):
        at = choice.randrange(len(data))
        end = min(len(data), at + choice.choice((1, 1, 2, 8, 40)))
        piece = choice.choice(
            (b"", data[at:end] * 2, b"{", b"}", b"(", b")", b";", b'"', b"'", b"/*", b"*/", b"\\\n",
             b"\n#if X\n", b"\n#endif\n", b"\n#else\n", b"\0", b"\xff", b",", b"#", b"case 1:")
        )  # fmt: skip
        data = data[:at] + piece + data[end:]
    return data


def sites_in(result: FileResult) -> list[int]:
    syntax = Syntax(result.source)
    return [s.start for s in find_sites(syntax, RULES, name_pattern(RULES))]


@settings(deadline=None, max_examples=400, derandomize=True)
@given(st.sampled_from(CASES), st.integers(min_value=0, max_value=2**32))
def test_damage_never_crashes_and_never_loses_a_site(case: Path, seed: int) -> None:
    data = mutated(case.read_bytes(), random.Random(seed))
    result = convert(data, name=str(case.relative_to(CORPUS)))
    starts = [o.site.start for o in result.outcomes]
    assert starts == sites_in(result)
    assert len(starts) == len(set(starts)) == result.sites
    assert (result.change is not None) == bool(result.edits and not result.failures)
    if result.change is not None:
        assert result.change.new == apply_edits(data, result.edits)


def test_the_generator_makes_what_it_says() -> None:
    """Over many seeds every shape comes up; else the tests above would prove less than they seem to."""
    texts = [Device(random.Random(seed)).text() for seed in range(300)]
    for pattern in (
        r"while \(qemu_get", r"switch \(qemu_get", r"&& qemu_get", r"\? qemu_get", r"\|= qemu_get",
        r"\(void\)qemu_get", r"^ +qemu_get_\w+\(f\);$", r"_in = qemu_get", r"for \(i", r":\d+;",
        r"\)\n        qemu_put", r"_buffer\(", r"level_of\(s", r"\*s->r",
    ):  # fmt: skip
        assert any(re.search(pattern, text, re.MULTILINE) for text in texts), pattern


def test_generated_devices_compile(tmp_path: Path) -> None:
    for seed in range(20):
        path = tmp_path / "dev.c"
        path.write_text('#include "hw/hw.h"\n' + Device(random.Random(seed)).text())
        command = ["gcc", "-std=gnu99", "-w", "-fsyntax-only", f"-I{CORPUS / 'include'}", str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("case", CASES, ids=lambda p: str(p.relative_to(CORPUS)))
def test_line_ends_of_the_corpus_change_nothing_but_themselves(case: Path) -> None:
    name = str(case.relative_to(CORPUS))
    data = case.read_bytes().replace(b"\r\n", b"\n")
    plain, crlf = convert(data, name=name), convert(data.replace(b"\n", b"\r\n"), name=name)
    assert len(plain.outcomes) == len(crlf.outcomes)
    for one, other in zip(plain.outcomes, crlf.outcomes, strict=True):
        assert type(one) is type(other)
    old = apply_edits(plain.source.data, plain.edits)
    assert apply_edits(crlf.source.data, crlf.edits) == old.replace(b"\n", b"\r\n")
