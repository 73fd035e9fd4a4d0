"""The state of instances as metrics for Prometheus: its text format, for node_exporter's textfiles, and OpenMetrics.

Pure. Samples have no time stamps, which textfiles may not have; moments are values. Labels are ids, so that a new name
begins no new series: the names of an id are in a metric of their own. No label is of a database or a shard: there are
three series for each data node, and some fifteen for each instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import msgspec

from drift.policy.rules import Severity
from drift.policy.verdict import Outcome
from drift.reports.wording.escape import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MetricsFormat: TypeAlias = Literal["prometheus", "openmetrics"]

_SEVERITIES: Final = (Severity.INFO, Severity.WARNING, Severity.ERROR)
_Labels: TypeAlias = tuple[tuple[str, str], ...]


class InstanceMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an instance; times are in seconds since 1970.

    `id` is that of the cloud, or the name where none is known. `whole_at` is the time of the last capture that is whole
    and believed, and `nodes` maps the ids of its data nodes to their names, `balance` to their shards; without such a
    capture, `databases` is None. `unexpected` counts the open changes by severity; they are not told where the outcome
    is inconclusive.
    """

    id: str
    name: str
    captured_at: float
    whole_at: float | None
    complete: bool
    suspect: bool
    databases: int | None
    nodes: Mapping[str, str | None]
    balance: Mapping[str, int]
    in_flight: int
    outcome: Outcome
    unexpected: Mapping[Severity, int]


class _Family(NamedTuple):
    """A metric: its name, whether it is an info metric, its help, and its samples."""

    name: str
    is_info: bool
    words: str
    samples: Iterable[tuple[_Labels, float]]


def render(instances: Sequence[InstanceMetrics], fmt: MetricsFormat) -> str:
    """Render the metrics, ending in a newline."""
    is_open = fmt == "openmetrics"
    lines = [line for family in _families(instances) for line in _lines(family, is_open=is_open)]
    return "\n".join([*lines, *(["# EOF"] if is_open else []), ""])


def _families(instances: Sequence[InstanceMetrics]) -> Iterator[_Family]:
    def gauge(name: str, words: str, samples: Iterable[tuple[_Labels, float]]) -> _Family:
        return _Family(f"drift_{name}", is_info=False, words=words, samples=samples)

    def each(name: str, words: str, value: str) -> _Family:
        known = ((one, getattr(one, value)) for one in instances)
        return gauge(name, words, ((_of(one), float(found)) for one, found in known if found is not None))

    names = ((_of(one, ("name", one.name)), 1.0) for one in instances)
    yield _Family("drift_instance", is_info=True, words="The name of an instance.", samples=names)
    yield _Family("drift_data_node", is_info=True, words="The name of a data node.", samples=_node_names(instances))
    yield each("capture_timestamp_seconds", "The time of the last capture.", "captured_at")
    yield each(
        "whole_capture_timestamp_seconds", "The time of the last capture that is whole and believed.", "whole_at"
    )
    yield each("capture_complete", "Whether the last capture is whole.", "complete")
    yield each("capture_suspect", "Whether the last capture is suspect, so that nobody believes it yet.", "suspect")
    yield gauge("verdict", "1 for the verdict on the last capture, 0 for the others.", _verdicts(instances))
    yield gauge("open_changes", "Unexpected changes of the last capture, by severity.", _open(instances))
    yield each("databases", "Databases of the last whole capture.", "databases")
    yield each("jobs_in_flight", "Operations that were in progress at the last capture.", "in_flight")
    yield gauge("data_node_shards", "Shards on a data node.", _on_nodes(instances, lambda count, _mean: float(count)))
    skews = _on_nodes(instances, lambda count, mean: count / mean if mean else 1.0)
    yield gauge("data_node_skew_ratio", "Shards on a data node, as a multiple of the mean of its instance.", skews)


def _of(one: InstanceMetrics, *more: tuple[str, str]) -> _Labels:
    return (("ddm_instance", one.id), *more)


def _node_names(instances: Sequence[InstanceMetrics]) -> Iterator[tuple[_Labels, float]]:
    for one in instances:
        for node, name in sorted(one.nodes.items()):
            yield _of(one, ("data_node", node), ("name", name or "")), 1.0


def _verdicts(instances: Sequence[InstanceMetrics]) -> Iterator[tuple[_Labels, float]]:
    for one in instances:
        for outcome in Outcome:
            yield _of(one, ("verdict", outcome.value)), float(one.outcome == outcome)


def _open(instances: Sequence[InstanceMetrics]) -> Iterator[tuple[_Labels, float]]:
    judged = (one for one in instances if one.outcome is not Outcome.INCONCLUSIVE)  # else 0 would look like no drift
    for one in judged:
        for severity in _SEVERITIES:
            yield _of(one, ("severity", severity.name.lower())), float(one.unexpected.get(severity, 0))


def _on_nodes(
    instances: Sequence[InstanceMetrics], value: Callable[[int, float], float]
) -> Iterator[tuple[_Labels, float]]:
    for one in instances:
        mean = sum(one.balance.values()) / (len(one.balance) or 1)
        for node, count in sorted(one.balance.items()):
            yield _of(one, ("data_node", node)), value(count, mean)


def _lines(family: _Family, *, is_open: bool) -> Iterator[str]:
    """Write a family; one without samples is left out. Only OpenMetrics has a type for names."""
    samples = list(family.samples)
    name = f"{family.name}_info" if family.is_info else family.name
    if samples:
        described = family.name if is_open else name
        yield f"# HELP {described} {family.words}"
        yield f"# TYPE {described} {'info' if is_open and family.is_info else 'gauge'}"
    for labels, value in samples:
        listed = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"{name}{{{listed}}} {_number(value)}"


def _escaped(text: str) -> str:
    """Escape a label's value. What can't be seen is written as in JSON first: terminals show metrics, too."""
    return visible(text).replace("\\", r"\\").replace('"', r"\"")


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() else repr(round(value, 6))
