# SPDX-License-Identifier: GPL-2.0-or-later
"""What the pages under docs/ take from the code is what the code says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran

from rewrite.rules.ruleset import load_rules

DOCS = Path(__file__).parent.parent / "docs"


def _kinds(spawn: Callable[..., Ran]) -> str:
    ran = spawn("rules", "kinds", cwd=DOCS)
    assert ran.status == 0
    return ran.out.decode()


def _dialects(spawn: Callable[..., Ran]) -> str:
    del spawn
    rows = ["| `--dialect` | trees | arguments | returns |", "|---|---|---|---|"]
    for dialect in load_rules().dialects.values():
        order = ", ".join(dialect.order)
        rows.append(f"| `{dialect.name}` | {dialect.trees} | {order} | {dialect.returns} |")
    return "\n".join(rows) + "\n"


def _codes(spawn: Callable[..., Ran]) -> str:
    ran = spawn("explain", "--list", cwd=DOCS)
    assert ran.status == 0
    return ran.out.decode()


PARTS = {
    "codes.md": ("codes", _codes),
    "rules.md": ("kinds", _kinds),
    "dialects.md": ("dialects", _dialects),
}


@pytest.mark.parametrize("page", PARTS)
def test_a_page_holds_what_the_code_says(
    page: str, spawn: Callable[..., Ran], request: pytest.FixtureRequest
) -> None:
    mark, part = PARTS[page]
    text = (DOCS / page).read_text()
    match = re.search(rf"<!-- {mark} -->\n(.*)<!-- end -->\n", text, re.DOTALL)
    assert match is not None
    said = f"\n{part(spawn)}\n"
    if request.config.getoption("--update-golden"):
        (DOCS / page).write_text(text[: match.start(1)] + said + text[match.end(1) :])
    else:
        assert match[1] == said, "record it with --update-golden"


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*DOCS.glob("*.md"), *DOCS.parent.glob("*.md"), DOCS.parent / "corpus/README.md"]
    for page in pages:
        for target, anchor in re.findall(r"\]\((?!http)([^)#]*)(#[^)]*)?\)", page.read_text()):
            linked = page.parent / target if target else page
            assert linked.is_file(), f"{page.name}: {target}"
            if anchor:
                heads = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
                slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}
                assert anchor[1:] in slugs, f"{page.name}: {target}{anchor}"
