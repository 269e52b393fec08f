# SPDX-License-Identifier: GPL-2.0-or-later
"""Every block of code of the README and of docs/ holds: commands run, texts are read, output is so."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tree_sitter_c
from conftest import MARKS, REPOSITORY, Ran
from tree_sitter import Language, Parser

from rewrite.cli.demo import TREE
from rewrite.cli.main import COMMANDS, make_parsers
from rewrite.rules.ruleset import load_rules
from rewrite.schema.document import parse_schema
from rewrite.streams.filters import read_filter

PAGES = ("README.md", *sorted(f"docs/{p.name}" for p in (REPOSITORY / "docs").glob("*.md")))
OTHER_PROGRAMS = {"pipx", "uv", "man", "git", "cd", "qemu-system-x86_64", "jq", ".ci/setup"}
OTHER_PROGRAMS |= {".venv/bin/pytest", "less", "clang"}
NOT_RUN = {
    "decode": "needs a saved machine; tests/test_stream_commands.py runs it on streams it makes",
    "encode": "as decode",
    "transcode": "as decode",
    "demo": "tests/test_demo.py runs it",
}


@dataclass(frozen=True)
class Block:
    """A block of code: its page, the line that it begins on, its language and its text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def _blocks() -> Iterator[Block]:
    for page in PAGES:
        text = (REPOSITORY / page).read_text()
        for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            yield Block(page, text[: match.start()].count("\n") + 1, match[1], match[2])
        plain = re.sub(r"^```.*?^```$", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)
        for match in re.finditer(r"(?:^    [^\n]*\n)+", plain, re.MULTILINE):
            lines = [line[4:] for line in match[0].splitlines()]
            if any(line.startswith("rewrite ") for line in lines):
                at = text[: match.start()].count("\n") + 1
                yield Block(page, at, "sh", "\n".join(lines) + "\n")


BLOCKS = list(_blocks())


def of(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def test_every_language_is_looked_at() -> None:
    known = {"sh", "diff", "yaml", "json", "toml", "python", "c", "", "mermaid"}
    assert {block.language for block in BLOCKS} <= known
    assert len(of("sh")) > 15


# -- commands ------------------------------------------------------------------------------------


def _commands(text: str) -> Iterator[list[str]]:
    """The simple commands of shell lines: without comments, and parted at pipes and `&&`."""
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&<>;")
        lexer.whitespace_split = True
        words: list[str] = []
        skip = False
        for word in lexer:
            if word in ("|", "&&", ";"):
                yield words
                words = []
            elif word in (">", "<"):
                skip = True
            elif not skip:
                words.append(word)
            else:
                skip = False
        if words:
            yield words


def _rewrites(text: str) -> Iterator[list[str]]:
    """The arguments of each call of the command."""
    for words in _commands(text):
        if words[0] in ("rewrite", ".venv/bin/rewrite"):
            yield words[1:]
        else:
            assert words[0] in OTHER_PROGRAMS, words


def _named(words: list[str]) -> tuple[str, list[str]]:
    for count in (2, 1):
        if " ".join(words[:count]) in COMMANDS:
            return " ".join(words[:count]), words[count:]
    return ("series" if "--patches" in words else "convert"), words


@pytest.mark.parametrize("block", of("sh"), ids=str)
def test_a_command_is_one_that_its_parser_takes(block: Block) -> None:
    for words in _rewrites(block.text):
        name, arguments = _named(words)
        parser = make_parsers()[name]
        if name in ("rules", "explain"):
            parser.parse_args(arguments)
        else:
            parser.parse_intermixed_args(arguments)


def _device(name: str) -> str:
    """A device of the demonstration under another name."""
    text = (TREE / "hw/net/godwit_nic.c").read_text()
    return text.replace("godwit_nic", name).replace("godwit-nic", name)


def _git(root: Path, *words: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


_SUPPORT = (
    *("qemu_file_get_visitor", "qemu_file_get_errp", "visit_type_buffer"),
    *("visit_type_uinttl", "visit_type_inttl"),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with ~/qemu: the devices of the demonstration, two revisions, a build, a configuration."""
    root = tmp_path / "qemu"
    files = {p.relative_to(TREE): p.read_text() for p in TREE.rglob("*") if p.is_file()}
    files |= {Path(name): text for name, text in MARKS.items()}
    files[Path("include/support.h")] = "".join(f"void {name}(void);\n" for name in _SUPPORT)
    files[Path("MAINTAINERS")] = "Birds\n-----\nM: Bird <bird@example.org>\nF: hw/\n"
    files[Path("hw/net/e1000.c")] = _device("e1000")
    files[Path("hw/s390x/tod.c")] = "\n" * 24 + _device("s390_tod")
    files[Path("hw/char/virtio-serial-bus.c")] = "\n" * 643 + _device("serial_bus")
    files[Path("acme-rules/acme.py")] = next(b.text for b in of("python") if "acme" in b.text)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    compiled = [
        {"directory": str(root), "file": str(p), "command": f"gcc -Iinclude -c {p}"}
        for p in sorted(root.glob("hw/*/*.c"))
    ]
    (root / "build").mkdir()
    (root / "build/compile_commands.json").write_text(json.dumps(compiled))
    (tmp_path / ".gitconfig").write_text("[user]\nname = A\nemail = a@example.org\n")
    _git(root, "init", "-q")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "start")
    _git(root, "tag", "v1.0")
    _git(root, "update-ref", "refs/remotes/origin/master", "HEAD")
    (root / "hw/char/new.c").write_text(_device("new"))
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "more")
    (root / "series.mbox").write_bytes(
        subprocess.run(
            ["git", "format-patch", "-1", "--stdout"], cwd=root, capture_output=True, check=True
        ).stdout
    )
    shutil.copytree(REPOSITORY / "tests/vmstate", tmp_path / "tables")
    _git(tmp_path / "tables", "init", "-q")
    _git(tmp_path / "tables", "add", "-A")
    _git(tmp_path / "tables", "commit", "-qm", "start")
    return tmp_path


@pytest.mark.needs("gcc")
@pytest.mark.parametrize("block", of("sh"), ids=str)
def test_a_command_runs_on_a_tree(block: Block, home: Path, spawn: Callable[..., Ran]) -> None:
    root = home / "qemu"
    (root / "TREE").symlink_to(".")
    for words in _rewrites(block.text):
        name, _ = _named(words)
        if name in NOT_RUN or "virtual" in words:
            continue
        given = [str(home / w[2:]) if w.startswith("~/") else w for w in words]
        given = [str(root) if w == "TREE" else w for w in given]
        place = home / "tables" if "vmstate" in words else root  # the other has no tables
        ran = spawn(*given, cwd=place, HOME=str(home), GIT_CONFIG_NOSYSTEM="1")
        assert ran.status in (0, 1), (words, ran.err[-600:])
        assert "Traceback" not in ran.err
        if "--stats" in words and "-" not in words:
            json.loads((root / words[words.index("--stats") + 1]).read_text())
        if "--apply" in words:
            _git(place, "checkout", "-q", ".")


# -- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", of("diff"), ids=str)
def test_a_diff_is_part_of_what_the_demonstration_shows(
    block: Block, spawn: Callable[..., Ran], tmp_path: Path
) -> None:
    assert block.text.encode() in spawn("demo", cwd=tmp_path).out


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_the_commands_of_a_pipeline_are_taken_by_their_parsers(block: Block) -> None:
    found = [line.strip("- ") for line in block.text.splitlines() if "rewrite " in line]
    for line in found:
        command = re.sub(r"\$\{\{.*?\}\}", "X", line.removeprefix("run: "))
        for words in _rewrites(command):
            name, arguments = _named(words)
            make_parsers()[name].parse_intermixed_args(arguments)
    assert found or "rewrite-lint" in block.text


@pytest.mark.parametrize("block", of("json"), ids=str)
def test_a_document_is_one_that_is_read(block: Block) -> None:
    assert parse_schema(block.text, "docs").sections == ()


@pytest.mark.parametrize("block", of("toml"), ids=str)
def test_a_configuration_is_taken(block: Block, home: Path, spawn: Callable[..., Ran]) -> None:
    assert tomllib.loads(block.text)
    (home / "qemu/.rewrite.toml").write_text(block.text)
    ran = spawn("lint", "hw", "--no-cache", cwd=home / "qemu")
    assert ran.status in (0, 1), ran.err


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_python_runs_and_rules_are_read(
    block: Block, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if block.text.startswith("schema(1)"):
        (home / "rules").mkdir()
        (home / "rules/one.py").write_text(block.text)
        assert load_rules([home / "rules"]) is not None
    elif block.text.startswith("import "):
        monkeypatch.chdir(home)
        monkeypatch.setenv("HOME", str(home))
        (home / "out").mkdir()
        (home / "acme-rules").symlink_to("qemu/acme-rules")
        exec(compile(block.text, str(block), "exec"), {})
        assert list((home / "out").iterdir())
    else:
        assert len(read_filter("docs", block.text.encode())) == len(block.text.splitlines())


@pytest.mark.parametrize("block", of("c"), ids=str)
def test_c_can_be_parsed(block: Block) -> None:
    text = f"void f(void)\n{{\n{block.text}}}\n".encode()
    parsed = Parser(Language(tree_sitter_c.language())).parse(text)
    assert not parsed.root_node.has_error


SHOWN = {
    "README.md": ("schema", "hw/net/e1000.c"),
    "docs/decode.md": None,
}
"""The command that gives a page's block of output on QEMU 7.2; None where it takes a saved machine."""


@pytest.mark.parametrize("block", of(""), ids=str)
def test_output_is_what_the_command_gives(block: Block, spawn: Callable[..., Ran]) -> None:
    words = SHOWN[block.page]
    if words is None:
        pytest.skip("a saved machine of Debian's 7.2: what it gives is NOT compared")
    tree = os.environ.get("QEMU_TREE")
    if not tree or not Path(tree, "VERSION").read_text().startswith("7.2"):
        pytest.skip("QEMU_TREE names no QEMU 7.2: its output is NOT compared")
    shown = [" ".join(line.split()) for line in block.text.splitlines()]
    given = spawn(*words, cwd=Path(tree)).out.decode()
    assert "\n".join(shown) in "\n".join(" ".join(line.split()) for line in given.splitlines())
