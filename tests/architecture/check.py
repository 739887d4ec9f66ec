# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, one function each. check.py prints their names; check.py RULE ROOT checks one."""

import os
import re
import subprocess
import sys
from pathlib import Path

MOST_LINES = 500
BANNED_NAMES = {"utils", "util", "common", "misc", "helpers", "helper"}
PUBLIC_MACROS = {"FORECOST_EXPECTS", "FORECOST_TRY"}
INNER_MACROS = {"FORECOST_TRY_", "FORECOST_CONCAT", "FORECOST_CONCAT_"}
# What a library must not do; device/system.cpp is the one door to the machine.
TALKS_OR_DIES = re.compile(
    r"\bstd::(cout|cerr|clog)\b|(?<![\w.>])(?:std::)?(printf|puts|putchar|abort|exit|_exit|quick_exit|getenv|secure_getenv)\s*\("
    r"|\bfmt::print\s*\(|\bfprintf\s*\(|\bstd::terminate\s*\("
)
DOOR = "forecost/device/system.cpp"
GENERATED_PATHS = ("build", "../")


def files(root, *patterns):
    """Files that git tracks or would track, third_party excepted."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
    )
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:  # an unpacked archive
        names = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    for name in sorted(set(names)):
        parts = name.split("/")
        if parts[0] in ("third_party", "build", ".git") or parts[0].startswith("build-"):
            continue
        if (root / name).is_file() and any(name.endswith(pattern) for pattern in patterns or ("",)):
            yield name


def text_of(root, name):
    return (root / name).read_text(encoding="utf-8")


def without_comments(code):
    code = re.sub(r"/\*.*?\*/", " ", code, flags=re.S)
    code = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', code)
    return re.sub(r"//[^\n]*", "", code)


def includes_respect_the_order(root):
    order = text_of(root, "forecost/ORDER").split()
    rank = {stage: number for number, stage in enumerate(order)}
    for folder in sorted(path.name for path in (root / "forecost").iterdir() if path.is_dir()):
        if folder not in rank:
            yield f"forecost/{folder}", "a stage that forecost/ORDER does not list"
    for name in files(root, ".h", ".cpp"):
        parts = name.split("/")
        included = re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', text_of(root, name), flags=re.M)
        for header in included:
            target = header.split("/")
            if parts[0] == "forecost" and target[0] in ("app", "tests", "bench", "studies"):
                yield name, f"a library file includes {header}"
            if target[0] != "forecost" or len(target) < 3 or parts[0] not in ("forecost", "tests") or len(parts) < 3:
                continue
            mine, theirs = parts[1], target[1]
            if mine in rank and theirs in rank and rank[theirs] > rank[mine]:
                yield name, f"stage {mine} includes {header}, but {theirs} comes later in forecost/ORDER"


def no_file_is_longer_than_500_lines(root):
    for name in files(root, ".h", ".cpp", ".py", ".sh", ".cmake", ".md", "CMakeLists.txt"):
        lines = text_of(root, name).count("\n")
        if lines > MOST_LINES:
            yield name, f"{lines} lines: split it by idea"


def no_file_is_named_utils_or_common(root):
    for name in files(root):
        for part in name.split("/"):
            words = set(re.split(r"[_\-.]", part.lower()))
            if words & BANNED_NAMES:
                yield name, f"'{part}' says nothing: name the idea"


def there_are_at_most_three_public_macros(root):
    assert len(PUBLIC_MACROS) <= 3
    for name in files(root, ".h"):
        for macro in re.findall(r"^\s*#\s*define\s+(\w+)", text_of(root, name), flags=re.M):
            if macro not in PUBLIC_MACROS | INNER_MACROS:
                yield name, f"macro {macro}: the public ones are {', '.join(sorted(PUBLIC_MACROS))}"


def the_library_never_prints_exits_or_reads_the_environment(root):
    for name in files(root, ".h", ".cpp"):
        if not name.startswith("forecost/") or name == DOOR:
            continue
        for match in TALKS_OR_DIES.finditer(without_comments(text_of(root, name))):
            yield name, f"'{match.group(0).strip()}': a library returns an Error; {DOOR} reads the machine"


def every_source_has_the_licence_line(root):
    for name in files(root, ".h", ".cpp", ".sh", ".py"):
        if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(text_of(root, name).split("\n")[:2]):
            yield name, "the first lines miss 'SPDX-License-Identifier: Apache-2.0'"


def every_public_header_says_what_it_is_for(root):
    for name in files(root, ".h"):
        if name.startswith(("forecost/", "app/")):
            lines = text_of(root, name).split("\n")
            if len(lines) < 2 or not lines[1].startswith("///"):
                yield name, "line 2 is not a '///' sentence"


def lists_have_a_summary_a_source_and_a_test(root):
    for name in files(root, ".txt"):
        if not re.fullmatch(r"forecost/\w+/\w+\.txt", name):
            continue
        stage, table = name[:-4].split("/")[1:]
        for line in text_of(root, name).split("\n"):
            if not re.match(r"[a-z]", line):
                continue
            entry, _, summary = line.partition(" ")
            if not summary.strip():
                yield name, f"'{entry}' has no summary behind it"
            for needed in (f"forecost/{stage}/{table}/{entry}.cpp", f"tests/{stage}/{table}/{entry}_test.cpp"):
                if not (root / needed).is_file():
                    yield name, f"'{entry}' is listed, but {needed} does not exist"


def paths_in_documents_exist(root):
    """Every `path/with/slash` or `NAME.md` in backquotes, and every relative link."""
    for name in files(root, ".md"):
        text = re.sub(r"```.*?```", "", text_of(root, name), flags=re.S)
        folder = (root / name).parent
        links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
        for link in links:
            if link and not re.match(r"[a-z]+:", link) and not (folder / link).exists():
                yield name, f"link to {link}, which does not exist"
        for quoted in re.findall(r"`([\w.\-/]+)`", text):
            is_path = quoted.startswith(tuple(entry + "/" for entry in top_folders(root))) or quoted.endswith(".md")
            if not is_path or quoted.startswith(GENERATED_PATHS):
                continue
            if not (root / quoted).exists() and not (folder / quoted).exists():
                yield name, f"`{quoted}` does not exist"


def top_folders(root):
    return {name.split("/")[0] for name in files(root) if "/" in name}


def formats_and_commands_are_documented(root):
    """Every JSON kind has its page; every command is in the README."""
    for name in files(root, ".cpp"):
        if name.startswith("tests/"):
            continue
        for kind in re.findall(r'\.kind = "forecost\.(\w+)"', text_of(root, name)):
            if not (root / f"docs/formats/{kind}.md").is_file():
                yield name, f"writes forecost.{kind}, but docs/formats/{kind}.md does not exist"
    readme = text_of(root, "README.md")
    for name in files(root, ".cpp"):
        if name.startswith("app/commands/"):
            command = Path(name).stem
            if f"forecost {command}" not in readme:
                yield name, f"README.md does not mention `forecost {command}`"


def nothing_of_the_developers_machine_is_in_the_tree(root):
    foreign = re.compile(r"(?<![\w.])/(?:work|root)/[a-z.]")
    for name in files(root, ".h", ".cpp", ".py", ".sh", ".cmake", ".md", ".txt", ".json", "Makefile"):
        if name == "tests/architecture/check.py":
            continue
        for match in foreign.finditer(text_of(root, name)):
            yield name, f"the path '{match.group(0)}...' belongs to one machine"


RULES = {
    function.__name__: function
    for function in (
        includes_respect_the_order,
        no_file_is_longer_than_500_lines,
        no_file_is_named_utils_or_common,
        there_are_at_most_three_public_macros,
        the_library_never_prints_exits_or_reads_the_environment,
        every_source_has_the_licence_line,
        every_public_header_says_what_it_is_for,
        lists_have_a_summary_a_source_and_a_test,
        paths_in_documents_exist,
        formats_and_commands_are_documented,
        nothing_of_the_developers_machine_is_in_the_tree,
    )
}


def main():
    if len(sys.argv) < 3:
        print("\n".join(RULES))
        return 0
    os.environ["GIT_CONFIG_COUNT"] = "1"  # the tree may belong to another user, as in a container
    os.environ["GIT_CONFIG_KEY_0"] = "safe.directory"
    os.environ["GIT_CONFIG_VALUE_0"] = "*"
    broken = list(RULES[sys.argv[1]](Path(sys.argv[2])))
    for name, why in broken:
        print(f"{name}: {why}")
    return 1 if broken else 0


sys.exit(main())
