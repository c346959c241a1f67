// Expands series from standard input with rrule-temporal (npm), one JSON object per line as
// `scripts/compare-recurrence.py` writes them; answers the starts as seconds, or null.
//
//   scripts/fetch-rrule-temporal.sh
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.cwd()}/target/oracle-npm/package.json`));
const { Temporal } = require("temporal-polyfill");
const { RRuleTemporal } = require("rrule-temporal");

/** DTSTART is the first occurrence (RFC 5545 3.8.5.3), which a rule alone does not say. */
function expand({ start, zone, lines, from, to }) {
  const rule = new RRuleTemporal({
    rruleString: `DTSTART;TZID=${zone}:${start}\n${lines.join("\n")}`,
    includeDtstart: true,
  });
  const at = (seconds) => Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone);
  // Both bounds are open there; the window is half open here.
  const found = rule.between(at(from - 1), at(to), false);
  return found.map((time) => Math.trunc(time.epochMilliseconds / 1000));
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer = null;
  try {
    answer = expand(JSON.parse(line));
  } catch {
    // It refuses rules in its own ways.
  }
  console.log(JSON.stringify(answer));
}
