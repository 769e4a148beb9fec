/**
 * sort-patterns: SORT's BY and GET read keys whose names come from the data, so only who may read every key may use
 * them. SORT goes through its options in their order; what is wrong before that is its own to tell.
 */
import type { CommandArguments } from "../../bindings/command-keys.ts";
import type { CommandRow } from "../../bindings/command-table.ts";
import { parseInt64 } from "../config/value-types.ts";
import type { User } from "./user.ts";

/** @returns the error for a user that may use these options, null = it may, or there are none */
export function sortDenial(user: User, row: CommandRow, args: CommandArguments): string | null {
  if (row.name !== "sort" && row.name !== "sort_ro") return null;
  const option = patternOption(args, row.name === "sort");
  if (option === null || user.readsEverything(row, args)) return null;
  return `ERR ${option} option of SORT denied due to insufficient ACL permissions.`;
}

/** The first option that reads other keys, if SORT comes to it. */
function patternOption(args: CommandArguments, mayStore: boolean): "BY" | "GET" | null {
  for (let i = 2; i < args.length; i++) {
    const left = args.length - i - 1;
    switch (args.text(i).toLowerCase()) {
      case "asc":
      case "desc":
      case "alpha":
        break;
      case "limit":
        if (left < 2 || parseInt64(args.text(i + 1)) === null || parseInt64(args.text(i + 2)) === null) {
          return null;
        }
        i += 2;
        break;
      case "store":
        if (left < 1 || !mayStore) return null;
        i++;
        break;
      case "by":
        if (left < 1) return null;
        if (args.text(++i).includes("*")) return "BY";
        break;
      case "get":
        return left < 1 ? null : "GET";
      default:
        return null;
    }
  }
  return null;
}
