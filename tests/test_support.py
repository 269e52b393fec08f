# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite support` on a tree of each era: what it adds compiles, runs and moves the same bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import MARKS
from support_trees import ERAS, Era

from rewrite.cli.main import main


@pytest.fixture(params=sorted(ERAS))
def era(request: pytest.FixtureRequest) -> Era:
    found: Era = ERAS[request.param]
    return found


@pytest.mark.needs("gcc")
def test_round_trips(era: Era, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = era.write(tmp_path)
    assert main(["support", str(root), "--apply"]) == 0
    assert f"(dialect {era.dialect})" in capsys.readouterr().err
    done = era.build(root)
    assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr


@pytest.mark.needs("gcc")
def test_round_trips_in_the_spelling_of_the_mail(era: Era, tmp_path: Path) -> None:
    root = era.write(tmp_path)
    assert main(["support", str(root), "--apply", "--dialect", "rfc"]) == 0
    done = era.build(root, "-DERA_RFC")
    assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr


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


def test_a_fork_gets_only_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ERAS["1.2"].write(tmp_path)
    header = root / "fork.h"
    header.write_text("Visitor *qemu_file_get_visitor(QEMUFile *f);\n")
    assert main(["support", str(root)]) == 0
    out, err = capsys.readouterr()
    assert "missing: qemu_file_get_errp, visit_type_buffer" in err
    assert "qemu_file_visitor_init" not in out
    assert "Visitor *qemu_file_get_visitor" not in out
    assert "+Error **qemu_file_get_errp(QEMUFile *f)" in out


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
