# SPDX-License-Identifier: BSD-3-Clause
"""`env export`: an environment written down in every form, and made again from it."""
import json

import pytest
import yaml
from prefixes import records, versions
from test_peers import called

SPECS = ["python=3.11", "feature-update<2", "feature-noarch-python", "idna"]


@pytest.fixture(scope="module")
def made(shared_krait):
    """A named environment that is only read."""
    prefix = shared_krait.root / "envs/made"
    shared_krait.create(prefix, *SPECS)
    return prefix


def pins(prefix):
    return [f"{name}={record['version']}={record['build']}" for name, record in sorted(records(prefix).items())]


def portable(text):
    """An export without what names this very prefix."""
    return [line for line in text.splitlines() if not line.startswith(("name:", "prefix:"))]


def add_pip_package(prefix, name, version, *, origin=None, requested=True):
    """What pip leaves in site-packages."""
    directory = prefix / f"lib/python3.11/site-packages/{name.replace('-', '_')}-{version}.dist-info"
    directory.mkdir()
    (directory / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nText.\n")
    (directory / "INSTALLER").write_text("pip\n")
    (directory / "RECORD").write_text(f"{directory.name}/METADATA,,\n")
    if origin:
        (directory / "direct_url.json").write_text(json.dumps(origin))
    if requested:
        (directory / "REQUESTED").write_text("")


@pytest.mark.parametrize("verb", [["env", "export"], ["export"]])
def test_as_conda_writes_it(shared_krait, made, channel, verb):
    document = yaml.safe_load(shared_krait(*verb, "-n", "made").out)
    assert list(document) == ["name", "channels", "dependencies", "prefix"]
    assert document == {"name": "made", "channels": [str(channel)], "dependencies": pins(made), "prefix": str(made)}


def test_of_a_path_there_is_no_name(shared_krait, demo):
    document = yaml.safe_load(shared_krait("env", "export", "-p", demo).out)
    assert "name" not in document
    assert document["dependencies"] == pins(demo)


def test_fixed_point(krait, made, shared_krait, tmp_path):
    shared_krait("env", "export", "-n", "made", "-f", tmp_path / "one.yml")
    krait("create", "-y", "-p", tmp_path / "env", "-f", tmp_path / "one.yml")
    krait("env", "export", "-p", tmp_path / "env", "-f", tmp_path / "two.yml")
    assert portable((tmp_path / "one.yml").read_text()) == portable((tmp_path / "two.yml").read_text())
    assert pins(tmp_path / "env") == pins(made)


def test_fixed_point_with_several_channels_and_variables(krait, channel, own_channel, tmp_path):
    own_channel.add("idna", "99", {"share/idna": "x"})
    own_channel.add("only-here", files={"share/only": "x"})
    krait("create", "-y", "-p", tmp_path / "a", "-c", own_channel, "-c", channel, "--override-channels", "only-here",
          f"{channel}::idna", "requests", "--no-channel-priority")
    krait("env", "config", "vars", "set", "-p", tmp_path / "a", "ONE=1", "TWO=a: b # c")
    first = krait("env", "export", "-p", tmp_path / "a").out
    document = yaml.safe_load(first)
    assert document["channels"] == [str(own_channel), str(channel)]
    assert document["variables"] == {"ONE": "1", "TWO": "a: b # c"}
    (tmp_path / "one.yml").write_text(first)
    krait("create", "-y", "-p", tmp_path / "b", "-f", tmp_path / "one.yml", "--no-channel-priority")
    assert portable(krait("env", "export", "-p", tmp_path / "b").out) == portable(first)
    assert pins(tmp_path / "a") == pins(tmp_path / "b")


def test_configured_channels_that_were_not_wanted_stay_out(krait, channel, own_channel, tmp_path):
    (krait.home / ".condarc").write_text(f"channels: [{own_channel}]\n")
    krait.create(tmp_path / "a", "idna")
    (tmp_path / "one.yml").write_text(krait("env", "export", "-p", tmp_path / "a").out)
    assert yaml.safe_load((tmp_path / "one.yml").read_text())["channels"] == [str(channel), "nodefaults"]
    own_channel.add("idna", "99", {"share/idna": "x"})
    krait("create", "-y", "-p", tmp_path / "b", "-f", tmp_path / "one.yml")
    assert portable(krait("env", "export", "-p", tmp_path / "b").out) == portable((tmp_path / "one.yml").read_text())


def test_formats_that_are_none(krait, channel, tmp_path):
    """conda's parser refuses the word, as any other that it does not take."""
    krait.create(tmp_path / "a", "idna")
    conda = called("conda", krait, tmp_path)
    for words in (["export"], ["env", "export"]):
        for more in ([], ["--json"]):
            conda(*words, "-p", tmp_path / "a", "--format", "nosuch", *more, code=2)


def test_nodefaults_only_where_it_is_needed(krait, channel, own_channel, tmp_path):
    """micromamba and conda never write it, and conda 26.7 takes it for a channel in `env create`."""
    krait.create(tmp_path / "a", "idna")

    def channels(rc):
        (krait.home / ".condarc").write_text(rc)
        return yaml.safe_load(krait("env", "export", "-p", tmp_path / "a").out)["channels"]

    used = str(channel)
    alias = f"channel_alias: file://{channel.parent}\n"
    for configured in (channel, channel.as_uri(), f"{channel.as_uri()}/", channel.name, "here"):
        rc = f"{alias}custom_multichannels: {{here: ['{channel.as_uri()}']}}\nchannels: ['{configured}']\n"
        assert channels(rc) == [used], configured
    for rc in ("", "channels: []\n", "channels: [nodefaults]\n", f"channels: ['{channel}', nodefaults]\n"):
        assert channels(rc) == [used], rc
    for rc in (f"channels: ['{own_channel}']\n", f"channels: ['{channel}', '{own_channel}']\n", "channels: [defaults]\n"):
        assert channels(rc) == [used, "nodefaults"], rc
    for tool in ("micromamba", "conda"):
        assert "- nodefaults" not in called(tool, krait, tmp_path)("env", "export", "-p", tmp_path / "a").out
    exported = krait("env", "export", "-p", tmp_path / "a", "--ignore-channels").out
    assert "- nodefaults" not in exported
    # Of another tool's environment everything that is configured is named.
    history = tmp_path / "a/conda-meta/history"
    history.write_text("".join(line for line in history.read_text().splitlines(True) if "# channels" not in line))
    assert channels(f"channels: ['{own_channel}']\n") == [used, str(own_channel)]


def test_a_removal_uses_no_channel(krait, channel, tmp_path):
    krait.create(tmp_path / "a", "idna", "feature-update")
    krait("remove", "-y", "-p", tmp_path / "a", "feature-update")
    assert yaml.safe_load(krait("env", "export", "-p", tmp_path / "a").out)["channels"] == [str(channel)]


def test_a_path_of_a_channel_holds_everywhere(krait, channel, tmp_path):
    krait.create(tmp_path / "a", "idna", channel=f"./{channel.name}", cwd=channel.parent)
    assert yaml.safe_load(krait("env", "export", "-p", tmp_path / "a").out)["channels"] == [str(channel)]


def test_channels_of_other_tools_come_from_their_commands_and_records(krait, channel, tmp_path):
    krait.create(tmp_path / "a", "idna")
    history = tmp_path / "a/conda-meta/history"
    lines = [line for line in history.read_text().splitlines(True) if not line.startswith("# channels")]
    history.write_text("".join(lines))
    assert yaml.safe_load(krait("env", "export", "-p", tmp_path / "a").out)["channels"] == [str(channel)]
    history.write_text("".join(line for line in lines if not line.startswith("# cmd")))
    assert yaml.safe_load(krait("env", "export", "-p", tmp_path / "a").out)["channels"] == [channel.as_uri()]


def test_no_builds(shared_krait, made):
    document = yaml.safe_load(shared_krait("env", "export", "-n", "made", "--no-builds").out)
    assert document["dependencies"] == [f"{name}={version}" for name, version in sorted(versions(made).items())]


def test_no_builds_solves_for_another_platform(shared_krait, demo, tmp_path):
    file = tmp_path / "environment.yml"
    shared_krait("env", "export", "-p", demo, "--no-builds", "-f", file)
    result = shared_krait("create", "--dry-run", "--json", "-p", tmp_path / "never", "-f", file, "--platform", "osx-arm64")
    linked = {record["name"]: record for record in result.json["actions"]["LINK"]}
    assert linked["numpy"]["platform"] == "osx-arm64"
    for name in ("python", "numpy", "pandas", "jupyterlab", "scikit-learn"):
        assert linked[name]["version"] == versions(demo)[name]


def test_from_history(shared_krait, made):
    words = ["env", "export", "-n", "made", "--from-history"]
    document = yaml.safe_load(shared_krait(*words).out)
    assert document["dependencies"] == ["feature-noarch-python", "feature-update[version='<2']", "idna", "python=3.11"]
    document = yaml.safe_load(shared_krait(*words, "--with-versions").out)
    assert document["dependencies"] == [
        f"{name}={versions(made)[name]}" for name in ("feature-noarch-python", "feature-update", "idna", "python")]
    assert shared_krait("env", "export", "-n", "made", "--with-versions", code=2).err


def test_ignore_channels(krait, channel, tmp_path):
    krait.create(tmp_path / "a", f"{channel}::feature-names")
    document = yaml.safe_load(krait("env", "export", "-p", tmp_path / "a").out)
    assert document["dependencies"] == [f"{channel}::{pins(tmp_path / 'a')[0]}"]
    document = yaml.safe_load(krait("env", "export", "-p", tmp_path / "a", "--ignore-channels").out)
    assert "channels" not in document and document["dependencies"] == pins(tmp_path / "a")


@pytest.mark.parametrize("words, length", [([], 32), (["--md5"], 32), (["--sha256"], 64), (["--no-md5"], 0)])
def test_explicit(shared_krait, made, krait, tmp_path, words, length):
    out = shared_krait("env", "export", "-n", "made", "--explicit", *words).out
    lines = [line for line in out.splitlines() if "://" in line]
    assert all(len(line.partition("#")[2]) == length for line in lines)
    order = [line.partition("#")[0].rsplit("/", 1)[1].rsplit("-", 2)[0] for line in lines]
    assert order.index("python") < order.index("idna")
    (tmp_path / "lock.txt").write_text(out)
    krait("create", "-y", "-p", tmp_path / "env", "-f", tmp_path / "lock.txt")
    assert pins(tmp_path / "env") == pins(made)


@pytest.mark.parametrize("name", ["environment.yml", "environment.json", "explicit.txt", "requirements.txt", "conda-lock.yml"])
def test_the_name_of_the_file_tells_the_format(shared_krait, made, krait, tmp_path, name):
    result = shared_krait("env", "export", "-n", "made", "-f", tmp_path / name)
    assert result.out == ""
    krait("create", "-y", "-p", tmp_path / "env", "-f", tmp_path / name,
          *(["-c", yaml.safe_load(shared_krait("export", "-n", "made").out)["channels"][0]] if "req" in name else []))
    assert pins(tmp_path / "env") == pins(made)


def test_json(shared_krait, made, tmp_path):
    expected = yaml.safe_load(shared_krait("env", "export", "-n", "made").out)
    assert shared_krait("env", "export", "-n", "made", "--json").json == expected
    assert shared_krait("env", "export", "-n", "made", "--format", "environment-json").json == expected
    written = shared_krait("env", "export", "-n", "made", "--json", "-f", tmp_path / "env.yml").json
    assert written["success"] and yaml.safe_load((tmp_path / "env.yml").read_text()) == expected
    assert shared_krait("env", "export", "-n", "made", "--format", "docx", code=2).err


def test_what_pip_installed(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "python=3.11", "idna")
    add_pip_package(prefix, "From.Index", "1.5", requested=False)
    add_pip_package(prefix, "from-git", "2.0", origin={
        "url": "https://user:word@example.org/a/b.git", "vcs_info": {"vcs": "git", "commit_id": "c" * 40}})
    add_pip_package(prefix, "from-file", "3.0", origin={
        "url": "https://example.org/x-3.0.zip", "archive_info": {"hashes": {"sha256": "a" * 64}}})
    result = krait("env", "export", "-p", prefix)
    assert result.err == "" and "word" not in result.out
    document = yaml.safe_load(result.out)
    assert document["dependencies"][-1] == {"pip": [
        f"from-file @ https://example.org/x-3.0.zip#sha256={'a' * 64}",
        f"from-git @ git+https://example.org/a/b.git@{'c' * 40}", "From.Index==1.5"]}
    assert document["dependencies"][:-1] == pins(prefix)
    asked = yaml.safe_load(krait("env", "export", "-p", prefix, "--from-history").out)["dependencies"][-1]["pip"]
    assert len(asked) == 2 and not any("Index" in line for line in asked)
    listed = {package["name"]: package for package in krait("list", "-p", prefix, "--json").json}
    assert listed["from-git"]["channel"] == "pypi" and listed["from-index"]["version"] == "1.5"
    lock = krait("env", "export", "-p", prefix, "--format", "conda-lock")
    pip = [package for package in yaml.safe_load(lock.out)["package"] if package["manager"] == "pip"]
    assert [package["name"] for package in pip] == ["from-file", "from-git"]
    assert "From.Index==1.5" in lock.err
    explicit = krait("env", "export", "-p", prefix, "--explicit")
    assert "#   From.Index==1.5" in explicit.out and explicit.err.startswith("warning:")


@pytest.mark.parametrize("editable", [True, False])
def test_local_packages_are_told_loudly(krait, tmp_path, editable):
    prefix = tmp_path / "env"
    krait.create(prefix, "python=3.11")
    project = tmp_path / "my project"
    project.mkdir()
    add_pip_package(prefix, "mine", "0.1", origin={"url": project.as_uri(), "dir_info": {"editable": editable}})
    result = krait("env", "export", "-p", prefix)
    assert str(project) in result.err and "take it along" in result.err
    assert f"# mine 0.1 is {'an editable install of' if editable else 'installed from'} {project}" in result.out
    line = f"-e {project}" if editable else f"mine @ {project.as_uri()}"
    assert yaml.safe_load(result.out)["dependencies"][-1] == {"pip": [line]}


def test_pip_replaced_a_package_of_conda(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "python=3.11", "idna=3.7")
    import shutil

    shutil.rmtree(prefix / "lib/python3.11/site-packages/idna-3.7.dist-info")
    add_pip_package(prefix, "idna", "3.9")
    listed = [package for package in krait("list", "-p", prefix, "--json").json if package["name"] == "idna"]
    assert [(package["version"], package["channel"]) for package in listed] == [("3.9", "pypi")]
    assert yaml.safe_load(krait("env", "export", "-p", prefix).out)["dependencies"][-1] == {"pip": ["idna==3.9"]}


def test_secrets_stay_here(krait, tmp_path):
    prefix = tmp_path / "env"
    krait.create(prefix, "idna")
    krait("env", "config", "vars", "set", "-p", prefix, "PLAIN=1", "MONKEY=2", "GITHUB_TOKEN=s3cr3t", "API_KEY=s3cr3t",
          "db_password=s3cr3t", "PIP_INDEX_URL=https://me:s3cr3t@example.org/simple")
    result = krait("env", "export", "-p", prefix)
    assert "s3cr3t" not in result.out + result.err
    assert yaml.safe_load(result.out)["variables"] == {"PLAIN": "1", "MONKEY": "2"}
    assert result.err.count("\n") == 1 and "--with-secrets" in result.err
    for name in ("GITHUB_TOKEN", "API_KEY", "db_password", "PIP_INDEX_URL"):
        assert name in result.err
    assert len(yaml.safe_load(krait("env", "export", "-p", prefix, "--with-secrets").out)["variables"]) == 6
    assert "variables" not in yaml.safe_load(krait("env", "export", "-p", prefix, "--no-variables").out)


def test_credentials_of_channels_never_reach_a_file(krait, server, tmp_path):
    url = server.url.replace("http://", "http://me:s3cr3t@") + "/t/tok-en"
    for where in ("http://me:s3cr3t@",):
        krait.create(tmp_path / "env", "idna", channel=server.url.replace("http://", where))
    for words in ([], ["--explicit"], ["--format", "conda-lock"], ["--json"], ["-c", url]):
        out = krait("env", "export", "-p", tmp_path / "env", *words).out
        assert "s3cr3t" not in out and "tok-en" not in out and server.url in out
    assert "s3cr3t" not in (tmp_path / "env/conda-meta/history").read_text()
