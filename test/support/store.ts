/** store: embedded stores for tests: on the verify build, whose assertions see what a test does not look at. */
import { type OpenOptions, Store } from "../../bindings/store.ts";
import { type Build, engineModule } from "./engine.ts";

/** A fresh store with a fixed seed. The caller closes it, or forgets it. */
export function openStore({
  build = "verify",
  ...options
}: Omit<OpenOptions, "wasm"> & { build?: Build } = {}): Store {
  return new Store(engineModule(build), { seed: 1n, ...options });
}
