# SPDX-License-Identifier: GPL-2.0-or-later
"""A short run of the fuzzer, always the same inputs, and what its long runs have found.

FUZZ_SECONDS says how long each reader is fuzzed; `python -m fuzz` (tests/fuzz) does it for hours.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import MARKS, Ran, Tree
from fuzz import sound, swift
from fuzz.batches import Batches
from fuzz.campaign import Campaign, Hang, time_limit
from fuzz.mutate import Mutator
from fuzz.streams import STREAMS
from fuzz.surroundings import SURROUNDINGS
from fuzz.targets import TARGETS, Target, check_conversion, convert, converted, reader, rules

from rewrite.lint.change import lint_patch
from rewrite.lint.config import LintConfig
from rewrite.lint.linter import Linter

Rewrite = Callable[..., Ran]

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
INPUTS = 12
"""For each reader, where no time is given: few, for the same of them would find nothing new."""


def _many(campaign: Campaign, target: Target) -> dict[str, int]:
    if SECONDS:
        return dict(campaign.run(SECONDS)["finds"])
    make = target.make(())
    for number in range(INPUTS):
        campaign.one(target, make, number)
    return dict(campaign.totals()["finds"])


@pytest.mark.parametrize("target", (*TARGETS, *STREAMS, *SURROUNDINGS), ids=lambda t: t.name)
def test_no_input_is_too_bad(target: Target, tmp_path: Path) -> None:
    campaign = Campaign([target], (), seed=0, out=tmp_path)
    assert _many(campaign, target) == {}, sorted(tmp_path.glob("*.txt"))
    assert campaign.inputs[target.name] >= INPUTS or SECONDS


# -- the fuzzer itself ---------------------------------------------------------------------------


def test_what_fails_is_kept_once_for_each_cause(tmp_path: Path) -> None:
    def broken(data: bytes, _choice: random.Random) -> None:
        raise ValueError if len(data) % 2 else KeyError

    target = reader("broken", 0.1, lambda _: [b"some text"], (b"x",), broken)
    campaign = Campaign([target], (), seed=1, out=tmp_path)
    for number in range(40):
        campaign.one(target, target.make(()), number)
    finds = campaign.totals()["finds"]
    assert len(finds) == 2
    assert sum(finds.values()) == 40
    assert len(list(tmp_path.glob("*.input"))) == 2


def test_what_hangs_is_found() -> None:
    with pytest.raises(Hang), time_limit(0.05):
        while True:
            pass


def test_the_same_number_makes_the_same_input() -> None:
    mutator = Mutator([b"int a;\n" * 9], [b"x"])
    inputs = [mutator(random.Random("0 scan 7")) for _ in range(2)]
    assert inputs[0] == inputs[1]
    assert len({mutator(random.Random(n)) for n in range(50)}) > 40


# -- soundness -----------------------------------------------------------------------------------


SAVES = """\
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct Oven {
    uint32_t heat;
} Oven;

static void oven_save(QEMUFile *f, void *opaque)
{
    Oven *s = opaque;
    uint32_t spare%s;

    %s
}

CORPUS_CASE(Oven, oven_save, NULL, 1);
"""


def _saving(spare: str, statement: str) -> bytes:
    return sound.Mutant("hw", "5.1", SAVES % (spare, statement)).data


def _careless(data: bytes, dialect: str, name: str) -> bytes | None:
    """A converter that is wrong about each value that is no field of the visit's own type."""
    change = converted(data, dialect, name).change
    return change.new.replace(b"_t){ ", b"_t){ 1 + ") if change is not None else None


def _compared(target: Target, out: Path) -> dict[str, int]:
    """The finds of one input, most of which the target must have compiled and compared."""
    campaign = Campaign([target], (), seed=0, out=out)
    campaign.one(target, target.make(()), 0)
    assert target.counts["compared"] >= 3, target.counts
    return dict(campaign.totals()["finds"])


@pytest.mark.needs("gcc")
def test_conversions_of_other_devices_are_sound(tmp_path: Path) -> None:
    assert _compared(sound.target(mutants=12), tmp_path) == {}, sorted(tmp_path.glob("*.txt"))


@pytest.mark.needs("gcc")
def test_an_unsound_conversion_is_found(tmp_path: Path) -> None:
    finds = _compared(sound.target(_careless, mutants=12), tmp_path)
    assert any("other bytes are saved" in name for name in finds), finds
    kept = sorted(tmp_path.glob("*.input"))
    assert kept
    assert all(len(sound.read_mutants(path.read_bytes())) == 1 for path in kept)


needs_swift = pytest.mark.skipif(not swift.is_available(), reason="libtcc is not installed")


@needs_swift
@pytest.mark.needs("gcc")
def test_many_conversions_of_a_file_are_sound(tmp_path: Path) -> None:
    target = sound.target(mutants=32, with_swift=True)
    assert _compared(target, tmp_path) == {}, sorted(tmp_path.glob("*.txt"))
    assert target.counts["compared"] > 2 * target.counts["files"]


@needs_swift
@pytest.mark.needs("gcc")
def test_an_unsound_conversion_in_a_file_of_many_is_suspected() -> None:
    careless, right = (
        _saving(" = 3", f"qemu_put_byte(f, {value});").replace(b"oven", name).replace(b"Oven", name)
        for value, name in (("s->heat + spare", b"kiln"), ("s->heat & 1", b"forge"))
    )
    look = Batches(sound.builder(), sound.swift(), _careless_of_sums, Counter())
    suspects = list(look.suspects(sound.read_mutants(careless + right)))
    assert [b"kiln" in suspect.mutant.data for suspect in suspects] == [True]
    assert suspects[0].reason.startswith("differs")


def _careless_of_sums(data: bytes, dialect: str, name: str) -> bytes | None:
    change = converted(data, dialect, name).change
    return change.new.replace(b"heat + ", b"heat - ") if change is not None else None


@pytest.mark.needs("gcc")
def test_what_c_leaves_open_is_no_find() -> None:
    """A variable never set, an address and a wild pointer; what violates a constraint; a sound one."""
    value = "qemu_put_be64(f, (uint64_t)%s);"
    data = b"".join(
        (
            _saving("", value % "spare"),
            _saving(" = 0", value % "(uintptr_t)&spare"),
            _saving(" = 0", value % "(&spare)[1000000]"),
            _saving(" = opaque", value % "spare"),
            _saving(" = 3", value % "(s->heat + spare)"),
        )
    )
    run = sound.Sound()
    run.run(data, random.Random(0))
    assert run.counts == {
        "mutants": 5, "rejected by gcc": 1, "converted": 4, "undefined": 3, "compared": 1,
        "primitives converted": 4, "primitives left": 0,
    }  # fmt: skip


# -- what it found -------------------------------------------------------------------------------


def _in_function(*lines: str) -> bytes:
    body = "".join(f"    {line}\n" for line in lines)
    return f"int oven_load(QEMUFile *f, void *opaque, int version_id)\n{{\n{body}}}\n".encode()


CONVERTED = {
    "a buffer read to a size that an initialiser reads": _in_function(
        "size_t len = qemu_get_byte(f);", "size_t res = qemu_get_buffer(f, buf, len);", "return res;"
    ),
    "a declaration of a macro's type": _in_function(
        "g_autoptr(Writer) w = NULL;", "int n;", "", "n = 0;", "return qemu_get_be32(f);"
    ),
    "a get after a comma": _in_function("a, s->b = qemu_get_byte(f);"),
    "a helper on the stream, after a sequence point": _in_function(
        "if (qemu_get_byte(f) != 1 || helper_get(f) != 2) {", "    return -1;", "}"
    ),
    "a type in capitals": b"typedef int LEVEL;\n" + _in_function(
        "LEVEL low = qemu_get_be64(f);", "return low;"
    ),
    "what is read in braces, before a declaration that reads": _in_function(
        "int16_t low = 0; low = qemu_get_be32(f);", "double high = qemu_get_byte(f);", "",
        "return low + high;",
    ),
    "what is read beside _Generic": _in_function(
        "s->b = (qemu_get_be64(f) == 300) + _Generic(3, int: version_id, default: 2);"
    ),
    "a prototype in a function": _in_function("uint32_t helper(int x);", "g();", "x = qemu_get_be32(f);"),
}  # fmt: skip
"""Sound code that the tool's own check refused: the file was left alone with exit status 3."""


@pytest.mark.parametrize("name", CONVERTED)
def test_what_failed_its_own_check_is_converted(name: str) -> None:
    result = converted(CONVERTED[name])
    check_conversion(result)
    assert result.change is not None
    assert b"qemu_get_" not in result.change.new
    convert(CONVERTED[name], random.Random(0))


NOT_COMPILING = {
    "an unknown type after a statement": _in_function(
        "State *s = opaque;", "ui;nt32_t gates = qemu_get_be32(f);", "bool open = qemu_get_byte(f);"
    ),
    "an unknown type after a brace": _in_function(
        "for (i = 0; i < 3; i++) {", "n++;", "}la    *top = qemu_get_be64(f);", "*(top) = qemu_get_be64(f);"
    ),
    "an operand that names a type": (
        b"void oven_save(QEMUFile *f, void *opaque)\n{\n    qemu_put_be16(f, s- uint64_>level);\n}\n"
        b"int rack_load(QEMUFile *f, void *opaque)\n{\n    s->uint8_t = qemu_get_byte(f) + level;\n}\n"
    ),
}  # fmt: skip
"""C by its grammar, with names that nothing declares: nothing but the compiler could refuse it."""


@pytest.mark.parametrize("name", NOT_COMPILING)
def test_what_fits_the_grammar_passes_its_own_check(
    name: str, tree: Tree, rewrite: Rewrite
) -> None:
    tree.write({"hw/a.c": NOT_COMPILING[name]})
    ran = rewrite(tree.root, "--dialect", "5.1", "--apply")
    assert ran.status == 0, ran.err
    assert "self-check" not in ran.err
    text = (tree.root / "hw/a.c").read_bytes()
    assert b"qemu_get_" not in text
    assert b"qemu_put_" not in text


REFUSED = {
    "unparsed": (
        b"int a_load(QEMUFile *f)\n{\n    if (1) for (;;) {\n}\nb_init(State s)\n"
        b"{\n    t[i] = qemu_get_byte(f);\n}}\n"
    ),
    "stream-changes": _in_function("f++;", "s->x = qemu_get_byte(f);"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_failed_its_own_check_is_refused(code: str) -> None:
    result = converted(REFUSED[code])
    assert result.failures == ()
    assert [getattr(o, "code", None) for o in result.outcomes] == [code]


NESTED = """\
int oven_load(QEMUFile *f, void *opaque, int version_id)
{
    OvenState *s = opaque;

    s->heat = qemu_get_byte(f);

void oven_init(OvenState *s)
{
}
    for (i = 0; i < 3; i++) {
        s->rows[i] = (int)qemu_get_byte(f);
    }
    return 0;
}
"""


def test_a_function_in_a_function_is_refused(tree: Tree, rewrite: Rewrite) -> None:
    """The parser reads GNU C's; to the check it is the end of the function around it."""
    tree.write({"hw/a.c": NESTED})
    ran = rewrite(tree.root, "--dialect", "5.1", "--apply")
    assert ran.status == 0, ran.err
    assert ran.err.count("[unparsed]") == 2
    assert (tree.root / "hw/a.c").read_text() == NESTED


def test_a_macro_that_may_be_a_loop_keeps_its_statement() -> None:
    """`NAME(x) y = get(f);` parses as a declaration; as one, the get would leave the loop."""
    result = converted(_in_function("for_each(x) y = qemu_get_byte(f);", "done();"))
    check_conversion(result)
    assert result.change is None or b"for_each(x) y = ({" in result.change.new


def test_a_hunk_with_a_line_number_of_5000_digits() -> None:
    head = b"--- a/x.c\n+++ b/x.c\n@@ -1,%s +1,2 @@\n+    qemu_put_be32(f, x);\n" % (b"9" * 5000)
    assert lint_patch(Linter(rules(), LintConfig()), head) == []


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"version": ' + "9" * 5000, '{"a":' * 50_000], ids=("[", "9", "{")
)
def test_json_that_nests_or_counts_too_far(text: str, tmp_path: Path, rewrite: object) -> None:
    assert callable(rewrite)
    source, file = tmp_path / "a.c", tmp_path / "compile_commands.json"
    for mark in MARKS:
        (tmp_path / mark).touch()
    source.write_text("int a;\n")
    file.write_text(text)
    for arguments in (
        ("lint", source, "--baseline", file),
        ("verify", source, "--build", tmp_path),
    ):
        ran = rewrite(*arguments)
        assert ran.status == 2
        assert ran.err.startswith(f"{file}: error: not a")


@pytest.mark.parametrize("value", ["[" * 5000, "9" * 5000, "'\ud800'"], ids=("[", "9", "surrogate"))
def test_a_configuration_that_cannot_be_read(value: str, tmp_path: Path, rewrite: object) -> None:
    assert callable(rewrite)
    (tmp_path / "a.c").write_text("int a;\n")
    (tmp_path / ".rewrite.toml").write_bytes(f"x = {value}\n".encode("utf-8", "surrogatepass"))
    ran = rewrite("lint", tmp_path)
    assert ran.status == 2
    assert ran.err.startswith(f"{tmp_path / '.rewrite.toml'}: error: ")


@pytest.mark.parametrize("text", ["(" * 1500, "{" * 1500, "x(" * 1500], ids=("(", "{", "x("))
def test_a_rule_file_that_nests_too_deep_for_libcst(
    text: str, tmp_path: Path, spawn: object
) -> None:
    """In a process of its own: LibCST blows the stack, which ends the process without a word."""
    assert callable(spawn)
    file = tmp_path / "ours.py"
    file.write_text(text)
    for arguments in (("fmt", file), ("add", file, "cast_macro('A', type_argument=1)")):
        ran = spawn("rules", *arguments, cwd=tmp_path)
        assert ran.status == 2
        assert "expected Python's syntax" in ran.err
