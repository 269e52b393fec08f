# SPDX-License-Identifier: GPL-2.0-or-later
"""Files as bytes, and edits of them: trees, diffs, git, caches, processes. No C, no QEMU."""
