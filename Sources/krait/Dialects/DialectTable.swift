// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Failures

/// What one dialect prints where programs read it: one value for each dialect, nothing else in the tool asks which it is.
struct DialectTable: Sendable {
    /// The version as `--version` prints it.
    var version: String
    /// Spaces a level in JSON documents.
    var jsonIndent: Int
    /// The exit code of a failure; of words on the command line that are not understood, of everything else.
    var exitCode: @Sendable (_ failure: Failure, _ isCommandLine: Bool) -> Int32
    var failureText: @Sendable (_ failure: Failure, _ isCommandLine: Bool) -> String
    var failureDocument: @Sendable (Failure) -> JSON

    var information: @Sendable (Information) -> String
    var informationDocument: @Sendable (Information) -> JSON
    /// `info --base`.
    var base: @Sendable (String) -> String
    var baseDocument: @Sendable (String) -> JSON

    var environments: @Sendable ([EnvironmentList.Environment]) -> String
    var environmentsDocument: @Sendable ([EnvironmentList.Environment]) -> JSON

    /// `list`.
    var packages: @Sendable (_ packages: [PackageRecord], _ prefix: String, _ names: ChannelNames) -> String
    var packagesDocument: @Sendable (_ packages: [PackageRecord], _ names: ChannelNames) -> JSON
    /// What stands before the lines of `list --canonical`, or of `list --export`, given the platform of that.
    var linesHead: @Sendable (_ prefix: String, _ platform: String?) -> String
    /// `list --explicit`: what stands before the lines with URLs, given krait's own text.
    var explicit: @Sendable (_ text: String, _ prefix: String) -> String

    /// `search`.
    var found: @Sendable (_ packages: [PackageRecord], _ names: ChannelNames) -> String
    /// `search --info`.
    var details: @Sendable (_ packages: [PackageRecord]) -> String
    var foundDocument: @Sendable (_ question: PackageQuery, _ answer: PackageAnswer, _ names: ChannelNames) -> JSON
    /// `repoquery depends` and `whoneeds` as a table; nil for krait's own.
    var steps: (@Sendable (_ question: PackageQuery, _ answer: PackageAnswer, _ names: ChannelNames) -> String)?
    var tree: @Sendable (_ question: PackageQuery, _ answer: PackageAnswer, _ names: ChannelNames) -> String
    var answerDocument: @Sendable (_ question: PackageQuery, _ answer: PackageAnswer, _ names: ChannelNames) -> JSON
    /// Whether `whoneeds` answers with every record, not the newest of each name.
    var tellsEveryRecord = false

    /// Whether `create -y -p DIR` takes a directory that holds something else.
    var createsAmongFiles = false

    /// Whether `-p WORD` is always a directory; else a bare word is the name of an environment, as with micromamba.
    var takesWordsForPaths = false
    /// Whether `base` is meant where no environment is named or active, also when there is no base yet.
    var takesAbsentBase = true
    /// Whether the root prefix is to have the scripts of ``RootScripts``.
    var keepsRootScripts = false

    /// The package that the tool itself is updated by, in base. This tool is none: such an update is none of it.
    var ownPackage: String?

    /// Whether `remove --all` leaves the environment, with nothing in it.
    var keepsEmptied = false

    /// Whether `remove` goes on without what is not installed.
    var passesOverAbsent = false

    /// Whether asking for, setting or removing an unknown setting is a warning and not a failure.
    var passesOverUnknownSettings = false

    /// Whether exported documents name an environment that has none by its path, else by nothing; nil where the name is
    /// left out.
    var exportsPathAsName: Bool?

    /// The plan of a change; printed on stdout where `talksOnStdout`.
    var plan: @Sendable (_ plan: ChangePlan, _ names: ChannelNames) -> String
    /// What `env remove` is about to remove; nil for krait's own, which is in its question.
    var removal: (@Sendable (_ packages: [PackageRecord], _ prefix: String, _ names: ChannelNames) -> String)?
    /// What `env remove --json` removes, or has removed.
    var removalDocument:
        @Sendable (_ packages: [PackageRecord], _ prefix: String, _ isDry: Bool, _ names: ChannelNames) -> JSON
    /// Said when a change has been carried out; nil for krait's own.
    var done: (@Sendable (ChangePlan) -> String)?
    /// Said when there is nothing to change.
    var nothingToDo: @Sendable (ChangePlan) -> String
    var changeDocument: @Sendable (_ plan: ChangePlan, _ report: ChangeReport?, _ names: ChannelNames) -> JSON
    /// Whether plans and results go to stdout, as the peers have it.
    var talksOnStdout = true

    /// What a setting is called in `config list`.
    var settingName: @Sendable (String) -> String = { $0 }
    /// `config list --json`, given the settings.
    var settingsDocument: @Sendable ([JSONMember]) -> JSON

    /// `clean` before it does anything.
    var cleaning: @Sendable (_ found: CleanedCaches, _ isDry: Bool) -> String
    /// `clean --json`, given what is removed and which kinds were asked for.
    var cleaningDocument: @Sendable (_ found: CleanedCaches, _ asked: Set<CleanedCaches.Kind>, _ isDry: Bool) -> JSON
}
