"""The rules of the house, held over every module: layers, purity, strangers among siblings.

Each rule is a function from a module to the lines that break it. It is tried on samples that break
it before it is held against the tree, so that an empty tree cannot pass for a clean one.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("checks", "incidents", "statuspage", "monitor")

# In incidents/ everything is pure but these.
EDGES_OF_INCIDENTS = ("incidents.journal", "incidents.outbox", "incidents.channels")
PURE = (
    "checks.assertions",
    "checks.rollup",
    "checks.duration",
    "statuspage.views",
    "monitor.schedule",
)
# What touches time, chance, files, the network or other threads.
IMPURE_MODULES = (
    "aiohttp",
    "aiosmtplib",
    "asyncio",
    "asyncpg",
    "concurrent",
    "http.client",
    "logging",
    "multiprocessing",
    "nats",
    "os",
    "pathlib",
    "queue",
    "random",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "socket",
    "sqlite3",
    "sqlite_utils",
    "ssl",
    "structlog",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
    "uvloop",
)
IMPURE_CALLS = ("now", "utcnow", "today", "uuid1", "uuid4")
IMPURE_BUILTINS = ("open", "input", "print")

# Folders whose members do not know one another.
STRANGERS = ("checks.kinds", "statuspage.pages", "incidents.channels")
# Adapters, and the one module that may reach them from outside.
ADAPTERS = ("monitor.storage", "monitor.transport")
COMPOSER = "monitor.app"

TEST_TOOLS = ("pytest", "unittest", "hypothesis", "time_machine", "tests")
TEST_VARIABLE = re.compile(r"PYTEST_\w+|UPFRONT_REQUIRE|CI|(\w+_)?(TEST|TESTS|TESTING|TEST_MODE)")

# In pieces, so that this file keeps the rule it states.
REGISTRIES = tuple(
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
    )
)
INDEX_OPTION = re.compile("(extra-)?index" + r"[-_]url\s*[=:]?\s*['\"]?\w+:" + "//", re.IGNORECASE)


@dataclass(frozen=True)
class Import:
    """One name that a module imports, in full: `from a import b` is both `a` and `a.b`."""

    name: str
    line: int


@dataclass(frozen=True)
class Module:
    """A module as text: its dotted name, and whether it is the `__init__` of a package."""

    name: str
    source: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self))

    def imports_at_once(self) -> Iterator[str]:
        """What is imported while this module is, and not by a function of it or for types only."""
        for node in _run_at_once(self.tree.body):
            yield from (imported.name for imported in _imported_by(self, node))


Rule = Callable[[Module], Iterator[str]]


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of these packages, or inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _imports(module: Module) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        yield from _imported_by(module, node)


def _imported_by(module: Module, node: ast.AST) -> Iterator[Import]:
    match node:
        case ast.Import(names=aliases):
            for alias in aliases:
                yield Import(alias.name, node.lineno)
        case ast.ImportFrom(names=aliases):
            base = _imported_from(module, node)
            yield Import(base, node.lineno)
            for alias in aliases:
                yield Import(f"{base}.{alias.name}", node.lineno)
        case ast.Call(func=func, args=[name, *_]) if _last_name(func) in (
            "import_module",
            "__import__",
        ):
            yield Import(_literal_start(name).rstrip("."), node.lineno)


def _run_at_once(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                continue
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=others):
                yield from _run_at_once(others)
            case _:
                yield node
                yield from _run_at_once(ast.iter_child_nodes(node))


def _imported_from(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    base = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*base, node.module] if node.module else base)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _literal_start(node: ast.expr) -> str:
    """What is certain of a string: all of a literal, the front of an f-string."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text
    return ""


# The rules ------------------------------------------------------------------------------------


def looks_rightwards(module: Module) -> Iterator[str]:
    """A package imports only from those to its left."""
    allowed = LAYERS[: LAYERS.index(module.name.partition(".")[0]) + 1]
    for imported in module.imports:
        if within(imported.name, *LAYERS) and not within(imported.name, *allowed):
            yield f"{module.name}:{imported.line} imports {imported.name}"


def is_pure(name: str) -> bool:
    """Whether the module of this name has promised to be pure."""
    return within(name, *PURE) or (
        within(name, "incidents") and not within(name, *EDGES_OF_INCIDENTS)
    )


def touches_the_world(module: Module) -> Iterator[str]:
    """Instants, identifiers and randomness are arguments of a pure module."""
    for imported in module.imports:
        if within(imported.name, *IMPURE_MODULES):
            yield f"{module.name}:{imported.line} imports {imported.name}"
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=func) if _last_name(func) in IMPURE_CALLS:
                yield f"{module.name}:{node.lineno} calls {_last_name(func)}()"
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_BUILTINS:
                yield f"{module.name}:{node.lineno} calls {name}()"
            case ast.Attribute(value=value, attr="now" | "utcnow" | "today") if _last_name(
                value
            ) in ("datetime", "date"):
                yield f"{module.name}:{node.lineno} reads the clock"


def knows_a_sibling(module: Module) -> Iterator[str]:
    """Kinds, pages and channels never import one another: each is one file to add or remove."""
    for folder in STRANGERS:
        if not module.name.startswith(f"{folder}."):
            continue
        own = f"{folder}.{module.name.removeprefix(f'{folder}.').partition('.')[0]}"
        for imported in module.imports:
            if imported.name.startswith(f"{folder}.") and not within(imported.name, own):
                yield f"{module.name}:{imported.line} imports {imported.name}"


def reaches_an_adapter(module: Module) -> Iterator[str]:
    """Only the composer chooses a storage or a transport, by import or by name."""
    if within(module.name, COMPOSER, *ADAPTERS):
        return
    for imported in module.imports:
        if within(imported.name, *ADAPTERS):
            yield f"{module.name}:{imported.line} imports {imported.name}"
    documentation = set(_documentation(module.tree))
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant | ast.JoinedStr) or node in documentation:
            continue
        if within(_literal_start(node).rstrip("."), *ADAPTERS):
            yield f"{module.name}:{node.lineno} names an adapter"


def _documentation(tree: ast.Module) -> Iterator[ast.expr]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))


def validates_with_pydantic(module: Module) -> Iterator[str]:
    """Settings are plain dataclasses; pydantic reads them in monitor/config/ and nowhere else."""
    if within(module.name, "monitor.config"):
        return
    for imported in module.imports:
        if within(imported.name, "pydantic", "pydantic_core"):
            yield f"{module.name}:{imported.line} imports {imported.name}"


def knows_of_tests(module: Module) -> Iterator[str]:
    """Production code never knows that a test is running."""
    for imported in module.imports:
        if within(imported.name, *TEST_TOOLS):
            yield f"{module.name}:{imported.line} imports {imported.name}"
    for number, line in enumerate(module.source.splitlines(), 1):
        if "pytest" in line.lower():
            yield f"{module.name}:{number} mentions pytest"
    for node in ast.walk(module.tree):
        variable = _variable_read(node)
        if variable and TEST_VARIABLE.fullmatch(variable):
            yield f"{module.name} reads {variable}"


def _variable_read(node: ast.AST) -> str:
    """The environment variable that an expression reads, if it reads one."""
    match node:
        case ast.Subscript(value=value, slice=key) if _last_name(value) == "environ":
            return _literal_start(key)
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[key, *_]) if (
            _last_name(value) == "environ"
        ):
            return _literal_start(key)
        case ast.Call(func=func, args=[key, *_]) if _last_name(func) == "getenv":
            return _literal_start(key)
        case ast.Compare(left=key, comparators=[value]) if _last_name(value) == "environ":
            return _literal_start(key)
    return ""


def names_a_registry(text: str) -> Iterator[str]:
    """Where packages come from is the machine's business, never a file's."""
    yield from (host for host in REGISTRIES if host in text)
    yield from (match[0] for match in INDEX_OPTION.finditer(text))


# The tree -------------------------------------------------------------------------------------


@cache
def our_modules() -> dict[str, Module]:
    """Every module of the four packages, by name."""
    files = (path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py")))
    return {module.name: module for module in map(_read, files)}


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Module(".".join(parts[:-1] if is_package else parts), path.read_text(), is_package)


def pure_modules() -> dict[str, Module]:
    """Those of our modules that promise to be pure."""
    return {name: module for name, module in our_modules().items() if is_pure(name)}


@cache
def files_of_the_repository() -> tuple[Path, ...]:
    """What git has, or would take."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("this tree is not a git repository")
    paths = (ROOT / name for name in listing.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())


# The tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (looks_rightwards, "checks.model", "import incidents"),
        (looks_rightwards, "checks.model", "from incidents.model import Incident"),
        (looks_rightwards, "incidents.slo", "def f():\n    from statuspage import site"),
        (looks_rightwards, "statuspage.web", "if TYPE_CHECKING:\n    import monitor.app"),
        (looks_rightwards, "statuspage.web", "import_module('monitor.app')"),
        (looks_rightwards, "statuspage.web", "importlib.import_module(f'monitor.{name}')"),
        (touches_the_world, "incidents.slo", "import time"),
        (touches_the_world, "incidents.slo", "from os import path"),
        (touches_the_world, "incidents.slo", "import asyncio.events as events"),
        (touches_the_world, "incidents.slo", "at = datetime.now(UTC)"),
        (touches_the_world, "incidents.slo", "at = dt.datetime.utcnow()"),
        (touches_the_world, "incidents.slo", "at = field(default_factory=datetime.now)"),
        (touches_the_world, "incidents.slo", "key = uuid.uuid4()"),
        (touches_the_world, "incidents.slo", "text = open('file').read()"),
        (touches_the_world, "incidents.slo", "def f(clock): return clock.now()"),
        (knows_a_sibling, "checks.kinds.http", "from checks.kinds.tcp import connect"),
        (knows_a_sibling, "checks.kinds.http", "from checks.kinds import tcp"),
        (knows_a_sibling, "checks.kinds.http", "from . import tcp"),
        (knows_a_sibling, "checks.kinds.http", "from .tcp import connect"),
        (knows_a_sibling, "statuspage.pages.history", "import statuspage.pages.overview"),
        (knows_a_sibling, "incidents.channels.mail", "from incidents.channels import webhook"),
        (reaches_an_adapter, "monitor.engine", "from monitor.storage import sqlite"),
        (reaches_an_adapter, "monitor.engine", "from .transport.local import Local"),
        (reaches_an_adapter, "monitor.commands.run", "load('monitor.storage.sqlite')"),
        (reaches_an_adapter, "monitor.commands.run", "load(f'monitor.storage.{scheme}')"),
        (validates_with_pydantic, "incidents.policy", "from pydantic import BaseModel"),
        (validates_with_pydantic, "monitor.app", "import pydantic_core"),
        (knows_of_tests, "monitor.app", "import unittest.mock"),
        (knows_of_tests, "monitor.app", "fast = 'PYTEST_CURRENT_TEST' in os.environ"),
        (knows_of_tests, "monitor.app", "fast = os.environ['TESTING']"),
        (knows_of_tests, "monitor.app", "fast = os.environ.get('UPFRONT_TEST')"),
        (knows_of_tests, "monitor.app", "fast = os.getenv('CI', '')"),
    ],
)
def test_a_rule_sees_what_breaks_it(rule: Rule, name: str, source: str):
    assert list(rule(Module(name, source)))


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (looks_rightwards, "monitor.app", "import checks, incidents, statuspage, monitor.engine"),
        (looks_rightwards, "statuspage.web", "from monitoring import x\nimport aiohttp"),
        (looks_rightwards, "incidents.slo", "from . import model\nfrom checks.model import Check"),
        (touches_the_world, "incidents.slo", "from datetime import datetime, time, timedelta"),
        (touches_the_world, "incidents.slo", "'''No now(), no import time.'''\nat = clock_at"),
        (touches_the_world, "incidents.slo", "from urllib.parse import urlsplit\nuuid5(a, b)"),
        (touches_the_world, "incidents.slo", "incident.open(at)"),
        (knows_a_sibling, "checks.kinds.http", "from checks.model import Kind\nimport http"),
        (knows_a_sibling, "checks.kinds.http.phases", "from checks.kinds.http import wire"),
        (knows_a_sibling, "checks.probing", "from checks.kinds import http"),
        (reaches_an_adapter, "monitor.app", "import_module(f'monitor.storage.{scheme}')"),
        (reaches_an_adapter, "monitor.storage.postgres", "from monitor.storage import sql"),
        (reaches_an_adapter, "monitor.engine", "'''monitor.storage is not for us.'''"),
        (validates_with_pydantic, "monitor.config.schema", "from pydantic import TypeAdapter"),
        (knows_of_tests, "monitor.commands.notify", "test = option('--test')\nenviron['HOME']"),
    ],
)
def test_a_rule_lets_pass_what_keeps_it(rule: Rule, name: str, source: str):
    assert not list(rule(Module(name, source)))


@pytest.mark.parametrize(
    ("name", "promised"),
    [
        ("incidents.lifecycle", True),
        ("incidents.detect.latency", True),
        ("incidents.journal", False),
        ("incidents.channels.mail", False),
        ("checks.rollup", True),
        ("checks.net", False),
        ("statuspage.views.overview", True),
        ("statuspage.web", False),
        ("monitor.schedule", True),
    ],
)
def test_purity_is_promised_by_name(name: str, promised: bool):
    assert is_pure(name) is promised


def test_relative_imports_are_resolved_from_a_package_too():
    package = Module("checks.kinds", "from .http import KIND\nfrom .. import model", True)
    names = {imported.name for imported in package.imports}
    assert {"checks.kinds.http", "checks.model"} <= names


def test_a_registry_is_recognised_by_its_host_or_as_an_option():
    assert list(names_a_registry("https://files." + REGISTRIES[1] + "/packages/x.whl"))
    assert list(names_a_registry("--index" + "-url https://mirror.example/simple"))
    assert not list(names_a_registry("pip install upfront-status --no-emit-index" + "-url"))


def test_the_tree_has_all_four_packages():
    assert set(LAYERS) <= set(our_modules())


@pytest.mark.parametrize(
    "rule",
    [
        looks_rightwards,
        knows_a_sibling,
        reaches_an_adapter,
        validates_with_pydantic,
        knows_of_tests,
    ],
    ids=lambda rule: rule.__name__,
)
def test_no_module_breaks_a_rule(rule: Rule):
    assert not [line for module in our_modules().values() for line in rule(module)]


def test_pure_modules_do_not_touch_the_world():
    assert not [line for module in pure_modules().values() for line in touches_the_world(module)]


def test_pure_modules_lean_on_nothing_of_ours_that_touches_the_world():
    modules = our_modules()
    worldly = {name for name in modules if list(touches_the_world(modules[name]))}
    assert not [
        f"{module.name}:{imported.line} leans on {imported.name}"
        for module in pure_modules().values()
        for imported in module.imports
        if imported.name in worldly
    ]


def test_every_folder_of_modules_is_a_package():
    # A folder without an __init__ is left out by mypy and can shadow another of its name.
    folders = {path.parent for layer in LAYERS for path in (ROOT / layer).rglob("*.py")}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]


def circle_among(modules: Mapping[str, Module]) -> list[str]:
    """Modules each of which imports the one before it while it is imported; none if there are none.

    Of a circle only some can be imported first, so another order of imports can break them.
    """
    needed = {name: set(_needed_by(module, modules)) for name, module in modules.items()}
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def _needed_by(module: Module, modules: Mapping[str, Module]) -> Iterator[str]:
    """Which of these are imported with a module, but those that hold it: they come first anyway."""
    for name in module.imports_at_once():
        for outer in accumulate(name.split("."), "{}.{}".format):
            if outer in modules and not within(module.name, outer):
                yield outer


@pytest.mark.parametrize(
    "source",
    [
        "from second import ONE",
        "import second",
        "from second.deep import ONE",
        "try:\n    import second\nexcept ImportError:\n    pass",
        "class A:\n    import second",
        "from importlib import import_module\nONE = import_module('second')",
    ],
)
def test_a_circle_of_imports_is_found(source: str):
    found = circle_among({
        "first": Module("first", source), "second": Module("second", "import third"),
        "third": Module("third", "import first"),
    })  # fmt: skip
    assert set(found) == {"first", "second", "third"}


@pytest.mark.parametrize(
    "source",
    [
        "import third",
        "def f():\n    import second",
        "if TYPE_CHECKING:\n    import second\nelse:\n    import third",
    ],
)
def test_what_is_imported_later_makes_no_circle(source: str):
    second = Module("second", "import first")
    assert not circle_among({"first": Module("first", source), "second": second})


def test_modules_do_not_import_one_another_in_a_circle():
    assert circle_among(our_modules()) == []


ALL = """
import importlib, sys, warnings
warnings.simplefilter("error")
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_every_module_can_be_imported():
    # Where there are no circles, the order in which they are makes no difference.
    names = [name for name in our_modules() if not name.endswith("__main__")]
    outcome = subprocess.run(
        [sys.executable, "-c", ALL, *names],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr


def test_no_file_names_a_package_registry():
    texts = (
        (path, path.read_bytes().decode(errors="replace")) for path in files_of_the_repository()
    )
    assert not [f"{path}: {found}" for path, text in texts for found in names_a_registry(text)]
