# SPDX-License-Identifier: BSD-3-Clause
"""The aarch64 executable and its channel, and what runs it on this machine."""

import os

import pytest

from conftest import ROOT

#: the words before an aarch64 program
EMULATED = [ROOT / "scripts/run-aarch64"]
BINARY = ROOT / ".build-static-aarch64/krait"
CHANNEL = ROOT / ".build-channel-aarch64"


def needed():
    """Ends the test where there is nothing to test; `scripts/test` has made both, so that there it has failed."""
    if not BINARY.exists() or not (CHANNEL / "noarch/repodata.json").exists():
        told = "run scripts/build-release --arch aarch64 and scripts/make-channel --arch aarch64"
        (pytest.fail if os.environ.get("KRAIT_TEST_AARCH64") else pytest.skip)(told)
