# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m rewrite`."""

from .cli.main import entry_point

if __name__ == "__main__":
    entry_point()
