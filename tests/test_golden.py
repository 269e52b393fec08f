# SPDX-License-Identifier: GPL-2.0-or-later
"""What each corpus case becomes is recorded in corpus/golden, and says what the case expects.

A golden file holds the diagnostics of one case, then its diff, so that `git apply` takes it.
`pytest --update-golden` records all of them; what changed then is to be read like code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

CORPUS = Path(__file__).parent.parent / "corpus"
GOLDEN = CORPUS / "golden"
SOURCES = sorted(
    str(p.relative_to(CORPUS)) for p in CORPUS.rglob("*.[ch]") if GOLDEN not in p.parents
)
CASES = [name for name in SOURCES if not name.startswith(("include/", "runtime/"))]
EXAMPLES = ("hw/serial_port_bool.c", "hw/serial_port_word.c")
"""The example of the mail that proposed the conversion; recorded in every dialect."""

RECORDED = [
    *((dialect, case) for dialect in ("5.1", "1.2") for case in CASES),
    *((dialect, case) for dialect in ("rfc", "pre-1.2", "2.6") for case in EXAMPLES),
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
    return GOLDEN / dialect / f"{case}.diff"


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
    stale = [path for path in GOLDEN.rglob("*") if path.is_file() and path not in wanted]
    if update_golden:
        for path in stale:
            path.unlink()
        stale = []
    assert stale == [], f"no case produces these any more; {REPAIR}"


def wants_of(case: str) -> set[tuple[int, str]]:
    lines = (CORPUS / case).read_bytes().decode("latin-1").split("\n")
    pattern = re.compile(r"/\* want: (\S+) \*/")
    return {(number, code) for number, t in enumerate(lines, 1) for code in pattern.findall(t)}


@pytest.mark.parametrize("dialect", ["5.1", "1.2", "rfc", "pre-1.2", "2.6"])
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


def test_dialects_differ_where_they_should(spawn: Spawn) -> None:
    """Else every other test here could compare one dialect with itself."""
    case = EXAMPLES[0]
    new, old, rfc = (run(spawn, dialect).diffs[case] for dialect in ("5.1", "1.2", "rfc"))
    assert b'visit_type_bool(v, "guest_connected", &port->guest_connected, errp);' in new
    assert b'visit_type_bool(v, &port->guest_connected, "guest_connected", errp);' in old
    assert b"visit_type_u16(" in rfc
    assert b"&local_err);" in rfc
