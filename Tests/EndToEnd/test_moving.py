# SPDX-License-Identifier: BSD-3-Clause
"""The tree is a function of the packages: random lives of environments, each compared with a fresh create.

`KRAIT_LIVES=2000` plays that many; `KRAIT_LIVES_FROM=17 KRAIT_LIVES=1` plays one again.
"""

import os
import signal

import pytest

from conftest import Krait
from moving import play

LIVES = int(os.environ.get("KRAIT_LIVES", "200"))
FIRST = int(os.environ.get("KRAIT_LIVES_FROM", "0"))
PIECES = 8


@pytest.mark.parametrize("piece", range(PIECES))
def test_every_life_leads_to_the_tree_of_a_fresh_create(interrupt, memory, piece):
    signal.alarm(0)
    krait = Krait(memory / "home")
    lives = range(FIRST + piece, FIRST + LIVES, PIECES)
    played = [play(krait, seed, memory / str(seed), interrupt) for seed in lives]
    print(len(played), "lives,", sum(count for count, _ in played), "commands,", sum(n for _, n in played), "killed")
