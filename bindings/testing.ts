/**
 * testing: a store for each test, with the data that all of them start from: prepared once, then forked, which takes about
 * a millisecond. For vitest, jest, node:test, and whatever has hooks of these names:
 *
 *     import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
 *     const redis = forkPerTest({ afterAll, afterEach, beforeAll, beforeEach }, async () => {
 *       const db = await open();
 *       db.hset("user:1", { name: "Ada" });
 *       return db;
 *     });
 *     test("…", () => redis.db.hget("user:1", "name"));
 */
import { KvasmError } from "./errors.ts";
import type { Store } from "./store.ts";

type Hook = (run: () => unknown) => unknown;

/** Hooks of a test runner; node:test calls those around all tests `before` and `after`. */
export type TestHooks = { readonly beforeEach: Hook; readonly afterEach: Hook } & (
  { readonly beforeAll: Hook; readonly afterAll: Hook } | { readonly before: Hook; readonly after: Hook }
);

/** What the tests see. */
export interface TestStore {
  /** The running test's own store. @throws KvasmError CLOSED outside of a test */
  readonly db: Store;
}

/**
 * @param hooks  of the runner     @param prepare  makes the store that tests get forks of; called once, before the first
 * @returns where the running test finds its store; it is closed when the test ends
 */
export function forkPerTest(hooks: TestHooks, prepare: () => Store | Promise<Store>): TestStore {
  const beforeAll = "beforeAll" in hooks ? hooks.beforeAll : hooks.before;
  const afterAll = "afterAll" in hooks ? hooks.afterAll : hooks.after;
  let fixture: Store | undefined;
  let running: Store | undefined;
  beforeAll(async () => {
    fixture = await prepare();
  });
  hooks.beforeEach(() => {
    running = fixture!.fork();
  });
  hooks.afterEach(() => running?.close());
  afterAll(() => fixture?.close());
  return {
    get db() {
      if (!running || running.closed) {
        throw new KvasmError("CLOSED", "The store of a test is there while the test runs");
      }
      return running;
    },
  };
}
