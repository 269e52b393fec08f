# SPDX-License-Identifier: GPL-2.0-or-later
"""The rule files load, say what QEMU's headers say, and are refused with a place when wrong."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewrite.errors import RuleError
from rewrite.rules.read import read_rules
from rewrite.rules.ruleset import Rules, builtin_directory, load_rules

ROOT = Path(__file__).parent.parent
WIDTHS = "byte ubyte sbyte be16 be32 be64 sbe16 sbe32 sbe64"
POINTERS = "8s be16s be32s be64s s8s sbe16s sbe32s sbe64s"
TARGET = "betl betls sbetl sbetls betr"
BUFFERS = "buffer sbuffer"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def directory(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def problems_of(text: str | bytes) -> list[tuple[int, int, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return [(p.line, p.col, p.message) for p in read_rules("r.py", data)[1]]


def test_all_primitives_are_there_in_both_directions(rules: Rules) -> None:
    tails = " ".join((WIDTHS, POINTERS, TARGET, BUFFERS)).split()
    expected = {f"qemu_{d}_{t}" for d, t in itertools.product(("put", "get"), tails)}
    assert set(rules.primitives) == expected
    for name, primitive in rules.primitives.items():
        assert primitive.direction == name.split("_")[1]


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("qemu_put_byte", ("byte", "value", "int", "uint8")),
        ("qemu_get_byte", ("byte", "result", "int", "uint8")),
        ("qemu_get_ubyte", ("byte", "result", "unsigned int", "uint8")),
        ("qemu_get_sbyte", ("byte", "result", "int", "uint8")),
        ("qemu_put_be16", ("be16", "value", "unsigned int", "uint16")),
        ("qemu_put_sbe16", ("be16", "value", "int", "int16")),
        ("qemu_get_sbe16", ("be16", "result", "int", "uint16")),
        ("qemu_get_sbe16s", ("be16", "pointer", "int16_t", "int16")),
        ("qemu_get_sbe32", ("be32", "result", "int", "int32")),
        ("qemu_put_be64", ("be64", "value", "uint64_t", "uint64")),
        ("qemu_put_8s", ("byte", "pointer", "uint8_t", "uint8")),
        ("qemu_get_s8s", ("byte", "pointer", "int8_t", "int8")),
        ("qemu_put_betl", ("target_long", "value", "target_ulong", "uinttl")),
        ("qemu_get_sbetls", ("target_long", "pointer", "target_long", "inttl")),
        ("qemu_get_betr", ("target_register", "result", "target_ureg", "ureg")),
        ("qemu_put_sbuffer", ("buffer", "buffer", "int8_t", "buffer")),
    ],
)
def test_prototypes(rules: Rules, name: str, facts: tuple[str, ...]) -> None:
    found = rules.primitives[name]
    assert (found.wire, found.operand, found.c_type, found.visit) == facts


SIZES = {"byte": 1, "be16": 2, "be32": 4, "be64": 8}
C_SIZES = {f"{sign}int{8 * n}_t": n for sign in ("u", "") for n in (1, 2, 4, 8)} | {"bool": 1}


def test_a_visit_is_as_wide_as_what_it_carries(rules: Rules) -> None:
    for visit in rules.visits.values():
        for wire in visit.wire:
            assert SIZES.get(wire) == C_SIZES.get(visit.c_type), visit
    for primitive in rules.primitives.values():
        if primitive.operand == "pointer":
            assert primitive.c_type == rules.visits[primitive.visit].c_type


def test_exact_types_are_those_of_the_compiler(rules: Rules, tmp_path: Path) -> None:
    assert "char" not in rules.exact_types
    assert not any("long" in spelling for spelling in rules.exact_types)
    lines = ["#include <stdbool.h>", "#include <stdint.h>"]
    for number, (spelling, fixed) in enumerate(rules.exact_types.items()):
        lines += [f"extern {spelling} v{number};", f"extern {fixed} v{number};"]
    source = tmp_path / "exact.c"
    source.write_text("\n".join(lines) + "\n")
    subprocess.run(["gcc", "-std=gnu99", "-fsyntax-only", source], check=True)


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        (None, "pre-1.2"),
        ("void visit_type_uint32(Visitor *v, uint32_t *o, const char *n, Error **e);", "1.2"),
        ("void visit_type_uint32(Visitor *v, const char *n, uint32_t *o,\n Error **e);", "2.6"),
        ("bool visit_type_uint32(Visitor *v, const char *n, uint32_t *o, Error **e);", "5.1"),
        ("bool  visit_type_uint32 (struct Visitor*, const char*, uint32_t*, Error**)", "5.1"),
        ("int visit_type_uint32(Visitor *v, const char *n, uint32_t *o, Error **e);", None),
        ("bool visit_type_uint32(Visitor *v, uint32_t *o, const char *n, Error **e);", None),
        ("void visit_type_uint32(Visitor *v, uint32_t *o, Error **e);", None),
        ("", None),
    ],
)
def test_a_dialect_is_read_off_a_declaration(
    rules: Rules, declaration: str | None, expected: str | None
) -> None:
    dialect = rules.dialect_of(declaration)
    assert (dialect.name if dialect else None) == expected


def test_the_mails_dialect_is_only_for_the_asking(rules: Rules) -> None:
    dialect = rules.dialects["rfc"]
    assert (dialect.recognise, dialect.error, dialect.spelling) == ("never", "local_err", "rfc")
    assert rules.visits["int16"].rfc == "visit_type_s16"


@pytest.mark.parametrize(
    ("path", "function", "reason"),
    [
        ("savevm.c", "qemu_savevm_state_begin", "stream framing"),
        ("migration/savevm.c", "loadvm_process_command", "stream framing"),
        ("migration/vmstate.c", "vmstate_subsection_load", "stream framing"),
        ("vl.c", "ram_load_v1", "RAM streaming"),
        ("arch_init.c", "save_block_hdr", "RAM streaming"),
        ("migration/multifd-nocomp.c", "multifd_ram_flush_and_sync", "RAM streaming"),
        ("block-migration.c", "blk_send", "block streaming"),
        ("migration/migration.c", "migrate_send_rp_message", "migration protocol"),
        ("hw/vfio/migration-multifd.c", "vfio_multifd_emit_dummy_eos", "VFIO protocol"),
        ("audio/wavcapture.c", "wav_destroy", "an ordinary file"),
        ("tests/unit/test-vmstate.c", "save_buffer", "a test"),
        ("vl.c", "cpu_save", None),
        ("vl.c", "timer_load", None),
        ("vl.c", "qemu_put_timer", None),
        ("savevm.c", "put_uint32", None),
        ("savevm.c", "qemu_get_timer", None),
        ("migration/savevm.c", "timer_put", None),
        ("migration/savevm.c", "put_capability", None),
        ("migration/vmstate-types.c", "get_gtree", None),
        ("hw/vl.c", "ram_load", None),
        ("hw/ppc/spapr.c", "htab_save_chunk", None),
        ("hw/s390x/s390-skeys.c", "s390_storage_keys_save", None),
        ("net/slirp.c", "net_slirp_stream_write", None),
        ("slirp/slirp.c", "slirp_tcp_save", None),
        ("my-tests/dev.c", "dev_save", None),
    ],
)
def test_what_is_plumbing(rules: Rules, path: str, function: str, reason: str | None) -> None:
    found = rules.plumbing_for(path, function)
    assert (found.reason.startswith(reason) if found and reason else found) == (
        True if reason else None
    )


def test_handlers_are_known_by_their_registration(rules: Rules) -> None:
    found = {(r.name, r.arguments): (r.save, r.load) for r in rules.registrations}
    assert found["register_savevm", 6] == ((3,), (4,))
    assert found["register_savevm", 7] == ((4,), (5,))
    assert found["register_savevm_live", 9] == ((5, 6), (7,))
    members = {i.name: (i.save, i.load) for i in rules.initialisers}
    assert members["VMStateInfo"] == (("put",), ("get",))
    assert members["VMStateDescription"] == ((), ("load_state_old",))


def test_tree_facts(rules: Rules) -> None:
    assert ("VERSION", "configure") in rules.root_markers
    assert rules.cast_macros["container_of"] == 1
    declared = rules.declares_cast["OBJECT_DECLARE_TYPE"]
    assert (declared.type_argument, declared.name_argument) == (0, 2)
    assert "target-*" in rules.target_dirs
    assert rules.include_dirs[0] == "include"
    assert "roms" in rules.skip_dirs
    assert rules.lint["new-primitive"].hint
    assert "body" in rules.definition_reason


def test_every_rule_knows_its_place(rules: Rules) -> None:
    origin = rules.primitives["qemu_put_betr"].origin
    line = Path(origin.path).read_text().splitlines()[origin.line - 1 :][:2]
    assert "qemu_put_betr" in "".join(line)
    assert origin.col == 1


def test_rules_are_immutable(rules: Rules) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.plumbing = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        rules.visits["x"] = rules.visits["bool"]  # type: ignore[index]


VALID = 'visit("v", function="f", rfc="f", c_type="uint8_t", wire=("byte",))\n'


@pytest.mark.parametrize(
    ("text", "line", "col", "words"),
    [
        ('visit("v")\n', 1, 1, "expected schema(1) before the first rule"),
        ("schema(2)\n", 1, 1, "too new"),
        ("schema(0)\n", 1, 8, "a number from 1"),
        ("schema(True)\n", 1, 8, "a number from 1"),
        ("schema(1)\nschema(1)\n", 2, 1, "expected schema() once"),
        ("schema(1)\nvisitt('v')\n", 2, 1, "unknown rule visitt: expected one of schema"),
        ("schema(1)\nx = 1\n", 2, 1, "expected a rule"),
        ("schema(1)\nimport os\n", 2, 1, "expected a rule"),
        ("schema(1)\nif True:\n    skip_dir('x')\n", 2, 1, "expected a rule"),
        ("schema(1)\nos.system('true')\n", 2, 1, "unknown rule os.system"),
        ("schema(1)\nskip_dir(f'x')\n", 2, 10, "expected a literal"),
        ("schema(1)\nskip_dir('a' + 'b')\n", 2, 10, "expected a literal"),
        ("schema(1)\nskip_dir(*'a')\n", 2, 10, "expected a keyword"),
        ("schema(1)\nskip_dir(**{})\n", 2, 10, "skip_dir() has no **"),
        ("schema(1)\nskip_dir('a', 'b')\n", 2, 15, "expected a keyword: path="),
        ("schema(1)\nskip_dir('a', path='b')\n", 2, 15, "expected path once"),
        ("schema(1)\nskip_dir(dir='b')\n", 2, 10, "has no dir: expected path="),
        ("schema(1)\nskip_dir()\n", 2, 1, "path is missing, expected a relative path"),
        ("schema(1)\nskip_dir('/etc')\n", 2, 10, "relative to the root"),
        ("schema(1)\nskip_dir(b'a')\n", 2, 10, "found b'a'"),
        ("schema(1)\ncast_macro('c', type_argument=-1)\n", 2, 31, "expected a literal, a number"),
        ("schema(1)\ncast_macro('c', type_argument=1.0)\n", 2, 31, "found 1.0"),
        ("schema(1)\ncast_macro('^c.*', type_argument=1)\n", 2, 12, "regular expression"),
        ("schema(1)\nstays(path='a.c', functions='^f', reason='r')\n", 2, 29, "names are exact"),
        ("schema(1)\nstays(path='a.c', functions='f', reason='')\n", 2, 41, "a sentence"),
        ("schema(1)\nroot_marker(('a', 'a'))\n", 2, 13, "different ones"),
        ("schema(1)\nskip_dir(", 2, 9, "expected Python's syntax"),
        ("schema(1)\nskip_dir('\\d')\n", 2, 10 + (sys.version_info >= (3, 12)), "invalid escape"),
        ("schema(1)\n" + VALID.replace("byte", "be8"), 2, 58, 'one of "byte"'),
        ("schema(1)\n" + VALID.replace('"f"', '"f g"', 1), 2, 21, "a C identifier"),
    ],
)
def test_an_error_says_where_and_what_was_expected(
    text: str, line: int, col: int, words: str
) -> None:
    ((found_line, found_col, message),) = problems_of(text)
    assert (found_line, found_col) == (line, col)
    assert words in message


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b"schema(1)\nskip_dir('\xe9')\n",
        b"\0",
        b"\xef\xbb\xbfschema(1)\n",
        b"(" * 5000,
        b"schema(1)\nroot_marker(" + b"(" * 150 + b")" * 150 + b")\n",
        b"schema(1)\nroot_marker(" + b"-" * 100000 + b"1)\n",
        b"schema(" + b"9" * 5000 + b")\n",
    ],
)
def test_broken_files_are_problems_not_crashes(data: bytes) -> None:
    assert problems_of(data)


def test_the_place_of_a_wrong_byte() -> None:
    assert problems_of(b"schema(1)\nskip_dir('\xe9')\n")[0][:2] == (2, 11)


@given(
    st.binary() | st.text().map(str.encode) | st.text().map(lambda t: f"schema(1)\n{t}".encode())
)
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    for problem in read_rules("r.py", data)[1]:
        assert problem.line >= 1
        assert problem.col >= 1


def test_a_rule_file_is_never_run(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    name = repr(str(victim))
    text = f"schema(1)\n__import__('os').mkdir({name})\nskip_dir(open({name}, 'w'))\n"
    with pytest.raises(RuleError):
        load_rules([directory(tmp_path / "rules", bad=text)])
    assert not victim.exists()


def test_all_problems_of_all_files_come_at_once_in_order(tmp_path: Path) -> None:
    user = directory(tmp_path, b="schema(1)\nnope()\n", a="schema(1)\nskip_dir(1)\nx\n")
    with pytest.raises(RuleError) as caught:
        load_rules([user])
    places = [(Path(p.path).name, p.line) for p in caught.value.problems]
    assert places == [("a.py", 2), ("a.py", 3), ("b.py", 2)]
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"{user / 'a.py'}:2:10: error: skip_dir(): path: expected")


def test_a_users_rules_replace_and_add(tmp_path: Path, rules: Rules) -> None:
    text = (
        "schema(1)\n"
        'visit("uint8", function="my_u8", rfc="u8", c_type="uint8_t", wire=("byte",))\n'
        'primitive("my_put", direction="put", wire="byte", operand="value",\n'
        '          c_type="int", visit="uint8")\n'
        'stays(path="hw/mine.c", functions="mine_*", reason="ours")\n'
        'exact("__int8_t", "int8_t")\n'
    )
    merged = load_rules([directory(tmp_path / "sub", mine=text).parent])
    assert merged.visits["uint8"].function == "my_u8"
    assert len(merged.visits) == len(rules.visits)
    assert set(merged.primitives) - set(rules.primitives) == {"my_put"}
    kept = merged.plumbing_for("hw/mine.c", "mine_save")
    assert kept is not None
    assert kept.reason == "ours"
    assert len(merged.plumbing) == len(rules.plumbing) + 1
    assert merged.exact_types["__int8_t"] == "int8_t"
    again = directory(tmp_path / "again", mine=text.replace("my_u8", "his_u8"))
    assert load_rules([tmp_path / "sub", again]).visits["uint8"].function == "his_u8"


def test_a_duplicate_within_a_directory_is_refused(tmp_path: Path) -> None:
    user = directory(tmp_path, a="schema(1)\nskip_dir('x')\n", b="schema(1)\n\nskip_dir('x')\n")
    with pytest.raises(RuleError, match=r"b\.py:3:1: error: expected skip_dir\(\) once.*a\.py:2:1"):
        load_rules([user])


def test_a_directory_without_rules_is_refused(tmp_path: Path) -> None:
    for missing in (tmp_path, tmp_path / "none"):
        with pytest.raises(RuleError, match="expected a directory with"):
            load_rules([missing])


def primitive(direction: str, wire: str, operand: str, visit: str) -> str:
    facts = f'direction="{direction}", wire="{wire}", operand="{operand}", visit="{visit}"'
    return f'primitive("p", c_type="int", {facts})'


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            primitive("put", "byte", "result", "bool"),
            "expected an operand of a put",
        ),
        (
            primitive("get", "byte", "buffer", "bool"),
            "both buffer or neither",
        ),
        (
            primitive("get", "byte", "result", "no"),
            "expected the name of a visit, found no",
        ),
        (
            primitive("get", "be32", "result", "bool"),
            "to carry be32",
        ),
        ('registration("r", arguments=3, save=2, load=(1, 3))', "below 3, found 3"),
        ('initialiser("S")', "a member in save= or load="),
        ('exact("short", "uint12_t")', "the C type of a visit, found uint12_t"),
        (
            'dialect("9.9", trees="t", order=("visitor", "name", "object", "errp"), returns="bool",'
            ' error="errp", spelling="visit", recognise="declaration")',
            "something that tells it from dialect 5.1",
        ),
        (
            'dialect("9.9", trees="t", order=("visitor", "name", "object", "errp"), returns="bool",'
            ' error="errp", spelling="visit", recognise="absent")',
            "something that tells it from dialect pre-1.2",
        ),
    ],
)
def test_rules_must_fit_each_other(tmp_path: Path, rule: str, words: str) -> None:
    user = directory(tmp_path, a=f"schema(1)\n{rule}\n")
    with pytest.raises(RuleError) as caught:
        load_rules([user])
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (str(user / "a.py"), 2)
    assert words in problem.message


def test_loading_does_not_import_libcst() -> None:
    code = (
        "import sys, rewrite.rules.ruleset as r; r.load_rules(); sys.exit('libcst' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_rules_are_installed_with_the_package(tmp_path: Path) -> None:
    assert builtin_directory() == ROOT / "rules"
    source, built = tmp_path / "source", tmp_path / "built"
    for name in ("rewrite", "rules"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", source)
    (source / "README.md").write_text("")
    build = [
        "-c",
        "import setuptools; setuptools.setup()",
        "-q",
        "build",
        "--build-lib",
        str(built),
    ]
    subprocess.run([sys.executable, *build], cwd=source, check=True, capture_output=True)
    shutil.rmtree(source)
    code = (
        "import rewrite.rules.ruleset as r; print(r.builtin_directory());"
        "print(*sorted(r.load_rules().dialects), len(r.load_rules().primitives))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=built, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    assert found[0] == str(built / "rewrite" / "builtin_rules")
    assert found[1] == "1.2 2.6 5.1 pre-1.2 rfc 48"
