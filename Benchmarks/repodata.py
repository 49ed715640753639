# SPDX-License-Identifier: BSD-3-Clause
"""Sections about repodata: solving the corpus, and channels of conda-forge's size."""

import json
import random
import shutil
import subprocess
import sys

import places
import tools
from measure import Command

LARGE_SPECS = ["python=3.11", "numpy", "pandas", "scipy", "jupyterlab", "scikit-learn", "pytorch"]


def solve(bench):
    """Requests of the corpus. krait: one process a request, index mapped; py-rattler: inside one process that has
    opened the repodata before, records loaded lazily. So krait's time has its start in it, py-rattler's has not."""
    lines = (bench.data / "solves" / "rattler_solutions.jsonl").read_text().splitlines()
    facts, requests = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    # What py-rattler could not parse is no question to its solver.
    requests = [one for one in requests if one.get("specs") and not one.get("error", "").startswith("parse:")]
    random.Random(1).shuffle(requests)
    requests = requests[:10 if bench.quick else 120]
    with places.tmpfs() as place:
        channel = place / "conda-forge-all"
        for subdir in ("linux-64", "noarch"):
            source = bench.data / facts["repodata"] / subdir / "repodata.json.zst"
            (channel / subdir).mkdir(parents=True)
            shutil.copy(source, channel / subdir)
            subprocess.run(["zstd", "-qd", source, "-o", channel / subdir / "repodata.json"], check=True)
        arguments = [sys.executable, tools.HERE / "rattler_peer.py", "corpus", channel]
        feed = "\n".join([json.dumps(facts["virtual_packages"]), *(json.dumps(one["specs"]) for one in requests)])
        answer = subprocess.run(arguments, input=feed, text=True, check=True, stdout=subprocess.PIPE,
                                env=tools.environment(place))
        runs = {"py-rattler": [json.loads(line) for line in answer.stdout.splitlines()]}
        if tools.krait().exists():
            dry_run(bench, place, channel, facts, requests[0]["specs"])  # makes the index
            runs["krait"] = [dry_run(bench, place, channel, facts, one["specs"]) for one in requests]
            disagree = sum(one["failed"] != other["failed"] for one, other in zip(*runs.values()))
        sums = {name: sum(run["seconds"] for run in list_) for name, list_ in runs.items()}
        cpu = {name: sum(run["user"] + run["system"] for run in list_) for name, list_ in runs.items()}
        p99 = {name: sorted(run["seconds"] for run in list_)[int(len(list_) * 0.99)] for name, list_ in runs.items()}
        bench.keep("solve/corpus", runs, **{"sum": sums, "sum of CPU": cpu, "p99": p99},
                   **({"disagree": disagree} if "krait" in runs else {}))


def dry_run(bench, place, channel, facts, specs) -> dict:
    """One request through the whole of krait, nothing installed."""
    overrides = {"CONDA_OVERRIDE_" + name.removeprefix("__").upper(): build if name == "__archspec" else version
                 for name, version, build in facts["virtual_packages"] if name != "__unix"}
    settings = tools.environment(place, MAMBA_ROOT_PREFIX=str(place / "root"), **overrides)
    arguments = [tools.krait(), "create", "-y", "-q", "--dry-run", "--json", "--no-rc", "--no-pip", "-c", channel,
                 "--channel-priority", "strict", "--override-channels", "-p", place / "env", *specs]
    # 3: it has no solution, which is an answer too.
    return bench.run(Command(arguments, settings, accepted=(0, 3)))


def index(bench):
    """Repodata of conda-forge's size over HTTP: first, later, and from shards."""
    if not bench.large_channel.is_dir():
        print("index: no large channel; scripts/make-large-channel makes one")
        return
    with places.Server(bench.build, {"large": bench.large_channel, "flat-large": bench.large_channel}) as server, \
            places.tmpfs() as place:
        for key, flat in (("flat", True), ("shards", False)):
            channel = f"{server.url}/{'flat-' if flat else ''}large"
            makers = {"py-rattler": lambda cache, flat=flat, channel=channel: tools.Rattler().command(
                place, ["query", cache, channel, "yes" if flat else "no", *LARGE_SPECS], anonymous=True)}
            if tools.krait().exists():
                makers["krait"] = lambda cache, channel=channel: krait_query(place, cache, channel)
            count = min(bench.rounds, 5)
            bench.compare(f"index/{key}, first", {name: first(bench, place, name, make)
                                                  for name, make in makers.items()}, count)
            caches = {name: place / f"cache-{key}-{name}" for name in makers}
            for name, make in makers.items():
                bench.run(make(caches[name]))
            bench.compare(f"index/{key}, later", {name: lambda make=make, name=name: bench.run(make(caches[name]))
                                                  for name, make in makers.items()}, count)


def krait_query(place, cache, channel) -> Command:
    arguments = [tools.krait(), "create", "-y", "-q", "--dry-run", "--no-rc", "-c", channel, "--override-channels",
                 "-p", place / "env", *LARGE_SPECS]
    settings = tools.environment(place, MAMBA_ROOT_PREFIX=str(cache), CONDA_PKGS_DIRS=str(cache / "pkgs"))
    return Command(arguments, settings, anonymous=True)


def first(bench, place, name, make):
    def action():
        cache = place / "cache-first"
        values = bench.run(make(cache))
        shutil.rmtree(cache, ignore_errors=True)
        return values
    return action
