# SPDX-License-Identifier: GPL-2.0-or-later
"""The package as others get it: a source distribution, a wheel, a name that it shares."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import REPOSITORY, Ran

from rewrite import __version__
from rewrite.cli.manual import make_manual

_LEFT_OUT = (".git", ".venv", ".*_cache", ".hypothesis", "*.egg-info", "__pycache__", "build")
"""What a checkout holds besides what is in it by git."""


def _python(*words: str, cwd: Path, **environment: str) -> Ran:
    process = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    return Ran(process.returncode, process.stdout, process.stderr.decode())


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of this checkout, unpacked."""
    folder = tmp_path_factory.mktemp("package")
    copy = folder / "checkout"
    shutil.copytree(REPOSITORY, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    build = f"from setuptools import build_meta; build_meta.build_sdist({str(folder)!r})"
    ran = _python("-c", build, cwd=copy)
    assert ran.status == 0, ran.err
    with tarfile.open(folder / f"qemu_visitor_rewrite-{__version__}.tar.gz") as archive:
        # Debian 12's Python 3.11.2 has no filters yet.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(folder, **safely)
    return folder / f"qemu_visitor_rewrite-{__version__}"


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """The wheel that the source distribution makes."""
    folder = source.parent
    build = f"from setuptools import build_meta; print(build_meta.build_wheel({str(folder)!r}))"
    ran = _python("-c", build, cwd=source)
    assert ran.status == 0, ran.err
    return folder / ran.out.decode().split()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of modules with what the wheel installs."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _command(modules: Path, *words: str, cwd: Path) -> Ran:
    """Run what the installed `rewrite` runs, with a folder of modules before all others."""
    start = f"import sys; sys.argv = ['rewrite', *{words!r}]"
    program = f"{start}; from qemu_visitor_rewrite import entry_point; entry_point()"
    return _python("-c", program, cwd=cwd, PYTHONPATH=str(modules))


def test_the_tests_run_from_the_source_distribution(source: Path) -> None:
    assert (source / "tests/conftest.py").is_file()
    assert not list(source.rglob("__pycache__"))
    words = ("-m", "pytest", "-n0", "-q", "tests/test_demo.py", "tests/test_golden.py")
    ran = _python(*words, cwd=source, PYTHONPATH=str(source))
    assert ran.status == 0, ran.out.decode()[-2000:]
    assert re.search(rb"\d{2,} passed", ran.out)


def test_an_installed_wheel_has_the_demo(installed: Path, tmp_path: Path) -> None:
    ran = _command(installed, "demo", cwd=tmp_path)
    assert (ran.status, ran.err) == (0, "")
    assert b"48 sites: 45 converted" in ran.out
    assert str(installed).encode() in ran.out, "the rules are those of the wheel"
    assert _command(installed, "--version", cwd=tmp_path).out.decode() == f"rewrite {__version__}\n"


def test_the_wheel_has_every_module(wheel: Path) -> None:
    modules = {str(p.relative_to(REPOSITORY)) for p in (REPOSITORY / "rewrite").rglob("*.py")}
    with zipfile.ZipFile(wheel) as archive:
        assert modules <= set(archive.namelist())


def test_the_wheel_tells_what_others_ask_of_a_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = next(n for n in names if n.endswith(".dist-info/METADATA"))
        metadata = archive.read(about).decode()
        page = next(n for n in names if n.endswith("share/man/man1/rewrite.1"))
        assert archive.read(page).decode() == make_manual()
    assert "rewrite/py.typed" in names
    assert "\nLicense-Expression: GPL-2.0-or-later\n" in metadata
    for field in ("Author", "Project-URL", "Classifier"):
        assert f"\n{field}: " in metadata
    assert any(n.endswith("licenses/LICENSE") for n in names)


FOREIGN = {
    "another package before this one": {"rewrite/__init__.py": "class Recipe: ...\n"},
    "one that cannot be imported": {"rewrite/__init__.py": "import no_such_module_at_all\n"},
}


@pytest.mark.parametrize("files", FOREIGN.values(), ids=FOREIGN)
def test_a_package_of_the_same_name_is_told(
    files: Mapping[str, str], installed: Path, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    ran = _command(Path(f"{tmp_path}{os.pathsep}{installed}"), "--version", cwd=tmp_path.parent)
    assert (ran.status, ran.out) == (2, b"")
    assert ran.err.startswith(f"rewrite: error: {tmp_path / 'rewrite'} is another package")
    assert "`pipx install`" in ran.err
    assert ran.err.count("\n") == 1


def test_a_package_that_overwrote_this_one_is_told(installed: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    shutil.copytree(installed, mixed)
    (mixed / "rewrite/__init__.py").write_text("from rewrite.tree import Tree\n")
    ran = _command(mixed, "hw", cwd=tmp_path)
    assert ran.status == 2
    assert f"{mixed / 'rewrite'} is another package of the name `rewrite`" in ran.err


def test_the_manual_page_is_what_the_parsers_say(request: pytest.FixtureRequest) -> None:
    page = REPOSITORY / "docs/rewrite.1"
    if request.config.getoption("--update-golden"):
        page.write_text(make_manual())
    assert page.read_text() == make_manual(), "record it with --update-golden"


@pytest.mark.needs("man")
def test_the_manual_page_can_be_read() -> None:
    page = REPOSITORY / "docs/rewrite.1"
    command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_changes_name_the_version() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (\S+)$", text, re.MULTILINE)[0] == __version__
