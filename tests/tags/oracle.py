"""Writes the tags that Python's packaging library gives, for tests/tags/. Run with: pip install packaging==26.3

    python tests/tags/oracle.py > tests/tags/packaging-26.3.txt
"""
import packaging
from packaging import tags, _manylinux, _musllinux

CASES = [
    ("3.14t", "manylinux_2_28_x86_64"),
    ("3.14", "manylinux_2_28_x86_64"),
    ("3.13t", "manylinux_2_17_aarch64"),
    ("3.15t", "manylinux_2_34_x86_64"),
    ("3.14t", "manylinux_2_28_i686"),
    ("3.14t", "musllinux_1_2_x86_64"),
    ("3.14t", "macosx_14_0_arm64"),
    ("3.14t", "macosx_15_4_x86_64"),
    ("3.13", "macosx_10_13_x86_64"),
    ("3.16t", "macosx_11_0_arm64"),
    ("3.14t", "win_amd64"),
    ("3.13", "win32"),
    ("3.15t", "win_arm64"),
]


def platforms(text):
    parts = text.split("_", 3)
    if parts[0] == "manylinux":
        arch = parts[3]
        _manylinux._get_glibc_version = lambda: _manylinux._GLibCVersion(2, int(parts[2]))
        _manylinux._have_compatible_abi = lambda *_: True
        return [*_manylinux.platform_tags([arch]), f"linux_{arch}"]
    if parts[0] == "musllinux":
        arch = parts[3]
        _musllinux._get_musl_version = lambda _: _musllinux._MuslVersion(1, int(parts[2]))
        return [*_musllinux.platform_tags([arch]), f"linux_{arch}"]
    if parts[0] == "macosx":
        return list(tags.mac_platforms((int(parts[1]), int(parts[2])), parts[3]))
    return [text]


print(f"Made by oracle.py with packaging {packaging.__version__}; the same in every later run.")
for python, platform in CASES:
    version = tuple(int(part) for part in python.rstrip("t").split("."))
    abi = "cp" + python.replace(".", "")
    plats = platforms(platform)
    print(f"\n== {python} {platform}")
    for tag in tags.cpython_tags(version, [abi], plats):
        print(tag)
    for tag in tags.compatible_tags(version, f"cp{version[0]}{version[1]}", plats):
        print(tag)
