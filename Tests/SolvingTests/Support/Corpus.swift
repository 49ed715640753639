// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Foundation
import Solving

/// Real requests with the answers of py-rattler on the channel they were asked of.
struct Corpus {
    static let solutions = "solves/rattler_solutions.jsonl"

    struct Request {
        var source: String
        var specs: [String]
        /// File names; nil where py-rattler found no solution.
        var records: [String]?
        var seconds: Double?
        var problem: String?
    }

    var table: CandidateTable
    var fileNames: [String]
    var rowOfFile: [String: Int]
    var requests: [Request]
    var virtualPackages: [VirtualPackage]

    /// Reads everything once.
    static let shared = Result { try Corpus() }

    init() throws {
        var lines = try TestData.bytes(Self.solutions).split(separator: UInt8(ascii: "\n")).map {
            try JSON.parse(Array($0), subject: Self.solutions)
        }
        let setting = lines.removeFirst()
        requests = lines.map { line in
            Request(
                source: line["src"]?.string ?? "", specs: line["specs"]?.strings ?? [],
                records: line["records"]?.strings,
                seconds: line["seconds"]?.seconds, problem: line["error"]?.string)
        }
        virtualPackages = (setting["virtual_packages"]?.array ?? []).compactMap { package in
            guard let words = package.strings, words.count == 3 else { return nil }
            return VirtualPackage(name: words[0], version: words[1], build: words[2])
        }
        var builder = ChannelBuilder()
        let channel = builder.channel("conda-forge")
        for subdir in ["linux-64", "noarch"] {
            let path = "\(setting["repodata"]?.string ?? "")/\(subdir)/repodata.json.zst"
            let document = try zstdDecompress(try TestData.bytes(path), subject: path, limit: 1 << 30)
            try builder.add(repodata: document, subdir: subdir, channel: channel)
        }
        builder.finish()
        table = builder.table
        fileNames = builder.fileNames
        rowOfFile = [:]
        for (row, file) in fileNames.enumerated() { rowOfFile[file] = row }
    }
}

extension JSON {
    fileprivate var seconds: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let text): Double(text)
        default: nil
        }
    }
}
