# SPDX-License-Identifier: GPL-2.0-or-later
"""The code that a tree needs before a converted one builds: planned from rules and templates."""
