# SPDX-License-Identifier: GPL-2.0-or-later
"""From the sites of a tree to a conversion or a refusal of each, and the edits that make it."""
