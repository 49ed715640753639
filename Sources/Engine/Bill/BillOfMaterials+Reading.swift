// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Manifests
import Packages
import Prefix

extension BillOfMaterials {
    /// Of the environment at `prefix`.
    ///
    /// - Throws: `Failure(.usage)` when there is none.
    package init(prefix: String, context: Context) throws(Failure) {
        let state = try PrefixState.existing(prefix)
        let pip = try PipPackage.survey(state)
        self.init(
            try state.heads().map(\.record).filter { pip.replacing[$0.name] == nil },
            pip: pip.packages.map(\.asRequirement))
    }

    /// Of what the lock that `request` names holds for the chosen platform. What locks leave out, licences above all, is
    /// taken from the unpacked packages in the cache.
    ///
    /// - Throws: `Failure(.usage)` for a file that is not a lock.
    package init(lock request: ChangeRequest, context: Context) throws(Failure) {
        let locked = try context.locked(request)
        let (records, missing) = context.completed(locked.packages.map(\.record))
        let bare = locked.hasDependencies ? [] : Set(missing.map(\.name))
        let lacking = max(missing.filter { $0.license == nil }.count, bare.count)
        let what = bare.isEmpty ? "licence" : "licence and dependencies"
        let warning =
            "\(what) of \(lacking) of \(records.count) packages \(bare.isEmpty ? "is" : "are") not known: the lock does not "
            + "say, and they are not in the package cache"
        self.init(records, pip: locked.requirements, bare: bare, warnings: lacking > 0 ? [warning] : [])
    }
}

extension Context {
    /// The packages of the lock that `request` names.
    func locked(_ request: ChangeRequest) throws(Failure) -> Inputs.LockedInput {
        let inputs = try Inputs(request, platform: try targetPlatform(), context: self)
        if let locked = inputs.locked { return locked }
        let file = request.files.first ?? ""
        throw Failure(
            .usage, file, "is not a lock: it does not list the resulting packages",
            hint: "make one with `krait lock -f \(file)`")
    }

    /// The records as an installation would write them, and those of packages that are not in the cache.
    func completed(_ records: [PackageRecord]) -> (records: [PackageRecord], missing: [PackageRecord]) {
        var missing: [PackageRecord] = []
        let found = zip(records, packageCache.lookup(records)).map { record, entry in
            if let entry { return entry.completing(record) }
            missing.append(record)
            return record
        }
        return (found, missing)
    }
}

extension PipPackage {
    /// As a lock would name it, or by name and version alone.
    fileprivate var asRequirement: LockedRequirement {
        locked ?? LockedRequirement(name: normalizedName, version: version, location: "")
    }
}
