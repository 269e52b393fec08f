# SPDX-License-Identifier: GPL-2.0-or-later
"""A conversion as mails for review: steps, texts, recipients, and the proof that they apply."""
