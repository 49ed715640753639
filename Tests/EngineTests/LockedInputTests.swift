// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Locks and lists as inputs")
struct LockedInputTests {
    private static let names = ["lib.txt", "conda-lock.yml", "pixi.lock"]

    /// The same three packages in each form of lock.
    private static func scene() throws -> Scene {
        let scene = try Scene()
        let plan = try scene.plan(.create, ["app", "old"])
        let context = try scene.context()
        for name in ["lib.txt", "conda-lock.yml"] {
            _ = try LockWriter(context).write(plan, to: name, isApplied: false)
        }
        var used = ""
        var packages = ""
        for link in plan.links {
            used += "      - conda: \(link.record.url)\n"
            packages += "- conda: \(link.record.url)\n  sha256: \(link.record.sha256?.hex ?? "")\n"
            if !link.record.depends.isEmpty { packages += "  depends:\n" }
            for text in link.record.depends { packages += "  - \(text)\n" }
        }
        try scene.write(
            "pixi.lock",
            """
            version: 6
            environments:
              default:
                channels:
                - url: \(scene.channel.url)/
                packages:
                  linux-64:
            \(used)packages:
            \(packages)
            """)
        return scene
    }

    private static let content = ["app-2.0", "lib-2.0", "old-1.0"]

    @Test(arguments: names)
    func anEnvironmentOfIt(file: String) throws {
        let scene = try Self.scene()
        let (plan, report) = try scene.change(.create, settings: ["offline": "true"]) { request in
            request.files = [file]
            request.channels = []
        }
        #expect(plan.lines == Self.content.map { "install \($0)" })
        #expect(report.fetched == 3 && plan.warnings.isEmpty)
        #expect(try scene.installed() == Self.content)
        #expect(try Doctor(scene.context()).diagnose(scene.prefix()).isWhole)
        // The records say what the packages say, whatever the lock left out.
        let records = try Listing(prefix: scene.prefix(), root: nil, options: .init()).packages
        #expect(records.map(\.depends) == [["lib >=2"], [], []])
        #expect(records.allSatisfy { $0.url == "\(scene.channel.url)/noarch/\($0.fileName)" && $0.license != nil })
    }

    @Test(arguments: names)
    func intoAnEnvironmentThatIsThere(file: String) throws {
        let scene = try Self.scene()
        try scene.change(.create, ["lib=1", "alone"])
        let (plan, _) = try scene.change(.install) { $0.files = [file] }
        #expect(plan.lines == ["install app-2.0", "install old-1.0", "upgrade lib-1.1 lib-2.0"])
        #expect(try scene.installed() == ["alone-1.0"] + Self.content, "what is not in the lock stays")
        #expect(try scene.plan(.install) { $0.files = [file] }.isEmpty)
    }

    @Test(arguments: names)
    func theDigestHasToBeRight(file: String) throws {
        let scene = try Self.scene()
        let text = try scene.read(file)
        let plan = try scene.plan(.create, ["lib"])
        let (sha256, md5) = (plan.links[0].record.sha256?.hex ?? "", plan.links[0].record.md5?.hex ?? "")
        let wrong = text.replacing(sha256, with: String(sha256.reversed())).replacing(md5, with: String(md5.reversed()))
        #expect(wrong != text)
        try scene.write(file, wrong)
        let failure = try failure { try scene.change(.create) { $0.files = [file] } }
        #expect(failure.code == .integrity, "\(failure)")
        #expect(!scene.directory.exists("root/envs/env/conda-meta"))
    }

    @Test func specsCannotBeAdded() throws {
        let scene = try Self.scene()
        let failure = try failure { try scene.plan(.create, ["alone"]) { $0.files = ["conda-lock.yml"] } }
        #expect(failure.code == .usage)
        #expect(failure.reason == "specs cannot be solved together with a lock file or archives")
        #expect(failure.hint == "run `krait install` for them afterwards")
    }

    @Test func anotherPlatform() throws {
        let scene = try Self.scene()
        for file in ["conda-lock.yml", "pixi.lock"] {
            let failure = try failure {
                try scene.plan(.create, settings: ["subdir": "osx-arm64"]) { $0.files = [file] }
            }
            #expect(failure.reason.contains("osx-arm64"), "\(failure)")
        }
        let native = try scene.plan(.create, ["native"], settings: ["subdir": "linux-aarch64"])
        _ = try LockWriter(scene.context(["subdir": "linux-aarch64"])).write(native, to: "other.txt", isApplied: false)
        let failure = try failure { try scene.plan(.create) { $0.files = ["other.txt"] } }
        #expect(failure.code == .unsatisfiable || failure.code == .usage || failure.code == .parse)
        #expect("\(failure.reason) \(failure.hint ?? "")".contains("linux-aarch64"), "\(failure)")
    }

    @Test func archivesOfTheCommandLine() throws {
        let scene = try Scene()
        let path = "channel/noarch/lib-1.0-0.conda"
        for word in [path, "\(scene.path)/\(path)", "file://\(scene.path)/\(path)"] {
            let plan = try scene.plan(.create, [word])
            #expect(plan.lines == ["install lib-1.0"], "\(word)")
            #expect(plan.updateSpecs == ["lib==1.0=0"] && !plan.isList)
            #expect(plan.warnings == ["of 1 archives, 1 with no hash at all; the SHA-256 found is recorded"])
        }
        try scene.change(.create, [path])
        let record = try Listing(prefix: scene.prefix(), root: nil, options: .init()).packages[0]
        #expect(record.sha256 != nil && record.brief == "lib-1.0")
    }

    /// Lines of a list of archives, settings, and why that is refused.
    static let refusals: [([String], [String: String], Failure.Code, String)] = [
        (["URL/lib-1.0-0.conda", "URL/lib-1.1-0.conda"], [:], .usage, "is requested twice"),
        (["URL/lib-1.0-0.conda"], ["require_sha256": "true"], .integrity, "has no hash"),
        (
            ["URL/lib-1.0-0.conda#00000000000000000000000000000000"], ["require_sha256": "true"], .integrity,
            "has only an MD5 hash"
        ),
        (["URL/lib-1.0-0.conda#zz"], [:], .parse, "`zz` is neither an md5 (32 hex digits) nor a sha256 (64)"),
        (["lib=1.0"], [:], .parse, "is not the URL or path of a .conda or .tar.bz2 archive"),
        (["/no/such/lib-1.0-0.conda"], [:], .usage, "there is no such file"),
    ]

    @Test(arguments: refusals)
    func listRefused(lines: [String], settings: [String: String], code: Failure.Code, reason: String) throws {
        let scene = try Scene()
        let text = lines.joined(separator: "\n").replacing("URL", with: "\(scene.channel.url)/noarch")
        try scene.write("list.txt", "@EXPLICIT\n\(text)\n")
        let failure = try failure { try scene.plan(.create, settings: settings) { $0.files = ["list.txt"] } }
        #expect(failure.code == code || failure.code == .usage, "\(failure)")
        #expect(failure.reason.contains(reason), "\(failure)")
    }

    @Test func weakHashesAreCounted() throws {
        let scene = try Scene()
        let md5 = try scene.plan(.create, ["lib=1.0"]).links[0].record.md5?.hex ?? ""
        let url = "\(scene.channel.url)/noarch"
        try scene.write("list.txt", "@EXPLICIT\n\(url)/lib-1.0-0.conda#\(md5)\n\(url)/alone-1.0-0.conda\n")
        let plan = try scene.plan(.create) { $0.files = ["list.txt"] }
        #expect(
            plan.warnings
                == ["of 2 archives, 1 with an MD5 hash only and 1 with no hash at all; the SHA-256 found is recorded"])
    }

    @Test func agesDoNotCount() throws {
        let scene = try Self.scene()
        let plan = try scene.plan(.create, settings: ["exclude_newer": "2025-01-01"]) { $0.files = ["lib.txt"] }
        #expect(plan.lines.count == 3)
        #expect(
            plan.warnings == [
                "`--exclude-newer` has no effect: the lock or list says which packages come, whatever their age"
            ])
    }

    @Test func disallowedPackagesOfALock() throws {
        let scene = try Self.scene()
        let failure = try failure {
            try scene.plan(.create, settings: ["disallowed_packages": "lib"]) { $0.files = ["conda-lock.yml"] }
        }
        #expect(failure.code == .unsatisfiable && failure.subject == "lib-2.0-0")
        #expect(failure.reason == "may not be installed, which `disallowed_packages` forbids")
    }
}
