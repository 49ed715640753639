// SPDX-License-Identifier: BSD-3-Clause
//
// Names as ustar holds them, and pax records whose length counts itself.
import Testing

@testable import Images

@Suite("Tar writer")
struct TarWriterTests {
    @Test func namesThatFitStayWithoutAPaxHeader() throws {
        #expect(try #require(TarWriter.split("lib/python3.11/os.py")) == ("", "lib/python3.11/os.py"))
        let long = String(repeating: "d", count: 120) + "/" + String(repeating: "n", count: 100)
        let place = try #require(TarWriter.split(long))
        #expect(place.prefix.utf8.count == 120 && place.name.utf8.count == 100)
        #expect(place.prefix + "/" + place.name == long)
    }

    @Test func namesThatDoNotFitAreTold() {
        #expect(TarWriter.split(String(repeating: "n", count: 101)) == nil)
        #expect(TarWriter.split(String(repeating: "d/", count: 140)) == nil)
        #expect(TarWriter.split("caf\u{e9}") == nil)
        #expect(TarWriter.split("/" + String(repeating: "n", count: 100)) == nil)
    }

    @Test func theLengthOfAPaxRecordCountsItself() {
        for length in [1, 80, 88, 89, 90, 91, 92, 980, 989, 990, 991] {
            let record = TarWriter.pax([("path", String(repeating: "p", count: length))])
            let text = String(decoding: record, as: UTF8.self)
            #expect(text.split(separator: " ").first.flatMap { Int($0) } == record.count)
        }
    }
}
