"""Notices as the outputs of a GitHub Actions step. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drift.reports.ci.notice import Notices


def render(notices: Notices) -> str:
    """Render a line for each output: the verdict and the totals. None of them is text from outside."""
    return "".join(f"{name}={value}\n" for name, value in (("verdict", notices.word), *notices.counts.items()))
