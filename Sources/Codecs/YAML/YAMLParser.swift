// SPDX-License-Identifier: BSD-3-Clause

internal import CYaml
internal import Failures

/// Owns libyaml's parser and the text it reads.
struct YAMLParser: ~Copyable {
    // libyaml keeps pointers into both, so neither may move before `deinit`.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let subject: String

    init(_ bytes: [UInt8], subject: String) throws(Failure) {
        text = .allocate(capacity: max(bytes.count, 1))
        _ = text.update(fromContentsOf: bytes)
        parser = .allocate(capacity: 1)
        self.subject = subject
        guard yaml_parser_initialize(parser) == 1 else {
            text.deallocate()
            parser.deallocate()
            throw Failure(.system, subject, "no memory to read YAML")
        }
        yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next thing in the document.
    mutating func next() throws(Failure) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    /// What libyaml says is wrong, and where.
    private func failure() -> Failure {
        let state = parser.pointee
        guard state.error != YAML_MEMORY_ERROR else { return Failure(.system, subject, "no memory to read YAML") }
        var reason = state.problem.map { String(cString: $0) } ?? "this is not YAML"
        if state.error == YAML_READER_ERROR {
            let before = text[..<min(state.problem_offset, text.count)]
            let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
            let line = before.count { $0 == 0x0a } + 1
            return Failure(.parse, "\(subject):\(line):\(before.count - start + 1)", reason)
        }
        if let context = state.context { reason += " (\(String(cString: context)))" }
        let mark = state.problem_mark
        return Failure(.parse, "\(subject):\(mark.line + 1):\(mark.column + 1)", reason)
    }
}

/// One event of libyaml as a value.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(String, isPlain: Bool)
        case sequenceStart, sequenceEnd
        case mappingStart, mappingEnd
    }

    let kind: Kind
    let anchor: String?
    let tag: String?
    /// Where it begins and ends, counted from 0, in lines and characters.
    let start: (line: Int, column: Int)
    let end: (line: Int, column: Int)

    init(_ event: yaml_event_t) {
        start = (event.start_mark.line, event.start_mark.column)
        end = (event.end_mark.line, event.end_mark.column)
        func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
            pointer.map { String(cString: $0) }
        }
        switch event.type {
        case YAML_STREAM_START_EVENT: (kind, anchor, tag) = (.streamStart, nil, nil)
        case YAML_DOCUMENT_START_EVENT: (kind, anchor, tag) = (.documentStart, nil, nil)
        case YAML_DOCUMENT_END_EVENT: (kind, anchor, tag) = (.documentEnd, nil, nil)
        case YAML_ALIAS_EVENT: (kind, anchor, tag) = (.alias(text(event.data.alias.anchor) ?? ""), nil, nil)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            // A lone `!` says "by your own rules" (PyYAML resolves the text, quoted or not).
            let written = text(scalar.tag)
            kind = .scalar(value, isPlain: scalar.plain_implicit != 0 || written == "!")
            (anchor, tag) = (text(scalar.anchor), written == "!" ? nil : written)
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            (anchor, tag) = (text(event.data.sequence_start.anchor), text(event.data.sequence_start.tag))
        case YAML_SEQUENCE_END_EVENT: (kind, anchor, tag) = (.sequenceEnd, nil, nil)
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            (anchor, tag) = (text(event.data.mapping_start.anchor), text(event.data.mapping_start.tag))
        case YAML_MAPPING_END_EVENT: (kind, anchor, tag) = (.mappingEnd, nil, nil)
        default: (kind, anchor, tag) = (.streamEnd, nil, nil)
        }
    }
}
