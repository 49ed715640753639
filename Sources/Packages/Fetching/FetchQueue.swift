// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// Which package a worker takes next, and which transfers are begun ahead of the workers.
///
/// Large packages begin first, for the last of them decides when all are done; but one worker is always left to the
/// small ones, so that those do not wait behind them. Of the opened small ones a ready one is preferred.
struct FetchQueue: Sendable {
    struct Opened: Sendable {
        let index: Int
        let source: PackageSource
        let isLarge: Bool
    }

    /// Larger than what a pipe holds: such a transfer only goes on while a worker reads it.
    static let largeSize: UInt64 = 1 << 20

    /// Larger than this an archive may need a window of megabytes while it is unpacked.
    static let heavySize: UInt64 = 384 << 10

    /// What a pipe of a transfer holds at most.
    static let pipeSize: UInt64 = 256 << 10

    /// Heavy packages that are unpacked at one time while there are others.
    private static let heavyAtOnce = 4

    /// Indices not yet opened, the next one last.
    private var large: [Int] = []
    private var small: [Int] = []
    private var openedLarge: [Opened] = []
    private var openedSmall: [Opened] = []
    private(set) var running: [Opened] = []
    private let workers: Int
    private let sizes: [UInt64]
    private let ahead: Int
    /// Bytes that the opened small ones may hold in all.
    private let aheadBytes: UInt64
    /// Transfers that somebody is beginning just now.
    private var opening = 0
    var failure: Failure?

    /// What a worker should do now.
    enum Step: Sendable {
        case open(index: Int, isLarge: Bool)
        case unpack(Opened)
        case stop
    }

    init(sizes: [UInt64], workers: Int, ahead: Int, aheadBytes: UInt64 = 0) {
        self.workers = workers
        self.sizes = sizes
        self.aheadBytes = aheadBytes
        self.ahead = ahead
        for index in sizes.indices.sorted(by: { (sizes[$0], $1) < (sizes[$1], $0) }) {
            if sizes[index] > Self.largeSize { large.append(index) } else { small.append(index) }
        }
    }

    /// What a free worker does next; nil when it has to wait for others.
    mutating func nextStep() -> Step? {
        if failure != nil { return .stop }
        if let next = nextToOpen() {
            opening += 1
            return .open(index: next.index, isLarge: next.isLarge)
        }
        if let taken = take() { return .unpack(taken) }
        let isDrained = large.isEmpty && small.isEmpty && openedLarge.isEmpty && openedSmall.isEmpty
        return isDrained && opening == 0 ? .stop : nil
    }

    /// The next package whose transfer should begin now; nil when enough have.
    private mutating func nextToOpen() -> (index: Int, isLarge: Bool)? {
        if openedLarge.count < 2, let index = large.popLast() { return (index, true) }
        guard let index = small.last, openedSmall.count + opening < ahead || hasRoom(for: index) else { return nil }
        small.removeLast()
        return (index, false)
    }

    /// Whether one more small transfer keeps within what all of them may hold.
    private func hasRoom(for index: Int) -> Bool {
        var bytes: UInt64 = 0
        var told: UInt64 = 0
        var untold: UInt64 = 0
        for opened in openedSmall {
            if let held = opened.source.held ?? Self.held(sizes[opened.index]) {
                bytes += held
                told += 1
            } else {
                untold += 1
            }
        }
        // What no lock and no head tells yet will be like the others.
        let usual = told < 8 ? Self.pipeSize / 2 : bytes / told
        let next = Self.held(sizes[index]) ?? usual
        return bytes + untold * usual + next * UInt64(1 + opening) <= aheadBytes
    }

    /// The bytes that the transfer of an archive of `size` bytes holds at most until somebody reads it; nil when the size
    /// is not known.
    private static func held(_ size: UInt64) -> UInt64? { size == 0 ? nil : min(size, pipeSize) }

    /// Keeps a transfer that has begun; false when everything was stopped in the meantime.
    mutating func add(_ opened: Opened) -> Bool {
        opening -= 1
        guard failure == nil else { return false }
        if opened.isLarge { openedLarge.append(opened) } else { openedSmall.append(opened) }
        return true
    }

    /// The package a free worker should unpack; nil when none is opened.
    private mutating func take() -> Opened? {
        // Nothing is opened any more before one of these is taken, unless somebody is at it.
        let isRestHeavy = (small.isEmpty || opening == 0) && openedSmall.allSatisfy(isHeavy)
        // There is one worker more than processors, who has little to gain from one more window of memory.
        let most = isRestHeavy ? max(2, workers - 1) : min(max(1, workers - 1), Self.heavyAtOnce)
        let room = running.count(where: isHeavy) < most
        var taken: Opened?
        if room, !openedLarge.isEmpty {
            taken = openedLarge.removeFirst()
        } else if !openedSmall.isEmpty {
            let fits = openedSmall.indices.filter { room || !isHeavy(openedSmall[$0]) }
            let place = fits.first { openedSmall[$0].source.isReady } ?? fits.first
            taken = place.map { openedSmall.remove(at: $0) }
        }
        if let taken { running.append(taken) }
        return taken
    }

    /// Where a lock tells no sizes, the head of the answer does.
    private func isHeavy(_ opened: Opened) -> Bool {
        max(sizes[opened.index], opened.source.total ?? 0) > Self.heavySize
    }

    mutating func finish(_ index: Int) { running.removeAll { $0.index == index } }

    /// Notes why everything stops, and answers what has to be cancelled.
    mutating func fail(_ reason: Failure) -> [PackageSource] {
        // What others report after we have stopped them is not the reason.
        if failure == nil { failure = reason }
        let sources = (openedLarge + openedSmall + running).map(\.source)
        openedLarge = []
        openedSmall = []
        large = []
        small = []
        return sources
    }
}
