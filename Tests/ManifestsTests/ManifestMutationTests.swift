// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Manifests
import Testing

/// Real files with bytes changed: read, or refused with a place; never a crash.
@Suite struct ManifestMutationTests {
    static let seeds = [
        "name: a\nchannels: [c, d]\ndependencies:\n  - python=3.10 # [linux]\n  - pip\n  - pip:\n    - x>=1\n    - -e .\n  - sel(osx): y\nvariables: {A: b}\n",
        "version: 1\nmetadata:\n  content_hash: {linux-64: aa}\n  channels:\n  - url: c\n    used_env_vars: []\n  platforms: [linux-64]\n  sources: [e]\npackage:\n- name: a\n  version: '1'\n  manager: conda\n  platform: linux-64\n  dependencies: {b: '>=1'}\n  url: https://h/c/linux-64/a-1-0.conda\n  hash: {md5: 0123456789abcdef0123456789abcdef}\n  category: main\n  optional: false\n- {name: p, version: '2', manager: pip, platform: linux-64, url: 'https://h/p.whl', hash: {}}\n",
        "version: 7\nplatforms:\n- name: linux-64\n- {name: l2, subdir: linux-64}\nenvironments:\n  default:\n    channels: [{url: https://h/c/}]\n    indexes: [https://p/simple]\n    packages:\n      linux-64:\n      - conda: https://h/c/linux-64/a-1-0.conda\n      - pypi: https://h/p.whl\n      l2: []\npackages:\n- conda: https://h/c/linux-64/a-1-0.conda\n  sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n  depends: [b]\n  size: 12\n- pypi: https://h/p.whl\n  name: p\n  version: '1'\n",
        "# platform: linux-64\n@EXPLICIT\nhttps://h/c/linux-64/a-1-0.conda#0123456789abcdef0123456789abcdef\n/x/b-1-0.tar.bz2\n",
        "numpy >=1,<2  # why\nconda-forge::python=3.*=*_cpython\na[version='>=1',build=x]\n",
    ]

    @Test func mutationsNeverCrash() throws {
        var random = SeededGenerator(state: 99)
        let names = ["e.yml", "conda-lock.yml", "pixi.lock", "e.txt", "s.txt"]
        let inserts: [[UInt8]] = [
            "\n", ":", "- ", "  ", "[", "]", "{", "}", "\"", "'", "#", "&a ", "*a", "null", "~", "!", "@", "\t", "é",
            "\u{0}", "9", ",", "|",
        ].map { Array($0.utf8) }
        var (read, refused, placeless) = (0, 0, Set<String>())
        for round in 0..<12_000 {
            let index = round % names.count
            var text = Array(Self.seeds[index].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<max(text.count, 1), using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: text.insert(contentsOf: inserts.randomElement(using: &random) ?? [], at: min(place, text.count))
                case 1: text.removeSubrange(place..<min(text.count, place + Int.random(in: 1..<20, using: &random)))
                case 2: if place < text.count { text[place] = UInt8.random(in: 0...255, using: &random) }
                case 3: text.removeSubrange(min(place, text.count)...)
                default:
                    let end = min(text.count, place + Int.random(in: 1..<40, using: &random))
                    text.insert(contentsOf: text[place..<end], at: Int.random(in: 0...text.count, using: &random))
                }
                if text.isEmpty { break }
            }
            do {
                try InputFile(bytes: text, subject: names[index], platform: .linux64).readThrough()
                read += 1
            } catch {
                refused += 1
                if !hasPlace(error) { placeless.insert("\(error.subject): \(error.reason)") }
            }
        }
        print("mutations: \(read) read, \(refused) refused")
        #expect(placeless.isEmpty, "\(placeless.prefix(5))")
        #expect(read > 1000 && refused > 1000)
    }

    @Test func mutatedPythonTextsNeverCrash() {
        var random = SeededGenerator(state: 100)
        let seeds = [
            "a[b,c]>=1.0,!=2.*; python_version<'3' and (os_name=='x' or extra=='y')",
            "-e git+https://h/r@v#egg=x --hash=sha256:aa", "1!1.0a1.post2.dev3+l.1", "Name: a\nVersion: 1\n b\n",
            "\"a,b\",sha256=x,1\n",
        ]
        for round in 0..<20_000 {
            var text = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = UInt8.random(in: 0...255, using: &random)
                case 1: text.remove(at: place)
                default: text.insert(contentsOf: text[place...], at: place)
                }
            }
            let string = String(decoding: text, as: UTF8.self)
            _ = (
                PythonRequirement(string), PipRequirementLine(string).localReferences, PythonVersion(string),
                PythonMarker(string)
            )
            _ = (try? PythonMetadata(bytes: text, subject: ""), PythonFileRecord.parse(text))
        }
    }
}

extension InputFile {
    /// Reads what is read only when it is asked for.
    func readThrough() {
        switch self {
        case .condaLock(let lock):
            for platform in lock.platforms {
                _ = try? lock.environment(platform: platform, categories: ["main"], subject: "l")
            }
        case .pixiLock(let lock):
            for environment in lock.environments {
                _ = try? lock.environment(environment.name, platform: "linux-64", subject: "l")
            }
        case .environment(let file): for line in file.pip { _ = PipRequirementLine(line.text) }
        default: break
        }
    }
}
