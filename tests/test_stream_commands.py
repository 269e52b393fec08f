# SPDX-License-Identifier: GPL-2.0-or-later
"""decode, encode and transcode as a user runs them: output, messages and exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY, Ran
from generated_streams import (
    HERE,
    be,
    counted,
    full,
    made,
    schema,
    section,
    stream,
    subsection,
    table,
    value,
)

from rewrite.schema.document import dump_schema
from rewrite.schema.expression import Constant, Fact
from rewrite.schema.model import Buffer, Field, Loop, Schema, Section, Wire
from rewrite.streams.filters import read_filter

Rewrite = Callable[..., Ran]

OLD = schema([
    section("lamp", [value("level"), Loop("q", (value("q[].size", Wire.BE16),), Constant(2))]),
    section("odd", [Buffer("blob", Fact("n")), Buffer("more", Fact("m"))]),
])  # fmt: skip
LAMP = be(9, 4) + be(1, 2) + be(2, 2)


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    """Write a file: a schema as its JSON, bytes as they are."""

    def write(name: str, what: Schema | bytes | str) -> Path:
        path = tmp_path / name
        if isinstance(what, Schema):
            path.write_text(dump_schema(what))
        else:
            path.write_bytes(what if isinstance(what, bytes) else what.encode())
        return path

    return write


# -- decode --------------------------------------------------------------------------------------


def test_text_and_json(rewrite: Rewrite, files: Callable[..., Path]) -> None:
    model = files("old.json", OLD)
    path = files("vm", stream(full(1, "lamp", LAMP)))
    text = rewrite("decode", path, "--schema", model)
    assert (text.status, text.out.decode().count("\n")) == (0, 6)
    assert b"level = 9" in text.out and b"q[0].size = 1" in text.out
    assert "1 sections: 8 bytes, 100.0% named; 1 sections settled, 0 bytes unread" in text.err
    ran = rewrite("decode", path, "--schema", model, "--format", "json")
    part = json.loads(ran.out)["parts"][0]
    assert part["values"] == {"level": 9, "q": [{"size": 1}, {"size": 2}]}
    start, end = part["ranges"]["level"]
    assert path.read_bytes()[start:end] == be(9, 4)


@pytest.mark.parametrize(
    ("wanted", "output"),
    [("lamp/q[1].size", b"2\n"), ("lamp:0/level", b"9\n"), ("0000:00:04.0/lamp/level", b"9\n")],
)
def test_one_value(
    rewrite: Rewrite, files: Callable[..., Path], wanted: str, output: bytes
) -> None:
    model = files("old.json", OLD)
    path = files("vm", stream(full(1, "0000:00:04.0/lamp", LAMP)))
    ran = rewrite("decode", path, "--schema", model, "--section", wanted)
    assert (ran.status, ran.out) == (0, output)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--section", "lump"), 'no section "lump"'),
        (("--section", "lamp/x"), 'lamp has no "x"'),
        (("--set", "x"), '--set: expected FACT=NUMBER, not "x"'),
        (("--set", "=1"), "--set: expected FACT=NUMBER"),
        (("--tree", "."), "exclude each other"),
    ],
)
def test_usage_errors(
    rewrite: Rewrite, files: Callable[..., Path], arguments: tuple[str, ...], message: str
) -> None:
    model, path = files("old.json", OLD), files("vm", stream(full(1, "lamp", LAMP)))
    ran = rewrite("decode", path, "--schema", model, *arguments)
    assert ran.status == 2 and message in ran.err and "Traceback" not in ran.err


def test_check_tells_where_a_stream_does_not_fit(
    rewrite: Rewrite, files: Callable[..., Path]
) -> None:
    model = files("old.json", OLD)
    good = files("good", stream(full(1, "lamp", LAMP)))
    assert rewrite("decode", good, "--schema", model, "--check").status == 0
    bad = files("bad", stream(full(1, "lamp", LAMP[:-1])))
    ran = rewrite("decode", bad, "--schema", model, "--check")
    assert (ran.status, ran.out) == (1, b"")
    lines = ran.err.splitlines()
    place, _, message = lines[0].partition(": error: ")
    assert place == f"{bad}:0x1e"
    assert message == (
        "lamp: q[0].size: 1 byte less than its fields take, most likely between here and q[1].size; "
        "q[1].size: be16 takes 2 bytes, and 1 are left"
    )
    assert "[00]" in lines[1]


def test_a_fact_is_asked_for_and_told(rewrite: Rewrite, files: Callable[..., Path]) -> None:
    model, path = files("old.json", OLD), files("vm", stream(full(1, "odd", b"abc")))
    asked = rewrite("decode", path, "--schema", model)
    assert asked.status == 0 and b"--set 'n=...'" in asked.out and b"not settled" in asked.out
    told = rewrite("decode", path, "--schema", model, "--set", "odd.n=2", "--section", "odd/blob")
    assert told.out == b'"6162"\n'


def test_standard_input(files: Callable[..., Path]) -> None:
    model = files("old.json", OLD)
    ran = subprocess.run(
        [sys.executable, "-m", "rewrite", "decode", "-", "--schema", model, "--section", "lamp/level"],
        input=stream(full(1, "lamp", LAMP)), cwd=REPOSITORY, capture_output=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, b"9\n")


@pytest.mark.parametrize("data", [b"", b"text", b"QEVM\0\0\0\1"])
def test_what_is_no_stream(rewrite: Rewrite, files: Callable[..., Path], data: bytes) -> None:
    ran = rewrite("decode", files("vm", data), "--schema", files("old.json", OLD))
    assert ran.status == 2 and "error: 0x" in ran.err
    assert rewrite("decode", "/no/such/file").status == 2


def test_names_in_a_stream_reach_no_terminal(rewrite: Rewrite, files: Callable[..., Path]) -> None:
    path = files("vm", stream(full(1, "\x1b[31m", b"abc")))
    for form in ("text", "json"):
        ran = rewrite("decode", path, "--schema", files("old.json", OLD), "--format", form)
        assert b"\x1b" not in ran.out and "\x1b" not in ran.err


# -- encode --------------------------------------------------------------------------------------


def _decoded(rewrite: Rewrite, path: Path, model: Path, *more: object) -> Any:
    return json.loads(rewrite("decode", path, "--schema", model, "--format", "json", *more).out)


def test_a_changed_value_is_written(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path
) -> None:
    model, path = files("old.json", OLD), files("vm", stream(full(1, "lamp", LAMP)))
    state = _decoded(rewrite, path, model)
    state["parts"][0]["values"]["q"][1]["size"] = 77
    out = tmp_path / "out"
    ran = rewrite("encode", files("s.json", json.dumps(state)), "--schema", model, "-o", out)
    assert ran.status == 0, ran.err
    assert out.read_bytes() == stream(full(1, "lamp", LAMP[:-2] + be(77, 2)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["parts"][0]["values"].update(level=1 << 32), "level: 4294967296 does not fit"),
        (lambda s: s["parts"][0]["values"].pop("level"), 'the state has no "level"'),
        (lambda s: s["parts"][0]["values"].update(new=1), 'the schema has no "new"'),
        (lambda s: s["parts"][0]["values"]["q"].pop(), "q: 1 elements where 2 are sent"),
        (lambda s: s["parts"][0].update(idstr="x"), 'the schema has no section "x"'),
        (lambda s: s["parts"].append({"kind": "odd"}), 'no part of a stream is a "odd"'),
        (lambda s: s.pop("parts"), 'expected "parts": a list'),
    ],
)
def test_a_state_that_does_not_fit_writes_nothing(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path,
    change: Callable[[Any], object], message: str,
) -> None:  # fmt: skip
    model, path = files("old.json", OLD), files("vm", stream(full(1, "lamp", LAMP)))
    state = _decoded(rewrite, path, model)
    change(state)
    out = tmp_path / "out"
    ran = rewrite("encode", files("s.json", json.dumps(state)), "--schema", model, "-o", out)
    assert ran.status == 2 and message in ran.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["old.json", "s.json", "vm"]


def test_memory_is_copied_from_the_stream_it_is_in(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path
) -> None:
    listed = be(4096 | 4, 8) + counted("ram") + be(4096, 8)
    one = be(8, 8) + counted("ram") + b"p" * 4096
    data = stream(
        full(2, "ram", listed + be(0x10, 8), 4, mark=1),
        b"\x03" + be(2, 4) + one + be(0x10, 8) + b"\x7e" + be(2, 4),
        full(3, "lamp", LAMP),
    )
    model, path = files("old.json", OLD), files("vm", data)
    state = files("s.json", json.dumps(_decoded(rewrite, path, model)))
    alone = rewrite("encode", state, "--schema", model, "-o", tmp_path / "out")
    assert alone.status == 2 and "--from" in alone.err
    ran = rewrite("encode", state, "--schema", model, "--from", path, "-o", tmp_path / "out")
    assert ran.status == 0 and (tmp_path / "out").read_bytes() == data


# -- transcode -----------------------------------------------------------------------------------


NEW = schema(
    [
        section("lamp", [
            value("brightness"), Loop("q", (value("q[].bytes"),), Constant(2)), value("mode"),
        ], 2),
    ]
)  # fmt: skip
RULES = """\
"What became of the lamp."
rename(section="lamp", field="level", to="brightness")
scale(section="lamp", field="brightness", multiply=10)
compute(section="lamp", field="q[].bytes", value="size * 512")
drop(section="lamp", field="q[].size")
default(section="lamp", field="mode", value=3)
"""


def _transcoded(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path, data: bytes, *filters: str
) -> tuple[Ran, Path]:
    old, new, path = files("old.json", OLD), files("new.json", NEW), files("vm", data)
    options: list[object] = []
    for index, text in enumerate(filters):
        options += ["--filter", files(f"filter{index}.py", text)]
    out = tmp_path / "out"
    ran = rewrite("transcode", path, "--from", old, "--to", new, *options, "-o", out)
    return ran, out


def test_a_stream_of_another_schema(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path
) -> None:
    data = stream(full(1, "lamp", LAMP))
    ran, out = _transcoded(rewrite, files, tmp_path, data, RULES)
    assert ran.status == 0, ran.err
    wanted = be(90, 4) + be(512, 4) + be(1024, 4) + be(3, 4)
    assert out.read_bytes() == stream(full(1, "lamp", wanted, 2))
    assert "lamp: invented mode" in ran.err and "lamp: lost q[].size" in ran.err


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ("rename", 'the state has no "brightness"'),
        ("drop", "the new schema has no place for q[0].size, q[1].size"),
        ("default", 'the state has no "mode"'),
    ],
)
def test_nothing_is_lost_or_invented_without_a_rule(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path, without: str, message: str
) -> None:
    rules = "".join(
        line for line in RULES.splitlines(True)
        if not line.startswith((without, "scale" if without == "rename" else without))
    )  # fmt: skip
    ran, out = _transcoded(rewrite, files, tmp_path, stream(full(1, "lamp", LAMP)), rules)
    assert ran.status == 1 and message in ran.err and not out.exists()


def test_a_section_that_is_not_settled_is_refused(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path
) -> None:
    data = stream(full(1, "odd", b"abc"))
    ran, out = _transcoded(rewrite, files, tmp_path, data)
    assert ran.status == 1 and "odd: not settled" in ran.err and not out.exists()
    ran, out = _transcoded(rewrite, files, tmp_path, data, 'leave_out(section="odd")\n')
    assert ran.status == 0 and out.read_bytes() == stream()
    ran, out = _transcoded(rewrite, files, tmp_path, data, 'copy(section="odd")\n')
    assert ran.status == 0 and out.read_bytes() == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drop(section='a')", ":1:1: error: expected field="),
        ("explode()", ":1:1: error: expected a rule, one of"),
        ("import os", ":1:1: error: expected a rule, one of"),
        ("drop('a', 'b')", ":1:6: error: expected arguments with their names"),
        ("drop(section=1, field='a')", ":1:14: error: expected a text in quotes"),
        ("fact(section='a', name='b', value=open('x'))", ": error: expected a whole number"),
        ("compute(section='a', field='b', value='c.d()')", "nothing that a formula may hold"),
        ("scale(section='a', field='b', divide=0)", "expected a divisor that is not 0"),
        ("drop(", ": error: expected Python's syntax"),
    ],
)
def test_a_filter_that_is_wrong(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path, text: str, message: str
) -> None:
    ran, out = _transcoded(rewrite, files, tmp_path, stream(full(1, "lamp", LAMP)), text)
    assert ran.status == 2 and message in ran.err and not out.exists()


def test_the_rules_in_the_manual_are_rules() -> None:
    text = (REPOSITORY / "docs" / "decode.md").read_text()
    example = text.split("```python\n")[1].split("```")[0]
    rules = read_filter("docs/decode.md", example.encode())
    assert len(rules) == example.count("\n")


def test_a_rule_that_finds_nothing_is_refused(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path
) -> None:
    text = RULES + "drop(section='lamp', field='nothing')\n"
    ran, _ = _transcoded(rewrite, files, tmp_path, stream(full(1, "lamp", LAMP)), text)
    assert ran.status == 1 and 'filter0.py:7:1 (lamp): there is no "nothing"' in ran.err


def test_the_same_schema_gives_the_same_stream(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path
) -> None:
    """Subsections and all: random schemas of which every fact is told."""
    for seed in range(40):
        case = made(seed)
        one = Section("made", HERE, case.version, *_ways(case.schema.sections[0]))
        same = schema([one], case.schema.descriptions)
        model = files("same.json", same)
        path = files("vm", stream(full(1, "made", case.contents, case.version)))
        told = [f"--set={key}={number}" for key, number in case.facts.items()]
        ran = rewrite(
            "transcode", path, "--from", model, "--to", model, *told, "-o", tmp_path / "out"
        )
        assert ran.status == 0, ran.err
        assert (tmp_path / "out").read_bytes() == path.read_bytes()


def _ways(one: Section) -> tuple[Any, ...]:
    return one.description, one.save, one.load


def test_a_lost_subsection_is_told(
    rewrite: Rewrite, files: Callable[..., Path], tmp_path: Path
) -> None:
    part = table("dev/part", [Field("p", (value("", Wire.BE16),))])
    fields = [Field("a", (value("", Wire.BYTE),))]
    with_part = table("dev", fields, subsections=(part.symbol,))
    old = files("o.json", schema([Section("dev", HERE, 1, with_part.symbol)], [with_part, part]))
    plain = table("dev", fields)
    new = files("n.json", schema([Section("dev", HERE, 1, plain.symbol)], [plain]))
    path = files("vm", stream(full(1, "dev", b"\1" + subsection("dev/part", b"\0\2"))))
    command = ("transcode", path, "--from", old, "--to", new, "-o", tmp_path / "out")
    refused = rewrite(*command)
    assert refused.status == 1 and 'no subsection "dev/part"' in refused.err
    rule = files("f.py", 'drop(section="dev", field="dev/part")\n')
    ran = rewrite(*command, "--filter", rule)
    assert ran.status == 0, ran.err
    assert (tmp_path / "out").read_bytes() == stream(full(1, "dev", b"\1"))
    assert "dev: lost dev/part" in ran.err
