# SPDX-License-Identifier: GPL-2.0-or-later
"""What a conversion did, for people and programs: page, figures, explanations."""
