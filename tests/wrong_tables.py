# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages of generated tables that whatever runs a table has to see."""

from __future__ import annotations

WRONG_TABLES = [
    ("hw/tide.c", "VMSTATE_UINT8_V(mode, TideState, 2)", "VMSTATE_UINT8(mode, TideState)"),
    ("hw/tide.c", ".minimum_version_id = 1", ".minimum_version_id = 2"),
    ("hw/mill.c", "(sail.speed, MillState)", "(ready, MillState)"),
    ("hw/mill.c", "    .pre_save = mill_pre_save,\n", ""),
    ("hw/mill.c", "    .post_load = mill_post_load,\n", ""),
    ("hw/rain.c", "VMSTATE_UNUSED(4)", "VMSTATE_UNUSED(5)"),
]
"""The file, a text of its table, and what stands in its place."""
