// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Failures
import Foundation
import Platform
import Scenes
import Testing

@testable import Engine

struct ShellStartFilesTests {
    private let block = ShellConfiguration.block(.bash, executable: "/opt/krait", rootPrefix: nil)

    @Test func inAndOutAgain() throws {
        let home = try TemporaryDirectory()
        try home.write("# mine\n", ".bashrc", mode: 0o600)
        let adding = try ShellStartFiles(.bash, block: block, environment: home.environment())
        #expect(adding.edits.map { ($0.path as NSString).lastPathComponent } == [".bashrc", ".bash_profile"])
        try adding.apply()
        #expect(try home.read(".bashrc").contains("/opt/krait"))
        #expect(try home.mode(".bashrc") == 0o600)
        #expect(try ShellStartFiles(.bash, block: block, environment: home.environment()).edits.isEmpty)
        try ShellStartFiles(.bash, block: nil, environment: home.environment()).apply()
        #expect(try home.read(".bashrc") == "# mine\n")
        #expect(!home.exists(".bash_profile"), "it was made by us, and would hide a .profile")
    }

    @Test func linksStay() throws {
        let home = try TemporaryDirectory()
        try home.write("", "dotfiles/zshrc")
        try FileManager.default.createSymbolicLink(atPath: "\(home.path)/.zshrc", withDestinationPath: "dotfiles/zshrc")
        try ShellStartFiles(.zsh, block: block, environment: home.environment()).apply()
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(home.path)/.zshrc") == "dotfiles/zshrc")
        #expect(try home.read("dotfiles/zshrc") == block)
        try ShellStartFiles(.zsh, block: nil, environment: home.environment()).apply()
        #expect(try home.read("dotfiles/zshrc") == "")
    }

    @Test func directoriesAreMade() throws {
        let home = try TemporaryDirectory()
        try ShellStartFiles(.fish, block: block, environment: home.environment()).apply()
        #expect(try home.read(".config/fish/config.fish") == block)
    }

    @Test func hardLinksStayTogether() throws {
        let home = try TemporaryDirectory()
        try home.write("# mine\n", "one")
        try FileManager.default.linkItem(atPath: "\(home.path)/one", toPath: "\(home.path)/.zshrc")
        try ShellStartFiles(.zsh, block: block, environment: home.environment()).apply()
        #expect(try home.read("one") == home.read(".zshrc"))
    }

    @Test func otherEncodingsAreLeftAlone() throws {
        let home = try TemporaryDirectory()
        try Data([0x23, 0xe9, 0x0a]).write(to: URL(fileURLWithPath: "\(home.path)/.zshrc"))
        #expect(throws: Failure.self) { try ShellStartFiles(.zsh, block: block, environment: home.environment()) }
    }

    @Test func nobodysHome() throws {
        let environment = ProcessEnvironment(
            arguments: ["krait"], variables: [:], currentDirectory: "/", homeDirectory: nil)
        #expect(throws: Failure.self) { try ShellStartFiles(.bash, block: block, environment: environment) }
    }
}
