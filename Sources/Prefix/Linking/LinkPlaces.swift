// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// Where something is made: a name or path that starts from an open directory.
struct Destination {
    var directory: DirectoryReference
    /// Valid as long as whoever made this says.
    var name: UnsafePointer<CChar>
    /// The path of ``directory`` in the prefix; empty for the prefix itself.
    var above = ""
}

/// What one thread needs to say where files go.
///
/// Nobody else can write to a new environment while it is built, so paths go from its root. In a living one whoever may
/// write to a directory can put a link in its place at any moment: there each directory is opened without leaving the
/// prefix, and what is made in it by name.
final class LinkPlaces {
    let scratch = PathBuffer()
    private let execution: LinkExecution
    /// The directories last opened; files of one come one after the other, and so do directories.
    private var recent: [(number: Int32, opened: LinkExecution.OpenDirectory)] = []

    init(_ execution: LinkExecution) {
        self.execution = execution
    }

    /// The directory of this number in the registry, which exists; nil where paths start from the root.
    func opened(_ number: Int32) throws(Failure) -> LinkExecution.OpenDirectory? {
        guard execution.taken == .refused, number != 0 else { return nil }
        if let known = recent.last(where: { $0.number == number }) { return known.opened }
        let opened = try open(execution.plan.registry.path(of: number))
        if recent.count == 2 { recent.removeFirst() }
        recent.append((number, opened))
        return opened
    }

    /// Calls `body` with the place of `path`, a file in a directory that exists.
    func at(_ path: String, _ body: (Destination) throws(Failure) -> Void) throws(Failure) {
        let above = Path.parent(path)
        let opened = execution.taken == .refused && !above.isEmpty ? try open(above) : nil
        let name = Array((opened == nil ? path : Path.name(path)).utf8CString)
        try name.withBuffer { (name) throws(Failure) in
            guard let name = name.baseAddress else { return }
            try body(
                Destination(
                    directory: opened?.descriptor.reference ?? execution.root, name: name,
                    above: opened == nil ? "" : above))
        }
    }

    private func open(_ path: String) throws(Failure) -> LinkExecution.OpenDirectory {
        do throws(Errno) {
            let options: OpenOptions = [.directory, .pathOnly]
            do throws(Errno) {
                return LinkExecution.OpenDirectory(
                    try SystemCall.openBeneath(path, options, at: execution.root, links: .followedBeneath))
            } catch {
                // A link that names the prefix from the root stays in it, too.
                var physical = PhysicalDirectories(at: execution.root, path: execution.plan.target.root)
                guard error == .crossDevice, let place = (try? physical.place(of: path)) ?? nil else { throw error }
                return LinkExecution.OpenDirectory(
                    try SystemCall.openBeneath(place.isEmpty ? "." : place, options, at: execution.root))
            }
        } catch {
            throw Failure(error, Path.join(execution.plan.target.root, path), "open the directory")
        }
    }
}
