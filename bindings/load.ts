/**
 * load: finds and compiles the engine's module. Beside this module by default (`kvasm.wasm`), in whatever way the
 * runtime reads files: fetch in a browser, the file system in Node, Deno and Bun. Nothing of Node is imported unless the
 * module lies on a disk.
 */
import { KvasmError } from "./errors.ts";

/** Where the module comes from: compiled already, its bytes, or where they are. */
export type ModuleSource = WebAssembly.Module | BufferSource | Response | URL | string;

let beside: Promise<WebAssembly.Module> | undefined;

/** The module that came with this package: read and compiled once. @throws KvasmError LOAD_FAILED */
export function packagedModule(): Promise<WebAssembly.Module> {
  beside ??= loadModule(new URL("./kvasm.wasm", import.meta.url)).catch((cause: unknown) => {
    beside = undefined; // the next one may have more luck
    throw cause;
  });
  return beside;
}

/**
 * Compiles a module.
 * @param source  a string is a URL where it has a scheme, else the path of a file     @throws KvasmError LOAD_FAILED
 */
export async function loadModule(source: ModuleSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  try {
    if (source instanceof URL || typeof source === "string") return await fromPlace(source);
    if (typeof Response !== "undefined" && source instanceof Response) return await fromResponse(source);
    return await WebAssembly.compile(source as BufferSource);
  } catch (cause) {
    const place = source instanceof URL || typeof source === "string" ? ` ${source}` : "";
    throw new KvasmError("LOAD_FAILED", `The engine's module${place} cannot be loaded: ${reason(cause)}`, {
      cause,
    });
  }
}

async function fromPlace(place: URL | string): Promise<WebAssembly.Module> {
  const url = typeof place === "string" && /^[a-z][a-z+.-]+:/i.test(place) ? new URL(place) : place;
  if (url instanceof URL && url.protocol !== "file:") return fromResponse(await fetch(url));
  const { readFile } = await fileSystem();
  return WebAssembly.compile(await readFile(url));
}

async function fromResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  // Servers that do not know the type are many, and compileStreaming insists on it.
  const type = response.headers.get("content-type") ?? "";
  return type.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** The build that a module is of: the first 8 bytes of its section `build_id`; 0 = it says nothing of that. */
export function buildIdOf(module: WebAssembly.Module): bigint {
  const [section] = WebAssembly.Module.customSections(module, "build_id");
  if (section === undefined || section.byteLength < 9) return 0n;
  return new DataView(section).getBigUint64(1, true); // behind the length
}

interface FileSystem {
  readFile(place: URL | string): Promise<BufferSource>;
}

/** Node's file system, asked for in ways that no bundler follows into a browser's bundle. */
async function fileSystem(): Promise<FileSystem> {
  const name = ["node:fs", "promises"].join("/");
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return (process?.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ name))) as FileSystem;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
