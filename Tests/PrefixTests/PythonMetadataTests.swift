// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

@testable import Prefix

@Suite struct PythonMetadataTests {
    private func names(_ text: String) -> Set<String> {
        Array(text.utf8).withUnsafeBytes { PrefixState.pythonMetadata(in: $0) }
    }

    @Test func directoriesAndFilesOfRecords() {
        let record = """
            {"files": ["lib/python3.11/site-packages/a_b-1.0.dist-info/METADATA",
            "lib/python3.11/site-packages/a_b-1.0.dist-info/RECORD", "lib/python3.11/site-packages/old-2.egg-info"],
            "paths_data": {"paths": [{"_path": "lib/python3.11/site-packages/c-3.dist-info/x"}]}}
            """
        #expect(names(record) == ["a_b-1.0.dist-info", "old-2.egg-info", "c-3.dist-info"])
    }

    @Test(arguments: ["", "-info", "share/terminfo-info/x", "x.dist-info", "x.dist-information/y", ".dist-inf"])
    func nothingElse(_ text: String) { #expect(names(text).isEmpty) }
}

@Suite struct HistoryChannelTests {
    @Test func channelsAreKept() throws {
        var revision = History.Revision()
        revision.date = "2026-01-01 00:00:00"
        revision.channels = ["/some/channel", "conda-forge"]
        #expect(revision.text.contains("# channels: [\"/some/channel\", \"conda-forge\"]\n"))
        #expect(History(Array(revision.text.utf8)).revisions == [revision])
    }

    /// Where python looks for packages is what its record says, and below the prefix all the same.
    @Test func placesOfPackagesStayBeneath() throws {
        func layout(_ path: String?) throws -> String {
            try PythonLayout(version: "3.11.0", sitePackagesPath: path, build: "0", subject: "python").sitePackages
        }
        #expect(try layout(nil) == "lib/python3.11/site-packages" && layout("lib/site/") == "lib/site")
        for path in ["../victim", "/victim", "lib/../../victim", "lib//x", ".", "/"] {
            #expect(throws: Failure.self, "\(path)") { try layout(path) }
        }
    }

    /// Files that one version of python compiled are for all of the same minor version, once that is released.
    @Test func onlyReleasesShareCompiledFiles() throws {
        func generation(_ version: String) throws -> String {
            try PythonLayout(version: version, sitePackagesPath: nil, build: "0", subject: "python").generation
        }
        #expect(try generation("3.13.0") == "3.13" && generation("3.13.11") == "3.13")
        #expect(try generation("3.14.0rc2") == "3.14.0rc2" && generation("3.14.0a1") == "3.14.0a1")
    }
}
