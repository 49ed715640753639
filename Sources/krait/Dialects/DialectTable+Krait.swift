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
        packagesDocument: { packages, _ in .array(packages.map(\.listed)) },
        linesHead: PackageText.linesHead,
        explicit: { text, _ in text },
        found: PackageText.table,
        details: { $0.map(PackageText.details).joined(separator: "\n") },
        foundDocument: { _, answer, _ in PackageText.byName(answer.packages) },
        steps: nil,
        tree: { _, answer, _ in answer.tree.map(PackageTree.text) ?? "" },
        answerDocument: { question, answer, _ in PackageText.document(question, answer) },
        takesAbsentBase: false,
        plan: ChangeTable.text,
        removal: nil,
        removalDocument: { packages, prefix, isDry, _ in ChangeJSON.removal(packages, prefix, isDry: isDry) },
        done: nil,
        nothingToDo: { _ in "All requested packages are installed already." },
        changeDocument: { plan, report, _ in ChangeJSON.document(plan, report) },
        talksOnStdout: false,
        settingsDocument: { .object($0) },
        cleaning: CleaningText.text,
        cleaningDocument: CleaningText.document)
}
