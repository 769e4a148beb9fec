/**
 * LOLWUT [VERSION n] [columns [rows]]: a woven cloth, no two alike. Each crossing of warp and weft is over or under by a
 * small cellular rule, so threads float and bind in turns. https://redis.io/commands/lolwut
 */
import { verbatim } from "../../../bindings/reply-tree.ts";
import { toByteString } from "../../config/split-args.ts";
import { OUR_VERSION, REDIS_VERSION } from "../../version.ts";
import { type CommandContext, NOT_AN_INTEGER } from "../context.ts";

const COLUMNS_DEFAULT = 60;
const COLUMNS_MAX = 160;
const ROWS_DEFAULT = 14;
const ROWS_MAX = 100;
const WARP = "║";
const WEFT = "═";

export function lolwut(context: CommandContext): void {
  const numbers: number[] = [];
  const hasVersion = context.argc > 2 && context.lower(1) === "version";
  if (hasVersion && context.integer(2) === null) return context.error(NOT_AN_INTEGER);
  for (let i = hasVersion ? 3 : 1; i < context.argc; i++) {
    const value = context.integer(i);
    if (value !== null) numbers.push(value);
  }
  const columns = within(numbers[0] ?? COLUMNS_DEFAULT, COLUMNS_MAX);
  const rows = within(numbers[1] ?? ROWS_DEFAULT, ROWS_MAX);
  const text = `${cloth(columns, rows)}\nWoven by kvasm ${OUR_VERSION}. Redis ver. ${REDIS_VERSION}\n`;
  context.reply(verbatim("txt", toByteString(text)));
}

function within(value: number, max: number): number {
  return Math.max(1, Math.min(max, value));
}

/** Rows of a one-dimensional automaton that starts from chance. */
function cloth(columns: number, rows: number): string {
  const RULES = [30, 45, 90, 105, 110, 150];
  const rule = RULES[Math.floor(Math.random() * RULES.length)]!;
  let row = Array.from({ length: columns }, () => Number(Math.random() < 0.5));
  let text = "";
  for (let y = 0; y < rows; y++) {
    text += `${row.map((over) => (over ? WARP : WEFT)).join("")}\n`;
    row = row.map((cell, x) => {
      const left = row[(x + columns - 1) % columns]!;
      const right = row[(x + 1) % columns]!;
      return (rule >> (4 * left + 2 * cell + right)) & 1;
    });
  }
  return text;
}
