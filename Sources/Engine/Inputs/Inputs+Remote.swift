// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Locations
import Manifests

extension Inputs {
    /// Refuses what a file of the web says of this machine, or without TLS where it came with it: whoever wrote it
    /// chooses channels, and archives and indexes of the web, but none of the user's files, projects and variables.
    ///
    /// - Parameter known: what was there before the file was read.
    func requireRemote(after known: Inputs, in file: String) throws(Failure) {
        let origin = file.urlScheme
        let newSpecs = specs.dropFirst(known.specs.count)
        // A channel of this machine is one as any other.
        let channels = channels.dropFirst(known.channels.count) + newSpecs.compactMap { $0.channel?.exactText }
        var wrong = channels.filter {
            $0.hasURLScheme && $0.urlScheme != "file" && !String.mayLead(from: origin, to: $0.urlScheme)
        }
        wrong += newSpecs.compactMap { $0.details.url?.text }.filter {
            !String.mayLead(from: origin, to: $0.urlScheme)
        }
        wrong += (locked?.packages ?? []).dropFirst(known.locked?.packages.count ?? 0).map(\.record.url)
            .filter { !String.mayLead(from: origin, to: $0.urlScheme) }
        wrong += (locked?.requirements ?? []).dropFirst(known.locked?.requirements.count ?? 0).map(\.location)
            .filter { !$0.isEmpty && (!$0.hasURLScheme || Self.isLocal($0)) }
        wrong += (locked?.indexes ?? []).dropFirst(known.locked?.indexes.count ?? 0).filter(Self.isLocal)
        wrong += pip.dropFirst(known.pip.count).flatMap(\.requirements).map(\.text).filter(Self.isOfThisMachine)
        guard let first = wrong.first else { return }
        throw Failure(
            .usage, file.maskingSecrets, "names `\(first.maskingSecrets)`, which a file of the web may not",
            hint: "read it, and give it as a file of this machine")
    }

    /// Whether a line for pip has a path, or a variable, whose value would be sent where the line says.
    private static func isOfThisMachine(_ text: String) -> Bool {
        let line = PipRequirementLine(text)
        if line.text.holds("${") || !line.localReferences.isEmpty { return true }
        var places = line.options.filter { $0.name != "--hash" }.compactMap(\.value)
        switch line.kind {
        case .url(let place), .repository(let place), .path(let place): places.append(place)
        default: break
        }
        return places.contains(where: isLocal)
    }

    private static func isLocal(_ place: String) -> Bool {
        let text = place.lowercased()
        return text.hasPrefix("file:") || text.holds("+file:") || ChannelConfiguration.isPath(place)
    }
}
