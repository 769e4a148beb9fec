/**
 * inline: the package with the engine's module inside it, as `kvasm/inline`: for bundlers, single files, and places with
 * neither a file system nor a server to fetch a module from. All else is as in `kvasm`.
 */
import bytes from "../dist/kvasm.wasm";
import { loadModule } from "./load.ts";
import { type OpenOptions, Store } from "./store.ts";

export * from "./index.ts";

let compiled: Promise<WebAssembly.Module> | undefined;

/** Opens a store, as `open` of `kvasm`. @throws as that */
export async function open(options: OpenOptions = {}): Promise<Store> {
  if (options.wasm !== undefined) return Store.open(options);
  compiled ??= loadModule(bytes);
  return Store.open({ ...options, wasm: await compiled });
}
