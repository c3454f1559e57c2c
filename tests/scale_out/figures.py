#!/usr/bin/python3
"""The rows of several runs as one table: the median and the worst of each case."""

import json
import statistics
import sys


def middle_and_worst(values: list[int]) -> str:
    return f"{statistics.median_high(values)} / {max(values)}"


def losses(rows: list[dict]) -> str:
    kinds = sorted({kind for row in rows for kind in row["lost"]})
    return "; ".join(f"{kind} {middle_and_worst([row['lost'].get(kind, 0) for row in rows])}" for kind in kinds)


def line(case: str, rows: list[dict]) -> str:
    columns = [
        case,
        middle_and_worst([row["moved_ms"] for row in rows]),
        middle_and_worst([row["late"] for row in rows]),
        losses(rows) or "none",
        str(statistics.median_high([row["served"] for row in rows])),
    ]
    return "| " + " | ".join(columns) + " |"


def main() -> None:
    cases: dict[str, list[dict]] = {}
    for text in sys.stdin:
        row = json.loads(text)
        cases.setdefault(row["case"], []).append(row)
    print("| median / worst | moved, ms | late | lost | served |")
    print("| --- | --- | --- | --- | --- |")
    for case, rows in cases.items():
        print(line(case, rows))
    unexplained = [f"{row['case']}: {what}" for rows in cases.values() for row in rows for what in row["unexplained"]]
    print("\n".join(unexplained) or "nothing unexplained")


main()
