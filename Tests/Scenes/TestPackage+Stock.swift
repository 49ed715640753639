// SPDX-License-Identifier: BSD-3-Clause

extension TestPackage {
    /// What the channel of a scene has: a library in three versions, what needs it, and one of each kind of package.
    package static let stock: [TestPackage] = [
        TestPackage("lib 1.0"),
        TestPackage("lib 1.1").with { $0.day = 5 },
        TestPackage("lib 2.0").with { $0.day = 10 },
        TestPackage("app 1.0", ["lib >=1,<2"], files: ["bin/app": "#!\(placeholder)/bin/sh\n"]),
        TestPackage("app 2.0", ["lib >=2"], files: ["bin/app": "#!\(placeholder)/bin/sh\n# 2\n"]).with { $0.day = 12 },
        TestPackage("plug 1.0", ["app"]),
        TestPackage("alone 1.0").with { $0.license = "MIT" },
        TestPackage("twin 1.0 a"),
        TestPackage("twin 1.0 b").with { $0.buildNumber = 1 },
        TestPackage("bound 1.0").with { $0.constrains = ["lib <2"] },
        TestPackage("gpu 1.0", ["__cuda >=12"]),
        TestPackage("lost 1.0", ["nowhere"]),
        TestPackage("old 1.0").with { $0.suffix = ".tar.bz2" },
        TestPackage("native 1.0").with { $0.subdir = "linux-64" },
        TestPackage("native 1.1").with { $0.subdir = "linux-aarch64" },
        TestPackage("python 3.11.0").with { $0.subdir = "linux-64" },
        TestPackage("python 3.12.0").with { $0.subdir = "linux-64" },
        TestPackage("pip 24.0", ["python"]),
        TestPackage("uv 0.9").with { $0.subdir = "linux-64" },
        TestPackage(
            "heavy 1.0",
            files: [
                "include/heavy.h": "int heavy;\n", "lib/libheavy.a": "archive", "share/doc/heavy/README": "read me\n",
                "lib/heavy/one.pyi": "one: int\n",
            ]),
    ]
}
