/** Flags of shebangs and functions, maxmemory and the caller's rights: what Redis 8 answers. */
import { describe, expect, it } from "vitest";
import { parseCommand } from "../support/command-line.ts";
import { nativeIsRedis8 } from "../support/native.ts";
import { usePair } from "../support/pair.ts";
import { show } from "../support/resp-client.ts";

const LIBRARIES = [
  `function load "#!lua name=l1\\nredis.register_function('w', function(k) return redis.call('set','x',1) end)"`,
  `function load "#!lua name=l2\\nredis.register_function{function_name='r', callback=function(k) return redis.call('get','x') end, flags={'no-writes'}}"`,
  `function load "#!lua name=l3\\nredis.register_function{function_name='o', callback=function(k) return redis.call('set','x',2) end, flags={'allow-oom'}}"`,
];

const SCRIPTS = String.raw`
eval "return redis.call('set','x',1)" 0
eval "return redis.call('get','x')" 0
eval "#!lua\nreturn 1" 0
eval "#!lua flags=allow-oom\nreturn redis.call('set','x',1)" 0
eval "#!lua flags=no-writes\nreturn redis.call('get','x')" 0
eval "#!lua flags=no-writes\nreturn redis.call('set','x',1)" 0
eval "#!lua flags=no-writes\nreturn redis.pcall('set','x',1)" 0
eval "#!lua flags=no-writes\nreturn redis.call('publish','a','b')" 0
eval "#!lua flags=no-writes\nreturn redis.call('pfcount','a')" 0
eval "#!lua flags=no-cluster,allow-stale\nreturn 1" 0
eval "#!lua flags=allow-cross-slot-keys\nreturn redis.call('mget',KEYS[1],KEYS[2])" 2 a b
eval "return redis.pcall('set','x',1)" 0
eval "redis.call('del','y') return redis.call('set','x',1)" 0
eval_ro "return redis.call('get','x')" 0
eval_ro "return redis.call('set','x',1)" 0
eval_ro "#!lua\nreturn redis.call('get','x')" 0
eval_ro "#!lua flags=no-writes\nreturn redis.call('get','x')" 0
fcall w 0
fcall r 0
fcall o 0
fcall_ro w 0
fcall_ro r 0`
  .trim()
  .split("\n");

const RIGHTS = String.raw`
acl setuser bob on nopass ~k* +@all -set
auth bob x
eval "return redis.call('get','x')" 0
eval "return redis.call('get','k')" 0
eval "return redis.call('set','k',1)" 0
eval "return redis.pcall('set','k',1)" 0
eval "return redis.acl_check_cmd('set','k','1')" 0
eval "return redis.acl_check_cmd('get','k')" 0
eval "return redis.acl_check_cmd('get','x')" 0
eval "return 1" 1 x
eval "return 1" 1 k
fcall r 0
fcall r 1 x
auth default x
acl deluser bob`
  .trim()
  .split("\n");

describe.skipIf(!nativeIsRedis8)("flags of scripts", () => {
  const pair = usePair();

  it("without and with memory above its limit, and with the rights of the caller", async () => {
    const [mine, theirs] = [await pair.kvasm.connect(), await pair.native.connect()];
    const lines = [
      ...LIBRARIES,
      ...SCRIPTS,
      ...["config set maxmemory 1", ...SCRIPTS, "config set maxmemory 0"],
      ...RIGHTS,
    ];
    const differences: string[] = [];
    for (const line of lines) {
      const argv = parseCommand(line);
      const [a, b] = await Promise.all([mine.send(...argv), theirs.send(...argv)]);
      if (show(a) !== show(b)) differences.push(`${line}\nkvasm:  ${show(a)}\nnative: ${show(b)}`);
    }
    expect(differences.join("\n\n")).toBe("");
  });
});
