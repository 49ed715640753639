// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Solving

/// Reads what ``SolveTestCase`` writes.
struct TestCaseReplay {
    private(set) var request = SolveRequest()
    private(set) var table = CandidateTable()

    init(_ text: String) throws {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            switch fields[0] {
            case "channel": table.channels.append(Channel(baseURL: fields[2], name: fields[1]))
            case "channel-priority": request.channelPriority = ChannelPriority(rawValue: fields[1]) ?? .flexible
            case "virtual":
                request.virtualPackages.append(VirtualPackage(name: fields[1], version: fields[2], build: fields[3]))
            case "install": request.specs.append(try MatchSpec(fields[1]))
            case "update": request.update.append(try MatchSpec(fields[1]))
            case "remove": request.remove.append(try MatchSpec(fields[1]))
            case "keep": request.keep.append(try MatchSpec(fields[1]))
            case "pin": request.pins.append(try MatchSpec(fields[1]))
            case "disallow": request.disallowed.append(try MatchSpec(fields[1]))
            case "update-all": request.updateAll = true
            case "freeze-installed": request.freezeInstalled = true
            case "prune": request.prune = true
            case "add-pip": request.addPip = true
            case "no-deps": request.noDependencies = true
            case "only-deps": request.onlyDependencies = true
            case "force-reinstall": request.forceReinstall = true
            case "exclude-newer": request.excludeNewer = UInt64(fields[1])
            case "exclude-newer-package": request.excludeNewerPackages[fields[1]] = UInt64(fields[2])
            case "exclude-newer-channel": request.excludeNewerChannels[fields[1]] = UInt64(fields[2])
            case "installed": addInstalled(fields)
            case "record": addRecord(fields)
            case "": addDetail(fields)
            default: break
            }
        }
        for (index, row) in table.rows.enumerated() {
            table.names[row.name] = (table.names[row.name]?.lowerBound ?? index)..<index + 1
        }
    }

    private var lastIsInstalled: Bool { table.rows.isEmpty }

    private mutating func addInstalled(_ fields: [String]) {
        var record = PackageRecord(
            name: fields[1], version: fields[2], build: fields[3], buildNumber: UInt64(fields[4]) ?? 0,
            subdir: fields[5], fileName: "", url: "", channel: fields[6])
        record.noarch = Noarch(rawValue: UInt8(fields[7]) ?? 0) ?? .none
        record.timestamp = UInt64(fields[8])
        request.installed.append(record)
    }

    private mutating func addRecord(_ fields: [String]) {
        var row = Candidate()
        row.name = table.strings.intern(fields[1])
        row.version = table.strings.intern(fields[2])
        row.build = table.strings.intern(fields[3])
        row.buildNumber = UInt64(fields[4]) ?? 0
        row.subdir = table.strings.intern(fields[5])
        row.channel = UInt16(fields[6]) ?? 0
        row.noarch = Noarch(rawValue: UInt8(fields[7]) ?? 0) ?? .none
        row.timestamp = UInt64(fields[8]) ?? 0
        row.indexedTimestamp = UInt64(fields[9]) ?? 0
        let end = UInt32(table.lists.count)
        (row.depends, row.constrains, row.trackFeatures) = (end..<end, end..<end, end..<end)
        table.rows.append(row)
    }

    private mutating func addDetail(_ fields: [String]) {
        if lastIsInstalled {
            let last = request.installed.count - 1
            switch fields[1] {
            case "depends": request.installed[last].depends.append(fields[2])
            case "constrains": request.installed[last].constrains.append(fields[2])
            case "flags": request.installed[last].flags.append(fields[2])
            case "group", "extra": break
            default: request.installed[last].trackFeatures.append(fields[2])
            }
            return
        }
        if ["flags", "group", "extra"].contains(fields[1]) { return addAddition(fields) }
        let last = table.rows.count - 1
        table.lists.append(table.strings.intern(fields[2]))
        let end = UInt32(table.lists.count)
        // Each list ends where the next begins; empty ones follow along.
        switch fields[1] {
        case "depends":
            table.rows[last].depends = table.rows[last].depends.lowerBound..<end
            (table.rows[last].constrains, table.rows[last].trackFeatures) = (end..<end, end..<end)
        case "constrains":
            table.rows[last].constrains = table.rows[last].constrains.lowerBound..<end
            table.rows[last].trackFeatures = end..<end
        default: table.rows[last].trackFeatures = table.rows[last].trackFeatures.lowerBound..<end
        }
    }

    /// What only records of `v3` have; each line adds to what there is.
    private mutating func addAddition(_ fields: [String]) {
        let last = table.rows.count - 1
        var additions = table.additions(of: table.rows[last]) ?? CandidateAdditions()
        let text = table.strings.intern(fields[2])
        let end = UInt32(table.lists.count)
        switch fields[1] {
        case "flags": additions.flags.append(text)
        case "group": additions.groups.append((text, end..<end))
        default:
            table.lists.append(text)
            let group = additions.groups.count - 1
            additions.groups[group].depends = additions.groups[group].depends.lowerBound..<end + 1
        }
        table.rows[last].additions = table.keep(additions)
    }
}
