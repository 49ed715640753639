# SPDX-License-Identifier: BSD-3-Clause
"""System calls of a command, counted by strace, by class."""

import subprocess

CLASSES = {
    "links": ("link", "linkat", "symlink", "symlinkat"),
    "directories": ("mkdir", "mkdirat", "getdents64", "chdir"),
    "opens": ("open", "openat", "openat2", "close", "dup", "dup2", "dup3", "fcntl"),
    "status": ("stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink",
               "readlinkat", "statfs", "fstatfs"),
    "reading": ("read", "pread64", "readv", "lseek", "copy_file_range", "sendfile"),
    "writing": ("write", "pwrite64", "writev", "ftruncate", "fallocate", "ioctl"),
    "names and modes": ("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "chmod", "fchmod", "fchmodat",
                        "utimensat", "fchown", "chown", "umask"),
    "memory": ("mmap", "munmap", "mprotect", "brk", "madvise", "mremap"),
    "threads": ("futex", "clone", "clone3", "set_robust_list", "rseq", "sched_yield", "exit", "wait4"),
}


def count(bench, command, total: int) -> dict:
    """Calls in all, in relation to `total` (files and directories), and by class."""
    report = bench.build / "strace.txt"
    arguments = ["strace", "-f", "-qq", "-c", "-U", "calls,name", "-o", report, *command.arguments]
    subprocess.run([str(argument) for argument in arguments], env=command.environment, check=True, cwd="/",
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    calls = {}
    for line in report.read_text().splitlines():
        words = line.split()
        if len(words) == 2 and words[0].isdigit() and words[1] != "total":
            calls[words[1]] = int(words[0])
    known = {name: sum(calls.pop(call, 0) for call in names) for name, names in CLASSES.items()}
    everything = sum(known.values()) + sum(calls.values())
    return {"calls": everything, "per path": everything / total, **known, "other": sum(calls.values())}
