// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine

/// What an environment weighs, as one page and for programs.
enum SizesPage {
    /// The most rectangles of a picture; what is smaller is together in the last one.
    private static let limit = 60

    static func html(_ sizes: EnvironmentSizes) -> String {
        let total = sizes.total
        var body = "<p>\(Units.count(sizes.packages.count, "package")), \(weight(total)). "
        let uncompiled = sizes.packages.filter { $0.uncompiled.files > 0 }
        let count = uncompiled.reduce(0) { $0 + $1.uncompiled.files }
        body +=
            count == 0 ? "Every python file is compiled.</p>" : "\(Units.count(count, "python file")) not compiled.</p>"
        body += "\n<h2>By package</h2>\n" + map(sizes.packages.map(\.part), "bytes by package")
        body += "\n<h2>By directory</h2>\n" + map(sizes.directories, "bytes by directory")
        body += "\n<h2>What leaving files out would save</h2>\n"
        body += HTMLText.table(
            ["krait create --exclude …", "files", "size", "share"],
            sizes.savings.map { [$0.rule, "\($0.files)", Units.bytes($0.bytes), share($0.bytes, total)] })
        body += "\n<h2>Packages</h2>\n"
        body += HTMLText.table(
            ["package", "version", "licence", "files", "not compiled", "size", "share"], texts: 3,
            sizes.packages.map {
                [
                    $0.part.name, $0.version, $0.license, "\($0.part.files)", "\($0.uncompiled.files)",
                    Units.bytes($0.part.bytes), share($0.part.bytes, total),
                ]
            })
        body += "\n<h2>Licences</h2>\n"
        body += HTMLText.table(
            ["licence", "packages", "size"],
            sizes.licenses.map { [$0.name.isEmpty ? "not stated" : $0.name, "\($0.files)", Units.bytes($0.bytes)] })
        return HTMLText.page(sizes.prefix, body)
    }

    private static func map(_ parts: [EnvironmentSizes.Part], _ label: String) -> String {
        var shown = parts.filter { $0.bytes > 0 }
        if shown.count > limit {
            var rest = EnvironmentSizes.Part(name: "\(shown.count - limit + 1) others")
            for part in shown[(limit - 1)...] {
                rest.files += part.files
                rest.bytes += part.bytes
            }
            let kept = shown.prefix(limit - 1)
            let place = kept.firstIndex { $0.bytes < rest.bytes } ?? kept.count
            shown = kept[..<place] + [rest] + kept[place...]
        }
        return TreeMap.svg(
            shown.map { ($0.name.isEmpty ? "." : $0.name, $0.bytes, weight($0)) }, label: label)
    }

    private static func weight(_ part: EnvironmentSizes.Part) -> String {
        "\(Units.bytes(part.bytes)) in \(Units.count(part.files, "file"))"
    }

    private static func share(_ bytes: UInt64, _ total: EnvironmentSizes.Part) -> String {
        let tenths = bytes.multipliedReportingOverflow(by: 1000).partialValue / max(total.bytes, 1)
        return "\(tenths / 10).\(tenths % 10) %"
    }

    static func json(_ sizes: EnvironmentSizes) -> JSON {
        func part(_ part: EnvironmentSizes.Part, count: String = "files") -> [JSONMember] {
            [
                JSONMember("name", .string(part.name)), JSONMember(count, .integer(Int64(part.files))),
                JSONMember("size", .unsigned(part.bytes)),
            ]
        }
        let packages = sizes.packages.map { package in
            JSON.object(
                part(package.part) + [
                    JSONMember("version", .string(package.version)), JSONMember("license", .string(package.license)),
                    JSONMember("not_compiled", .integer(Int64(package.uncompiled.files))),
                    JSONMember("not_compiled_size", .unsigned(package.uncompiled.bytes)),
                ])
        }
        return .object([
            JSONMember("success", true), JSONMember("prefix", .string(sizes.prefix)),
            JSONMember("files", .integer(Int64(sizes.total.files))), JSONMember("size", .unsigned(sizes.total.bytes)),
            JSONMember("packages", .array(packages)),
            JSONMember("directories", .array(sizes.directories.map { .object(part($0)) })),
            JSONMember("licenses", .array(sizes.licenses.map { .object(part($0, count: "packages")) })),
            JSONMember("savings", ChangeJSON.leftOut(sizes.savings)),
        ])
    }
}
