// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
import Platform

extension BillOfMaterials {
    /// The document as SPDX 2.3 has it. It has to have a time: SOURCE_DATE_EPOCH where that is set, else now.
    package func spdx(at seconds: Int64?) -> JSON {
        var licenses = SPDXLicenses()
        var names = ["environment": "SPDXRef-environment"]
        for (index, component) in components.enumerated() {
            names[component.reference] = "SPDXRef-\(index + 1)-\(LicenseExpression.referenceName(component.name))"
        }
        func id(_ reference: String) -> JSON { .string(names[reference] ?? "NOASSERTION") }
        func relation(_ from: JSON, _ type: JSON, _ to: JSON) -> JSON {
            ["spdxElementId": from, "relationshipType": type, "relatedSpdxElement": to]
        }
        var packages: [JSON] = [
            [
                "SPDXID": id("environment"), "name": "environment", "downloadLocation": "NOASSERTION",
                "filesAnalyzed": false, "copyrightText": "NOASSERTION", "licenseConcluded": "NOASSERTION",
                "licenseDeclared": "NOASSERTION",
            ]
        ]
        var relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", id("environment"))]
        for component in components {
            packages.append(component.spdx(id(component.reference), licenses.declared(component.license)))
            relations.append(relation(id("environment"), "CONTAINS", id(component.reference)))
        }
        for (reference, needs) in [("environment", roots)] + components.map({ ($0.reference, $0.needs ?? []) }) {
            relations += needs.map { relation(id(reference), "DEPENDS_ON", id($0)) }
        }
        return [
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "environment",
            "documentNamespace": .string("https://spdx.org/spdxdocs/environment-\(identity)"),
            "creationInfo": [
                "created": .string(iso8601(seconds ?? wallClockSeconds())),
                "creators": [.string("Tool: krait-\(ToolVersion.text)")],
            ],
            "packages": .array(packages), "hasExtractedLicensingInfos": .array(licenses.extracted),
            "relationships": .array(relations),
        ]
    }
}

/// Licences that the list of SPDX does not have, in the words of the packages.
private struct SPDXLicenses {
    private var texts: [String: String] = [:]

    /// The expression that an element carries for `license`.
    mutating func declared(_ license: String?) -> String {
        guard let license else { return "NOASSERTION" }
        if let expression = LicenseExpression(license), !expression.needsText {
            for reference in expression.references where texts[reference] == nil { texts[reference] = reference }
            return expression.text
        }
        let base = "LicenseRef-" + LicenseExpression.referenceName(license)
        // Two texts may differ in signs only.
        var name = base
        var number = 2
        while let known = texts[name], known != license {
            name = "\(base)-\(number)"
            number += 1
        }
        texts[name] = license
        return name
    }

    var extracted: [JSON] {
        texts.sorted { $0.key < $1.key }.map {
            ["licenseId": .string($0.key), "name": .string($0.value), "extractedText": .string($0.value)]
        }
    }
}

extension BillOfMaterials.Component {
    fileprivate func spdx(_ id: JSON, _ license: String) -> JSON {
        var checksums: [JSON] = []
        if let md5 { checksums.append(["algorithm": "MD5", "checksumValue": .string(md5.hex)]) }
        if let sha256 { checksums.append(["algorithm": "SHA256", "checksumValue": .string(sha256.hex)]) }
        var members: [JSONMember] = [
            JSONMember("SPDXID", id), JSONMember("name", .string(name)), JSONMember("versionInfo", .string(version)),
            JSONMember("downloadLocation", .string(url.flatMap(Self.location) ?? "NOASSERTION")),
            JSONMember("filesAnalyzed", false), JSONMember("copyrightText", "NOASSERTION"),
            JSONMember("licenseConcluded", "NOASSERTION"), JSONMember("licenseDeclared", .string(license)),
            JSONMember(
                "externalRefs",
                [
                    [
                        "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                        "referenceLocator": .string(reference),
                    ]
                ]),
        ]
        if !checksums.isEmpty { members.append(JSONMember("checksums", .array(checksums))) }
        return .object(members)
    }

    /// `url` where it is what SPDX takes for a place: it says where all the world finds an archive, so that its host has
    /// a name with a domain (annex on the download location; what spdx-tools lets pass).
    private static func location(_ url: String) -> String? {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        let scheme = url[..<colon].split(separator: "+")
        let plain = scheme.last.map(String.init) ?? ""
        let isCheckout = scheme.count == 2
        guard ["http", "https", "ssh", "git", "svn", "sftp", "ftp"].contains(plain),
            scheme.count == 1 || isCheckout && ["git", "hg", "svn", "bzr"].contains(scheme[0])
        else { return nil }
        let authority = url[url.index(colon, offsetBy: 3)...].prefix { $0 != "/" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let labels = host.prefix { $0 != ":" }.split(separator: ".", omittingEmptySubsequences: false)
        func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
        let areNames = labels.allSatisfy { label in
            let words = label.split(separator: "-", omittingEmptySubsequences: false)
            return words.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { isLetter($0) || $0 &- 0x30 < 10 } }
        }
        guard labels.count > 1, areNames, let last = labels.last, last.utf8.allSatisfy(isLetter), last.utf8.count > 1,
            !isCheckout || last.utf8.count < 6
        else { return nil }
        return url
    }
}
