# SPDX-License-Identifier: BSD-3-Clause
"""Where an environment made by krait may differ from the same one made by py-rattler, each with its reason."""

#: (pattern of fnmatch or `type:` and a path_type of our records, what may differ, why);
#: what may differ is "missing" in ours, "extra" in ours, "content", "mode" or "target"
ALLOWED = [
    (
        "conda-meta/*.json",
        "content",
        "other keys are written; the records are compared key by key in a test of their own",
    ),
    (
        "conda-meta/*.json",
        "mode",
        "rattler 0.28 leaves them unreadable for others (0600); conda and micromamba write 0644",
    ),
    ("conda-meta/history", "content", "it tells the time and the words of the command; read by a test in test_create"),
    (
        "share/feature-modes/664",
        "mode",
        "what the umask takes from group and others is taken, as conda does (Rules 10.3)",
    ),
    (
        "share/feature-modes/775",
        "mode",
        "what the umask takes from group and others is taken, as conda does (Rules 10.3)",
    ),
    ("CACHEDIR.TAG", "missing", "an environment is no cache that a backup may leave out"),
    (
        "type:unix_python_entry_point",
        "content",
        "each tool has its own text for entry points; they are run in test_features",
    ),
    ("type:unix_python_entry_point", "mode", "rattler writes 0775 whatever the umask; conda and micromamba write 0755"),
]

#: as above, for what differs in some runs only
ALLOWED_SOMETIMES = [
    (
        pattern,
        "missing",
        "py-rattler links at once what comes at once; when a winner comes last it waits here, and its emptied directories "
        "stay behind",
    )
    for pattern in ("__clobbers__/feature-clobber-b", "__clobbers__/feature-clobber-b/*")
]

#: (name of a package or *, key of its record, why)
ALLOWED_IN_RECORDS = [
    ("python", "depends", "rattler adds `pip` to what python says it depends on; ours is as the channel says"),
]
