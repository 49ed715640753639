# SPDX-License-Identifier: BSD-3-Clause
"""Where krait under a peer's name may differ from what that peer prints, each with its reason."""

#: commands of which nothing is compared
ALLOWED = {
    ("conda", "env export -n e --explicit"): "conda refuses what krait and micromamba write",
    ("conda", "config list"): "conda refuses micromamba's verb; krait answers it under every name",
    ("conda", "install -n e other=1.5 -c $CH --override-channels -y"): "conda aborted (signal 6) while it explained",
}

#: keys of documents that krait does not have
MISSING = {
    "conda": {
        ".env_vars.": "variables of the world that was recorded",
        ".envvars.": "the same",
    },
    "micromamba": {},
}

#: keys that krait has beside the peer's
EXTRA = {
    "conda": {
        ".env_vars.": "variables of the test's world",
        ".envvars.": "the same",
        ".actions.LINK[].": "whole records, from which lockers build their graphs",
        ".actions.UNLINK[].": "the same",
    },
    "micromamba": {".root_prefix": "set by a variable in the test's world; micromamba never lists it"},
}

#: columns and labels that krait does not have
COLUMNS = {
    "conda": {},
    "micromamba": {
        "Package file Size": "krait keeps no archives",
        **dict.fromkeys(
            ["micromamba", "cpp_filesystem", "libev", "nlohmann_json", "reproc", "fmt", "spdlog"],
            "a library that is not in krait",
        ),
    },
}
