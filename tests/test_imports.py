# SPDX-License-Identifier: GPL-2.0-or-later
"""The command starts light: what is slow to import is imported where it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MARKS

REPOSITORY = Path(__file__).parent.parent
SLOW = ("tree_sitter", "hashlib", "shutil", "concurrent", "email", "json", "subprocess", "tomllib")
HEAVY = ("libcst", "rich", "jinja2", "hypothesis", "pytest")
CONVERT = "from rewrite.cli.main import main; main([{path!r}, '--dialect', '5.1', '--stats', '-'])"
EXPLAIN = (
    "from rewrite.cli.main import main; main(['explain', {path!r} + ':5', '--dialect', '5.1'])"
)
LINT = "from rewrite.cli.main import main; main(['lint', {path!r}])"
LIST = "from rewrite.cli.main import main; main(['rules', 'list'])"
FORMAT = "from rewrite.cli.main import main; main(['rules', 'fmt', '--check', {rule!r}])"


def modules_after(program: str) -> set[str]:
    """The top-level modules that a fresh Python has imported after running a program."""
    report = "import sys; print(*{m.split('.')[0] for m in sys.modules}, file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stderr.splitlines()[-1].split())


@pytest.fixture
def program_input(tmp_path: Path) -> dict[str, str]:
    path, rule = tmp_path / "lamp.c", tmp_path / "rule.py"
    path.write_text(
        "void lamp_save(QEMUFile *f, void *opaque)\n{\n    uint8_t *lamp = opaque;\n\n"
        "    qemu_put_8s(f, lamp);\n}\n"
    )
    rule.write_text("schema(1)\n")
    for mark in MARKS:
        (tmp_path / mark).touch()
    return {"path": str(path), "rule": str(rule)}


@pytest.mark.parametrize("program", [CONVERT, EXPLAIN, LINT])
def test_nothing_heavy_is_imported(program: str, program_input: dict[str, str]) -> None:
    modules = modules_after(program.format(**program_input))
    assert {"rewrite", "tree_sitter"} <= modules
    assert modules & set(HEAVY) == set()


@pytest.mark.parametrize(
    ("program", "slow"), [("import rewrite.cli.main", SLOW), (LINT, SLOW), (LIST, ("tree_sitter",))]
)
def test_no_parser_is_imported_without_a_candidate(
    program: str, slow: tuple[str, ...], program_input: dict[str, str]
) -> None:
    """Hashes, archives, threads and network libraries are as slow to import as the parser is."""
    Path(program_input["path"]).write_text("int lamp(void)\n{\n    return 1;\n}\n")
    modules = modules_after(program.format(**program_input))
    assert "rewrite" in modules
    assert modules & {*HEAVY, *slow} == set()


def test_editing_rules_imports_libcst(program_input: dict[str, str]) -> None:
    """Else the test above would hold for a tool that never uses it."""
    assert "libcst" in modules_after(FORMAT.format(**program_input))


def test_rule_files_are_never_imported(program_input: dict[str, str]) -> None:
    assert modules_after(LIST) & {"rules", "primitives", "plumbing", "visits"} == set()
    assert modules_after(CONVERT.format(**program_input)) & {"rules", "primitives"} == set()


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["convert", "--help"]])
def test_what_only_tells_of_the_command_imports_next_to_nothing(words: list[str]) -> None:
    """It has to take less than a tenth of a second, most of which Python itself takes."""
    program = f"from rewrite.cli.main import main\ntry:\n    main({words!r})\nexcept SystemExit:\n    pass"
    report = (
        "import sys; print(*(m for m in sys.modules if m.startswith('rewrite.')), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"], capture_output=True, text=True, check=True
    )
    rooms = {name.split(".")[1] for name in ran.stderr.split()}
    assert rooms == {"cli", "errors", "printable"}
    assert ran.stdout.startswith(("rewrite ", "usage: rewrite "))
