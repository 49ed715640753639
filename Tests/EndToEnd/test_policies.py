# SPDX-License-Identifier: BSD-3-Clause
"""What the configuration forbids is not done, whoever asks for it and from whatever it was planned."""

import pytest
from packages import Channel
from prefixes import versions


@pytest.fixture
def own(own_channel):
    own_channel.add("low", "1.0", files={"share/low": "low"})
    own_channel.add("low", "2.0", files={"share/low": "newer"})
    own_channel.add("top", depends=["low"])
    own_channel.add("old", depends=["low <2"])
    return own_channel


@pytest.fixture
def words(own):
    return ["-y", "-c", str(own), "--override-channels"]


def test_disallowed_packages(krait, words, tmp_path):
    env = {"CONDA_DISALLOWED_PACKAGES": "low"}
    refused = krait("create", "-p", tmp_path / "e", "top", *words, env=env, code=3)
    assert "low" in refused.err and "disallowed_packages" in refused.err
    assert not (tmp_path / "e").exists()
    # A version of it only: another one is taken.
    (krait.home / ".condarc").write_text("disallowed_packages: ['low >=2']\n")
    krait("create", "-p", tmp_path / "e", "top", *words)
    assert versions(tmp_path / "e") == {"low": "1.0", "top": "1.0"}
    refused = krait("install", "-p", tmp_path / "e", "low=2", *words, code=3)
    assert "disallowed_packages" in refused.err


def test_disallowed_packages_by_url(krait, own, tmp_path):
    env = {"MAMBA_DISALLOWED_PACKAGES": "low >=2"}
    archive = own.directory / "noarch/low-2.0-0.tar.bz2"
    refused = krait("create", "-y", "-p", tmp_path / "e", archive, env=env, code=3)
    assert "low-2.0-0" in refused.err and "MAMBA_DISALLOWED_PACKAGES" in refused.err
    assert not (tmp_path / "e").exists()


def test_what_is_disallowed_and_installed_stays(krait, words, tmp_path):
    krait("create", "-p", tmp_path / "e", "low=2", *words)
    env = {"CONDA_DISALLOWED_PACKAGES": "low"}
    krait("install", "-p", tmp_path / "e", "top", *words, env=env)
    assert versions(tmp_path / "e") == {"low": "2.0", "top": "1.0"}


@pytest.mark.parametrize("env, option", [({"MAMBA_ALLOW_DOWNGRADE": "false"}, []), ({}, ["--no-allow-downgrade"])])
def test_no_downgrade(krait, own, words, tmp_path, env, option):
    prefix = tmp_path / "e"
    krait("create", "-p", prefix, "low", *words)
    refused = krait("install", "-p", prefix, "old", *words, *option, env=env, code=3)
    assert "low" in refused.err
    archive = own.directory / "noarch/low-1.0-0.tar.bz2"
    refused = krait("install", "-y", "-p", prefix, archive, *option, env=env, code=3)
    assert "2.0 would become 1.0" in refused.err and "allow_downgrade" in refused.err
    assert versions(prefix) == {"low": "2.0"}
    # The word on the command line is the stronger one.
    krait("install", "-p", prefix, "old", *words, "--allow-downgrade", env=env)
    assert versions(prefix) == {"low": "1.0", "old": "1.0"}


@pytest.mark.parametrize("env, option", [({"CONDA_ALLOW_UNINSTALL": "false"}, []), ({}, ["--no-allow-uninstall"])])
def test_no_uninstall(krait, own, words, tmp_path, env, option):
    prefix = tmp_path / "e"
    own.add("rival", depends=["low >=2"], index={"constrains": ["old <0"]})
    krait("create", "-p", prefix, "old", *words)
    krait("remove", "-p", prefix, "old", "--no-prune-deps", "-y", env=env)  # what `remove` names may go
    krait("install", "-p", prefix, "old", *words, *option, env=env)
    before = versions(prefix)
    refused = krait("install", "-p", prefix, "rival", *words, *option, env=env, code=None)
    assert refused.code != 0 and versions(prefix) == before


@pytest.mark.parametrize("env, option", [({"CONDA_ALLOW_UNINSTALL": "false"}, []), ({}, ["--no-allow-uninstall"])])
def test_no_uninstall_of_what_nobody_asked_for(krait, own, words, tmp_path, env, option):
    prefix = tmp_path / "e"
    own.add("mid", "1.0", depends=["low"])
    own.add("mid", "2.0")
    own.add("rival", depends=["mid >=2"], index={"constrains": ["low <0"]})
    krait("create", "-p", prefix, "mid=1", *words)
    before = versions(prefix)
    request = ["install", "-p", prefix, "rival", "mid=2", *words]
    refused = krait(*request, *option, env=env, code=3)
    assert "would be removed" in refused.err and "`allow_uninstall` forbids" in refused.err
    refused = krait("create", "-p", prefix, "mid=2", *words, *option, env=env, code=3)
    assert "would be replaced" in refused.err and versions(prefix) == before
    # The word on the command line is the stronger one.
    krait(*request, "--allow-uninstall", env=env)
    assert versions(prefix) == {"mid": "2.0", "rival": "1.0"}


def test_a_package_that_would_go(krait, own, words, tmp_path):
    prefix = tmp_path / "e"
    own.add("mid", "1.0", depends=["low"])
    own.add("mid", "2.0")
    krait("create", "-p", prefix, "mid=1", *words)
    file = tmp_path / "environment.yml"
    file.write_text(f"channels: [{own}]\ndependencies: [mid=2]\n")
    update = ["env", "update", "-p", prefix, "-f", file]
    env = {"MAMBA_ALLOW_UNINSTALL": "false"}
    krait(*update, "--prune", env=env)  # asked for
    assert versions(prefix) == {"mid": "2.0"}


@pytest.mark.parametrize(
    "option, env, found",
    [
        (["--safety-checks", "enabled"], {}, True),
        ([], {"CONDA_SAFETY_CHECKS": "enabled"}, True),
        ([], {}, False),
        (["--safety-checks", "disabled"], {}, False),
    ],
)
def test_safety_checks(krait, words, tmp_path, option, env, found):
    krait("create", "-p", tmp_path / "first", "low=1", *words)
    # Written in place, as a careless program in an environment with hard links does.
    next(krait.cache.rglob("share/low")).write_text("longer than it was")
    krait("create", "-p", tmp_path / "e", "low=1", *words, *option, env=env)
    # What is found to be damaged is fetched again.
    assert ((tmp_path / "e/share/low").read_text() == "low") == found


def test_soft_links_where_hard_links_cannot_be_made(krait, words, mounted):
    disk = mounted("4m")
    krait("create", "-p", disk / "plain", "low", *words)
    assert not (disk / "plain/share/low").is_symlink()
    krait("create", "-p", disk / "soft", "low", *words, env={"CONDA_ALLOW_SOFTLINKS": "true"})
    assert (disk / "soft/share/low").is_symlink() and (disk / "soft/share/low").read_text() == "newer"


def test_describe_says_what_comes_of_a_setting(krait):
    described = {key["name"]: key["effect"] for key in krait("config", "describe", "--json").json}
    assert described["disallowed_packages"] == "honoured"
    assert described["shortcuts"] == "none" and described["verify_artifacts"] == "refused"
    assert "without effect" in krait("config", "describe", "shortcuts").out
    assert "refused: " in krait("config", "describe", "verify_artifacts").out
