# SPDX-License-Identifier: GPL-2.0-or-later
"""How the installed command `rewrite` starts: it makes sure that the package `rewrite` is this one.

The import package of PyPI's `openrewrite` has the same name. Where both are in one environment, one has
overwritten parts of the other, and nothing that it does could be relied on.
"""

from __future__ import annotations

import sys
from pathlib import Path


def entry_point() -> None:
    """Run the command, or say which other package has its name and exit with status 2."""
    from importlib.util import find_spec

    try:
        import rewrite

        ours = "convert_paths" in getattr(rewrite, "__all__", ())
    except ImportError:
        ours = False
    if not ours:
        found = find_spec("rewrite")
        sys.exit(_tell_foreign(found.origin if found is not None else None))
    from rewrite.cli.main import entry_point as run

    run()


def _tell_foreign(file: str | None) -> int:
    place = Path(file).parent if file else "a package"
    print(
        f"rewrite: error: {place} is another package of the name `rewrite`, such as the one of "
        "openrewrite: install this tool in an environment of its own, with `pipx install` or "
        "`uv tool install`",
        file=sys.stderr,
    )
    return 2
