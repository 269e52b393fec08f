# SPDX-License-Identifier: GPL-2.0-or-later
"""What is not the same program, or was not compiled, is never told to be proved.

Each text is a conversion that somebody damaged. The wire check, which tells most of them, is not asked:
the compiler has to.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import Ran, Tree

from rewrite import terms
from rewrite.errors import RuleError
from rewrite.rules.ruleset import Rules, load_rules
from rewrite.verify import verifier
from rewrite.verify.shim import make_shim

pytestmark = pytest.mark.needs("gcc", "git")

HEADER = """\
#include <stdint.h>
#include <stddef.h>
typedef struct QEMUFile QEMUFile;
typedef struct Visitor Visitor;
typedef struct Error Error;
void qemu_put_be32(QEMUFile *f, unsigned int v);
void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, int size);
int qemu_get_buffer(QEMUFile *f, uint8_t *buf, int size);
unsigned int qemu_get_be32(QEMUFile *f);
Visitor *qemu_file_get_visitor(QEMUFile *f);
Error **qemu_file_get_errp(QEMUFile *f);
typedef struct PumpState {
    uint32_t rate, limit;
    uint8_t log[8];
    const uint8_t *text;
    QEMUFile *own;
} PumpState;
"""
LOCALS = "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n\n"
INCLUDE = '#include "pump.h"\n\n'


def save(body: str, name: str = "pump_save") -> str:
    """A handler with this body."""
    return f"void {name}(QEMUFile *f, PumpState *s)\n{{\n{body}}}\n"


def visit(field: str = "rate", kind: str = "uint32") -> str:
    """A visit of a field."""
    return f'    visit_type_{kind}(v, "{field}", &s->{field}, errp);\n'


PUT = "    qemu_put_be32(f, s->rate);\n"


@dataclass(frozen=True)
class Told:
    """What one run said: its figures, and its messages."""

    status: int
    figures: dict[str, object]
    err: str

    @property
    def outcomes(self) -> list[str]:
        """The outcome of each changed function, in order."""
        records = self.figures["function_list"]
        assert isinstance(records, list)
        return [record["outcome"] for record in records]

    @property
    def configurations(self) -> list[dict[str, str]]:
        """The outcomes of each changed function by the name of the compilation."""
        records = self.figures["function_list"]
        assert isinstance(records, list)
        return [record["configurations"] for record in records]


Verify = Callable[..., Told]


@pytest.fixture
def verify(tree: Tree, rewrite: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Commit an old text, write the new one, and compare them by some commands."""
    monkeypatch.setattr(verifier, "self_check", lambda *_: [])

    def run(
        old: str,
        new: str,
        *commands: str,
        header: str = HEADER,
        more: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> Told:
        tree.write({"hw/pump.h": header, "hw/pump.c": INCLUDE + old, **(more or {})})
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
            who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
            subprocess.run(["git", *who, *arguments], cwd=tree.root, check=True)
        tree.write({"hw/pump.c": new if new.startswith("#include") else INCLUDE + new})
        entries = [
            {
                "directory": str(tree.root),
                "command": f"{command} -c hw/pump.c",
                "file": "hw/pump.c",
                "output": f"way{number}/pump.o",
            }
            for number, command in enumerate(commands or ("gcc",))
        ]
        (tree.root / "compile_commands.json").write_text(json.dumps(entries))
        ran = rewrite(
            "verify", tree.root / "hw", "--build", tree.root, "--no-cache", "--base", "HEAD",
            "--root", tree.root, "--dialect", "5.1", "--stats", "-", *options,
        )  # fmt: skip
        return Told(ran.status, json.loads(ran.out) if ran.out else {}, ran.err)

    return run


# -- definitions, branches and configurations ------------------------------------------------------

BOTH = "#ifdef WIDE\n{}#else\n{}#endif\n"


def test_each_definition_of_a_name_is_told_by_itself(verify: Verify) -> None:
    """The second one, which no command compiles, has a wrong width."""
    good, bad = save(LOCALS + visit()), save(LOCALS + visit("rate", "uint16"))
    told = verify(BOTH.format(save(PUT), save(PUT)), BOTH.format(good, bad), "gcc -DWIDE")
    assert told.outcomes == ["proved", "not-in-build"]


@pytest.mark.needs("clang")
def test_each_definition_is_proved_where_it_is_compiled(verify: Verify) -> None:
    good, bad = save(LOCALS + visit()), save(LOCALS + visit("rate", "uint16"))
    ways = ("gcc -DWIDE", "gcc")
    old = BOTH.format(save(PUT), save(PUT))
    assert verify(old, BOTH.format(good, good), *ways).outcomes == ["proved", "proved"]
    told = verify(old, BOTH.format(good, bad), *ways)
    assert told.outcomes == ["proved", "differs"]
    assert told.configurations == [
        {"way0/pump.o": "proved", "way1/pump.o": "not-in-build"},
        {"way0/pump.o": "not-in-build", "way1/pump.o": "differs"},
    ]


@pytest.mark.needs("clang")
def test_a_definition_that_is_gone_is_a_difference(verify: Verify) -> None:
    """What stands for it then is another one, in the configuration that had it."""
    old = BOTH.format(save(PUT), save("    qemu_put_be32(f, s->limit);\n"))
    told = verify(old, save(LOCALS + visit()), "gcc -DWIDE", "gcc")
    assert told.outcomes == ["differs"]
    assert "only the new text's is compiled here" in told.err


INSIDE = f"#ifdef WIDE\n{PUT}#endif\n    qemu_put_be32(f, s->limit);\n"


def test_a_branch_that_no_command_compiles_is_not_proved(verify: Verify) -> None:
    new = save(LOCALS + f"#ifdef WIDE\n{visit('rate', 'uint8')}#endif\n{visit('limit')}")
    told = verify(save(INSIDE), new)
    assert (told.status, told.outcomes) == (1, ["partly-compiled"])
    assert "[partly-compiled]\n    line 9 of the new text" in told.err
    assert "1 line that no command compiles" in told.err
    assert told.figures["lines_not_compiled"] == 1


@pytest.mark.parametrize("spelled", ["#  ifdef WIDE", "%:ifdef WIDE", "/**/#if defined(WIDE)"])
@pytest.mark.needs("clang")
def test_a_branch_is_seen_however_it_is_spelled(spelled: str, verify: Verify) -> None:
    body = f"{spelled}\n{{}}#else /* narrow */\n    (void)0;\n#endif\n{{}}"
    old = save(body.format(PUT, "    qemu_put_be32(f, s->limit);\n"))
    new = save(LOCALS + body.format(visit("rate", "uint8"), visit("limit")))
    assert verify(old, new).outcomes == ["partly-compiled"]
    assert verify(old, new, "gcc", "gcc -DWIDE").outcomes == ["differs"]
    right = save(LOCALS + body.format(visit(), visit("limit")))
    assert verify(old, right, "gcc", "gcc -DWIDE").outcomes == ["proved"]


def test_lines_of_the_old_text_count_as_well(verify: Verify) -> None:
    """A put that is lost in a branch that no command compiles."""
    told = verify(save(INSIDE), save(LOCALS + f"#ifdef WIDE\n#endif\n{visit('limit')}"))
    assert told.outcomes == ["partly-compiled"]
    assert "of the old text" in told.err


def test_unchanged_lines_that_are_not_compiled_are_counted(verify: Verify) -> None:
    body = "#ifdef TELL\n    (void)0;\n    (void)1;\n#endif\n{}"
    told = verify(save(body.format(PUT)), save(LOCALS + body.format(visit())), options=("-v",))
    assert (told.status, told.outcomes) == (0, ["proved"])
    assert told.figures["lines_not_compiled"] == 2
    assert "2 lines that no command compiles" in told.err
    assert "lines 9-10 not compiled [proved]" in told.err


# -- other functions' bodies -----------------------------------------------------------------------

HELPER = """\
static __attribute__((noinline)) void pump_head(QEMUFile *f, unsigned int version)
{
    qemu_put_be32(f, version);
}

"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("shape", ["static __attribute__((noinline)) void", "static void"])
@pytest.mark.needs("clang")
def test_a_constant_argument_of_a_static_function(
    shape: str, compiler: str, verify: Verify
) -> None:
    """A compiler that sees both may leave the constant to the function that is called."""
    if shutil.which(compiler) is None:
        pytest.skip(f"NO {compiler.upper()}: what it does with constants is NOT tested")
    helper = HELPER.replace("static __attribute__((noinline)) void", shape)
    calls = "    pump_head(f, {0});\n    pump_head(f, {0});\n"
    old = helper + save(calls.format(1) + PUT)
    right = helper + save(LOCALS + calls.format(1) + visit())
    wrong = helper + save(LOCALS + calls.format(2) + visit())
    assert verify(old, right, compiler).outcomes == ["proved"]
    assert verify(old, wrong, compiler).outcomes == ["differs"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_constant_argument_of_a_changed_function(compiler: str, verify: Verify) -> None:
    """Here the function that is called is proved for itself."""
    if shutil.which(compiler) is None:
        pytest.skip(f"NO {compiler.upper()}: what it does with constants is NOT tested")
    head = "static __attribute__((noinline)) void pump_head(QEMUFile *f, uint32_t version)\n{\n"
    put = head + "    qemu_put_be32(f, version);\n}\n\n"
    visited = head + LOCALS + '    visit_type_uint32(v, "version", &version, errp);\n}\n\n'
    calls = "    pump_head(f, {0});\n    pump_head(f, {0});\n"
    old = put + save(calls.format(1) + PUT)
    wrong = visited + save(LOCALS + calls.format(2) + visit())
    assert "proved" not in verify(old, wrong, compiler).outcomes[1:]


# -- what the names mean ---------------------------------------------------------------------------

REDEFINED = {
    "a macro of a header": (HEADER + "#define qemu_put_be32(f, x) qemu_put_be32(f, (x) + 1)\n", ""),
    "a macro of another function": (HEADER + "#define qemu_put_be32 put_twice\n", ""),
    "a macro of the file": (HEADER, "#define qemu_put_be32(f, x) put_twice(f, x)\n"),
    "a macro for another width": (HEADER + "#define qemu_put_be32 qemu_put_be16\n", ""),
    "a macro of a visit": (
        HEADER + "#define visit_type_uint32(v, n, p, e) visit_type_uint16(v, n, (void *)(p), e)\n",
        "",
    ),
    "a macro of the function": (HEADER + "#define pump_save pump_save_now\n", ""),
    "a static function": (
        HEADER.replace("void qemu_put_be32(QEMUFile *f, unsigned int v);\n", ""),
        "static void qemu_put_be32(QEMUFile *f, unsigned int v)\n{\n    (void)f;\n    (void)v;\n}\n",
    ),
}


@pytest.mark.parametrize("case", REDEFINED.values(), ids=REDEFINED)
def test_a_name_that_is_not_the_primitives(case: tuple[str, str], verify: Verify) -> None:
    header, before = case
    header = header.replace(
        "typedef struct PumpState", "void put_twice();\ntypedef struct PumpState"
    )
    told = verify(before + save(PUT), before + save(LOCALS + visit()), header=header)
    assert (told.status, told.outcomes) == (1, ["redefined"]), told.err


@pytest.mark.parametrize(
    "declared",
    [
        "    void (*qemu_put_be32)(QEMUFile *, unsigned int) = other;\n",
        "    put_function a = other, qemu_put_be32 = other;\n",
        "#undef qemu_put_be32\n#define qemu_put_be32 other\n",
    ],
)
def test_a_name_of_the_functions_own(declared: str, verify: Verify) -> None:
    header = HEADER + (
        "typedef void put_type(QEMUFile *, unsigned int), (*put_function)(QEMUFile *, unsigned int);"
        "\nput_type other;\n"
    )
    told = verify(save(declared + PUT), save(LOCALS + visit()), header=header)
    assert told.outcomes == ["redefined"], told.err


def test_an_alias_of_the_tree_is_no_other_thing(verify: Verify) -> None:
    """As those of the target's long, and of a signed byte."""
    header = (
        HEADER + "void qemu_put_byte(QEMUFile *f, int v);\n#define qemu_put_sbyte qemu_put_byte\n"
    )
    old, new = save("    qemu_put_sbyte(f, s->log[0]);\n"), save(LOCALS + visit("log[0]", "uint8"))
    assert verify(old, new, header=header).outcomes == ["proved"]


def test_an_address_of_a_primitive_is_no_other_thing(verify: Verify) -> None:
    header = HEADER + "void keep(void *);\n"
    take = "    keep(qemu_put_be32);\n"
    told = verify(save(take + PUT), save(LOCALS + take + visit()), header=header)
    assert told.outcomes == ["proved"]


@pytest.mark.parametrize("text", ["#define rate limit\n", "#define s (s + 1)\n"])
@pytest.mark.needs("clang")
def test_an_added_header_is_read(text: str, verify: Verify) -> None:
    """Whatever it defines: `s->rate` of the new text is something else by it."""
    new = INCLUDE.rstrip("\n") + '\n#include "more.h"\n' + save(LOCALS + visit())
    new = new.replace("PumpState *s)", "PumpState *p)").replace(
        LOCALS, LOCALS + "    PumpState *s = p;\n"
    )
    old = (
        save(PUT)
        .replace("PumpState *s)", "PumpState *p)")
        .replace(PUT, "    PumpState *s = p;\n" + PUT)
    )
    told = verify(old, new, more={"hw/more.h": text})
    assert told.status == 3
    assert "proved" not in told.outcomes
    assert verify(old, new, more={"hw/more.h": "int more;\n"}).outcomes == ["proved"]


def test_an_added_header_that_is_not_there_is_told(verify: Verify) -> None:
    new = INCLUDE.rstrip("\n") + '\n#include "none.h"\n' + save(LOCALS + visit())
    told = verify(save(PUT), new)
    assert told.outcomes == ["new-does-not-compile"]
    assert "none.h" in told.err


# -- the stream and the warnings -------------------------------------------------------------------


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("test", ["if (f)", "if (f != 0 && s->limit)", "if (!f) return;\n   "])
def test_a_stream_that_is_tested_after_its_visitor_is_asked_for(
    test: str, compiler: str, verify: Verify
) -> None:
    """The visitor is read from the stream: a null pointer does no longer get to the test."""
    if shutil.which(compiler) is None:
        pytest.skip(f"NO {compiler.upper()}: what it does with a null pointer is NOT tested")
    old, early = save(f"    {test}\n    {PUT}"), save(LOCALS + f"    {test}\n    {visit()}")
    told = verify(old, early, compiler)
    assert told.outcomes == ["new-warning"]
    assert "the stream is tested behind its visitor" in told.err
    if "return" not in test:
        inner = f"    {test} {{\n{LOCALS}{visit()}    }}\n"
        assert verify(old, save(inner), compiler).outcomes == ["proved"]


@pytest.mark.parametrize("place", ["file", "header"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_warning_about_a_macros_text(compiler: str, place: str, verify: Verify) -> None:
    """It stands at the macro's definition for gcc; the function that uses it is warned of."""
    if shutil.which(compiler) is None:
        pytest.skip(f"NO {compiler.upper()}: its warnings are NOT tested")
    macro = "#define RATE(s) (&(s)->signed_rate)\n"
    member = HEADER.replace("uint32_t rate", "int32_t signed_rate; uint32_t rate")
    header, before = (member + macro, "") if place == "header" else (member, macro)
    old = before + save("    qemu_put_be32(f, s->signed_rate);\n")
    new = before + save(LOCALS + '    visit_type_uint32(v, "rate", RATE(s), errp);\n')
    assert verify(old, new, compiler, header=header).outcomes == ["new-warning"]


THROUGH = {
    "a const buffer": (
        "    qemu_put_buffer(f, s->text, 8);\n",
        LOCALS + '    visit_type_buffer(v, "text", s->text, 8, errp);\n',
    ),
    "no stream": (
        PUT,
        LOCALS.replace("get_visitor(f)", "get_visitor(s)").replace("get_errp(f)", "get_errp(s)")
        + "    (void)f;\n"
        + visit(),
    ),
    "no visitor": (PUT, LOCALS.replace("Visitor *v", "char *v") + visit()),
    "no error": (PUT, LOCALS.replace("Error **errp", "Error *errp") + visit()),
    "no name": (PUT, LOCALS + visit().replace('"rate"', "s->log")),
    "no name of a buffer": (
        "    qemu_put_buffer(f, s->log, 8);\n",
        LOCALS + "    visit_type_buffer(v, 8.0f, s->log, 8, errp);\n",
    ),
}


@pytest.mark.parametrize("case", THROUGH.values(), ids=THROUGH)
@pytest.mark.needs("clang")
def test_no_pointer_hides_a_warning(case: tuple[str, str], verify: Verify) -> None:
    old, new = case
    told = verify(save(old), save(new))
    assert told.outcomes != ["proved"]
    assert told.status == 3


def test_a_warning_outside_of_functions(verify: Verify) -> None:
    more = "static int pump_twice(void);\nint pump_once(void) { return pump_twice(); }\n"
    assert verify(save(PUT), more + save(LOCALS + visit())).outcomes == ["new-warning"]


# -- rules that the proof does not know ------------------------------------------------------------


def test_every_width_of_the_rules_has_a_proof() -> None:
    rules = load_rules()
    for wire in terms.WIRES:
        operand = "buffer" if wire == "buffer" else "value"
        one = replace(rules.primitives["qemu_put_be32"], wire=wire, operand=operand)
        assert make_shim(_with(rules, one), rules.dialects["5.1"])


def _with(rules: Rules, primitive: object) -> Rules:
    return replace(rules, primitives={**rules.primitives, "qemu_put_be32": primitive})  # type: ignore[dict-item]


def test_an_unknown_width_is_an_error(verify: Verify, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken for a target's long, it would be proved to be 32 or 64 bits."""
    rules = load_rules()
    odd = replace(rules.primitives["qemu_put_be32"], wire="be24")
    with pytest.raises(RuleError, match=r"primitives\.py:\d+:\d+: error: .*be24"):
        make_shim(_with(rules, odd), rules.dialects["5.1"])


def test_a_visit_of_two_widths_is_an_error(
    tree: Tree, rewrite: Callable[..., Ran], tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/visits.py").write_text(
        'schema(1)\nvisit(\n    "uint32", function="visit_type_uint32", rfc="visit_type_u32", '
        'c_type="uint32_t", wire=("be32", "be64"),\n)\n'
    )
    tree.write({"hw/pump.h": HEADER, "hw/pump.c": INCLUDE + save(PUT)})
    ran = rewrite(
        "verify", tree.root / "hw", "--cc", "gcc -c {file}", "--no-cache", "--root", tree.root,
        "--dialect", "5.1", "--rules", tmp_path / "rules",
    )  # fmt: skip
    assert ran.status == 2
    assert "visits.py:2:1: error: expected one wire" in ran.err


def test_a_name_across_a_line_splice_is_not_proved(verify: Verify) -> None:
    """What such a name is in the tree is not asked, and in this one it is a macro that puts no rate."""
    macro = "#define qemu_put_be32(f, v) qemu_put_buffer(f, s->log, 8)\n"
    spliced = "    qemu_put_\\\nbe32(f, s->limit);\n"
    old, new = save(spliced), save("    (void)s;\n" + spliced)
    told = verify(old, new, header=HEADER + macro)
    assert (told.status, told.outcomes) == (1, ["redefined"]), told.err
    assert "qemu_put_be32 is spelled across a line splice" in told.err
