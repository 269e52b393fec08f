# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function does to the wire, read from its text alone; shares nothing with `convert`."""
