/**
 * check-rdb: reads an RDB file as the server would, value by value, keeping nothing: what is in it, whether it is sound, and
 * where it is not. `kvasm check-rdb FILE`
 */
import type { Engine } from "../../bindings/engine.ts";
import { reasonOf } from "../config/file.ts";
import type { Files } from "./files.ts";
import { RdbError, RdbLoad } from "./rdb-load.ts";
import { finish } from "./steps.ts";

/** @param print  takes a line     @returns the exit code: 0 = the file is sound */
export function checkRdb(engine: Engine, files: Files, path: string, print: (line: string) => void): number {
  let offset = 0;
  try {
    const file = files.open(path);
    print(`[offset 0] Checking RDB file ${path}`);
    let libraries = 0;
    const items = {
      aux: (name: string, value: string) => print(`[offset ${offset}] AUX FIELD ${name} = '${value}'`),
      library: () => {
        libraries++;
        return null;
      },
    };
    const load = new RdbLoad(engine, file, items, {
      keepExpired: true,
      checksum: true,
      replace: false,
      onlyCheck: true,
      progress: (bytes) => (offset = bytes),
    });
    const { keys, empty, end, version } = finish(load.steps());
    if (end < file.size) print(`[offset ${end}] ${file.size - end} bytes follow the RDB data`);
    print(`[offset ${end}] \\o/ RDB looks OK! \\o/`);
    print(`[info] version ${version}`);
    print(`[info] ${keys} keys read`);
    if (empty > 0) print(`[info] ${empty} collections without elements`);
    if (libraries > 0) print(`[info] ${libraries} libraries of functions`);
    return 0;
  } catch (problem) {
    if (problem instanceof RdbError) {
      print("--- RDB ERROR DETECTED ---");
      print(`[offset ${problem.offset}] ${problem.message}`);
    } else print(`Cannot open file ${path}: ${reasonOf(problem)}`);
    return 1;
  }
}
