# SPDX-License-Identifier: GPL-2.0-or-later
"""What is fuzzed: for each reader of the tool its seeds, its words, and what must hold of it.

A target's `run` returns where all is well, also where the input is refused as it should be, and
raises for everything else.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from rewrite.c.syntax import Syntax
from rewrite.cli import main as cli
from rewrite.convert.candidates import name_pattern
from rewrite.convert.conversion import Converter, FileResult, Kept, open_converter
from rewrite.convert.outcome import Refusal
from rewrite.convert.sites import find_sites
from rewrite.errors import InputError, RuleError
from rewrite.files.apply import ApplyError, recover_tree
from rewrite.files.diff import unified_diff
from rewrite.files.edit import apply_edits
from rewrite.files.journal import JOURNAL
from rewrite.files.source import SourceFile
from rewrite.lint.advice import fixes_of
from rewrite.lint.cache import with_fixes
from rewrite.lint.change import lint_patch
from rewrite.lint.config import LintConfig, load_config
from rewrite.lint.finding import read_baseline
from rewrite.lint.format import FORMATS
from rewrite.lint.linter import Linter
from rewrite.report.explain import explain_place
from rewrite.rules.edit import add_rule, format_rules, upgrade_rules
from rewrite.rules.ruleset import Rules, load_rules
from rewrite.verify.build import from_template, read_database
from rewrite.verify.text import WireWords, instrument_texts

from . import seeds
from .mutate import Mutator

CORPUS = seeds.CORPUS
DIALECTS = tuple(load_rules().dialects)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


Make = Callable[[random.Random], bytes]
"""Makes an input of random choices."""


@dataclass(frozen=True)
class Target:
    """One reader: what makes its inputs, where trees of QEMU are given of them too, and one run.

    `turn` is how many seconds it gets at a time; `counts` is what it has to say of all its runs.
    """

    name: str
    turn: float
    make: Callable[[Sequence[Path]], Make]
    run: Callable[[bytes, random.Random], None]
    counts: Counter[str] = field(default_factory=Counter)


def reader(
    name: str,
    turn: float,
    seeds: Callable[[Sequence[Path]], list[bytes]],
    words: tuple[bytes, ...],
    run: Callable[[bytes, random.Random], None],
) -> Target:
    """A target whose input is damaged seeds; `words` mean something to the reader."""
    return Target(name, turn, lambda trees: Mutator(seeds(trees), words), run)


@cache
def rules() -> Rules:
    """The tool's own rules."""
    return load_rules([])


@cache
def scratch() -> Path:
    """A folder of this process, in memory where the system has such."""
    memory = Path("/dev/shm")
    folder = Path(mkdtemp(prefix="rewrite-fuzz-", dir=memory if memory.is_dir() else None))
    parent = os.getpid()

    def remove() -> None:
        if os.getpid() == parent:
            shutil.rmtree(folder, ignore_errors=True)

    import atexit

    atexit.register(remove)
    return folder


@cache
def _converter(dialect: str) -> Converter:
    return open_converter(CORPUS, rules(), rules().dialects[dialect])


def forget() -> None:
    """Drop what converters keep between files, so that memory that grows is the tool's fault."""
    _converter.cache_clear()


def _source(data: bytes, name: str = "hw/fuzzed.c") -> SourceFile:
    return SourceFile(CORPUS / name, name, data)


# -- conversion ----------------------------------------------------------------------------------


def check_conversion(result: FileResult) -> None:
    """What holds of every conversion: no failed check, each site in one place, edits that add up."""
    assert not result.failures, f"self-check: {[f.message for f in result.failures]}"
    starts = [o.site.start for o in result.outcomes]
    assert len(starts) == len(set(starts)) == result.sites, "the sum of the sites"
    if result.change is None:
        assert not result.edits
        return
    assert result.change.new == apply_edits(result.source.data, result.edits)


def _left(result: FileResult) -> Counter[str]:
    kept = [o for o in result.outcomes if isinstance(o, Refusal | Kept)]
    return Counter(o.site.primitive.name for o in kept)


def converted(data: bytes, dialect: str = "5.1", name: str = "hw/fuzzed.c") -> FileResult:
    """What becomes of a file of the corpus that holds this text."""
    converter, source = _converter(dialect), _source(data, name)
    result = converter.convert_file(source)
    converter.resolver.forget(str(source.path))
    converter.headers.forget(str(source.path))
    return result


def is_c(data: bytes) -> bool:
    """Whether gcc takes a text, with the corpus's headers, for C."""
    folders = [f"-I{CORPUS / name}" for name in ("include", "runtime", "target/alto")]
    command = ["gcc", "-std=gnu99", "-w", "-fsyntax-only", *folders, "-x", "c", "-"]
    return subprocess.run(command, input=data, capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def promised_for_c(data: bytes) -> Iterator[None]:
    """What is promised of C alone: of other text, a conversion may fail its check, or look like one
    that more is to be done in. Nothing is written then, or as little as was shown."""
    try:
        yield
    except AssertionError:
        if is_c(data):
            raise


def convert(data: bytes, choice: random.Random) -> None:
    """A file converts or is refused; once more, it changes no more; its diff and figures can be had."""
    if b"\0" in data:
        return
    dialect = choice.choice(DIALECTS)
    converter, result = _converter(dialect), converted(data, dialect)
    with promised_for_c(data):
        check_conversion(result)
    if result.change is None:
        return
    with promised_for_c(data):
        again = converted(result.change.new, dialect)
        check_conversion(again)
        assert again.change is None, "a second run changes more"
        assert _left(again) == _left(result), "a second run sees other sites"
    unified_diff(result.change, result.edits)
    for line in range(1, 60):
        explain_place(converter, result, line, None)
    words = WireWords(rules(), converter.dialect)
    instrument_texts(data, result.change.new, words)


def scan(data: bytes, _choice: random.Random) -> None:
    """The sites of any bytes can be found."""
    syntax = Syntax(_source(data))
    sites = find_sites(syntax, rules(), name_pattern(rules()))
    assert [s.start for s in sites] == sorted({s.start for s in sites})


# -- the command ---------------------------------------------------------------------------------


def command(*arguments: object) -> tuple[int, bytes, str]:
    """Run a command line in this process: its status, output and messages."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.main([str(a) for a in arguments])
    out.flush()
    buffer = out.buffer
    assert isinstance(buffer, io.BytesIO)
    text = err.getvalue()
    assert not _CONTROL.search(text), f"a control character in a message: {text[:300]!r}"
    known = (cli.OK, cli.FINDINGS, cli.USAGE, cli.SELF_CHECK)
    assert status in known, f"status {status}: {text[:300]}"
    return status, buffer.getvalue(), text


_NAMES = (
    *("hw/a.c", "hw/b.h") * 6,
    "hw/\x1b[31mred.c",
    "hw/new\nline.c",
    "hw/b\udcff.c",
    "target/x/cpu.h",
    "hw/-x.c",
)


def tree(data: bytes, choice: random.Random) -> None:
    """A tree of two files through the command: as it says, and as it writes."""
    root = scratch() / "tree"
    shutil.rmtree(root, ignore_errors=True)
    half = data.find(b"\n\n", len(data) // 2)
    for name, part in (
        (choice.choice(_NAMES), data),
        ("include/x.h", data[: max(half, 0)]),
        (".rewrite.toml", b"root = true\n"),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(part)
    dialect = choice.choice(("auto", *DIALECTS))
    options = (root, "--dialect", dialect)
    before = _files(root)
    status, diff, _ = command(
        *options, *choice.choice(((), ("-v",), ("--stats", "-"), ("--check",)))
    )
    assert _files(root) == before, "a dry run wrote"
    with promised_for_c(data):
        assert status != cli.SELF_CHECK, "self-check"
    if status in (cli.USAGE, cli.SELF_CHECK):
        return
    command(*options, "--apply")
    changed = _files(root)
    status, diff, _ = command(*options)
    with promised_for_c(data):
        assert (status, diff) == (cli.OK, b""), "a second run changes more"
    assert _files(root) == changed
    assert before.keys() == changed.keys(), "a run left something behind"
    _explain_and_lint(root, choice)


def _explain_and_lint(root: Path, choice: random.Random) -> None:
    some = next(p for p in sorted(root.rglob("*.[ch]")))
    command("explain", f"{some}:{choice.randrange(1, 40)}")
    form = choice.choice(tuple(FORMATS))
    command("lint", root, "--format", form, "--statistics", "--no-cache")


def _files(root: Path) -> dict[str, bytes]:
    paths = [p for p in sorted(root.rglob("*")) if p.is_file()]
    return {str(p.relative_to(root)): p.read_bytes() for p in paths}


# -- lint ----------------------------------------------------------------------------------------


def lint(data: bytes, choice: random.Random) -> None:
    """Any bytes lint, and what is found can be written in each format, advice included."""
    config = LintConfig(prefer=choice.choice(("visitor", "vmstate")))
    source = _source(data)
    found = Linter(rules(), config).lint(source)
    lines = source.data.count(b"\n") + 1
    assert all(1 <= f.line <= f.last <= lines for f in found), "a finding outside of the file"
    if b"\0" not in data:
        found = with_fixes(found, fixes_of(_converter("5.1"), config, [source])[0], {})
    for form in FORMATS.values():
        form(found, rules())


def patch(data: bytes, _choice: random.Random) -> None:
    """Any bytes are a patch or none."""
    lint_patch(Linter(rules(), LintConfig()), data)


# -- what people write ---------------------------------------------------------------------------


def _written(name: str, data: bytes) -> Path:
    path = scratch() / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def rule_file(data: bytes, choice: random.Random) -> None:
    """A rule file loads or is refused; its layout and its next rule keep what it says."""
    path = _written("rules/x.py", data)
    with contextlib.suppress(RuleError):
        load_rules([path.parent])
    assert not Path("pwned").exists(), "a rule file was run"
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(RuleError):
        formatted = format_rules(upgrade_rules(text))
        assert format_rules(formatted) == formatted, "formatting twice is not formatting once"
    with contextlib.suppress(RuleError):
        at = choice.randrange(len(text) + 1)
        add_rule(text[:at], text[at : at + 300])


def config(data: bytes, _choice: random.Random) -> None:
    """A `.rewrite.toml` is read or refused."""
    with contextlib.suppress(InputError):
        load_config(_written("config/.rewrite.toml", data).parent, rules()).excludes("hw/a.c")


def baseline(data: bytes, _choice: random.Random) -> None:
    """A baseline is read or refused."""
    with contextlib.suppress(InputError):
        read_baseline(_written("baseline.json", data))


def database(data: bytes, _choice: random.Random) -> None:
    """A compilation database, and a command template, are read or refused."""
    files = [Path("/x/hw/a.c")]
    with contextlib.suppress(InputError):
        read_database(_written("build/compile_commands.json", data).parent, files)
    with contextlib.suppress(InputError):
        from_template(data.decode("utf-8", "replace"), files)


def journal(data: bytes, _choice: random.Random) -> None:
    """Whatever the journal says, recovery touches nothing but a run's own companions."""
    root = scratch() / "journal"
    shutil.rmtree(root, ignore_errors=True)
    (root / "hw").mkdir(parents=True)
    (root / "hw/a.c").write_bytes(b"int a;\n")
    (root / JOURNAL).write_bytes(data)
    with contextlib.suppress(ApplyError):
        recover_tree(root)
    assert (root / "hw/a.c").read_bytes() == b"int a;\n"


_C = seeds.C_WORDS


def _handlers(trees: Sequence[Path]) -> list[bytes]:
    return seeds.handlers(trees, rules())


def _both(trees: Sequence[Path]) -> list[bytes]:
    return [*_handlers(trees), *seeds.headers(trees)]


def _patches(trees: Sequence[Path]) -> list[bytes]:
    return [seeds.PATCH, seeds.MULTIPART, *(b"--- a/x.c\n+++ b/x.c\n@@ -1 +1,99 @@\n"
            + re.sub(rb"(?m)^", b"+", text) for text in _handlers(trees)[::5])]  # fmt: skip


TARGETS = (
    reader("convert", 8.0, _handlers, _C, convert),
    reader("scan", 2.0, _both, _C, scan),
    reader("tree", 8.0, _both, _C, tree),
    reader("lint", 4.0, _handlers, (*_C, b"/* rewrite-lint: allow(new-primitive) x */"), lint),
    reader("patch", 2.0, _patches, (*seeds.PATCH_WORDS, *_C), patch),
    reader("rules", 4.0, lambda _: seeds.rule_files(), seeds.RULE_WORDS, rule_file),
    reader("config", 0.5, lambda _: [seeds.CONFIG], seeds.CONFIG_WORDS, config),
    reader("baseline", 0.5, lambda _: seeds.baselines(), seeds.JSON_WORDS, baseline),
    reader("database", 0.5, lambda _: seeds.databases(), seeds.JSON_WORDS, database),
    reader("journal", 0.5, lambda _: seeds.journals(), seeds.JSON_WORDS, journal),
)
"""All readers, by what they read."""
