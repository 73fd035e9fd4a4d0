"""The sentences of a report on two instances: they differ, and nothing has moved, appeared or grown. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from drift.reports.wording.i18n import Rephrasing, mark_noun, mark_sentence

_SENTENCES: Final = {
    "nothing changed": mark_sentence("no difference"),
    "Nothing changed {where}": mark_sentence("No difference {where}"),
    "in {instance} {between}": mark_sentence("between {instance}, {between}"),
    "between {before} and {after}": mark_sentence("{before} and {after}"),
    "{time} later": mark_sentence("the second {time} later"),
    "{time} earlier": mark_sentence("the second {time} earlier"),
    "before": mark_sentence("first"),
    "after": mark_sentence("second"),
    "Before": mark_sentence("First"),
    "After": mark_sentence("Second"),
    "Change": mark_sentence("Difference"),
    "Before and after": mark_sentence("First and second"),
    "Changes by rule": mark_sentence("Differences by rule"),
    "Changes by rule and disposition": mark_sentence("Differences by rule and disposition"),
    "In flight before: {what}": mark_sentence("In flight on the first: {what}"),
    "In flight after: {what}": mark_sentence("In flight on the second: {what}"),
    "{changes} that no operation explains": mark_sentence("{changes}, each by itself"),
    "Moves across all databases": mark_sentence("Shards on other data nodes, across all databases"),
    "… and {shards} between other data nodes": mark_sentence("… and {shards} on further data nodes"),
    "To accept the unexpected changes": mark_sentence("To accept the unexpected differences"),
    "Shards per data node, before → after": mark_sentence("Shards per data node, first and second instance"),
    "Shard moves": mark_sentence("Shards on other data nodes"),
    "Shard moves ({shards})": mark_sentence("Shards on other data nodes ({shards})"),
    "From → to": mark_sentence("First and second"),
    "From": mark_sentence("On the first"),
    "To": mark_sentence("On the second"),
    "The largest flows first": mark_sentence("The largest numbers first"),
    "Rows are the data nodes before, columns those after": mark_sentence(
        "Rows are the data nodes on the first instance, columns those on the second"
    ),
    "The upper bar is before, the lower one after": mark_sentence(
        "The upper bar is the first instance, the lower one the second"
    ),
    "framed, with a corner: moved": mark_sentence("framed, with a corner: on another data node"),
    "{databases} without a moved shard": mark_sentence("{databases} with all shards in the same place"),
    "{count:,} moved": mark_sentence("{count:,} on another data node"),
    "{count:,} only after": mark_sentence("{count:,} only on the second"),
    "{count:,} only before": mark_sentence("{count:,} only on the first"),
    "{fact} of {records}: the layout before has no place for it": mark_sentence(
        "{fact} of {records}: the first layout has no place for it"
    ),
    "{fact} of {records}: the layout after has no place for it": mark_sentence(
        "{fact} of {records}: the second layout has no place for it"
    ),
    "{path}: {before} → {after}": mark_sentence("{path}: {before} ≠ {after}"),
    "{source} → {target}": mark_sentence("{target} instead of {source}"),
    "reshard by DDM's method 2: {growth}": mark_sentence("more shards: {growth}"),
    "rebalance: {shards} moved from {source} to {target}": mark_sentence(
        "another place: {shards} on {target} instead of {source}"
    ),
    "rebalance: {shards} moved among {nodes}": mark_sentence("another place: {shards} on others of {nodes}"),
    "data node replaced: {new} appeared, {shards} moved to it from {gone}, which disappeared": mark_sentence(
        "another data node: {new} only on the second, with {shards} that {gone}, only on the first, holds there"
    ),
    "scale-in: {what}": mark_sentence("fewer data nodes: {what}"),
    "data node {gone} disappeared": mark_sentence("data node {gone} only on the first instance"),
    "{shards} moved": mark_sentence("{shards} on other data nodes"),
    "{shards} moved with the scale-out": mark_sentence("{shards} on the data nodes that only the second has"),
    "no shard moved": mark_sentence("no shard on other data nodes"),
    "method 1": mark_sentence("same number of shards"),
    "method 3": mark_sentence("more shards"),
    "database {name} created with {shards}": mark_sentence(
        "database {name} only on the second instance, with {shards}"
    ),
    "database {name} created with {shards} on {nodes}": mark_sentence(
        "database {name} only on the second instance, with {shards} on {nodes}"
    ),
    "database {name} dropped with {shards}": mark_sentence("database {name} only on the first instance, with {shards}"),
    "scale-out: {what}": mark_sentence("more data nodes: {what}"),
    "scale-out by DDM's method 1: {what}": mark_sentence("more data nodes, same number of shards: {what}"),
    "scale-out by DDM's method 3: {what}": mark_sentence("more data nodes and more shards: {what}"),
    "scale-out by DDM's methods 1 and 3: {what}": mark_sentence(
        "more data nodes, for some databases more shards: {what}"
    ),
    "data node {nodes} added": mark_sentence("data node {nodes} only on the second instance"),
    "data nodes {nodes} added": mark_sentence("data nodes {nodes} only on the second instance"),
    "no shard moved to it": mark_sentence("none of the first's shards on it"),
    "no shard moved to them": mark_sentence("none of the first's shards on them"),
    "{shards} moved to it": mark_sentence("{shards} on it"),
    "{shards} moved to them": mark_sentence("{shards} on them"),
    "{databases} grew": mark_sentence("{databases} with more shards"),
    "{name} grew from {count:,} to {shards}": mark_sentence("{name} with {shards} instead of {count:,}"),
    "{name} declares {more:,} more shards, but shrank from {count:,} to {shards}": mark_sentence(
        "{name} declares {more:,} more shards, but has {shards} instead of {count:,}"
    ),
    "{name} declares {more:,} more shards, but still has {count:,}": mark_sentence(
        "{name} declares {more:,} more shards, but has {count:,} on both"
    ),
    "{what} moved between data nodes that existed before": mark_sentence(
        "{what} on another of the data nodes that both have"
    ),
    "{what} appeared although the database did not grow": mark_sentence(
        "{what} only on the second instance, although the database is not larger there"
    ),
    "{what} went to a data node that is not listed": mark_sentence("{what} on a data node that is not listed"),
    "{what} added without any shard": mark_sentence("{what} without any shard, only on the second instance"),
    "{what} still on the data node that disappeared": mark_sentence("{what} on the data node that only the first has"),
    "{what} appeared": mark_sentence("{what} only on the second instance"),
    "{what} appeared on {node}": mark_sentence("{what} only on the second instance, on {node}"),
    "{what} disappeared": mark_sentence("{what} only on the first instance"),
    "{what} disappeared from {node}": mark_sentence("{what} only on the first instance, on {node}"),
    "{what} moved from {source} to {target}": mark_sentence("{what} on {target} instead of {source}"),
}
_NOUNS: Final = {
    "change": mark_noun("difference"),
    "unexpected change": mark_noun("unexpected difference"),
    "expected change": mark_noun("expected difference"),
    "waived change": mark_noun("waived difference"),
    "ignored change": mark_noun("ignored difference"),
    "moved shard": mark_noun("shard on another data node"),
    "edit": mark_noun("differing value"),
}
TWO_INSTANCES: Final = Rephrasing(MappingProxyType(_SENTENCES), MappingProxyType(_NOUNS))
"""By the sentences and nouns of a report on two snapshots of one instance."""
