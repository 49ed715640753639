// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Testing

@Suite struct VersionTests {
    /// The chains of Rules §7.3; `=` binds equal ones.
    @Test(arguments: [
        ["0.4=0.4.0", "0.4.1.rc=0.4.1.RC", "0.4.1"],
        ["1.0", "1.1=1.1.0=1.1.0.0", "1.1.0.0.1"],
        ["0.4.1+local", "0.4.1+0.local", "0.4.1=0.4.1+0", "0.4.1+1.local"],
        ["0.5a1", "0.5b3", "0.5C1", "0.5", "0.9.6", "0.960923", "1.0"],
        [
            "1.1dev1", "1.1_", "1.1a1", "1.1.0dev1=1.1.dev1", "1.1.a1", "1.1.0rc1", "1.1", "1.1.post1=1.1.0post1",
            "1.1post1",
        ],
        ["1.1rc", "1.1.rc=1.1.0rc"],
        ["1.0.1dev", "1.0.1_", "1.0.1a", "1.0.1c", "1.0.1rc2", "1.0.1s", "1.0.1", "1.0.1post.a", "1.0.2"],
        ["1996.07.12", "1!0.4.1", "1!3.1.1.6", "2!0.4.1"],
        ["1.2dev", "1.2devdev"], ["1.2postpost", "1.2post"],
        [
            "1.2.r32+123456", "1.2.rev33+123456", "1.2+abc", "1.2+abc123def", "1.2+abc123", "1.2+123abc",
            "1.2+123abc456", "1.2+1234.abc", "1.2+123456",
        ],
        ["1.18446744073709551615", "1.18446744073709551616", "1.99999999999999999999", "1.100000000000000000000"],
        ["1.0.0.0.0.0.0.0.0.0.1.dev", "1.0.0.0.0.0.0.0.0.0.1", "1.0.0.0.0.0.0.0.0.1"],
        ["1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.17"],
    ])
    func chains(chain: [String]) throws {
        let groups = try chain.map { try $0.split(separator: "=").map { try Version(String($0)) } }
        for (index, group) in groups.enumerated() {
            for version in group {
                #expect(version == group[0] && version.hashValue == group[0].hashValue)
                for later in groups[(index + 1)...].joined() { #expect(version < later && !(later < version)) }
            }
        }
    }

    @Test(arguments: [
        ("1.0.1c", "1.0.1", true), ("1.0.1", "1.0", true), ("1", "1.0", true), ("1.10", "1.1", false),
        ("1.2alpha3", "1.2a", true), ("1.2.3+4.5.6", "1.2.3+4", true), ("1.2.3+4.5.6", "1.2.3", true),
        ("1.2.4+4", "1.2.3+4", false), ("1.0.dev1", "1.0", true), ("1.0devel", "1.0dev", false), ("0.1", "0", true),
        ("1!2.0", "2", false), ("2.0", "2.0.0.0", true), ("2.0.0.0.1", "2.0.0.0", true), ("1.20", "1.2", false),
    ])
    func prefixes(version: String, prefix: String, expected: Bool) throws {
        #expect(try Version(version).startsWith(Version(prefix)) == expected)
    }

    @Test(arguments: [
        "", " ", "1..2", "1.", ".1", "_1_2", "1+", "+1", "1+2+3", "1!2!3", "a!1", "!1", "1!", "1-2_3", "1 2", "1é",
        "1,2",
    ])
    func refused(text: String) {
        let failure = #expect(throws: Failure.self) { try Version(text) }
        #expect(failure?.subject == text && failure?.reason.hasPrefix("not a version: ") == true)
    }

    @Test func parts() throws {
        let version = try Version(" 2!3.012.1rc2.DEV+1.x ")
        #expect(version.text == "2!3.012.1rc2.DEV+1.x")
        #expect(version.epoch == 2 && version.major == 3 && version.minor == 12)
        #expect(try Version("3").minor == nil)
    }
}
