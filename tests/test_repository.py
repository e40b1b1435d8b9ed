"""What holds for the tree as a whole: sizes, names, and who may speak to other machines."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("cryoclinic", "procedures", "scheduling", "notifications")
MODULE_LINES = 300
FUNCTION_LINES = 40
NETWORK = frozenset({"requests", "httpx", "aiohttp", "urllib3", "twilio", "smtplib"})
TOP_LEVEL = frozenset(
    {
        ".ci", ".dockerignore", ".env.sample", ".gitignore", ".importlinter", "CHANGELOG.md", "CONTRIBUTING.md",
        "Dockerfile", "LICENSE", "Makefile", "Procfile", "README.md", "cryoclinic", "docker-compose.yml", "docs",
        "manage.py", "notifications", "procedures", "pyproject.toml", "requirements", "scheduling", "tests",
    }
)  # fmt: skip
# What git does not keep: made by tools, or by whoever works here.
UNTRACKED = frozenset(
    {
        ".coverage", ".data", ".env", ".git", ".hypothesis", ".idea", ".import_linter_cache", ".mypy_cache",
        ".pytest_cache", ".ruff_cache", ".venv", ".vscode", "__pycache__", "staticfiles", "test-output",
    }
)  # fmt: skip


def modules() -> list[Path]:
    """Return our own modules; migrations are generated."""
    found = [path for package in PACKAGES for path in (PROJECT / package).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(module: Path) -> set[str]:
    """Return the top-level packages a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def test_modules_stay_within_their_size() -> None:
    sizes = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}

    # One settings file is easier to find one's way in than several.
    too_long = {
        name: size for name, size in sizes.items() if size > MODULE_LINES and Path(name).stem != "settings"
    }

    assert too_long == {}


@pytest.mark.slow
def test_functions_stay_within_their_size() -> None:
    too_long = {
        f"{named(module)}:{function.name}": function.end_lineno - function.lineno + 1
        for module in modules()
        for function in functions(module)
        if function.end_lineno is not None and function.end_lineno - function.lineno >= FUNCTION_LINES
    }

    assert too_long == {}


def test_top_level_holds_what_is_expected() -> None:
    found = {path.name for path in PROJECT.iterdir()} - UNTRACKED

    assert found - TOP_LEVEL == set()
    assert {*PACKAGES, "manage.py", "docker-compose.yml", "tests"} - found == set()


@pytest.mark.slow
def test_channels_alone_speak_to_other_machines() -> None:
    speakers = {
        named(module): names & NETWORK
        for module in modules()
        if "channels" not in module.parts and (names := imported(module)) & NETWORK
    }

    assert speakers == {}


def test_decision_records_have_numbers_of_their_own() -> None:
    numbers = Counter(path.name[:4] for path in (PROJECT / "docs" / "adr").glob("*.md"))

    assert {number: count for number, count in numbers.items() if count > 1} == {}
    assert {number for number in numbers if not number.isdigit()} == set()


def test_every_dependency_says_what_it_is_for() -> None:
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    declared = {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    lines = text.splitlines()
    listed = {index: line.strip().strip(",").strip('"') for index, line in enumerate(lines)}

    unexplained = {
        entry for index, entry in listed.items() if entry in declared and not _explained(lines, index)
    }

    assert unexplained == set()


def _explained(lines: list[str], index: int) -> bool:
    # A comment covers the entries that follow it without a gap.
    while index > 0 and re.match(r'\s*"', lines[index]):
        index -= 1
    return lines[index].lstrip().startswith("#")


def test_sample_environment_names_every_variable_the_settings_read() -> None:
    settings = (PROJECT / "cryoclinic" / "settings.py").read_text(encoding="utf-8")
    sample = (PROJECT / ".env.sample").read_text(encoding="utf-8")

    read = set(re.findall(r'(?:env\.\w+|env|required)\(\s*"([A-Z_]+)"', settings))

    assert read - set(re.findall(r"^#?([A-Z_]+)=", sample, flags=re.MULTILINE)) == set()
