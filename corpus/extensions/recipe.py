#!/usr/bin/env python3
"""Build the cases of cases.toml again.

usage: recipe.py [NAME...]

Each case names a source and a toolchain below; what it adds stands in `flags`. Nothing links with an interpreter or
a C library, so that files stay small and need no headers. Debian 12: clang-14, lld-14, lld-16 (for chained fixups), llvm-14,
gcc-{aarch64,i686,s390x,powerpc64le,riscv64}-linux-gnu, gcc-arm-linux-gnueabihf; ziglang 0.17.1 for what these lack,
in the Python that runs this (3.11 or later). Cases of binding generators are made by generators.py, which says what it needs.
The files are checked in: only whoever changes a case needs the compilers.
"""
import pathlib, subprocess, sys, tomllib

import generators

HERE = pathlib.Path(__file__).parent
LLVM = "/usr/lib/llvm-14/bin"
LLD16 = "-fuse-ld=/usr/lib/llvm-16/bin/ld.lld"
ELF = ["-shared", "-fPIC", "-O2", "-nostdlib", "-fno-builtin", "-fno-ident", "-fno-asynchronous-unwind-tables",
       "-fvisibility=hidden", "-Wl,--build-id=none", "-Wl,-z,max-page-size=4096", "-Wl,-z,noseparate-code"]


def elf(compiler):
    return lambda source, out, flags: [[compiler, *ELF, *flags, str(source), "-o", str(out)]]


def macho(*archs, llvm=LLVM):
    def steps(source, out, flags):
        compile_flags = [f for f in flags if not f.startswith("link:")]
        link_flags = [f.removeprefix("link:") for f in flags if f.startswith("link:")]
        slices = []
        for arch in archs:
            part = f"{out}.{arch}"
            yield [f"{LLVM}/clang", f"--target={arch}-apple-macos11", "-O2", "-c", "-fno-builtin", "-fno-ident",
                   "-fvisibility=hidden", "-fno-asynchronous-unwind-tables", *compile_flags, str(source), "-o", part + ".o"]
            yield [f"{llvm}/ld64.lld", "-arch", arch, "-platform_version", "macos", "11.0", "11.0", "-bundle",
                   "-undefined", "dynamic_lookup", *link_flags, part + ".o", "-o", part]
            slices.append(part)
        yield [f"{LLVM}/llvm-lipo", "-create", *slices, "-output", str(out)] if len(slices) > 1 else ["cp", slices[0], str(out)]
        yield ["rm", "-f", *slices, *(s + ".o" for s in slices)]
    return steps


def pe(target, machine, imports="python314t"):
    def steps(source, out, flags):
        functions = "PyModuleDef_Init PyModule_Create2 PyUnstable_Module_SetGIL PyModule_AddIntConstant Py_GetVersion"
        dll = next((f.removeprefix("dll:") for f in flags if f.startswith("dll:")), imports)
        flags = [f for f in flags if not f.startswith("dll:")]
        definition = pathlib.Path(f"{out}.def")
        definition.write_text(f"LIBRARY {dll}.dll\nEXPORTS\n" + "\n".join(functions.split()) + "\n")
        yield [f"{LLVM}/llvm-dlltool", "-m", machine, "-d", str(definition), "-l", f"{out}.lib"]
        yield [f"{LLVM}/clang", f"--target={target}-pc-windows-msvc", "-O2", "-c", "-fno-builtin", "-ffreestanding", *flags, str(source), "-o", f"{out}.o"]
        yield [f"{LLVM}/lld-link", "/dll", "/noentry", "/nodefaultlib", "/timestamp:0", f"/out:{out}", f"{out}.o", f"{out}.lib"]
        yield ["rm", "-f", f"{out}.o", f"{out}.lib", str(out.with_suffix(".lib")), str(definition)]
    return steps


def zig(target):
    """Clang and LLD of the newest LLVM, for machines and linkers that Debian's releases do not have."""
    return lambda s, o, f: [[sys.executable, "-m", "ziglang", "cc", "-target", target, *ZIG, *f, str(s), "-o", str(o)]]


ZIG = ["-shared", "-fPIC", "-O2", "-nostdlib", "-fno-builtin", "-fno-sanitize=all", "-fvisibility=hidden", "-s"]

TOOLCHAINS = {
    "zig-loong64": zig("loongarch64-linux-gnu"),
    "gcc": elf("gcc"),
    "clang": elf("clang"),
    "lld": lambda s, o, f: elf("clang")(s, o, ["-fuse-ld=lld", *f]),
    "lld-aarch64": lambda s, o, f: elf(f"{LLVM}/clang")(s, o, ["--target=aarch64-linux-gnu", LLD16, *f]),
    "lld-riscv64": lambda s, o, f: elf(f"{LLVM}/clang")(s, o, ["--target=riscv64-linux-gnu", "-mno-relax", LLD16, *f]),
    "aarch64": elf("aarch64-linux-gnu-gcc"),
    "i686": elf("i686-linux-gnu-gcc"),
    "armv7": elf("arm-linux-gnueabihf-gcc"),
    "ppc64le": elf("powerpc64le-linux-gnu-gcc"),
    "s390x": elf("s390x-linux-gnu-gcc"),
    "riscv64": elf("riscv64-linux-gnu-gcc"),
    "macho-x86_64": macho("x86_64"),
    "macho-arm64": macho("arm64"),
    "macho-arm64-chained": macho("arm64", llvm="/usr/lib/llvm-16/bin"),
    "macho-x86_64-chained": macho("x86_64", llvm="/usr/lib/llvm-16/bin"),
    "macho-universal2": macho("x86_64", "arm64"),
    "pe-x86_64": pe("x86_64", "i386:x86-64"),
    "pe-arm64": pe("aarch64", "arm64"),
    "pe-x86": pe("i686", "i386"),
}


def main():
    cases = tomllib.loads((HERE / "cases.toml").read_text())["case"]
    names = sys.argv[1:]
    for case in cases:
        if names and case["file"] not in names:
            continue
        out = HERE / "built" / case["file"]
        out.parent.mkdir(parents=True, exist_ok=True)
        if case["toolchain"] in generators.GENERATORS:
            generators.make(case["toolchain"], out, case.get("flags", []))
            print(out.stat().st_size, case["file"])
            continue
        for step in TOOLCHAINS[case["toolchain"]](HERE / "src" / case["source"], out, case.get("flags", [])):
            subprocess.run(step, check=True)
        for step in case.get("after", []):
            subprocess.run([*step, str(out)], check=True)
        print(out.stat().st_size, case["file"])


main()
