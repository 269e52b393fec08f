# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors that the command line tells, of modules that it only imports when they are needed."""

from __future__ import annotations

from pathlib import Path


class ApplyError(Exception):
    """Why a tree could not be changed, and which file it is about.

    No file was changed, unless the message says that a run is left to be recovered.
    """

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class CountError(Exception):
    """The outcomes don't add up to the sites: a bug of the tool."""
