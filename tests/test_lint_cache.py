# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lint remembers: the second run parses nothing, and nothing that it says is ever old."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, Ran, Tree

from rewrite.c import syntax
from rewrite.files.cache import StoreKind
from rewrite.lint.format import FORMATS

FINDINGS = 1
LAMP = """\
#include "lamp.h"

static void lamp_save(QEMUFile *f, void *opaque)
{
    LampState *s = opaque;

    qemu_put_be32(f, s->watts);
    qemu_put_be16(f, s->hours);
}
"""
HEADER = "typedef struct LampState {\n    uint32_t watts;\n    Hours hours;\n} LampState;\n"
INIT = (
    'void lamp_init(void *s)\n{\n    register_savevm(NULL, "lamp", 0, 2, lamp_save, NULL, s);\n}\n'
)
RULE = (
    '# SPDX-License-Identifier: GPL-2.0-or-later\n"""More."""\n\nschema(1)\n\n'
    'primitive("qemu_put_lamp", direction="put", wire="be32", operand="value", c_type="uint32_t", '
    'visit="uint32")\n'
)


@pytest.fixture
def lamp(tree: Tree) -> Tree:
    """A handler whose types stand in two headers, and a file that registers it."""
    return tree.write(
        {
            "hw/lamp.c": LAMP,
            "hw/lamp.h": '#include "hours.h"\n' + HEADER,
            "include/hours.h": '#include "units.h"\n',
            "lib/units.h": "typedef uint16_t Hours;\n",
            "hw/init.c": INIT,
            "rules/more.py": "# SPDX-License-Identifier: GPL-2.0-or-later\nschema(1)\n",
        }
    )


Lint = Callable[..., Ran]


@pytest.fixture
def lint(rewrite: Callable[..., Ran], lamp: Tree, tmp_path: Path) -> Lint:
    """lint(options...): lint the tree with a cache of this test's own."""

    def run(*options: object) -> Ran:
        cache = ("--cache", tmp_path / "kept")
        ran = rewrite("lint", lamp.root, "--rules", lamp.root / "rules", *cache, *options)
        assert ran.status == FINDINGS, ran.err
        return ran

    return run


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The texts that are parsed from here on."""
    texts: list[bytes] = []
    parse = syntax.parse_text

    def counted(data: bytes) -> object:
        texts.append(data)
        return parse(data)

    monkeypatch.setattr(syntax, "parse_text", counted)
    return texts


@pytest.mark.parametrize("form", FORMATS)
def test_the_second_run_parses_nothing_and_says_the_same(
    lint: Lint, parsed: list[bytes], form: str
) -> None:
    fresh = lint("--no-cache", "--format", form)
    assert parsed
    assert lint("--format", form) == fresh
    parsed.clear()
    assert lint("--format", form) == fresh
    assert parsed == []


def test_the_formats_share_what_is_remembered(lint: Lint, parsed: list[bytes]) -> None:
    lint()
    parsed.clear()
    assert b"visit_type_uint32" in lint("--format", "json").out
    assert parsed == []


CHANGES = {
    "the file": ("hw/lamp.c", LAMP.replace("be32", "be64")),
    "its header": ("hw/lamp.h", '#include "hours.h"\n' + HEADER.replace("uint32_t", "int32_t")),
    "a header of its header": ("include/hours.h", "typedef int16_t Hours;\n"),
    "a header that is found before": ("hw/hours.h", "typedef int16_t Hours;\n"),
    "a second header of one name": ("other/units.h", "typedef int16_t Hours;\n"),
    "a registration": ("hw/init.c", INIT.replace("lamp_save, NULL", "NULL, lamp_save")),
    "another file": ("hw/other.c", LAMP.replace("lamp_save", "other_save")),
    "the configuration": (".rewrite.toml", '[lint.severity]\nnew-primitive = "warning"\n'),
    "what is preferred": (".rewrite.toml", '[lint]\nprefer = "vmstate"\n'),
    "the tree's API": (
        "include/qapi/visitor.h",
        "bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);\n",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_finding_depends_on_is_looked_at(lint: Lint, lamp: Tree, change: str) -> None:
    path, text = CHANGES[change]
    place = lamp.root / path
    old = place.read_text() if place.exists() else None
    before = lint()
    lamp.write({path: text})
    after = lint()
    assert after == lint("--no-cache")
    if change != "a registration":
        assert after != before
    if old is None:
        place.unlink()
    else:
        lamp.write({path: old})
    assert lint() == before


def test_rules_are_looked_at(lint: Lint, lamp: Tree, parsed: list[bytes]) -> None:
    lint()
    lamp.write({"rules/more.py": RULE})
    parsed.clear()
    lint()
    assert parsed


def test_another_dialect_is_another_advice(lint: Lint) -> None:
    first, other = lint("--dialect", "5.1"), lint("--dialect", "1.2")
    assert first != other
    assert lint("--dialect", "5.1") == first


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff" * 99, b"0" * 64 + b"\n[]"])
def test_what_is_damaged_is_not_there(lint: Lint, tmp_path: Path, damage: bytes) -> None:
    fresh = lint()
    kept = list((tmp_path / "kept/lint").iterdir())
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(damage)
    assert lint() == fresh
    for path in kept:
        path.write_bytes(path.read_bytes()[:-3])
    assert lint() == fresh


def test_a_cache_that_cannot_be_written_is_none(lint: Lint, tmp_path: Path) -> None:
    fresh = lint("--no-cache")
    (tmp_path / "kept").write_text("a file")
    assert lint() == fresh
    assert (tmp_path / "kept").read_text() == "a file"


def test_the_oldest_go(
    lint: Lint, lamp: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoreKind, "most", 4)
    for name in ("be16", "be32", "be64", "byte"):
        lamp.write({"hw/lamp.c": LAMP.replace("be32", name)})
        lint()
    assert len(list((tmp_path / "kept/lint").iterdir())) == 4


def test_two_runs_at_once(lint: Lint, lamp: Tree, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rewrite", "lint", str(lamp.root), "--rules", "rules"]
    fresh = lint("--no-cache").out
    runs = [
        subprocess.Popen(
            [*command, "--cache", str(tmp_path / "kept")],
            cwd=lamp.root,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    shown = [run.communicate()[0] for run in runs]
    assert len(set(shown)) == 1
    assert fresh.replace(os.fsencode(lamp.root) + b"/", b"") == shown[0]
    assert {path.suffix for path in (tmp_path / "kept/lint").iterdir()} == {".json"}


def test_it_is_in_the_users_cache_directory(
    rewrite: Callable[..., Ran], lamp: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    rewrite("lint", lamp.root, "--no-cache")
    assert not (tmp_path / "user").exists()
    rewrite("lint", lamp.root)
    assert list((tmp_path / "user/qemu-visitor-rewrite/lint").glob("*.json"))


@pytest.mark.parametrize("place", ["", "cache"])
def test_a_user_without_a_home_has_no_cache(
    rewrite: Callable[..., Ran],
    lamp: Tree,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    """Nor is a relative XDG_CACHE_HOME one, by its specification."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", place)
    monkeypatch.setattr(Path, "home", homeless)
    assert rewrite("lint", lamp.root) == rewrite("lint", lamp.root, "--no-cache")
    assert [path.name for path in tmp_path.iterdir()] == ["tree"]


def test_a_name_is_remembered_as_this_locale_spells_it(
    tree: Tree, spawn: Callable[..., Ran], tmp_path: Path
) -> None:
    tree.write({"hw/lämpchen.c": LAMP})
    lint = ("lint", ".", "--root", ".", "--cache", tmp_path / "kept")
    posix = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    runs = [spawn(*lint, cwd=tree.root, **locale) for locale in ({"LC_ALL": "C.UTF-8"}, posix)]
    assert [ran.status for ran in runs] == [FINDINGS, FINDINGS]
    assert runs[0].out.startswith("hw/lämpchen.c:".encode())
    assert runs[1].out.startswith(rb"hw/l\xc3\xa4mpchen.c:")
