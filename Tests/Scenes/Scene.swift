// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Configuration
package import Engine
import Failures
package import Platform

/// A home, a root prefix, a package cache and a channel of its own, in which the engine is driven as verbs do it.
package final class Scene {
    package let directory: TemporaryDirectory
    package let channel: TestChannel

    package init(_ packages: [TestPackage] = TestPackage.stock) throws {
        directory = try TemporaryDirectory()
        channel = try TestChannel("\(directory.path)/channel", packages)
    }

    package var path: String { directory.path }
    package var root: String { "\(path)/root" }
    package func prefix(_ name: String = "env") -> String { "\(root)/envs/\(name)" }

    /// Another channel, beside the scene's own.
    package func channel(_ name: String, _ packages: [TestPackage]) throws -> TestChannel {
        try TestChannel("\(path)/\(name)", packages)
    }

    /// - Parameter settings: as options set them, by name; lists have commas.
    package func context(
        _ settings: [String: String] = [:], variables: [String: String] = [:], prefix: String? = nil
    ) throws -> Context {
        let environment = environment(variables)
        return Context(
            environment: environment, settings: try self.settings(settings, environment, prefix: prefix),
            cancellation: Cancellation())
    }

    package func environment(_ variables: [String: String] = [:]) -> ProcessEnvironment {
        let own = [
            "HOME": path, "MAMBA_ROOT_PREFIX": root, "CONDA_PKGS_DIRS": "\(path)/pkgs", "TMPDIR": path,
            "SOURCE_DATE_EPOCH": "1767225600",
        ]
        return ProcessEnvironment(
            arguments: ["krait", "create", "words"], variables: own.merging(variables) { _, own in own },
            currentDirectory: path, homeDirectory: path)
    }

    private func settings(
        _ settings: [String: String], _ environment: ProcessEnvironment, prefix: String?
    ) throws -> Settings {
        var sources = Settings.Sources()
        sources.targetPrefix = prefix
        let usual = ["subdir": "linux-64", "pyc": "none", "remote_max_retries": "0"]
        for (name, text) in usual.merging(settings, uniquingKeysWith: { _, own in own }).sorted(by: { $0.key < $1.key })
        {
            guard let key = SettingKey.named(name) else { throw Failure(.usage, name, "is not a setting") }
            let values = [.list, .paths].contains(key.kind) ? text.split(separator: ",").map(String.init) : [text]
            sources.overrides += values.map { (key, $0) }
        }
        return try Settings.load(environment, sources)
    }

    package func request(
        _ action: ChangeRequest.Action, _ specs: [String] = [], in name: String = "env",
        _ change: (inout ChangeRequest) -> Void = { _ in }
    ) -> ChangeRequest {
        var request = ChangeRequest(action, prefix: prefix(name))
        request.specs = specs
        request.channels = [channel.path]
        request.overrideChannels = true
        change(&request)
        return request
    }

    package func plan(
        _ action: ChangeRequest.Action, _ specs: [String] = [], in name: String = "env",
        settings: [String: String] = [:], variables: [String: String] = [:],
        _ change: (inout ChangeRequest) -> Void = { _ in }
    ) throws -> ChangePlan {
        try Planner(context(settings, variables: variables, prefix: prefix(name))).plan(
            request(action, specs, in: name, change))
    }

    /// Plans it and does it.
    @discardableResult
    package func change(
        _ action: ChangeRequest.Action, _ specs: [String] = [], in name: String = "env",
        settings: [String: String] = [:], variables: [String: String] = [:],
        _ change: (inout ChangeRequest) -> Void = { _ in }
    ) throws -> (plan: ChangePlan, report: ChangeReport) {
        let context = try context(settings, variables: variables, prefix: prefix(name))
        let plan = try Planner(context).plan(request(action, specs, in: name, change))
        return (plan, try ChangeExecution(plan, context).run())
    }

    /// `name-version` of what is installed, in order; with the build where that is not 0.
    package func installed(_ name: String = "env") throws -> [String] {
        try Listing(prefix: prefix(name), root: root, options: .init()).packages.map(\.brief)
    }

    package func write(_ name: String, _ text: String) throws { try directory.write(text, name) }
    package func read(_ name: String) throws -> String { try directory.read(name) }
}

extension PackageRecord {
    /// `name-version`, and the build where it says something.
    package var brief: String { build == "0" ? "\(name)-\(version)" : distribution }
}

extension ChangePlan {
    /// What changes, a line for each package: `install app-2.0`, `upgrade lib-1.0 lib-2.0`, `remove plug-1.0`.
    package var lines: [String] {
        let linked = links.map { link in
            ([link.reason.rawValue] + [link.replaced?.brief].compactMap { $0 } + [link.record.brief])
                .joined(separator: " ")
        }
        return (linked + removals.map { "remove \($0.brief)" }).sorted()
    }
}
