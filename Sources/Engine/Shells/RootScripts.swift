// SPDX-License-Identifier: BSD-3-Clause
import Activation
package import Failures
import Platform

/// What conda's installers leave in the root prefix and scripts source or call from there: snakemake and nextflow source
/// `bin/activate`, login shells `etc/profile.d/conda.sh`, editors look for `condabin/conda`.
package struct RootScripts: Sendable {
    private let root: String
    private let executable: String

    /// - Parameter executable: the path of this tool by the name of conda.
    package init(root: String, executable: String) {
        self.root = root
        self.executable = executable
    }

    /// Writes those that are not there: a conda inside `base` has its own.
    package func write() throws(Failure) {
        try FileSystem.createDirectories(root)
        let opened = try Descriptor.openDirectory(root)
        var tree = Beneath(opened.reference, links: .followedBeneath)
        do throws(Errno) {
            for directory in ["bin", "condabin", "etc/profile.d"] { try tree.createDirectories(directory) }
        } catch {
            throw Failure(error, root, "make a directory")
        }
        for (path, text) in texts where (try? tree.status(path)) == nil {
            try tree.writeNewFile(path, Array(text.utf8), mode: 0o755)
        }
        do throws(Errno) {
            if (try? tree.status("condabin/conda")) == nil {
                try tree.symbolicLink(target: executable, path: "condabin/conda")
            }
        } catch {
            throw Failure(error, "\(root)/condabin/conda", "make a link")
        }
    }

    private var texts: [(path: String, text: String)] {
        let head = "# Of krait, which is called as conda here. To be sourced by bash, zsh and dash.\n"
        let shell = Shell.posix
        let functions = shell.quoted("\(root)/etc/profile.d/conda.sh")
        let hook = "\(shell.quoted(executable)) shell hook -s posix --root-prefix \(shell.quoted(root))"
        return [
            ("etc/profile.d/conda.sh", head + "eval \"$(\(hook))\"\n"),
            ("bin/activate", head + ". \(functions)\nconda activate \"$@\"\n"),
            ("bin/deactivate", head + ". \(functions)\nconda deactivate\n"),
        ]
    }
}
