"""The structure of the code, read from its imports."""

from __future__ import annotations

import ast
import statistics
import sys
from typing import TYPE_CHECKING

import pytest

from support import room_picture
from support.structure import (
    FLOOR,
    FLOORS,
    Import,
    calls,
    door,
    foreign,
    imports,
    lengths,
    modules,
    needs,
    own,
    room,
    source,
    tree,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ENTRIES = frozenset({"drift", "__main__"})
MEDIA = ("ci", "html", "json", "markdown", "text")

# The modules that touch something outside the process; every other one is pure.
TOUCHES = {
    "cli": "terminal, environment, clock, files",
    "cloud": "sockets",
    "config": "files",
    "core.bounded_files": "files",
    "core.planted_links": "files",
    "core.secret_file": "files",
    "core.zip_archive": "streams in memory",
    "decode.files": "files",
    "notify.apprise_delivery": "sockets, by way of Apprise",
    "notify.delivery": "sockets, by way of `cloud`, and a secret's file",
    "notify.mail": "a socket to a mail server",
    "simulator": "a loopback socket, scenario files",
    "store": "the database",
    "testing": "everything, for other people's tests",
    "__main__": "as cli",
    "drift": "as the rooms that it offers",
}
NOT_PURE = frozenset({
    "_socket", "asyncio", "ftplib", "getpass", "glob", "http", "logging", "multiprocessing", "os",
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


def is_pure(module: str) -> bool:
    """Whether a module has promised to touch nothing outside the process."""
    return not {module, room(module)} & TOUCHES.keys()


def test_every_room_has_its_floor() -> None:
    """Whoever lists the package sees the pipeline, in at most twelve rooms."""
    assert {room(module) for module in modules()} == FLOOR.keys() | ENTRIES
    assert len(FLOOR) <= 12


def offences(found: Callable[[str], Iterable[object]], among: Iterable[str]) -> dict[str, set[object]]:
    """What is found in each of these modules in which something is found."""
    return {module: offence for module in among if (offence := set(found(module)))}


def test_imports_point_one_way() -> None:
    """A module imports from its own room or from a floor below, also within functions and for types."""

    def upward(module: str) -> Iterator[str]:
        for name in own(module, "module", "call", "types"):
            if room(name) != room(module) and FLOOR.get(room(name), len(FLOORS)) >= FLOOR[room(module)]:
                yield name

    assert offences(upward, (module for module in modules() if room(module) in FLOOR)) == {}


def test_pure_modules_touch_nothing() -> None:
    """No file, socket, clock, environment or process is within reach of a pure module."""

    def touched(module: str) -> Iterator[object]:
        yield from NOT_PURE & set(foreign(module))
        for where, name in calls(module):
            is_file = (where and name in FILE_CALLS) or (where == "io" and name != "BytesIO")
            is_clock = where == "datetime" and name in {"now", "utcnow", "today"}
            if is_file or is_clock or (where, name) in {("", "open"), ("", "print"), ("", "input"), ("", "exit")}:
                yield where, name

    assert offences(touched, filter(is_pure, modules())) == {}


def test_only_the_wire_and_the_simulator_open_sockets() -> None:
    """Whoever looks for network traffic has three places to look at: the cloud, data nodes, the simulator."""
    found = {module for module in modules() if SOCKETS & set(foreign(module))}
    assert found == {"cloud.http", "cloud.data_nodes.session", "simulator.server"}


def test_only_the_wire_sends_what_httpx_describes() -> None:
    """Sign-in flows and error texts know httpx's types; only the wire makes it send anything."""
    assert {module for module in modules() if "httpx" in foreign(module)} == {
        "cloud.auth.base", "cloud.auth.password", "cloud.auth.temporary_key", "cloud.transport_errors", "cloud.http",
        "cloud.open_connections", "cloud.routes",
    }  # fmt: skip
    senders = {"Client", "AsyncClient", "get", "post", "request", "send", "stream"}
    for module in ("cloud.auth.base", "cloud.auth.password", "cloud.auth.temporary_key", "cloud.transport_errors"):
        assert not {name for where, name in calls(module) if where == "httpx" and name in senders}


def test_no_module_knows_the_cloud_s_sdk() -> None:
    """It is the tests' witness, and no part of what is installed."""
    assert not {module for module in modules() if any(name.startswith("huaweicloudsdk") for name in foreign(module))}


def test_one_module_knows_apprise() -> None:
    """It is optional, and opens connections of its own."""
    assert {module for module in modules() if "apprise" in foreign(module)} == {"notify.apprise_delivery"}


def test_only_the_store_opens_databases() -> None:
    """No SQL outside the store."""
    assert {room(module) for module in modules() if DATABASES & set(foreign(module))} == {"store"}


def test_only_the_command_line_prints_and_ends() -> None:
    """A library never writes to its user's terminal and never ends their process."""
    ends = {("", "print"), ("", "exit"), ("sys", "exit"), ("os", "_exit"), ("click", "echo")}
    assert {room(module) for module in modules() if ends & set(calls(module))} <= {"cli"}
    streams = ("sys.stdout", "sys.stderr", "sys.stdin", "sys.argv")
    users = {module for module in modules() if any(stream in source(module) for stream in streams)}
    assert {room(module) for module in users} == {"cli"}


def test_only_the_edges_read_the_environment() -> None:
    """Variables come in as an argument; only the command line and an assertion in somebody's tests look them up."""
    words = ("os.environ", "os.getenv", "getpass.")
    assert {room(each) for each in modules() if any(word in source(each) for word in words)} == {
        "cli",
        "testing",
    }


def test_only_the_edges_read_the_clock() -> None:
    """The time comes in as an argument: only the edges read a clock, and those that wait pace by it."""
    clocks = {"now", "utcnow", "today", "time", "time_ns"}
    owners = {"datetime", "date", "time", "datetime.datetime"}
    found = {room(each) for each in modules() if any(where in owners and name in clocks for where, name in calls(each))}
    assert found <= {"cli", "testing"}
    assert {room(module) for module in modules() if "time" in foreign(module)} == {"cli", "simulator", "cloud", "store"}


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


def test_nobody_imports_past_a_door() -> None:
    """A room uses of another what that one's `__init__.py` gives to the others."""

    def past(module: str) -> Iterator[str]:
        for name in own(module, "module", "call", "types"):
            if room(name) not in {room(module), "drift", name} and name.split(".")[1] not in door(room(name)):
                yield name

    assert offences(past, (module for module in modules() if room(module) in FLOOR)) == {}


@pytest.mark.parametrize("name", FLOOR)
def test_a_door_gives_what_others_use(name: str) -> None:
    """No `__init__.py` offers a module that no other room needs."""
    used = {inner for module in modules() if room(module) != name for inner in own(module, "module", "call", "types")}
    given = {inner for inner in door(name) if f"{name}.{inner}" in modules()}
    assert not {inner for inner in given if not any(f"{each}.".startswith(f"{name}.{inner}.") for each in used)}


def test_the_documentation_shows_the_rooms_as_they_are() -> None:
    """The picture in docs/architecture.md has every room on its floor, and an arrow for each that it builds on."""
    drawn = room_picture.draw(FLOORS, needs())
    assert room_picture.PATH.read_text("utf-8") == drawn, "`python tests/renew.py rooms` draws it anew"


def test_functions_and_modules_stay_short() -> None:
    """Half of the functions have at most eight lines, and only catalogues more than 350 lines a module."""
    assert statistics.median(lengths()) <= 8
    long = {module for module in modules() if len(source(module).splitlines()) > 350}
    assert long <= {"reports.wording.zh"}


def test_nothing_imports_in_circles() -> None:
    """No module needs another that needs it, not even in a call or for a type."""
    needs = {
        module: set(own(module, "module", "call", "types")) - {module} for module in modules() if module != "drift"
    }
    while needs:
        free = {module for module, needed in needs.items() if not needed & needs.keys()}
        assert free, f"a circle among {sorted(needs)}"
        needs = {module: needed - free for module, needed in needs.items() if module not in free}


def test_a_first_line_says_what_a_module_is() -> None:
    """Each module explains itself in a sentence."""
    firsts = {module: (ast.get_docstring(tree(module)) or "").partition("\n")[0] for module in modules()}
    assert {module: first for module, first in firsts.items() if not first.endswith(".") or len(first) > 120} == {}


def test_imports_come_from_the_standard_library_or_are_declared() -> None:
    """The pure middle depends on as little as possible."""
    declared = {"msgspec", "httpx", "deepdiff", "isal", "jinja2", "markupsafe", "tomli", "tomlkit"}
    allowed = declared | sys.stdlib_module_names
    assert offences(lambda module: {*map(room, foreign(module))} - allowed, filter(is_pure, modules())) == {}


def test_content_and_words_know_no_medium() -> None:
    """A report is gathered first, then put into words, then rendered: content imports no words, words no medium."""

    def media(module: str) -> set[str]:
        above = {"content": ("wording", *MEDIA), "wording": MEDIA}.get(module.split(".")[1], ())
        return {name for name in own(module, "module", "call", "types") for each in above if f"reports.{each}" in name}

    assert offences(media, (module for module in modules() if module.startswith("reports."))) == {}
