// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Images

/// Where an image or archive is to run (`--for`): what that place needs is set unless the user has said otherwise, and its
/// limits are kept.
package enum PackShape: String, Sendable, CaseIterable {
    /// AWS Lambda: an image with the runtime's client, or a zip as a layer of functions.
    case lambda
    /// Google Cloud Run (container contract).
    case cloudRun = "cloud-run"
    /// JupyterHub, Kubernetes spawners, or a server alone.
    case jupyter
    /// A machine to work on through SSH.
    case ssh

    /// Home of the user of notebook images.
    private static let home = "/home/jovyan"

    /// Sets what the place needs and nobody has said.
    func apply(to request: inout PackRequest) {
        /// Variables that the user sets come after these.
        func set(_ variables: [String]) { request.variables = variables + request.variables }
        switch self {
        case .lambda:
            // All but /tmp is read-only there, and the user has no home.
            set(["HOME=/tmp", "LAMBDA_TASK_ROOT=/var/task"])
            request.workingDirectory = request.workingDirectory ?? "/var/task"
            request.directories.append(("/var/task", false))
            if request.entrypoint.isEmpty {
                request.entrypoint = ["\(request.prefix)/bin/python", "-m", "awslambdaric"]
            }
        case .cloudRun:
            // What is printed is to reach the log at once.
            set(["HOME=/tmp", "PYTHONUNBUFFERED=1"])
        case .jupyter:
            set(["HOME=\(Self.home)", "SHELL=/bin/sh"])
            request.user = request.user ?? "1000:1000"
            request.workingDirectory = request.workingDirectory ?? Self.home
            request.directories.append((Self.home, true))
            request.ports.append("8888/tcp")
            if request.entrypoint.isEmpty, request.command.isEmpty {
                request.command = ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser"]
            }
        case .ssh:
            set(["HOME=\(SecureShell.home)"])
            request.user = request.user ?? "1000:1000"
            request.workingDirectory = request.workingDirectory ?? SecureShell.home
            request.directories += [(SecureShell.home, true), (SecureShell.empty, false)]
            request.ports.append("\(SecureShell.port)/tcp")
        }
    }

    /// Makes sure that the place can run what is packed.
    ///
    /// - Parameter packages: their names.
    func check(_ request: PackRequest, packages: Set<String>, platform: String) throws(Failure) {
        guard request.format.isImage || (self == .lambda && request.format == .zip) else {
            throw refusal("takes no \(request.format.rawValue)", hint: "use --format oci")
        }
        switch self {
        case .lambda where request.format.isImage:
            guard request.compression == .gzip else {
                throw refusal("takes layers compressed with gzip only", hint: "leave out --compress")
            }
            let runsClient = request.entrypoint.dropFirst() == ["-m", "awslambdaric"]
            guard !runsClient || packages.contains("awslambdaric") else {
                throw refusal(
                    "runs python through `awslambdaric`, which is not among the packages",
                    hint: "add awslambdaric to them, or say what runs with --entrypoint")
            }
            guard !runsClient || !request.command.isEmpty else {
                throw refusal("needs the name of a handler", hint: "say for example --cmd app.handler")
            }
        case .lambda: break
        case .cloudRun:
            guard platform == "linux-64" else {
                throw refusal("runs linux-64, and this is for \(platform)", hint: "use --platform linux-64")
            }
        case .jupyter:
            let servers: Set = ["jupyterlab", "notebook", "jupyterhub", "jupyterhub-singleuser", "jupyterhub-base"]
            guard request.command.first != "jupyter" || !packages.isDisjoint(with: servers) else {
                throw refusal("needs jupyterlab, which is not among the packages", hint: "add jupyterlab to them")
            }
        // Where the server is, only its files tell.
        case .ssh: break
        }
    }

    /// Makes sure that `bytes` unpacked are not too many: Lambda's quotas of images and of layers of functions.
    func check(unpacked bytes: UInt64, _ format: PackRequest.Format) throws(Failure) {
        guard self == .lambda else { return }
        let limit: UInt64 = format.isImage ? 10 << 30 : 250 << 20
        guard bytes > limit else { return }
        throw refusal(
            "takes \(limit >> 20) MiB unpacked, and this has \((bytes + (1 << 20) - 1) >> 20)",
            hint: format.isImage
                ? "leave files out with --exclude"
                : "leave files out with --exclude, or pack an image, which may have 10 GiB")
    }

    private func refusal(_ reason: String, hint: String) -> Failure {
        Failure(.usage, "--for \(rawValue)", reason, hint: hint)
    }
}
