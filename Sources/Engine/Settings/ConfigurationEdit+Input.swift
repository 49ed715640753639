// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Configuration
package import Failures

extension ConfigurationEdit {
    /// What a YAML text like that of an rc file asks for; keys that krait does not know are passed over.
    ///
    /// - Throws: `Failure(.parse)` for text that is not a YAML mapping.
    package static func actions(of text: [UInt8]) throws(Failure) -> [(Action, SettingKey, name: String)] {
        let subject = "standard input"
        let root = try YAML.parse(text, subject: subject)
        if root.isNull { return [] }
        guard let pairs = root.mapping else {
            throw Failure(.parse, "\(subject):\(root.line)", "is not a list of `key: value` lines")
        }
        var actions: [(Action, SettingKey, name: String)] = []
        for pair in pairs {
            guard let name = pair.key.text, let key = SettingKey.named(name) else { continue }
            if let items = pair.value.sequence {
                actions.append((.set(items.compactMap(\.text)), key, name))
            } else if let members = pair.value.mapping {
                for member in members {
                    guard let part = member.key.text, let value = member.value.text else { continue }
                    actions.append((.setMember(part, value), key, name))
                }
            } else if let value = pair.value.text {
                actions.append((.set([value]), key, name))
            }
        }
        return actions
    }
}
