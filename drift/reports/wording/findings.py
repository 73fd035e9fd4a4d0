"""Write broken invariants as sentences that text and Markdown share. Pure. Each takes the medium that makes text safe.

Each invariant of `policy/invariants.py` has its sentence here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.name_ranges import runs
from drift.reports.content.nodes import Held, NodeNames, node_order
from drift.reports.wording import change_groups, node_names, sentences, tables
from drift.reports.wording.i18n import mark_sentence, plural, translate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from drift.core.finding import Finding
    from drift.policy.invariants import Spread
    from drift.policy.rules import Severity
    from drift.policy.verdict import JudgedFinding
    from drift.reports.wording.escape import Medium

_TELLINGS: Final = {
    "shard-on-unknown-node": mark_sentence("{shards} on {node}"),
    "shard-count-mismatch": mark_sentence("{expected} declared, {found} found"),
    "shard-index-gap": mark_sentence("no shard has index {items}"),
    "shard-index-duplicate": mark_sentence("{shards} share an index"),
    "shard-in-two-databases": mark_sentence("{found} has {shards} on {node} as well"),
    "data-node-in-two-instances": mark_sentence("a data node of {items}"),
    "data-node-endpoint-shared": mark_sentence("{found} is the endpoint of {items}"),
    "engine-versions-mixed": mark_sentence("on {items}"),
    "too-many-shards-on-node": mark_sentence("{found} shards on {node}; at most {expected} are supported"),
    "not-running": mark_sentence("in state {found}"),
    "data-node-empty": mark_sentence("holds no shard"),
    "balance-skewed": mark_sentence(
        "the fullest data node holds {found} times the mean; at most {expected} is allowed"
    ),
    "change-untraced": mark_sentence("no call in the audit explains it: {found}"),
    "balance-worsened": mark_sentence("the fullest data node holds {found} times the mean, up from {expected}"),
    "balance-by-size": mark_sentence(
        "by size, the fullest data node holds about {found} times the mean; at most {expected} is allowed"
    ),
    "data-node-is-another": mark_sentence("the server there is {found}; the metadata says {expected}"),
    "shard-absent": mark_sentence("{shards} not on {node}, nor on {found} of the {expected} other data nodes"),
    "shard-misplaced": mark_sentence("{shards} on {other}, not on {node}"),
    "shard-on-two-nodes": mark_sentence("{shards} on {node}, and on {other} as well"),
    "shard-case": mark_sentence("{shards} on {node} under another name, {found}"),
    "shard-unclaimed": mark_sentence("{shards} on {node} that nothing claims"),
}
_ON_NONE: Final = mark_sentence("{shards} not on {node}, nor on any other data node")
_ONE_SERVER: Final = mark_sentence("one server answers for {items}")
_OTHER_PORT: Final = mark_sentence("the server there has port {found}; the metadata says {expected}")
_WITH_SHARDS: Final = frozenset(
    {"shard-on-unknown-node", "shard-index-duplicate", "shard-in-two-databases", "not-running"}
    | {"shard-absent", "shard-misplaced", "shard-on-two-nodes", "shard-case", "shard-unclaimed"}
)
_SHARDS_NOT_RUNNING: Final = mark_sentence("{shards} in state {found}")
_ASPECTS: Final = {"server": _ONE_SERVER, "port": _OTHER_PORT}
_FOUND_ON: Final = frozenset({"shard-misplaced", "shard-on-two-nodes"})


def count(number: int) -> str:
    """Count findings."""
    return plural(number, "finding") if number else translate("no finding")


def failing(judged: Collection[JudgedFinding], fail_on: Severity) -> str:
    """Count the findings at or above the threshold, and the lesser ones."""
    failed = sum(each.fails for each in judged)
    text = translate(
        "{findings} at or above {threshold}", findings=count(failed), threshold=sentences.severity(fail_on)
    )
    lesser = len(judged) - failed
    return translate("{told} and {more}", told=text, more=plural(lesser, "lesser finding")) if lesser else text


def passing(judged: Collection[JudgedFinding], fail_on: Severity) -> str:
    """Count the findings where none is at or above the threshold."""
    if not judged:
        return count(0)
    threshold = sentences.severity(fail_on)
    return translate("{findings}, none at or above {threshold}", findings=count(len(judged)), threshold=threshold)


def worst_first(findings: Iterable[JudgedFinding]) -> list[JudgedFinding]:
    """Sort findings, most severe first."""
    return sorted(findings, key=lambda judged: -judged.severity)


def telling(finding: Finding, naming: NodeNames, medium: Medium) -> str:
    """Describe a finding, without the names of shards."""
    return translate("{who}: {what}", who=subject(finding, naming, medium), what=_what(finding, naming, medium))


def shards(finding: Finding, most: int, medium: Medium) -> str:
    """List the shards of a finding as at most `most` runs; return an empty text where there are none."""
    if finding.total is not None:
        return change_groups.run_names(runs(tables.shards_of(finding)), most, medium)
    if finding.rule not in _WITH_SHARDS:
        return ""
    return change_groups.run_names(runs(finding.items), most, medium)


def fullest_first(spread: Spread, naming: NodeNames) -> list[Held]:
    """Sort the data nodes of a database by their shards, the fullest first."""
    held = [Held(naming.node(node_id), shards) for node_id, shards in spread.shards.items()]
    return sorted(held, key=lambda each: (-each.shards, node_order(each.node)))


def ratio(value: float) -> str:
    """Format a skew: `1.5`."""
    return f"{value:.3g}"


def subject(finding: Finding, naming: NodeNames, medium: Medium) -> str:
    """Name the subject of a finding."""
    match finding.subject:
        case "instance":
            return translate("the instance") if finding.rule == "not-running" else translate("all databases")
        case "data-node":
            return node_names.short_node(naming.node(finding.name), medium)
        case "database":
            return tables.subject(finding, medium)


def _what(finding: Finding, naming: NodeNames, medium: Medium) -> str:
    if finding.total is not None:
        return tables.what(finding, medium)
    count = len(finding.items)
    return translate(
        _telling(finding),
        shards=plural(count, "shard"),
        node="" if finding.data_node_id is None else node_names.short_node(naming.node(finding.data_node_id), medium),
        found=_value(finding.found, medium),
        expected=_value(finding.expected, medium),
        other=_other_node(finding, naming, medium),
        items=_items(finding, naming, medium),
    )


def _telling(finding: Finding) -> str:
    if finding.rule == "not-running" and finding.items:
        return _SHARDS_NOT_RUNNING
    if finding.rule == "shard-absent" and finding.found == finding.expected:
        return _ON_NONE
    return _ASPECTS.get(finding.aspect or "", _TELLINGS[finding.rule])


def _other_node(finding: Finding, naming: NodeNames, medium: Medium) -> str:
    """Name the data node on which shards were found."""
    if finding.rule not in _FOUND_ON or not isinstance(finding.found, str):
        return ""
    return node_names.short_node(naming.node(finding.found), medium)


def _value(value: float | str | None, medium: Medium) -> str:
    if isinstance(value, float):
        return ratio(value)
    return f"{value:,}" if isinstance(value, int) else medium.name(str(value))


def _items(finding: Finding, naming: NodeNames, medium: Medium) -> str:
    """List the first items other than shards."""
    shown = finding.items[: node_names.MOST_NODES]
    hidden = len(finding.items) - len(shown)
    are_nodes = finding.rule in {"data-node-endpoint-shared", "data-node-is-another"}
    lines = (node_names.short_node(naming.node(item), medium) if are_nodes else medium.name(item) for item in shown)
    return (
        translate("{nodes} and {hidden:,} more", nodes=sentences.listing(lines), hidden=hidden)
        if hidden
        else sentences.listing(lines)
    )
