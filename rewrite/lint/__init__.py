# SPDX-License-Identifier: GPL-2.0-or-later
"""What continuous integration refuses: new primitives, and pairs that disagree."""
