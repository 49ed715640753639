// SPDX-License-Identifier: BSD-3-Clause

/// What several sources say of one key, joined by the rules of Rules §16.3; weakest source first.
func merged(_ entries: [SettingSource.Entry], kind: SettingKey.Kind) -> (value: SettingValue, origins: [SettingOrigin])?
{
    // A key marked final hides everything stronger.
    let cut = entries.firstIndex { $0.isFinal }.map { Array(entries[...$0]) } ?? entries
    guard let strongest = cut.last else { return nil }
    let origins = Array(cut.map(\.origin).reversed())
    switch kind {
    case .list, .paths, .records:
        return (.list(mergedItems(cut)), origins)
    case .map:
        return (.map(mergedMembers(cut)), origins)
    default:
        return (strongest.value, [strongest.origin])
    }
}

/// Stronger sources first, each item once; `top` items before all (the weakest source's first), `bottom` items last.
private func mergedItems(_ entries: [SettingSource.Entry]) -> [SettingValue] {
    let top = entries.flatMap(\.top)
    let bottom = entries.reversed().flatMap(\.bottom)
    let all = entries.reversed().flatMap(\.value.items)
    let front = unique(top + all)
    return unique(bottom.reversed() + front.reversed()).reversed()
}

private func unique(_ values: [SettingValue]) -> [SettingValue] {
    var result: [SettingValue] = []
    for value in values where !result.contains(value) { result.append(value) }
    return result
}

private func mergedMembers(_ entries: [SettingSource.Entry]) -> [SettingMember] {
    var result: [SettingMember] = []
    var final: Set<String> = []
    for entry in entries {
        for member in entry.value.map where !final.contains(member.key) {
            if let index = result.firstIndex(where: { $0.key == member.key }) {
                result[index].value = member.value
            } else {
                result.append(member)
            }
        }
        final.formUnion(entry.finalMembers)
    }
    return result
}
