# SPDX-License-Identifier: BSD-3-Clause
"""Clones: packages linked again from the cache, all else copied, nothing left that leads to the source."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from prefixes import problems, records, versions
from wheels import wheel


@pytest.fixture
def source(krait, tmp_path, channel):
    """An environment with everything a clone has to think of."""
    prefix = krait.root / "envs" / "source"
    links = tmp_path / "wheels"
    wheel(links, "tool", files={"tool.py": "def main():\n    print('works')\n"}, scripts={"tool": "tool:main"})
    file = tmp_path / "environment.yml"
    file.write_text(
        "dependencies: [python=3.11, pip, six, flask, feature-prefix-text, feature-prefix-binary, feature-clobber-a, "
        "feature-clobber-b, {pip: ['--no-index', '--find-links wheels', tool]}]\nvariables: {COLOUR: red}\n")
    path = ":".join(part for part in os.environ["PATH"].split(":") if not os.path.exists(f"{part}/uv"))
    krait("create", "-y", "-n", "source", "-f", file, "-c", channel, "--override-channels", env={"PATH": path})
    (prefix / "conda-meta/pinned").write_text("six <2\n")
    return prefix


def holding(prefix, text):
    """Files below `prefix` with `text` in them, or in a link's target."""
    found = []
    for folder, folders, names in os.walk(prefix):
        for name in [*names, *folders]:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                if text in os.readlink(path):
                    found.append(os.path.relpath(path, prefix))
            elif os.path.isfile(path) and text.encode() in pathlib.Path(path).read_bytes():
                found.append(os.path.relpath(path, prefix))
    return sorted(found)


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done
    return done.stdout.strip()


def test_clone_stands_by_itself(krait, source):
    krait("create", "--clone", "source", "-n", "copy", "--offline")
    copy = krait.root / "envs" / "copy"
    assert versions(copy) == versions(source)
    requested = {name: record.get("requested_specs") for name, record in records(source).items()}
    assert {name: record.get("requested_specs") for name, record in records(copy).items()} == requested
    assert (copy / "conda-meta/pinned").read_text() == "six <2\n"
    assert krait("env", "config", "vars", "list", "-n", "copy").out.strip() == "COLOUR = red"
    # Cache entries are linked again; what pip brought is copied.
    module = "lib/python3.11/site-packages/six.py"
    assert (copy / module).stat().st_ino == (source / module).stat().st_ino
    tool = "lib/python3.11/site-packages/tool.py"
    assert (copy / tool).read_bytes() == (source / tool).read_bytes()
    assert (copy / tool).stat().st_ino != (source / tool).stat().st_ino
    away = source.with_name("away")
    source.rename(away)
    shutil.rmtree(away)
    assert run(copy / "bin/tool") == "works"
    assert run(copy / "bin/python", "-c", "import flask, six, sys; print(sys.prefix)") == str(copy)
    # The history tells where it came from, and that is no file that anything uses.
    assert [path for path in holding(copy, str(source) + "/") if path != "conda-meta/history"] == []
    assert all("tool" in line or "pinned" in line for line in problems(copy)), problems(copy)
    # And it lives on.
    krait("remove", "-y", "-n", "copy", "flask")
    assert "flask" not in versions(copy) and "six" in versions(copy)


def test_asked_for_is_still_asked_for(krait, source, channel):
    krait("create", "--clone", "source", "-n", "copy")
    exported = [
        krait("env", "export", "-n", name, "--from-history", "--json").json["dependencies"] for name in ("source", "copy")]
    assert exported[0] == exported[1]


def test_changed_files_are_named(krait, source):
    changed = source / "lib/python3.11/site-packages/six.py"
    text = changed.read_text()
    changed.unlink()
    changed.write_text(text + "\nextra = 1\n")
    (source / "lib/python3.11/site-packages/flask/views.py").unlink()
    (source / "notes.txt").write_text(f"my notes about {source}\n")
    result = krait("create", "--clone", source, "-n", "as-is")
    copy = krait.root / "envs" / "as-is"
    assert "1 file of packages were changed" in result.err and "site-packages/six.py" in result.err
    assert "are missing" in result.err and "flask/views.py" in result.err
    assert "notes.txt" in result.err and "still hold" in result.err
    assert (copy / "notes.txt").read_text() == (source / "notes.txt").read_text()
    assert run(copy / "bin/python", "-c", "import six; print(six.extra)") == "1"
    assert not (copy / "lib/python3.11/site-packages/flask/views.py").exists()
    krait("create", "--clone", source, "-n", "pristine", "--pristine")
    copy = krait.root / "envs" / "pristine"
    assert run(copy / "bin/python", "-c", "import six, flask.views; print(hasattr(six, 'extra'))") == "False"


def test_without_a_cache_the_source_is_enough(krait, source):
    shutil.rmtree(krait.cache)
    result = krait("create", "--clone", "source", "-n", "copy", "--json")
    assert result.json["linked"] == 0 and result.json["copied"] == len(versions(source))
    copy = krait.root / "envs" / "copy"
    shutil.rmtree(source)
    assert run(copy / "bin/tool") == "works"
    assert run(copy / "bin/python", "-c", "import flask; print('ok')") == "ok"
    assert [path for path in holding(copy, str(source) + "/") if path not in ("conda-meta/history",) and not path.startswith("conda-meta/")] == []


def test_dry_run_and_refusals(krait, source):
    result = krait("create", "--clone", "source", "-n", "copy", "--dry-run", "--json")
    assert result.json["dry_run"] is True and result.json["linked"] == len(versions(source))
    assert not (krait.root / "envs/copy").exists()
    assert "is not an environment" in krait("create", "--clone", "nobody", "-n", "copy", code=2).complaint
    assert "already exists" in krait("create", "--clone", "source", "-n", "source", code=2).complaint
    assert "no specs" in krait("create", "--clone", "source", "-n", "copy", "six", code=2).complaint


def test_rename(krait, source):
    before = versions(source)
    krait("rename", "-n", "source", "other", env={"CONDA_PREFIX": source}, code=2)
    krait("rename", "-n", "source", "other")
    other = krait.root / "envs" / "other"
    assert not source.exists() and versions(other) == before
    assert run(other / "bin/tool") == "works"
    known = krait("env", "list", "--json").json["envs"]
    assert str(other) in known and str(source) not in known
    krait("env", "rename", "-p", other, krait.home / "elsewhere")
    assert run(krait.home / "elsewhere/bin/tool") == "works"


def test_what_is_mounted_in_an_environment_stays(krait, own_channel, tmp_path, isolated):
    """A volume of data, say: the environment cannot go then, and what is mounted is not emptied for the attempt."""
    own_channel.add("tiny", "1.0", {"share/tiny": "tiny\n"})
    env, volume = tmp_path / "env", tmp_path / "volume"
    (volume / "deep").mkdir(parents=True)
    (volume / "deep/data").write_text("keep\n")
    channel = ["-c", own_channel, "--override-channels"]
    mounted = [*isolated, "sh", "-c", f'mount --bind "{volume}" "{env}/data" && exec "$0" "$@"']
    for words in (
        ["env", "remove", "-y", "-p", env], ["rename", "-p", env, tmp_path / "other"], ["create", "-y", "-p", env, *channel, "tiny"],
    ):  # fmt: skip
        krait.create(env, "tiny", channel=own_channel)
        (env / "data").mkdir()
        refused = krait(*words, before=mounted, code=6)
        assert "busy" in refused.complaint and (volume / "deep/data").read_text() == "keep\n"
        shutil.rmtree(env, ignore_errors=True)


def test_an_environment_is_not_moved_or_copied_into_itself(krait, own_channel, tmp_path):
    """Also where a link, or `envs`, hides that: what was moved in would go with what it was moved from."""
    own_channel.add("tiny", "1.0", {"share/tiny": "tiny\n"})
    env, link = tmp_path / "real/env", tmp_path / "link"
    krait.create(env, "tiny", channel=own_channel)
    link.symlink_to(tmp_path / "real")
    before = versions(env)
    for source, place in [(env, link / "env/new"), (link / "env", env / "new"), (env, env / "new"), (env, env / "envs/new")]:
        refused = krait("rename", "-p", source, place, code=2)
        assert "is inside the environment that would be renamed" in refused.complaint
        assert versions(env) == before
    for source, place in [(env, link / "env/new"), (link / "env", env / "new")]:
        refused = krait("create", "-y", "-p", place, "--clone", source, code=2)
        assert "is inside the environment that would be copied" in refused.complaint


def test_demo_clone_runs_with_the_source_away(shared_krait, demo):
    copy = shared_krait.home / "demo-copy"
    away = shared_krait.home / "demo-away"
    shared_krait("create", "--clone", demo, "-p", copy)
    demo.rename(away)
    try:
        run(copy / "bin/python", "-c", "import jupyterlab, pandas, sklearn")
        assert str(copy) in run(copy / "bin/jupyter", "--paths")
        assert json.loads((copy / "share/jupyter/kernels/python3/kernel.json").read_text())["argv"][0] in (
            "python", str(copy / "bin/python"))
    finally:
        away.rename(demo)
    assert [path for path in holding(copy, str(demo) + "/") if path != "conda-meta/history"] == []
    shutil.rmtree(copy)
