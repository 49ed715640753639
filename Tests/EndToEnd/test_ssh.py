# SPDX-License-Identifier: BSD-3-Clause
"""Over a real openssh-server on loopback, with keys and a home of its own."""

import os
import pwd
import select
import socket
import subprocess

import pytest

from conftest import BINARY, CHANNEL

# In a mount namespace of its own: the home of the user who logs in is a fresh directory, and the binary is on the
# PATH that sshd gives.
START = """
mount --bind "$FOLDER/home" "$HOME_OF_USER" && mount --bind "$FOLDER/bin" /usr/local/bin || exit 99
mount -t tmpfs none /run && mkdir -m 755 /run/sshd || exit 99
exec /usr/sbin/sshd -D -e -f "$FOLDER/sshd_config"
"""


@pytest.fixture(scope="module")
def host(isolated, tmp_path_factory):
    """`host(words...)` runs ssh; `host.folder` is seen as the home over there."""
    if os.geteuid() != 0:
        pytest.skip("only root can start an sshd that changes users")
    folder = tmp_path_factory.mktemp("ssh")
    user = pwd.getpwuid(os.geteuid())
    for name in ("home", "bin"):
        (folder / name).mkdir()
    (folder / "bin/krait").symlink_to(BINARY)
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/user.pub\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
        "PrintMotd no\nPrintLastLog no\nUseDNS no\n"
    )
    environment = {**os.environ, "FOLDER": str(folder), "HOME_OF_USER": user.pw_dir}
    server = subprocess.Popen(
        [*isolated, "sh", "-c", START], env=environment, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    said = []
    for line in server.stderr:
        said.append(line)
        if "listening on" in line:
            break
    if server.poll() == 99:
        pytest.skip(f"this machine does not let us mount: {''.join(said)}")
    assert server.poll() is None, "".join(said)

    def ssh(*words, options=(), input=None, code=0, timeout=60):
        done = subprocess.run(
            [
                "ssh",
                "-F",
                "none",
                "-i",
                folder / "user",
                "-p",
                str(port),
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR",
                "-o",
                "BatchMode=yes",
                *options,
                f"{user.pw_name}@127.0.0.1",
                *words,
            ],
            capture_output=True,
            text=True,
            timeout=timeout,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    ssh.folder, ssh.home, ssh.user = folder, user.pw_dir, user
    ssh(f"krait create -y -n work -c {CHANNEL} --override-channels feature-hard-links feature-activate")
    yield ssh
    server.terminate()
    server.wait()
    server.stderr.close()


def test_a_command(host):
    assert host("krait run -n work feature-hard").stdout == "hard 2.0\n"


def test_no_start_up_file_is_needed(host):
    assert not (host.folder / "home/.bashrc").exists()
    out = host("krait run -n work sh -c 'echo $CONDA_DEFAULT_ENV $FEATURE_ORDER'").stdout
    assert out == "work a1a2\n"


def test_input_output_and_code(host):
    done = host("krait run -n work sh -c 'cat; echo said >&2; exit 9'", input="through\n", code=9)
    assert (done.stdout, done.stderr) == ("through\n", "said\n")


def test_a_terminal(host):
    out = host("krait run -n work sh -c 'tty; feature-hard'", options=["-t", "-t"]).stdout.split()
    assert out[0].startswith("/dev/pts/") and out[1:] == ["hard", "2.0"]


def test_a_job_survives_the_session(host):
    fifos = [host.folder / "home/go", host.folder / "home/done"]
    for fifo in fifos:
        os.mkfifo(fifo)
    host("nohup krait run -n work sh -c 'read line < ~/go; feature-hard > ~/done' >/dev/null 2>&1 </dev/null &")
    # The session is over; the job still waits for us.
    go, done = (os.open(fifo, os.O_RDWR | os.O_NONBLOCK) for fifo in fifos)
    os.write(go, b"go on\n")
    ready, _, _ = select.select([done], [], [], 30)
    assert ready and os.read(done, 100) == b"hard 2.0\n"
    os.close(go)
    os.close(done)


def test_a_login_shell_after_init(host):
    if not host.user.pw_shell.endswith("bash"):
        pytest.skip(f"the shell of {host.user.pw_name} is {host.user.pw_shell}")
    host("krait shell init -s bash")
    script = (
        "krait activate work\nfeature-hard\necho in $CONDA_DEFAULT_ENV\n"
        "krait deactivate\necho left ${CONDA_PREFIX-none}\nexit\n"
    )
    lines = [line.strip() for line in host(options=["-t", "-t"], input=script).stdout.splitlines()]
    for line in ("hard 2.0", "in work", "left none"):
        assert line in lines, lines
