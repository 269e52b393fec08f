# SPDX-License-Identifier: GPL-2.0-or-later
"""Every corpus case does the same after its conversion as before: both are compiled and run.

Each runs in every order and spelling of the visits, on 200 random states, under the address and
undefined-behaviour sanitizers: the same bytes are saved, each side loads the other's stream, whole,
cut off at each byte, damaged at each byte and as other versions, to the same state, result and error.
What the converted case saves as JSON and as BER loads to the state that its stream loads to.
corpus/runtime/ has the program.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from corpus_program import CORPUS, Program, Unit, build, case_text, runnable_cases

pytestmark = pytest.mark.needs("gcc")

STATES = 200
ALSO = re.compile(r"^/\* also: (-D\S+) \*/$", re.MULTILINE)

ONLY_WHAT_IT_SAVED = {
    "hw/get_assert.c": "asserts its version and what it reads",
    "hw/get_nested.c": "asserts what it reads",
    "hw/serial_port_bool.c": "loops as often as a 32-bit number of the stream says",
    "hw/serial_port_word.c": "loops as often as a 32-bit number of the stream says",
}
"""Cases whose load trusts its stream: they are not run on damaged ones or those of other versions."""

DIALECTS = ("5.1", "1.2", "rfc")
"""One of each order and spelling of the visits; 2.6 and pre-1.2 give the text of the next one."""

WRITTEN_IN_5_1 = {"hw/converted.c", "hw/half_converted.c"}
"""Cases that hold visits already, so that they compile in one dialect only."""

_STAYS = "has sites that stay: a raw primitive is no visit"
_CHECKED = "the load checks or throws away a value that has no field"
_CALL = "one side names the value after a field, the other after the function it goes through"
_MADE_FOR_ITS_LOAD = "the save writes what the shapes of the load read, whatever its name"
_ALONE = "a load alone, of any stream"
NOT_NAMED_ALIKE = {
    "hw/renamed_midway.c": "sites of a renamed stream stay as they are",
    **dict.fromkeys(
        (
            *("hw/declaration_order.c", "hw/alignment.c", "hw/captured_names.c"),
            *("hw/no_new_warnings.c", "hw/odd_but_sound.c"),
        ),
        _MADE_FOR_ITS_LOAD,
    ),
    **dict.fromkeys(
        (
            "hw/another_meaning.c",
            "hw/guard_macros.c",
            "hw/hidden_reads.c",
            "hw/separated.c",
            "hw/stream_hidden.c",
            "hw/stream_null.c",
            "hw/stringified.c",
            "hw/type_seen.c",
        ),
        _STAYS,
    ),
    "hw/hidden_types.c": _CHECKED,
    "hw/floating.c": _STAYS,
    "hw/get_turns.c": _ALONE,
    "hw/get_plain.c": _ALONE,
    "hw/null_given.c": _STAYS,
    "hw/renamed_width.c": _STAYS,
    "hw/value_blocks.c": _STAYS,
    "hw/macro_made.c": _CHECKED,
    "hw/get_argument.c": _CALL,
    "hw/get_beside_helper.c": _STAYS,
    "hw/get_condition.c": _CHECKED,
    "hw/get_discard.c": _CHECKED,
    "hw/get_for.c": "the load reads what the save wrote before its loop inside of it",
    "hw/get_nested.c": "the load assigns one value to two fields",
    "hw/get_odd_places.c": "the load adds to what it reads, and checks it",
    "hw/get_op_assign.c": "the save casts one field twice, to the halves of it",
    "hw/get_order_open.c": _STAYS,
    "hw/get_promotions.c": _CHECKED,
    "hw/get_return.c": _CHECKED,
    "hw/get_while.c": "the load counts on a mark that the save writes in several places",
    "hw/labels.c": "the load keeps a mark that the save writes as a number",
    "hw/macro_body.c": _STAYS,
    "hw/near_misses.c": "calls primitives through pointers, which are no sites",
    "hw/old_reader_run.c": "only loads, on random streams",
    "hw/one_line.c": "the load reads into a condition what the save knows as a field",
    "hw/operands.c": _CHECKED,
    "hw/pointer_operands.c": "the save reaches a field through a copy of its struct",
    "hw/qualifiers.c": _CHECKED,
    "hw/read_operands.c": "the load reads into operands what the save knows as a field",
    "hw/sentinel.c": "the load knows the mark before each element as a condition",
    "hw/split_by_preprocessor.c": _STAYS,
    "hw/stream_changes.c": _STAYS,
}
"""Cases whose save and load need not visit the same names, so that no other format carries them.

The program compares the formats for every state whose save and load do, also in these."""

Spawn = Callable[..., Any]


def _units() -> Iterator[Unit]:
    """Each case that can be run, in each of its configurations and of the dialects."""
    for case, text in runnable_cases():
        dialects = DIALECTS[:1] if case in WRITTEN_IN_5_1 else DIALECTS
        for flag in ("", *ALSO.findall(text)):
            yield from (Unit(case, flag, dialect) for dialect in dialects)


UNITS = list(_units())
VISITED = [u for u in UNITS if u.case not in NOT_NAMED_ALIKE and u.dialect == "5.1"]


def _name(value: object) -> str | None:
    return value.name if isinstance(value, Unit) else None


@pytest.fixture(scope="module")
def converted(spawn: Spawn, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The corpus as the tool writes it, by the dialect."""
    roots = {dialect: tmp_path_factory.mktemp(dialect) / "corpus" for dialect in DIALECTS}
    for dialect, root in roots.items():
        shutil.copytree(CORPUS, root, ignore=shutil.ignore_patterns("*.diff"))
        ran = spawn(".", "--apply", "--dialect", dialect, cwd=root)
        assert ran.status == 0, ran.err
    return roots


@pytest.fixture(scope="module")
def program(converted: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Program:
    """All cases in one program."""
    return build(UNITS, CORPUS, converted, tmp_path_factory.mktemp("program"))


class Figures(NamedTuple):
    """What a run of one case says it did."""

    states: int
    loads: int
    bytes: int
    alike: int


def _compare(program: Program, unit: Unit) -> Figures:
    """Run a case on both sides; any difference fails the test with what the program says."""
    assert unit.name not in program.errors, program.errors[unit.name]
    mode = "own" if unit.case in ONLY_WHAT_IT_SAVED else "all"
    ran = program.run("compare", unit.name, STATES, mode)
    assert ran.returncode == 0, (ran.stdout + ran.stderr).decode("latin-1")
    return Figures(*map(int, re.findall(rb"=(\d+)", ran.stdout)))


@cache
def _figures(program: Program, unit: Unit) -> Figures:
    return _compare(program, unit)


@pytest.mark.parametrize("unit", UNITS, ids=_name)
def test_case_does_the_same_before_and_after(program: Program, unit: Unit) -> None:
    figures = _figures(program, unit)
    assert figures.states == STATES
    assert figures.bytes >= STATES
    # at least: each stream whole and each of its parts, on both sides
    assert figures.loads >= 2 * (figures.bytes + STATES)


@pytest.mark.parametrize("unit", VISITED, ids=_name)
def test_every_state_goes_through_json_and_ber(program: Program, unit: Unit) -> None:
    """The program compares the states; here, that it did so for all of them."""
    assert _figures(program, unit).alike == STATES


def test_excuses_are_of_cases() -> None:
    cases = {unit.case for unit in UNITS}
    assert {*ONLY_WHAT_IT_SAVED, *NOT_NAMED_ALIKE} <= cases


def test_targets_of_both_widths_run() -> None:
    flags = {unit.flag for unit in UNITS if unit.case == "target/alto/machine.c"}
    assert flags == {"", "-DTARGET_LONG_BITS=32"}


# -- the formats, read by decoders that are not the program's ------------------------------------


Value = tuple[str, int | bytes]


def _written(program: Program, unit: Unit, form: str, seed: int) -> bytes:
    ran = program.run("write", unit.name, form, seed)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def _json_values(text: bytes) -> list[Value]:
    """The values of a JSON text; a bool is a number, as it is in the stream."""
    values: list[Value] = []
    for member in json.loads(text):
        assert len(member) == 1
        ((name, value),) = member.items()
        values.append((name, bytes.fromhex(value) if isinstance(value, str) else int(value)))
    return values


def _element(octets: bytes) -> tuple[int, bytes, bytes]:
    """The tag and contents of the first element, which has a definite length, and what follows."""
    size, start = octets[1], 2
    if size >= 0x80:
        start += size & 0x7F
        size = int.from_bytes(octets[2:start])
    assert len(octets) >= start + size
    return octets[0], octets[start : start + size], octets[start + size :]


def _ber_values(octets: bytes) -> list[Value]:
    assert octets[:2] == b"\x30\x80", "a SEQUENCE of indefinite length"
    rest, values = octets[2:], list[Value]()
    while rest != b"\0\0":
        tag, inner, rest = _element(rest)
        name_tag, name, inner = _element(inner)
        value_tag, contents, nothing = _element(inner)
        assert (tag, name_tag, nothing) == (0x30, 0x0C, b"")
        value: int | bytes = contents
        if value_tag == 0x02:
            value = int.from_bytes(contents, signed=True)
            shorter = contents[1:]
            assert not shorter or int.from_bytes(shorter, signed=True) != value, "not the shortest"
        elif value_tag == 0x01:
            assert contents in (b"\0", b"\xff")
            value = contents != b"\0"
        else:
            assert value_tag == 0x04
        values.append((name.decode(), value))
    return values


@pytest.mark.parametrize("unit", VISITED, ids=_name)
def test_json_and_ber_say_the_same_to_other_decoders(program: Program, unit: Unit) -> None:
    for seed in range(4):
        values = _json_values(_written(program, unit, "json", seed))
        assert values
        assert _ber_values(_written(program, unit, "ber", seed)) == values


def test_values_are_those_of_the_stream(program: Program) -> None:
    """A case of one field of each width: name by name, against the bytes of the stream."""
    widths = (1, 1, 1, 2, 4, 4, 8, 8)
    signed = (False, False, True, False, False, True, False, True)
    unit = Unit("hw/exact_widths.c")
    for seed in range(8):
        stream = _written(program, unit, "stream", seed)
        expected = []
        for width, sign in zip(widths, signed, strict=True):
            expected.append(int.from_bytes(stream[:width], signed=sign))
            stream = stream[width:]
        assert stream == b""
        values = _json_values(_written(program, unit, "json", seed))
        assert [value for _, value in values] == expected
        assert [name for name, _ in values][2:] == [
            "trim", "spindle", "ctrl", "position", "ticks", "offset",
        ]  # fmt: skip


# -- faults: what the runs would say of a wrong conversion ---------------------------------------


class Fault(NamedTuple):
    """Put `new` for the `nth` `old` in the converted case, and what the program then says."""

    what: str
    case: str
    nth: int
    old: str
    new: str
    says: str


FAULTS = [
    Fault("another field saved", "hw/exact_widths.c", 1,
          "&s->ctrl,", "(uint32_t *)&s->position,", "other bytes are saved"),
    Fault("another field loaded", "hw/exact_widths.c", 2,
          "&s->ctrl,", "(uint32_t *)&s->position,", "of the state is"),
    Fault("another width saved", "hw/exact_widths.c", 1,
          "visit_type_uint8(v, \"mode\", &s->mode", "visit_type_uint16(v, \"mode\", &s->spindle",
          "other bytes are saved"),
    Fault("an order changed", "hw/exact_widths.c", 1,
          "visit_type_int8(v, \"trim\", &s->trim, errp);\n    visit_type_uint16(v, \"spindle\", "
          "&s->spindle, errp);",
          "visit_type_uint16(v, \"spindle\", &s->spindle, errp);\n    visit_type_int8(v, \"trim\", "
          "&s->trim, errp);",
          "other bytes are saved"),
    Fault("a field not assigned", "hw/wrong_width.c", 1,
          "    s->valve = valve;\n", "", "of the state is"),
    Fault("an early return where the stream ends", "hw/exact_widths.c", 2,
          "visit_type_uint64(v, \"ticks\", &s->ticks, errp);",
          "if (!visit_type_uint64(v, \"ticks\", &s->ticks, errp)) {\n        return -EIO;\n    }",
          "returned -5"),
    Fault("the address of a buffer's pointer", "hw/buffer_pointer.c", 1,
          "\"half\", half,", "\"half\", &half,", "other bytes are saved"),
    Fault("a read taken out of its condition", "hw/get_logic.c", 1,
          "version_id >= 7 && (", "(", "bytes; before"),
    Fault("a bool loaded as a number", "hw/bool_byte.c", 2,
          "visit_type_bool(v, \"open\", &s->open", "visit_type_uint8(v, \"open\", (uint8_t *)&s->open",
          "of the state is"),
    Fault("a save that writes back", "hw/exact_widths.c", 1,
          "visit_type_int64(v, \"offset\", &s->offset, errp);",
          "visit_type_int64(v, \"offset\", &s->offset, errp);\n    s->offset = 0;",
          "after save"),
]  # fmt: skip
"""Faults that compile without a warning."""

WRONG_NAME = Fault(
    "another name loaded", "hw/exact_widths.c", 2, '"ctrl"', '"control"', "no difference"
)


def _fault_case(index: int) -> str:
    return f"hw/fault_{index}.c"


def _with_fault(text: str, fault: Fault) -> str:
    parts = text.split(fault.old)
    assert len(parts) > fault.nth, f"the conversion of {fault.case} has no longer what is replaced"
    return fault.old.join(parts[: fault.nth]) + fault.new + fault.old.join(parts[fault.nth :])


@pytest.fixture(scope="module")
def faulty(converted: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program in which each case is a fault's: the conversion, and the fault in it."""
    folder = tmp_path_factory.mktemp("faulty")
    for side, root in (("before", CORPUS), ("after", converted["5.1"])):
        for part in ("include", "lib"):
            shutil.copytree(root / part, folder / side / part)
        (folder / side / "hw").mkdir()
        for index, fault in enumerate([*FAULTS, WRONG_NAME]):
            text = case_text(root / fault.case)
            changed = _with_fault(text, fault) if side == "after" else text
            (folder / side / _fault_case(index)).write_text(changed, encoding="latin-1")
    units = [Unit(_fault_case(index)) for index in range(len(FAULTS) + 1)]
    return build(units, folder / "before", {"5.1": folder / "after"}, folder)


@pytest.mark.parametrize("index", range(len(FAULTS)), ids=lambda i: FAULTS[i].what)
def test_a_fault_is_found(faulty: Program, index: int) -> None:
    unit, fault = Unit(_fault_case(index)), FAULTS[index]
    assert not faulty.errors.get(unit.name)
    ran = faulty.run("compare", unit.name, STATES, "all")
    assert ran.returncode == 1, ran.stderr.decode("latin-1")
    assert fault.says in ran.stdout.decode()


def test_another_name_is_found(faulty: Program) -> None:
    assert _compare(faulty, Unit(_fault_case(len(FAULTS)))).alike == 0
