# SPDX-License-Identifier: GPL-2.0-or-later
"""What every handler and table of a tree puts on the wire: the model, its readers, and its diff."""
