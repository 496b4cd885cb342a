"""What `make bench` does: fill two databases, measure, print a table, write var/bench.json; not 0 when a limit is broken.

python -m tests.bench [--small] [--fresh]

Without DATABASE_URL a PostgreSQL of our own keeps both databases in var/bench from one run to the next (--fresh fills them anew).
With DATABASE_URL that database is the large one, filled if it is empty, and growth is not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from tests import postgres

from . import limits
from .site import ROOT, Site, SiteError, environment, manage, serve

FOLDER = ROOT / "var" / "bench"
OUT = ROOT / "var" / "bench.json"


@dataclass(frozen=True)
class Scale:
    """How much is filled and measured. ``long`` and ``short`` are years of history, ``seconds`` the most spent on one page."""

    provinces: int = 63
    long: int = 10
    short: int = 1
    rounds: int = 25
    seconds: float = 5.0
    streamed: tuple[int, int] = (5_000, 50_000)
    cells: tuple[int, int] = (50_000, 15)


FULL = Scale()
SMALL = Scale(provinces=3, long=3, rounds=8, seconds=1.5, streamed=(500, 5_000), cells=(5_000, 15))


def main() -> int:
    options = argparse.ArgumentParser(prog="make bench")
    options.add_argument(
        "--small", action="store_true", help="a few provinces and years: whether it works at all"
    )
    options.add_argument("--fresh", action="store_true", help="fill the databases anew")
    chosen = options.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # so that all servers are stopped on the way out
        signal.signal(number, signal.default_int_handler)
    scale = SMALL if chosen.small else FULL
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as stack:
            databases = prepare(stack, scale, chosen.fresh, "small" if chosen.small else "full")
            found = measure(stack, scale, databases)
    except (postgres.NoPostgresError, SiteError) as error:
        print(f"NOTHING WAS MEASURED: {error}")
        return 2
    found["scale"] = vars(scale)
    status = limits.report(found, OUT)
    OUT.write_text(json.dumps(found, ensure_ascii=False, indent=1))
    return status


# -- databases ------------------------------------------------------------------------------------------------------------------


def prepare(stack: ExitStack, scale: Scale, fresh: bool, name: str) -> dict[str, str]:
    """The DATABASE_URL of the database with long history, and of the one with short history if there is one; filled."""
    if given := os.environ.get("DATABASE_URL"):
        databases = {"long": given}
    else:
        home = FOLDER / name
        if fresh:
            shutil.rmtree(home, ignore_errors=True)
        server = stack.enter_context(postgres.kept(home))
        databases = {kind: server.replace("/postgres?", f"/bench_{kind}?") for kind in ("long", "short")}
        for kind in databases:
            create(server, f"bench_{kind}")
    for kind, database in databases.items():
        fill(database, scale, scale.long if kind == "long" else scale.short)
    return databases


def create(server: str, name: str) -> None:
    """The database ``name`` on the server, unless it is there."""
    import psycopg2

    connection = psycopg2.connect(server.replace("postgres://", "postgresql://"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()


def fill(database: str, scale: Scale, years: int) -> None:
    """Bring the tables up to date; fill them unless they are."""
    manage(database, FOLDER, "migrate", "--verbosity", "0")
    manage(database, FOLDER, "createcachetable")
    filled = "from accounts.models import Province; raise SystemExit(not Province.objects.exists())"
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", filled]
    if subprocess.run(command, cwd=ROOT, env=environment(database, FOLDER)).returncode:
        print(f"=== filling: {scale.provinces} provinces, {years} years ===", flush=True)
        manage(database, FOLDER, "bench_data", f"--provinces={scale.provinces}", f"--years={years}")


# -- measuring ------------------------------------------------------------------------------------------------------------------


def measure(stack: ExitStack, scale: Scale, databases: dict[str, str]) -> dict[str, Any]:
    """Everything, one after the other."""
    database = databases["long"]
    manage(database, FOLDER, "collectstatic", "--noinput", "--verbosity", "0")
    manage(database, FOLDER, "compile_catalogue", "--verbosity", "0")
    found: dict[str, Any] = {"asked": {}, "load": os.getloadavg()}
    for kind, url in databases.items():
        say(f"queries of every page, {kind} history")
        found["asked"][kind] = inside(url, "pages")
    say("bare SQL of the pages with a limit")
    found["sql"] = inside(database, "sql")
    sites = [stack.enter_context(serve(kind, url, FOLDER)) for kind, url in databases.items()]
    say(f"pages by HTTP, {scale.rounds} times each")
    found["times"] = visit(sites, found["asked"], scale)
    say(f"streamed workbooks of {scale.streamed[0]:,} and {scale.streamed[1]:,} visits")
    found["memory"] = [inside(database, "memory", rows) for rows in scale.streamed]
    say(f"workbook of {scale.cells[0]:,} rows × {scale.cells[1]} columns")
    found["workbook"] = inside(database, "workbook", *scale.cells)
    return found


def inside(database: str, *task: object) -> Any:
    """Run a task of ``tests.bench.inside`` in a process of its own; what it found."""
    command = [sys.executable, "-m", "tests.bench.inside", *map(str, task)]
    answer = subprocess.run(
        command, cwd=ROOT, env=environment(database, FOLDER), stdout=subprocess.PIPE, text=True
    )
    if answer.returncode:
        raise SiteError(f"inside {task[0]}: exit status {answer.returncode}")
    return json.loads(answer.stdout.splitlines()[-1])


def visit(sites: list[Site], asked: dict[str, Any], scale: Scale) -> dict[str, dict[str, Any]]:
    """For each page and site the median and the 95th percentile (ms). What seems to break a limit is measured once more, four times
    as often, and that counts."""
    addresses = {site.name: {row["title"]: row for row in asked[site.name]["pages"]} for site in sites}
    found: dict[str, dict[str, Any]] = {}
    password = asked["long"]["password"]
    for title in addresses["long"]:
        rows = {site: addresses[site.name][title] for site in sites}
        there = {site: row for site, row in rows.items() if row.get("status") == 200}
        found[title] = time_page(title, there, password, scale.rounds, scale.seconds)
        if limits.seems_broken(addresses["long"][title], found[title]):
            found[title] = time_page(title, there, password, 4 * scale.rounds, 4 * scale.seconds)
    return found


def time_page(
    title: str, there: dict[Site, dict], password: str, rounds: int, seconds: float
) -> dict[str, dict[str, float]]:
    """The page at each site that has it; the sites take turns, so that a busy moment hits both."""
    times: dict[str, list[float]] = {site.name: [] for site in there}
    end = time.monotonic() + seconds
    for number in range(-2, rounds):  # the first two warm both workers
        if number > 4 and time.monotonic() > end:
            break
        for site, row in there.items():
            answer = site.visitor(row["who"], password).get(row["address"])
            if answer.status != 200:
                raise SiteError(f"{title}: {answer.status}")
            if number >= 0:
                times[site.name].append(answer.milliseconds)
    return {name: summary(values) for name, values in times.items()}


def summary(times: list[float]) -> dict[str, float]:
    return {"median": median(times), "p95": quantiles(times, n=20)[-1], "n": len(times)}


def say(text: str) -> None:
    print(f"=== {text} ===", flush=True)


if __name__ == "__main__":
    sys.exit(main())
