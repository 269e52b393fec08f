# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole QEMU tree, the one that QEMU_TREE names: nothing is lost, nothing is wrong, nothing drifts.

The number of sites is counted here once more, by a scanner and a pattern that share nothing with
the tool.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import MARKS

from rewrite.series.maintainers import Maintainers, read_maintainers

QEMU_TREE = os.environ.get("QEMU_TREE", "")
pytestmark = pytest.mark.skipif(not QEMU_TREE, reason="QEMU_TREE names no source tree of QEMU")
ROOT = Path(QEMU_TREE or ".").resolve()

FOREIGN = ("roms", "pc-bios", "pixman", "dtc", "tests/tcg")
"""Folders of other projects' sources, which are not searched."""

PRIMITIVE = re.compile(
    r"(?<![\w.])(?<!->)qemu_(?:put|get)_"
    r"(?:byte|ubyte|sbyte|buffer|s?8s|s?be(?:16|32|64)s?|s?be(?:tl|tr)s?)\b"
)
TYPE_BEFORE = re.compile(
    r"#[ \t]*define[ \t]+\Z"
    r"|(?:^|[;{}])\s*(?:(?:static|inline|extern|const|void|unsigned|signed|int|size_t|ssize_t"
    r"|u?int\d+_t|target_u?long|target_u?reg|coroutine_mixed_fn)\b[\s*]*)+\Z",
    re.MULTILINE,
)

Spawn = Callable[..., Any]


def without_comments_and_literals(text: str) -> str:
    """The text with every comment and literal as blanks, character by character."""
    result = list(text)
    at, end = 0, len(text)
    while at < end:
        char, pair = text[at], text[at : at + 2]
        start = at
        if pair == "/*":
            close = text.find("*/", at + 2)
            at = end if close < 0 else close + 2
        elif pair == "//":
            at = _end_of_line(text, at)
        elif char in "\"'":
            at = _end_of_literal(text, at)
        else:
            at += 1
            continue
        for index in range(start, at):
            if text[index] != "\n":
                result[index] = " "
    return "".join(result)


def _end_of_line(text: str, at: int) -> int:
    """The end of the line of `at`; a backslash continues it."""
    while True:
        at = text.find("\n", at)
        if at < 0:
            return len(text)
        if text[at - 1] != "\\":
            return at
        at += 1


def _end_of_literal(text: str, at: int) -> int:
    """The offset after the literal that starts at `at`; a line's end ends a damaged one."""
    quote = text[at]
    at += 1
    while at < len(text) and text[at] not in (quote, "\n"):
        at += 2 if text[at] == "\\" else 1
    return at + 1 if at < len(text) and text[at] == quote else at


def sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and (here / name).relative_to(ROOT).as_posix() not in FOREIGN
            and not (here / name).is_symlink()
        ]
        for name in files:
            if name.endswith((".c", ".h")) and not (here / name).is_symlink():
                yield here / name


def count_sites() -> Counter[tuple[str, int]]:
    """How often a primitive is used on each line of each file, called or not; what declares or defines
    one is no use."""
    found: Counter[tuple[str, int]] = Counter()
    for path in sources():
        data = path.read_bytes()
        if b"qemu_put_" not in data and b"qemu_get_" not in data:
            continue
        text = without_comments_and_literals(data.decode("latin-1"))
        for match in PRIMITIVE.finditer(text):
            before = text[max(0, match.start() - 200) : match.start()]
            if not TYPE_BEFORE.search(before):
                line = text.count("\n", 0, match.start()) + 1
                found[path.relative_to(ROOT).as_posix(), line] += 1
    return found


@cache
def dry_run(spawn: Spawn) -> tuple[bytes, dict[str, Any]]:
    """The diff and the figures of the whole tree, which is only read."""
    diff = spawn(".", cwd=ROOT)
    figures = spawn(".", "--stats", "-", cwd=ROOT)
    assert (diff.status, figures.status) == (0, 0), diff.err[-3000:]
    return diff.out, json.loads(figures.out)


@pytest.fixture
def changed_files(spawn: Spawn, tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of all that the tool reads, of which one may be patched and one converted."""
    copies = tmp_path / "patched", tmp_path / "converted"
    kept = [path for path in sources() if not path.is_relative_to(ROOT / "tests")]
    markers = [ROOT / name for name in MARKS]
    for copy in copies:
        for path in (*kept, *markers):
            target = copy / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    return copies


def test_every_site_is_found_and_nothing_else(spawn: Spawn) -> None:
    counted = count_sites()
    told = Counter((s["path"], s["line"]) for s in dry_run(spawn)[1]["site_list"])
    assert told - counted == Counter(), "told, but not counted"
    assert counted - told == Counter(), "counted, but not told"
    assert dry_run(spawn)[1]["sites"] == counted.total() > 100


def test_outcomes_add_up(spawn: Spawn) -> None:
    figures = dry_run(spawn)[1]
    assert figures["sites"] == figures["converted"] + figures["plumbing"] + figures["refused"]
    assert figures["failed_self_check"] == 0
    assert sum(figures["by_code"].values()) == figures["refused"]


def test_nearly_every_device_site_is_converted(spawn: Spawn) -> None:
    figures = dry_run(spawn)[1]
    assert figures["refused"] <= 0.02 * (figures["converted"] + figures["refused"])


PLUMBING = (
    ("*savevm.c", "qemu_savevm_state*"),
    ("*savevm.c", "qemu_loadvm_state*"),
    ("*savevm.c", "*_section_header"),
    ("*savevm.c", "*_section_footer"),
    ("*vmstate.c", "vmstate_subsection_*"),
    ("arch_init.c", "*"),
    ("block-migration.c", "*"),
    ("migration/ram.c", "*"),
    ("migration/block.c", "*"),
    ("audio/wav*.c", "*"),
)


def test_no_plumbing_is_converted(spawn: Spawn) -> None:
    """Listed by hand from what frames a stream, not from the tool's rules."""
    listed = dry_run(spawn)[1]["site_list"]
    framing = [
        site
        for site in listed
        if PRIMITIVE.match(site["function"] + "(")
        or any(
            fnmatchcase(site["path"], path) and fnmatchcase(site["function"], function)
            for path, function in PLUMBING
        )
    ]
    assert len(framing) > 20
    assert [site for site in framing if site["outcome"] == "converted"] == []


def test_git_applies_what_apply_writes_and_no_more(
    spawn: Spawn, changed_files: tuple[Path, Path]
) -> None:
    """The figures of the copy are those of the tree; then both ways of changing it agree."""
    patched, converted = changed_files
    diff = spawn(".", cwd=patched).out
    assert diff == dry_run(spawn)[0]
    subprocess.run(["git", "apply", "-"], cwd=patched, input=diff, check=True)
    applied = spawn(".", "--apply", cwd=converted)
    assert applied.status == 0, applied.err[-3000:]
    names = {path.relative_to(patched) for path in patched.rglob("*") if path.is_file()}
    assert names == {p.relative_to(converted) for p in converted.rglob("*") if p.is_file()}
    differing = [n for n in names if (patched / n).read_bytes() != (converted / n).read_bytes()]
    assert differing == []

    again = spawn(".", "--check", "--stats", "-", cwd=converted)
    assert again.status == 0
    figures, before = json.loads(again.out), dry_run(spawn)[1]
    assert (figures["converted"], figures["failed_self_check"]) == (0, 0)
    assert figures["refused"] == before["refused"]
    assert figures["by_code"] == before["by_code"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a /* qemu_put_be32(f, 1) */ b", "a                           b"),
        ('x = "/*"; y = "\\"" /**/;', "x =     ; y =          ;"),
        ("a // b \\\n c\nd", "a       \n  \nd"),
        ("'\"' + '\\'' + b", "    +      + b"),
    ],
)
def test_the_scanner_blanks_what_is_no_code(text: str, left: str) -> None:
    assert without_comments_and_literals(text) == left


def copies_by_script(path: str) -> set[str]:
    """Whom the tree's own script names for a file, addresses alone."""
    options = ("--nogit", "--nogit-fallback", "--norolestats", "-f")
    ran = subprocess.run(
        ["perl", "scripts/get_maintainer.pl", *options, path],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {parseaddr(re.sub(r"\(.*\)\s*\Z", "", line))[1] for line in ran.stdout.splitlines()}


@pytest.mark.skipif(
    not (ROOT / "scripts/get_maintainer.pl").exists() or shutil.which("perl") is None,
    reason="no scripts/get_maintainer.pl, or no perl",
)
def test_copies_go_to_whom_the_tree_s_own_script_names(spawn: Spawn) -> None:
    maintainers = Maintainers(read_maintainers((ROOT / "MAINTAINERS").read_bytes()))
    names = sorted({record["path"] for record in dry_run(spawn)[1]["site_list"]})
    assert names
    for name in names:
        assert {p.address for p in maintainers.find_copies([name])} == copies_by_script(name), name
