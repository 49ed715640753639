// SPDX-License-Identifier: BSD-3-Clause

/// A `^…$` pattern of a match spec (CEP 29): literals, classes, groups, alternatives, repetition, anchors.
///
/// It is matched by simulating all states at once, so the time is bounded by length of text × length of pattern and no
/// spec can hang the tool. Look-around and back references are refused, as CEP 29 asks. Letters match in either case.
package final class RegularExpression: Sendable {
    /// The pattern as it was written, anchors included.
    package let text: String
    private let program: [Instruction]
    private let sets: [ScalarSet]

    /// Compiles `text`; the error is the reason why it cannot be used.
    init(_ text: String) throws(RegularExpressionProblem) {
        var parser = RegularExpressionParser(text)
        let tree = try parser.parse()
        var compiler = Compiler()
        try compiler.emit(tree)
        try compiler.append(.match)
        self.text = text
        program = compiler.program
        sets = compiler.sets
    }

    /// Whether the pattern is found in `candidate`, beginning anywhere (its own `^` and `$` hold it to the ends).
    package func matches(_ candidate: String) -> Bool {
        var current = Threads(count: program.count)
        var next = Threads(count: program.count)
        var previous: UInt32?
        var scalars = candidate.unicodeScalars.makeIterator()
        var scalar = scalars.next().map(Self.folded)
        while true {
            if follow(0, into: &current, between: previous, and: scalar) { return true }
            guard let here = scalar else { return false }
            let after = scalars.next().map(Self.folded)
            for index in current.list where accepts(program[index], here) {
                if follow(index + 1, into: &next, between: here, and: after) { return true }
            }
            swap(&current, &next)
            next.removeAll()
            previous = here
            scalar = after
        }
    }

    /// Adds every state that is reached from `start` without reading; true when the end of the pattern is among them.
    private func follow(
        _ start: Int, into threads: inout Threads, between previous: UInt32?, and next: UInt32?
    ) -> Bool {
        threads.stack.append(start)
        while let index = threads.stack.popLast() {
            guard threads.insert(index) else { continue }
            switch program[index] {
            case .match:
                threads.stack.removeAll(keepingCapacity: true)
                return true
            case .jump(let target): threads.stack.append(target)
            case .split(let first, let second):
                threads.stack.append(second)
                threads.stack.append(first)
            case .start: if previous == nil { threads.stack.append(index + 1) }
            case .end: if next == nil { threads.stack.append(index + 1) }
            case .boundary(let wanted):
                if (Self.isWord(previous) != Self.isWord(next)) == wanted { threads.stack.append(index + 1) }
            case .scalar, .any, .set: break
            }
        }
        return false
    }

    private func accepts(_ instruction: Instruction, _ scalar: UInt32) -> Bool {
        switch instruction {
        case .scalar(let expected): expected == scalar
        case .any: scalar != 0x0A
        case .set(let index): sets[index].contains(scalar)
        default: false
        }
    }

    private static func folded(_ scalar: Unicode.Scalar) -> UInt32 {
        scalar.value &- 0x41 < 26 ? scalar.value | 0x20 : scalar.value
    }

    private static func isWord(_ scalar: UInt32?) -> Bool {
        guard let scalar else { return false }
        return ScalarSet.word.contains(scalar)
    }
}

extension RegularExpression: Hashable {
    package static func == (left: RegularExpression, right: RegularExpression) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension RegularExpression {
    private enum Instruction: Sendable {
        case scalar(UInt32), any, set(Int), jump(Int), split(Int, Int), start, end, boundary(Bool), match
    }

    /// The states that are alive, each once.
    private struct Threads {
        var list: [Int] = []
        var stack: [Int] = []
        private var present: [Bool]

        init(count: Int) { present = Array(repeating: false, count: count) }

        mutating func insert(_ index: Int) -> Bool {
            if present[index] { return false }
            present[index] = true
            list.append(index)
            return true
        }

        mutating func removeAll() {
            for index in list { present[index] = false }
            list.removeAll(keepingCapacity: true)
        }
    }

    private struct Compiler {
        var program: [Instruction] = []
        var sets: [ScalarSet] = []

        mutating func append(_ instruction: Instruction) throws(RegularExpressionProblem) {
            // `((a{99}){99}){99}` would be a million states.
            guard program.count < 20_000 else { throw .tooLarge }
            program.append(instruction)
        }

        mutating func emit(_ node: RegularExpressionNode) throws(RegularExpressionProblem) {
            switch node {
            case .empty: break
            case .scalar(let scalar): try append(.scalar(scalar))
            case .any: try append(.any)
            case .set(let set):
                sets.append(set)
                try append(.set(sets.count - 1))
            case .start: try append(.start)
            case .end: try append(.end)
            case .boundary(let wanted): try append(.boundary(wanted))
            case .sequence(let nodes): for node in nodes { try emit(node) }
            case .either(let nodes): try emit(either: nodes[...])
            case .repeated(let node, let minimum, let maximum):
                try emit(node, minimum: minimum, maximum: maximum)
            }
        }

        private mutating func emit(
            either nodes: ArraySlice<RegularExpressionNode>
        ) throws(RegularExpressionProblem) {
            var exits: [Int] = []
            for (offset, node) in nodes.enumerated() {
                guard offset < nodes.count - 1 else {
                    try emit(node)
                    break
                }
                let split = program.count
                try append(.match)
                try emit(node)
                exits.append(program.count)
                try append(.match)
                program[split] = .split(split + 1, program.count)
            }
            for exit in exits { program[exit] = .jump(program.count) }
        }

        private mutating func emit(
            _ node: RegularExpressionNode, minimum: Int, maximum: Int?
        ) throws(RegularExpressionProblem) {
            for _ in 0..<minimum { try emit(node) }
            if let maximum {
                var splits: [Int] = []
                for _ in minimum..<max(minimum, maximum) {
                    splits.append(program.count)
                    try append(.match)
                    try emit(node)
                }
                for split in splits { program[split] = .split(split + 1, program.count) }
            } else {
                let split = program.count
                try append(.match)
                try emit(node)
                try append(.jump(split))
                program[split] = .split(split + 1, program.count)
            }
        }
    }
}
