# SPDX-License-Identifier: BSD-3-Clause
"""usage: scripts/bench [SECTION...] [--quick] [--rounds N] [--check] [--list]

Measures krait beside py-rattler, micromamba (if on PATH), uvx, `cp -al` and the floor, in one run. Without a section: all of
them. Results are merged into .build-bench/results.json and shown as Benchmarks/results.md and Benchmarks/plot.svg.
  --quick     3 rounds, no disk; for CI: shows that everything still runs. Kept apart, in quick.json
  --check     afterwards, say which goals of goals.json are reached; exit code 1 if one is missed
  --rounds N  instead of 15
Environment: KRAIT (executable), KRAIT_CHANNEL, KRAIT_LARGE_CHANNEL, KRAIT_TEST_DATA, KRAIT_BENCH_CGROUP (places.py)."""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import create
import downloads
import ephemeral
import far
import measure
import packing
import plot
import report
import repodata
import serverless
import start
import tools

ROOT = Path(__file__).parent.parent
SECTIONS = {
    "start": start.versions, "run": start.runs, "noise": create.noise,
    "warm": create.warm, "cold": create.cold, "nocache": create.nocache, "clone": create.clone,
    "syscalls": create.syscalls, "memory": create.memory, "processors": create.processors,
    "serverless": serverless.all_ways, "solve": repodata.solve, "index": repodata.index,
    "far": far.all_links, "download": downloads.all_schemes,
    "pack": packing.packs, "unpack": packing.starts,
    "exec": ephemeral.again, "exec-first": ephemeral.first,
}


class Bench:
    """What sections need: where things are, how often to run, where results go."""

    def __init__(self, quick: bool, count: int):
        self.build = Path(os.environ.get("KRAIT_BENCH_BUILD", ROOT / ".build-bench")).absolute()
        self.build.mkdir(exist_ok=True)
        self.quick = quick
        self.rounds = 3 if quick else count
        self.kinds = ["tmpfs"] if quick else ["tmpfs", "disk"]
        self.channel = Path(os.environ.get("KRAIT_CHANNEL", ROOT / ".build-channel")).absolute()
        self.large_channel = Path(os.environ.get("KRAIT_LARGE_CHANNEL", ROOT / ".build-large-channel")).absolute()
        self.data = Path(os.environ.get("KRAIT_TEST_DATA", ROOT.parent / "shared" / "data")).absolute()
        self.specs = ["python=3.11", "jupyterlab", "pandas", "scikit-learn"]
        self.small_specs = ["python=3.11", "numpy", "requests"]
        self.results = {}
        for name, flags in {"timer": ["-static"], "hello": ["-static"], "floor": ["-static", "-pthread"],
                            "inflate": ["-pthread", "-lzstd"], "link": ["-static"]}.items():
            source, program = Path(__file__).parent / f"{name}.c", self.build / name
            if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
                subprocess.run(["cc", "-O2", "-Wall", "-o", program, source, *flags], check=True)
        self.timer = self.build / "timer"

    def run(self, command: measure.Command) -> dict:
        return measure.run(self.timer, command)

    def say(self, text: str):
        print(f"\r\033[K{text}" if sys.stderr.isatty() else text, end="" if sys.stderr.isatty() else "\n",
              file=sys.stderr, flush=True)

    def compare(self, key: str, actions: dict, count: int = 0, **facts):
        """Runs actions in paired rounds and keeps the result under a key."""
        runs = measure.rounds(actions, count or self.rounds, lambda text: self.say(f"{key}: {text}"))
        self.keep(key, runs, **facts)

    def keep(self, key: str, runs: dict, **facts):
        entry = {"tools": measure.summary(runs), **facts}
        if "py-rattler" in runs and "krait" in runs and "user" in runs["krait"][0]:
            entry["krait / py-rattler, paired"] = measure.paired_ratio(runs["krait"], runs["py-rattler"], "seconds")
        entry["date"] = datetime.date.today().isoformat()
        entry["load"] = os.getloadavg()[0]
        self.results[key] = entry
        self.say("")
        print(report.section(key, entry), flush=True)


def machine() -> dict:
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(open("/proc/meminfo").readline().split()[1]) >> 20
    facts = {"processor": model, "processors": len(os.sched_getaffinity(0)), "memory_gb": memory,
             "kernel": platform.release(), "system": platform.freedesktop_os_release()["PRETTY_NAME"]}
    facts["file system"] = subprocess.check_output(["stat", "-f", "-c", "%T", ROOT], text=True).strip()
    return facts


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[0].removeprefix("usage: "), description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("section", nargs="*")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    unknown = [name for name in options.section if name not in SECTIONS]
    if options.list or unknown:
        print("sections:", *SECTIONS)
        return 2 if unknown else 0

    bench = Bench(options.quick, options.rounds)
    kept = bench.build / ("quick.json" if options.quick else "results.json")
    document = json.loads(kept.read_text()) if kept.exists() else {"results": {}}
    failed = []
    if os.getloadavg()[0] > 0.5 * len(os.sched_getaffinity(0)):
        print(f"The machine is busy (load {os.getloadavg()[0]:.1f}): trust CPU time and counts, not seconds.")
    # `--check` alone judges what is there.
    for name in options.section or ([] if options.check and document["results"] else SECTIONS):
        try:
            SECTIONS[name](bench)
        except (measure.CommandFailed, subprocess.CalledProcessError, OSError) as problem:
            print(f"section {name} failed: {problem}", file=sys.stderr)
            failed.append(name)
        document["results"].update(bench.results)
        document["machine"] = machine()
        if tools.krait().exists():
            answer = subprocess.run([tools.krait(), "--version"], capture_output=True, text=True)
            document["krait"] = answer.stdout.strip()
        kept.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    if not options.quick:
        here = Path(__file__).parent
        (here / "results.md").write_text(report.whole(document))
        (here / "plot.svg").write_text(plot.drawing(document))
    missed = report.check(document, json.loads((Path(__file__).parent / "goals.json").read_text())) \
        if options.check else 0
    return 1 if failed or missed else 0


sys.exit(main())
