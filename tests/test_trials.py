# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables and the functions they stand for, run side by side by the small tree's own interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Ran
from wrong_tables import WRONG_TABLES

from rewrite.rules.ruleset import load_rules
from rewrite.tables.conversion import TableConverter
from rewrite.trials.run import Trial, TrialVerdict, try_subjects
from rewrite.trials.subject import Subject, subjects_of
from rewrite.verify.build import from_template

pytestmark = pytest.mark.needs("gcc")

SMALL = Path(__file__).parent / "vmstate"
FILE = "gcc -std=gnu99 -I{root} -c {{file}}"
Rewrite = Callable[..., Ran]


@pytest.fixture(scope="module")
def tools() -> tuple[TableConverter, list[Subject]]:
    converter = TableConverter(SMALL, load_rules([]))
    return converter, subjects_of(converter.convert([SMALL / "hw"]).files)


def tried(
    tools: tuple[TableConverter, list[Subject]], name: str, old: str, new: str
) -> list[Trial]:
    """What becomes of one file in whose new text something is replaced."""
    converter, subjects = tools
    subject = next(s for s in subjects if s.source.name == name)
    assert subject.new.count(old.encode()) == 1, old
    changed = replace(subject, new=subject.new.replace(old.encode(), new.encode()))
    commands = from_template(FILE.format(root=SMALL), [Path(subject.source.path)])
    return try_subjects([changed], commands, load_rules([]), converter, 40)


def test_functions_and_tables_do_the_same(rewrite: Rewrite, tmp_path: Path) -> None:
    stats = tmp_path / "figures.json"
    ran = rewrite(
        "verify", SMALL / "hw", "--to", "vmstate", "--root", SMALL, "--trials", "40",
        "--cc", FILE.format(root=SMALL).replace("{{", "{").replace("}}", "}"),
        "--stats", stats, "--require-proof", "--verbose",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    figures = json.loads(stats.read_text())
    assert figures["by_outcome"] == {"same": figures["pairs"], "differs": 0, "not-run": 0}
    assert figures["compared"] > 2000
    assert "section tide: functions and table do the same" in ran.err


@pytest.mark.parametrize(
    ("name", "old", "new"),
    WRONG_TABLES,
)
def test_a_wrong_table_differs(
    tools: tuple[TableConverter, list[Subject]], name: str, old: str, new: str
) -> None:
    found = tried(tools, name, old, new)
    assert [t.verdict for t in found] == [TrialVerdict.DIFFERS]
    assert "functions:" in found[0].detail


def test_what_does_not_compile_is_not_run(
    tools: tuple[TableConverter, list[Subject]],
) -> None:
    found = tried(tools, "hw/tide.c", ".minimum_version_id = 1", ".minimum_version_id = nothing")
    assert [t.verdict for t in found] == [TrialVerdict.NOT_RUN]
    assert "new.c does not compile" in found[0].detail


def test_a_file_without_a_command_is_not_run(
    tools: tuple[TableConverter, list[Subject]],
) -> None:
    converter, subjects = tools
    found = try_subjects(subjects[:1], [], load_rules([]), converter, 1)
    assert {t.verdict for t in found} == {TrialVerdict.NOT_RUN}


def test_nothing_run_is_no_success(rewrite: Rewrite) -> None:
    ran = rewrite(
        "verify", SMALL / "hw" / "tide.c", "--to", "vmstate", "--root", SMALL,
        "--cc", "gcc -c {file}", "--trials", "1",
    )  # fmt: skip
    assert ran.status == 1
    assert "not run" in ran.err
