/** XREAD and XREADGROUP as the engine hands them to a host that lets clients wait. */
import { beforeEach, describe, expect, it } from "vitest";
import { Root, Status } from "../../../bindings/abi.ts";
import { TestEngine } from "../../support/engine.ts";
import { encodePipeline } from "../../support/resp-client.ts";

let test: TestEngine;
let record: number;

beforeEach(() => {
  test = new TestEngine();
  const { engine } = test;
  record = engine.exports.clientOpen();
  engine.memory.refresh();
});

/** Executes one command. @returns status, reply and argv as they are then */
function run(line: string): { status: number; reply: string; argv: string[] } {
  const { engine } = test;
  const status = engine.execute(record, Buffer.from(encodePipeline([line.split(" ")])));
  const reply = Buffer.from(engine.reply).toString("latin1");
  const argv = Array.from({ length: engine.word(Root.argc) }, (_, i) => {
    const at = engine.word(Root.argv) + 8 * i;
    const ptr = engine.memory.u32(at);
    return Buffer.from(engine.memory.bytes.subarray(ptr, ptr + engine.memory.u32(at + 4))).toString("latin1");
  });
  engine.exports.clearReply();
  if (status === Status.BLOCK) engine.suspend(record);
  return { status, reply, argv };
}

describe("reading that waits", () => {
  it("XREAD BLOCK puts the last ID of now in the place of $", () => {
    run("XADD a 7-7 f v");
    const { status, reply, argv } = run("XREAD BLOCK 0 STREAMS a none a $ $ 9-9");
    expect(status).toBe(Status.BLOCK);
    expect(reply).toBe("");
    expect(argv.slice(4)).toEqual(["a", "none", "a", "7-7", "0-0", "9-9"]);
    expect([Root.blockFirst, Root.blockLast, Root.blockStep].map((field) => test.engine.word(field))).toEqual(
      [4, 6, 1],
    );
  });

  it("XREAD BLOCK with + and XREADGROUP BLOCK with > wait as they came", () => {
    run("XGROUP CREATE a g $ MKSTREAM");
    expect(run("XREAD BLOCK 5 STREAMS a +")).toMatchObject({ status: Status.BLOCK });
    const { status, argv } = run("XREADGROUP GROUP g c BLOCK 5 STREAMS a >");
    expect(status).toBe(Status.BLOCK);
    expect(argv.at(-1)).toBe(">");
    expect(run("XINFO CONSUMERS a g").reply).toContain("$1\r\nc\r\n");
  });

  it("what is there is answered at once, and a transaction never waits", () => {
    run("XADD a 7-7 f v");
    expect(run("XREAD BLOCK 0 STREAMS a 7").reply).toContain("7-7");
    run("MULTI");
    run("XREAD BLOCK 0 STREAMS a $");
    expect(run("EXEC").reply).toBe("*1\r\n*-1\r\n");
  });
});
