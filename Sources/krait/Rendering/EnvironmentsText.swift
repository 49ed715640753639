// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine

/// The environments of a user, for people and for programs.
enum EnvironmentsText {
    @Sendable static func text(_ environments: [EnvironmentList.Environment]) -> String {
        var table = TextTable()
        table.append(["  Name", "Active", "Path"])
        for environment in environments {
            table.append(["  \(environment.name ?? "")", environment.isActive ? "*" : "", environment.prefix])
        }
        return table.rendered(indent: 0)
    }

    @Sendable static func document(_ environments: [EnvironmentList.Environment]) -> JSON {
        .object([JSONMember("envs", .strings(environments.map(\.prefix)))])
    }
}
