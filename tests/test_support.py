# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite support` on a tree of each era: what it adds compiles, runs and moves the same bytes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from conftest import MARKS
from support_trees import ERAS, Era, fork_of_1_2

from rewrite.cli.main import main


@pytest.fixture(params=sorted(ERAS))
def era(request: pytest.FixtureRequest) -> Era:
    found: Era = ERAS[request.param]
    return found


def _json(era: Era) -> list[str]:
    """What asks for JSON of a state, where the era can make it."""
    return ["--json"] if any("ERA_QOBJECT" in flag for flag in era.flags) else []


@pytest.mark.needs("gcc")
def test_round_trips(era: Era, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = era.write(tmp_path)
    assert main(["support", str(root), "--apply", *_json(era)]) == 0
    assert f"(dialect {era.dialect})" in capsys.readouterr().err
    done = era.build(root)
    assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr


@pytest.mark.needs("gcc")
def test_round_trips_in_the_spelling_of_the_mail(era: Era, tmp_path: Path) -> None:
    root = era.write(tmp_path)
    assert main(["support", str(root), "--apply", "--dialect", "rfc", *_json(era)]) == 0
    done = era.build(root, "-DERA_RFC")
    assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr


@pytest.mark.needs("gcc")
def test_json_is_added_where_it_is_asked_for(
    era: Era, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = era.write(tmp_path)
    assert main(["support", str(root)]) == 0
    plain, told = capsys.readouterr()
    assert "qobject" not in plain + told
    assert ("_Bool" in plain) == (era.name == "none"), "bool, where QEMU writes so"
    expected = 0 if _json(era) else 2
    assert main(["support", str(root), "--json"]) == expected
    assert ("qemu-file-qobject.c" in capsys.readouterr().out) == bool(_json(era))
    if _json(era) and era.dialect == "5.1":
        main(["support", str(root), "--apply"])
        done = era.build(root, "-UERA_QOBJECT")
        assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr
        capsys.readouterr()
        assert main(["support", str(root), "--json"]) == 2
        assert "has the second already" in capsys.readouterr().err


def test_the_diff_is_what_is_written(
    era: Era, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    root, other = era.write(tmp_path / "a"), era.write(tmp_path / "b")
    assert main(["support", str(root)]) == 0
    diff = capsysbinary.readouterr().out
    subprocess.run(["git", "apply", "-"], cwd=root, input=diff, check=True)
    assert main(["support", str(other), "--apply"]) == 0
    names = sorted(p.relative_to(root) for p in root.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(other) for p in other.rglob("*") if p.is_file())
    assert all((root / n).read_bytes() == (other / n).read_bytes() for n in names)


def test_a_tree_that_has_all_gets_nothing(
    era: Era, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = era.write(tmp_path)
    main(["support", str(root), "--apply"])
    capsys.readouterr()
    assert main(["support", str(root)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("the tree has what code of dialect")
    # Its visitors are written in terms of the primitives: nothing there is to be converted.
    assert main([str(root), "--check"]) == 0


@pytest.mark.needs("gcc")
def test_a_target_long_is_as_wide_as_the_primitive(era: Era, tmp_path: Path) -> None:
    root = era.write(tmp_path)
    main(["support", str(root), "--apply"])
    header = next(p for p in root.rglob("*.h") if "qemu_put_betl" in p.read_text())
    for bits in ("32", "64"):
        command = ["gcc", "-E", "-P", f"-DTARGET_LONG_BITS={bits}", "-I.", "-Iinclude", "-Itests"]
        text = f'#include "{header.relative_to(root)}"\nVALUE visit_type_uinttl visit_type_inttl\n'
        folder = Path(__file__).parent / "support"
        out = subprocess.run(
            [*command, f"-I{folder}", "-x", "c", "-"],
            input=text, cwd=root, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        assert out.splitlines()[-1] == f"VALUE visit_type_uint{bits} visit_type_int{bits}"


@pytest.mark.needs("gcc")
def test_a_fork_with_visitors_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They get a function for buffers: byte by byte, a short read would not end as it did."""
    fork = fork_of_1_2()
    root = fork.write(tmp_path)
    assert main(["support", str(root), "--apply"]) == 0
    err = capsys.readouterr().err
    assert "added: qemu_file_get_errp, visit_type_buffer" in err
    assert not list(root.rglob("qemu-file-qobject*"))
    written = (root / "savevm.c").read_text()
    assert written.count("type_buffer = fork_output_buffer;\n") == 1
    assert written.count("type_buffer = fork_input_buffer;\n") == 1
    done = fork.build(root)
    assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr
    assert main(["support", str(root)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.needs("gcc")
def test_a_fork_byte_by_byte_is_not_the_primitive(tmp_path: Path) -> None:
    """The test above can fail: without the two functions a short read writes more."""
    fork = fork_of_1_2()
    root = fork.write(tmp_path)
    assert main(["support", str(root), "--apply"]) == 0
    code = root / "savevm.c"
    code.write_text(re.sub(r".*type_buffer = fork_.*\n", "", code.read_text()))
    assert fork.build(root, "-Wno-unused-function").returncode != 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("*obj = qemu_get_byte(fv->file);", "*obj = qemu_get_byte(fv->file) ^ 1;", "one visit of a byte"),
        ("qemu_put_byte(fv->file, *obj);", "note(v);\n    qemu_put_byte(fv->file, *obj);", "one visit"),
        ("visitor.type_uint8 =", "visitor.type_octet =", "no visitor of a stream found"),
    ],
)  # fmt: skip
def test_a_fork_whose_visitors_are_of_another_form_is_told_what_to_add(
    old: str, new: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = fork_of_1_2().write(tmp_path)
    code = root / "savevm.c"
    code.write_text(code.read_text().replace(old, new))
    before = code.read_text()
    assert main(["support", str(root), "--apply"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "set it beside type_uint8, then run this again" in error
    assert code.read_text() == before
    added = "    v->visitor.type_buffer = fork_output_buffer;\n    return &v->visitor;"
    code.write_text(before.replace("    return &v->visitor;", added))
    assert main(["support", str(root)]) == 0
    assert "member" not in capsys.readouterr().err


@pytest.mark.parametrize("dialect", ["auto", "1.2"])
def test_no_visitor_of_a_fork_is_converted(
    dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A visit in a visitor would call itself, in whatever way it comes to its primitive."""
    root = fork_of_1_2().write(tmp_path)
    code = root / "savevm.c"
    text = code.read_text().replace(
        "static void fork_output_uint16",
        "static void put_half(QEMUFile *f, uint16_t half)\n{\n    qemu_put_be16(f, half);\n}\n"
        "static void fork_output_uint16",
    )
    code.write_text(text.replace("qemu_put_be16(fv->file, *obj);", "put_half(fv->file, *obj);"))
    (root / "hw/a.c").write_text(
        "static void a_save(QEMUFile *f, void *opaque)\n{\n    qemu_put_be32(f, 1);\n}\n"
    )
    assert main([str(root), "--dialect", dialect, "--stats", "-"]) == 0
    figures = json.loads(capsys.readouterr().out)
    changed = {s["path"] for s in figures["site_list"] if s["outcome"] == "converted"}
    assert changed == {"hw/a.c"}
    told = {s["function"]: s["reason"] for s in figures["site_list"] if s["path"] == "savevm.c"}
    assert "a visit's own body" in told["fork_input_uint8"]
    assert "a visit comes to it" in told["put_half"]


def test_no_place_for_an_edit_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ERAS["5.1"].write(tmp_path)
    file = root / "migration/qemu-file.c"
    file.write_text(file.read_text().replace("f->is_writable = is_writable;", "init(f);"))
    before = file.read_bytes()
    assert main(["support", str(root), "--apply"]) == 2
    error = capsys.readouterr().err
    assert "no place for the open of the support code" in error
    assert "`->is_writable = is_writable`" in error
    assert file.read_bytes() == before
    assert not list(root.rglob("qemu-file-visitor*"))


def test_apply_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ERAS["5.1"].write(tmp_path)
    (root / "hw").mkdir()
    (root / "hw/a.c").write_text(
        "static void a_save(QEMUFile *f, void *opaque)\n{\n    qemu_put_be32(f, 1);\n}\n"
    )
    assert main([str(root / "hw"), "--apply"]) == 0
    assert f"run `rewrite support {root} --apply`" in capsys.readouterr().err
    main(["support", str(root), "--apply"])
    (root / "hw/b.c").write_text(
        "static void b_save(QEMUFile *f, void *opaque)\n{\n    qemu_put_be32(f, 1);\n}\n"
    )
    capsys.readouterr()
    assert main([str(root / "hw"), "--apply"]) == 0
    assert "rewrite support" not in capsys.readouterr().err


def test_dialect_says_what_shows_it(
    era: Era, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = era.write(tmp_path)
    assert main(["dialect", str(root)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{era.dialect} (")
    assert "visit_type_uint32" in out


def test_an_unknown_api_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ERAS["5.1"].write(tmp_path)
    header = root / "include/qapi/visitor.h"
    header.write_text("\nint visit_type_uint32(Visitor *v, uint32_t *obj);\n")
    for command in ("dialect", "support"):
        assert main([command, str(root)]) == 2
        error = capsys.readouterr().err
        assert error.startswith(
            f"{header}:2:1: error: no dialect has this declaration: int visit_type"
        )


def test_a_tree_without_a_stream_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in MARKS:
        (tmp_path / name).touch()
    assert main(["support", str(tmp_path)]) == 2
    assert "no header of the tree declares qemu_get_buffer" in capsys.readouterr().err
