// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Platform

/// What linking writes anew rather than links: entry points, and files that hold the prefix.
struct LinkedContents: Sendable {
    private let plan: LinkPlan
    /// The prefix that was written into the files.
    private let prefix: [UInt8]
    private let interpreter: [UInt8]

    /// The files of `plan`'s packages as they are in an environment at `prefix`.
    init(_ plan: LinkPlan, prefix: String) {
        self.plan = plan
        self.prefix = Array(prefix.utf8)
        interpreter = Array("\(prefix)/\(plan.python?.executable ?? "")".utf8)
    }

    /// Whether the file at `path` is what linking `claim` writes; false also for what is linked as it is.
    func stands(_ claim: PathRegistry.Claim, at path: String, _ root: DirectoryReference) -> Bool {
        guard plan.exceptions[claim] == nil,
            let found = try? FileSystem.status(path, followLinks: false, at: root), found.kind == .regular,
            let wanted = try? bytes(of: claim)
        else { return false }
        return found.size == UInt64(wanted.count) && (try? readFile(path, at: root)) == wanted
    }

    /// The bytes that linking `claim` writes; nil for what is linked as it is.
    func bytes(of claim: PathRegistry.Claim) throws(Failure) -> [UInt8]? {
        let package = plan.package(of: claim)
        let manifest = package.manifest
        guard claim.entry >= 0 else {
            return EntryPointScript.bytes(
                manifest.entryPoints[Int(-1 - claim.entry)], interpreter: interpreter, platform: plan.target.platform)
        }
        let entry = manifest.entries[Int(claim.entry)]
        guard let placeholder = manifest.placeholder(of: entry), !placeholder.offsets.isEmpty else { return nil }
        let path = manifest.path(of: entry)
        guard var bytes = try readFileIfPresent("\(package.source)/\(path)") else {
            throw DamagedSource.loss(package, path)
        }
        guard UInt64(bytes.count) == entry.size,
            PlaceholderReplacement.apply(
                placeholder, of: manifest, to: &bytes, prefix: prefix, platform: plan.target.platform)
        else { throw DamagedSource.failure(package, path) }
        return bytes
    }
}
