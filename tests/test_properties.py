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
from conftest import SYNTAX
from generated import Device
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewrite.c.syntax import Syntax
from rewrite.convert.candidates import name_pattern
from rewrite.convert.conversion import Converter, FileResult, open_converter
from rewrite.convert.outcome import Conversion
from rewrite.convert.sites import find_sites
from rewrite.files.edit import apply_edits
from rewrite.files.source import SourceFile
from rewrite.rules.ruleset import load_rules

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted(p for p in CORPUS.rglob("*.[ch]"))
RULES = load_rules([])

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
    assert (result.change is not None) == bool(result.edits)
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


@pytest.mark.needs("gcc")
def test_generated_devices_compile(tmp_path: Path) -> None:
    for seed in range(20):
        path = tmp_path / "dev.c"
        path.write_text('#include "hw/hw.h"\n' + Device(random.Random(seed)).text())
        command = [*SYNTAX, f"-I{CORPUS / 'include'}", str(path)]
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
