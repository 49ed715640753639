// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Platform
import Scenes
import Testing

@testable import krait

@Suite("pack, push, lock and export, as typed")
struct PackVerbTests {
    /// Words that contradict each other, or that the format has no place for; nothing is written.
    @Test(arguments: [
        ("app", "no output was given"), ("app -o -", "no output was given"), ("app -o x", "does not imply a format"),
        ("app -o x --format rpm", "it is oci, oci-archive"), ("app -o x.tar --entrypoint app", "is for images"),
        ("app -o x.zip --base scratch", "--base"), ("app -o x.tar --tag t", "--tag"),
        ("app -o x.tar --krait k", "--krait"), ("app -o x --format oci --tag a/b", "is not a tag"),
        ("app -o x --format oci --layers 0", "is not a number from 1 to"),
        ("app -o x --format oci --layers many", "is not a number from 1 to"),
        ("app -o x --format oci --compress lzma", "it is gzip, zstd or none"),
        ("app -o x --format docker-archive --compress zstd", "use --format oci-archive"),
        ("app -o x --format oci --libc auto --base b", "has a C library of its own"),
        ("app -o x --format oci --prefix env", "is not a plain path from the root"),
        ("app -o x --format oci --prefix /", "is not a plain path from the root"),
        ("app -o x --format oci --prefix /a/../b", "is not a plain path from the root"),
        ("app -o x --format oci --workdir srv", "is not a path from the root"),
        ("app -o x --format oci --for moon", "is not a place that krait knows"),
        ("app -o x --format oci --add nothing", "nothing"), ("app -n env -o x.tar", "pack one or the other"),
        ("-p env -f f.yml -o x.tar", "pack one or the other"), ("-n nowhere -o x.tar", "is not an environment"),
    ])
    func refusals(words: String, reason: String) throws {
        let scene = try Scene()
        let outcome = scene.run("pack \(words)")
        #expect(outcome.code == 2 && outcome.words.contains(reason), "\(outcome.code) \(outcome.words)")
        for name in ["x", "x.tar", "x.zip"] { #expect(!scene.directory.exists(name)) }
    }

    /// Names decide the format of archives, and the document tells what was written.
    @Test(arguments: [
        ("x.tar", "tar", "1f"), ("x.tar.gz", "tar.gz", "1f8b"), ("x.tar.zst", "tar.zst", "28b52ffd"),
        ("x.zip", "zip", "504b"),
    ])
    func archives(name: String, format: String, magic: String) throws {
        let scene = try Scene()
        let outcome = scene.run("pack app -o \(name) --json")
        #expect(outcome.code == 0, "\(outcome.words)")
        let document = try outcome.json
        #expect(document["format"]?.string == format && document["packages"]?.int == 2)
        #expect(document["prefix"] == "/env" && document["digest"] == .null && document["layers"] == [])
        let bytes = try #require(try readFileIfPresent("\(scene.path)/\(name)", limit: 1 << 24))
        #expect(document["size"]?.int == bytes.count)
        if format != "tar" { #expect(bytes.prefix(magic.utf8.count / 2).map { hex($0) }.joined() == magic) }
    }

    private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    @Test func images() throws {
        let scene = try Scene()
        let line = "pack app -o image --format oci --layers 3 --entrypoint app --label a=b --user 1:1 --env P=1 --tag t"
        let document = try scene.run("\(line) --json").json
        let layers = try #require(document["layers"]?.array)
        #expect(!layers.isEmpty && layers.count <= 3)
        #expect(layers.flatMap { $0["packages"]?.strings ?? [] }.sorted() == ["app", "lib"])
        #expect(document["images"]?.array?.map { $0["platform"] } == ["linux-64"])
        let text = scene.run(line)
        #expect(text.words.contains("Packed 2 packages for linux-64 in \(layers.count) layer"), "\(text.words)")
        #expect(text.words.hasSuffix("\(document["digest"]?.string ?? "?")\n"), "the same bytes again")
    }

    @Test func leavesOut() throws {
        let scene = try Scene()
        let outcome = scene.run("pack heavy -o x.tar --exclude headers,static --exclude share/nothing --json")
        let savings = try #require(outcome.json["left_out"]?.array)
        #expect(savings.map { $0["rule"] } == ["headers", "static", "share/nothing"])
        #expect(savings.map { $0["files"]?.int } == [1, 1, 0])
        let text = scene.run("pack heavy -o y.tar --exclude headers --exclude share/nothing").words
        #expect(text.contains("Left out: headers 1 file, 11 B; share/nothing (no file matches)\n"), "\(text)")
    }

    @Test(arguments: [
        ("push", "needs an image and a place for it"), ("push a", "needs an image and a place for it"),
        ("push image not/a/registry:", "not/a/registry"),
        ("push DIR localhost:1/a --entrypoint x", "is packed already"),
    ])
    func pushing(line: String, reason: String) throws {
        let scene = try Scene()
        let outcome = scene.run(line.replacing("DIR", with: scene.channel.path))
        #expect(outcome.code == 2 && outcome.words.contains(reason), "\(outcome.words)")
    }

    @Test func locks() throws {
        let scene = try Scene()
        try scene.write("environment.yml", "channels: [\(scene.channel.path)]\ndependencies: [native]\n")
        let line = "lock -f \(scene.path)/environment.yml --platform linux-64,linux-aarch64"
        let trial = scene.run("\(line) --dry-run")
        #expect(trial.words == "Would write \(scene.path)/conda-lock.yml for linux-64, linux-aarch64\n")
        #expect(!scene.directory.exists("conda-lock.yml"))
        let document = try scene.run("\(line) --json").json
        #expect(document["files"]?.strings == ["\(scene.path)/conda-lock.yml"])
        let text = try scene.read("conda-lock.yml")
        #expect(text.contains("native-1.0-0.conda") && text.contains("native-1.1-0.conda"))
        let lists = try scene.run("\(line) --format explicit --json").json["files"]?.strings
        #expect(lists == ["linux-64", "linux-aarch64"].map { "\(scene.path)/conda-\($0).lock" })
        #expect(try scene.read("conda-linux-64.lock").contains("@EXPLICIT\n"))
        let one = scene.run("\(line) --format explicit -o \(scene.path)/one.lock")
        #expect(one.code == 2 && one.words.contains("a list of URLs holds one platform"))
        #expect(scene.run("lock lib --format toml").words.contains("it is conda-lock or explicit"))
        #expect(scene.run("lock lost -o \(scene.path)/lost.lock").code == 3)
        #expect(!scene.directory.exists("lost.lock"))
    }

    /// What is exported makes the same environment again, in each format; and says which one it is.
    @Test(arguments: [
        ("", "yaml"), ("--json", "json"), ("--explicit", "explicit"), ("--format conda-lock", "conda-lock"),
        ("--no-builds", "yaml"), ("--from-history --with-versions", "yaml"),
    ])
    func exports(options: String, format: String) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app=1", "native"])
        let text = scene.run("export -n env \(options)").output
        let name =
            ["yaml": "e.yml", "json": "e.json", "explicit": "e.txt", "conda-lock": "conda-lock.yml"][format] ?? ""
        try scene.write(name, text)
        #expect(scene.run("create -y -n again -f \(scene.path)/\(name)").code == 0, "\(text)")
        #expect(try scene.installed("again") == scene.installed())
        if options != "--json" {
            let document = try scene.run("export -n env \(options) --json --file \(scene.path)/out").json
            #expect(document["format"]?.string == format)
            #expect(try scene.read("out") == text)
        }
    }

    @Test func whatAnExportHolds() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app=1"])
        _ = scene.run("env config vars set -n env COLOUR=red API_TOKEN=abc")
        #expect(
            scene.run("export -n env --from-history --ignore-channels --no-variables").output == """
                name: env
                dependencies:
                  - app=1
                prefix: \(scene.prefix())

                """)
        let usual = scene.run("export -n env")
        #expect(usual.output.contains("COLOUR: red") && !usual.output.contains("abc"))
        #expect(usual.words.contains("API_TOKEN"), "what is left out is told of")
        #expect(scene.run("export -n env --with-secrets").output.contains("API_TOKEN: abc"))
        #expect(scene.run("export -n env --channel-subdir").output.contains("/noarch::app=1.0=0"))
        #expect(scene.run("export -n env --explicit --no-md5").output.contains("app-1.0-0.conda\n"))
        #expect(scene.run("export -n env --with-versions").words.contains("goes with --from-history"))
        #expect(scene.run("export -n env --explicit --format yaml").words.contains("cannot be combined"))
        #expect(scene.run("export -n env --format toml").code == 2)
    }
}
