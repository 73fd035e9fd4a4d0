"""The structure of the package, read from its source: modules, rooms, imports, calls, sizes."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from support.paths import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# The rooms by floor, from the ground up. A room imports from the floors below it; never from its own floor or above.
FLOORS: Final = (
    ("core",),
    ("compare",),
    ("decode",),
    ("policy",),
    ("cloud", "reports"),
    ("notify",),
    ("config", "store", "simulator"),
    ("cli", "testing"),
)
FLOOR: Final = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


class Import(NamedTuple):
    """One imported module. `when` is `module` (as it loads), `call` (inside a function) or `types` (never)."""

    name: str
    when: str


@cache
def modules() -> list[str]:
    """Every module by its path below the package: `cli.main`, `errors`, `drift` for the package itself."""
    return sorted(_name(path) for path in PACKAGE.rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "drift"


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(source(module))


@cache
def source(module: str) -> str:
    path = PACKAGE if module == "drift" else PACKAGE.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file.read_text("utf-8")


def room(module: str) -> str:
    """The room that a module is in: its first folder, or itself at the top."""
    return module.partition(".")[0]


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


@cache
def calls(module: str) -> frozenset[tuple[str, str]]:
    """Every call as (what it is called on, the name called); the first is empty for a plain function."""
    return frozenset(_calls(tree(module)))


def _calls(whole: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(whole):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield "", name
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                yield ast.unparse(value), name


def door(name: str) -> set[str]:
    """The modules of a room that its `__init__.py` gives to the other rooms."""
    for node in tree(name).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return set(ast.literal_eval(value))
    return set()


def needs() -> dict[str, set[str]]:
    """The other rooms that each room imports, for types and in calls as well."""
    found: dict[str, set[str]] = {name: set() for name in FLOOR}
    for module in modules():
        if room(module) in found:
            others = {room(name) for name in own(module, "module", "call", "types")}
            found[room(module)] |= others & FLOOR.keys() - {room(module)}
    return found


def lengths() -> list[int]:
    """The lines of every function's body, without its docstring."""
    functions = (node for module in modules() for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef))
    return [_length(function) for function in functions]


def _length(function: ast.FunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
