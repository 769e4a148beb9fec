/**
 * pipe: `--pipe`: standard input, which is RESP or inline commands already, goes to the server as it is, and replies are
 * counted. An ECHO of random bytes at the end tells when the last reply has come.
 */
import { randomBytes } from "node:crypto";
import type { Connection } from "./connection.ts";
import { ConnectionError } from "./connection.ts";
import type { CliOptions } from "./options.ts";
import { encodeCommand, ProtocolError, type Reply, textOf } from "./reply.ts";
import { Progress, type Terminal, write } from "./terminal.ts";

const MARK_BYTES = 20;
const POLL_MS = 50;

/** @returns the exit code: 1 where there was any error */
export async function runPipe(options: CliOptions, terminal: Terminal, greet: GreetTarget): Promise<number> {
  const mark = randomBytes(MARK_BYTES).toString("latin1");
  const progress = new Progress(terminal.errors);
  let errors = 0;
  let replies = 0;
  let sent = 0;
  let lastMs = performance.now();
  let isOver = false;
  const took = (reply: Reply): void => {
    lastMs = performance.now();
    if (reply.kind === "bulk" && textOf(reply) === mark) {
      isOver = true;
      return;
    }
    replies++;
    if (reply.kind === "error") {
      errors++;
      progress.clear();
      terminal.errors.write(Buffer.from(`${reply.text}\n`, "latin1"));
    }
    progress.show(() => `${sent} bytes sent, ${replies} replies`);
  };
  const connection = await greet(took);
  let closed = false;
  void connection.closed.then(() => (closed = true));
  try {
    for await (const chunk of terminal.input) {
      await connection.write(chunk as Buffer);
      sent += (chunk as Buffer).length;
      progress.show(() => `${sent} bytes sent, ${replies} replies`);
    }
    await write(terminal.output, "All data transferred. Waiting for the last reply...\n");
    lastMs = performance.now();
    // A line ends an inline command that has none; an empty line says nothing.
    await connection.write(Buffer.concat([Buffer.from("\r\n"), encodeCommand(["ECHO", mark])]));
  } catch (problem) {
    if (!(problem instanceof ConnectionError || problem instanceof ProtocolError)) throw problem;
    closed = true;
  }
  while (!isOver && !closed) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (options.pipeTimeoutMs > 0 && performance.now() - lastMs > options.pipeTimeoutMs) break;
  }
  progress.clear();
  connection.close();
  if (isOver) await write(terminal.output, "Last reply received from server.\n");
  else if (closed) terminal.errors.write("Server closed the connection\n");
  else {
    const waited = options.pipeTimeoutMs / 1000;
    terminal.errors.write(`No replies for ${waited} seconds: exiting.\n`);
  }
  await write(terminal.output, `errors: ${errors}, replies: ${replies}\n`);
  return errors > 0 || !isOver ? 1 : 0;
}

/** Connects and says who one is; all that comes afterwards goes to the listener. */
export type GreetTarget = (listener: (reply: Reply) => void) => Promise<Connection>;
