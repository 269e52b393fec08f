# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of the whole command share: a tree to work on, and ways to run the command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from rewrite.c.syntax import Syntax
from rewrite.c.types import Frame, Resolved, Unknown
from rewrite.cli import main as cli
from rewrite.convert.candidates import name_pattern
from rewrite.convert.conversion import Converter, open_converter
from rewrite.convert.outcome import Refusal
from rewrite.convert.sites import find_sites
from rewrite.files.source import SourceFile
from rewrite.rules.ruleset import load_rules

REPOSITORY = Path(__file__).parent.parent
SYNTAX = ("gcc", "-std=gnu99", "-w", "-fsyntax-only", "-Wno-error=implicit-function-declaration")
"""Whether a text compiles: a call of what is not declared does, as it did before gcc 14."""
CORPUS = REPOSITORY / "corpus"
RULES = load_rules()
DIALECTS = tuple(RULES.dialects)
MARKS = {"VERSION": "", "configure": "", "qemu-options.hx": ""}
"""What shows that a folder is a source tree's root."""


Resolve = Callable[..., Resolved | Unknown]


@dataclass(frozen=True)
class Ran:
    """What one run of the command gave."""

    status: int
    out: bytes
    err: str


class Tree:
    """A small source tree that a test writes, and what is in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, files: Mapping[str, str | bytes]) -> Tree:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def bytes(self) -> dict[str, bytes]:
        """Every regular file of the tree by its name, which tells whether anything was written."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="record what the corpus cases become, in corpus/golden; read the difference",
    )


@cache
def is_usable(program: str) -> bool:
    """Whether a program is there; gcc has to find the headers of the C library, too."""
    if program != "gcc":
        return shutil.which(program) is not None
    try:
        command = ["gcc", "-fsyntax-only", "-xc", "-"]
        subprocess.run(command, input=b"#include <stdlib.h>\n", capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is marked with the programs that it needs is skipped where one is not there."""
    for mark in item.iter_markers("needs"):
        for program in mark.args:
            if not is_usable(program):
                pytest.skip(f"NO {program.upper()} that can be used: what needs it is NOT tested")


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A test remembers nothing of another, and leaves nothing in the user's cache directory."""
    place = tmp_path_factory.getbasetemp() / "cache" / str(uuid4())
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether goldens are recorded instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def spawn() -> Callable[..., Ran]:
    """Run the command as a process of its own: spawn("hw", "--check", cwd=..., **environment)."""

    def run(*arguments: object, cwd: Path, **environment: str) -> Ran:
        process = subprocess.run(
            [sys.executable, "-m", "rewrite", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
            capture_output=True,
            check=False,
        )
        return Ran(process.returncode, process.stdout, process.stderr.decode())

    return run


@pytest.fixture
def rewrite(capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Ran]:
    """Run the command in this process, where a test can replace parts of it: rewrite("hw", ...)."""

    def run(*arguments: object) -> Ran:
        capsysbinary.readouterr()
        try:
            status = cli.main([str(a) for a in arguments])
        except SystemExit as stop:  # --help and --version
            status = stop.code if isinstance(stop.code, int) else -1
        sys.stdout.flush()
        captured = capsysbinary.readouterr()
        return Ran(status, captured.out, captured.err.decode())

    return run


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An empty tree, its root marked."""
    root = tmp_path / "tree"
    root.mkdir()
    return Tree(root).write(MARKS)


@dataclass(frozen=True)
class Rewritten:
    """What became of one file: its new text, the codes of what is refused, and all outcomes."""

    text: str
    refused: list[str]
    outcomes: tuple[object, ...]


Rewriter = Callable[..., Rewritten]


@pytest.fixture
def rewritten(tree: Tree) -> Rewriter:
    """Convert handlers in a tree of their own: rewritten("qemu_put_be32(f, s->x);", before="...")."""

    def convert(body: str, before: str = "", returns: str = "void") -> Rewritten:
        text = f"{before}\n{returns} lamp_move(QEMUFile *f, State *s)\n{{\n{body}\n}}\n".encode()
        converter = open_converter(tree.root, RULES, RULES.dialects["5.1"])
        result = converter.convert_file(SourceFile(tree.root / "hw/lamp.c", "hw/lamp.c", text))
        assert result.failures == ()
        refused = [o.code for o in result.outcomes if isinstance(o, Refusal)]
        new = result.change.new if result.change is not None else text
        return Rewritten(new.decode(), refused, result.outcomes)

    return convert


@pytest.fixture
def corpus_copy(tmp_path: Path) -> Tree:
    """A copy of the corpus that a test may change."""
    root = tmp_path / "corpus"
    shutil.copytree(CORPUS, root, ignore=shutil.ignore_patterns("*.diff"))
    return Tree(root)


@pytest.fixture
def resolve(tree: Tree) -> Resolve:
    """The type of EXPR where `declarations` and, in the function, `before` come first.

    resolve("s->x", declarations, before="...", path="hw/x.c", **more files by name)
    """

    def run(
        expression: str,
        declarations: str = "",
        before: str = "",
        path: str = "hw/x.c",
        parameters: str = "QEMUFile *f, State *s",
        after: str = "",
        files: dict[str, str] | None = None,
    ) -> Resolved | Unknown:
        text = (
            f"{declarations}\nvoid x_save({parameters})\n{{\n{before}\n"
            f"    qemu_put_be64(f, {expression});\n{after}\n}}\n"
        )
        tree.write({**(files or {}), path: text})
        converter = open_converter(tree.root, RULES, RULES.dialects["5.1"])
        return last_operand(converter, tree.root / path)

    return run


def last_operand(converter: Converter, path: Path) -> Resolved | Unknown:
    """The type of what the last site of a file puts."""
    source = SourceFile(path, converter.tree.name_of(str(path)), path.read_bytes())
    syntax = Syntax(source)
    converter.headers.add(str(source.path), source.data)
    site = find_sites(syntax, converter.rules, name_pattern(converter.rules))[-1]
    frame = Frame(source.data, site.place.chain, str(source.path))
    return converter.resolver.resolve(site.arguments[1], frame)


def exact(result: Resolved | Unknown) -> str | None:
    """The fixed-width type; what is unknown fails the test and says why."""
    assert isinstance(result, Resolved), result
    return result.exact
