# SPDX-License-Identifier: BSD-3-Clause
"""Results as Markdown, and what the goals say about them. Ratios come first: they are what holds on other machines."""

import json


def reference(entry: dict):
    """The tool that the others are compared with."""
    names = entry["tools"]
    return next((name for name in ("py-rattler", "hello", "bare", "A", "cp -al", "pigz -6", "zstd -3", "krait, one", "conda-pack", "curl --parallel") if name in names), None)


def main_number(values: dict) -> str:
    return next(key for key in ("first_line", "seconds", "calls") if key in values)


def seconds(value: float) -> str:
    return f"{value * 1000:.2f} ms" if value < 0.1 else f"{value:.2f} s"


def cpu(values: dict) -> float:
    return values["user"]["median"] + values["system"]["median"]


def section(key: str, entry: dict) -> str:
    """One table."""
    facts = [f"{entry[name]} {name}" for name in ("files", "directories") if name in entry]
    facts += [str(entry["where"])] if "where" in entry else []
    facts += [f"load {entry['load']:.1f}"] if entry["load"] > 1.5 else []
    lines = [f"\n### {key}" + (f" ({', '.join(facts)})" if facts else ""), ""]
    base = reference(entry)
    number = main_number(next(iter(entry["tools"].values())))
    if number == "calls":
        lines += ["| | calls | per path | by class |", "|---|---|---|---|"]
        for name, values in entry["tools"].items():
            medians = {kind: value["median"] for kind, value in values.items()}
            calls, each = medians.pop("calls"), medians.pop("per path")
            classes = ", ".join(f"{kind} {count:.0f}" for kind, count in medians.items() if count)
            lines.append(f"| {name} | {calls:.0f} | {each:.2f} | {classes} |")
        return "\n".join(lines)
    lines += [f"| | ratio to {base} | median | min – max | CPU (ratio) | peak MB | faults |", "|---" * 7 + "|"]
    for name, values in sorted(entry["tools"].items(), key=lambda item: item[1][number]["median"]):
        time = values[number]
        ratio = f"{time['median'] / entry['tools'][base][number]['median']:.2f}" if base else ""
        columns = [name, ratio, seconds(time["median"]), f"{seconds(time['min'])} – {seconds(time['max'])}"]
        if "user" in values:
            columns.append(f"{seconds(cpu(values))} ({cpu(values) / (cpu(entry['tools'][base]) or 1e-6):.2f})"
                           if base else seconds(cpu(values)))
            peak = f"{values['peak_kb']['median'] / 1024:.1f}" if "peak_kb" in values else ""
            if "anonymous_kb" in values:
                peak += f" ({values['anonymous_kb']['median'] / 1024:.1f} without mapped files)"
            columns += [peak, f"{values['minor_faults']['median']:.0f}" if "minor_faults" in values else ""]
        else:
            columns += ["", "", ""]
        lines.append(f"| {' | '.join(columns)} |")
        if "inside" in values:
            inside = values["inside"]
            share = f"{inside['median'] / entry['tools'][base][number]['median']:.2f}"
            lines.append(f"| – without its python's start | {share} | {seconds(inside['median'])} | "
                         f"{seconds(inside['min'])} – {seconds(inside['max'])} | | | |")
    if paired := entry.get("krait / py-rattler, paired"):
        lines += ["", f"krait ÷ py-rattler round by round: median {paired['median']:.2f}, {paired['min']:.2f} to "
                      f"{paired['max']:.2f} in {paired['runs']} rounds."]
    if "names" in entry:
        lines += many_processors(entry)
    for name in ("sum", "sum of CPU", "p99"):
        if name in entry:
            lines += ["", f"{name}: " + ", ".join(f"{tool} {seconds(value)}" for tool, value in entry[name].items())]
    return "\n".join(lines)


def many_processors(entry: dict) -> list:
    """What many processors would take (Amdahl): the critical path that one and two tell of, and a share of the rest."""
    counts = (4, 8, 32)
    lines = ["", "| | critical path | " + " | ".join(f"{count} processors" for count in counts) + " |", "|---" * 5 + "|"]
    for name in entry["names"]:
        one, two = (entry["tools"][f"{name}, {number}"]["seconds"]["median"] for number in ("one", "two"))
        path = min(max(2 * two - one, 0), one)
        times = [path + (one - path) / count for count in counts]
        lines.append(f"| {name} | " + " | ".join(map(seconds, [path, *times])) + " |")
    return lines


def title(document: dict) -> str:
    machine = document["machine"]
    dates = sorted({entry["date"] for entry in document["results"].values()})
    return (f"{machine['processors']} × {machine['processor']}, {machine['memory_gb']} GB, {machine['system']}, "
            f"Linux {machine['kernel']}; {dates[0] if dates else ''}")


def whole(document: dict) -> str:
    head = ["# Results", "", "Made by `scripts/bench`; machine: " + title(document) + ".",
            f"krait: {document.get('krait', 'absent')}. Medians with minimum and maximum; a round runs all tools once, "
            "in random order. Peak memory counts mapped files; CPU and faults are of the whole process tree. A load "
            "beside a title means that the machine was busy with other things: trust its CPU column, not its seconds."]
    return "\n".join(head + [section(key, document["results"][key]) for key in sorted(document["results"])]) + "\n"


def value(document: dict, goal: dict):
    """The number a goal speaks of, or None if it was not measured."""
    results = document["results"]
    number = goal.get("number", "seconds")
    try:
        tools = results[goal["at"]]["tools"]
        if number == "cpu":
            own = cpu(tools[goal["of"]]) - (cpu(tools[goal["minus"]]) if "minus" in goal else 0)
            return own / cpu(tools[goal["over"]])
        own = tools[goal["of"]][number]["median"]
        if "minus" in goal:
            return own - tools[goal["minus"]][number]["median"] * goal.get("times", 1)
        if "over" in goal:
            # Over another tool of the same section, or over ourselves in another section.
            other = tools[goal["over"]] if goal["over"] in tools else results[goal["over"]]["tools"][goal["of"]]
            return own / other[number]["median"]
        return own
    except KeyError:
        return None


def check(document: dict, goals: list) -> int:
    """Prints every goal with its number; gives how many are missed."""
    missed = 0
    print(f"\n{'goal':58} {'at most':>10} {'measured':>10}")
    for goal in goals:
        measured = value(document, goal)
        verdict = "not measured" if measured is None else "ok" if measured <= goal["most"] else "MISSED"
        missed += verdict == "MISSED"
        shown = "" if measured is None else f"{measured:.4g}"
        print(f"{goal['goal']:58} {goal['most']:>10} {shown:>10}  {verdict}")
    print(json.dumps({"missed": missed, "goals": len(goals)}))
    return missed
