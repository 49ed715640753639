// SPDX-License-Identifier: BSD-3-Clause
import Platform
import Synchronization

/// How far a command is; written by whoever works, read by whoever draws, without locks.
package final class Progress: Sendable {
    /// What is being done.
    package enum Phase: Int, Sendable {
        case idle, index, solving, fetching, linking, compiling, packing, pushing, pip

        /// As it is shown.
        package var title: String {
            switch self {
            case .idle: ""
            case .index: "Reading channels"
            case .solving: "Solving"
            case .fetching: "Fetching"
            case .linking: "Linking"
            case .compiling: "Compiling"
            case .packing: "Packing"
            case .pushing: "Pushing"
            case .pip: "Running pip"
            }
        }
    }

    private let shown = Atomic<Bool>(false)
    private let phaseNumber = Atomic<Int>(0)
    private let doneBytes = Atomic<UInt64>(0)
    private let totalBytes = Atomic<UInt64>(0)
    private let donePackages = Atomic<Int>(0)
    private let totalPackages = Atomic<Int>(0)

    package init() {}

    package var phase: Phase { Phase(rawValue: phaseNumber.load(ordering: .sequentiallyConsistent)) ?? .idle }
    package var bytes: (done: UInt64, total: UInt64) {
        (doneBytes.load(ordering: .relaxed), totalBytes.load(ordering: .relaxed))
    }
    package var packages: (done: Int, total: Int) {
        (donePackages.load(ordering: .relaxed), totalPackages.load(ordering: .relaxed))
    }

    /// Notes whether a line of it is on the terminal; answers whether one was.
    package func show(_ isShown: Bool) -> Bool { shown.exchange(isShown, ordering: .sequentiallyConsistent) }

    /// The phase of a program that speaks for itself: what it says begins a line of its own.
    func giveWay(to phase: Phase) {
        begin(phase)
        while shown.load(ordering: .sequentiallyConsistent) { pause(nanoseconds: 10_000_000) }
    }

    /// A new phase with so much to do; counts start at zero.
    func begin(_ phase: Phase, packages: Int = 0, bytes: UInt64 = 0) {
        donePackages.store(0, ordering: .relaxed)
        totalPackages.store(packages, ordering: .relaxed)
        doneBytes.store(0, ordering: .relaxed)
        totalBytes.store(bytes, ordering: .relaxed)
        phaseNumber.store(phase.rawValue, ordering: .sequentiallyConsistent)
    }

    func advance(bytes: UInt64) { doneBytes.wrappingAdd(bytes, ordering: .relaxed) }

    /// So many pieces of work of so many are done; a count that comes late does not turn it back. Packages that arrive are
    /// linked while others are fetched: what is counted is the phase that is shown.
    func advance(_ phase: Phase, to done: Int, of total: Int) {
        guard phase == self.phase else { return }
        totalPackages.store(total, ordering: .relaxed)
        _ = donePackages.max(done, ordering: .relaxed)
    }

    func finishPackage() { donePackages.wrappingAdd(1, ordering: .relaxed) }
}
