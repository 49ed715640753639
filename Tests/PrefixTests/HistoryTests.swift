// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Testing

@testable import Prefix

@Suite struct HistoryTests {
    private let text = """
        ==> 2023-01-02 03:04:05 <==
        # cmd: /opt/conda/bin/conda create -n x python numpy
        # conda version: 23.1.0
        +defaults/linux-64::python-3.11.0-h1
        +defaults/linux-64::numpy-1.24-py311_0
        # update specs: ['python=3.11', "numpy[version='>=1,<2']"]
        ==> 2023-02-02 03:04:05 <==
        # cmd: conda remove numpy
        -defaults/linux-64::numpy-1.24-py311_0
        # remove specs: ['numpy']
        ==> 2023-03-02 03:04:05 <==
        # cmd: conda install pandas
        +defaults/linux-64::pandas-2.0-py311_0
        -defaults/linux-64::python-3.11.0-h1
        +defaults/linux-64::python-3.11.1-h1
        # update specs: pandas >=2,<3, scipy
        # neutered specs: ['python']
        """

    @Test func readsRevisions() throws {
        let history = History(Array(text.utf8))
        #expect(history.revisions.count == 3)
        #expect(history.revisions[0].date == "2023-01-02 03:04:05" && history.revisions[0].tool == "conda 23.1.0")
        #expect(history.revisions[0].updateSpecs == ["python=3.11", "numpy[version='>=1,<2']"])
        #expect(history.revisions[2].updateSpecs == ["pandas >=2,<3", "scipy"])
        #expect(history.requestedSpecs() == ["python": "python", "pandas": "pandas >=2,<3", "scipy": "scipy"])
        let first = try #require(history.packages(after: 1))
        #expect(Array(first.keys) == ["python-3.11.0-h1"])
        #expect(history.packages(after: 2)?.keys.sorted() == ["pandas-2.0-py311_0", "python-3.11.1-h1"])
        #expect(history.packages(after: 3) == nil)
    }

    @Test func linesBeforeTheFirstHeader() {
        let history = History(Array("python-2.7.3-1\n# update specs: ['a']\n==> 2013 <==\n+b-1-0\n".utf8))
        #expect(history.revisions.map(\.linked) == [["python-2.7.3-1"], ["b-1-0"]])
    }

    @Test func whatIsWrittenReadsBack() {
        let record = PackageRecord(
            name: "numpy", version: "2", build: "0", subdir: "linux-64", fileName: "", url: "",
            channel: "https://example.org/forge/")
        let revision = History.Revision(
            seconds: 1_700_000_000, arguments: ["krait", "create", "-n", "x\ny"], version: "0.1", linked: [record],
            updateSpecs: ["numpy[version=\">=1\"]", "a'b\\c"], removeSpecs: ["z"])
        let back = History(Array(revision.text.utf8)).revisions
        var expected = revision
        expected.command = "krait create -n x y"
        #expect(back == [expected])
        #expect(back[0].linked == ["https://example.org/forge/linux-64::numpy-2-0"])
    }

    @Test(arguments: [
        ("conda-forge::numpy >=1", "numpy"), ("numpy=1.2=py_0", "numpy"), ("Numpy[version='1']", "numpy"),
        ("conda-forge/linux-64:ns:pkg==1", "pkg"), ("*", "*"),
    ])
    func names(_ spec: String, _ name: String) {
        #expect(History.name(of: spec) == name)
    }
}
