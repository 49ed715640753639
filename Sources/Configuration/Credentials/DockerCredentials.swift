// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform

/// Docker's `config.json`: passwords of registries, or the programs that keep them.
struct DockerCredentials: Sendable {
    /// Where it was read.
    let path: String
    private let document: JSON
    private let environment: ProcessEnvironment

    /// Nil when the file does not exist or cannot be read.
    init?(_ environment: ProcessEnvironment) {
        let folder = environment["DOCKER_CONFIG"] ?? environment.homeDirectory.map { Path.join($0, ".docker") }
        guard let path = folder.map({ Path.join($0, "config.json") }),
            let bytes = try? readFileIfPresent(path, limit: 4 << 20),
            let document = try? JSON.parse(bytes, subject: path)
        else { return nil }
        (self.path, self.document, self.environment) = (path, document, environment)
    }

    /// What is kept for the registry at `host`: by its own helper, by the helper of all, in the file itself.
    func secret(for host: String) -> Secret? {
        // Docker Hub goes by the address that it had at first.
        let isHub = ["docker.io", "registry-1.docker.io", "index.docker.io"].contains(host)
        let server = isHub ? "https://index.docker.io/v1/" : host
        if let helper = document["credHelpers"]?[host]?.string ?? document["credsStore"]?.string,
            let secret = ask(helper, server)
        {
            return secret
        }
        for member in document["auths"]?.object ?? [] where member.key == server || Self.host(member.key) == host {
            if let token = member.value["identitytoken"]?.string { return .basic(user: "<token>", password: token) }
            guard let text = member.value["auth"]?.string.flatMap(base64Decoded),
                let colon = text.firstIndex(of: UInt8(ascii: ":"))
            else { continue }
            return .basic(
                user: String(decoding: text[..<colon], as: UTF8.self),
                password: String(decoding: text[(colon + 1)...], as: UTF8.self))
        }
        return nil
    }

    /// `https://host/v1/` as `host`.
    private static func host(_ key: String) -> Substring {
        let rest = key.hasPrefix("https://") ? key.dropFirst(8) : key.hasPrefix("http://") ? key.dropFirst(7) : key[...]
        return rest.prefix { $0 != "/" }
    }

    /// Runs `docker-credential-HELPER get`, which reads the server's name and prints what it keeps. It may ask its user
    /// something, but not for ever; what it prints is shown to nobody.
    private func ask(_ helper: String, _ server: String) -> Secret? {
        let isName = helper.utf8.allSatisfy { $0.isAlphanumeric || "-_.".utf8.contains($0) }
        var variables = environment.variables
        // What lies in some directory that somebody happens to be in is not run.
        variables["PATH"] = variables["PATH"]?.split(separator: ":").filter { $0.hasPrefix("/") }.joined(separator: ":")
        guard isName, server.utf8.count < 4096, let input = try? pipe(holding: Array(server.utf8)),
            let result = try? runProgram(
                ["docker-credential-\(helper)", "get"], environment: variables, input: input.rawValue, errors: .dropped,
                limit: 1 << 16, silence: 60),
            result.status.isSuccess, let answer = try? JSON.parse(result.output, subject: helper),
            let user = answer["Username"]?.string, let password = answer["Secret"]?.string
        else { return nil }
        return .basic(user: user, password: password)
    }
}

extension UInt8 {
    fileprivate var isAlphanumeric: Bool { (self | 0x20) &- 0x61 < 26 || self &- 0x30 < 10 }
}
