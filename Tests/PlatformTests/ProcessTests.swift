// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Platform
import Testing

@Suite struct ProcessTests {
    private let environment = ["PATH": "/usr/bin:/bin", "GREETING": "hello"]

    @Test func programsRunAndAreRead() throws {
        let result = try runProgram(["sh", "-c", "echo $GREETING; exit 3"], environment: environment)
        #expect(String(decoding: result.output, as: UTF8.self) == "hello\n")
        #expect(result.status == .exited(3))
        #expect(result.status.code == 3)
        let killed = try runProgram(["sh", "-c", "kill -9 $$"], environment: environment)
        #expect(killed.status == .signalled(9) && killed.status.code == 137)
        let errors = try runProgram(["sh", "-c", "echo oops >&2"], environment: environment, errors: .withOutput)
        #expect(String(decoding: errors.output, as: UTF8.self) == "oops\n")
    }

    @Test func largeOutputDoesNotBlock() throws {
        let result = try runProgram(["sh", "-c", "head -c 1000000 /dev/zero"], environment: environment)
        #expect(result.output.count == 1_000_000)
    }

    @Test func directoryAndDescriptorsOfTheChild() throws {
        let result = try runProgram(
            ["sh", "-c", "pwd; ls /proc/self/fd | wc -l"], environment: environment, currentDirectory: "/usr")
        let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
        #expect(lines.first == "/usr")
        // stdin, stdout, stderr and the listed directory itself.
        #expect(Int(lines.last?.trimmingCharacters(in: .whitespaces) ?? "") ?? 99 <= 4)
    }

    @Test func absentProgramsAreNamed() {
        let failure = #expect(throws: Failure.self) {
            try runProgram(["no-such-program"], environment: environment)
        }
        #expect(failure?.subject == "no-such-program")
        #expect(throws: Failure.self) { try runProgram(["/etc/passwd"], environment: environment) }
        #expect(throws: Failure.self) { try runProgram(["/bin/sh"], environment: [:], currentDirectory: "/absent") }
    }

    @Test func environmentOfThisProcess() {
        let process = ProcessEnvironment.current()
        #expect(process.arguments.count == CommandLine.arguments.count)
        #expect(process.variables["PATH"] == ProcessInfo.processInfo.environment["PATH"])
        #expect(process["SURELY_NOT_SET"] == nil)
        #expect(process.currentDirectory.hasPrefix("/"))
        #expect(process.homeDirectory != nil)
    }

    @Test func hostFactsAreOfTheHost() throws {
        let facts = HostFacts.current()
        #expect(facts.kernelName == "Linux")
        #expect(!facts.kernelRelease.isEmpty && !facts.machine.isEmpty)
        let getconf = try? runProgram(["getconf", "GNU_LIBC_VERSION"], environment: environment)
        if let getconf, getconf.status.isSuccess {
            let text = String(decoding: getconf.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            #expect("glibc \(facts.glibcVersion ?? "")" == text)
        }
        if facts.machine == "x86_64" {
            #expect((1...4).contains(facts.x86Level))
            let flags = String(decoding: try readFile("/proc/cpuinfo"), as: UTF8.self)
            #expect((facts.x86Level >= 3) == (flags.contains(" avx2") && flags.contains(" fma")))
        }
    }

    @Test func timeIsTold() {
        let time = universalTime(1_700_000_000)
        #expect((time.year, time.month, time.day) == (2023, 11, 14))
        #expect((time.hour, time.minute, time.second) == (22, 13, 20))
        #expect(monotonicNanoseconds() > 0)
        #expect(wallClockSeconds() > 1_600_000_000)
        #expect(Set((0..<100).map { _ in temporaryName() }).count == 100)
    }

    @Test func cancellationKeepsItsFirstReason() {
        let cancellation = Cancellation()
        #expect(throws: Never.self) { try cancellation.check() }
        cancellation.cancel(.terminated)
        cancellation.cancel(.interrupted)
        let failure = #expect(throws: Failure.self) { try cancellation.check() }
        #expect(failure?.code == .terminated)
    }
}
