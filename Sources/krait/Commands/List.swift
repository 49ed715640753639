// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Engine
import Failures

extension Option {
    fileprivate static let fullName = Flag("full-name", letter: "f", "the pattern is a whole name")
    fileprivate static let explicit = Flag("explicit", "URLs of archives, to be installed without solving")
    fileprivate static let canonical = Flag("canonical", letter: "c", "channel/subdir::name-version-build")
    fileprivate static let specs = Flag("export", letter: "e", "name=version=build")
    fileprivate static let revisions = Flag("revisions", "what was done, revision by revision")
    fileprivate static let reverse = Flag("reverse", "sort by name in reverse order")
    fileprivate static let withoutPip = Flag("no-pip", "without what pip installed")
    fileprivate static let fields = ListOption(
        "fields", takes: "NAMES", hasCommas: true, "the columns of the table, by conda's names: name,version,url")
}

extension Verb {
    static let list = Verb(
        ["list"], "Show the packages of an environment", operands: "[REGEX]",
        options: Option.target + [
            .fullName, .explicit, .md5, .sha256, .canonical, .specs, .revisions, .reverse, .withoutPip, .fields, .size,
        ] + Option.listOfOthers,
        examples: ["krait list -n science", "krait list -n science '^py'", "krait list -n science --revisions"]
    ) { (session, invocation) throws(Failure) in
        if invocation[.md5], invocation[.sha256] {
            throw Failure(
                .usage, "--md5", "cannot be combined with --sha256", hint: "give one of them", cause: ArgumentMistake())
        }
        let settings = try session.settings(invocation)
        let prefix = try session.targetPrefix(invocation, settings)
        if let pending = EnvironmentRecovery.notice(prefix), !session.console.isJSON { session.console.warn(pending) }
        if invocation[.revisions] { return try listRevisions(prefix, settings.rootPrefix, session) }
        var options = Listing.Options()
        options.pattern = invocation.operands.first
        options.isFullName = invocation[.fullName]
        let isPlain = !invocation[.explicit] && !invocation[.canonical] && !invocation[.specs]
        options.includesPip = !invocation[.withoutPip] && isPlain
        let listing = try Listing(prefix: prefix, root: settings.rootPrefix, options: options)
        let packages = invocation[.reverse] ? listing.packages.reversed() : listing.packages
        if let pattern = options.pattern, packages.isEmpty, session.dialect == .conda, !invocation[.explicit] {
            // conda 26.7, main_list.py: scripts ask so whether something is there.
            let isName = options.isFullName
            throw Failure(
                .usage, pattern, "no package of the environment matches",
                cause: isName ? NotInstalled(prefix: prefix, packages: [pattern], isUpdate: true) : nil)
        }
        let console = session.console
        // The environment's own file may name channels.
        let names = session.channelNames(try session.settings(invocation, prefix: prefix))
        let table = session.dialect.table
        // conda tells of the platform also where nothing is for one.
        var platform = listing.platform
        if platform == nil, session.dialect == .conda {
            platform = try session.context(invocation, prefix: prefix).targetPlatform().name
        }
        if invocation[.explicit] {
            let (text, missing) = listing.explicit(
                md5: invocation[.md5], sha256: invocation[.sha256], platform: platform)
            for distribution in missing { console.warn("no URL is known for \(distribution); it is left out") }
            if console.isJSON {
                try console.data(.strings(text.split(separator: "\n").map { String($0) }.filter { !$0.hasPrefix("#") }))
            } else {
                try console.data(table.explicit(text, prefix))
            }
        } else if !isPlain, !console.isJSON || session.dialect == .krait {
            let lines = packages.map { record in
                if invocation[.specs] { return record.exportedSpec }
                return session.dialect == .krait
                    ? record.canonical : "\(names.name(of: record))/\(record.subdir)::\(record.distribution)"
            }
            if console.isJSON {
                try console.data(.strings(lines))
            } else {
                let head = table.linesHead(prefix, invocation[.specs] ? platform ?? "" : nil)
                try console.data(head + lines.map { $0 + "\n" }.joined())
            }
        } else {
            try tell(listing, packages, PackageColumns(prefix: prefix, names: names), session, invocation)
        }
        return 0
    }

    /// The table, or the document.
    private static func tell(
        _ listing: Listing, _ packages: [PackageRecord], _ plain: PackageColumns, _ session: Session,
        _ invocation: Invocation
    ) throws(Failure) {
        let settings = try session.settings(invocation)
        let isSized = invocation[.size]
        var columns = plain
        columns.add(invocation[.fields])
        if columns.fields.isEmpty, !session.dialect.isMamba { columns.add(settings[.listFields]) }
        let isUsual = columns.fields.isEmpty && !isSized
        if columns.fields.isEmpty { columns.add(PackageColumns.usual) }
        if isSized { columns.add(["size"]) }
        try columns.check()
        if columns.fields.contains("size") {
            columns.sizes = try InstalledSizes(columns.prefix, root: settings.rootPrefix)
        }
        columns.listing = listing
        if session.console.isJSON {
            // micromamba has no sizes.
            let table = (isSized && session.dialect.isMamba ? .krait : session.dialect).table
            let document = table.packagesDocument(packages, columns.names)
            try session.console.data(isSized ? columns.weighed(document) : document)
        } else if isUsual {
            try session.console.data(session.dialect.table.packages(packages, columns.prefix, columns.names))
        } else {
            try session.console.data(columns.text(packages, isSized: isSized))
        }
    }

    private static func listRevisions(
        _ prefix: String, _ root: String?, _ session: Session
    ) throws(Failure) -> Int32 {
        let revisions = try RevisionList(prefix: prefix, root: root).revisions
        let text = RevisionText(isCondas: session.dialect == .conda)
        if session.console.isJSON {
            try session.console.data(.array(revisions.map(text.json)))
        } else {
            try session.console.data(revisions.map(text.text).joined())
        }
        return 0
    }
}

extension PackageRecord {
    /// `channel/subdir::name-version-build`, as the history has it.
    fileprivate var canonical: String {
        let name = channel.split(separator: "/").last.map { String($0) } ?? channel
        return "\(name)/\(subdir)::\(distribution)"
    }
}
