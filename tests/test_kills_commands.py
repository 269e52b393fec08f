# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command that writes, killed before each of its operations on files.

A killed run leaves each file as it was or as it was to be, and what it leaves beside is hidden and named
as its own. The same command run again comes to the same end as one that nobody killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support_trees import ERAS

from rewrite.cli import main as cli
from rewrite.errors import InputError
from rewrite.series.folder import store_mails
from rewrite.series.mail import Mail

HANDLER = """\
void lamp_save(QEMUFile *f, void *opaque)
{
    uint8_t *lamp = opaque;

    qemu_put_8s(f, lamp);
}
"""
RULES = """\
schema(1)
primitive("acme_put", direction="put",
  wire="be32", operand="value", c_type="int", visit="uint32")
"""
STEP = int(os.environ.get("KILL_STEP", "0"))
"""Of so many operations one is tried, beginning with the first; 1 tries each, in minutes. 0: as many as
each case says."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGING = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.chmod", "os.chown"}


def _changes(event: str, arguments: tuple[Any, ...], root: Path) -> bool:
    """Whether an audit event (PEP 578) is of an operation that changes a file below the root, which
    is the current folder."""
    paths = [root / os.fsdecode(a) for a in arguments if isinstance(a, str | bytes | Path)]
    below = any(path.is_relative_to(root) for path in paths[:2])
    if event == "open":
        flags = arguments[2]
        return below and isinstance(flags, int) and bool(flags & _WRITES)
    return below and event in _CHANGING


def run_killed(root: Path, words: list[str], last: int) -> int | None:
    """Run a command line as `killed_in` does."""
    return killed_in(root, lambda: cli.main(words), last)


def killed_in(root: Path, action: Callable[[], int], last: int) -> int | None:
    """Run something in a process of its own, which is killed before its operation number `last`.

    Gives its exit status, None where it was killed.
    """
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code >= 0 or code == -signal.SIGKILL
        return code if code >= 0 else None
    seen = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if _changes(event, arguments, root):
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1

    status = 99
    try:
        os.chdir(root)
        silent = os.open(os.devnull, os.O_RDWR)
        for descriptor in (1, 2):
            os.dup2(silent, descriptor)
        sys.addaudithook(hook)
        status = action()
    finally:
        os._exit(status)


def contents(root: Path) -> dict[str, bytes]:
    """All files but those of a killed run, by their paths."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not any(p.startswith(".rewrite-") for p in path.relative_to(root).parts)
    }


@dataclass(frozen=True)
class Case:
    """A command, what makes the tree that it is run in, and how many operations are passed over."""

    words: list[str]
    make: Callable[[Path], object]
    step: int = 5


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in {".rewrite.toml": "root = true\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


HEADER = """\
#ifndef VISITOR_H
#define VISITOR_H
typedef struct QEMUFile QEMUFile;
void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, int size);
int qemu_get_buffer(QEMUFile *f, uint8_t *buf, int size);
void qemu_put_be32(QEMUFile *f, unsigned int v);
bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);
Visitor *qemu_file_get_visitor(QEMUFile *f);
Error **qemu_file_get_errp(QEMUFile *f);
int visit_type_buffer(Visitor *v, const char *name, void *obj, int size, Error **errp);
#define visit_type_uinttl visit_type_uint32
#define visit_type_inttl visit_type_int32
Visitor *qemu_file_start_qobject(QEMUFile *f);
#endif
"""


def _lamps(root: Path) -> None:
    _write(root, {f"hw/{n}.c": HANDLER for n in "ab"})
    _write(root, {"include/qapi/visitor.h": HEADER})


def _whole_tree(root: Path) -> None:
    ERAS["1.2"].write(root)
    _write(root, {f"hw/{n}.c": HANDLER for n in "ab"})


def _rules(root: Path) -> None:
    _write(root, {f"{n}.py": RULES for n in "ab"})


def _baseline(root: Path) -> None:
    _lamps(root)
    (root / "lint.json").write_text('{"version": 1, "findings": []}\n')


ERA = ["--dialect", "5.1"]
CASES = {
    "convert": Case([".", "--apply", *ERA], _lamps),
    "support": Case(["support", ".", "--apply"], ERAS["1.2"].write, step=30),
    "rules fmt": Case(["rules", "fmt", "a.py", "b.py"], _rules),
    "rules add": Case(["rules", "add", "a.py", 'cast_macro("MY_CAST", type_argument=1)'], _rules),
    "baseline": Case(["lint", "hw", "--no-cache", "--write-baseline", "lint.json"], _baseline),
    "statistics": Case(["hw", *ERA, "--stats", "figures.json"], _lamps),
    "report": Case(["report", "hw", *ERA, "-o", "page.html"], _lamps),
    "lint --fix": Case(["lint", "hw", "--no-cache", "--fix"], _lamps),
    "series": Case(["series", "hw", "-o", "out"], _whole_tree, step=90),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.needs("git")
def test_killed_before_each_operation(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    root = tmp_path / "tree"
    case.make(root)
    before = contents(root)
    done = run_killed(root, case.words, sys.maxsize)
    after = contents(root)
    assert done in (cli.OK, cli.FINDINGS) and after != before
    number = 0
    while True:
        shutil.rmtree(root)
        case.make(root)
        if run_killed(root, case.words, number) is not None:
            break
        found = contents(root)
        names = {*before, *after, *found}
        assert all(found.get(n) in (before.get(n), after.get(n)) for n in names), number
        _again(case, root, done, number)
        assert contents(root) == after, number
        number += STEP or case.step
    assert number > 1


def _again(case: Case, root: Path, done: int | None, number: int) -> None:
    """The same command once more: it is done with what was left, or was done but for its leftovers."""
    if case.words[0] == "series" and (root / "out").exists():
        return
    assert run_killed(root, case.words, sys.maxsize) == done, number


def test_mails_in_a_folder_of_the_users(tmp_path: Path) -> None:
    """Each mail is moved by itself there; a run that is killed in between is told by the next one."""
    mails = [Mail(f"000{n}-x.patch", b"%d" % n) for n in range(1, 4)]

    def store() -> int:
        try:
            store_mails(Path("out"), mails)
        except InputError:
            return cli.USAGE
        return cli.OK

    left, number = 0, 0
    while True:
        root = tmp_path / str(number)
        _write(root, {"out/notes.txt": "mine\n"})
        if killed_in(root, store, number) is not None:
            break
        scratch = list((root / "out").glob(".rewrite-*"))
        left += bool(scratch)
        whole = len(list((root / "out").glob("*.patch"))) == len(mails)
        refused = bool(scratch) or whole
        assert killed_in(root, store, sys.maxsize) == (cli.USAGE if refused else cli.OK), number
        assert (root / "out/notes.txt").read_text() == "mine\n"
        number += 1
    assert left > len(mails)
