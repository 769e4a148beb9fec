/** groups: finds the generators, one file a group in generators/. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import type { Group } from "./generator.ts";

/** The groups that have a generator, sorted by name. */
export function groupNames(folder = fileURLToPath(new URL("./generators/", import.meta.url))): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.basename(file, ".ts"))
    .sort();
}

export async function loadGroup(name: string): Promise<Group> {
  const module = (await import(`./generators/${name}.ts`)) as { group: Group };
  if (module.group.name !== name) throw new Error(`generators/${name}.ts calls itself ${module.group.name}`);
  return module.group;
}
