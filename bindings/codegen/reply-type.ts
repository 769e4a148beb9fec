/**
 * reply-type: the `reply` field of a row, parsed, checked and turned into TypeScript.
 *
 *   reply   = type, or { option: type, … } where an option changes it; "" stands for none of them
 *   type    = alternative ( " | " alternative )*
 *   alternative =
 *     integer · double · boolean · null · ok
 *     bulk      a value of the user's: string, or Uint8Array where those are wanted
 *     text      a word of Redis': always a string
 *     array<type> · set<type> · map<type> (by what its values are) · [type, type, …] · any
 */
export type ReplyType =
  | { readonly kind: "integer" | "double" | "boolean" | "null" | "ok" | "bulk" | "text" | "any" }
  | { readonly kind: "array" | "set" | "map"; readonly of: ReplyType }
  | { readonly kind: "tuple"; readonly of: readonly ReplyType[] }
  | { readonly kind: "union"; readonly of: readonly ReplyType[] };

const SIMPLE = ["integer", "double", "boolean", "null", "ok", "bulk", "text", "any"] as const;
const GENERIC = ["array", "set", "map"] as const;

/** @throws Error that says where the text cannot be read */
export function parseReplyType(text: string): ReplyType {
  let rest = text;
  const fail = (): never => {
    throw new Error(`reply type "${text}" cannot be read at "${rest}"`);
  };
  const take = (token: string): boolean => {
    if (!rest.startsWith(token)) return false;
    rest = rest.slice(token.length).trimStart();
    return true;
  };
  const alternative = (): ReplyType => {
    if (take("[]")) return { kind: "tuple", of: [] };
    if (take("[")) {
      const of = [union()];
      while (take(",")) of.push(union());
      return take("]") ? { kind: "tuple", of } : fail();
    }
    for (const kind of GENERIC) {
      if (!take(`${kind}<`)) continue;
      const of = union();
      return take(">") ? { kind, of } : fail();
    }
    for (const kind of SIMPLE) if (take(kind)) return { kind };
    return fail();
  };
  const union = (): ReplyType => {
    const of = [alternative()];
    while (take("|")) of.push(alternative());
    return of.length === 1 ? of[0]! : { kind: "union", of };
  };
  const type = union();
  return rest === "" ? type : fail();
}

/** TypeScript of what the embedded API returns; `Text` is string or Uint8Array. */
export function replyTypeScript(type: ReplyType): string {
  switch (type.kind) {
    case "integer":
    case "double":
      return "number";
    case "boolean":
    case "null":
      return type.kind;
    case "ok":
      return `"OK"`;
    case "bulk":
      return "Text";
    case "text":
      return "string";
    case "any":
      return "Reply<Text>";
    case "array": {
      const of = replyTypeScript(type.of);
      return type.of.kind === "union" ? `(${of})[]` : `${of}[]`;
    }
    case "set":
      return `SetReply<Text, ${replyTypeScript(type.of)}>`;
    case "map":
      return `MapReply<Text, ${replyTypeScript(type.of)}>`;
    case "tuple":
      return `[${type.of.map(replyTypeScript).join(", ")}]`;
    case "union":
      return [...new Set(alternatives(type).map(replyTypeScript))].join(" | ");
  }
}

function alternatives(type: ReplyType): ReplyType[] {
  return type.kind === "union" ? type.of.flatMap(alternatives) : [type];
}
