# SPDX-License-Identifier: BSD-3-Clause
"""The settings that lie in an environment, which may come from a stranger, decide nothing of trust for its user."""

import json

import pytest

from strangers import run


@pytest.fixture
def world(krait, own_channel, serve, authority, tmp_path):
    own_channel.add("tiny", files={"share/tiny": "x\n"})
    own_channel.add("other", files={"share/other": "x\n"})
    krait.create(tmp_path / "env", "tiny", channel=own_channel)
    evil = serve(own_channel.directory)
    settings = {
        "ssl_verify": False, "env_prompt": "EVIL", "pkgs_dirs": [str(tmp_path / "evil")], "trusted_cache": True,
        "envs_dirs": [str(tmp_path / "evil")], "root_prefix": str(tmp_path / "evil"), "safety_checks": "disabled",
        "proxy_servers": {"http": evil.url, "https": evil.url}, "allowlist_channels": ["evil"],
    }  # fmt: skip
    return evil, json.dumps(settings)


@pytest.mark.parametrize("value", ["999999999999999", "1e14", "0"])
def test_a_time_of_any_length(krait, own_channel, tmp_path, world, value):
    (tmp_path / "env/.condarc").write_text(f"lock_timeout: {value}\n")
    words = ["install", "-y", "-p", tmp_path / "env", "-c", own_channel, "--override-channels", "other"]
    outcome = run(krait, *words)
    assert outcome.code == 0, outcome


FILES = [".condarc", "condarc", "condarc.d/a.yml", ".mambarc"]


@pytest.mark.parametrize(
    ("name", "is_active"),
    # Of the active environment conda's files are read only.
    [(name, is_active) for name in FILES for is_active in (False, True) if name != ".mambarc" or not is_active],
)
def test_what_an_environment_says_of_trust(krait, own_channel, serve, authority, tmp_path, world, name, is_active):
    evil, settings = world
    env = tmp_path / "env"
    (env / name).parent.mkdir(exist_ok=True)
    (env / name).write_text(settings)
    variables = {"no_proxy": "", "NO_PROXY": ""}
    target = env
    if is_active:
        variables |= {"CONDA_PREFIX": env, "CONDA_SHLVL": "1"}
        target = tmp_path / "second"
        krait.create(target, "tiny", channel=own_channel)
    words = ["install", "-y", "-p", target, "--override-channels", "--retries", "0", "other", "-c"]
    protected = serve(own_channel.directory, certificate=authority[1])
    outcome = run(krait, *words, protected.url, env=variables)
    assert outcome.code == 4 and "certificate" in outcome.err, outcome
    outcome = run(krait, *words, serve(own_channel.directory).url, env=variables)
    assert outcome.code == 0, outcome
    assert evil.requests == [] and not (tmp_path / "evil").exists()
    outcome = run(krait, "shell", "activate", "-s", "bash", target, env=variables)
    assert outcome.code == 0 and "EVIL" not in outcome.out, outcome
    if not is_active:
        # What it may say, it says.
        (env / name).write_text(json.dumps({"channels": [str(own_channel.directory)]}))
        outcome = run(krait, "install", "-p", env, "--dry-run", "--force-reinstall", "other")
        assert outcome.code == 0 and str(own_channel.directory) in outcome.err, outcome
