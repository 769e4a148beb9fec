/** `kvasm --run`: a server for as long as a program runs. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const KVASM = fileURLToPath(new URL("../../dist/kvasm.js", import.meta.url));

/** Asks the server in REDIS_URL, and ends with a code. */
const PROGRAM = `
const { port, password } = new URL(process.env.REDIS_URL);
const socket = require("node:net").connect(Number(port), "127.0.0.1");
socket.end((password ? "AUTH " + password + "\\r\\n" : "") + "SET key value\\r\\nGET key\\r\\n");
socket.on("data", (data) => process.stdout.write(data)).on("close", () => process.exit(7));
`;

function kvasm(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [KVASM, ...args], { encoding: "utf8", timeout: 20_000 });
}

describe("kvasm --run", () => {
  it("gives the program a server of its own, and ends as the program does", () => {
    const { status, stdout } = kvasm("--run", "--", process.execPath, "-e", PROGRAM);
    expect({ status, stdout }).toEqual({ status: 7, stdout: "+OK\r\n$5\r\nvalue\r\n" });
  });

  it("takes a line for the shell, and options of the server before it", () => {
    const shown = kvasm("--requirepass", "se cret", "--run", "echo $REDIS_URL; exit 3");
    expect(shown.status).toBe(3);
    expect(shown.stdout).toMatch(/^redis:\/\/:se%20cret@127\.0\.0\.1:\d+\n$/);
    const { stdout } = kvasm("--requirepass", "secret", "--run", "--", process.execPath, "-e", PROGRAM);
    expect(stdout).toBe("+OK\r\n+OK\r\n$5\r\nvalue\r\n");
  });

  it("says what is wrong with its options, with the program, and without one", () => {
    expect(kvasm("--nope", "1", "--run", "true")).toMatchObject({ status: 1 });
    expect(kvasm("--run", "--", "/no/such/program", "x")).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("ENOENT") as string,
    });
    expect(kvasm("--run")).toMatchObject({ status: 1, stdout: expect.stringContaining("Usage") as string });
    expect(kvasm("--run", "kill -9 $$").status).toBe(137);
  });
});
