/** log: Redis' line format, and levels. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatLogTime, Log } from "../../../../server/observe/log.ts";

test("dates read as in Redis", () => {
  expect(formatLogTime(new Date(2026, 10, 2, 3, 4, 5, 67))).toBe("02 Nov 2026 03:04:05.067");
});

test("lines have pid, role, date, mark and message, and go to the file; lower levels are left out", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvasm-log-"));
  const log = new Log();
  log.file = join(folder, "server.log");
  log.notice("starting");
  log.role = "M";
  log.verbose("not shown");
  log.warning("careful");
  const lines = readFileSync(log.file, "utf8").trimEnd().split("\n");
  rmSync(folder, { recursive: true });
  expect(lines.map((line) => line.replace(/\d+ \w{3} \d{4} [\d:.]+/, "DATE"))).toEqual([
    `${process.pid}:C DATE * starting`,
    `${process.pid}:M DATE # careful`,
  ]);
});

test("a log that cannot be written stops nothing", () => {
  const log = new Log();
  log.file = "/nope/nope.log";
  log.warning("lost");
});
