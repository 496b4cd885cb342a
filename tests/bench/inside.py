"""What can only be measured inside Django: queries, bare SQL, memory, workbooks. Each is a process of its own.

python -m tests.bench.inside pages | sql | memory ROWS | workbook ROWS COLUMNS      prints JSON
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from statistics import median
from types import SimpleNamespace
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldvisits.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from openpyxl import Workbook  # noqa: E402

from fieldvisits.models import Visit, YearRule  # noqa: E402
from reports.base import Asked, Column, Report  # noqa: E402
from reports.bench.people import PASSWORD  # noqa: E402
from reports.definitions.visits import VisitReport, staged  # noqa: E402
from reports.xlsx import write_report  # noqa: E402

from .pages import COMMITTEE, PAGES, Page, World, unmeasured  # noqa: E402

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def pages() -> dict[str, Any]:
    """Every page's address, how many queries it asks, and whether it opens; and which addresses nobody measures."""
    world, clients = World(), {}
    rows = []
    for page in PAGES:
        row: dict[str, Any] = {
            "title": page.title,
            "who": page.role and world.people[page.role].username,
            "limit": page.limit,
            "grows": page.grows,
        }
        rows.append(row)
        try:
            row["address"] = page.address(world)
        except LookupError as missing:
            row["missing"] = str(missing)
            continue
        except (
            Exception
        ) as wrong:  # a page that cannot be reached is a row of the table, not the end of the bench
            row["problem"] = f"no address: {wrong!r}"
            continue
        if page.role not in clients:
            clients[page.role] = Client()
            if page.role:
                clients[page.role].force_login(world.people[page.role], BACKEND)
        row |= _asked(clients[page.role], row["address"])
    return {"pages": rows, "unmeasured": unmeasured(), "password": PASSWORD}


def _asked(client: Client, address: str) -> dict[str, Any]:
    """How many queries the page asks once it is warm, which of them took longest (ms)."""
    try:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
            b"".join(answer) if answer.streaming else answer.content
    except Exception as wrong:
        return {"problem": repr(wrong)[:300]}
    slowest = max(asked.captured_queries, key=lambda query: float(query["time"]), default=None)
    return {
        "status": answer.status_code,
        "queries": len(asked),
        "sql": sum(float(query["time"]) for query in asked.captured_queries) * 1000,
        "slowest": slowest and [float(slowest["time"]) * 1000, slowest["sql"][:4000]],
    }


def sql() -> dict[str, float]:
    """The bare SQL of the pages with a limit: the median of running all their queries again, without Django (ms)."""
    world, times = World(), {}
    for page in PAGES:
        if page.limit:
            times[page.title] = _bare_sql(page, world)
    return times


def _bare_sql(page: Page, world: World, rounds: int = 7) -> float:
    client = Client()
    client.force_login(world.people[page.role], BACKEND)
    address = page.address(world)
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    reads = [query["sql"] for query in asked.captured_queries if query["sql"].startswith(("SELECT", "("))]

    def run() -> None:
        with connection.cursor() as cursor:
            for statement in reads:
                cursor.cursor.execute(statement)
                cursor.fetchall()

    return median(_times(run, rounds))


def memory(rows: int) -> dict[str, float]:
    """Peak memory of this process (MB) after it has streamed a workbook of ``rows`` visits, and how long it took (s)."""
    world = World()
    rule = YearRule.objects.select_related("province").get(province=world.province, year=world.year)

    class ManyVisits(VisitReport):
        """As the full export of the year, but of all provinces together, up to as many visits as are wanted."""

        def rows(self) -> Any:
            return staged(Visit.objects.filter(quarter__year=rule.year, state="approved"))[:rows]

        def totals(self) -> dict[str, Any]:
            return {}

    before, began = _peak(), time.monotonic()
    with tempfile.TemporaryFile() as stream:
        write_report(ManyVisits(Asked(world.people[COMMITTEE], rule)), stream, "")
        taken = time.monotonic() - began
    return {"rows": rows, "before": before, "peak": _peak(), "seconds": taken}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def workbook(rows: int, columns: int) -> dict[str, float]:
    """Writing a report of ``rows`` × ``columns`` against bare openpyxl write-only for the same cells: the best of three (s)."""
    report = _ListReport(rows, columns)

    def ours() -> None:
        with tempfile.TemporaryFile() as stream:
            write_report(report, stream, "")

    def bare() -> None:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("bare")
        for values in report.values():
            sheet.append(values)
        with tempfile.TemporaryFile() as stream:
            book.save(stream)

    times: dict[str, list[float]] = {"bare": [], "ours": []}
    for _round in range(3):  # one after the other, so that a busy moment hits both
        times["bare"] += _times(bare, 1)
        times["ours"] += _times(ours, 1)
    best = {name: min(found) / 1000 for name, found in times.items()}
    return {"rows": rows, "columns": columns, **best, "ratio": best["ours"] / best["bare"]}


class _ListReport(Report):
    """A report of texts, numbers and days that no database gives."""

    slug = "bench"
    title = "Bench"
    about = "Bench"

    def __init__(self, rows: int, columns: int) -> None:
        self.count = rows
        kinds = ["date", "text", "text", "number", "text"]
        self.kinds = [kinds[n % len(kinds)] for n in range(columns)]
        rule = SimpleNamespace(year=2026, province="Tỉnh mẫu", province_id=1)
        super().__init__(SimpleNamespace(rule=rule, sort="", values={}, reader=None))  # type: ignore[arg-type]

    def columns(self) -> list[Column]:
        return [Column(f"c{n}", f"Cột {n}", lambda r: None, kind) for n, kind in enumerate(self.kinds)]

    def rows(self) -> list[Any]:
        return []

    def values(self) -> Iterator[list[Any]]:
        some = {
            "date": lambda n: date(2026, 1 + n % 12, 1 + n % 28),
            "text": lambda n: f"Khảo sát, nắm tình hình đoàn viên, thanh niên {n}",
            "number": lambda n: n,
        }
        makers = [some[kind] for kind in self.kinds]
        for n in range(self.count):
            yield [make(n) for make in makers]


def _times(run: Callable[[], None], rounds: int) -> list[float]:
    """How long each of ``rounds`` runs took (ms)."""
    times = []
    for _round in range(rounds):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1000)
    return times


if __name__ == "__main__":
    task = {"pages": pages, "sql": sql, "memory": memory, "workbook": workbook}[sys.argv[1]]
    print(json.dumps(task(*map(int, sys.argv[2:]))))
