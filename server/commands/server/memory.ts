/** MEMORY DOCTOR, STATS, PURGE, MALLOC-STATS: the host's part of MEMORY. https://redis.io/commands/memory-stats */
import { double, map, OK, verbatim, type Reply } from "../../../bindings/reply-tree.ts";
import { databaseSizes, databaseTables } from "../../../bindings/records.ts";
import { humanBytes, memoryFigures } from "../../observe/info.ts";
import type { CommandContext } from "../context.ts";

/** Below this there is nothing to diagnose. */
const SMALL_BYTES = 5 * 1024 * 1024;

export function memoryDoctor(context: CommandContext): void {
  const m = memoryFigures(context.server);
  const findings: string[] = [];
  if (m.peak > m.used * 1.5)
    findings.push(`the peak (${humanBytes(m.peak)}) was well above what is in use now`);
  if (m.linear > m.used * 1.4) findings.push(`${humanBytes(m.linear - m.used)} of linear memory lie idle`);
  const text =
    m.used < SMALL_BYTES
      ? "There is too little data here to say anything about its memory.\n"
      : findings.length === 0
        ? "Nothing about the memory of this server needs attention.\n"
        : `Worth knowing: ${findings.join("; ")}. Linear memory never shrinks while the server runs.\n`;
  context.reply(verbatim("txt", text));
}

export function memoryStats(context: CommandContext): void {
  const { server } = context;
  const m = memoryFigures(server);
  const databases = databaseSizes(server.engine);
  const keys = databases.reduce((sum, database) => sum + database.keys, 0);
  const share = (part: number, whole: number): Reply => double(whole === 0 ? 0 : (part / whole) * 100);
  const ratio = (part: number, whole: number): Reply => double(whole === 0 ? 0 : part / whole);
  context.reply(
    map([
      ["peak.allocated", m.peak],
      ["total.allocated", m.used],
      ["startup.allocated", m.startup],
      ["replication.backlog", 0],
      ["replica.fullsync.buffer", 0],
      ["clients.slaves", 0],
      ["clients.normal", m.clients],
      ["cluster.links", 0],
      ["aof.buffer", 0],
      ["lua.caches", server.scripting.codeBytes],
      ["functions.caches", server.scripting.functions.codeBytes],
      ["script.VMs", server.scripting.luaMemory],
      ...databases.map(({ db }): [string, Reply] => {
        const tables = databaseTables(server.engine, db);
        return [
          `db.${db}`,
          map([
            ["overhead.hashtable.main", tables.keys],
            ["overhead.hashtable.expires", tables.expires],
          ]),
        ];
      }),
      ["overhead.db.hashtable.lut", 0],
      ["overhead.db.hashtable.rehashing", 0],
      ["overhead.total", m.overhead],
      ["db.dict.rehashing.count", 0],
      ["keys.count", keys],
      ["keys.bytes-per-key", keys === 0 ? 0 : Math.floor((m.used - m.startup) / keys)],
      ["dataset.bytes", m.dataset],
      ["dataset.percentage", share(m.dataset, m.used - m.startup)],
      ["peak.percentage", share(m.used, m.peak)],
      ["allocator.allocated", m.used],
      ["allocator.active", m.linear],
      ["allocator.resident", m.linear],
      ["allocator.muzzy", 0],
      ["allocator-fragmentation.ratio", ratio(m.linear, m.used)],
      ["allocator-fragmentation.bytes", m.linear - m.used],
      ["allocator-rss.ratio", double(1)],
      ["allocator-rss.bytes", 0],
      ["rss-overhead.ratio", ratio(m.rss, m.linear)],
      ["rss-overhead.bytes", m.rss - m.linear],
      ["fragmentation", ratio(m.rss, m.used)],
      ["fragmentation.bytes", m.rss - m.used],
    ]),
  );
}

/** Linear memory cannot be given back; there is nothing to purge. */
export function memoryPurge(context: CommandContext): void {
  context.reply(OK);
}

export function memoryMallocStats(context: CommandContext): void {
  const m = memoryFigures(context.server);
  const lines = [
    "___ Begin kvasm allocator statistics ___",
    `Allocated: ${m.used}, active: ${m.linear}, peak: ${m.peak}`,
    "--- End kvasm allocator statistics ---",
  ];
  context.reply(verbatim("txt", `${lines.join("\n")}\n`));
}
