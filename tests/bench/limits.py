"""What must hold (issue "Speed and size"), and the table that says whether it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

QUERIES = 25  # of a page
GROWTH = 1.3  # of a page from short to long history
NOISE = 4.0  # ms by which two medians may differ by chance
STREAMED = 1.25  # peak memory at ten times the rows
WORKBOOK = 1.5  # of bare openpyxl

SIGNED_IN = "bare page: signed in"


def report(found: dict[str, Any], out: Path) -> int:
    """Print the table and what is broken or not measured; 0 when every limit was measured and holds."""
    long = found["asked"]["long"]["pages"]
    short = {row["title"]: row for row in found["asked"].get("short", {"pages": []})["pages"]}
    bare = next(
        found["times"][row["title"]]["long"]["median"] for row in long if row["title"].startswith(SIGNED_IN)
    )
    broken: list[str] = []
    unmeasured: list[str] = [
        f"page {name}: nobody measures it" for name in found["asked"]["long"]["unmeasured"]
    ]
    print(f"\n{'page':<46} {'queries':>7} {'median':>7} {'p95':>7} {'x bare':>6} {'x SQL':>6} {'growth':>6}")
    for row in long:
        title, times = row["title"], found["times"][row["title"]]
        row["line"] = line = _line(row, short.get(title), times, found["sql"].get(title), bare)
        broken += _broken(row, short.get(title), times, line)
        unmeasured += _unmeasured(row, short.get(title), times)
        print(_printed(row, line))
    broken += _sizes(found)
    if not short:
        unmeasured.append("growth with the years: there is no database with a short history")
    print(f"\nload average when it began: {found['load'][0]:.1f}; all of it in {out}")
    for text in unmeasured:
        print(f"NOT MEASURED  {text}")
    for text in broken:
        print(f"BROKEN  {text}")
    holds = not broken and not unmeasured
    print("EVERY LIMIT HOLDS" if holds else "NOT EVERY LIMIT HOLDS")
    found["broken"], found["unmeasured"] = broken, unmeasured
    return 0 if holds else 1


def _line(
    row: dict, short: dict | None, times: dict, sql: float | None, bare: float
) -> dict[str, float | None]:
    """The page's numbers: ms, ratios to the bare page and to the bare SQL, growth."""
    now, before = times.get("long"), times.get("short")
    middle = now and now["median"]
    return {
        "queries": row.get("queries"),
        "median": middle,
        "p95": now and now["p95"],
        "to_bare": middle and middle / bare,
        "sql": sql,
        "to_sql": middle and sql and middle / sql,
        "growth": middle and before and middle / before["median"],
    }


def _broken(row: dict, short: dict | None, times: dict, line: dict) -> list[str]:
    title, found = row["title"], []
    if row.get("problem") or row.get("status", 200) != 200:
        return [f"{title}: does not open ({row.get('problem') or row['status']})"]
    if row.get("queries", 0) > QUERIES:
        found.append(f"{title}: {row['queries']} queries, at most {QUERIES}")
    if (
        short
        and short.get("queries")
        and row.get("queries")
        and not row["grows"]
        and short["queries"] < row["queries"]  # fewer where a part of the page is empty
    ):
        found.append(
            f"{title}: {short['queries']} queries with a short history, {row['queries']} with a long one"
        )
    if _is_slow(row, times):
        found.append(f"{title}: {line['median']:.0f} ms, at most {row['limit']}")
    if _has_grown(row, times):
        found.append(f"{title}: grows {line['growth']:.2f} ×, at most {GROWTH}")
    return found


def seems_broken(row: dict, times: dict) -> bool:
    """Whether the page's times break a limit."""
    return _is_slow(row, times) or _has_grown(row, times)


def _is_slow(row: dict, times: dict) -> bool:
    return bool(row["limit"] and "long" in times and times["long"]["median"] > row["limit"])


def _has_grown(row: dict, times: dict) -> bool:
    if row["grows"] or not {"long", "short"} <= times.keys():
        return False
    now, before = times["long"]["median"], times["short"]["median"]
    return now > GROWTH * before and now - before > NOISE


def _unmeasured(row: dict, short: dict | None, times: dict) -> list[str]:
    if row.get("missing"):
        return [f"{row['title']}: {row['missing']}"]
    if "long" not in times:
        return []
    if short is not None and "short" not in times and not short.get("missing") and not row["grows"]:
        return [f"{row['title']}: growth, it does not open on the short history"]
    return []


def _sizes(found: dict[str, Any]) -> list[str]:
    few, many = found["memory"]
    book = found["workbook"]
    ratio = many["peak"] / few["peak"]
    print(
        f"\nstreamed export: {few['rows']:,} visits {few['seconds']:.1f} s, peak {few['peak']:.0f} MB; "
        f"{many['rows']:,} visits {many['seconds']:.1f} s, peak {many['peak']:.0f} MB ({ratio:.2f} ×, at most {STREAMED})"
    )
    print(
        f"workbook {book['rows']:,} × {book['columns']}: {book['ours']:.1f} s, bare openpyxl {book['bare']:.1f} s "
        f"({book['ratio']:.2f} ×, at most {WORKBOOK})"
    )
    broken = []
    if ratio > STREAMED:
        broken.append(
            f"streamed export: memory grows {ratio:.2f} × at ten times the rows, at most {STREAMED}"
        )
    if book["ratio"] > WORKBOOK:
        broken.append(f"workbook: {book['ratio']:.2f} × bare openpyxl, at most {WORKBOOK}")
    return broken


def _printed(row: dict, line: dict) -> str:
    def number(value: float | None, form: str) -> str:
        return format(value, form) if value is not None else "–"

    note = f"  {row['limit']} ms" if row["limit"] else ""
    note += f"  ({row['grows']})" if row["grows"] else ""
    return (
        f"{row['title']:<46} {number(line['queries'], 'd'):>7} {number(line['median'], '.0f'):>7} "
        f"{number(line['p95'], '.0f'):>7} {number(line['to_bare'], '.1f'):>6} {number(line['to_sql'], '.1f'):>6} "
        f"{number(line['growth'], '.2f'):>6}{note}"
    )
