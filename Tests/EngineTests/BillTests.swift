// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Scenes
import Testing

@testable import Engine

@Suite("Bills of materials")
struct BillTests {
    /// What packages say of their licence, as an expression of SPDX; nil for what is none.
    static let licenses: [(String, String?, Bool)] = [
        ("MIT", "MIT", true), ("mit", "MIT", true), ("BSD-3-Clause", "BSD-3-Clause", true),
        ("MIT AND BSD-3-Clause", "MIT AND BSD-3-Clause", false), ("MIT or ISC", "MIT OR ISC", false),
        ("(MIT OR ISC) AND Zlib", "(MIT OR ISC) AND Zlib", false), ("GPL-2.0+", "GPL-2.0-or-later", true),
        ("GPL-3.0-only WITH GCC-exception-3.1", "GPL-3.0-only WITH GCC-exception-3.1", false),
        ("LicenseRef-Mine", "LicenseRef-Mine", false),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception", false),
        ("BSD", nil, false), ("MIT AND", nil, false), ("(MIT", nil, false), ("MIT ISC", nil, false), ("", nil, false),
        ("MIT WITH nothing", nil, false), ("LicenseRef-", nil, false), ("MIT)", nil, false), ("AND MIT", nil, false),
        ("Proprietary, see LICENSE", nil, false),
    ]

    @Test(arguments: licenses)
    func license(text: String, expected: String?, isIdentifier: Bool) {
        let expression = LicenseExpression(text)
        #expect(expression?.text == expected)
        #expect((expression?.isIdentifier ?? false) == isIdentifier)
        if let expression { #expect(LicenseExpression(expression.text)?.text == expression.text, "a fixed point") }
    }

    @Test(arguments: [
        ("LicenseRef-A AND LicenseRef-B", ["LicenseRef-A", "LicenseRef-B"], false),
        ("DocumentRef-x:LicenseRef-A", ["DocumentRef-x:LicenseRef-A"], true), ("MIT+", [], true), ("MIT", [], false),
    ])
    func references(text: String, expected: [String], needsText: Bool) {
        let expression = LicenseExpression(text)
        #expect(expression?.references == expected && expression?.needsText == needsText)
    }

    @Test func nestingHasAnEnd() {
        let deep = String(repeating: "(", count: 40) + "MIT" + String(repeating: ")", count: 40)
        #expect(LicenseExpression(deep) == nil)
    }

    @Test(arguments: [("a b", "a-b"), ("a/b:c", "a-b-c"), ("a.b-1", "a.b-1"), ("ü", "--")])
    func names(text: String, expected: String) { #expect(LicenseExpression.referenceName(text) == expected) }

    private static func made() throws -> Scene {
        let scene = try Scene()
        try scene.change(.create, ["app", "alone", "native"])
        return scene
    }

    @Test func cycloneDX() throws {
        let scene = try Self.made()
        let bill = try BillOfMaterials(prefix: scene.prefix(), context: scene.context())
        let document = bill.cycloneDX(at: 1_767_225_600)
        #expect(document["bomFormat"]?.string == "CycloneDX" && document["specVersion"]?.string == "1.6")
        #expect(document["metadata"]?["timestamp"]?.string == "2026-01-01T00:00:00Z")
        let components = document["components"]?.array ?? []
        #expect(components.compactMap { $0["name"]?.string }.sorted() == ["alone", "app", "lib", "native"])
        for one in components {
            let purl = one["purl"]?.string ?? ""
            #expect(purl.hasPrefix("pkg:conda/\(one["name"]?.string ?? "")@") && purl.contains("build=0"))
            #expect(one["hashes"]?.array?.contains { $0["alg"]?.string == "SHA-256" } == true)
            #expect(one["licenses"]?.array?.count == 1)
        }
        let graph = document["dependencies"]?.array ?? []
        let app = graph.first { $0["ref"]?.string?.contains("conda/app@") == true }
        #expect(app?["dependsOn"]?.array?.count == 1)
        #expect(bill.warnings.isEmpty)
    }

    @Test func spdx() throws {
        let scene = try Self.made()
        let bill = try BillOfMaterials(prefix: scene.prefix(), context: scene.context())
        let document = bill.spdx(at: 0)
        #expect(document["spdxVersion"]?.string == "SPDX-2.3")
        #expect(document["creationInfo"]?["created"]?.string == "1970-01-01T00:00:00Z")
        let packages = document["packages"]?.array ?? []
        #expect(packages.count == 5)
        let ids = packages.compactMap { $0["SPDXID"]?.string }
        #expect(Set(ids).count == 5)
        let relations = document["relationships"]?.array ?? []
        #expect(relations.count { $0["relationshipType"]?.string == "CONTAINS" } == 4)
        for relation in relations {
            for key in ["spdxElementId", "relatedSpdxElement"] {
                let id = relation[key]?.string ?? ""
                #expect(ids.contains(id) || id == "SPDXRef-DOCUMENT", "\(id)")
            }
        }
        #expect(
            packages.allSatisfy { $0["downloadLocation"]?.string == "NOASSERTION" }, "file:// is nobody else's place")
    }

    @Test func theSameOfALockAndItsEnvironment() throws {
        let scene = try Self.made()
        let context = try scene.context()
        let own = try BillOfMaterials(prefix: scene.prefix(), context: context)
        for name in ["conda-lock.yml", "x.txt"] {
            let plan = try scene.plan(.create, ["app", "alone", "native"], in: "other")
            _ = try LockWriter(context).write(plan, to: name, isApplied: false)
            let locked = try BillOfMaterials(lock: scene.request(.create) { $0.files = [name] }, context: context)
            #expect(locked.cycloneDX(at: nil) == own.cycloneDX(at: nil), "\(name)")
            #expect(locked.identity == own.identity)
        }
    }

    @Test func whatLocksLeaveOutIsCounted() throws {
        let scene = try Self.made()
        let context = try scene.context(variables: ["CONDA_PKGS_DIRS": "\(scene.path)/none"])
        let plan = try scene.plan(.create, ["app"], in: "other")
        for (name, what) in [("conda-lock.yml", "licence"), ("x.txt", "licence and dependencies")] {
            _ = try LockWriter(context).write(plan, to: name, isApplied: false)
            let bill = try BillOfMaterials(lock: scene.request(.create) { $0.files = [name] }, context: context)
            #expect(
                bill.warnings.count == 1 && bill.warnings[0].hasPrefix("\(what) of 2 of 2 packages"), "\(bill.warnings)"
            )
        }
    }

    @Test func changesChangeTheIdentity() throws {
        let scene = try Self.made()
        let before = try BillOfMaterials(prefix: scene.prefix(), context: scene.context()).identity
        try scene.change(.install, ["old"])
        let after = try BillOfMaterials(prefix: scene.prefix(), context: scene.context()).identity
        #expect(before != after && before.count == 36)
    }

    @Test func onlyLocksAndEnvironments() throws {
        let scene = try Scene()
        try scene.write("e.yml", "dependencies: [lib]\n")
        let lock = try failure {
            try BillOfMaterials(lock: scene.request(.create) { $0.files = ["e.yml"] }, context: scene.context())
        }
        #expect(lock.reason == "is not a lock: it does not list the resulting packages")
        let none = try noEnvironment(scene)
        #expect(none.cause is NotAnEnvironment)
    }

    private func noEnvironment(_ scene: Scene) throws -> Failure {
        try failure { try BillOfMaterials(prefix: scene.prefix(), context: scene.context()) }
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (1_767_225_599, "2025-12-31T23:59:59Z"),
    ])
    func time(seconds: Int64, text: String) { #expect(iso8601(seconds) == text) }
}
