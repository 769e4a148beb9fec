/**
 * native-servers: puts native Redis 8.0 and Valkey 8.1 beside us, to be compared with. They come as Debian 13
 * packages from the archive that this machine already uses, unpacked with their own C library into
 * ~/.cache/kvasm-native (or KVASM_NATIVE_DIR), with start scripts in its bin/: redis8-server, redis8-cli,
 * redis8-benchmark, redis8-sentinel, redis8-check-rdb, redis8-check-aof, valkey-server, valkey-cli,
 * valkey-benchmark. Nothing is installed on the system. Run again, it does nothing where all is there.
 *
 * Needs apt-get and dpkg-deb. Where they or the archive are missing, an installed redis-server serves for
 * what it can, and the caller is told what is left out.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const SUITE = "trixie";
const SERVER_PACKAGES = [
  "redis-server",
  "redis-tools",
  "redis-sentinel",
  "valkey-server",
  "valkey-tools",
  "valkey-sentinel",
];
const PROGRAMS = {
  redis8: { package: "redis", names: ["server", "cli", "benchmark", "sentinel", "check-rdb", "check-aof"] },
  valkey: { package: "valkey", names: ["server", "cli", "benchmark"] },
};

export const NATIVE_DIR = process.env["KVASM_NATIVE_DIR"] ?? path.join(homedir(), ".cache/kvasm-native");

/** @param {string} program @param {string[]} args @param {string} [cwd] */
function run(program, args, cwd) {
  const result = spawnSync(program, args, { encoding: "utf8", cwd, maxBuffer: 64 << 20 });
  if (result.error) throw new Error(`${program}: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`${program} ${args[0]} failed: ${result.stderr.trim()}`);
  return result.stdout;
}

/** What `PROGRAM --version` says, or undefined where it does not run. @param {string} program */
export function versionOf(program) {
  const result = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (result.error || result.status !== 0) return undefined;
  return /v=(\S+)/.exec(result.stdout)?.[1];
}

/** The archive that this machine already uses. */
function debianArchive() {
  const folder = "/etc/apt/sources.list.d";
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.endsWith(".sources")) continue;
    const uri = /^URIs:\s*(\S*\/debian)\s*$/m.exec(readFileSync(path.join(folder, name), "utf8"))?.[1];
    if (uri) return uri;
  }
  const list = "/etc/apt/sources.list";
  const uri =
    existsSync(list) && /^deb\s[^\n]*?([a-z]+:\/\/\S+\/debian)\b/m.exec(readFileSync(list, "utf8"))?.[1];
  if (!uri) throw new Error("no Debian archive is configured here");
  return uri;
}

/** Every file below a folder. @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const below = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(below) : [below];
  });
}

/** Writes a start script that runs a program with the C library it came with. @param {string} shell */
function quote(shell) {
  return `'${shell.replaceAll("'", "'\\''")}'`;
}

function fetchPackages() {
  const lists = path.join(NATIVE_DIR, "lists");
  const debs = path.join(NATIVE_DIR, "debs");
  const root = path.join(NATIVE_DIR, "root");
  mkdirSync(path.join(lists, "partial"), { recursive: true });
  mkdirSync(debs, { recursive: true });

  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : "";
  const sources = path.join(NATIVE_DIR, "sources.list");
  writeFileSync(sources, `deb ${signed}${debianArchive()} ${SUITE} main\n`);
  const options = [
    ["Dir::Etc::sourcelist", sources],
    ["Dir::Etc::sourceparts", "-"],
    ["Dir::State::Lists", lists],
    ["APT::Get::List-Cleanup", "0"],
    ["Dir::Cache::pkgcache", ""],
    ["Dir::Cache::srcpkgcache", ""],
    ["Acquire::Retries", "2"],
    ["Acquire::http::Timeout", "20"],
  ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);

  run("apt-get", [...options, "update", "-qq"]);
  // The servers and every library they load, all from one suite.
  const quiet = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map(
    (kind) => `--no-${kind}`,
  );
  const depends = run("apt-cache", [
    ...options,
    "depends",
    "--recurse",
    ...quiet,
    "redis-tools",
    "valkey-tools",
  ]);
  const libraries = [
    ...new Set(depends.split("\n").filter((line) => /^(lib[a-z0-9.+-]*|zlib1g)$/.test(line))),
  ];
  const packages = [...SERVER_PACKAGES, ...libraries.sort()];
  try {
    run("apt-get", [...options, "download", "-qq", ...packages], debs);
  } catch {
    // One virtual package among the libraries spoils the lot: take them one by one, without it.
    for (const name of packages) spawnSync("apt-get", [...options, "download", "-qq", name], { cwd: debs });
  }
  for (const name of readdirSync(debs)) {
    if (name.endsWith(".deb")) run("dpkg-deb", ["-x", path.join(debs, name), root]);
  }
  rmSync(debs, { recursive: true, force: true });
}

function writeStartScripts() {
  const bin = path.join(NATIVE_DIR, "bin");
  mkdirSync(bin, { recursive: true });
  const files = filesBelow(path.join(NATIVE_DIR, "root"));
  const loader = files.find((file) => /\/ld-linux-[^/]*\.so\.\d+$/.test(file));
  if (!loader) throw new Error("the packages hold no dynamic loader");
  const folders = new Set(
    files.filter((file) => /\.so(\.|$)/.test(path.basename(file))).map((file) => path.dirname(file)),
  );
  for (const [prefix, { package: origin, names }] of Object.entries(PROGRAMS)) {
    for (const name of names) {
      const program = files.find((file) => file.endsWith(`/bin/${origin}-${name}`));
      // Sentinel and the checkers are links to the server in some builds.
      const target = program ?? files.find((file) => file.endsWith(`/bin/${origin}-server`));
      if (!target) throw new Error(`the packages hold no ${origin}-${name}`);
      const script = path.join(bin, `${prefix}-${name}`);
      const argv0 = quote(`${origin}-${name}`);
      const libraries = quote([...folders].sort().join(":"));
      writeFileSync(
        script,
        `#!/bin/sh\nexec ${quote(loader)} --argv0 ${argv0} --library-path ${libraries} ${quote(target)} "$@"\n`,
      );
      chmodSync(script, 0o755);
    }
  }
}

/**
 * Makes the native servers ready.
 * @returns {{ redis: string | undefined, valkey: string | undefined, lines: string[] }} versions of what can be
 *   compared with, and lines that tell a reader what is there and what is skipped
 */
export function ensureNativeServers() {
  const redis8 = path.join(NATIVE_DIR, "bin/redis8-server");
  const valkey = path.join(NATIVE_DIR, "bin/valkey-server");
  let problem = "";
  if (!versionOf(redis8) || !versionOf(valkey)) {
    console.log(`fetching native servers to compare with (Debian ${SUITE} packages)`);
    try {
      fetchPackages();
      writeStartScripts();
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  const redisVersion = versionOf(redis8);
  const valkeyVersion = versionOf(valkey);
  if (redisVersion && valkeyVersion) {
    const lines = [`native servers: Redis ${redisVersion}, Valkey ${valkeyVersion}`];
    return { redis: redisVersion, valkey: valkeyVersion, lines };
  }
  const installed = versionOf("redis-server");
  const lines = [
    `native Redis 8.0 and Valkey 8.1 could not be fetched: ${problem || "they do not run here"}`,
  ];
  if (installed) {
    lines.push(
      `comparing with the installed redis-server ${installed} instead`,
      "skipped: comparisons of commands newer than it, and everything that needs Valkey",
    );
  } else {
    lines.push(
      "no redis-server is installed either",
      "skipped: every comparison with a native server (test/differential, the native side of test/protocol and test/commands)",
    );
  }
  return { redis: installed, valkey: undefined, lines };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const line of ensureNativeServers().lines) console.log(line);
}
