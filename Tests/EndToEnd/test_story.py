# SPDX-License-Identifier: BSD-3-Clause
"""The README's short story: one project's environment, shared, cloned, brought up to date and written down again."""
import os
import re
import subprocess

import pytest
import yaml
from conftest import CHANNEL, ROOT, Krait
from packages import Channel
from prefixes import problems, records, versions
from servers import ChannelServer
from wheels import repository, wheel

README = (ROOT / "README.md").read_text()
STORY = README[README.index("### A short story"):].split("\n## ")[0]


def indented(text):
    """The blocks of code in a text, without their margin."""
    return [re.sub("^    ", "", block, flags=re.M) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A machine on which the story's channels, package index and repository are local ones, and its commands ran."""
    home = tmp_path_factory.mktemp("story")
    served = home / "channels"
    served.mkdir()
    main, torch = Channel(served / "main"), Channel(served / "pytorch")
    (served / "conda-forge").symlink_to(CHANNEL)
    main.add("intel-openmp", "2024.1")
    for version in ("2.3.0", "2.4.1", "2.5.0"):
        torch.add(
            "pytorch", version, {"site-packages/torch/__init__.py": f"__version__ = {version!r}\n"}, noarch="python",
            build="py3_0", depends=["python >=3.9", "intel-openmp", "numpy"])
    wheel(home / "wheels", "einops", "0.8.1")
    source, commit = repository(home / "repositories/our-lab/labtools", "labtools", "1.2")
    subprocess.run(["git", "-C", source, "tag", "v1.2"], check=True)
    server = ChannelServer(served)
    world = Krait(home / "home")
    (world.home / ".condarc").write_text(f"default_channels: [{server.url}/main]\nchannel_alias: {server.url}\n")
    world.environment.update({
        # The requirement is a git+https one; only git knows where it leads.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{home}/repositories/our-lab/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/our-lab/",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(home / "wheels"),
        "PIP_CONFIG_FILE": "/dev/null",
        "CONDA_ALWAYS_YES": "true",
        "PATH": f"{world.binary.parent}:{os.environ['PATH']}",
    })
    world.commit = commit
    world.project = home / "project"
    world.project.mkdir()
    file, commands = indented(STORY)
    (world.project / "environment.yml").write_text(file)
    done = subprocess.run(
        ["sh", "-ex", "-c", commands], cwd=world.project, env=world.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    world.said = done
    yield world
    world.end()
    server.close()


def read(world, name):
    return yaml.safe_load((world.project / name).read_text())


def of(world, name):
    return world.root / "envs" / name


def portable(document):
    return {key: value for key, value in document.items() if key not in ("name", "prefix")}


def test_the_file_is_what_was_made(world):
    made = versions(of(world, "ai-research-env"))
    assert made["pandas"] == "2.2.3" and made["pytorch"] == "2.4.1" and made["python"].startswith("3.11.")
    assert {"jupyterlab", "pip", "intel-openmp"} <= set(made)
    assert problems(of(world, "ai-research-env")) == [] or all(
        "einops" in line or "labtools" in line for line in problems(of(world, "ai-research-env")))


def test_the_exports(world):
    exact = read(world, "exact.yml")
    assert exact["name"] == "ai-research-env"
    assert exact["channels"] == ["defaults", "conda-forge", "pytorch"]
    *pins, section = exact["dependencies"]
    found = records(of(world, "ai-research-env"))
    assert pins == [f"{name}={one['version']}={one['build']}" for name, one in sorted(found.items())]
    assert section == {
        "pip": ["einops==0.8.1", f"labtools @ git+https://github.com/our-lab/labtools@{world.commit}"]}
    without = read(world, "portable.yml")
    assert without["channels"] == exact["channels"] and without["dependencies"][-1] == section
    assert without["dependencies"][:-1] == [f"{name}={one['version']}" for name, one in sorted(found.items())]


def test_the_colleague_has_the_same(world):
    assert versions(of(world, "colleague")) == versions(of(world, "ai-research-env"))
    world("env", "export", "-n", "colleague", "-f", world.project / "again.yml")
    assert portable(read(world, "again.yml")) == portable(read(world, "exact.yml"))


def test_the_lock_is_for_both_platforms(world):
    lock = read(world, "conda-lock.yml")
    for platform in ("linux-64", "osx-arm64"):
        locked = {one["name"]: one["version"] for one in lock["package"] if one["platform"] == platform}
        assert locked["pandas"] == "2.2.3" and locked["pytorch"] == "2.4.1" and "jupyterlab" in locked


def test_the_experiment_is_one_step_ahead(world):
    before, after = versions(of(world, "ai-research-env")), versions(of(world, "experiment"))
    assert before["pandas"] == "2.2.3" and after["pandas"] != "2.2.3"
    assert after["pytorch"] == "2.4.1", "what was not named stays"
    assert "pandas" in world.said.stdout and f"2.2.3 -> {after['pandas']}" in world.said.stdout
    done = world("run", "-n", "experiment", "python", "-c", "import torch, pandas, einops, labtools; print(pandas.__version__)")
    assert done.out.strip() == after["pandas"]
    written = read(world, "environment.yml")
    assert f"pandas={after['pandas']}" in [str(one).rsplit("=", 1)[0] for one in written["dependencies"]]
    assert written["dependencies"][-1] == read(world, "exact.yml")["dependencies"][-1]


def test_what_was_written_last_is_made_again(world):
    world("create", "-n", "reader", "-f", world.project / "environment.yml")
    assert versions(of(world, "reader")) == versions(of(world, "experiment"))
    assert "No difference" in world("env", "diff", "reader", "experiment").out
