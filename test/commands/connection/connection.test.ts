/** PING, ECHO and SELECT beside native Redis. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();

describe.skipIf(!pair.available)("connection", () => {
  it.each([2, 3] as const)("PING and ECHO [RESP%i]", async (resp) => {
    await pair.expectSame(
      [
        "PING",
        "ping hello",
        ["PING", ""],
        "PING a b",
        "ECHO hello",
        ["ECHO", "\r\n\0\xff"],
        "ECHO",
        "ECHO a b",
      ],
      { resp },
    );
  });

  it("a database chosen with SELECT stays chosen", async () => {
    await pair.expectSame([
      "SELECT 1",
      "SET a 1",
      "SELECT 0",
      "GET a",
      "SELECT 1",
      "GET a",
      "SELECT 99",
      "GET a",
    ]);
  });
});
