# SPDX-License-Identifier: GPL-2.0-or-later
"""The package as another program uses it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import rewrite

LAMP = """\
typedef struct LampState {
    uint32_t watts;
} LampState;

static void lamp_save(QEMUFile *f, void *opaque)
{
    LampState *s = opaque;

    qemu_put_be32(f, s->watts);
}

static int lamp_load(QEMUFile *f, void *opaque, int version_id)
{
    LampState *s = opaque;

    return qemu_get_be32(f) + qemu_get_be32(f);
}
"""


@pytest.fixture
def lamp(tmp_path: Path) -> Path:
    for mark in ("VERSION", "configure"):
        (tmp_path / mark).touch()
    (tmp_path / "hw").mkdir()
    path = tmp_path / "hw/lamp.c"
    path.write_text(LAMP)
    return path


def test_convert_diff_and_apply_are_one_conversion(lamp: Path, tmp_path: Path) -> None:
    result = rewrite.convert_paths(lamp, dialect="5.1")
    (file,) = result.files
    kinds = [type(outcome) for outcome in file.outcomes]
    assert kinds == [rewrite.Conversion, rewrite.Refusal, rewrite.Refusal]
    patch = rewrite.diff_result(result)
    assert lamp.read_text() == LAMP
    rewrite.apply_result(result)
    applied = lamp.read_text()
    assert 'visit_type_uint32(v, "watts", &s->watts, errp);' in applied
    lamp.write_text(LAMP)
    subprocess.run(["git", "apply", "-p1", "-"], input=patch, cwd=tmp_path, check=True)
    assert lamp.read_text() == applied


def test_a_file_that_changed_meanwhile_is_not_written(lamp: Path) -> None:
    result = rewrite.convert_paths(str(lamp))
    lamp.write_text(LAMP + "\n")
    with pytest.raises(rewrite.ApplyError):
        rewrite.apply_result(result)
    assert lamp.read_text() == LAMP + "\n"


def test_lint_knows_the_configuration_of_the_tree(lamp: Path, tmp_path: Path) -> None:
    found = rewrite.lint_paths(tmp_path)
    assert [(f.path, f.line, f.severity) for f in found][:1] == [("hw/lamp.c", 9, "error")]
    (tmp_path / ".rewrite.toml").write_text('[lint.severity]\nnew-primitive = "note"\n')
    assert {f.severity for f in rewrite.lint_paths(lamp) if f.code == "new-primitive"} == {"note"}


@pytest.mark.parametrize(
    "arguments", [{"dialect": "9.9"}, {"root": "no/such/folder"}, {"root": "/usr/lib"}]
)
def test_what_cannot_be_used_is_an_input_error(lamp: Path, arguments: dict[str, str]) -> None:
    with pytest.raises(rewrite.InputError):
        rewrite.convert_paths(lamp, **arguments)


def test_a_wrong_rule_is_a_rule_error(lamp: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/ours.py").write_text("schema(1)\nimport os\n")
    with pytest.raises(rewrite.RuleError):
        rewrite.convert_paths(lamp, rules=[tmp_path / "rules"])


def test_every_name_is_there_and_described() -> None:
    page = (Path(__file__).parent.parent / "docs/api.md").read_text()
    for name in rewrite.__all__:
        assert getattr(rewrite, name).__doc__
        assert re.search(rf"\b{name}\b", page), name
    with pytest.raises(AttributeError):
        getattr(rewrite, "no_such_name")  # noqa: B009
