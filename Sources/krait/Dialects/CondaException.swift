// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Failures
import Locations
import Platform

/// conda's exception that says what a failure says: its name, and what it has beside the message.
struct CondaException {
    let name: String
    let members: [JSONMember]

    init(_ failure: Failure) {
        // The first failure of all, and what it was made from.
        var first = failure
        while let earlier = first.cause as? Failure { first = earlier }
        let known: (name: String, members: [JSONMember])? =
            switch first.cause {
            case is NotAnEnvironment:
                ("EnvironmentLocationNotFound", [JSONMember("location", .string(first.subject))])
            case is ArgumentMistake: (Self.argument, [])
            case let cause as SettingMistake:
                (
                    "CondaKeyError",
                    [
                        JSONMember("key", .string(cause.key)),
                        JSONMember("msg", .string("'\(cause.key)': \(first.reason)")),
                    ]
                )
            case is NoInputFile: ("EnvironmentFileNotFound", [JSONMember("filename", .string(first.subject))])
            case let cause as SolverProblems: Self.unsolved(cause)
            case let cause as NothingFound:
                Self.nothing(cause.spec.maskingSecrets, cause.urls)
            case let cause as NotInstalled: Self.notInstalled(cause)
            case let cause as UnavailableChannel: Self.unavailable(cause)
            case let cause as UnwritableEnvironment:
                (
                    "EnvironmentNotWritableError",
                    [
                        JSONMember("environment_location", .string(cause.prefix)),
                        JSONMember("gid", .integer(Int64(effectiveGroupID()))),
                        JSONMember("uid", .integer(Int64(effectiveUserID()))),
                    ]
                )
            case let cause as RefusedRequest:
                Self.unanswered(first.subject, .integer(Int64(cause.status)), cause.reason)
            default: failure.code == .network ? Self.unanswered(first.subject, "000", "CONNECTION FAILED") : nil
            }
        name = known?.name ?? Self.name(failure.code)
        members = known?.members ?? []
    }

    /// What conda ends with 2 for, as for words that it does not understand.
    static let argument = "ArgumentError"

    private static func name(_ code: Failure.Code) -> String {
        switch code {
        case .usage: "CondaValueError"
        case .parse: "InvalidSpec"
        case .unsatisfiable: "UnsatisfiableError"
        case .network: "CondaHTTPError"
        case .integrity: "ChecksumMismatchError"
        case .system: "CondaOSError"
        case .lockTimeout: "LockError"
        case .pip: "CondaEnvException"
        case .interrupted, .terminated: "CondaSystemExit"
        case .other: "CondaError"
        }
    }

    /// What conda tells of a request that failed: its code is a text where there was no answer.
    private static func unanswered(_ url: String, _ status: JSON, _ reason: String) -> (String, [JSONMember]) {
        (
            name(.network),
            [
                JSONMember("elapsed_time", "-"), JSONMember("json", .object([])), JSONMember("reason", .string(reason)),
                JSONMember("response_details", ""), JSONMember("status_code", status), JSONMember("url", .string(url)),
            ]
        )
    }

    private static func unsolved(_ problems: SolverProblems) -> (String, [JSONMember]) {
        let missing = missing(problems)
        if missing.isEmpty { return ("UnsatisfiableError", [JSONMember("allow_retry", false)]) }
        return absent(
            missing.map(\.maskingSecrets), from: problems.channels.map(\.baseURL), .array(problems.channels.map(dump)))
    }

    /// - Parameter channels: What `channel_urls` is: conda's solvers put objects there, its search puts URLs.
    private static func absent(_ packages: [String], from urls: [String], _ channels: JSON) -> (String, [JSONMember]) {
        (
            "PackagesNotFoundInChannelsError",
            [
                JSONMember("channel_urls", channels), JSONMember("channels_formatted", .string(dashed(urls))),
                JSONMember("packages", .strings(packages)),
                JSONMember("packages_formatted", .string(dashed(packages))),
            ]
        )
    }

    private static func nothing(_ spec: String, _ urls: [String]?) -> (String, [JSONMember]) {
        if let urls { return absent([spec], from: urls, .strings(urls)) }
        return (
            "PackagesNotFoundError",
            [
                JSONMember("channel_urls", .array([])), JSONMember("channels_formatted", ""),
                JSONMember("packages", .strings([spec])), JSONMember("packages_formatted", .string(dashed([spec]))),
            ]
        )
    }

    private static func notInstalled(_ cause: NotInstalled) -> (String, [JSONMember]) {
        let packages = cause.packages.map(\.maskingSecrets)
        let prefix = JSONMember("prefix", .string(cause.prefix))
        if cause.isUpdate, let name = packages.first {
            return (
                "PackageNotInstalledError",
                [JSONMember("package_name", .string(name)), JSONMember("packages_formatted", ""), prefix]
            )
        }
        return (
            "PackagesNotFoundInPrefixError",
            [
                JSONMember("package_name", .strings(packages)),
                JSONMember("packages_formatted", .string(dashed(packages))), prefix,
            ]
        )
    }

    /// A server's words are not kept; those of 404 are the same everywhere, and files have none.
    private static func unavailable(_ cause: UnavailableChannel) -> (String, [JSONMember]) {
        let isFile = cause.url.hasPrefix("file:")
        return (
            "UnavailableInvalidChannel",
            [
                JSONMember("channel_name", .string(parts(cause.url).name)),
                JSONMember("channel_url", .string(cause.url)), JSONMember("json", .object([])),
                JSONMember("reason", isFile ? "UNAVAILABLE OR INVALID" : "NOT FOUND"),
                JSONMember("response_details", ""), JSONMember("status_code", .integer(404)),
            ]
        )
    }

    /// conda's `Channel.dump`; what is secret in one is null.
    private static func dump(_ channel: Channel) -> JSON {
        let parts = parts(channel.baseURL, name: channel.name)
        return .object([
            JSONMember("auth", .null), JSONMember("location", .string(parts.location)),
            JSONMember("name", .string(parts.name)), JSONMember("package_filename", .null),
            JSONMember("platform", .null), JSONMember("scheme", .string(parts.scheme)), JSONMember("token", .null),
        ])
    }

    /// The URL of a channel as conda keeps it: `https`, `conda.anaconda.org` and `conda-forge`.
    ///
    /// - Parameter name: What it is called, which ends the URL where it is no URL itself (`pkgs/main`).
    private static func parts(_ url: String, name: String = "") -> (scheme: String, location: String, name: String) {
        let pieces = url.split(separator: ":", maxSplits: 1)
        guard pieces.count == 2, pieces[1].hasPrefix("//") else { return ("", "", url) }
        let rest = String(pieces[1].dropFirst(2))
        let end = !name.isEmpty && rest.hasSuffix("/" + name) ? name : Path.name(rest)
        return (String(pieces[0]), String(rest.dropLast(end.count + 1)), end)
    }

    private static func dashed(_ lines: [String]) -> String { lines.map { "\n  - \($0)" }.joined() }

    /// What was asked for and no channel has, where that is all that is wrong.
    private static func missing(_ problems: SolverProblems) -> [String] {
        let roots = problems.json["problems"]?.array ?? []
        let missing = roots.filter { root in
            let kind = root["kind"]?.string
            return kind == "missing" || kind == "no-match"
                || root["children"]?.array?.allSatisfy {
                    $0["kind"]?.string == "missing" || $0["kind"]?.string == "no-match"
                }
                    == true && kind == "request"
        }
        guard missing.count == roots.count else { return [] }
        return missing.compactMap { $0["subject"]?.string }
    }
}

/// Marks failures that conda has the words of the command line to blame for, though it is none of their syntax.
struct ArgumentMistake: Error {}
