// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Manifests
import Testing

/// What py-rattler reads from lock files: for every environment and platform the packages.
private let oracle = #"""
    import json, sys
    from rattler import LockFile
    result = []
    for path in json.load(open(sys.argv[1])):
        try:
            lock = LockFile.from_path(path)
        except BaseException as error:
            result.append({"path": path, "error": str(error)})
            continue
        environments = []
        for name, environment in lock.environments():
            channels = [c.url if hasattr(c, "url") else str(c) for c in environment.channels()]
            for platform in environment.platforms():
                conda, pypi, sources = [], [], 0
                for package in environment.packages(platform) or []:
                    kind = type(package).__name__
                    hex = lambda h: None if h is None else h.hex()
                    if kind == "PypiLockedPackage":
                        try: digest = hex(package.hashes.sha256)
                        except AttributeError: digest = None
                        pypi.append([package.name, package.version, package.location, digest])
                    elif kind == "CondaLockedBinaryPackage":
                        r = package.package_record
                        conda.append([package.location, r.name.source, str(r.version), str(r.build), str(r.build_number), r.subdir,
                            hex(r.sha256), hex(r.md5), str(r.size), "\n".join(r.depends), "\n".join(r.constrains)])
                    else: sources += 1
                environments.append({"name": name, "platform": platform.name, "subdir": str(platform.subdir),
                    "conda": sorted(conda), "pypi": sorted(pypi, key=str), "sources": sources})
        result.append({"path": path, "environments": environments})
    print(json.dumps(result, default=str))
    """#

@Suite struct LockCorpusTests {
    /// Files that py-rattler refuses and krait reads, by the end of their path.
    private static let readHereOnly = [
        // its reader of dependencies does not know every shape that conda-lock wrote
        "012-v1-BERTchen-ppc64le.conda-lock.yml", "093-v1-nlp-research-template-ppc64le.conda-lock.yml",
        "094-v1-nlp-research-template-conda-lock.yml",
        // it wants a relative path to exist
        "v7/pypi_relative_outside_url.yml", "v7/pypi_relative_url.yml",
    ]

    @Test(.enabled(if: testData != nil && python != nil, "no data or no .venv"))
    func packageListsEqualPyRattlers() throws {
        let files = [
            "locks/conda-lock", "locks/pixi", "rattler-test-data/conda-lock", "rattler-test-data/lock_parse_fails",
        ]
        .flatMap { dataFiles($0) }
        let rows = try #require(try runPython(oracle, input: .strings(files.map(\.path))).array)
        #expect(rows.count == files.count)
        var (lists, packages, refused) = (0, 0, 0)
        for (row, file) in zip(rows, files) {
            let subject = file.lastPathComponent
            let input = try bytes(of: file)
            let lock: InputFile
            do {
                lock = try InputFile(bytes: input, subject: subject, platform: .linux64)
            } catch {
                print("refused: \(error.subject): \(error.reason)")
                #expect(hasPlace(error))
                #expect(row["error"] != nil, "\(file.path): \(error.subject): \(error.reason)")
                refused += 1
                continue
            }
            if let theirs = row["error"]?.string {
                #expect(Self.readHereOnly.contains { file.path.hasSuffix($0) }, "\(file.path): \(theirs)")
            }
            for environment in row["environments"]?.array ?? [] {
                packages += try compare(environment, lock, subject)
                lists += 1
            }
        }
        print(
            "locks: \(files.count) files, \(refused) refused, \(lists) lists of \(packages) packages equal py-rattler's"
        )
        #expect(lists > 0)
    }

    /// Compares one environment on one platform; the number of packages.
    private func compare(_ theirs: JSON, _ lock: InputFile, _ subject: String) throws -> Int {
        let name = try #require(theirs["name"]?.string)
        let platform = try #require(theirs["platform"]?.string)
        let subdir = try #require(theirs["subdir"]?.string)
        let ours: LockedEnvironment
        do {
            switch lock {
            case .condaLock(let lock):
                ours = try lock.environment(platform: subdir, categories: ["main"], subject: subject)
            case .pixiLock(let lock): ours = try lock.environment(name, platform: platform, subject: subject)
            default:
                Issue.record("\(subject) is no lock file")
                return 0
            }
        } catch {
            #expect(theirs["sources"]?.int ?? 0 > 0, "\(subject) \(name) \(platform): \(error)")
            return 0
        }
        #expect(theirs["sources"]?.int == 0, "\(subject) \(name) \(platform)")
        let conda = ours.packages.map { package -> [String] in
            let record = package.record
            return [
                record.url, record.name, record.version, record.build, "\(record.buildNumber)", record.subdir,
                record.sha256?.hex ?? "", record.md5?.hex ?? "", record.size.map { "\($0)" } ?? "None",
                normal(record.depends, lock), normal(record.constrains, lock),
            ]
        }
        let expected = (theirs["conda"]?.array ?? []).map { row -> [String] in
            var fields = (row.array ?? []).map { $0.string ?? "" }
            for index in 9...10 { fields[index] = normal(fields[index].split(separator: "\n").map(String.init), lock) }
            return fields
        }
        let (mine, other) = (Set(conda), Set(expected))
        if mine != other {
            let (a, b) = (
                mine.subtracting(other).sorted { $0[0] < $1[0] }, other.subtracting(mine).sorted { $0[0] < $1[0] }
            )
            Issue.record(
                "\(subject) \(name) \(platform): \(a.count) differ\n ours   \(a.first ?? [])\n theirs \(b.first ?? [])")
        }
        #expect(conda.count == expected.count, "\(subject) \(name) \(platform)")
        // A directory's version is read from it when it is installed, whatever the lock says.
        let rows = (theirs["pypi"]?.array ?? []).map { ($0.array ?? []).map { $0.string ?? "" } }
        let directories = Set(rows.filter { $0[1] == "<dynamic>" }.map { $0[2] })
        let wanted = Set(rows.map { directories.contains($0[2]) ? [$0[0], "", $0[2], $0[3]] : $0 })
        let pypi = Set(
            ours.requirements.map {
                [$0.name, directories.contains($0.location) ? "" : $0.version, $0.location, $0.sha256?.hex ?? ""]
            })
        if pypi != wanted {
            let (a, b) = (
                pypi.subtracting(wanted).sorted { $0[0] < $1[0] }, wanted.subtracting(pypi).sorted { $0[0] < $1[0] }
            )
            Issue.record(
                "\(subject) \(name) \(platform) pypi: \(a.count) differ\n ours   \(a.first ?? [])\n theirs \(b.first ?? [])"
            )
        }
        return conda.count + pypi.count
    }

    /// conda-lock writes constraints by name, which py-rattler spells anew: those are compared by meaning.
    private func normal(_ specs: [String], _ lock: InputFile) -> String {
        guard case .condaLock = lock else { return specs.joined(separator: "\n") }
        return specs.map { text in
            guard let spec = try? MatchSpec(text) else { return text }
            let version = (spec.version.map { "\($0.condition)" } ?? "").replacing(/\.0+(?=[0-9])/, with: ".")
            return "\(spec.name.text) \(version) \(spec.build?.text ?? "")"
        }.sorted().joined(separator: "\n")
    }

    @Test(.enabled(if: testData != nil, "no data"))
    func explicitFilesAreRead() throws {
        var entries = 0
        for file in dataFiles("locks/explicit") + dataFiles("rattler-test-data/explicit-envs") {
            let input = try bytes(of: file)
            guard
                case .explicit(let explicit) = try InputFile(
                    bytes: input, subject: file.lastPathComponent, platform: .linux64)
            else {
                Issue.record("\(file.path) was not told to be explicit")
                continue
            }
            // The simplest reader there can be.
            let wanted = String(decoding: input, as: UTF8.self).split(whereSeparator: \.isNewline)
                .map { $0.trimmingCharacters(in: .whitespaces) }.filter {
                    !$0.isEmpty && !$0.hasPrefix("#") && $0 != "@EXPLICIT"
                }
            let found = explicit.entries.map { entry in
                entry.location + (entry.md5.map { "#\($0.hex)" } ?? entry.sha256.map { "#\($0.hex)" } ?? "")
            }
            #expect(found == wanted.map { $0.replacing("#sha256:", with: "#") }, "\(file.path)")
            for entry in explicit.entries { _ = try PackageRecord(archiveAt: entry.location, subject: "\(entry.line)") }
            entries += found.count
        }
        print("explicit: \(entries) archives")
        #expect(entries > 0)
    }
}
