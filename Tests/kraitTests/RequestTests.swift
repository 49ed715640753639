// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Engine
import Failures
import Testing

@testable import krait

/// What the words of a command line become: fields of a request, and settings.
struct RequestTests {
    private static func parsed(_ line: String) throws -> Invocation {
        let parser = CommandLineParser(verbs: Verb.all, globalOptions: Option.global, generalOptions: Option.general)
        let words = line.split(separator: " ").map { String($0) }
        guard case .run(_, let invocation) = try parser.parse(words) else {
            throw Failure(.other, line, "asks for no verb")
        }
        return invocation
    }

    /// Words after `create`, and what the request says then.
    static let requests: [(String, @Sendable (ChangeRequest) -> Bool)] = [
        ("", { $0.specs.isEmpty && $0.files.isEmpty && $0.channels.isEmpty && $0.prune == nil && !$0.locked }),
        ("numpy pandas>=2", { $0.specs == ["numpy", "pandas>=2"] }),
        ("-- --odd", { $0.specs == ["--odd"] }),
        ("-f a.yml --file=b.yml", { $0.files == ["a.yml", "b.yml"] }),
        ("-c a -c b", { $0.channels == ["a", "b"] && !$0.overrideChannels }),
        ("--channel a --override-channels", { $0.channels == ["a"] && $0.overrideChannels }),
        ("--use-local -c a", { $0.channels == ["local", "a"] }),
        ("--no-deps", { $0.dependencies == .none }),
        ("--only-deps", { $0.dependencies == .only }),
        ("--deps-only", { $0.dependencies == .only }),
        ("--update-deps", { $0.updateDependencies }),
        ("--no-default-packages", { $0.noDefaultPackages }),
        ("--pin lib=1 --pin app=2", { $0.pins == ["lib=1", "app=2"] }),
        ("--category main,dev --category docs", { $0.categories == ["main", "dev", "docs"] }),
        ("-e test", { $0.lockEnvironment == "test" }),
        ("--locked", { $0.locked }),
        ("--pip-no-constraints", { $0.pip.isUnconstrained }),
        ("--no-pip-section", { $0.pip.isLeftOut }),
        ("--exclude tests,*.a --exclude docs", { $0.excludes == ["tests", "*.a", "docs"] }),
        ("--slim", { $0.excludes == ["static", "headers", "docs"] }),
        ("--exclude tests --slim", { $0.excludes == ["tests", "static", "headers", "docs"] }),
        ("--debug-testcase x", { $0.testcase == "x" }),
    ]

    @Test(arguments: requests.indices)
    func request(_ row: Int) throws {
        let (words, isAsSaid) = Self.requests[row]
        var request = ChangeRequest(.create, prefix: "/env")
        request.take(try Self.parsed("create \(words)"))
        #expect(isAsSaid(request), "\(words): \(request)")
        #expect(request.prefix == "/env" && request.action == .create)
    }

    /// A whole command line, and what its request says.
    static let verbs: [(String, @Sendable (ChangeRequest) -> Bool)] = [
        ("remove --prune x", { $0.prune == true }), ("remove --prune-deps x", { $0.prune == true }),
        ("remove --no-prune-deps x", { $0.prune == false }), ("remove x", { $0.prune == nil && !$0.force && !$0.all }),
        ("remove --prune --no-prune-deps x", { $0.prune == false }), ("remove --force x", { $0.force }),
        ("remove -a", { $0.all }), ("update --all", { $0.all }), ("install --update-all", { $0.all }),
        ("install --freeze-installed x", { $0.freezeInstalled }),
        ("install --no-update-deps x", { $0.freezeInstalled }),
        ("install --force-reinstall x", { $0.forceReinstall }),
    ]

    @Test(arguments: verbs.indices)
    func verb(_ row: Int) throws {
        let (line, isAsSaid) = Self.verbs[row]
        var request = ChangeRequest(.install, prefix: "/env")
        request.take(try Self.parsed(line))
        #expect(isAsSaid(request), "\(line): \(request)")
    }

    /// Options, and the settings that they set, as `name=value`.
    static let settings: [(String, [String])] = [
        ("-y", ["always_yes=true"]), ("--yes -q", ["always_yes=true", "quiet=true"]),
        ("-yq", ["always_yes=true", "quiet=true"]),
        ("-v", ["verbosity=1"]), ("-vv", ["verbosity=1", "verbosity=2"]), ("--debug", ["verbosity=2"]),
        ("--json", ["json=true"]), ("-d", ["dry_run=true"]), ("--dry-run", ["dry_run=true"]),
        ("--platform linux-aarch64", ["subdir=linux-aarch64"]), ("--subdir=osx-64", ["subdir=osx-64"]),
        ("-r /root", ["root_prefix=/root"]), ("-r/root", ["root_prefix=/root"]), ("-r=/root", ["root_prefix=/root"]),
        ("--no-pin", ["no_pin=true"]), ("--pinned", ["no_pin=false"]), ("--no-py-pin", ["no_py_pin=true"]),
        ("--no-pip", ["add_pip_as_python_dependency=false"]), ("--no-allow-uninstall", ["allow_uninstall=false"]),
        ("--no-allow-downgrade", ["allow_downgrade=false"]), ("--exclude-newer 7d", ["exclude_newer=7d"]),
        ("--virtual-package __cuda=12", ["virtual_packages=__cuda=12"]), ("--offline", ["offline=true"]),
        ("--link-mode copy", ["link_mode=copy"]), ("--copy", ["link_mode=copy"]), ("--pyc none", ["pyc=none"]),
        ("--no-pyc", ["pyc=none"]), ("--no-link-scripts", ["skip_run_link_scripts=true"]),
        ("--no-cache", ["no_cache=true"]),
        ("--download-only", ["download_only=true"]), ("--require-sha256", ["require_sha256=true"]),
        ("--override-frozen", ["protect_frozen_envs=false"]), ("--low-memory", ["low_memory=true"]),
        ("--lock-timeout 5", ["lock_timeout=5"]), ("--fsync never", ["fsync=never"]),
    ]

    @Test(arguments: settings)
    func setting(words: String, expected: [String]) throws {
        let verb = words.contains("frozen") ? "install" : "create"
        #expect(try Self.parsed("\(verb) \(words)").settings.map { "\($0.key.name)=\($0.value)" } == expected)
    }
}
