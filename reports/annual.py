"""The figures of a province's year: compiled anew while the report is written, frozen when it is approved."""

from __future__ import annotations

from datetime import date
from typing import Any

from fieldvisits.models import YearRule


def compile_figures(rule: YearRule, as_of: date) -> dict[str, Any]:
    """Every figure of the annual report up to ``as_of`` (inclusive), as JSON."""
    return {"year": rule.year, "as_of": as_of.isoformat()}
