/** forkPerTest: each test has the fixture's data, and none has another's. In the runners that people use. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { forkPerTest } from "../../bindings/index.ts";
import { installPackage } from "../runtimes/run.ts";
import { openStore } from "../support/store.ts";

describe("in vitest", () => {
  let prepared = 0;
  const redis = forkPerTest({ afterAll, afterEach, beforeAll, beforeEach }, () => {
    prepared++;
    const db = openStore();
    db.set("visits", 10);
    return db;
  });

  it.each([1, 2, 3])("test %d finds the fixture as it was", () => {
    expect(redis.db.incr("visits")).toBe(11);
    expect(prepared).toBe(1);
  });
});

describe("outside of a test", () => {
  it("there is no store", () => {
    const none = (): void => undefined;
    const redis = forkPerTest({ afterAll: none, afterEach: none, beforeAll: none, beforeEach: none }, () =>
      openStore(),
    );
    expect(() => redis.db).toThrow("while the test runs");
  });
});

it("works in node:test", () => {
  const folder = installPackage("node-test");
  writeFileSync(
    path.join(folder, "some.test.mjs"),
    `import { after, afterEach, before, beforeEach, test } from "node:test";
     import { strictEqual } from "node:assert";
     import { forkPerTest, open } from "kvasm";
     const redis = forkPerTest({ after, afterEach, before, beforeEach }, async () => {
       const db = await open();
       db.set("visits", 10);
       return db;
     });
     test("one", () => strictEqual(redis.db.incr("visits"), 11));
     test("another", () => strictEqual(redis.db.incr("visits"), 11));`,
  );
  const { status, stdout } = spawnSync(process.execPath, ["--test", "some.test.mjs"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toContain("pass 2");
  expect(status).toBe(0);
});
