// SPDX-License-Identifier: BSD-3-Clause
import Engine
import Failures
import Platform
import Scenes
import Testing

@testable import krait

@Suite("Questions and their answers")
struct PromptTests {
    /// What stdin holds, and whether the change is made. The end of the input is a yes, as the peers have it.
    @Test(arguments: [
        ("y\n", true), ("Y\n", true), ("YES\n", true), ("\n", true), ("", true), ("y", true), ("y\r\n", true),
        ("n\n", false), ("No\n", false), ("n", false), ("what?\nn\n", false), ("what?\ny\n", true), ("what?", true),
    ])
    func proceed(input: String, isMade: Bool) throws {
        let scene = try Scene()
        let outcome = scene.run("create -n env alone", input: input)
        #expect(outcome.code == 0)
        #expect(scene.directory.exists("root/envs/env") == isMade, "\(outcome.words)")
        #expect(outcome.words.contains("Aborted; nothing was changed.\n") == !isMade)
        let questions = outcome.words.split(separator: "\n").count { $0.hasPrefix("Proceed? [Y/n] ") }
        #expect(questions == (input.hasPrefix("what?") ? 2 : 1))
    }

    /// Who is not asked.
    @Test(arguments: [
        "create -y -n env alone", "create -q -n env alone", "create --json -n env alone", "create -n env",
    ])
    func unasked(line: String) throws {
        let scene = try Scene()
        let outcome = scene.run(line, input: "n\n")
        #expect(outcome.code == 0 && !outcome.words.contains("[Y/n]"))
        #expect(scene.directory.exists("root/envs/env/conda-meta/history"))
    }

    /// Nobody is asked by a trial, and by what has nothing to change.
    @Test func nothingToAsk() throws {
        let scene = try Scene()
        #expect(!scene.run("create -n env alone --dry-run").words.contains("[Y/n]"))
        _ = try scene.change(.create, ["alone"])
        #expect(!scene.run("install -n env alone").words.contains("[Y/n]"))
    }

    /// A whole environment goes only when somebody says so: neither the end of the input nor `-q` does.
    @Test(arguments: [
        ("y\n", "", 0, true), ("n\n", "", 0, false), ("", "", 2, false), ("\n", "", 2, false), ("", "-q", 2, false),
        ("yes\n", "-q", 0, true), ("", "-y", 0, true), ("", "--json", 0, true),
    ])
    func grave(input: String, option: String, code: Int, isGone: Bool) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["alone"])
        let outcome = scene.run("env remove -n env \(option)", input: input)
        #expect(Int(outcome.code) == code, "\(outcome.words)")
        #expect(scene.directory.exists("root/envs/env") == !isGone)
        if code == 2 { #expect(outcome.words.hasSuffix("there is no terminal to ask on\nhint: add -y\n")) }
    }

    /// What was asked about is what is done: an answer is for one question.
    @Test func oneAnswerForEachQuestion() throws {
        let console = { (input: Int32) -> Console in
            var console = Console()
            console.inputDescriptor = input
            console.wordsDescriptor = -1
            return console
        }
        let cancellation = Cancellation()
        try withInput("n\ny\n") { input in
            let first = try console(input).confirm("first?", cancellation)
            let second = try console(input).confirm("second?", cancellation)
            let third = try console(input).confirm("third?", cancellation)
            #expect(!first && second)
            #expect(third, "the input has ended")
            #expect(throws: Failure.self) { try console(input).confirm("fourth?", grave: true, cancellation) }
        }
    }

    /// At a terminal the end of the input is no answer, so it is a no; a grave question can be answered with an empty line,
    /// for it is seen.
    @Test(arguments: [
        ("y\n", false, true), ("n\n", false, false), ("\n", false, true), ("\n", true, true), ("\u{4}", false, false),
        ("\u{4}", true, false), ("what?\ny\n", true, true),
    ])
    func atATerminal(typed: String, grave: Bool, isAgreed: Bool) throws {
        try withTerminal(typing: typed) { terminal in
            var console = Console()
            console.inputDescriptor = terminal
            console.wordsDescriptor = terminal
            let answer = try console.confirm("Proceed?", grave: grave, Cancellation())
            #expect(answer == isAgreed)
        }
    }

    /// Lines by their ends, and what follows a line left for whoever reads next.
    @Test func lines() throws {
        try withInput("one\r\n\ntwo") { input in
            #expect(readLine(from: input) == "one")
            #expect(readLine(from: input) == "")
            #expect(readLine(from: input) == "two")
            #expect(readLine(from: input) == nil)
        }
        #expect(readLine(from: -1) == nil)
    }
}
