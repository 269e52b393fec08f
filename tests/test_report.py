# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of `rewrite report`: its structure, what it says, and that no text of a tree harms it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import CORPUS, Ran, Tree
from test_cli import KETTLE, SPOUT, STATE, VISITOR

from rewrite.convert.conversion import convert_tree, open_converter
from rewrite.report.side_by_side import LineRow
from rewrite.report.view import build_report
from rewrite.rules.ruleset import load_rules

Rewrite = Callable[..., Any]

VOID = {"meta", "input", "br", "link", "img", "hr"}
HOSTILE_NAME = "hw/<script>alert(1)</script>&\"'.c"
HOSTILE_TEXT = "</script><script>alert(2)</script><img src=x onerror=alert(3)>"
BACKWARDS = "\u202e"


class Page(HTMLParser):
    """A page's elements, checked for being well formed as they are read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID and not (tag == "rect" and self.open[-1] == "svg"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def attributes(self, name: str) -> list[str]:
        return [a[name] or "" for _, a in self.elements if name in a]

    def text(self) -> str:
        return "".join(t for tag, t in self.texts if tag not in ("script", "style"))


def page_of(rewrite: Rewrite, *arguments: object, status: int = 0) -> Page:
    ran = rewrite("report", *arguments, "-o", "-")
    assert ran.status == status, ran.err
    return Page(ran.out.decode())


@pytest.fixture
def hostile(tree: Tree) -> Tree:
    text = KETTLE.replace(
        "KettleState *s = opaque;", f"KettleState *s = opaque; /* {HOSTILE_TEXT} */"
    )
    text = text.replace("s->heat);", f"s->heat); /* {BACKWARDS} \x1b[31m */")
    return tree.write(
        {"include/qapi/visitor.h": VISITOR, "include/hw/kettle.h": STATE, HOSTILE_NAME: text}
    )


@pytest.fixture
def shop(tree: Tree) -> Tree:
    return tree.write(
        {
            "include/qapi/visitor.h": VISITOR,
            "include/hw/kettle.h": STATE,
            "hw/a/deep/kettle.c": KETTLE,
            "hw/b/spout.c": SPOUT,
        }
    )


# -- structure -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus_page(spawn: Callable[..., Ran]) -> Page:
    ran = spawn("report", ".", "-o", "-", cwd=CORPUS)
    assert ran.status == 0, ran.err
    return Page(ran.out.decode())


def test_the_page_is_well_formed_and_every_reference_in_it_leads_somewhere(
    corpus_page: Page,
) -> None:
    page = corpus_page
    ids = page.attributes("id")
    assert max(Counter(ids).values()) == 1
    for attribute in ("aria-labelledby", "aria-describedby"):
        assert set(page.attributes(attribute)) <= set(ids)
    links = page.attributes("href")
    assert len(links) > 100
    assert all(link.startswith("#") and unquote(link[1:]) in ids for link in links)


def test_the_page_has_what_assistive_technology_needs(corpus_page: Page) -> None:
    page = corpus_page
    assert page.named("html")[0]["lang"] == "en"
    assert len(page.named("h1")) == len(page.named("main")) == len(page.named("title")) == 1
    headings = [int(t[1]) for t, _ in page.elements if re.fullmatch("h[1-6]", t)]
    assert all(b - a <= 1 for a, b in pairwise(headings))
    assert len(page.named("caption")) == len(page.named("table")) > 0
    assert all(a["scope"] == "col" for a in page.named("th"))
    assert all(a.get("aria-hidden") == "true" for a in page.named("svg"))
    assert [a["role"] for a in page.named("p") if "role" in a] == ["status"]


def test_the_page_needs_nothing_else(corpus_page: Page) -> None:
    page = corpus_page
    assert {"link", "img", "iframe", "object"} & {tag for tag, _ in page.elements} == set()
    assert page.attributes("src") == []
    assert page.attributes("style") == []
    style = next(text for tag, text in page.texts if tag == "style")
    assert "url(" not in style
    assert "@import" not in style
    [policy] = [a["content"] for a in page.named("meta") if "http-equiv" in a]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_two_runs_give_the_same_bytes(spawn: Callable[..., Ran], shop: Tree) -> None:
    one = spawn("report", ".", "-o", "-", cwd=shop.root, PYTHONHASHSEED="1")
    two = spawn("report", "..", "-o", "-", cwd=shop.root / "hw", PYTHONHASHSEED="2")
    assert one.status == two.status == 0
    assert one.out == two.out
    assert str(shop.root).encode() not in one.out


# -- what it says ----------------------------------------------------------------------------------


def test_every_site_is_on_the_page_once(rewrite: Rewrite, shop: Tree) -> None:
    figures = json.loads(rewrite(shop.root, "--stats", "-").out)
    page = page_of(rewrite, shop.root)
    rows = [i for i in page.attributes("id") if re.fullmatch(r"s\d+", i)]
    assert len(rows) == figures["sites"] == 9
    text = page.text()
    for word in ("8 converted", "1 refused", "hw/a/deep/kettle.c", "spout_save()"):
        assert word in text, word


def test_what_stays_is_told_with_its_reason(rewrite: Rewrite, shop: Tree) -> None:
    rules = shop.root.parent / "more"
    rules.mkdir()
    (rules / "mine.py").write_text(
        'schema(1)\nstays(path="hw/a/deep/kettle.c", functions=["kettle_load"], '
        'reason="it is a kettle")\n'
    )
    text = page_of(rewrite, shop.root, "--rules", rules).text()
    assert "it is a kettle" in text
    assert "a get in a function that saves, or a put in one that loads" in text
    assert "hw/b/spout.c:6:13" in text


def test_a_site_tells_its_type_and_where_that_is_declared(rewrite: Rewrite, shop: Tree) -> None:
    text = page_of(rewrite, shop.root).text()
    assert "heat_t = uint16_t" in text
    assert "include/hw/kettle.h:6:12" in text


def test_both_texts_of_a_function_are_shown_as_they_are() -> None:
    """Every line that is shown is the line with that number, and what changed is all there."""
    rules = load_rules()
    converter = open_converter(CORPUS, rules)
    result = convert_tree(converter, [CORPUS])
    view = build_report(converter, result)
    changed = 0
    for file, shown in zip(result.files, view.files, strict=True):
        old = file.source.data.decode(file.source.encoding).split("\n")
        text = file.change.new if file.change is not None else b""
        new = text.decode(file.source.encoding).split("\n")
        rows = [row for function in shown.functions for row in function.rows]
        for row in rows:
            if row.old_line is not None:
                assert "".join(p.text for p in row.old) == old[row.old_line - 1].rstrip("\r")
            if row.new_line is not None:
                assert "".join(p.text for p in row.new) == new[row.new_line - 1].rstrip("\r")
            if not row.changed and not row.gap:
                assert "".join(p.text for p in row.old) == "".join(p.text for p in row.new)
        marked = {r.old_line for r in rows if r.changed} | {
            -r.new_line for r in rows if r.changed and r.new_line
        }
        changed += len(marked)
        kept_old = [line for n, line in enumerate(old, 1) if n not in marked]
        kept_new = [line for n, line in enumerate(new, 1) if -n not in marked]
        assert file.change is None or kept_old == kept_new
    assert changed > 200


def marked(rows: tuple[LineRow, ...], side: str) -> dict[int, str]:
    """The text that each site's marks cover on one side, on one line."""
    found: dict[int, list[str]] = {}
    for row in rows:
        line: dict[int, str] = {}
        for piece in getattr(row, side):
            if piece.site is not None:
                line[piece.site] = line.get(piece.site, "") + piece.text
        for site, text in line.items():
            found.setdefault(site, []).append(text)
    return {site: " ".join(" ".join(lines).split()) for site, lines in found.items()}


def test_a_site_is_marked_in_both_texts() -> None:
    converter = open_converter(CORPUS, load_rules())
    view = build_report(converter, convert_tree(converter, [CORPUS]))
    for function in (f for file in view.files for f in file.functions if f.rows):
        old, new = marked(function.rows, "old"), marked(function.rows, "new")
        converted = {s.number for s in function.sites if s.outcome == "converted"}
        apart = ("declared first", "temporary")  # visited elsewhere than where they were read
        moved = {
            s.number
            for s in function.sites
            if any(w in dict(s.facts).get("because", "") for w in apart)
        }
        calls = {s.number: s.call for s in function.sites if s.number in converted}
        # A call among the arguments of another one is part of its mark.
        inner = {n for n in calls.keys() - old.keys() if any(calls[n] in c for c in old.values())}
        assert all(old[number] == calls[number] for number in calls.keys() - inner)
        assert converted - moved - inner <= new.keys()
        for site in converted & new.keys():
            assert new[site].count("(") == new[site].count(")"), new[site]
            # The condition of a loop is visited in the loop's block.
            headed = new[site] == "for (;;)"
            assert "visit" in new[site] or headed or site in moved, new[site]


# -- what it must stand ----------------------------------------------------------------------------


def test_names_and_text_of_a_tree_stay_text(rewrite: Rewrite, hostile: Tree) -> None:
    page = page_of(rewrite, hostile.root)
    assert len(page.named("script")) == len(page.named("style")) == 1
    assert not any(name.startswith("on") for _, a in page.elements for name in a)
    text = page.text()
    assert HOSTILE_NAME in text
    assert HOSTILE_TEXT in text
    assert HOSTILE_NAME in page.attributes("data-path")
    assert BACKWARDS not in text
    assert "<U+202E>" in text
    assert "\x1b" not in text
    assert "␛[31m" in text


def test_a_name_that_is_not_unicode_is_spelled(rewrite: Rewrite, tree: Tree) -> None:
    tree.write({"include/qapi/visitor.h": VISITOR})
    name = b"caf\xe9.c"
    Path(str(tree.root).encode().decode(), name.decode("utf-8", "surrogateescape")).write_text(
        SPOUT
    )
    assert r"caf\xe9.c" in page_of(rewrite, tree.root).text()


def test_a_tree_without_sites_gives_a_page_too(rewrite: Rewrite, tree: Tree) -> None:
    tree.write({"plain.c": "int plain;\n"})
    assert "No call of a primitive" in page_of(rewrite, tree.root).text()


def test_the_page_is_written_whole_and_an_old_one_keeps_its_mode(
    rewrite: Rewrite, shop: Tree, tmp_path: Path
) -> None:
    target = tmp_path / "page.html"
    assert rewrite("report", shop.root, "-o", target).status == 0
    first = target.read_bytes()
    assert first.endswith(b"</html>\n")
    target.write_bytes(b"old")
    target.chmod(0o604)
    assert rewrite("report", shop.root, "-o", target).status == 0
    assert target.read_bytes() == first
    assert target.stat().st_mode & 0o777 == 0o604
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["page.html"]


def test_a_page_that_cannot_be_written_is_an_input_error(rewrite: Rewrite, shop: Tree) -> None:
    ran = rewrite("report", shop.root, "-o", shop.root / "none" / "page.html")
    assert ran.status == 2
    assert "error: cannot write: No such file" in ran.err


# -- proofs ----------------------------------------------------------------------------------------


@pytest.fixture
def figures(rewrite: Rewrite, shop: Tree, tmp_path: Path) -> Path:
    """What `verify` says of the shop."""
    target = tmp_path / "proofs.json"
    include = shop.root / "include"
    shim = "typedef struct QEMUFile QEMUFile; typedef struct Visitor Visitor; typedef struct Error Error;"
    shop.write(
        {
            "include/qemu.h": f"#include <stddef.h>\n#include <stdint.h>\n#include <stdbool.h>\n{shim}\n"
            "void qemu_put_be32(QEMUFile *, unsigned); void qemu_put_be16(QEMUFile *, unsigned);\n"
            "void qemu_put_byte(QEMUFile *, int); unsigned qemu_get_be32(QEMUFile *);\n"
            "unsigned qemu_get_be16(QEMUFile *); int qemu_get_byte(QEMUFile *);\n"
            "void qemu_put_8s(QEMUFile *, const uint8_t *); void qemu_get_8s(QEMUFile *, uint8_t *);\n"
            "void register_savevm();\n"
        }
    )
    command = f"gcc -I{include} -include {include}/qemu.h -c {{file}}"
    ran = rewrite(
        "verify", shop.root, "--cc", command, "--no-cache", "--stats", target, "--jobs", 1
    )
    assert ran.status in (0, 3), ran.err
    return target


@pytest.mark.needs("gcc")
def test_the_state_of_each_proof_is_shown(rewrite: Rewrite, shop: Tree, figures: Path) -> None:
    document = json.loads(figures.read_text())
    outcomes = {f["function"]: f for f in document["function_list"]}
    assert {f["outcome"] for f in outcomes.values()} == {"proved"}
    outcomes["kettle_load"] |= {"outcome": "differs", "unit": "a.o", "detail": "<b>listing</b>"}
    outcomes["spout_load"] |= {"outcome": "not-in-build"}
    document["function_list"] = [f for n, f in outcomes.items() if n != "spout_save"]
    figures.write_text(json.dumps(document))
    page = page_of(rewrite, shop.root, "--verify", figures)
    functions = [
        a["data-proof"] for a in page.named("details") if a.get("class") == "item function"
    ]
    assert functions == ["proved", "differs", "missing", "unproved"]
    for text in ("proved: identical machine code; compilations: 1 by ", "<b>listing</b>"):
        assert text in page.text()
    assert "machine code differs in a.o" in page.text()


@pytest.mark.needs("gcc")
def test_a_proof_of_another_text_does_not_count(
    rewrite: Rewrite, shop: Tree, figures: Path
) -> None:
    kettle = shop.root / "hw/a/deep/kettle.c"
    kettle.write_text(kettle.read_text().replace("s->lid", "s->heat"))
    page = page_of(rewrite, shop.root, "--verify", figures)
    states = [a["data-proof"] for a in page.named("details") if "data-proof" in a]
    assert states.count("proved") == 2
    assert states.count("stale") == 2  # the other file is as it was, and its proofs hold


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"function_list": [], "file_list": [3]}',
        '{"function_list": [{"path": "a"}], "file_list": []}',
        '{"function_list": 5}',
        "[" * 100_000,
    ],
)
def test_figures_that_are_none_are_an_input_error(
    rewrite: Rewrite, shop: Tree, tmp_path: Path, text: str
) -> None:
    target = tmp_path / "proofs.json"
    target.write_text(text)
    ran = rewrite("report", shop.root, "--verify", target, "-o", "-")
    assert (ran.status, ran.out) == (2, b"")
    assert ran.err.startswith(f"{target}: error: ")


# -- what it was made of, links, the state before --------------------------------------------------


def _git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    environment = {**os.environ, "GIT_COMMITTER_DATE": "2011-12-01T12:00:00Z"}
    command = ["git", *identity, *words]
    ran = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True)
    return ran.stdout.decode().strip()


@pytest.fixture
def committed(shop: Tree) -> Tree:
    _git(shop.root, "init", "-q")
    _git(shop.root, "add", "-A")
    _git(shop.root, "commit", "-qm", "start")
    return shop


def test_the_head_names_commit_date_and_command(
    rewrite: Rewrite, committed: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(committed.root / "hw")
    commit = _git(committed.root, "rev-parse", "HEAD")
    text = page_of(rewrite, "a", "--dialect", "5.1").text()
    assert f"Commit {commit} of 2011-12-01." in text
    assert "Made by rewrite report hw/a --dialect 5.1." in text
    (committed.root / "hw/b/spout.c").write_text("\n" + SPOUT)
    assert "of 2011-12-01, with files changed since." in page_of(rewrite, ".").text()


def test_the_page_of_an_applied_conversion_is_that_of_before(
    rewrite: Rewrite, committed: Tree
) -> None:
    before = page_of(rewrite, committed.root)
    assert rewrite(committed.root, "--apply").status == 0
    assert not page_of(rewrite, committed.root).named("ins")
    after = page_of(rewrite, committed.root, "--base", "HEAD")
    assert len(after.named("ins")) == len(before.named("ins")) > 5
    path = committed.root / "hw/a/deep/kettle.c"
    path.write_text(path.read_text() + "int more;\n")
    ran = rewrite("report", committed.root, "--base", "HEAD", "-o", "-")
    assert "kettle.c: warning: differs from HEAD in more than its conversion" in ran.err
    assert rewrite("report", committed.root, "--base", "none", "-o", "-").status == 2


def test_a_function_has_a_name_that_stays_and_a_link_to_its_source(
    rewrite: Rewrite, committed: Tree
) -> None:
    page = page_of(
        rewrite, committed.root, "--source-url", "https://example.org/{commit}/{path}#L{line}"
    )
    commit = _git(committed.root, "rev-parse", "HEAD")
    assert "hw/a/deep/kettle.c:kettle_save" in page.attributes("id")
    links = page.attributes("href")
    assert f"https://example.org/{commit}/hw/a/deep/kettle.c#L3" in links
    assert "#hw/a/deep/kettle.c%3Akettle_save" in links
    committed.write({"hw/a/a.c": SPOUT.replace("spout", "first")})
    assert "hw/a/deep/kettle.c:kettle_save" in page_of(rewrite, committed.root).attributes("id")
    ran = rewrite("report", committed.root, "--source-url", "javascript:alert(1)", "-o", "-")
    assert (ran.status, ran.out) == (2, b"")


def test_lines_far_from_a_change_are_there_and_folded(rewrite: Rewrite, shop: Tree) -> None:
    middle = "".join(f"    s->level = {n};\n" for n in range(30))
    text = SPOUT.replace("    qemu_put_8s", f"{middle}    qemu_put_8s", 1)
    shop.write({"hw/b/long.c": text.replace("spout", "long")})
    page = page_of(rewrite, shop.root / "hw/b/long.c")
    folded = [a for a in page.named("tr") if a.get("class") == "folded"]
    assert len(folded) > 20
    assert all("hidden" in attributes for attributes in folded)
    assert f"{len(folded)} lines unchanged" in page.text()
