// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Platform

/// An executable of krait that gets an archive behind it.
struct ExecutableFile {
    private let path: String
    private let file: MappedFile
    /// Where it says what stands behind it.
    private let place: Int
    /// How many bytes krait itself has.
    private let count: Int

    /// Looks at the file at `path`, or at this process's own executable.
    ///
    /// - Throws: `Failure(.usage)` when it is not krait of this version for `platform`.
    init(_ path: String?, for platform: Subdir, _ environment: ProcessEnvironment) throws(Failure) {
        guard let machine = Self.machines[platform.name] else {
            throw Failure(
                .usage, "--format exe", "is for Linux, and the packages are for \(platform)",
                hint: "pack a .tar.zst or a .zip in its place")
        }
        let own = FileSystem.exists(Self.ownPath) ? Self.ownPath : ThisProcess.executable(environment)
        self.path = path ?? own ?? Self.ownPath
        file = try MappedFile(self.path)
        let shown = path ?? "krait"
        let bytes = file.bytes
        // ELF: magic, then the machine at 18.
        guard bytes.count > 64, bytes.prefix(4).elementsEqual([0x7f, 0x45, 0x4c, 0x46]) else {
            throw Failure(.usage, shown, "is not a Linux executable", hint: Self.hint(platform))
        }
        let found = UInt16(bytes[18]) | UInt16(bytes[19]) << 8
        guard found == machine else {
            throw Failure(
                .usage, shown, "does not run on \(platform), which the packages are for", hint: Self.hint(platform))
        }
        guard let place = bytes.firstOffset(of: Payload.magic), place + Payload.length <= bytes.count else {
            throw Failure(
                .usage, shown, "is not a krait that can carry an archive", hint: Self.hint(platform))
        }
        let said = UnsafeRawBufferPointer(rebasing: bytes[place..<place + Payload.length])
        guard Payload.version(said) == Payload.ownVersion else {
            throw Failure(
                .usage, shown, "is another version of krait than this, \(ToolVersion.text)", hint: Self.hint(platform))
        }
        let payload = Payload(said)
        guard payload.size == 0 || payload.offset <= bytes.count else {
            throw Failure(.integrity, shown, "is truncated")
        }
        self.place = place
        count = payload.size == 0 ? bytes.count : Int(payload.offset)
    }

    /// The file that the kernel executes, whatever its name is by now.
    static let ownPath = "/proc/self/exe"

    /// ELF's numbers of machines (e_machine).
    private static let machines: [String: UInt16] = ["linux-64": 62, "linux-aarch64": 183]

    private static func hint(_ platform: Subdir) -> String {
        "name krait \(ToolVersion.text) for \(platform) with --krait FILE"
    }

    /// Writes krait itself; answers how many bytes that are.
    func copy(to output: borrowing Descriptor, subject: String) throws(Failure) -> UInt64 {
        do throws(Errno) {
            try file.withBytes { (bytes) throws(Errno) in
                try SystemCall.writeAll(output, UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            }
        } catch {
            throw Failure(error, subject, "write")
        }
        return UInt64(count)
    }

    /// Writes into a copy what stands behind it.
    func note(_ payload: Payload, in output: borrowing Descriptor, subject: String) throws(Failure) {
        do throws(Errno) {
            try payload.bytes.withBytes { (bytes) throws(Errno) in
                try SystemCall.writeAll(output, at: UInt64(place + Payload.place), bytes)
            }
        } catch {
            throw Failure(error, subject, "write")
        }
    }
}
