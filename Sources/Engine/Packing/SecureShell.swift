// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Prefix

/// What an image needs for users to work in it through SSH (`--for ssh`): the server of its packages or of its base, an account
/// with a shell, and settings that give sessions the image's variables, which a server does not by itself.
struct SecureShell: Sendable {
    /// Absolute.
    private let server: String
    private let keyMaker: String
    private let shell: String

    /// Where the user is at home, and where a server wants an empty directory.
    static let home = "/home/user"
    static let empty = "/var/empty"
    static let port = 2222
    /// The server's settings, relative to the image's root.
    static let configurationPath = "etc/krait/sshd_config"

    /// Finds the programs among the packages, or takes those that a base has in the usual places.
    ///
    /// - Throws: `Failure(.usage)` when there is neither.
    init(_ tree: PackedTree, _ request: PackRequest) throws(Failure) {
        var found: [String: String] = [:]
        let wanted: Set = ["sshd", "ssh-keygen", "bash", "sh"]
        for package in tree.packages.indices {
            for member in tree.members(of: package) where wanted.contains(Path.name(member.path)) {
                let name = Path.name(member.path)
                guard ["bin", "sbin"].contains(Path.parent(member.path)) else { continue }
                found[name] = "\(request.prefix)/\(member.path)"
            }
        }
        func path(_ name: String, in base: String, of package: String) throws(Failure) -> String {
            if let path = found[name] { return path }
            if request.base != nil { return base }
            throw Failure(
                .usage, "--for \(PackShape.ssh.rawValue)",
                "needs `\(name)`, and there is neither the package \(package) nor a base",
                hint: "add \(package) to the packages, or name an image with --base that has it")
        }
        server = try path("sshd", in: "/usr/sbin/sshd", of: "openssh")
        keyMaker = try path("ssh-keygen", in: "/usr/bin/ssh-keygen", of: "openssh")
        if let own = found["bash"] { shell = own } else { shell = try path("sh", in: "/bin/sh", of: "bash") }
    }

    /// Starts the server. Every container makes a host key of its own, for one in an image would be everybody's.
    var entrypoint: [String] {
        let script = """
            set -e
            umask 077
            key="$HOME/.ssh_host_key"
            [ -s "$key" ] || \(keyMaker) -q -t ed25519 -N '' -C '' -f "$key"
            [ -z "$AUTHORIZED_KEYS" ] || printf '%s\\n' "$AUTHORIZED_KEYS" > "$HOME/.authorized_keys"
            exec \(server) -D -e -f /\(Self.configurationPath) -h "$key" "$@"
            """
        return [shell, "-c", script, "sshd"]
    }

    /// The server's settings: keys and no passwords, and in sessions the variables that the image has.
    ///
    /// - Parameter variables: `NAME=VALUE`.
    func configuration(_ variables: [String]) -> [UInt8] {
        // One line: a second one would not count (sshd_config(5)).
        let set = variables.filter { !$0.contains("\n") }.map { variable in
            let escaped = variable.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
            return "\"\(escaped)\""
        }
        let lines = [
            "Port \(Self.port)", "PidFile none", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
            // The home may be one that everybody can write to.
            "StrictModes no", "AuthorizedKeysFile .ssh/authorized_keys .authorized_keys",
            "Subsystem sftp internal-sftp", "SetEnv \(set.joined(separator: " "))",
        ]
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// The accounts of what lies below, and the user's with a shell, and the one that a server of root's needs.
    ///
    /// - Parameter user: `1000:1000`; a name has to be there.
    func accounts(
        _ below: (users: String, groups: String), user: String?
    ) -> (users: String, groups: String) {
        var users = below.users.split(separator: "\n").map(String.init)
        var groups = below.groups.split(separator: "\n").map(String.init)
        let numbers = (user ?? "0").split(separator: ":").map(String.init)
        func add(_ name: String, _ number: String, _ group: String, _ home: String, _ shell: String) {
            users.append("\(name):x:\(number):\(group):\(name):\(home):\(shell)")
            if !groups.contains(where: { Self.field(2, of: $0) == group }) { groups.append("\(name):x:\(group):") }
        }
        if let number = numbers.first, UInt32(number) != nil {
            let group = numbers.count > 1 ? numbers[1] : number
            let old = users.first { Self.field(2, of: $0) == number }
            users.removeAll { Self.field(2, of: $0) == number || Self.field(0, of: $0) == "user" }
            let name = number == "0" ? "root" : old.map { Self.field(0, of: $0) } ?? "user"
            add(name, number, group, Self.home, shell)
        }
        if !users.contains(where: { Self.field(0, of: $0) == "sshd" }) {
            add("sshd", "74", "74", Self.empty, "/sbin/nologin")
        }
        func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
        return (text(users), text(groups))
    }

    private static func field(_ number: Int, of line: String) -> String {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        return fields.count > number ? String(fields[number]) : ""
    }
}
