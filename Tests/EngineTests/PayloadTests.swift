// SPDX-License-Identifier: BSD-3-Clause
import Engine
import Platform
import Testing

@Suite("What an executable says of the archive behind it")
struct PayloadTests {
    @Test("krait itself has none, and says its version")
    func own() {
        #expect(!Payload.isThere)
        #expect(Payload.own == nil)
        #expect(Payload.ownVersion == ToolVersion.text)
        #expect(Payload.magic.count == 16)
    }

    @Test("What is written is what is read")
    func roundTrip() throws {
        let payload = Payload(offset: 1 << 40, size: 7, digest: (0..<32).map { UInt8($0) })
        let said = Payload.magic + [UInt8](repeating: 0, count: 24) + payload.bytes
        #expect(said.count == Payload.length)
        let read = said.withUnsafeBytes { Payload($0) }
        #expect(read.offset == payload.offset && read.size == payload.size && read.digest == payload.digest)
    }
}
