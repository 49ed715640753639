// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine

extension DialectTable {
    /// conda's words.
    static let conda = DialectTable(
        version: "conda \(Dialect.conda.peerVersion)",
        jsonIndent: 2,
        exitCode: CondaFailure.exitCode,
        failureText: CondaFailure.text,
        failureDocument: CondaFailure.document,
        information: CondaInformation.text,
        informationDocument: CondaInformation.document,
        base: { "\($0)\n" },
        baseDocument: { .object([JSONMember("root_prefix", .string($0))]) },
        environments: CondaInformation.environments,
        environmentsDocument: CondaInformation.environmentsDocument,
        packages: CondaPackages.listing,
        packagesDocument: { packages, _ in .array(packages.map(CondaPackages.listed)) },
        linesHead: CondaPackages.linesHead,
        explicit: CondaPackages.explicit,
        found: CondaPackages.found,
        details: CondaPackages.details,
        foundDocument: { _, answer, _ in PackageText.byName(answer.packages, inCondasWay: true) },
        steps: nil,
        tree: { _, answer, _ in answer.tree.map(PackageTree.text) ?? "" },
        answerDocument: { question, answer, _ in PackageText.document(question, answer) },
        createsAmongFiles: true,
        takesWordsForPaths: true,
        keepsRootScripts: true,
        ownPackage: "conda",
        exportsPathAsName: true,
        plan: CondaChange.plan,
        removal: { packages, prefix, _ in CondaChange.removal(packages, prefix) },
        removalDocument: { packages, prefix, isDry, _ in
            CondaChange.removalDocument(packages, prefix, isDry: isDry)
        },
        done: CondaChange.done,
        nothingToDo: { _ in "\n# All requested packages already installed.\n\n" },
        changeDocument: { plan, report, _ in CondaChange.document(plan, report) },
        settingsDocument: { .object($0) },
        cleaning: CondaChange.cleaning,
        cleaningDocument: CondaChange.cleaningDocument)
}
