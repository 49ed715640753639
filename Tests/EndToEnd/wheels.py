# SPDX-License-Identifier: BSD-3-Clause
"""Small python packages made on the spot: wheels, projects with a builder of their own, git repositories."""
import base64
import hashlib
import subprocess
import zipfile

#: Builds a wheel without anything from an index.
BUILDER = '''
import base64, hashlib, zipfile
NAME, VERSION, CODE = {name!r}, {version!r}, {code!r}

def _wheel(directory, files):
    files = dict(files)
    information = f"{{NAME}}-{{VERSION}}.dist-info"
    files[f"{{information}}/METADATA"] = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n"
    files[f"{{information}}/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{{path}},sha256={{digest}},{{len(text.encode())}}")
    files[f"{{information}}/RECORD"] = "\\n".join([*lines, f"{{information}}/RECORD,,"]) + "\\n"
    name = f"{{NAME}}-{{VERSION}}-py3-none-any.whl"
    with zipfile.ZipFile(f"{{directory}}/{{name}}", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name

def build_wheel(directory, config_settings=None, metadata_directory=None):
    return _wheel(directory, {{f"{{NAME}}.py": CODE}})

def build_editable(directory, config_settings=None, metadata_directory=None):
    import os
    return _wheel(directory, {{f"{{NAME}}.pth": os.getcwd()}})
'''


def wheel(directory, name, version="1.0", files=None, requires=(), scripts=None):
    """Writes a wheel into `directory`; `scripts` maps commands to `module:function`. Returns its path."""
    directory.mkdir(parents=True, exist_ok=True)
    contents = dict({f"{name}.py": f"version = {version!r}\n"} if files is None else files)
    information = f"{name}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {one}" for one in requires)]
    contents[f"{information}/METADATA"] = "\n".join(metadata) + "\n"
    contents[f"{information}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if scripts:
        lines = "".join(f"{command} = {target}\n" for command, target in scripts.items())
        contents[f"{information}/entry_points.txt"] = "[console_scripts]\n" + lines
    record = []
    for path, text in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{path},sha256={digest},{len(text.encode())}")
    contents[f"{information}/RECORD"] = "\n".join([*record, f"{information}/RECORD,,"]) + "\n"
    path = directory / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in contents.items():
            archive.writestr(inside, text)
    return path


def project(directory, name, version="1.0", code="here = __file__\n"):
    """A python project that needs nothing to be built, not even setuptools."""
    directory.mkdir(parents=True)
    (directory / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "{version}"\n'
        '[build-system]\nrequires = []\nbuild-backend = "builder"\nbackend-path = ["."]\n')
    (directory / "builder.py").write_text(BUILDER.format(name=name, version=version, code=code))
    (directory / f"{name}.py").write_text(code)
    return directory


def repository(directory, name, version="1.0"):
    """A git repository with such a project; returns its path and the commit."""
    project(directory, name, version)
    git = ["git", "-C", directory, "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    done = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return directory, done.stdout.strip()
