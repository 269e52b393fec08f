# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree, its git repository and its build may be anybody's: nothing of them is run, or is obeyed."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran, Tree

pytestmark = pytest.mark.needs("gcc", "git")

Rewrite = Callable[..., Ran]

HEADER = """\
#include <stdint.h>
typedef struct QEMUFile QEMUFile;
typedef struct Visitor Visitor;
typedef struct Error Error;
void qemu_put_be32(QEMUFile *f, unsigned int v);
typedef struct BellState {
    uint32_t tone;
} BellState;
"""
BELL = """\
#include "bell.h"

void bell_save(QEMUFile *f, void *opaque)
{
    BellState *s = opaque;

    qemu_put_be32(f, s->tone);
}
"""
SUPPORT = "".join(
    f"void {name}(void);\n"
    for name in (
        "qemu_file_get_visitor",
        "qemu_file_get_errp",
        "visit_type_uint8",
        "visit_type_buffer",
        "visit_type_uinttl",
        "visit_type_inttl",
    )
)
MAINTAINERS = """\
Devices
-------
Bells
M: Ann Example <ann@example.org>
F: hw/
"""


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.fsmonitor=false"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def bells(tree: Tree) -> Tree:
    """A tree in a repository, with something to convert."""
    tree.write({"hw/bell.h": HEADER, "hw/bell.c": BELL, "MAINTAINERS": MAINTAINERS})
    tree.write({"include/qemu-file-visitor.h": SUPPORT})
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
        git(tree.root, *arguments)
    return tree


@pytest.fixture
def trap(tmp_path: Path) -> tuple[str, Path]:
    """A program that leaves a file behind if anybody starts it, and that file."""
    sprung, program = tmp_path / "sprung", tmp_path / "trap"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{sprung}'\ncat\n")
    program.chmod(0o755)
    return str(program), sprung


OPTIONS = ("--dialect", "5.1")
WAYS: dict[str, tuple[str, ...]] = {
    "lint": ("lint", "hw", "--since", "HEAD"),
    "verify": ("verify", "hw", "--cc", "gcc -c {file}", "--no-cache", "--base", "HEAD"),
    "patches": ("hw", "--patches", "out", "--to", "list@example.org"),
}
SETTINGS = {
    "fsmonitor": {"core.fsmonitor": "{}"},
    "clean": {"filter.f.clean": "{}", "filter.f.required": "true"},
    "an odd filter": {"filter.a=b.smudge": "{}", "filter.a=b.clean": "{}"},
    "process": {"filter.f.process": "{}"},
    "signatures": {"log.showSignature": "true", "gpg.program": "{}", "commit.gpgSign": "true"},
    "diff": {"diff.external": "{}", "diff.f.command": "{}", "diff.f.textconv": "{}"},
    "hooks": {"core.hooksPath": "{}"},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("way", WAYS)
def test_no_program_of_a_repository_runs(
    way: str,
    settings: dict[str, str],
    bells: Tree,
    trap: tuple[str, Path],
    spawn: Rewrite,
    tmp_path: Path,
) -> None:
    program, sprung = trap
    attributes = "*.c filter=f diff=f\n*.h filter=a=b\n"
    (bells.root / ".git/info").mkdir(exist_ok=True)
    for name, value in settings.items():
        told = value.format(program)
        if name == "core.hooksPath":
            told = str(tmp_path / "hooks")
            (tmp_path / "hooks").mkdir()
            for hook in ("post-index-change", "pre-commit", "post-applypatch"):
                (tmp_path / "hooks" / hook).symlink_to(program)
        git(bells.root, "config", name, told)
    (bells.root / ".git/info/attributes").write_text(attributes)
    if way != "patches":
        text = (bells.root / "hw/bell.c").read_text()
        (bells.root / "hw/bell.c").write_text(text + "/* more */\n")
    later = time.time() + 5
    for name in ("hw/bell.c", "hw/bell.h"):  # to git, the files may have changed
        os.utime(bells.root / name, (later, later))
    environment = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org"}
    ran = spawn(*WAYS[way], *(OPTIONS if way != "lint" else ()), cwd=bells.root, **environment)
    assert not sprung.exists(), sprung.read_text()
    assert "Traceback" not in ran.err
    assert ran.status in ((0, 1) if way != "patches" else (0,)), ran.err


def test_the_settings_of_the_environment_are_kept(
    bells: Tree, spawn: Rewrite, trap: tuple[str, Path]
) -> None:
    """A user's own, and what may not run does not because of them."""
    environment = {
        "GIT_CONFIG_COUNT": "3",
        "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": trap[0],
        "GIT_CONFIG_KEY_1": "user.name", "GIT_CONFIG_VALUE_1": "Bo Example",
        "GIT_CONFIG_KEY_2": "user.email", "GIT_CONFIG_VALUE_2": "bo@example.org",
    }  # fmt: skip
    ran = spawn(*WAYS["patches"], *OPTIONS, cwd=bells.root, **environment)
    assert ran.status == 0, ran.err
    assert not trap[1].exists()
    [mail] = (bells.root / "out").glob("*bell*.patch")
    assert "From: Bo Example <bo@example.org>" in mail.read_text()


@pytest.mark.parametrize("way", ["lint", "verify", "patches"])
def test_a_repository_of_another_owner_is_told(way: str, bells: Tree, spawn: Rewrite) -> None:
    """git does not read it; a tree without git is another thing."""
    ran = spawn(
        *WAYS[way], *(OPTIONS if way != "lint" else ()), cwd=bells.root,
        GIT_TEST_ASSUME_DIFFERENT_OWNER="1", GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@example.org",
    )  # fmt: skip
    assert ran.status == 2
    assert "dubious ownership" in ran.err
    assert "safe.directory" in ran.err
    assert not (bells.root / "out").exists()


# -- MAINTAINERS -----------------------------------------------------------------------------------


def series(bells: Tree, spawn: Rewrite, maintainers: bytes) -> Ran:
    """Run for a series by maintainers, of a tree with this file."""
    bells.write({"MAINTAINERS": maintainers})
    options = (*WAYS["patches"], *OPTIONS, "--by", "maintainer")
    return spawn(*options, cwd=bells.root, GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@example.org")


def test_a_pattern_of_many_stars_takes_no_time(bells: Tree, spawn: Rewrite) -> None:
    """Each star more took four times as long."""
    (bells.root / "hw/bell.c").rename(bells.root / f"hw/{'a' * 200}.c")
    git(bells.root, "add", "-A")
    git(bells.root, "commit", "-q", "-m", "a long name")
    stars = "a*" * 60
    began = time.monotonic()
    ran = series(bells, spawn, f"{MAINTAINERS}F: hw/*{stars}b\nX: */{stars}b\n".encode())
    assert ran.status == 0, ran.err
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("pattern", [b"hw/[z-a]*", b"hw/[b-a]/", b"[9-0]"])
def test_a_pattern_that_is_none_is_named(pattern: bytes, bells: Tree, spawn: Rewrite) -> None:
    ran = series(bells, spawn, MAINTAINERS.encode() + b"X: " + pattern + b"\n")
    assert ran.status == 2
    assert ran.err.startswith("MAINTAINERS:6: error: not a pattern of files: ")
    assert not (bells.root / "out").exists()


@pytest.mark.parametrize(
    "line", [b"F: hw/\xe9*", b"M: Andr\xe9 Example <andre@example.org>", b"F: hw/\xff/\x00",
             b"F: [", b"F: hw/[", b"F: hw/[]", b"F: \\", b"F: hw/***", b"X:", b"\x85M: x\x0bF: *"],
)  # fmt: skip
def test_odd_bytes_are_no_trouble(line: bytes, bells: Tree, spawn: Rewrite) -> None:
    ran = series(bells, spawn, MAINTAINERS.encode() + line + b"\n")
    assert ran.status == 0, ran.err
    [mail] = (bells.root / "out").glob("0001-*.patch")
    assert "ann@example.org" in mail.read_text("utf-8", "replace")


def test_a_name_that_is_no_utf8_is_found(bells: Tree, spawn: Rewrite) -> None:
    folder = bells.root / os.fsdecode(b"hw/gl\xf6ckchen")
    folder.mkdir()
    for name in ("bell.c", "bell.h"):
        (bells.root / "hw" / name).rename(folder / name)
    git(bells.root, "add", "-A")
    git(bells.root, "commit", "-q", "-m", "a name")
    text = MAINTAINERS.encode().replace(b"F: hw/", b"F: hw/gl\xf6*/")
    ran = series(bells, spawn, text)
    assert ran.status == 0, ran.err
    [mail] = (bells.root / "out").glob("0001-*.patch")
    assert b"ann@example.org" in mail.read_bytes()


# -- commands --------------------------------------------------------------------------------------

WRITERS = [
    "-save-temps", "-save-temps=cwd", "-save-temps=obj", "--save-temps", "-fdump-tree-all",
    "-fdump-rtl-expand", "-fdump-ipa-all", "-Wp,-MD,x.d", "-Wp,-MMD,x.d,-MT,x.o", "-MD", "-MD -MFx.d",
    "-MMD -MF x.d -MP", "-dumpdir there-", "-aux-info x.txt", "-fstack-usage", "-fcallgraph-info",
    "-ftest-coverage", "-o x.o", "-ox.o", "-o {file}.o", "-fopt-info-all=x.txt", "-M -MF x.d",
    "--coverage", "--cover", "--save-temp", "-da", "-dx",
]  # fmt: skip


@pytest.mark.parametrize("flags", WRITERS)
@pytest.mark.parametrize("how", ["--cc", "--build"])
def test_a_proof_writes_nothing(
    how: str, flags: str, bells: Tree, spawn: Rewrite, tmp_path: Path
) -> None:
    """Neither into the tree nor where it runs."""
    bells.write({"hw/bell.c": BELL.replace('"bell.h"', "<bell.h>")})
    build = tmp_path / "build"
    build.mkdir()
    command = f"gcc {flags} -I{bells.root}/hw -DONE -c {{file}}"
    arguments = ["--cc", command]
    if how == "--build":
        source = str(bells.root / "hw/bell.c")
        entry = {"directory": str(build), "command": command.format(file=source), "file": source}
        (build / "compile_commands.json").write_text(json.dumps([entry]))
        arguments = ["--build", str(build)]
    before = bells.bytes(), sorted(build.iterdir())
    ran = spawn("verify", str(bells.root / "hw"), *arguments, "--no-cache", *OPTIONS, cwd=build)
    assert ran.status == 0, ran.err
    assert "1 proved" in ran.err
    assert (bells.bytes(), sorted(build.iterdir())) == before


@pytest.mark.parametrize("how", ["--cc", "--build"])
def test_a_response_file_writes_nothing(
    how: str, bells: Tree, spawn: Rewrite, tmp_path: Path
) -> None:
    """What stands in one is read as the compiler reads it, quotes and further ones too."""
    bells.write({"hw/bell.c": BELL.replace('"bell.h"', "<bell.h>")})
    build = tmp_path / "build"
    build.mkdir()
    (build / "flags").write_text(
        f"-save-temps\n'-fdump-tree-all' -o a\\ b.o @more -I'{bells.root}/hw'\n"
    )
    (build / "more").write_text('-fdump-rtl-expand -D"O"NE')
    arguments = ["--cc", "gcc @flags -c {file}"]
    if how == "--build":
        source = str(bells.root / "hw/bell.c")
        entry = {
            "directory": str(build),
            "arguments": ["gcc", "@flags", "-c", source],
            "file": source,
        }
        (build / "compile_commands.json").write_text(json.dumps([entry]))
        arguments = ["--build", str(build)]
    before = bells.bytes(), sorted(build.iterdir())
    ran = spawn("verify", str(bells.root / "hw"), *arguments, "--no-cache", *OPTIONS, cwd=build)
    assert (ran.status, "1 proved" in ran.err) == (0, True), ran.err
    assert (bells.bytes(), sorted(build.iterdir())) == before


def test_a_response_file_that_names_itself_ends(bells: Tree, spawn: Rewrite) -> None:
    bells.write({"flags": "@flags @flags"})
    ran = spawn(
        "verify", "hw", "--cc", "gcc @flags -c {file}", "--no-cache", *OPTIONS, cwd=bells.root
    )
    assert ran.status == 1
    assert "nothing was verified" in ran.err


def test_a_word_behind_an_option_is_its_value(bells: Tree, spawn: Rewrite) -> None:
    """`-I -save-temps` names a folder: without it, -I would swallow the level of optimisation."""
    command = "gcc -I -save-temps -c {file}"
    ran = spawn("verify", "hw", "--cc", command, "--no-cache", *OPTIONS, cwd=bells.root)
    assert (ran.status, "1 proved" in ran.err) == (0, True), ran.err
    command = "gcc -c {file} -I"
    ran = spawn("verify", "hw", "--cc", command, "--no-cache", *OPTIONS, cwd=bells.root)
    assert (ran.status, ran.err) == (2, "--cc: error: nothing follows -I\n")


@pytest.mark.parametrize("command", ['"{file}" -c', "{file}", "-c {file}", "'' {file}"])
def test_a_command_without_a_compiler_is_told(command: str, bells: Tree, spawn: Rewrite) -> None:
    ran = spawn("verify", "hw", "--cc", command, "--no-cache", *OPTIONS, cwd=bells.root)
    assert ran.status == 2
    assert ran.err == "--cc: error: the command must begin with a compiler\n"


def test_a_word_with_the_file_in_it_is_kept(bells: Tree, spawn: Rewrite) -> None:
    """`-include {file}.h`, say: without it nothing compiles."""
    bells.write({"hw/bell.c": BELL.replace('#include "bell.h"\n', ""), "hw/bell.c.h": HEADER})
    command = "gcc -include {file}.h -c {file}"
    ran = spawn("verify", "hw/bell.c", "--cc", command, "--no-cache", *OPTIONS, cwd=bells.root)
    assert (ran.status, "1 proved" in ran.err) == (0, True), ran.err
