// SPDX-License-Identifier: BSD-3-Clause
import CSolv

/// Owner of a libsolv pool with the repositories and solvables in it.
///
/// libsolv's own matching is never used: every dependency is an id whose providers are set by hand
/// (``setProviders(of:_:)``), every version a zero-padded rank (Design §3).
struct SolverPool: ~Copyable {
    /// Valid as long as this owner lives; freed once, in `deinit`.
    let pool: UnsafeMutablePointer<CSolv.Pool>

    init() {
        guard let pool = pool_create() else { fatalError("libsolv: out of memory") }
        self.pool = pool
        pool_setdisttype(pool, DISTTYPE_DEB)
        // The provider lists of names need no relation index: all providers of a name have that name.
        pool_set_flag(pool, POOL_FLAG_NOWHATPROVIDESAUX, 1)
    }

    deinit { pool_free(pool) }

    /// A new repository; it is freed with the pool.
    func addRepository(_ name: String) -> SolverRepository {
        guard let repository = repo_create(pool, name) else { fatalError("libsolv: out of memory") }
        return SolverRepository(repository: repository, pool: pool)
    }

    /// Makes `repository` the one of what is installed.
    func setInstalled(_ repository: SolverRepository) { pool_set_installed(pool, repository.repository) }

    /// The id of a text.
    func id(of text: UnsafeRawBufferPointer) -> Id {
        pool_strn2id(pool, text.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(text.count), 1)
    }

    /// The id of a text.
    func id(of text: String) -> Id {
        var text = text
        return text.withUTF8 { id(of: UnsafeRawBufferPointer($0)) }
    }

    /// Ends filling: after this only providers may be set.
    func createProviders() { pool_createwhatprovides(pool) }

    /// The id of a text that is different for each pair of mark and number; with leading zeros, so that libsolv's
    /// comparison of versions is that of the numbers.
    func id(mark: UInt8, number: Int) -> Id {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 9) { text in
            text[0] = CChar(bitPattern: mark)
            var rest = number
            for place in stride(from: 8, to: 0, by: -1) {
                text[place] = CChar(bitPattern: UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            }
            return pool_strn2id(pool, text.baseAddress, 9, 1)
        }
    }

    /// Says which solvables satisfy the dependency `id`; call after ``createProviders()``. Sorts them.
    func setProviders(of id: Id, _ solvables: inout [Id]) {
        pool_set_whatprovides(pool, id, list(&solvables))
    }

    /// The number of a list of solvables, for jobs; call after ``createProviders()``. Sorts them.
    func list(_ solvables: inout [Id]) -> Id {
        solvables.sort()
        return solvables.withUnsafeMutableBufferPointer { buffer in
            buffer.isEmpty ? 1 : pool_ids2whatprovides(pool, buffer.baseAddress, Int32(buffer.count))
        }
    }
}
