#!/usr/bin/env python3
"""Compares our recurrence engine with two nobody here wrote: recurring-ical-events (PyPI), or, with a
third argument, rrule-temporal (npm).

    cargo build --example expand -p madang-domain
    pip install --target target/oracle recurring-ical-events==3.8.2
    PYTHONPATH=target/oracle scripts/compare-recurrence.py [how many] [seed]
    scripts/fetch-rrule-temporal.sh
    scripts/compare-recurrence.py [how many] [seed] rrule-temporal

Prints the kinds of differences with an example of each; docs/recurrence.md explains them.
"""
import collections
import datetime as dt
import json
import random
import re
import subprocess
import sys
import zoneinfo

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
ENGINE = sys.argv[3] if len(sys.argv) > 3 else "recurring-ical-events"
if ENGINE == "recurring-ical-events":
    import icalendar
    import recurring_ical_events
ZONES = ["Asia/Seoul", "America/New_York", "Europe/London", "America/Los_Angeles", "Australia/Sydney"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
rng = random.Random(SEED)


def some(values, most):
    return sorted(rng.sample(values, rng.randint(1, min(most, len(values)))), key=str)


def rule(start, zone):
    freq = rng.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = {"FREQ": freq}
    if rng.random() < 0.5:
        parts["INTERVAL"] = rng.randint(1, 4)
    if rng.random() < 0.4:
        parts["BYMONTH"] = some(range(1, 13), 4)
    if freq in ("MONTHLY", "YEARLY") and rng.random() < 0.35:
        parts["BYMONTHDAY"] = some([d for d in range(-31, 32) if d], 4)
    elif freq == "YEARLY" and rng.random() < 0.25:
        parts["BYYEARDAY"] = some([d for d in range(-366, 367) if d], 4)
    elif freq == "YEARLY" and rng.random() < 0.25:
        parts["BYWEEKNO"] = some([d for d in range(-53, 54) if d], 3)
    if rng.random() < 0.5:
        days = some(DAYS, 4)
        numbered = freq == "MONTHLY" or freq == "YEARLY" and "BYWEEKNO" not in parts
        if numbered and rng.random() < 0.5:
            days = [rng.choice(["1", "2", "-1", "-2", "3"]) + day for day in days]
        parts["BYDAY"] = days
    if rng.random() < 0.15:
        parts["BYHOUR"] = some(range(24), 3)
    if rng.random() < 0.2 and any(name.startswith("BY") for name in parts):
        parts["BYSETPOS"] = some([1, 2, 3, -1, -2], 2)
    if rng.random() < 0.2:
        parts["WKST"] = rng.choice(DAYS)
    end = rng.random()
    if end < 0.35:
        parts["COUNT"] = rng.randint(1, 40)
    elif end < 0.7:
        until = start.replace(tzinfo=zone) + dt.timedelta(days=rng.randint(1, 1200), hours=rng.randint(0, 23))
        parts["UNTIL"] = until.astimezone(dt.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    text = lambda value: ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return ";".join(f"{name}={text(value)}" for name, value in parts.items())


def theirs(case):
    zone = case["zone"]
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\n"
        f"DTSTART;TZID={zone}:{case['start']}\r\n" + "\r\n".join(case["lines"]) + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    calendar = icalendar.Calendar.from_ical(text)
    utc = lambda seconds: dt.datetime.fromtimestamp(seconds, dt.timezone.utc)
    events = recurring_ical_events.of(calendar).between(utc(case["from"]), utc(case["to"]))
    # What Python calls a nonexistent local time is moved as RFC 5545 3.3.5 says by way of UTC.
    return sorted({int(event["DTSTART"].dt.timestamp()) for event in events})


def in_gap(seconds, name):
    """Whether clocks never showed the hour before this moment: it stands in for one that was skipped."""
    zone = zoneinfo.ZoneInfo(name)
    wall = dt.datetime.fromtimestamp(seconds, zone).replace(tzinfo=None) - dt.timedelta(hours=1)
    back = dt.datetime.fromtimestamp(wall.replace(tzinfo=zone).timestamp(), zone).replace(tzinfo=None)
    return wall != back


def kind(case, ours, others):
    text = case["lines"][0]
    first = int(dt.datetime.strptime(case["start"], "%Y%m%dT%H%M%S").replace(tzinfo=zoneinfo.ZoneInfo(case["zone"])).timestamp())
    if others is None:
        return "they fail"
    if ours is None:
        return "we refuse"
    if any(in_gap(seconds, case["zone"]) for seconds in set(ours) - set(others)):
        return "a local time that a clock change skips: moved here, left out there"
    if re.search(r"BYDAY=[^;]*\d", text) and re.search("BYMONTHDAY|BYYEARDAY", text):
        return "BYDAY with numbers beside days of the month or year: here all of it must hold"
    if "COUNT" in text and set(others) - set(ours) == {max(others, default=0)} and not set(ours) - set(others):
        return "the rule does not name its start: it counts here, as RFC 5545 3.8.5.3 says"
    if set(ours) ^ set(others) == {first}:
        return "the rule does not name its start: it is the first occurrence here all the same"
    if "BYWEEKNO" in text and "BYDAY" not in text:
        return "BYWEEKNO without BYDAY: one weekday here, all seven there"
    if "BYWEEKNO" in text:
        return "BYWEEKNO: days of a week that lie in the year before or after"
    if "BYSETPOS" in text:
        return "BYSETPOS: the first, partial week is counted whole here"
    return "other"


def main():
    cases = []
    for _ in range(COUNT):
        start = dt.datetime(2024, 1, 1) + dt.timedelta(days=rng.randint(0, 700), minutes=15 * rng.randint(0, 95))
        name = rng.choice(ZONES)
        zone = zoneinfo.ZoneInfo(name)
        # From before the start, or into the middle of the series.
        begin = start + dt.timedelta(days=rng.choice([-10, -10, rng.randint(0, 2000)]))
        seconds = int(begin.replace(tzinfo=dt.timezone.utc).timestamp())
        case = {"start": start.strftime("%Y%m%dT%H%M%S"), "zone": name, "lines": ["RRULE:" + rule(start, zone)]}
        cases.append({**case, "from": seconds, "to": seconds + 86400 * rng.randint(30, 1500)})
    lines = "\n".join(map(json.dumps, cases)) + "\n"
    answer = subprocess.run(["target/debug/examples/expand"], input=lines, capture_output=True, text=True, check=True)
    if ENGINE == "rrule-temporal":
        command = ["node", "scripts/oracle-temporal.mjs"]
        said = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
        answers = iter(map(json.loads, said))
    kinds = collections.defaultdict(list)
    same = 0
    for case, line in zip(cases, answer.stdout.splitlines()):
        ours = json.loads(line)
        try:
            others = next(answers) if ENGINE == "rrule-temporal" else theirs(case)
        except Exception as error:  # their engine refuses rules in many ways
            others = None
        if ours == others or (ours is None and others is None):
            same += 1
        else:
            kinds[kind(case, ours, others)].append((case, ours, others))
    print(f"{same} of {COUNT} the same")
    for name, found in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"\n{len(found)}  {name}")
        for case, ours, others in found[:4]:
            show = lambda seconds: [dt.datetime.fromtimestamp(s, zoneinfo.ZoneInfo(case["zone"])).strftime("%F %H:%M") for s in seconds or []]
            print("   ", case["start"], case["zone"], case["lines"][0], case["from"], case["to"])
            print("      only here ", show(sorted(set(ours or []) - set(others or [])))[:6])
            print("      only there", show(sorted(set(others or []) - set(ours or [])))[:6])


main()
