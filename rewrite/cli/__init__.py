# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line, the only room that prints or exits: one module for each command."""
