# SPDX-License-Identifier: GPL-2.0-or-later
"""The least that any tool does which parses: read a tree's C files, parse those that may hold a site.

python tests/bench/floor.py TREE
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

import tree_sitter_c
from tree_sitter import Language, Parser

PATTERN = r"qemu_(put|get)_(u?byte|sbyte|s?be(16|32|64)s?|s?betls?|s?8s|s?buffer)\b"
"""A primitive's name. It begins with a letter, so that the search for it can."""


def candidates(tree: str) -> Iterator[tuple[str, bytes]]:
    """The .c and .h files of a tree that hold a primitive's name, in order, with their bytes."""
    wanted = re.compile(PATTERN.encode("ascii"))
    for folder, folders, files in os.walk(tree):
        folders[:] = sorted(name for name in folders if name != ".git")
        for path in (os.path.join(folder, name) for name in sorted(files)):
            if not path.endswith((".c", ".h")) or os.path.islink(path):  # noqa: PTH114
                continue
            with open(path, "rb") as file:  # noqa: PTH123 - a Path for each file takes its time
                data = file.read()
            if wanted.search(data):
                yield path, data


def main() -> None:
    """Parse the candidates, and say how many there were."""
    parser = Parser(Language(tree_sitter_c.language()))
    print(
        sum(parser.parse(data) is not None for _, data in candidates(sys.argv[1])), "files parsed"
    )


if __name__ == "__main__":
    main()
