# SPDX-License-Identifier: BSD-3-Clause
"""`krait exec SCRIPT`: what the script's own comment asks for (PEP 723) is what it runs in, its lock where it has one."""

import os
import shutil
import subprocess

import pytest
from conftest import ROOT
from packages import small_python
from wheels import wheel


@pytest.fixture
def things(own_channel):
    small_python(own_channel)
    own_channel.add("thing", "1.0", {"share/thing": "1.0", "bin/thing": "#!/bin/sh\necho thing 1.0\n"})
    own_channel.add("shell-of-ours", "1.0", {"bin/our-sh": '#!/bin/sh\necho ours; exec /bin/sh "$@"\n'})
    return own_channel


def script(path, body, *lines, mark="#", first=""):
    block = "\n".join(f"{mark} {line}".rstrip() for line in ["/// script", *lines, "///"])
    path.write_text(f"{first}{block}\n{body}")
    return path


def own(channel, *more):
    return ["[tool.krait]", f'channels = ["{channel}", "nodefaults"]', *more]


PYTHON = 'import os, sys\nprint(open(os.environ["CONDA_PREFIX"] + "/share/thing").read(), sys.argv[1:])\n'


def test_python(krait, things, tmp_path):
    path = script(tmp_path / "script.py", PYTHON, 'requires-python = ">= 3.11, < 4"', *own(things, 'dependencies = ["thing>=1"]'))
    for word in ("script.py", "./script.py", path):
        result = krait("exec", word, "-a", "--", "b c", cwd=tmp_path)
        assert result.out == "1.0 ['-a', '--', 'b c']\n"
    assert result.err == "" and len(list((krait.home / ".cache/krait/exec-v1").iterdir())) == 1
    # Its code may change as it likes.
    path.write_text(path.read_text() + "print('more')\n")
    assert krait("exec", path).out == "1.0 []\nmore\n"
    script(path, PYTHON, 'requires-python = "<3"', *own(things))
    assert "python <3" in krait("exec", path, code=3).err.replace("python<3", "python <3")


@pytest.mark.parametrize("lock", ["{out}/lock.yml", "../out/lock.yml", "sub/lock.yml", "sub/deep/lock.yml"])
def test_a_lock_is_written_where_the_script_is(krait, things, tmp_path, lock):
    """Whoever wrote the script chooses no file of who locks it, neither by a path nor by a link."""
    out, place = tmp_path / "out", tmp_path / "place"
    out.mkdir()
    place.mkdir()
    (out / "lock.yml").write_text("keep\n")
    (place / "sub").symlink_to(out)
    lock = lock.format(out=out)
    path = script(place / "script.py", PYTHON, *own(things, 'dependencies = ["thing"]', f'lock = "{lock}"'))
    refused = krait("lock", path, cwd=place, code=2)
    assert "is not in the directory of the script" in refused.complaint and (out / "lock.yml").read_text() == "keep\n"
    # Named, it is written.
    krait("lock", path, "--lockfile", out / "lock.yml", cwd=place)
    assert (out / "lock.yml").read_text() != "keep\n" and sorted(out.iterdir()) == [out / "lock.yml"]


@pytest.mark.parametrize("lock", ["own.yml", "./locks/own.yml", "locks/../own.yml"])
def test_a_lock_may_be_below_the_script(krait, things, tmp_path, lock):
    (tmp_path / "locks").mkdir()
    path = script(tmp_path / "script.py", PYTHON, *own(things, 'dependencies = ["thing"]', f'lock = "{lock}"'))
    krait("lock", path.name, cwd=tmp_path)
    assert (tmp_path / lock).exists() and krait("exec", path).out == "1.0 []\n"


def test_from_a_shebang_line(krait, things, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/krait").symlink_to(krait.binary)
    path = script(
        tmp_path / "no-ending", PYTHON, *own(things, 'dependencies = ["thing"]'), first="#!/usr/bin/env -S krait exec -q\n")
    path.chmod(0o755)
    done = subprocess.run(
        [path, "x"], env=krait.merged({"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1.0 ['x']\n", "")


def test_other_languages(krait, things, tmp_path):
    shell = script(tmp_path / "a.sh", "echo $1 $(cat $CONDA_PREFIX/share/thing); exit 5\n", *own(things, 'dependencies = ["thing"]'))
    assert krait("exec", shell, "arg", code=5).out == "arg 1.0\n"
    named = script(
        tmp_path / "odd.script", "//\nthing\n",
        *own(things, 'dependencies = ["shell-of-ours", "thing"]', 'interpreter = ["our-sh", "-e"]'), mark="--")
    assert krait("exec", named, code=None).out.startswith("ours\n")


def test_requirements_for_pip(krait, things, channel, tmp_path):
    uv = shutil.which("uv") or ROOT / ".venv/bin/uv"
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/uv").symlink_to(uv)
    krait.environment.update(PATH=f"{tmp_path}/tools:{os.environ['PATH']}", PIP_CONFIG_FILE="/dev/null")
    wheel(tmp_path / "wheels", "plain", requires=["needed"])
    wheel(tmp_path / "wheels", "needed", "1.5")
    path = script(
        tmp_path / "s.py", "import needed, plain, sys\nprint(plain.__name__, needed.__name__)\n",
        'requires-python = ">=3.11"', "dependencies = [", '  "plain==1.0",  # one', "]",
        "[tool.krait]", f'channels = ["{channel}", "nodefaults"]')
    env = {"UV_OFFLINE": "1", "UV_FIND_LINKS": str(tmp_path / "wheels"), "UV_CACHE_DIR": str(tmp_path / "uv")}
    assert krait("exec", "--pyc", "none", path, env=env).out == "plain needed\n"
    again = krait("exec", "--pyc", "none", path)
    assert (again.out, again.err) == ("plain needed\n", "")
    # What pip could not complete is not kept.
    path.write_text(path.read_text().replace("plain==1.0", "plain==7.0"))
    result = krait("exec", "--pyc", "none", path, env=env, code=8)
    assert "plain==7.0" in result.err and "krait install" not in result.err
    # What pip said was seen when it said it.
    assert result.err.count("there is no version of plain==7.0") == 1
    assert len(list((krait.home / ".cache/krait/exec-v1").glob("*/env-*"))) == 1


def test_a_lock(krait, things, tmp_path):
    path = script(tmp_path / "script.py", PYTHON, *own(things, 'dependencies = ["thing"]'))
    krait("lock", "script.py", cwd=tmp_path)
    lock = tmp_path / "script.py.conda-lock.yml"
    assert "thing-1.0" in lock.read_text()
    things.add("thing", "2.0", {"share/thing": "2.0"})
    assert krait("exec", path).out == "1.0 []\n"
    # What the script asks for now, the lock does not have.
    script(path, PYTHON, *own(things, 'dependencies = ["thing>=2"]'))
    result = krait("exec", path, code=3)
    assert "thing" in result.err and f"krait lock {path}" in result.err
    krait("lock", path)
    assert krait("exec", path).out == "2.0 []\n"
    lock.rename(tmp_path / "other.yml")
    script(path, PYTHON, *own(things, 'dependencies = ["thing>=2"]', 'lock = "other.yml"'))
    assert krait("exec", path).out == "2.0 []\n"
    (tmp_path / "other.yml").unlink()
    assert f"krait lock {path}" in krait("exec", path, code=2).err
    krait("lock", path)
    assert (tmp_path / "other.yml").exists() and not lock.exists()


@pytest.mark.parametrize("lines, said", [
    (["dependencies = [1]"], "`script.py:1`: `dependencies` is not a list of strings"),
    (["dependencies = ["], "`script.py:3`: a value is missing"),
    (["", "a = b"], "`script.py:3`: `b` is not a value"),
    (["a = 1", "a = 2"], "`script.py:3`: `a` is defined twice"),
    (["[tool.krait]", 'chanels = ["x"]'], "`chanels` is not a key of [tool.krait]"),
    (["[tool.krait]", "interpreter = []"], "names no program"),
])
def test_what_is_not_understood(krait, tmp_path, lines, said):
    script(tmp_path / "script.py", "print()\n", *lines)
    result = krait("exec", "script.py", code=2, cwd=tmp_path)
    assert said in result.err and not (krait.home / ".cache/krait").exists()


@pytest.mark.parametrize("word", ["absent.py", "./absent", "scripts/absent", "absent.sh", "/absent/tool"])
def test_a_script_that_is_not_there(krait, word):
    result = krait("exec", word, code=2)
    assert result.err.startswith(f"error: `{word}`: there is no such file\n")


def test_blocks_that_are_none(krait, tmp_path):
    (tmp_path / "a.py").write_text("# /// script\n# dependencies = []\nprint()\n")
    assert "`a.py:1`: `/// script` has no end" in krait("exec", "a.py", code=2, cwd=tmp_path).err
    block = "# /// script\n# dependencies = []\n# ///\n"
    (tmp_path / "b.py").write_text(block + "\n" + block)
    assert "`b.py:5`: `/// script` begins a second time" in krait("exec", "b.py", code=2, cwd=tmp_path).err
    (tmp_path / "data").write_text("x")
    assert "is a file without metadata on what it needs" in krait("exec", "./data", code=2, cwd=tmp_path).err
