// SPDX-License-Identifier: BSD-3-Clause
import Failures

extension MatchSpecParser {
    /// Sets what the brackets say, over what stands before them (CEP 29: keys override, `name` is ignored).
    func apply(_ pairs: [MatchSpecBrackets.Pair], to spec: inout MatchSpec) throws(Failure) {
        guard !pairs.isEmpty else { return }
        var details = spec.details
        // The channel's value may name a subdir, which the key `subdir` overrides.
        if let channel = pairs.first(where: { $0.key == "channel" }) {
            try setChannel(try single(channel), of: &spec)
            details.channelCredentials = spec.details.channelCredentials
        }
        for pair in pairs {
            switch pair.key {
            case "channel", "name", "namespace": _ = try single(pair)
            case "subdir": spec.subdir = try subdir(pair)
            case "version": spec.version = try versionSpec(Array(try single(pair).utf8)[...])
            case "build", "build_string": spec.build = try matcher(pair)
            case "build_number":
                do throws(Failure) {
                    spec.buildNumber = try BuildNumberSpec(try single(pair))
                } catch {
                    throw failure("`build_number`: `\(error.subject)` is \(error.reason)")
                }
            default: try apply(pair, to: &details)
            }
        }
        spec.details = details
    }

    private func apply(_ pair: MatchSpecBrackets.Pair, to details: inout MatchSpec.Details) throws(Failure) {
        switch pair.key {
        case "fn", "filename": details.fileName = try matcher(pair)
        case "url": details.url = PackageURL(try single(pair))
        case "md5": details.md5 = try hexadecimal(pair, count: 32)
        case "sha256": details.sha256 = try hexadecimal(pair, count: 64)
        case "license": details.license = try matcher(pair, lowered: true)
        case "license_family": details.licenseFamily = try matcher(pair, lowered: true)
        case "track_features": details.trackFeatures = try words(pair)
        case "features": details.features = try words(pair)
        case "when":
            do throws(Failure) {
                details.when = try SpecCondition(try single(pair))
            } catch {
                throw failure("`when`: \(error.reason)", hint: error.hint)
            }
        case "extras": details.extras = try extras(pair)
        case "flags": details.flags = try flags(pair)
        default:
            throw failure("`\(pair.key)` is not a field that can be matched")
        }
    }

    /// The value of a key that takes one text.
    private func single(_ pair: MatchSpecBrackets.Pair) throws(Failure) -> String {
        guard !pair.isList, let value = pair.values.first else { throw failure("`\(pair.key)` does not take a list") }
        let trimmed = value.trimmingSpace
        guard !trimmed.isEmpty else { throw failure("`\(pair.key)` has no value") }
        return trimmed
    }

    private func matcher(_ pair: MatchSpecBrackets.Pair, lowered: Bool = false) throws(Failure) -> StringMatcher {
        let value = try single(pair)
        do throws(Failure) {
            return try StringMatcher(lowered && value.utf8.first != UInt8(ascii: "^") ? value.asciiLowered : value)
        } catch {
            throw failure("`\(pair.key)`: \(error.reason)")
        }
    }

    private func subdir(_ pair: MatchSpecBrackets.Pair) throws(Failure) -> StringMatcher? {
        let matcher = try matcher(pair, lowered: true)
        if matcher.isAny { return nil }
        if let text = matcher.exactText, !Subdir.isWellFormed(text) { throw failure("`\(text)` is not a platform") }
        return matcher
    }

    private func hexadecimal(_ pair: MatchSpecBrackets.Pair, count: Int) throws(Failure) -> String {
        let value = try single(pair).asciiLowered
        guard value.isHexadecimal(count: count) else {
            throw failure("`\(pair.key)` is not \(count) hexadecimal digits")
        }
        return value
    }

    /// Words between spaces or commas, each once, sorted.
    private func words(_ pair: MatchSpecBrackets.Pair) throws(Failure) -> [String] {
        let words = try single(pair).utf8.split { $0.isSpace || $0 == UInt8(ascii: ",") }
        return Set(words.map { String(decoding: $0, as: UTF8.self) }).sorted()
    }

    /// CEP 44: one group or a list of them.
    private func extras(_ pair: MatchSpecBrackets.Pair) throws(Failure) -> [String] {
        let groups = pair.isList ? pair.values.map(\.trimmingSpace) : [try single(pair)]
        for group in groups {
            let isGood = group.utf8.allSatisfy {
                $0.isDigit || ($0.isLetter && $0 == $0.lowered) || "_.+-".utf8.contains($0)
            }
            guard isGood, (1...64).contains(group.utf8.count) else {
                throw failure("`\(group)` is not the name of a dependency group")
            }
        }
        return groups
    }

    /// CEP 45: one flag or a list of them; `*` stands for anything, and one `:` may divide key and value.
    private func flags(_ pair: MatchSpecBrackets.Pair) throws(Failure) -> [StringMatcher] {
        let flags = pair.isList ? pair.values.map(\.trimmingSpace) : [try single(pair)]
        var matchers: [StringMatcher] = []
        for flag in flags {
            let halves = flag.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            let isGood = halves.allSatisfy { half in
                !half.isEmpty
                    && half.allSatisfy { $0.isDigit || ($0.isLetter && $0 == $0.lowered) || "_*".utf8.contains($0) }
            }
            guard isGood, halves.count <= 2 else { throw failure("`\(flag)` is not a flag") }
            matchers.append(try StringMatcher(flag))
        }
        return matchers
    }
}
