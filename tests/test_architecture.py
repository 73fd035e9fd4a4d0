"""The structure of the code, read from its imports."""

from __future__ import annotations

import ast
import sys
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest

from support.paths import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# The rooms by floor, from the ground up. A room imports from the floors below it; never from its own floor or above.
FLOORS = (
    ("core",),
    ("compare", "simulator"),
    ("decode",),
    ("policy",),
    ("cloud", "reports"),
    ("notify",),
    ("config", "store"),
    ("cli", "testing"),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ENTRIES = frozenset({"drift", "__main__"})

# The modules that touch something outside the process; every other one is pure.
TOUCHES = {
    "cli": "terminal, environment, clock, files",
    "cloud": "sockets",
    "config": "files",
    "core.secret_file": "files",
    "decode.files": "files",
    "notify.delivery": "sockets, by way of Apprise",
    "simulator": "a loopback socket, scenario files",
    "store": "the database",
    "testing": "everything, for other people's tests",
    "__main__": "as cli",
    "drift": "as the rooms that it offers",
}
NOT_PURE = frozenset({
    "_socket", "asyncio", "ftplib", "getpass", "glob", "http", "io", "logging", "multiprocessing", "os",
    "platform", "random", "requests", "select", "selectors", "shutil", "signal", "smtplib", "socket",
    "socketserver", "sqlite3", "sqlite_utils", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib.request", "uuid",
})  # fmt: skip
SOCKETS = frozenset({"asyncio", "http.client", "http.server", "select", "socket", "socketserver", "urllib.request"})
DATABASES = frozenset({"dbm", "shelve", "sqlite3", "sqlite_utils"})

# Calls on a path that touch the file system; a pure module may hold a path, and no more.
FILE_CALLS = frozenset({
    "chmod", "exists", "expanduser", "glob", "home", "is_dir", "is_file", "iterdir", "mkdir", "open",
    "read_bytes", "read_text", "rename", "resolve", "rglob", "stat", "touch", "unlink", "write_bytes",
    "write_text", "cwd",
})  # fmt: skip


class Import(NamedTuple):
    """One imported module. `when` is `module` (as it loads), `call` (inside a function) or `types` (never)."""

    name: str
    when: str


def modules() -> list[str]:
    """Every module by its path below the package: `cli.main`, `errors`, `drift` for the package itself."""
    return sorted(_name(path) for path in PACKAGE.rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "drift"


@cache
def tree(module: str) -> ast.Module:
    path = PACKAGE if module == "drift" else PACKAGE.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))


def room(module: str) -> str:
    """The room that a module is in: its first folder, or itself at the top."""
    return module.partition(".")[0]


def is_pure(module: str) -> bool:
    """Whether a module has promised to touch nothing outside the process."""
    return not {module, room(module)} & TOUCHES.keys()


@cache
def imports(module: str) -> tuple[Import, ...]:
    return tuple(_imports(tree(module), "module"))


def _imports(node: ast.AST, when: str) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names=names):
                yield from (Import(alias.name, when) for alias in names)
            case ast.ImportFrom(module=str(source), names=names):
                yield from (Import(_imported(source, alias.name), when) for alias in names)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield from _imports(child, "types")
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from _imports(child, "call" if when == "module" else when)
            case _:
                yield from _imports(child, when)


def _imported(source: str, name: str) -> str:
    """The module that `from source import name` loads."""
    inner = PACKAGE.parent.joinpath(*source.split("."), name)
    return f"{source}.{name}" if inner.is_dir() or inner.with_suffix(".py").is_file() else source


def own(module: str, *when: str) -> list[str]:
    """The package's own modules that a module imports."""
    found = (each.name for each in imports(module) if each.when in when)
    return [name.removeprefix("drift.") for name in found if name == "drift" or name.startswith("drift.")]


def foreign(module: str) -> list[str]:
    """The modules from elsewhere that a module loads, at once or in a call, each with its parents."""
    names = [each.name for each in imports(module) if each.when != "types" and room(each.name) != "drift"]
    return [".".join(name.split(".")[: depth + 1]) for name in names for depth in range(name.count(".") + 1)]


def calls(module: str) -> Iterator[tuple[str, str]]:
    """Every call as (what it is called on, the name called); the first is empty for a plain function."""
    for node in ast.walk(tree(module)):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield "", name
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                yield ast.unparse(value), name


def test_every_room_has_its_floor() -> None:
    """Whoever lists the package sees the pipeline, in at most twelve rooms."""
    assert {room(module) for module in modules()} == FLOOR.keys() | ENTRIES
    assert len(FLOOR) <= 12


@pytest.mark.parametrize("module", [module for module in modules() if room(module) in FLOOR])
def test_imports_point_one_way(module: str) -> None:
    """A module imports from its own room or from a floor below, also within functions and for types."""
    others = {name for name in own(module, "module", "call", "types") if room(name) != room(module)}
    assert not {name for name in others if FLOOR.get(room(name), len(FLOORS)) >= FLOOR[room(module)]}


@pytest.mark.parametrize("module", [module for module in modules() if is_pure(module)])
def test_pure_modules_touch_nothing(module: str) -> None:
    """No file, socket, clock, environment or process is within reach of a pure module."""
    assert not NOT_PURE & set(foreign(module))
    assert not {call for call in calls(module) if call in {("", "open"), ("", "print"), ("", "input"), ("", "exit")}}
    assert not {call for call in calls(module) if call[0] and call[1] in FILE_CALLS}
    assert not {call for call in calls(module) if call[0] == "datetime" and call[1] in {"now", "utcnow", "today"}}


def test_only_the_wire_and_the_simulator_open_sockets() -> None:
    """Whoever looks for network traffic has two places to look at."""
    found = {module for module in modules() if SOCKETS & set(foreign(module))}
    assert found == {"cloud.http", "simulator.server"}


def test_only_the_wire_sends_what_httpx_describes() -> None:
    """Sign-in flows and error texts know httpx's types; only the wire makes it send anything."""
    assert {module for module in modules() if "httpx" in foreign(module)} == {
        "cloud.auth.token", "cloud.auth.temporary_key", "cloud.transport_errors", "cloud.http",
    }  # fmt: skip
    senders = {"Client", "AsyncClient", "get", "post", "request", "send", "stream"}
    for module in ("cloud.auth.token", "cloud.auth.temporary_key", "cloud.transport_errors"):
        assert not {name for where, name in calls(module) if where == "httpx" and name in senders}


def test_no_module_knows_the_cloud_s_sdk() -> None:
    """It is the tests' witness, and no part of what is installed."""
    assert not {module for module in modules() if any(name.startswith("huaweicloudsdk") for name in foreign(module))}


def test_one_module_knows_apprise() -> None:
    """It is optional, and opens connections of its own."""
    assert {module for module in modules() if "apprise" in foreign(module)} == {"notify.delivery"}


def test_only_the_store_opens_databases() -> None:
    """No SQL outside the store."""
    assert {room(module) for module in modules() if DATABASES & set(foreign(module))} == {"store"}


def test_only_the_command_line_prints_and_ends() -> None:
    """A library never writes to its user's terminal and never ends their process."""
    ends = {("", "print"), ("", "exit"), ("sys", "exit"), ("os", "_exit"), ("click", "echo")}
    assert {room(module) for module in modules() if ends & set(calls(module))} <= {"cli"}
    streams = ("sys.stdout", "sys.stderr", "sys.stdin", "sys.argv")
    users = {module for module in modules() if any(stream in ast.unparse(tree(module)) for stream in streams)}
    assert {room(module) for module in users} == {"cli"}


def test_only_the_edges_read_the_environment() -> None:
    """Variables come in as an argument; only the command line and an assertion in somebody's tests look them up."""
    words = ("os.environ", "os.getenv", "getpass.")
    assert {room(each) for each in modules() if any(word in ast.unparse(tree(each)) for word in words)} == {
        "cli",
        "testing",
    }


def test_only_the_edges_read_the_clock() -> None:
    """The time comes in as an argument: only the edges read a clock, and only the wire and the simulator pace by it."""
    clocks = {"now", "utcnow", "today", "time", "time_ns", "monotonic"}
    owners = {"datetime", "date", "time", "datetime.datetime"}
    found = {room(each) for each in modules() if any(where in owners and name in clocks for where, name in calls(each))}
    assert found <= {"cli", "testing"}
    assert {room(module) for module in modules() if "time" in foreign(module)} == {"cli", "simulator", "cloud"}


def test_only_the_command_line_knows_click() -> None:
    """The library works without a command line."""
    assert {room(module) for module in modules() if "click" in foreign(module)} == {"cli"}


def test_deepdiff_is_behind_one_function() -> None:
    """It is for attributes, not for snapshots."""
    assert {module for module in modules() if "deepdiff" in foreign(module)} == {"compare.diff"}


@pytest.mark.parametrize("heavy", ["apprise", "deepdiff", "httpx", "jinja2", "sqlite_utils"])
def test_heavy_libraries_are_loaded_late(heavy: str) -> None:
    """What takes long to load is loaded in the function that needs it, or in a module that is."""
    eager = {module for module in modules() if Import(heavy, "module") in imports(module)}
    late = {name for module in modules() for name in own(module, "call")}
    assert {room(module) for module in eager} <= {room(name) for name in late} | {"cloud"}


def test_nothing_imports_in_circles() -> None:
    """No module needs another that needs it, not even in a call or for a type."""
    needs = {
        module: set(own(module, "module", "call", "types")) - {module} for module in modules() if module != "drift"
    }
    while needs:
        free = {module for module, needed in needs.items() if not needed & needs.keys()}
        assert free, f"a circle among {sorted(needs)}"
        needs = {module: needed - free for module, needed in needs.items() if module not in free}


@pytest.mark.parametrize("module", modules())
def test_a_first_line_says_what_a_module_is(module: str) -> None:
    """Each module explains itself in a sentence."""
    docstring = ast.get_docstring(tree(module))
    assert docstring
    first = docstring.splitlines()[0]
    assert first.endswith(".")
    assert len(first) <= 120


@pytest.mark.parametrize("module", [module for module in modules() if is_pure(module)])
def test_imports_come_from_the_standard_library_or_are_declared(module: str) -> None:
    """The pure middle depends on as little as possible."""
    allowed = {"msgspec", "httpx", "deepdiff", "isal", "jinja2", "markupsafe", "tomlkit"}
    assert {room(name) for name in foreign(module)} <= set(sys.stdlib_module_names) | allowed
