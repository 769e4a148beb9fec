/**
 * mark: a place in an append-only file, so that a memory image of that moment can say what it holds: everything before it.
 * Files that were appended to since still have it; a rewrite, or another AOF in the same place, does not.
 */
import { type Files, fingerprint } from "../files.ts";
import { Manifest, ManifestError } from "./manifest.ts";

export interface AofMark {
  /** Text of the manifest. */
  readonly manifest: string;
  /** Sizes of the files that it names, in order. */
  readonly sizes: readonly number[];
  /** Fingerprint of the last one up to there. */
  readonly print: number;
}

/** How the AOF's files are called. */
export interface AofPaths {
  readonly manifest: string;
  of(name: string): string;
}

/** The end of an AOF whose bytes are all on disk. */
export function markEnd(files: Files, paths: AofPaths): AofMark {
  const manifest = files.readText(paths.manifest);
  const entries = Manifest.parse(manifest).files.map(({ name }) => paths.of(name));
  const sizes = entries.map((path) => files.size(path));
  return { manifest, sizes, print: printOf(files, entries.at(-1)!, sizes.at(-1)!) };
}

/** Bytes of the last file that stand before a mark. */
export function sizeBefore(mark: AofMark): number {
  return mark.sizes.at(-1)!;
}

/** Whether an AOF has a mark. */
export function hasMark(files: Files, paths: AofPaths, mark: AofMark): boolean {
  if (!files.exists(paths.manifest) || files.readText(paths.manifest) !== mark.manifest) return false;
  try {
    const now = markEnd(files, paths);
    const last = now.sizes.length - 1;
    const { sizes } = mark;
    const isSame = now.sizes.every((size, i) => (i === last ? size >= sizes[i]! : size === sizes[i]));
    const path = paths.of(Manifest.parse(mark.manifest).files.at(-1)!.name);
    return isSame && printOf(files, path, sizeBefore(mark)) === mark.print;
  } catch (problem) {
    if (problem instanceof ManifestError || (problem as { code?: string }).code === "ENOENT") return false;
    throw problem;
  }
}

function printOf(files: Files, path: string, size: number): number {
  const file = files.open(path);
  try {
    return fingerprint(file, size);
  } finally {
    file.close();
  }
}
