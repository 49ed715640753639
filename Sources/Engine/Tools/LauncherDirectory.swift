// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// The directory that launchers are in, which other programs' files are in too.
final class LauncherDirectory {
    private let path: String
    private let directory: Descriptor

    /// Opens it, and makes it where it is missing.
    init(_ places: ToolPlaces) throws(Failure) {
        path = places.programs
        directory = try UserDirectory.open(path, mode: 0o755)
    }

    /// Puts a launcher in its place at one instant; whoever starts it gets the old or the new one.
    func write(_ name: String, _ bytes: [UInt8]) throws(Failure) {
        let draft = temporaryName()
        var beneath = Beneath(directory.reference)
        do throws(Failure) {
            try beneath.writeNewFile(draft, bytes, mode: 0o755)
            do throws(Errno) {
                // Not over what somebody else has put there in the meantime.
                let isOwn = ToolLauncher(at: name, in: directory.reference) != nil
                if isOwn {
                    try beneath.rename(from: draft, to: name)
                } else {
                    try beneath.link(from: draft, to: name)
                    try beneath.unlink(draft)
                }
            } catch {
                throw Failure(error, Path.join(path, name), "write")
            }
        } catch {
            try? beneath.unlink(draft)
            throw error
        }
    }

    /// Removes a launcher of the tool in `slot`; what else has the name stays.
    func remove(_ name: String, of slot: EnvironmentSlot) {
        guard let launcher = ToolLauncher(at: name, in: directory.reference),
            launcher.prefix.hasPrefix(slot.directory + "/")
        else { return }
        var beneath = Beneath(directory.reference)
        try? beneath.unlink(name)
    }
}
