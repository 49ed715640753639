// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine

extension DialectTable {
    /// micromamba's and mamba's words.
    static func mamba(named name: String) -> DialectTable {
        DialectTable(
            version: Dialect.micromamba.peerVersion,
            jsonIndent: 4,
            exitCode: MambaFailure.exitCode,
            failureText: MambaFailure.text,
            failureDocument: MambaFailure.document,
            information: { MambaInformation.text($0, tool: name) },
            informationDocument: { MambaInformation.document($0, tool: name) },
            base: { "\n base environment : \($0)\n" },
            baseDocument: { .object([JSONMember("base environment", .string($0)), MambaText.log]) },
            environments: MambaInformation.environments,
            environmentsDocument: MambaInformation.environmentsDocument,
            packages: MambaPackages.listing,
            packagesDocument: MambaPackages.listingDocument,
            linesHead: MambaPackages.linesHead,
            explicit: MambaPackages.explicit,
            found: { packages, _ in MambaPackages.found(packages) },
            details: MambaPackages.found,
            foundDocument: MambaPackages.document,
            steps: MambaPackages.steps,
            tree: MambaPackages.tree,
            answerDocument: MambaPackages.document,
            tellsEveryRecord: true,
            keepsEmptied: true,
            passesOverAbsent: true,
            passesOverUnknownSettings: true,
            exportsPathAsName: false,
            plan: MambaChange.plan,
            removal: MambaChange.removal,
            removalDocument: MambaChange.removalDocument,
            done: MambaChange.done,
            nothingToDo: MambaChange.nothing,
            changeDocument: MambaChange.document,
            settingName: MambaText.settingName,
            settingsDocument: { .object([JSONMember("json", true), MambaText.log] + MambaText.settings($0)) },
            cleaning: MambaChange.cleaning,
            cleaningDocument: CleaningText.document)
    }
}
