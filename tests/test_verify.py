# SPDX-License-Identifier: GPL-2.0-or-later
"""The proof by machine code: what is right is proved, and every fault shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import CORPUS, SYNTAX, Ran, Tree
from test_wire_mutations import MUTATIONS, PAIRS, Mutation, mutants, texts

from rewrite.rules.ruleset import load_rules
from rewrite.verify import build
from rewrite.verify import gimple as verify_gimple
from rewrite.verify.asm import Listing, list_functions
from rewrite.verify.build import (
    CompileCommand,
    from_template,
    make_invocation,
    methods_for,
    read_database,
    version_of,
)
from rewrite.verify.shim import make_shim
from rewrite.verify.text import SHIM_NAME, WireWords, instrument_texts
from rewrite.verify.unit import Job, Verdict, judge_unit

pytestmark = pytest.mark.needs("gcc")

RULES = load_rules()

CC = f"gcc -std=gnu99 -I{CORPUS / 'include'} -c {{file}}"

PREAMBLE = """#include <errno.h>
#include "qemu/osdep.h"
#include "hw/hw.h"
typedef struct Valve { uint32_t open, other_open; uint64_t flow; } Valve;
typedef struct TankState {
    uint32_t level, other_level, last, other_last; uint16_t limit, other_limit; bool on, other_on;
    uint8_t mode, other_mode; uint64_t flow; Valve valve[5], other_valve[5]; uint8_t label[8];
    uint32_t n, count, list[64], other_list[64]; QEMUFile *copy, *other;
} TankState;
extern int base; extern int version_id;
void note(TankState *s); void warn(TankState *s); void finish(TankState *s); void step(TankState *s);
"""


def file_of(bodies: dict[str, str]) -> bytes:
    """A file with one function for each body, under its own name."""
    return (PREAMBLE + "\n".join(handler(name, text) for name, text in bodies.items())).encode()


def handler(name: str, text: str) -> str:
    """A function of this name, with a result if its body has one. Its second stream is a parameter:
    a member of the state would be read at other places, which the compiler rightly tells."""
    result = "int" if "return" in text else "void"
    head = f"{result} {name}(QEMUFile *f, void *opaque, QEMUFile *copy)"
    return head + text[text.index("\n") :].replace("s->copy", "copy")


def compiler_says(folder: Path, old: bytes, new: bytes, cc: str = CC) -> dict[str, Verdict]:
    """The verdicts on a pair of texts; the wire check is not asked."""
    dialect = RULES.dialects["5.1"]
    path = folder / "tank.c"
    ready = instrument_texts(old, new, WireWords(RULES, dialect))
    [command] = from_template(cc, [path])
    with TemporaryDirectory(dir=folder) as scratch:
        (Path(scratch) / SHIM_NAME).write_text(make_shim(RULES, dialect))
        verdicts = judge_unit(Job(command, ready, Path(scratch), "tank"))
    return {v.function: v for v in verdicts}


def compiles(folder: Path, name: str, text: bytes) -> bool:
    """Whether a new text compiles by itself: a fault that does not is caught by that."""
    words = WireWords(RULES, RULES.dialects["5.1"])
    old = file_of({name: texts(name.rpartition("_of_")[2].replace("_", " "))[0]})
    source = folder / f"{name}.c"
    source.write_bytes(instrument_texts(old, text, words).new)
    command = [*SYNTAX, f"-I{CORPUS / 'include'}", str(source)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


# Faults that change nothing that the machine does: a visit's name and an initial value that
# the visit overwrites; casts of a value that is truncated afterwards; a dead temporary used again;
# `&label` for `label`. The wire check, which verify runs as well, tells all of them.
NO_BEHAVIOUR = {
    "other_initialiser": (7, " = 1;"),
    "cast_dropped": (1, "s->limit = base - limit;"),
    "cast_added": (1, "s->mode = (unsigned int)mode & 3;"),
    "temporary_reused": (1, '"pad", &limit'),
    "size_changed": (2, "&s->label, "),
}
ALL_OF_THEM = {"name_duplicated", "name_emptied"}


def all_mutants() -> Iterator[tuple[str, str, str]]:
    """A name for each mutant, its pair, and its text."""
    for mutation in MUTATIONS:
        for pair in PAIRS:
            for number, text in enumerate(mutants(mutation, pair)):
                yield f"{mutation.__name__}_{number}_of_{pair.replace(' ', '_')}", pair, text


@pytest.fixture(scope="module")
def survivors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The mutants that the compiler alone does not tell from the right text, by name."""
    folder = tmp_path_factory.mktemp("mutants")
    (folder / SHIM_NAME).write_text(make_shim(RULES, RULES.dialects["5.1"]))
    made = {name: (pair, text) for name, pair, text in all_mutants()}
    with ThreadPoolExecutor() as pool:
        good = pool.map(lambda n: compiles(folder, n, file_of({n: made[n][1]})), made)
        whole = [name for name, ok in zip(made, good, strict=True) if ok]
    old = file_of({name: texts(made[name][0])[0] for name in whole})
    new = file_of({name: made[name][1] for name in whole})
    verdicts = compiler_says(folder, old, new)
    assert set(verdicts) == set(whole)
    return {n: made[n][1] for n, v in verdicts.items() if v.outcome == "proved"}


def test_the_right_texts_are_proved(tmp_path: Path) -> None:
    pairs = {pair.replace(" ", "_"): texts(pair) for pair in PAIRS}
    old = file_of({name: left for name, (left, _) in pairs.items()})
    new = file_of({name: right for name, (_, right) in pairs.items()})
    assert {n: v.outcome for n, v in compiler_says(tmp_path, old, new).items()} == dict.fromkeys(
        pairs, "proved"
    )


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_the_compiler_tells_every_fault(mutation: Mutation, survivors: dict[str, str]) -> None:
    mine = [n for n in survivors if n.startswith(f"{mutation.__name__}_")]
    expected, sign = NO_BEHAVIOUR.get(mutation.__name__, (0, ""))
    if mutation.__name__ in ALL_OF_THEM:
        expected = sum(len(mutants(mutation, pair)) for pair in PAIRS)
    assert len(mine) == expected, "\n".join(survivors[n] for n in mine)
    assert all(sign in survivors[n] for n in mine)


def knows(option: str) -> bool:
    """Whether this machine's gcc has an option."""
    command = ["gcc", option, "-fsyntax-only", "-x", "c", os.devnull]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("option", ["", "-ftrivial-auto-var-init=zero"])
def test_a_temporary_is_never_taken_for_an_old_variable(tmp_path: Path, option: str) -> None:
    """A variable that had no initial value before needs none; a new one of its name does."""
    head = "(QEMUFile *f, TankState *s)\n{\n"
    lines = (
        "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n"
    )
    old = (
        "    uint8_t n;\n\n    n = qemu_get_byte(f);\n    s->level = n;\n"
        "    if (s->on) {\n        s->mode = qemu_get_byte(f) & 3;\n    }\n}\n"
    )
    new = (
        lines + '    uint8_t n;\n\n    visit_type_uint8(v, "n", &n, errp);\n    s->level = n;\n'
        "    if (s->on) {\n        uint8_t m = 0;\n\n"
        '        visit_type_uint8(v, "mode", &m, errp);\n        s->mode = m & 3;\n    }\n}\n'
    )
    bodies = {
        "right": new,
        "bare": new.replace("m = 0;", "m;"),
        "bare_and_alike": new.replace("m = 0;", "n;").replace("&m", "&n").replace("m &", "n &"),
    }
    before, after = (
        (PREAMBLE + "".join(f"void {n}{head}{text(b)}" for n, b in bodies.items())).encode()
        for text in (lambda b: old, lambda b: b)
    )
    if option and not knows(option):
        pytest.skip("gcc 12 has the option first")
    verdicts = compiler_says(tmp_path, before, after, f"{CC} {option}")
    expected = {"right": "proved", "bare": "new-warning", "bare_and_alike": "new-warning"}
    assert {n: v.outcome for n, v in verdicts.items()} == expected


def test_a_warning_that_the_primitive_had_is_not_new(tmp_path: Path) -> None:
    """A pointer of the other sign: the visit is warned of where the primitive was, and only there."""
    head = "(QEMUFile *f, TankState *s)\n{\n    int *level = (int *)&s->level;\n"
    lines = (
        "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n"
    )
    visit = '    visit_type_uint32(v, "level", level, errp);\n}\n'
    bodies = {
        "the_same": ("    qemu_put_be32s(f, level);\n}\n", lines + visit),
        "fresh": ("    qemu_put_be32s(f, (uint32_t *)level);\n}\n", lines + visit),
    }
    before, after = (
        (PREAMBLE + "".join(f"void {n}{head}{b[i]}" for n, b in bodies.items())).encode()
        for i in (0, 1)
    )
    verdicts = compiler_says(tmp_path, before, after)
    assert {n: v.outcome for n, v in verdicts.items()} == {
        "the_same": "proved",
        "fresh": "new-warning",
    }
    assert "visit_type_uint32" in verdicts["fresh"].detail


def test_clang_takes_a_file_with_options_that_gcc_alone_knows(tmp_path: Path) -> None:
    """gcc 12 takes the difference in another width, clang gives both texts the same code."""
    options = "-fzero-call-used-regs=used-gpr -ftrivial-auto-var-init=zero"
    if not knows(options.split(maxsplit=1)[0]) or not version_of(("clang",)):
        pytest.skip("gcc 12 has the options first; clang is not there")
    head = "void choose(QEMUFile *f, TankState *s)\n{\n"
    old = head + "    qemu_put_sbyte(f, s->on ? 1 : 2);\n}\n"
    new = (
        f"{head}    Visitor *v = qemu_file_get_visitor(f);\n"
        "    Error **errp = qemu_file_get_errp(f);\n\n"
        '    visit_type_int8(v, "on", &(int8_t){ s->on ? 1 : 2 }, errp);\n}\n'
    )
    before, after = ((PREAMBLE + text).encode() for text in (old, new))
    verdict = compiler_says(tmp_path, before, after, f"{CC} {options}")["choose"]
    assert verdict.outcome == "proved", verdict.detail


# -- GIMPLE --------------------------------------------------------------------------------------


RUNS = """int runs(QEMUFile *f, TankState *s)
{
    for (;;) {
        uint32_t start;
        uint16_t used, spare;

        start = qemu_get_be32(f);
        used = qemu_get_be16(f);
        spare = qemu_get_be16(f);
        if (start == 0 && used == 0 && spare == 0) {
            return 0;
        }
        if (start + used + spare > s->n) {
            told("%d, %hd, %hd, %d", start, used, spare, s->n);
            return -EINVAL;
        }
        if (used) {
            qemu_get_buffer(f, s->label + start * 2, 16 * used);
        }
        if (spare) {
            memset(s->label + (start + used) * 2, 0, 16 * spare);
        }
    }
}
"""


def test_a_difference_that_clang_might_settle_is_none_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without clang it is told to be open, with clang to differ."""
    text = b'#include "hw/hw.h"\n\nvoid tank_save(QEMUFile *f, int n)\n{\n    qemu_put_be32(f, n%s);\n}\n'
    old, new = (text % more for more in (b"", b" + 1"))
    monkeypatch.setattr(build, "version_of", lambda compiler: "gcc" * (compiler != ("clang",)))
    assert compiler_says(tmp_path, old, new)["tank_save"].outcome == "unsettled"
    monkeypatch.undo()
    if not version_of(("clang",)):
        pytest.skip("NO CLANG: that it settles a difference is NOT tested")
    assert compiler_says(tmp_path, old, new)["tank_save"].outcome == "differs"


def test_gcc_alone_proves_a_value_that_one_text_narrows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A choice is computed as an int for a parameter, and as a byte for an object: no difference,
    and told to be none without clang as well. What is another value is not proved."""
    monkeypatch.setattr(build, "version_of", lambda compiler: "gcc" * (compiler != ("clang",)))
    old = "    qemu_put_byte(f, s->on ? 1 : 2);\n"
    new = (
        "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n\n"
        '    visit_type_uint8(v, "on", &(uint8_t){ s->on ? 1 : 2 }, errp);\n'
    )
    bodies = {
        "right": new,
        "other_value": new.replace("1 : 2", "1 : 3"),
        "other_field": new.replace("s->on", "s->other_on"),
        "other_width": new.replace("uint8", "uint16"),
    }
    head = "(QEMUFile *f, TankState *s)\n{\n"
    before, after = (
        (PREAMBLE + "".join(f"void {n}{head}{text(b)}}}\n" for n, b in bodies.items())).encode()
        for text in (lambda b: old, lambda b: b)
    )
    outcomes = {n: v.outcome for n, v in compiler_says(tmp_path, before, after).items()}
    assert outcomes == {**dict.fromkeys(bodies, "unsettled"), "right": "proved"}


def test_what_only_registers_tell_apart_is_proved_by_gimple(tmp_path: Path) -> None:
    """The machine code of these two differs at every level of gcc and clang."""
    locals_ = (
        "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n"
    )
    new = re.sub(
        r"(\w+) = qemu_get_be(\d+)\(f\)", r'visit_type_uint\2(v, "\1", &\1, errp)', RUNS
    ).replace("{\n", "{\n" + locals_, 1)
    new = re.sub(r"qemu_get_buffer\(f, (.*)\);", r'visit_type_buffer(v, "label", \1, errp);', new)
    head = PREAMBLE + "#include <string.h>\nint told(const char *, ...);\n"
    old, right = (head + RUNS).encode(), (head + new).encode()
    [verdict] = compiler_says(tmp_path, old, right).values()
    assert verdict.outcome == "proved", verdict
    if version_of(("gcc",)).startswith("gcc (Debian 12"):
        assert verdict.method.endswith(", GIMPLE"), "another gcc may choose the same registers"
    for was, becomes in (("start + used) * 2", "start + spare) * 2"), ("16 * used", "8 * used"),
                  ("used == 0 &&", "used == 1 &&"), ("&spare,", "&used,")):  # fmt: skip
        [wrong] = compiler_says(
            tmp_path, old, right.replace(was.encode(), becomes.encode())
        ).values()
        assert wrong.outcome in ("differs", "unsettled"), becomes


def forms(folder: Path, text: bytes, gimple: bool = True) -> dict[str, Listing]:
    """What each function of an instrumented or a plain text is to the compiler, canonically."""
    source = folder / "forms.c"
    source.write_bytes(text)
    (folder / SHIM_NAME).write_text(make_shim(RULES, RULES.dialects["5.1"]))
    [command] = from_template(CC, [source])
    method = next(m for m in methods_for(command) if m.gimple is gimple)
    done = subprocess.run(make_invocation(command, method, source), capture_output=True, check=True)
    read = verify_gimple.list_functions if gimple else list_functions
    return read(done.stdout.decode())


def test_gimple_tells_every_fault(tmp_path: Path) -> None:
    """A mutant has the right text's GIMPLE only where it has its machine code, too: what remains is
    no behaviour, or is for a warning to tell."""
    words = WireWords(RULES, RULES.dialects["5.1"])
    (tmp_path / SHIM_NAME).write_text(make_shim(RULES, RULES.dialects["5.1"]))
    made = {name: (*texts(pair), text) for name, pair, text in all_mutants()}
    good = {n: t for n, t in made.items() if compiles(tmp_path, n, file_of({n: t[2]}))}
    old, right, wrong = (file_of({n: t[k] for n, t in good.items()}) for k in range(3))
    ready = [instrument_texts(old, text, words).new for text in (right, wrong)]
    before, after = (forms(tmp_path, text) for text in ready)
    assert set(before) == set(good)
    same = {name for name in good if before[name] == after.get(name)}
    assert 20 < len(same) < len(good) // 3
    code, mutated = (forms(tmp_path, text, gimple=False) for text in ready)
    assert {name for name in same if code[name] != mutated[name]} == set()


ALIKE = """#include <stdint.h>
extern int warned(const char *text, ...);
extern volatile uint32_t port;
struct Tank { uint32_t level, limit; uint16_t n; uint8_t pages[4]; };
int f(struct Tank *s, uint32_t n, uint16_t m) { %s }
"""
SAME = {
    "names": ("int a = n + m; return a * n;", "int b = m + n; return n * b;"),
    "place of arithmetic": (
        'uint32_t x = n * 3; if (m) { warned("m"); return x; } return 0;',
        'if (m) { warned("m"); return n * 3; } return 0;',
    ),
    "order of unrelated names": (
        'uint32_t x = s->level, y = x + n; uint32_t z = x ^ m; return warned("", z, y);',
        'uint32_t z = s->level; uint32_t x = z, y = x + n; z ^= m; return warned("", z, y);',
    ),
    "a loop": (
        'uint32_t i, r = 0; for (i = 0; i < n; i++) r += warned("", i); return r;',
        'uint32_t sum = 0, k = 0; while (k < n) { sum += warned("", k); k++; } return sum;',
    ),
}
OTHER = {
    "a field": ("return s->level;", "return s->limit;"),
    "a parameter": ("return n;", "return m;"),
    "a width": ("uint8_t x = n; return x;", "uint16_t x = n; return x;"),
    "a sign": ("return (uint8_t)n;", "return (int8_t)n;"),
    "the order of two loads": (
        'uint32_t x = port; return warned("", x, port);',
        'uint32_t x = port, y = port; return warned("", y, x);',
    ),
    "a store past a call": (
        's->level = n; warned("x"); return 0;',
        'warned("x"); s->level = n; return 0;',
    ),
    "a load before its condition": (
        "return n < 4 ? s->pages[n] : 0;",
        "volatile uint8_t x = s->pages[n]; return n < 4 ? x : 0;",
    ),
    "a condition's sense": ('if (n) warned(""); return 1;', 'if (!n) warned(""); return 1;'),
    "a long as an argument": ('return warned("%%", 1);', 'return warned("%%", 1L);'),
    "a text": ('return warned("a_1");', 'return warned("a_2");'),
    "an operand's place": ("return n - m;", "return m - n;"),
    "what a loop starts from": (
        'uint32_t i, r = 0; for (i = 0; i < n; i++) r += warned("", i); return r;',
        'uint32_t i, r = 1; for (i = 0; i < n; i++) r += warned("", i); return r;',
    ),
    "two variables exchanged": (
        'uint32_t a[2] = {n, m}, b[2] = {0}; warned("", a, b); return a[0];',
        'uint32_t a[2] = {n, m}, b[2] = {0}; warned("", b, a); return a[0];',
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_names_and_the_place_of_arithmetic_do_not_count(
    pair: tuple[str, str], tmp_path: Path
) -> None:
    old, new = (forms(tmp_path, (ALIKE % body).encode()) for body in pair)
    assert old["f"] == new["f"]


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER)
def test_everything_else_counts(pair: tuple[str, str], tmp_path: Path) -> None:
    old, new = (forms(tmp_path, (ALIKE % body).encode()) for body in pair)
    assert old["f"] != new["f"]


HIDDEN = {
    "a static's value": ("static uint32_t kept = 5; return kept += n;", "5", "6"),
    "a table": ("static const uint8_t t[] = {1, 3, 5}; return t[n];", "3", "4"),
    "a table on the stack": ("uint8_t a[] = {1, 3, 5, 7, 9, n}; return a[m];", "3", "4"),
    "a jump": (
        "static void *const to[] = {&&a, &&b}; goto *to[n]; a: return 1; b: return 2;",
        "&&a, &&b",
        "&&b, &&a",
    ),
    "a text's variable": ('static const char t[] = "ab"; return warned(t, t);', "ab", "ac"),
}


@pytest.mark.parametrize("case", HIDDEN.values(), ids=HIDDEN)
def test_what_the_dump_hides_is_not_compared(case: tuple[str, str, str], tmp_path: Path) -> None:
    """A form, if there is one, holds every value that the text has."""
    body, old, new = case
    form = forms(tmp_path, (ALIKE % body).encode()).get("f")
    other = forms(tmp_path, (ALIKE % body.replace(old, new)).encode()).get("f")
    assert form is None or form != other


# -- the command ---------------------------------------------------------------------------------

Rewrite = Callable[..., Ran]


WAYS = {
    "hw/preprocessor_branches.c": ("", "-DPRESS_HYDRAULIC", "-DPRESS_MANUAL"),
    "hw/preprocessor_only.c": ("", "-DNET_OFFLOAD"),
}
"""The configurations of corpus cases that have more than one; each branch is in one of them."""


def database(tree: Tree, files: list[str]) -> None:
    """A compile_commands.json for these files of the tree."""
    entries = [
        {
            "directory": str(tree.root),
            "command": f"gcc -std=gnu99 {way} -Iinclude -O1 -g -MD -MF x.d -o {name}.o -c {name}",
            "file": name,
            "output": f"{name}{way}.o",
        }
        for name in files
        for way in WAYS.get(name, ("",))
    ]
    (tree.root / "compile_commands.json").write_text(json.dumps(entries))


def test_the_corpus_is_proved_and_remembered(
    corpus_copy: Tree, rewrite: Rewrite, tmp_path: Path
) -> None:
    root = corpus_copy.root
    cases = sorted(p for p in root.glob("hw/*.c") if not p.name.startswith("damaged"))
    database(corpus_copy, [f"hw/{p.name}" for p in cases])
    arguments = ["verify", *cases, "--build", root, "--cache", tmp_path / "cache"]
    first = rewrite(*arguments, "--stats", "-")
    figures = json.loads(first.out)
    # A primitive of the file's own (own_primitive.c) may be anything.
    assert figures["by_outcome"] == {"proved": figures["functions"] - 2, "redefined": 2}, first.err
    assert figures["functions"] > 190
    assert first.status == 1
    again = json.loads(rewrite(*arguments, "--stats", "-").out)
    assert again["compilations"] == figures["compilations"]
    assert again["from_cache"] == figures["compilations"] - 1
    assert again["function_list"] == figures["function_list"]


def test_a_changed_header_is_compiled_again(
    corpus_copy: Tree, rewrite: Rewrite, tmp_path: Path
) -> None:
    database(corpus_copy, ["hw/info_v1.c"])
    root = corpus_copy.root
    arguments = ["verify", root / "hw/info_v1.c", "--build", root, "--cache", tmp_path / "cache"]
    rewrite(*arguments)
    header = root / "include/hw/hw.h"
    known = []
    for more in ("/* changed */\n", "extern int changed;\n"):
        header.write_text(header.read_text() + more)
        known.append(json.loads(rewrite(*arguments, "--stats", "-").out)["from_cache"])
    assert known == [1, 0], "a comment is nothing that a compiler reads"


def test_the_template_needs_the_file(corpus_copy: Tree, rewrite: Rewrite) -> None:
    ran = rewrite("verify", corpus_copy.root / "hw", "--cc", "gcc -c x.c")
    assert (ran.status, ran.err) == (2, "--cc: error: the command must name the file as {file}\n")


def test_a_missing_database_is_told(corpus_copy: Tree, rewrite: Rewrite) -> None:
    ran = rewrite("verify", corpus_copy.root / "hw", "--build", corpus_copy.root / "none")
    assert ran.status == 2
    assert "cannot read: No such file or directory" in ran.err


def test_what_does_not_compile_is_told_as_the_old_texts_fault(
    corpus_copy: Tree, rewrite: Rewrite
) -> None:
    ran = rewrite("verify", corpus_copy.root / "hw/damaged_call.c", "--cc", CC, "--no-cache")
    assert ran.status == 1, "a run that proved nothing is not a proof"
    assert "[old-does-not-compile]" in ran.err
    assert "0 proved, 0 differ, 2 not compiled" in ran.err
    assert ran.err.endswith("nothing was verified\n")


def test_a_fault_made_after_apply_is_found(
    corpus_copy: Tree, rewrite: Rewrite, tmp_path: Path
) -> None:
    """`--base` compares the files with a revision: a width changed by hand has both proofs against
    it, and the right text is proved."""
    root, case = corpus_copy.root, corpus_copy.root / "hw/wrong_width.c"
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "before"]):
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=root, check=True)
    assert rewrite(case, "--apply").status == 0
    verify = ["verify", case, "--cc", CC, "--base", "HEAD", "--no-cache"]
    right = rewrite(*verify)
    assert right.status == 0, right.err
    text = case.read_text()
    assert "visit_type_uint32(" in text
    case.write_text(text.replace("visit_type_uint32(", "visit_type_uint16(", 1))
    wrong = rewrite(*verify)
    assert wrong.status == 3
    assert "[wire]" in wrong.err


def test_a_database_names_each_way_once(tmp_path: Path) -> None:
    entry = {"directory": str(tmp_path), "file": "a.c", "arguments": ["cc", "-DX", "-c", "a.c"]}
    other = {**entry, "arguments": ["cc", "-DY", "-Werror", "-O0", "-o", "a.o", "-c", "a.c"]}
    (tmp_path / "compile_commands.json").write_text(json.dumps([entry, entry, other]))
    path = (tmp_path / "a.c").resolve()
    commands = read_database(tmp_path, [path])
    assert {c.arguments for c in commands} == {("cc", "-DX"), ("cc", "-DY")}
    assert all(isinstance(c, CompileCommand) and c.path == path for c in commands)


def test_a_constant_counts_by_what_it_holds() -> None:
    text = 'f:\n\tleaq .LC0(%rip), %rdi\n\t.size f, .-f\n.LC0:\n\t.string "{}"\n'
    assert list_functions(text.replace("{}", "a")) != list_functions(text.replace("{}", "b"))
    assert list_functions(text) == list_functions(text.replace("LC0", "LC7"))


def test_the_shim_compiles_where_inline_is_a_macro(tmp_path: Path) -> None:
    """As osdep.h of QEMU 0.9 to 0.12 has it."""
    macros = b"#define always_inline __attribute__ (( always_inline )) __inline__\n"
    macros += b"#define inline always_inline\n"
    old, new = (
        b"void h(QEMUFile *f, TankState *s)\n{\n" + body + b"}\n"
        for body in (
            b"    qemu_put_be32(f, s->level);\n",
            b"    Visitor *v = qemu_file_get_visitor(f);\n"
            b"    Error **errp = qemu_file_get_errp(f);\n\n"
            b'    visit_type_uint32(v, "level", &s->level, errp);\n',
        )
    )
    verdicts = compiler_says(
        tmp_path, PREAMBLE.encode() + macros + old, PREAMBLE.encode() + macros + new
    )
    assert verdicts["h"].outcome == "proved"
