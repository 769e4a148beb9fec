/**
 * testing: second entry of the verify target. Opens structures and validators to unit and fuzz tests.
 * (In `export … from` asc 0.28 adds the .ts itself, so it must not stand there.)
 */
export * from "./testing/heap";
export * from "./testing/numbers";
export * from "./testing/listpack";
export * from "./testing/intset";
export * from "./testing/quicklist";
export * from "./testing/lzf";
export * from "./testing/commands";
export * from "./testing/score-tree";
export * from "./testing/id-tree";
export * from "./testing/name-index";
export * from "./testing/hyperloglog";
export * from "./testing/dict";
