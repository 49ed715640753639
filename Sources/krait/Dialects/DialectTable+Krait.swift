// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures

extension DialectTable {
    /// krait's own words.
    static let krait = DialectTable(
        version: ToolVersion.full,
        jsonIndent: 2,
        exitCode: { failure, _ in failure.code.exitCode },
        failureText: { failure, _ in FailureText.text(of: failure) },
        failureDocument: FailureText.json,
        information: InformationText.text,
        informationDocument: InformationText.document,
        base: { "\($0)\n" },
        baseDocument: InformationText.baseDocument,
        environments: EnvironmentsText.text,
        environmentsDocument: EnvironmentsText.document,
        packages: PackageText.listing,
        packagesDocument: { .array($0.map(\.listed)) },
        explicit: { text, _ in text },
        found: PackageText.table,
        foundDocument: { _, answer in PackageText.byName(answer.packages) },
        steps: nil,
        tree: { _, answer in answer.tree.map(PackageTree.text) ?? "" },
        answerDocument: PackageText.document,
        takesAbsentBase: false,
        plan: ChangeTable.text,
        removal: nil,
        removalDocument: ChangeJSON.removal,
        done: nil,
        nothingToDo: { _ in "All requested packages are installed already." },
        changeDocument: ChangeJSON.document,
        talksOnStdout: false,
        settingsDocument: { .object($0) },
        cleaning: CleaningText.text,
        cleaningDocument: CleaningText.document)
}
