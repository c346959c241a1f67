#!/usr/bin/env python3
"""Compares our Korean calendar with tables nobody here wrote (PyPI): every day's lunar date of 1900 to
2050 with korean-lunar-calendar, and every public holiday of 1991 to 2050 with holidays.

    cargo build --example korea -p madang-domain
    pip install --target target/oracle korean-lunar-calendar==0.3.1 holidays==0.108
    PYTHONPATH=target/oracle scripts/compare-korea.py

Prints the differences; docs/korea.md explains them. Fails on a lunar date that differs.
"""
import datetime as dt
import subprocess
import sys

import holidays
from korean_lunar_calendar import KoreanLunarCalendar

EXAMPLE = "target/debug/examples/korea"


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


wrong = lunar()
public_holidays()
sys.exit(1 if wrong else 0)
