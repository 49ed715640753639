// SPDX-License-Identifier: BSD-3-Clause
import CTLS
import Foundation
import Testing

/// The roots that are inside the executable.
@Suite struct EmbeddedRootsTests {
    @Test func factsAreThere() {
        let facts = krait_tls_embedded_roots_info()
        #expect(facts.count > 100)
        #expect(facts.extra == 0)
        #expect(String(cString: facts.source).hasPrefix("ca-certificates 20"))
        #expect(String(cString: facts.date).count == 10)
        #expect(String(cString: facts.sha256).count == 64)
    }

    @Test func eachIsFoundBySubject() throws {
        let store = try #require(krait_tls_store_embedded())
        #expect(krait_tls_store_count(store) == krait_tls_embedded_roots_info().count)
        for index in 0..<krait_tls_store_count(store) {
            #expect(krait_tls_store_finds(store, index), "root \(index)")
        }
    }

    @Test func thereIsOneStore() {
        #expect(krait_tls_store_embedded() == krait_tls_store_embedded())
        krait_tls_store_free(krait_tls_store_embedded())
        #expect(krait_tls_store_finds(krait_tls_store_embedded()!, 0))
    }

    @Test func manyThreadsMayLook() throws {
        let store = try #require(krait_tls_store_embedded())
        let address = UInt(bitPattern: store)
        DispatchQueue.concurrentPerform(iterations: 8) { start in
            let store = OpaquePointer(bitPattern: address)!
            for index in 0..<krait_tls_store_count(store) {
                let place = (index + Int32(start) * 17) % krait_tls_store_count(store)
                #expect(krait_tls_store_finds(store, place))
            }
        }
    }
}
