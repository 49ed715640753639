# SPDX-License-Identifier: BSD-3-Clause
"""What images, actions, editors and workflow tools do with micromamba or conda, line by line, as root and as another
user; the published lines with other names."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import Krait

USER = 54321

# The start-up script of micromamba's own image, in its shape.
ACTIVATE = """
if [[ "${MAMBA_SKIP_ACTIVATE:-}" == "1" ]]; then return; fi
eval "$(micromamba shell hook --shell=bash)"
conda activate "${ENV_NAME:-base}" 2>/dev/null || mamba activate "${ENV_NAME:-base}" 2>/dev/null \\
  || micromamba activate "${ENV_NAME:-base}"
"""
SHELL = """#!/bin/bash
if [[ "${MAMBA_DOCKERFILE_ACTIVATE:-}" == "1" ]]; then source "$IMAGE/activate.sh"; fi
exec bash -o pipefail -c "$@"
"""
ENTRYPOINT = '#!/bin/bash\nset -ef -o pipefail\nsource "$IMAGE/activate.sh"\nexec "$@"\n'


class World:
    """A directory with the tools on PATH, a root prefix and a home, in which a shell is somebody."""

    def __init__(self, folder, channel, user):
        self.folder, self.channel, self.user = folder, channel, user
        self.root, self.home = folder / "opt", folder / "home"
        for path in (folder / "bin", self.home):
            path.mkdir(parents=True)
        binary = pathlib.Path(shutil.copy(Krait(self.home).binary, folder / "krait"))
        for name in ("micromamba", "conda", "mamba"):
            (folder / "bin" / name).symlink_to(binary)
        (self.home / ".condarc").write_text(f"channels: [{channel}]\n")
        for path in [folder, *folder.parents]:
            if path.stat().st_uid == 0 and path != path.parent and not path.stat().st_mode & 0o001:
                path.chmod(path.stat().st_mode | 0o011)
        self.own(folder)

    def own(self, *paths):
        for path in paths:
            for each in [path, *path.rglob("*")]:
                os.chown(each, self.user, self.user, follow_symlinks=False)

    def write(self, name, text, mode=0o644):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        self.own(path)
        return path

    def __call__(self, script, shell=("bash", "-c"), code=0, **env):
        variables = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "MAMBA_ROOT_PREFIX": str(self.root),
            "IMAGE": str(self.folder),
            **env,
        }
        before = [] if self.user == 0 else ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        done = subprocess.run(
            [*before, *map(str, shell), script],
            env={name: str(value) for name, value in variables.items() if value is not None},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, f"{script}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture
def channel(own_channel):
    own_channel.add("tool", files={"bin/tool": "#!/bin/sh\necho tool of $CONDA_DEFAULT_ENV\n"})
    own_channel.add("other", files={"bin/other": "#!/bin/sh\necho other\n"})
    return own_channel


@pytest.fixture(params=[0, USER], ids=["root", "user"])
def world(request, tmp_path, channel):
    if os.geteuid() != 0:
        pytest.skip("needs root to be somebody else")
    return World(tmp_path / "world", channel, request.param)


@pytest.fixture
def image(world):
    """What the image's own Dockerfile does."""
    world("mkdir -p $MAMBA_ROOT_PREFIX/conda-meta && chmod -R a+rwx $MAMBA_ROOT_PREFIX")
    world.write("activate.sh", ACTIVATE)
    world.shell = world.write("shell.sh", SHELL, 0o755)
    world.entrypoint = world.write("entrypoint.sh", ENTRYPOINT, 0o755)
    return world


def environment(world, name):
    return world.write("env.yaml", f"name: {name}\nchannels: [{world.channel}]\ndependencies: [tool]\n")


@pytest.mark.parametrize("name", ["base", "another"])
def test_an_image_with_a_file(image, name):
    file = environment(image, name)
    image(f"micromamba install -y -n base -f {file} && micromamba clean --all --yes", (image.shell,))
    assert image("tool", (image.shell,), MAMBA_DOCKERFILE_ACTIVATE=1).stdout == "tool of base\n"
    assert image("tool", (image.shell,), code=127).stdout == ""
    started = image("tool", (image.entrypoint,))
    assert started.stdout == "tool of base\n" and started.stderr == ""
    assert image("echo", (image.entrypoint,), MAMBA_SKIP_ACTIVATE=1).stdout == "\n"


def test_an_image_with_several_environments(image):
    image(f"micromamba create -y -n one -f {environment(image, 'x')} && micromamba create -y -n two other")
    assert image("tool", (image.entrypoint,), ENV_NAME="one").stdout == "tool of one\n"
    assert image("other", (image.entrypoint,), ENV_NAME="two").stdout == "other\n"


def test_an_image_from_a_lock(image):
    image(f"micromamba create -y -n one -f {environment(image, 'x')}")
    image("micromamba env export -n one --explicit > env.lock")
    image("micromamba install --name base --yes --file env.lock && micromamba clean --all --yes")
    assert image("tool", (image.shell,), MAMBA_DOCKERFILE_ACTIVATE=1).stdout == "tool of base\n"
    assert image("micromamba run -n base tool").stdout == "tool of base\n"


@pytest.mark.parametrize("shell, name", [("bash", "bash"), ("dash", "posix"), ("dash", "dash")])
def test_a_hook_in_each_line(world, shell, name):
    world(f"micromamba env create -f {environment(world, 'env')}")
    script = f'eval "$(micromamba shell hook -s {name})" && micromamba activate env && tool && micromamba deactivate'
    assert world(script, (shell, "-euc")).stdout == "tool of env\n"
    refused = world("micromamba activate env && tool", (shell, "-c"), code=1)
    assert refused.stdout == "" and "shell init" in refused.stderr


def test_the_action(world):
    """setup-micromamba's commands."""
    general = "--log-level warning --rc-file $HOME/.condarc"
    world(f"micromamba shell init --shell bash -r $MAMBA_ROOT_PREFIX {general}", MAMBA_ROOT_PREFIX=world.root)
    assert "# >>> mamba initialize >>>" in (world.home / ".bashrc").read_text()
    world(f"micromamba create -n ci -r {world.root} -y -f {environment(world, 'x')} {general}", MAMBA_ROOT_PREFIX=None)
    told = world(f"micromamba info -r {world.root} -n ci {general}", MAMBA_ROOT_PREFIX=None).stdout
    assert "environment : ci" in told and f"env location : {world.root}/envs/ci" in told
    assert world('micromamba list -n ci | grep -q "^  *tool " && echo yes').stdout == "yes\n"
    world('echo "micromamba activate ci" >> $HOME/.bashrc')
    assert world('. $HOME/.bashrc; tool; micromamba info | grep -q "environment : ci (active)" && echo yes').stdout == (
        "tool of ci\nyes\n"
    )
    world(f"micromamba shell deinit --shell bash -r {world.root} {general}")
    assert "initialize" not in (world.home / ".bashrc").read_text()


def test_a_notebook_image(world):
    """repo2docker's commands: no home, nobody to ask, and an empty history file."""
    world("mkdir -p conda/conda-meta && touch conda/conda-meta/history")
    place = world.folder / "conda"
    bare = {"HOME": None, "MAMBA_ROOT_PREFIX": place}
    world.write("conda/.condarc", f"channels: [{world.channel}]\nauto_activate_base: false\n")
    hook = f'eval "$(micromamba shell hook -p {place} -s posix)" && micromamba activate'
    world(f"{hook} && micromamba install tool -y && micromamba clean --all -f -y", ("bash", "-c"), **bare)
    world(f"micromamba create -p {place}/envs/notebook -f {environment(world, 'x')}", **bare)
    assert "tool" in world(f"micromamba list -p {place}/envs/notebook", **bare).stdout
    assert "tool" in world(f"micromamba list -p {place}", **bare).stdout


def test_what_is_sourced_from_conda(world):
    world(f"conda env create -f {environment(world, 'env')}")
    place = f"{world.root}/envs/env"
    script = "source $(conda info --base)/etc/profile.d/conda.sh && conda activate env && tool && conda deactivate"
    for shell in ("bash", "zsh"):
        assert world(script, (shell, "-c")).stdout == "tool of env\n"
    script = f". {world.root}/etc/profile.d/conda.sh; conda activate env; tool"
    assert world(script, ("dash", "-c")).stdout == "tool of env\n"
    # nextflow's and snakemake's; the root prefix is known by the script.
    found = """$(conda info --json | awk '/conda_prefix/ { gsub(/"|,/, "", $2); print $2 }')"""
    assert world(f"source {found}/bin/activate {place}; tool").stdout == "tool of env\n"
    fresh = world(f"source {world.root}/bin/activate env; set -euo pipefail; tool", MAMBA_ROOT_PREFIX=None)
    assert fresh.stdout == "tool of env\n" and fresh.stderr == ""
    # The root prefix is still one into which things are installed, and a script that is there stays.
    world("echo mine > $MAMBA_ROOT_PREFIX/bin/deactivate; conda install -y -n base other")
    assert (world.root / "bin/deactivate").read_text() == "mine\n"
    assert world("conda info --envs | awk '{print $1}' | grep -qx env && echo yes").stdout == "yes\n"


def test_what_editors_look_up(world):
    world(f"conda env create -f {environment(world, 'env')}")
    info = json.loads(world("conda info --json").stdout)
    assert f"{world.root}/envs/env" in info["envs"] and info["conda_prefix"] == str(world.root)
    assert {"conda_version", "root_prefix", "default_prefix", "envs_dirs", "pkgs_dirs", "python_version"} <= info.keys()
    envs = [str(world.root / "envs/env")]
    for line in ("conda info --envs --json", "conda env list --json", f"{world.root}/condabin/conda env list --json"):
        assert set(envs) <= set(json.loads(world(line).stdout)["envs"])
    assert world("conda run -n env --no-capture-output tool").stdout == "tool of env\n"


def test_a_directory_by_a_bare_word(world):
    """tox calls `conda install -p NAME` from the directory above."""
    world(f"conda create -y -p {world.folder}/made tool")
    world("conda install --quiet --yes -p made other")
    assert world("made/bin/other").stdout == "other\n"


@pytest.mark.parametrize("line", ["yes | conda install -n env other", "echo y | conda install -n env other"])
def test_an_answer_through_a_pipe(world, line):
    world(f"conda env create -f {environment(world, 'env')}")
    world(line)
    assert world("conda run -n env other").stdout == "other\n"


def test_the_channels_of_defaults(krait):
    for name in ("pkgs/main", "defaults"):
        refused = krait("create", "-n", "e", "--offline", "-c", name, "--override-channels", "x", code=4)
        assert "https://repo.anaconda.com/pkgs/main" in refused.err


def test_an_image_without_names(image):
    """`install` and python without `-n`: micromamba-docker's `run_activate`."""
    file = environment(image, "base")
    image(f"micromamba config set extract_threads 1 && micromamba install --yes --file {file} && micromamba clean -a -f -y")
    image("tool > made.txt", (image.shell,), MAMBA_DOCKERFILE_ACTIVATE=1)
    assert (image.folder / "made.txt").read_text() == "tool of base\n"
    assert image("micromamba run tool").stdout == "tool of base\n"


def test_an_image_of_a_workflow(image):
    """nf-core's and Wave's template, and what these look for when a GPU is missing."""
    name = image.channel.directory.name
    (image.home / ".condarc").write_text(f"channels: [{name}]\nchannel_alias: file://{image.channel.directory.parent}\n")
    file = environment(image, "x")
    image(
        f"micromamba install -y -n base -f {file} && micromamba install -y -n base {name}::other"
        " && micromamba env export --name base --explicit > environment.lock && cat environment.lock"
        " && micromamba clean -a -y"
    )
    lock = (image.folder / "environment.lock").read_text().splitlines()
    assert [line for line in lock if line.endswith(".tar.bz2") or "/other-" in line]
    assert image("tool; other", PATH=f"{image.root}/bin:/usr/bin:/bin").stdout == "tool of\nother\n"
    image.channel.add("gpu", depends=["__cuda >=12"])
    script = """
    micromamba install -y -n base gpu > build.log 2>&1 || { grep -q __cuda build.log && CONDA_OVERRIDE_CUDA=99 micromamba install -y -n base gpu; }
    """
    image(script, CONDA_OVERRIDE_CUDA=None)
    assert "gpu" in image("micromamba list -n base").stdout


def test_commands_of_an_image(image):
    """`ENTRYPOINT ["micromamba", "run", …]` and `SHELL ["micromamba", "run", …]`."""
    image("micromamba install -y -n base tool && micromamba create -y -p $MAMBA_ROOT_PREFIX/envs/x other tool")
    assert image("tool", ("micromamba", "run", "-n", "base", "--")).stdout == "tool of base\n"
    shell = ("micromamba", "run", "-n", "x", "/bin/bash", "-c")
    assert image("other && tool", shell).stdout == "other\ntool of x\n"
    assert image("tool", shell, CONDA_DEFAULT_ENV=f"{image.root}/envs/x").stdout == "tool of x\n"
    refused = image("exit 5", shell, code=5)
    assert refused.stderr == ""


@pytest.mark.parametrize("home", ["/foobar", None, "/"])
def test_an_image_for_another_user(image, home):
    """`docker run --user=1001:1001`, with a home that is not there."""
    image("micromamba install -y -n base tool && micromamba clean --all --yes")
    image.user = 1001
    assert image("tool", (image.entrypoint,), HOME=home).stdout == "tool of base\n"
    assert image("micromamba run -n base tool", HOME=home).stdout == "tool of base\n"
    assert "tool" in image("micromamba list", HOME=home).stdout
    assert "tool" in image("micromamba env export -n base", HOME=home).stdout


def test_create_or_update(world):
    """`env create -f FILE || env update -f FILE`, as scripts have it, twice; nobody is there to answer."""
    line = f"conda env create -f {environment(world, 'sci')} || conda env update -f {world.folder}/env.yaml"
    for _ in range(2):
        world(line)
    assert world("conda run -n sci tool").stdout == "tool of sci\n"
    world(f"micromamba env create -f {world.folder}/env.yaml -p $MAMBA_ROOT_PREFIX/envs/other")
    assert world("micromamba run -n other tool").stdout == "tool of other\n"


def test_start_up_files_of_others(world):
    """The block that micromamba 2.8 writes, with another binary in its place; bash and zsh."""
    world(f"micromamba env create -f {environment(world, 'sci')}")
    for shell in ("bash", "zsh"):
        block = f"""
# >>> mamba initialize >>>
# !! Contents within this block are managed by 'micromamba shell init' !!
export MAMBA_EXE='{world.folder}/bin/micromamba';
export MAMBA_ROOT_PREFIX='{world.root}';
__mamba_setup="$("$MAMBA_EXE" shell hook --shell {shell} --root-prefix "$MAMBA_ROOT_PREFIX" 2> /dev/null)"
if [ $? -eq 0 ]; then
    eval "$__mamba_setup"
else
    alias micromamba="$MAMBA_EXE"  # Fallback on help from micromamba activate
fi
unset __mamba_setup
# <<< mamba initialize <<<
"""
        world.write("rc", block)
        script = ". ./rc; micromamba activate sci && tool && micromamba deactivate; set -eu; micromamba activate sci; tool"
        assert world(script, (shell, "-c"), MAMBA_ROOT_PREFIX=None).stdout == "tool of sci\ntool of sci\n"


def test_tasks_of_workflow_engines(world):
    """nextflow with micromamba and with conda, galaxy."""
    file, place = environment(world, "x"), f"{world.folder}/work/conda/env-1"
    world(f"micromamba env create --yes --prefix {place} --file {file}")
    task = f'eval "$(micromamba shell hook --shell bash)" && micromamba activate {place}; tool'
    assert world(task).stdout == f"tool of {place}\n"
    world(f"micromamba env export -p {place} --explicit > lock.txt")
    world(f"micromamba create --yes --quiet --prefix {place}-2 --file lock.txt")
    assert world(f"{place}-2/bin/tool").stdout == "tool of\n"
    world(f"conda env create --prefix {place}-3 --file {file}; conda create --mkdir --yes --quiet --prefix {place}-4 tool")
    assert world(f"{place}-3/bin/tool; {place}-4/bin/tool").stdout == "tool of\ntool of\n"
    world(f"conda create -n __tool@1.0 --override-channels --channel file://{world.channel} --yes --quiet tool=1.0")
    assert "tool=1.0=0" in world("conda list --name __tool@1.0 --export").stdout.split()


def test_readmes(world):
    """`conda config --add …`, `conda init bash`, then a login."""
    world(f"conda config --add channels defaults --add channels file://{world.channel}; conda config --set channel_priority strict")
    assert "channel_priority: strict" in (world.home / ".condarc").read_text()
    world("conda config --remove channels defaults && conda config --set auto_activate_base false && conda init bash")
    world("conda create --yes --name sci tool")
    world.write("home/.bash_profile", ". ~/.bashrc\n")
    assert world("conda activate sci && tool", ("bash", "--login", "-c")).stdout == "tool of sci\n"


def test_one_image_and_somebody_without_rights(tmp_path, channel):
    """A root prefix of root's; another user runs, lists, exports, and makes environments of their own."""
    if os.geteuid() != 0:
        pytest.skip("needs root to be somebody else")
    world = World(tmp_path / "world", channel, 0)
    world(f"micromamba create -y -n shared -f {environment(world, 'x')}")
    world.user = USER
    world.own(world.home)
    for line in ("run -n shared tool", "list -n shared", "env list", "env export -n shared", "create -y -n mine other"):
        world(f"micromamba {line}")
    assert (world.home / ".conda/envs/mine/bin/other").exists()
    assert world("micromamba run -n mine other").stdout == "other\n"
    assert world("micromamba install -y -n shared other", code=1).stdout.count("Transaction finished") == 0
