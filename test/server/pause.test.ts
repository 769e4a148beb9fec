/** pause: CLIENT PAUSE and UNPAUSE: who stands still, and how each goes on, beside native Redis. */
import { describe, expect, it } from "vitest";
import { nativeIsRedis8 } from "../support/native.ts";
import { usePair } from "../support/pair.ts";
import { useScene } from "../support/scene.ts";

const pair = usePair();

describe.skipIf(!pair.available || !nativeIsRedis8)("CLIENT PAUSE beside native Redis", () => {
  const scene = useScene(pair);

  it("WRITE stops what may write, and what comes behind it", async () => {
    await scene().run("CLIENT PAUSE 100000 WRITE");
    await scene().runAs("reader", "GET k", "MULTI", "GET k", "EXEC", "EVAL_RO 'return 1' 0", "PUBSUB NUMPAT");
    await scene().block("b", "SET k 1", "GET k", "nosuch");
    await scene().block("c", "PUBLISH a b", "PING");
    await scene().runAs("d", "MULTI", "GET k");
    await scene().block("d", "SET k 2", "GET k", "EXEC");
    await scene().block("e", "EVAL 'return 1' 0");
    await scene().waits("b");
    const [, , , list] = await scene().runAs("reader", "GET k", "EXISTS k", "TYPE k", "PING");
    expect(list).toEqual({ type: "simple", value: "PONG" });
    await scene().run("CLIENT UNPAUSE");
    for (const [name, replies] of [
      ["b", 3],
      ["c", 2],
      ["d", 3],
      ["e", 1],
    ] as const) {
      for (let i = 0; i < replies; i++) await scene().gets(name);
    }
    await scene().run("GET k");
  });

  it("EXEC with a queued write waits, and arguments of any size are kept", async () => {
    const large = "x".repeat(300_000);
    await scene().runAs("a", "MULTI", `SET large ${large}`, "STRLEN large");
    await scene().run("CLIENT PAUSE 100000 WRITE");
    await scene().block("a", "EXEC", "PING");
    await scene().block("b", `SET large ${large}${large}`, "STRLEN large");
    await scene().run("CLIENT PAUSE 1 WRITE", "CLIENT UNPAUSE");
    for (let i = 0; i < 2; i++) await scene().gets("a");
    for (let i = 0; i < 2; i++) await scene().gets("b");
  });

  it("a client that stands still may go", async () => {
    await scene().run("CLIENT PAUSE 100000 WRITE");
    await scene().block("a", "SET k 1");
    await scene().leave("a");
    await scene().run("CLIENT UNPAUSE", "GET k");
  });

  it("mistakes", async () => {
    await scene().run("CLIENT PAUSE", "CLIENT PAUSE x", "CLIENT PAUSE -1", "CLIENT PAUSE 1.5");
    await scene().run(
      "CLIENT PAUSE 100 FOO",
      "CLIENT PAUSE 100 WRITE x",
      "CLIENT UNPAUSE x",
      "CLIENT UNPAUSE",
    );
    await scene().run("CLIENT PAUSE 0", "CLIENT PAUSE 0 WRITE", "CLIENT PAUSE 1 ALL", "PING");
  });
});
