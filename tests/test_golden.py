# SPDX-License-Identifier: GPL-2.0-or-later
"""What each corpus case becomes is recorded beside it, and says what the case expects.

A golden file holds the diagnostics of one case, then its diff, so that `git apply` takes it: for
`hw/NAME.c` it is `hw/NAME.c.diff`. The dialects 5.1 and 1.2 differ in the order of arguments and so
in the wrapping alone, which one test holds for all cases; so only some are recorded in others, as
`hw/NAME.c.DIALECT.diff`. `pytest --update-golden` records all; what changed is to be read like code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import CORPUS, DIALECTS

from rewrite.c.lexical import split_commas

SOURCES = sorted(str(p.relative_to(CORPUS)) for p in CORPUS.rglob("*.[ch]"))
CASES = [name for name in SOURCES if not name.startswith(("include/", "runtime/"))]
EXAMPLES = ("hw/serial_port_bool.c", "hw/serial_port_word.c")
"""The example of the mail that proposed the conversion; recorded in every dialect."""

WRAPPED = ("hw/buffers.c", "hw/cast_macros.c", "hw/wrapped_calls.c")
"""Some of the cases whose lines break at other places where the name comes last."""
RECORDED = [
    *(("5.1", case) for case in CASES),
    *(("1.2", case) for case in WRAPPED),
    *((dialect, case) for dialect in DIALECTS if dialect != "5.1" for case in EXAMPLES),
]
REPAIR = "if the new output is right, record it: pytest --update-golden"

Spawn = Callable[..., Any]


class Run(NamedTuple):
    """The whole corpus in one dialect: the exit status, each file's diff and its diagnostics."""

    status: int
    diffs: dict[str, bytes]
    notes: dict[str, list[str]]


@cache
def run(spawn: Spawn, dialect: str) -> Run:
    """What the command says of the corpus; one run for all tests, whatever comes of it."""
    ran = spawn(".", "--dialect", dialect, "--verbose", cwd=CORPUS)
    diffs = re.split(rb"^(?=diff --git )", ran.out, flags=re.MULTILINE)
    by_name = {d.split(b" ", 3)[2][2:].decode(): d for d in diffs if d}
    notes: dict[str, list[str]] = {}
    for line in ran.err.splitlines():
        place = re.match(r"([^ :]+):\d+:\d+: ", line)
        if place is not None:
            notes.setdefault(place[1], []).append(line)
    return Run(ran.status, by_name, notes)


def output(spawn: Spawn, dialect: str, case: str) -> bytes:
    whole = run(spawn, dialect)
    text = "".join(line + "\n" for line in whole.notes.get(case, []))
    return text.encode() + whole.diffs.get(case, b"")


def golden_path(dialect: str, case: str) -> Path:
    return CORPUS / (f"{case}.diff" if dialect == "5.1" else f"{case}.{dialect}.diff")


@pytest.mark.parametrize(("dialect", "case"), RECORDED)
def test_case_becomes_what_was_recorded(
    spawn: Spawn, update_golden: bool, dialect: str, case: str
) -> None:
    golden, now = golden_path(dialect, case), output(spawn, dialect, case)
    if update_golden:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(now)
    recorded = golden.read_bytes() if golden.exists() else b"(nothing recorded)"
    assert now.decode("latin-1") == recorded.decode("latin-1"), REPAIR


def test_every_golden_is_of_a_case(update_golden: bool) -> None:
    wanted = {golden_path(dialect, case) for dialect, case in RECORDED}
    stale = [path for path in CORPUS.rglob("*.diff") if path not in wanted]
    if update_golden:
        for path in stale:
            path.unlink()
        stale = []
    assert stale == [], f"no case produces these any more; {REPAIR}"


def wants_of(case: str) -> set[tuple[int, str]]:
    lines = (CORPUS / case).read_bytes().decode("latin-1").split("\n")
    pattern = re.compile(r"/\* want: (\S+) \*/")
    return {(number, code) for number, t in enumerate(lines, 1) for code in pattern.findall(t)}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_conversion_fails_its_own_check(spawn: Spawn, dialect: str) -> None:
    assert run(spawn, dialect).status == 0


def told_of(spawn: Spawn, dialect: str, case: str) -> set[tuple[int, str]]:
    """The lines that a run tells of, and the codes; names that differ are of no site that stays."""
    told = set()
    for line in run(spawn, dialect).notes.get(case, []):
        match = re.search(r":(\d+):\d+: (\w+): .* \[([\w-]+)\]$", line)
        assert match is not None, line
        if (match[2], match[3]) != ("note", "names-differ"):
            told.add((int(match[1]), match[3]))
    return told


WANTED = [
    (dialect, case)
    for dialect in ("5.1", "1.2", "rfc")
    for case in SOURCES
    if (dialect, case) != ("rfc", "hw/half_converted.c")
]


@pytest.mark.parametrize(("dialect", "case"), WANTED)
def test_what_stays_is_what_the_case_wants(spawn: Spawn, dialect: str, case: str) -> None:
    """An unexpected diagnostic fails, a failed self-check for one, and so does an unmet want."""
    assert told_of(spawn, dialect, case) == wants_of(case)


def test_what_is_half_converted_in_one_dialect_stays_in_another(spawn: Spawn) -> None:
    told = told_of(spawn, "rfc", "hw/half_converted.c")
    assert len(told) == 4
    assert {code for _, code in told} == {"half-converted"}


@pytest.mark.parametrize(("one", "other"), [("5.1", "2.6"), ("1.2", "pre-1.2")])
def test_dialects_that_differ_only_in_declarations_convert_alike(
    spawn: Spawn, one: str, other: str
) -> None:
    assert run(spawn, one).diffs == run(spawn, other).diffs


STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\\])\'')
VISIT = re.compile(r"(visit_type_\w+\()")


def changes(diff: bytes) -> tuple[list[str], str]:
    """What a diff removes, and what it adds, without spaces and with each string as a number."""
    lines = [line for line in diff.decode("latin-1").split("\n") if line[:3] not in ("+++", "---")]
    added = "\n".join(line[1:] for line in lines if line.startswith("+"))
    numbered = STRING.sub(lambda string: string[0].encode("latin-1").hex(), added)
    return [line for line in lines if line.startswith("-")], "".join(numbered.split())


def with_names_last(text: str) -> str:
    """A text of 5.1, each visit's name where 1.2 has it: v, name, object, errp: v, object, name, errp."""
    *before, done = VISIT.split(text)
    while before:
        call, ahead = before.pop(), before.pop()
        depths = accumulate((char == "(") - (char == ")") for char in done)
        end = next(at for at, depth in enumerate(depths) if depth < 0)
        visitor, name, *passed, error = split_commas(done[:end])
        done = ahead + call + ",".join((visitor, *passed, name, error)) + done[end:]
    return done


@pytest.mark.parametrize("case", CASES)
def test_dialects_that_differ_in_order_convert_alike(spawn: Spawn, case: str) -> None:
    new, old = run(spawn, "5.1"), run(spawn, "1.2")
    assert new.notes.get(case) == old.notes.get(case)
    removed, added = changes(new.diffs.get(case, b""))
    assert changes(old.diffs.get(case, b"")) == (removed, with_names_last(added))


def test_dialects_differ_where_they_should(spawn: Spawn) -> None:
    """Else every other test here could compare one dialect with itself."""
    case = EXAMPLES[0]
    new, old, rfc = (run(spawn, dialect).diffs[case] for dialect in ("5.1", "1.2", "rfc"))
    assert b'visit_type_bool(v, "guest_connected", &port->guest_connected, errp);' in new
    assert b'visit_type_bool(v, &port->guest_connected, "guest_connected", errp);' in old
    assert b"visit_type_u16(" in rfc
    assert b"&local_err);" in rfc
