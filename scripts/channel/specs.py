# SPDX-License-Identifier: BSD-3-Clause
"""From PyPI's names and Requires-Dist to conda's names and match specs."""

import arch
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import parse as parse_version

__all__ = ["canonicalize_name", "conda_name", "dependencies", "parse_version", "python_spec", "with_extra"]

PYTHON = "3.11"
# What the markers are evaluated for: CPython 3.11 on linux.
MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.2",
    "os_name": "posix",
    "platform_machine": arch.NAME,
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.11.2",
    "python_version": PYTHON,
    "sys_platform": "linux",
}

# conda-forge's names where they are not PyPI's normalised ones.
NAMES = {
    "fastjsonschema": "python-fastjsonschema",
    "ipython-pygments-lexers": "ipython_pygments_lexers",
    "jupyter-client": "jupyter_client",
    "jupyter-core": "jupyter_core",
    "jupyter-events": "jupyter_events",
    "jupyter-server": "jupyter_server",
    "jupyter-server-terminals": "jupyter_server_terminals",
    "jupyterlab-pygments": "jupyterlab_pygments",
    "jupyterlab-server": "jupyterlab_server",
    "jupyter-builder": "jupyter_builder",
    "matplotlib": "matplotlib-base",
    "pure-eval": "pure_eval",
    "stack-data": "stack_data",
    "typing-extensions": "typing_extensions",
    "tzdata": "python-tzdata",  # tzdata is the zone files
}


def conda_name(name):
    """conda-forge's name of a PyPI project."""
    name = canonicalize_name(name)
    return NAMES.get(name, name)


def with_extra(name, extra):
    """The name of the metapackage that stands for a project's extra."""
    return f"{conda_name(name)}-with-{canonicalize_name(extra)}"


def clause(specifier):
    """One PEP 440 clause as conda writes it."""
    operator, version = specifier.operator, specifier.version
    if operator == "==":
        return version if version.endswith(".*") else f"=={version}"
    if operator == "===":
        return f"=={version}"
    return operator + version


def match_spec(name, specifiers):
    """`name >=1,<2`: lower bounds first, then upper ones, then the rest."""
    order = {">": 0, ">=": 0, "~=": 0, "==": 0, "<": 1, "<=": 1}
    clauses = sorted(specifiers, key=lambda one: (order.get(one.operator, 2), one.version))
    return " ".join([name] + ([",".join(map(clause, clauses))] if clauses else []))


def dependencies(requirements, extra=""):
    """Match specs of the Requires-Dist lines that hold here, and the (project, extra) pairs they name.

    With an extra: only what this extra adds.
    """
    specs, extras = [], set()
    for line in requirements:
        requirement = Requirement(line)
        marker = requirement.marker
        holds = marker is None or marker.evaluate({**MARKERS, "extra": extra})
        without = marker is None or marker.evaluate({**MARKERS, "extra": ""})
        if not holds or (extra and without):
            continue
        if requirement.extras:
            for name in sorted(requirement.extras):
                extras.add((canonicalize_name(requirement.name), name))
                specs.append(match_spec(with_extra(requirement.name, name), requirement.specifier))
        else:
            specs.append(match_spec(conda_name(requirement.name), requirement.specifier))
    return sorted(set(specs)), extras


def python_spec(requires_python):
    """`python >=3.9` of a Requires-Python line."""
    if not requires_python:
        return "python >=3.8"
    return match_spec("python", Requirement(f"python{requires_python}").specifier)
