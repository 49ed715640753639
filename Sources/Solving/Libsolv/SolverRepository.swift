// SPDX-License-Identifier: BSD-3-Clause
import CSolv

/// A view of a repository in a ``SolverPool``; must not outlive the pool.
struct SolverRepository {
    let repository: UnsafeMutablePointer<CSolv.Repo>
    let pool: UnsafeMutablePointer<CSolv.Pool>

    /// Adds `count` empty solvables and returns the id of the first.
    func addSolvables(_ count: Int) -> Id { repo_add_solvable_block(repository, Int32(count)) }

    /// A list of dependency ids in the repository's memory; 0 for none. Several solvables may share it.
    func list(_ ids: [Id]) -> Offset {
        var offset: Offset = 0
        for id in ids { offset = repo_addid(repository, offset, id) }
        return offset
    }

    /// The list of the ids that stand at the given places of `ids`.
    func list(_ places: ArraySlice<Int32>, _ ids: [Id]) -> Offset {
        var offset: Offset = 0
        for place in places { offset = repo_addid(repository, offset, ids[Int(place)]) }
        return offset
    }

    /// Fills one of the solvables made by ``addSolvables(_:)``.
    func fill(_ solvable: Id, name: Id, rank: Id, provides: Offset, requires: Offset, conflicts: Offset) {
        pool.pointee.solvables[Int(solvable)].name = name
        pool.pointee.solvables[Int(solvable)].evr = rank
        pool.pointee.solvables[Int(solvable)].arch = Id(ARCH_ALL.rawValue)
        pool.pointee.solvables[Int(solvable)].provides = provides
        pool.pointee.solvables[Int(solvable)].requires = requires
        pool.pointee.solvables[Int(solvable)].conflicts = conflicts
    }
}
