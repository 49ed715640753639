// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Failures

/// Something to know that belongs to no single command.
struct HelpTopic: Sendable {
    let name: String
    /// One line for the list of topics.
    let summary: String
    /// Made when asked for: nothing of it may cost a start anything.
    let text: @Sendable () -> String

    static var all: [HelpTopic] {
        [channels, specs, locks, images, coldStarts, vulnerabilities, exitCodes, configuration]
    }

    private static let channels = HelpTopic(name: "channels", summary: "where packages come from") {
        """
        A channel is a directory of packages, given by name (conda-forge), URL or path, best first:

          krait create -n science -c conda-forge -c ./my-channel numpy

        A name is looked up below the channel_alias setting. Without -c the channels of the configuration are used, and
        without any, conda-forge. --override-channels leaves the configuration's out.

        Priority (channel_priority, --channel-priority):
          flexible  a package comes from the best channel that satisfies the request; the default
          strict    the best channel that has a package at all is the only one for it
          disabled  the highest version wins, whatever its channel

        Sharded repodata is read where the channel has it, else repodata.json.zst, else repodata.json. --offline uses
        only what is on this machine. Channels may be https://, file://, s3://, gs:// and
        oci:// URLs; credentials come from them, `krait auth login`, netrc, rattler and Docker.
        """
    }

    private static let specs = HelpTopic(name: "specs", summary: "how a package and its version are written") {
        """
          numpy                     any version
          numpy=2.1                 2.1 and what begins with it: 2.1.3
          numpy==2.1.3              this version only
          "numpy>=2,<3"             a range; , means and, | means or
          "numpy=2.1=py312*"        with a build string
          conda-forge::numpy        from this channel
          "numpy[version='>=2',build_number=0]"
                                    any field of the record in brackets

        Quote what the shell would interpret: < > | * [ ].
        Specs in a file, one per line: krait create -n science -f specs.txt
        """
    }

    private static let locks = HelpTopic(name: "locks", summary: "making the same environment again") {
        """
        A lock names every package with its URL and hash: nothing is solved and no index is read.

          krait lock -f environment.yml --platform linux-64,osx-arm64    writes conda-lock.yml
          krait create -n science -f conda-lock.yml
          krait export -n science --explicit                             one URL per line

        conda-lock.yml, pixi.lock and @EXPLICIT lists are read. `krait env verify -n science --against FILE` compares an
        environment with one.
        """
    }

    private static let images = HelpTopic(name: "images", summary: "in a container image") {
        """
        From a lock straight into an image, without Docker, and to a registry:

          krait pack -f conda-lock.yml --format oci -o image --add ./app:/app --entrypoint python --entrypoint /app/main.py
          krait push image registry.example.com/team/science:1.0

        It is for this machine's platform unless --platform names another one, whatever platforms the lock has; several, as in
        --platform linux-64,linux-aarch64, are one image with a list of them.

        An image needs a C library, which packages do not bring:
          --base IMAGE     an OCI layout, an archive of one or of Docker's, or REGISTRY/NAME@sha256:DIGEST; its layers stay as
                           they are, and what it sets (Env, User, Entrypoint …) stays unless it is set anew
          --libc auto      on scratch: loader, libraries of glibc, passwd, group and /tmp, and nothing else, of conda-forge's
                           sysroot package; --libc IMAGE takes them from an image
        What the packages ask of glibc is compared with what is there before anything is made.

        --for PLACE sets what a place needs unless it is set otherwise, and keeps to its limits:
          lambda     HOME=/tmp, /var/task, `python -m awslambdaric` (--cmd app.handler); gzip, 10 GiB. As a zip it is a layer
                     of functions for /opt, of 250 MiB at most
          cloud-run  HOME=/tmp, output at once; linux-64
          jupyter    user 1000:1000, /home/jovyan, `jupyter lab` at port 8888
          ssh        `sshd` of the package openssh, or of the base, at port 2222 for `user`, 1000:1000: keys in $AUTHORIZED_KEYS or
                     --add KEY.pub:/home/user/.ssh/authorized_keys; sessions have the environment

        --exclude leaves files out, at create as at pack, prints what that saved, and notes it in the records:
          tests    directories named tests of python packages that do not import them, and python's own
          headers  what compilers read: include/, *.h, pkg-config and cmake files
          static   *.a
          docs     manuals and share/doc
          stubs    *.pyi and *.pxd, but for __init__.pyi, which some packages read
          idle     IDLE, the turtle demonstrations, and launchers for Windows that pip and setuptools bring
        Anything else is a glob over paths in the environment, or a file or directory there: --exclude 'share/locale/*'.

        --format exe writes one executable instead, for any machine of the platform that has glibc:
          ./science [--prefix DIR] [-- WORD…]    unpacks there, or to a private directory that goes away at the end, writes the
                     prefix into the files, runs link scripts, and then what --entrypoint and --cmd said. WORDS take the place
                     of --cmd. For another platform --krait FILE names the krait for it.

        `krait env report -n science -o science.html` shows what is heavy, and what each of these would save.

        In a Dockerfile one file is all: it needs no shell, no /etc and no certificates beside it.

          COPY krait /
          COPY conda-lock.yml /
          RUN ["/krait", "create", "-y", "-p", "/env", "-f", "/conda-lock.yml", "--no-cache"]
          ENTRYPOINT ["/krait", "run", "-p", "/env", "python", "app.py"]

        --no-cache leaves nothing but the environment in the layer. With SOURCE_DATE_EPOCH set two builds give the same
        bytes. .pyc files are made by the environment's python (--pyc none leaves them out).
        """
    }

    private static let coldStarts = HelpTopic(name: "cold-starts", summary: "starting as fast as possible") {
        """
          krait create -y -p /tmp/env -f conda-lock.yml --no-cache    no index, no solving, no second copy
          krait run -p /tmp/env python app.py                         replaces itself with python

        Make the lock beforehand (`krait help locks`). --pyc unchecked-hash is for files whose times do not survive being
        copied. Where the same machine makes several environments, leave the cache on: they share its files.
        """
    }

    private static let vulnerabilities = HelpTopic(
        name: "vulnerabilities", summary: "known vulnerabilities of packages"
    ) {
        """
        krait audit looks packages up in a database with the schema of OSV (https://osv.dev):

          krait audit -n science --database all.zip                  a ZIP as OSV publishes it, or a directory of JSON
          krait audit -n science --database https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip
          krait audit -n science --database https://api.osv.dev      the service; it learns which packages are there
          krait audit -f conda-lock.yml --database all.zip --format sarif -o audit.sarif

        A conda package is the python packages whose metadata it installs, never what its name says. Others are looked up
        where a file says what their URLs stand for (--mapping FILE), and else listed as not checked:

          packages:
          - {url: "*/conda-forge/*/openssl-3.*", ecosystem: Bitnami, name: openssl}

        `version:` there says another one than the package's. What you accept for a time goes in a file (--ignore FILE):

          ignore:
          - {id: GHSA-xxxx-xxxx-xxxx, reason: no such input here, expires: 2027-01-31}

        `package:` there makes it count for one package only. The severity of a vulnerability comes from its CVSS 2, 3 or 4 vector,
        of several the highest score, on the scale of CVSS 3; without a vector the database's own rating. The exit code is 1
        where something is found; with --fail-on high only for that severity and above, and for what has none (unknown).
        It is 2 where there are packages and none of them could be checked.
        """
    }

    private static let exitCodes = HelpTopic(name: "exit-codes", summary: "what the exit codes mean") {
        let rows = Failure.Code.allCases.map { ("\($0.exitCode)", $0.rawValue, meaning(of: $0)) }
        let table = ([("0", "", "done")] + rows).map { code, word, meaning in
            "  \(padded(code, 5))\(padded(word, 15))\(meaning)"
        }
        return table.joined(separator: "\n") + "\n\n" + """
            With --json the word in the middle is the document's `code`.

            `krait env verify`:
              10   several of the following
              11   files differ from their records
              12   packages differ from the lock
              13   hashes of packages differ from those of the channels
              14   files that pip installed differ from its lists
              15   there are files that belong to no package (--strict)

            `krait run`, `exec` and `shell` exit with the code of the program they become:
              126  the program cannot be started
              127  the program is not there

            """
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: width - text.count)
    }

    private static func meaning(of code: Failure.Code) -> String {
        switch code {
        case .other: "anything else, and what `doctor`, `audit` or `compare` found"
        case .usage: "the command line, a setting or a file that you wrote is wrong"
        case .parse: "a spec, version or file is not understood"
        case .unsatisfiable: "no packages satisfy the request"
        case .network: "a server cannot be reached, or refuses"
        case .integrity: "a hash, a size or an archive is wrong"
        case .system: "no space, no permission, or another system error"
        case .lockTimeout: "another process was changing the same environment"
        case .pip: "pip or uv failed"
        case .interrupted: "interrupted (Ctrl-C)"
        case .terminated: "terminated (SIGTERM)"
        }
    }

    private static let configuration = HelpTopic(name: "configuration", summary: "settings, files and variables") {
        var text = """
            Settings are read from .condarc and .mambarc files (`krait config sources` lists them), variables and options;
            later ones take precedence. A variable is KRAIT_, MAMBA_ or CONDA_ and the name in capitals.


            """
        for key in SettingKey.all where key.kind != .any {
            text += "\(key.name)" + (key.defaultText.map { " (\($0))" } ?? "") + "\n    \(key.documentation)\n"
        }
        let others = SettingKey.all.filter { $0.kind == .any }.map(\.name).joined(separator: ", ")
        text += "\nOf conda's and micromamba's, accepted and without effect:\n    \(others)\n"
        return text
    }
}
