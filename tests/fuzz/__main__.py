# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz the tool for some minutes of processor time.

    PYTHONPATH=.:tests python -m fuzz --minutes 60 [--tree QEMU]... [--target NAME]... [--seed N]

Each input is a seed (the corpus, rules, and handlers of the trees given) with a few mutations; those
of the target `sound` are devices that are converted, compiled and run (`sound` says how). Kept
in --out are, of each kind of failure, the smallest input and what it led to; exit status 1 says that
there is one. The inputs are the same for the same seed, trees and order of targets.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .campaign import Campaign
from .machines import MACHINES
from .sound import SOUND
from .streams import STREAMS
from .surroundings import SURROUNDINGS
from .targets import TARGETS

EVERY = (*TARGETS, *STREAMS, *MACHINES, *SURROUNDINGS, SOUND)


def main() -> int:
    """Read the command line, run, and print the totals."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--tree", type=Path, action="append", default=[])
    parser.add_argument("--target", choices=[t.name for t in EVERY], action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("fuzz-finds"))
    args = parser.parse_args()
    chosen = [t for t in EVERY if args.target is None or t.name in args.target]
    campaign = Campaign(chosen, args.tree, args.seed, args.out)
    campaign.limit_process()
    totals = campaign.run(args.minutes * 60)
    print(json.dumps(totals, indent=2))
    return 1 if totals["finds"] else 0


sys.exit(main())
