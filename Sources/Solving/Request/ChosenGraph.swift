// SPDX-License-Identifier: BSD-3-Clause

/// What is in a solution, virtual packages left aside: they have decided their conditions before.
struct ChosenSet {
    private var isChosen: [Bool]

    init(_ contenders: [ContenderIndex], _ universe: borrowing Universe) {
        isChosen = Array(repeating: false, count: universe.contenders.count)
        for contender in contenders { isChosen[Int(contender)] = true }
    }

    /// Whether a spec counts.
    func counts(_ spec: SpecIndex, _ universe: borrowing Universe) -> Bool {
        universe.counts(spec) { isChosen[Int($0)] }
    }
}

/// The chosen packages and which needs which.
struct ChosenGraph {
    /// In order of names.
    private var nodes: [ContenderIndex]
    private var names: [String]
    /// The nodes that each node needs, in the order of its dependencies.
    private var edges: [[Int]]

    /// `contenders` are all that were chosen; groups of dependencies are no nodes, and conditions are looked at.
    init(_ contenders: [ContenderIndex], _ problem: borrowing Problem) {
        let universe = problem.universe
        let chosen = ChosenSet(contenders, universe)
        let contenders = contenders.filter { !universe.isGroup($0) }
        func name(_ contender: ContenderIndex) -> NameIndex { universe.contenders[Int(contender)].name }
        nodes = contenders.sorted { universe.names[Int(name($0))].text < universe.names[Int(name($1))].text }
        names = nodes.map { universe.names[Int(name($0))].text }
        var nodeOfName: [NameIndex: Int] = [:]
        for (index, node) in nodes.enumerated() { nodeOfName[name(node)] = index }
        edges = nodes.map { node in
            universe.depends(of: node).compactMap { place in
                let spec = universe.dependencies[place].spec
                guard chosen.counts(spec, universe) else { return nil }
                return nodeOfName[universe.specs[Int(spec)].name]
            }
        }
    }

    /// The nodes that the given names lead to, themselves included.
    func reachable(from roots: Set<String>) -> [Bool] {
        var isReached = [Bool](repeating: false, count: nodes.count)
        var pending = nodes.indices.filter { roots.contains(names[$0]) }
        while let node = pending.popLast() {
            guard !isReached[node] else { continue }
            isReached[node] = true
            pending += edges[node]
        }
        return isReached
    }

    /// Forgets the nodes that are not to be kept.
    mutating func keep(_ isKept: [Bool]) {
        var number = [Int?](repeating: nil, count: nodes.count)
        var count = 0
        for node in nodes.indices where isKept[node] {
            number[node] = count
            count += 1
        }
        let kept = nodes.indices.filter { isKept[$0] }
        edges = kept.map { edges[$0].compactMap { number[$0] } }
        names = kept.map { names[$0] }
        nodes = kept.map { nodes[$0] }
    }

    /// Dependencies before what needs them, in order of names where nothing else decides.
    ///
    /// Cycles: python comes before whatever needs it, so its edges into such (pip) do not count; of other cycles the
    /// first by name comes last.
    func topologicalOrder() -> [ContenderIndex] {
        let python = names.firstIndex(of: "python")
        let needsPython = python.map { nodesLeading(to: $0) } ?? []
        var state = [UInt8](repeating: 0, count: nodes.count)
        var order: [ContenderIndex] = []
        var stack: [(node: Int, next: Int)] = []
        for root in nodes.indices where state[root] == 0 {
            stack.append((root, 0))
            state[root] = 1
            while let top = stack.last {
                if top.next < edges[top.node].count {
                    stack[stack.count - 1].next += 1
                    let next = edges[top.node][top.next]
                    if state[next] == 0, !(top.node == python && needsPython[next]) {
                        state[next] = 1
                        stack.append((next, 0))
                    }
                } else {
                    order.append(nodes[top.node])
                    stack.removeLast()
                }
            }
        }
        return order
    }

    /// Which nodes lead to `target`.
    private func nodesLeading(to target: Int) -> [Bool] {
        var users = [[Int]](repeating: [], count: nodes.count)
        for node in nodes.indices { for needed in edges[node] { users[needed].append(node) } }
        var isLeading = [Bool](repeating: false, count: nodes.count)
        var pending = users[target]
        while let node = pending.popLast() {
            guard !isLeading[node] else { continue }
            isLeading[node] = true
            pending += users[node]
        }
        return isLeading
    }
}
