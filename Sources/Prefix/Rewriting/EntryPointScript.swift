// SPDX-License-Identifier: BSD-3-Clause

import Conda

/// The console scripts that are made for `noarch: python` packages (Rules §12.6).
enum EntryPointScript {
    /// The mode asked for; the umask has its say.
    static let mode: UInt32 = 0o775

    /// The script's bytes. It imports nothing but `sys` and what it was asked for, for each import delays its start.
    static func bytes(_ point: EntryPoint, interpreter: [UInt8], platform: TargetPlatform) -> [UInt8] {
        let imported = point.function.split(separator: ".").first.map(String.init) ?? point.function
        var script = Shebang.python(interpreter, platform: platform)
        script += Array(
            """

            # -*- coding: utf-8 -*-
            import sys

            from \(point.module) import \(imported)

            if __name__ == "__main__":
                for ending in ("-script.py", "-script.pyw", ".exe"):
                    if sys.argv[0].endswith(ending):
                        sys.argv[0] = sys.argv[0][: -len(ending)]
                        break
                sys.exit(\(point.function)())

            """.utf8)
        return script
    }
}
