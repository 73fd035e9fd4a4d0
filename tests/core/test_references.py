from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.errors import UsageError
from drift.core.references import AsOf, File, Label, Latest, Live, Number, Reference, label_problem, name_problem, parse
from support.strategies import labels, texts

MAY_1 = datetime(2026, 5, 1, tzinfo=UTC)

READABLE: list[tuple[str, Reference]] = [
    ("12", Number(12)),
    ("007", Number(7)),
    ("orders-prod:12", Number(12, "orders-prod")),
    ("pre-CHG-123", Label("pre-CHG-123")),
    ("orders-prod:pre-CHG-123", Label("pre-CHG-123", "orders-prod")),
    ("1.2", Label("1.2")),
    ("vor der Umstellung", Label("vor der Umstellung")),
    ("a@b", Label("a@b")),
    ("Latest", Label("Latest")),
    ("release~2", Label("release~2")),
    ("٣", Label("٣")),
    ("latest", Latest()),
    ("latest~0", Latest()),
    ("latest~2", Latest(2)),
    ("orders-prod:latest~2", Latest(2, "orders-prod")),
    ("live", Live()),
    ("orders-prod:live", Live("orders-prod")),
    ("@2026-05-01T02:00Z", AsOf(MAY_1.replace(hour=2, microsecond=999_999))),
    ("@2026-05-01T02:00", AsOf(MAY_1.replace(hour=2, microsecond=999_999))),
    ("@2026-05-01T02:00:04.5+02:00", AsOf(MAY_1.replace(second=4, microsecond=500_000))),
    ("@2026-05-01", AsOf(datetime.combine(MAY_1, time.max, UTC))),
    ("orders-prod:@2026-05-01T02:00Z", AsOf(MAY_1.replace(hour=2, microsecond=999_999), "orders-prod")),
    ("before.json", File("before.json")),
    ("before.json.gz", File("before.json.gz")),
    ("./before", File("./before")),
    ("/captures/before", File("/captures/before")),
    ("captures/latest", File("captures/latest")),
    ("orders-prod:captures/x", File("orders-prod:captures/x")),
    ("C:\\captures\\x.json", File("C:\\captures\\x.json")),
]

UNREADABLE = [
    "",
    ":",
    ":latest",
    "orders-prod:",
    "a:b:c",
    "@",
    "@yesterday",
    "@2026-13-01",
    "@0001-01-01T00:00+05:00",
    "orders-prod:@noon",
    "latest~",
    "latest~-1",
    "latest~x",
    "latest~9999999999",
    "9" * 30,
    " latest",
    "a\nb",
    "\x1b[31m",
    "a\x9b31m",
    "a\u202eb",
    "a\u2066b",
]


@pytest.mark.parametrize(("text", "meaning"), READABLE)
def test_reads_every_form(text: str, meaning: Reference) -> None:
    """Every form of a reference has one meaning."""
    assert parse(text) == meaning


@pytest.mark.parametrize("text", UNREADABLE)
def test_refuses_what_is_no_reference(text: str) -> None:
    """What can't be a reference is refused with what it could be."""
    with pytest.raises(UsageError) as error:
        parse(text)
    assert error.value.hint


@given(texts)
def test_reads_or_refuses_any_text(text: str) -> None:
    """No text leads to anything but a reference or a UsageError."""
    found: Reference | UsageError
    try:
        found = parse(text)
    except UsageError as error:
        found = error
    assert isinstance(found, Reference) or found.hint


@given(labels)
def test_a_label_means_itself(label: str) -> None:
    """A label that may be given is found again under the very same word."""
    assert label_problem(label) is None
    assert parse(label) == Label(label)


@given(texts | st.sampled_from([text for text, _ in READABLE]))
def test_a_label_that_means_something_else_is_a_problem(text: str) -> None:
    """A label may be given exactly if it reads as that label."""
    try:
        means_itself = parse(text) == Label(text)
    except UsageError:
        means_itself = False
    assert (label_problem(text) is None) == means_itself


@given(texts.filter(lambda name: name_problem(name) is None))
def test_a_name_picks_its_instance(name: str) -> None:
    """Every name that an instance may have can stand before a reference."""
    assert parse(f"{name}:latest") == Latest(0, name)


@pytest.mark.parametrize("name", ["", "a:b", "a/b", "@a", " a", "a\n", "a\x7fb"])
def test_a_name_that_could_not_be_told_apart_is_a_problem(name: str) -> None:
    """A name that would make a reference ambiguous is told as such."""
    assert name_problem(name)
