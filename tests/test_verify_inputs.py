# SPDX-License-Identifier: GPL-2.0-or-later
"""A proof is told again only where all that the compiler reads is the same; a path may be any bytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Ran, Tree

Rewrite = Callable[..., Ran]

HEADER = """\
#include <stdint.h>
#include <stddef.h>
typedef struct QEMUFile QEMUFile;
typedef struct Visitor Visitor;
typedef struct Error Error;
void qemu_put_be32(QEMUFile *f, unsigned int v);
unsigned int qemu_get_be32(QEMUFile *f);
typedef struct LampState {
    WATTS watts;
} LampState;
"""
LAMP = """\
#include "lamp.h"

void lamp_save(QEMUFile *f, void *opaque)
{
    LampState *s = opaque;

    qemu_put_be32(f, s->watts);
}
"""
ASIDE = "int aside(int x)\n{\n    return x;\n}\n"


@dataclass
class Bench:
    """A tree with one handler, and a command that compiles it."""

    tree: Tree
    rewrite: Rewrite
    cache: Path

    def verify(self, compiler: str = "gcc", flags: str = "-Ifirst -Isecond") -> tuple[int, int]:
        """Exit status, and how many compilations were known from before."""
        entry = {
            "directory": str(self.tree.root),
            "command": f"{compiler} -DWATTS=uint32_t {flags} -c hw/lamp.c",
            "file": "hw/lamp.c",
        }
        (self.tree.root / "compile_commands.json").write_text(json.dumps([entry]))
        ran = self.rewrite(
            "verify", self.tree.root / "hw", "--build", self.tree.root, "--cache", self.cache,
            "--root", self.tree.root, "--dialect", "5.1", "--stats", "-",
        )  # fmt: skip
        figures = json.loads(ran.out)
        assert figures["compilations"] == 1, ran.err
        return ran.status, figures["from_cache"]


@pytest.fixture
def bench(tree: Tree, rewrite: Rewrite, tmp_path: Path) -> Bench:
    """Proved once and remembered: the second run knows it."""
    tree.write({"hw/lamp.c": LAMP, "second/lamp.h": HEADER, "first/other.h": ""})
    made = Bench(tree, rewrite, tmp_path / "kept")
    assert made.verify() == (0, 0)
    assert made.verify() == (0, 1)
    return made


def test_a_header_earlier_in_the_search_path(bench: Bench) -> None:
    bench.tree.write({"first/lamp.h": HEADER.replace("WATTS", "uint8_t")})
    assert bench.verify()[1] == 0


def test_a_response_file(bench: Bench) -> None:
    """Its flags may be those of another response file."""
    bench.tree.write({"flags": "@more", "more": "-DONE=1"})
    assert bench.verify(flags="-Isecond @flags") == (0, 0)
    assert bench.verify(flags="-Isecond @flags") == (0, 1)
    bench.tree.write({"more": "-DTWO=2"})
    assert bench.verify(flags="-Isecond @flags") == (0, 0)


@pytest.mark.parametrize(
    "name", ["CPATH", "C_INCLUDE_PATH", "GCC_EXEC_PREFIX", "SOME_WRAPPERS_OWN"]
)
def test_the_environment(bench: Bench, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        name, "" if name == "GCC_EXEC_PREFIX" else str(bench.tree.root / "elsewhere")
    )
    from rewrite.verify import unit

    monkeypatch.setitem(unit.ENVIRONMENT, name, os.environ[name])
    assert bench.verify()[1] == 0


def test_an_edited_wrapper_and_what_it_starts(bench: Bench, tmp_path: Path) -> None:
    """The second script is known only by what the first one starts."""
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.write_text(f'#!/bin/sh\nexec {shutil.which("gcc")} "$@"\n')
    outer.write_text(f'#!/bin/sh\nexec {inner} "$@"\n')
    for script in (inner, outer):
        script.chmod(0o755)
    assert bench.verify(str(outer)) == (0, 0)
    assert bench.verify(str(outer)) == (0, 1)
    inner.write_text(inner.read_text().replace('"$@"', '-funsigned-char "$@"'))
    assert bench.verify(str(outer)) == (0, 0)
    outer.write_text(outer.read_text() + "# edited\n")
    assert bench.verify(str(outer)) == (0, 0)


@pytest.mark.parametrize("name", ["lampe-é", "lampe-ü\udcff", "лампа", 'a "quoted" \\ one', "a\nb"])
def test_a_path_of_any_bytes_hides_no_warning(
    name: str, tree: Tree, rewrite: Rewrite, tmp_path: Path
) -> None:
    """A new warning is a difference, whatever the file is called.

    The type of the pointer is all that is wrong here: the machine code is the same.
    """
    folder = tree.root / name
    tree.write({"lamp.h": HEADER.replace("WATTS", "int")})
    folder.mkdir()
    path = folder / "lamp.c"
    path.write_text(LAMP.replace('"lamp.h"', '"../lamp.h"'))
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
        _git(tree.root, *arguments)
    text = path.read_text()
    body = (
        "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n\n"
    )
    text = text.replace("opaque;\n\n", f"opaque;\n{body}")
    right = text.replace(
        "qemu_put_be32(f, s->watts)", 'visit_type_int32(v, "watts", &s->watts, errp)'
    )
    wrong = right.replace("visit_type_int32", "visit_type_uint32")
    verify = [
        "verify", path, "--cc", "gcc -c {file}", "--base", "HEAD", "--no-cache",
        "--root", tree.root, "--dialect", "5.1", "--stats", "-",
    ]  # fmt: skip
    for changed, outcome in ((right, "proved"), (wrong, "new-warning")):
        path.write_text(changed)
        ran = rewrite(*verify)
        figures = json.loads(ran.out)
        assert figures["by_outcome"] == {outcome: 1}, ran.err


def _git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)
