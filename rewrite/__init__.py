# SPDX-License-Identifier: GPL-2.0-or-later
"""Convert QEMU's legacy save and load handlers to the Visitor interface, and prove each conversion."""

__version__ = "0.1.0"
