# SPDX-License-Identifier: GPL-2.0-or-later
"""From save and load handlers to VMState tables: the writer, and its proof by the wire model."""
