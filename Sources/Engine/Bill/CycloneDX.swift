// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
import Platform

extension BillOfMaterials {
    /// The document as CycloneDX 1.6 has it. Its serial number is made from its content, and it has no time but that
    /// of SOURCE_DATE_EPOCH, so that the same packages give the same bytes.
    package func cycloneDX(at seconds: Int64?) -> JSON {
        var metadata: [JSONMember] = []
        if let seconds { metadata.append(JSONMember("timestamp", .string(iso8601(seconds)))) }
        metadata += [
            JSONMember(
                "tools",
                ["components": [["type": "application", "name": "krait", "version": .string(ToolVersion.text)]]]),
            JSONMember("component", ["type": "application", "bom-ref": "environment", "name": "environment"]),
        ]
        return [
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX",
            "specVersion": "1.6", "serialNumber": .string("urn:uuid:\(identity)"), "version": 1,
            "metadata": .object(metadata), "components": .array(components.map(\.cycloneDX)), "dependencies": graph,
        ]
    }

    /// Who needs whom; the environment needs what no package does. An empty list says that there are none, so that a package
    /// of which nobody knows is left out.
    private var graph: JSON {
        let known = components.compactMap { one in one.needs.map { (one.reference, $0) } }
        return .array(([("environment", roots)] + known).map { ["ref": .string($0.0), "dependsOn": .strings($0.1)] })
    }

    /// A UUID (version 8) of everything the bill says.
    var identity: String {
        let content = JSON.array([.array(components.map(\.cycloneDX)), graph])
        let hex = sha256(of: content.serialized()).hex
        func part(_ start: Int, _ count: Int) -> Substring {
            hex[hex.index(hex.startIndex, offsetBy: start)...].prefix(count)
        }
        return "\(part(0, 8))-\(part(8, 4))-8\(part(13, 3))-8\(part(17, 3))-\(part(20, 12))"
    }
}

/// `2026-01-31T12:00:00Z`
func iso8601(_ seconds: Int64) -> String {
    let time = universalTime(seconds)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(time.year)-\(two(time.month))-\(two(time.day))T\(two(time.hour)):\(two(time.minute)):\(two(time.second))Z"
}

extension BillOfMaterials.Component {
    fileprivate var cycloneDX: JSON {
        var members: [JSONMember] = [
            JSONMember("type", "library"), JSONMember("bom-ref", .string(reference)),
            JSONMember("name", .string(name)), JSONMember("version", .string(version)),
        ]
        var hashes: [JSON] = []
        if let md5 { hashes.append(["alg": "MD5", "content": .string(md5.hex)]) }
        if let sha256 { hashes.append(["alg": "SHA-256", "content": .string(sha256.hex)]) }
        if !hashes.isEmpty { members.append(JSONMember("hashes", .array(hashes))) }
        if let license { members.append(JSONMember("licenses", [Self.choice(license)])) }
        members.append(JSONMember("purl", .string(reference)))
        if let url {
            members.append(JSONMember("externalReferences", [["type": "distribution", "url": .string(url)]]))
        }
        return .object(members)
    }

    private static func choice(_ license: String) -> JSON {
        guard let expression = LicenseExpression(license) else { return ["license": ["name": .string(license)]] }
        return expression.isIdentifier
            ? ["license": ["id": .string(expression.text)]] : ["expression": .string(expression.text)]
    }
}
