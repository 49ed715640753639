// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Prefix

/// The compiled files of what is packed, found or made when the first of them is needed: when all layers are known from
/// before, none is.
final class PackCompilation {
    private let make: () throws(Failure) -> PackedCompilation
    private var made: PackedCompilation?

    init(_ make: @escaping () throws(Failure) -> PackedCompilation) { self.make = make }

    /// The files.
    func get() throws(Failure) -> PackedCompilation {
        if let made { return made }
        let new = try make()
        made = new
        return new
    }

    /// Why python did not compile all that it was to, if it did not.
    var failure: String? {
        guard let report = made?.report else { return nil }
        return report.failure ?? report.lost.first.map { "python ended at \($0)" }
    }
}
