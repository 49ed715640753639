# SPDX-License-Identifier: BSD-3-Clause
"""Environments that somebody prepared and handed on: what lies in them leads outside, never ends, or is not a file."""

import json
import os
import shutil

TRANSACTION = "conda-meta/.krait-transaction"
#: the record of the one package
RECORD = "conda-meta/tiny-1.0-0.json"
CASES = {}


def case(body):
    CASES[body.__name__.replace("_", " ")] = body
    return body


def journal(env, *items, name="journal", old=True):
    """A journal without a mark, as anybody can write it, and old files to put back."""
    (env / TRANSACTION / "old").mkdir(parents=True)
    if old:
        (env / TRANSACTION / "old/0").write_text("planted\n")
    whole = ["Hkrait-journal 1", "P1", *items, "E"]
    (env / TRANSACTION / name).write_bytes(b"".join(item.encode() + b"\0" for item in whole))


def edit(env, change):
    record = json.loads((env / RECORD).read_text())
    change(record)
    (env / RECORD).write_text(json.dumps(record))


def replace(path, target):
    """A link where something of the environment was."""
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    path.symlink_to(target)


def pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


@case
def journal_puts_back_outside(env, victim):
    journal(env, "O../victim/planted")


@case
def journal_removes_outside(env, victim):
    journal(env, "D../victim/important", name="committed")


@case
def journal_undoes_outside(env, victim):
    journal(env, "N../victim/important", "M../victim/empty")


@case
def journal_removes_an_absolute_path(env, victim):
    journal(env, f"D{victim}/important", f"S{victim}/empty", name="committed")


@case
def journal_removes_records_outside(env, victim):
    journal(env, "R../../victim/important", name="committed")


@case
def journal_goes_through_a_link(env, victim):
    (env / "sub").symlink_to("../victim")
    journal(env, "Dsub/important", "Ssub/empty", name="committed")


@case
def journal_puts_back_through_a_link(env, victim):
    (env / "sub").symlink_to(victim)
    journal(env, "Osub/important", "Nsub/other")


@case
def records_of_a_change_lie_outside(env, victim):
    journal(env, name="committed")
    (env / TRANSACTION / "records").symlink_to(victim)


@case
def old_files_lie_outside(env, victim):
    journal(env, "Oshare/tiny", old=False)
    replace(env / TRANSACTION / "old", victim)


@case
def transaction_is_a_link(env, victim):
    (victim / "journal").write_bytes(b"Hkrait-journal 1\0Dshare/tiny\0E\0")
    (env / TRANSACTION).symlink_to(victim)


@case
def transaction_without_a_journal(env, victim):
    (env / TRANSACTION / "thesis").mkdir(parents=True)
    (env / TRANSACTION / "old").symlink_to(victim)


@case
def marker_of_an_unfinished_environment(env, victim):
    (env / TRANSACTION).mkdir()
    (env / TRANSACTION / "new").touch()
    (env / "thesis").symlink_to(victim)


@case
def journal_with_a_wrong_mark(env, victim):
    journal(env, "D../victim/important", name="committed")
    with open(env / TRANSACTION / "committed", "ab") as file:
        file.write(b"X" + b"0" * 64 + b"\0")


@case
def journal_is_a_pipe(env, victim):
    (env / TRANSACTION).mkdir()
    os.mkfifo(env / TRANSACTION / "journal")


@case
def journal_is_huge(env, victim):
    journal(env)
    os.truncate(env / TRANSACTION / "journal", 1 << 38)


@case
def staging_mark_of_a_stranger(env, victim):
    (env / ".krait-staging").write_text("0" * 64)
    env.chmod(0o700)


@case
def metadata_is_a_link(env, victim):
    shutil.copytree(env / "conda-meta", victim / "conda-meta")
    replace(env / "conda-meta", "../victim/conda-meta")


@case
def record_leads_out(env, victim):
    def change(record):
        record["paths_data"]["paths"][0]["_path"] = "../victim/important"
        record["files"][0] = "../victim/important"

    edit(env, change)


@case
def record_names_an_absolute_path(env, victim):
    def change(record):
        record["paths_data"]["paths"].append({"_path": f"{victim}/important", "path_type": "hardlink"})
        record["files"].append(f"{victim}/important")

    edit(env, change)


@case
def old_record_leads_out(env, victim):
    def change(record):
        del record["paths_data"]
        record["files"] = ["share/../../victim/important"]

    edit(env, change)


@case
def record_of_another_name(env, victim):
    edit(env, lambda record: record.update(name="../../victim/important"))


@case
def record_of_another_file_name(env, victim):
    edit(env, lambda record: record.update(fn="../../../victim/important", url="file:///etc/passwd"))


@case
def directory_of_a_package_is_a_link(env, victim):
    replace(env / "share", "../victim")


@case
def directory_of_a_package_is_an_absolute_link(env, victim):
    replace(env / "share", victim)


@case
def file_of_a_package_is_a_link(env, victim):
    replace(env / "share/tiny", victim / "important")


@case
def files_put_aside_lie_outside(env, victim):
    (env / "__clobbers__").symlink_to(victim)


@case
def cached_python_lies_outside(env, victim):
    (env / "share/__pycache__").symlink_to(victim)


@case
def history_is_a_link(env, victim):
    replace(env / "conda-meta/history", victim / "important")


@case
def history_is_a_pipe(env, victim):
    pipe(env / "conda-meta/history")


@case
def history_is_huge(env, victim):
    os.truncate(env / "conda-meta/history", 1 << 38)


@case
def record_is_a_pipe(env, victim):
    pipe(env / RECORD)


@case
def record_never_ends(env, victim):
    replace(env / RECORD, "/dev/zero")


@case
def record_is_huge(env, victim):
    os.truncate(env / RECORD, 1 << 38)


@case
def state_is_a_link(env, victim):
    replace(env / "conda-meta/state", victim / "important")


@case
def state_is_a_pipe(env, victim):
    pipe(env / "conda-meta/state")


@case
def pinned_and_frozen_never_end(env, victim):
    pipe(env / "conda-meta/pinned")
    replace(env / "conda-meta/frozen", "/dev/zero")


@case
def variables_of_a_package_are_a_pipe(env, victim):
    (env / "etc/conda/env_vars.d").mkdir(parents=True)
    os.mkfifo(env / "etc/conda/env_vars.d/tiny.json")


@case
def file_of_a_package_is_a_pipe(env, victim):
    pipe(env / "share/tiny")


@case
def messages_are_a_link(env, victim):
    (env / ".messages.txt").symlink_to(victim / "important")


@case
def history_is_a_directory(env, victim):
    (env / "conda-meta/history").unlink()
    (env / "conda-meta/history").mkdir()


@case
def transaction_is_a_file(env, victim):
    (env / TRANSACTION).write_text(f"Hkrait-journal 1\0D{victim}/important\0E\0")


@case
def marker_is_a_directory(env, victim):
    (env / TRANSACTION / "new").mkdir(parents=True)
    (env / TRANSACTION / "new/important").symlink_to(victim / "important")


@case
def a_change_was_begun(env, victim):
    (env / TRANSACTION / "old").mkdir(parents=True)
    (env / TRANSACTION / "begun").write_bytes(b"X" + b"0" * 64 + b"\0")
    (env / TRANSACTION / "journal.new").symlink_to(victim / "important")


@case
def journal_is_a_directory(env, victim):
    (env / TRANSACTION / "journal").mkdir(parents=True)


@case
def files_of_a_change_are_links(env, victim):
    journal(env, "Oshare/tiny", "Oshare/new")
    (env / TRANSACTION / "old/0").unlink()
    (env / TRANSACTION / "old/0").symlink_to(victim / "important")
    (env / TRANSACTION / "old/1").symlink_to(victim)


@case
def files_are_hard_links_of_others(env, victim):
    for name in ("share/tiny", "share/mod.py", "conda-meta/history", "conda-meta/state", RECORD, ".messages.txt"):
        (env / name).unlink(missing_ok=True)
        if name == RECORD:
            continue
        os.link(victim / "important", env / name)


@case
def record_is_a_directory(env, victim):
    (env / RECORD).unlink()
    (env / RECORD).mkdir()


@case
def records_of_odd_names(env, victim):
    body = (env / RECORD).read_text()
    for name in ("-rf-1.0-0.json", "..-1.0-0.json", "a\nb-1.0-0.json", "\x1b[2J-1.0-0.json", "$(id)-1-0.json", "x.json", ".json"):
        (env / "conda-meta" / name).write_text(body)


@case
def pip_record_leads_out(env, victim):
    """Of a python package that conda's of the same name takes the place of."""
    for site in ("lib/python3.11/site-packages", "lib/python3.12/site-packages"):
        information = env / site / "other-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text("Name: other\nVersion: 1.0\n")
        (information / "RECORD").write_text(f"../../../../victim/important,,\n{victim}/important,,\n../../../sub/important,,\n")
    (env / "sub").symlink_to(victim)
    python(env)


def python(env, **more):
    record = {"name": "python", "version": "3.11.0", "build": "0", "build_number": 0, "files": [], "depends": [], **more}
    record["paths_data"] = {"paths_version": 1, "paths": []}
    (env / "conda-meta/python-3.11.0-0.json").write_text(json.dumps(record))


@case
def python_keeps_packages_outside(env, victim):
    python(env, python_site_packages_path="../victim")


@case
def python_is_of_no_version(env, victim):
    python(env, version="../../victim")


@case
def time_of_making_is_a_pipe(env, victim):
    os.mkfifo(env / "conda-meta/created_at")


@case
def history_names_packages_outside(env, victim):
    with open(env / "conda-meta/history", "a") as file:
        file.write("==> 2026-01-01 00:00:00 <==\n# cmd: x\n")
        file.write("+file:///../victim::../../victim/important-1-0\n-../../victim/important-1-0\n# update specs: ['../../x']\n")


@case
def file_of_a_package_is_huge(env, victim):
    os.truncate(env / "share/tiny", 1 << 38)


@case
def file_of_a_package_is_huge_and_of_no_size(env, victim):
    def change(record):
        for path in record["paths_data"]["paths"]:
            del path["size_in_bytes"]

    edit(env, change)
    os.truncate(env / "share/tiny", 1 << 38)


@case
def file_of_nobody_is_huge(env, victim):
    for name in ("share/huge", "share/huge.pyc", "bin/huge"):
        (env / name).touch()
        os.truncate(env / name, 1 << 38)


def deep(env):
    """More directories in each other than a path can name."""
    here = os.open(env, os.O_RDONLY)
    for _ in range(2100):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@case
def metadata_is_anybodys(env, victim):
    (env / "conda-meta").chmod(0o777)
    journal(env, "D../victim/important", name="committed")
    (env / TRANSACTION).chmod(0o777)


@case
def python_packages_are_no_files(env, victim):
    python(env)
    site = env / "lib/python3.11/site-packages"
    for number, name in enumerate(("METADATA", "RECORD", "INSTALLER", "direct_url.json")):
        information = site / f"one{number}-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Name: one{number}\nVersion: 1.0\n")
        pipe(information / name)
    for number, name in enumerate(("METADATA", "RECORD", "INSTALLER", "direct_url.json")):
        information = site / f"two{number}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Name: two{number}\nVersion: 1.0\n")
        replace(information / name, "/dev/zero")
    pipe(site / "three-1.0.egg-info")
    pipe(site / "four.egg-link")


@case
def python_packages_lie_outside(env, victim):
    python(env)
    (env / "lib/python3.11").mkdir(parents=True)
    (env / "lib/python3.11/site-packages").symlink_to(victim)
    (victim / "other-1.0.dist-info").mkdir()
    (victim / "other-1.0.dist-info/METADATA").write_text("Name: other\nVersion: 1.0\n")
    (victim / "other-1.0.dist-info/RECORD").write_text("important,,\n../../../important,,\n")
