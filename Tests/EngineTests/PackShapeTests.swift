// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Images
import Manifests
import Testing

@testable import Engine

@Suite("Places that images are made for")
struct PackShapeTests {
    private static func request(
        _ shape: PackShape, _ format: PackRequest.Format = .oci, _ change: (inout PackRequest) -> Void = { _ in }
    ) -> PackRequest {
        var request = PackRequest(prefix: "/env", output: "/out", format: format)
        request.shape = shape
        change(&request)
        request.applyShape()
        return request
    }

    @Test(arguments: PackShape.allCases)
    func whatIsSaidStays(shape: PackShape) {
        let request = Self.request(shape) { request in
            request.variables = ["HOME=/mine"]
            request.user = "7"
            request.workingDirectory = "/w"
            request.entrypoint = ["run"]
        }
        #expect(request.variables.last == "HOME=/mine" && request.variables.first?.hasPrefix("HOME=") == true)
        #expect(request.user == "7" && request.workingDirectory == "/w" && request.entrypoint == ["run"])
    }

    @Test func whatIsSet() {
        let lambda = Self.request(.lambda)
        #expect(
            lambda.entrypoint == ["/env/bin/python", "-m", "awslambdaric"] && lambda.workingDirectory == "/var/task")
        #expect(Self.request(.cloudRun).variables == ["HOME=/tmp", "PYTHONUNBUFFERED=1"])
        let jupyter = Self.request(.jupyter)
        #expect(jupyter.user == "1000:1000" && jupyter.ports == ["8888/tcp"] && jupyter.command.first == "jupyter")
        #expect(Self.request(.ssh).user == "1000:1000")
    }

    /// Shape, request, packages, platform, and why not; nil where all is well.
    static let checks:
        [(PackShape, PackRequest.Format, @Sendable (inout PackRequest) -> Void, Set<String>, String, String?)] = [
            (.lambda, .oci, { $0.command = ["app.handler"] }, ["awslambdaric"], "linux-64", nil),
            (.lambda, .oci, { _ in }, ["awslambdaric"], "linux-64", "needs the name of a handler"),
            (
                .lambda, .oci, { $0.command = ["app.handler"] }, [], "linux-64",
                "runs python through `awslambdaric`, which is not among the packages"
            ),
            (.lambda, .oci, { $0.entrypoint = ["mine"] }, [], "linux-64", nil),
            (
                .lambda, .oci,
                {
                    $0.compression = .zstd; $0.entrypoint = ["mine"]
                }, [], "linux-64",
                "takes layers compressed with gzip only"
            ),
            (.lambda, .zip, { _ in }, [], "linux-64", nil),
            (.lambda, .tar, { _ in }, [], "linux-64", "takes no tar"),
            (.cloudRun, .oci, { _ in }, [], "linux-64", nil),
            (.cloudRun, .oci, { _ in }, [], "linux-aarch64", "runs linux-64, and this is for linux-aarch64"),
            (.cloudRun, .zip, { _ in }, [], "linux-64", "takes no zip"),
            (.jupyter, .oci, { _ in }, ["jupyterlab"], "linux-64", nil),
            (.jupyter, .oci, { _ in }, ["notebook"], "linux-64", nil),
            (.jupyter, .oci, { _ in }, ["numpy"], "linux-64", "needs jupyterlab, which is not among the packages"),
            (.jupyter, .oci, { $0.command = ["other"] }, ["numpy"], "linux-64", nil),
            (.ssh, .oci, { _ in }, [], "linux-64", nil),
            (.ssh, .exe, { _ in }, [], "linux-64", "takes no exe"),
        ]

    @Test(arguments: checks.indices)
    func check(_ row: Int) throws {
        let (shape, format, change, packages, platform, reason) = Self.checks[row]
        let request = Self.request(shape, format, change)
        guard let reason else { return try shape.check(request, packages: packages, platform: platform) }
        let failure = try failure { try shape.check(request, packages: packages, platform: platform) }
        #expect(failure.code == .usage && failure.subject == "--for \(shape.rawValue)" && failure.reason == reason)
    }

    static let sizes: [(PackShape, PackRequest.Format, UInt64, Bool)] = [
        (.lambda, .zip, 250 << 20, true), (.lambda, .zip, (250 << 20) + 1, false), (.lambda, .oci, 10 << 30, true),
        (.lambda, .oci, (10 << 30) + 1, false), (.cloudRun, .oci, 1 << 40, true), (.jupyter, .oci, 1 << 40, true),
    ]

    @Test(arguments: sizes)
    func size(shape: PackShape, format: PackRequest.Format, bytes: UInt64, fits: Bool) throws {
        if fits { return try shape.check(unpacked: bytes, format) }
        let failure = try failure { try shape.check(unpacked: bytes, format) }
        #expect(failure.hint?.hasPrefix("leave files out with --exclude") == true)
    }
}
