#!/usr/bin/env python3
"""Compares our Korean calendar with tables nobody here wrote (PyPI): every day's lunar date of 1900 to
2050 and series that come back by it with korean-lunar-calendar, and every public holiday of 1991 to 2050 with holidays.

    cargo build --examples -p madang-domain
    pip install --target target/oracle korean-lunar-calendar==0.3.1 holidays==0.108
    PYTHONPATH=target/oracle scripts/compare-korea.py

Prints the differences; docs/korea.md explains them. Fails on a lunar date that differs.
"""
import datetime as dt
import json
import random
import subprocess
import sys

import holidays
from korean_lunar_calendar import KoreanLunarCalendar

EXAMPLE = "target/debug/examples/korea"
EXPAND = "target/debug/examples/expand"
TABLE = {}


def ours(what):
    return subprocess.run([EXAMPLE, what], capture_output=True, text=True, check=True).stdout.splitlines()


def lunar():
    calendar, checked, wrong = KoreanLunarCalendar(), 0, []
    for line in ours("lunar"):
        day, said = line.split()
        date = dt.date.fromisoformat(day)
        if not calendar.setSolarDate(date.year, date.month, date.day):
            continue
        c = calendar
        theirs = f"{c.lunarYear}-{c.lunarMonth}-{c.lunarDay}-{int(c.isIntercalation)}"
        checked += 1
        TABLE[c.lunarYear, c.lunarMonth, c.lunarDay, bool(c.isIntercalation)] = date
        if said != theirs:
            wrong.append((day, said, theirs))
    print(f"{checked} days compared, {len(wrong)} differ")
    for difference in wrong[:10]:
        print("  ", *difference)
    return len(wrong)


def public_holidays():
    here = {}
    for line in ours("holidays"):
        day, _, name = line.split(maxsplit=2)
        here.setdefault(day, name)
    there = {
        date.isoformat(): name
        for date, name in holidays.country_holidays("KR", years=range(1991, 2051), language="ko").items()
    }
    print(f"{len(here)} days off here, {len(there)} there")
    for day in sorted(set(here) ^ set(there)):
        print("  ", day, "only here:" if day in here else "only there:", here.get(day) or there.get(day))


def recurrence():
    """Lunar days that come back: 2,000 series of RRULE:RSCALE=DANGI with what the table says."""
    rng, cases = random.Random(1), []

    def solar(*date):
        return TABLE.get(date)

    while len(cases) < 2000:
        year, month, day = rng.randint(1900, 2040), rng.randint(1, 12), rng.choice([1, 8, 15, 29, 30, 30])
        leap, skip = rng.random() < 0.3, rng.choice(["OMIT", "BACKWARD"])
        first = solar(year, month, day, leap)
        if not first:
            continue
        expected = []
        for other in range(year, 2050):
            on = solar(other, month, day, leap)
            if skip == "BACKWARD" and not on:
                # The month first, then the day, as RFC 7529 4.1 has it.
                there = solar(other, month, 1, leap) is not None
                on = solar(other, month, day, leap and there) or solar(other, month, day - 1, leap and there)
            expected += [on] if on else []
        rule = f"RRULE:RSCALE=DANGI;FREQ=YEARLY;SKIP={skip}"
        case = {"start": first.strftime("%Y%m%d"), "zone": "UTC", "lines": [rule], "from": -3_000_000_000}
        cases.append((json.dumps({**case, "to": 2_524_608_000}), expected))
    text = "\n".join(case for case, _ in cases) + "\n"
    said = subprocess.run([EXPAND], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    wrong = 0
    for (case, expected), line in zip(cases, said):
        epoch = dt.date(1970, 1, 1)
        ours = [epoch + dt.timedelta(days=seconds // 86400) for seconds in json.loads(line)]
        if ours != [day for day in expected if day < dt.date(2050, 1, 1)]:
            wrong += 1
            print("  ", case, sorted(set(map(str, ours)) ^ set(map(str, expected)))[:4])
    print(f"{len(cases)} lunar series compared, {wrong} differ")
    return wrong


wrong = lunar() + recurrence()
public_holidays()
sys.exit(1 if wrong else 0)
