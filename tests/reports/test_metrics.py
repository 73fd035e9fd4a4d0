from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus

from drift.policy.rules import Severity
from drift.policy.verdict import Outcome
from drift.reports.metrics import InstanceMetrics, MetricsFormat, render
from drift.reports.wording.escape import visible
from support.strategies import names, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

_counts = st.integers(0, 10**6)
_nodes = st.dictionaries(names, st.tuples(st.none() | texts, _counts), max_size=4)


@st.composite
def instances(draw: st.DrawFn) -> list[InstanceMetrics]:
    """Any instances, each with an id of its own."""
    found = []
    for own in draw(st.lists(names, unique=True, max_size=3)):
        nodes = draw(_nodes)
        found.append(
            InstanceMetrics(
                id=own,
                name=draw(texts),
                captured_at=draw(st.floats(0, 4e9)),
                whole_at=draw(st.none() | st.floats(0, 4e9)),
                complete=draw(st.booleans()),
                suspect=draw(st.booleans()),
                databases=draw(_counts),
                nodes={node: name for node, (name, _) in nodes.items()},
                balance={node: count for node, (_, count) in nodes.items()},
                in_flight=draw(_counts),
                outcome=draw(st.sampled_from(Outcome)),
                unexpected=draw(st.dictionaries(st.sampled_from([Severity.INFO, Severity.ERROR]), _counts)),
            )
        )
    return found


def series(text: str, fmt: MetricsFormat) -> Iterator[tuple[str, frozenset[tuple[str, str]], float]]:
    """The samples that Prometheus' own parser reads."""
    read = read_openmetrics if fmt == "openmetrics" else read_prometheus
    for family in read(text):
        for sample in family.samples:
            assert sample.timestamp is None
            yield sample.name, frozenset(sample.labels.items()), sample.value


@given(instances())
def test_both_parsers_read_the_same(found: list[InstanceMetrics]) -> None:
    """Whatever the names are, each series is there once, and both formats say the same."""
    read = {fmt: list(series(render(found, fmt), fmt)) for fmt in get_args(MetricsFormat)}
    assert read["prometheus"] == read["openmetrics"]
    keys = [sample[:2] for sample in read["prometheus"]]
    assert len(set(keys)) == len(keys)
    labelled = {value for name, labels, _ in read["prometheus"] if name == "drift_instance_info" for value in labels}
    shown = {(one, visible(text)) for each in found for one, text in (("ddm_instance", each.id), ("name", each.name))}
    assert labelled == shown


@given(instances())
def test_no_name_steers_a_terminal(found: list[InstanceMetrics]) -> None:
    """Characters that can't be seen, and those that change the order of a line, are written out."""
    text = render(found, "prometheus")
    assert all(line == visible(line) for line in text.replace("\\\\", "/").split("\n"))


@given(instances())
def test_a_textfile_keeps_node_exporter_s_rules(found: list[InstanceMetrics]) -> None:
    """Every metric has one help and one type before its samples, which are together; the last line has an end."""
    text = render(found, "prometheus")
    described: list[str] = []
    for line in text.split("\n")[:-1]:
        words = line.split(" ")
        if line.startswith("# HELP "):
            assert words[2] not in described
            described.append(words[2])
        elif line.startswith("# TYPE "):
            assert words[2:] == [described[-1], "gauge"]
        else:
            assert line.startswith(f"{described[-1]}{{")
    assert not text or text.endswith("\n")
    assert "\n\n" not in text


def test_a_name_begins_no_new_series() -> None:
    """An instance or a data node that is renamed has the same series as before, but for its info."""

    def keys(name: str) -> set[object]:
        one = InstanceMetrics(
            id="in09", name=name, captured_at=1.0, whole_at=1.0, complete=True, suspect=False, databases=1,
            nodes={"in01": name}, balance={"in01": 4}, in_flight=0, outcome=Outcome.IN_SYNC, unexpected={},
        )  # fmt: skip
        return {each[:2] for each in series(render([one], "prometheus"), "prometheus") if not each[0].endswith("_info")}

    assert keys("orders") == keys('订单\n"\\')
