/**
 * config: the parameters of one server and their values; CONFIG GET and CONFIG SET as functions.
 *
 * Parts of the server read a value when they need it, or keep their own copy and register a hook to hear of changes.
 * A change by CONFIG SET is all or nothing: every value is checked, then all are set, then the hooks run; when one
 * refuses, the old values come back and the hooks that had run hear of that as well.
 *
 * Names and texts are byte strings (see split-args.ts).
 */
import { globMatch, hasGlobCharacters } from "../glob.ts";
import { DIRECTIVES, type Directive } from "./directives.ts";
import { ConfigValueError, outputLimitsOf, type OutputLimit } from "./value-types.ts";

/** @returns why the change cannot be applied, or null */
export type ApplyHook = (changed: ReadonlySet<string>) => string | null;

interface Change {
  readonly directive: Directive;
  readonly givenName: string;
  readonly value: string;
}

export class Config {
  readonly #byName = new Map<string, Directive>();
  readonly #values = new Map<string, string>();
  readonly #hooks = new Map<string, ApplyHook>();

  constructor() {
    for (const directive of DIRECTIVES) {
      this.#byName.set(directive.name, directive);
      if (directive.alias) this.#byName.set(directive.alias, directive);
      this.#values.set(directive.name, directive.defaultValue);
    }
    this.#values.set("dir", process.cwd());
  }

  /** By name or alias, in any case. */
  find(name: string): Directive | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** The canonical text of a value. */
  text(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`no such parameter: ${name}`);
    return value;
  }

  flag(name: string): boolean {
    return this.text(name) === "yes";
  }

  /** Exact up to 2^53, which every bound that matters here is below. */
  int(name: string): number {
    return Number(this.text(name));
  }

  outputLimits(): Map<string, OutputLimit> {
    return outputLimitsOf(this.text("client-output-buffer-limit"));
  }

  /** From a file or the command line: no hook runs, whatever is allowed at the start may change. */
  setAtStart(directive: Directive, words: readonly string[]): void {
    this.#values.set(directive.name, parseWords(directive, words, this.text(directive.name)));
  }

  /** For values that the server itself corrects. */
  force(name: string, value: string): void {
    this.#values.set(name, value);
  }

  onApply(hook: string, apply: ApplyHook): void {
    this.#hooks.set(hook, apply);
  }

  /** What CONFIG GET answers: name (as asked, when it is no pattern) and value, each name once. */
  get(patterns: readonly string[]): Map<string, string> {
    const found = new Map<string, string>();
    const seen = new Set<string>();
    const add = (shown: string, directive: Directive): void => {
      if (seen.has(shown.toLowerCase())) return;
      seen.add(shown.toLowerCase());
      const value = this.text(directive.name);
      found.set(shown, directive.type.shown?.(value) ?? value);
    };
    for (const pattern of patterns) {
      const exact = this.find(pattern);
      if (exact) add(pattern, exact);
      else if (hasGlobCharacters(pattern)) {
        for (const [name, directive] of this.#byName) {
          if (!directive.hidden && globMatch(pattern, name, true)) add(name, directive);
        }
      }
    }
    return found;
  }

  /**
   * CONFIG SET.
   * @param pairs     names and values in turn
   * @param isLocal   the client is on this machine: what `local` of enable-protected-configs asks for
   * @returns         the error line, or null when everything is set
   */
  set(pairs: readonly string[], isLocal: boolean): string | null {
    if (pairs.length % 2 !== 0) return "ERR syntax error";
    const changes: Change[] = [];
    const names = new Set<string>();
    for (let i = 0; i < pairs.length; i += 2) {
      const givenName = pairs[i]!.toLowerCase();
      const directive = this.#byName.get(givenName);
      if (!directive) return `ERR Unknown option or number of arguments for CONFIG SET - '${pairs[i]}'`;
      if (directive.mutability === "start") return failure(givenName, "can't set immutable config");
      if (directive.mutability === "protected" && !this.#protectedAllowed(isLocal)) {
        return failure(givenName, "can't set protected config");
      }
      if (names.has(givenName)) return failure(givenName, "duplicate parameter");
      names.add(givenName);
      changes.push({ directive, givenName, value: pairs[i + 1]! });
    }
    return this.#setAll(changes);
  }

  #setAll(changes: readonly Change[]): string | null {
    const before = new Map(this.#values);
    for (const { directive, givenName, value } of changes) {
      try {
        const words = directive.type.multiArg ? value.split(" ") : [value];
        this.#values.set(directive.name, directive.type.parse(words, this.text(directive.name)));
      } catch (problem) {
        if (!(problem instanceof ConfigValueError)) throw problem;
        this.#restore(before);
        return failure(givenName, problem.message);
      }
    }
    return this.#applyAll(changes, before);
  }

  /** A hook runs once, however many of its parameters changed; one whose values are all as they were does not run (but see `volatile`). */
  #applyAll(changes: readonly Change[], before: Map<string, string>): string | null {
    const applied: [ApplyHook, Set<string>][] = [];
    const done = new Set<string>();
    for (const { directive, givenName } of changes) {
      const name = directive.hook;
      const hook = name === undefined ? undefined : this.#hooks.get(name);
      if (!name || !hook || done.has(name)) continue;
      done.add(name);
      const changed = new Set(
        changes
          .filter(
            ({ directive: each }) =>
              each.hook === name && (each.volatile || before.get(each.name) !== this.text(each.name)),
          )
          .map((c) => c.directive.name),
      );
      if (changed.size === 0) continue;
      applied.push([hook, changed]);
      const problem = hook(changed);
      if (problem === null) continue;
      this.#restore(before);
      for (const [undo, names] of applied) undo(names);
      return failure(givenName, problem);
    }
    return null;
  }

  #protectedAllowed(isLocal: boolean): boolean {
    const allowed = this.text("enable-protected-configs");
    return allowed === "yes" || (allowed === "local" && isLocal);
  }

  #restore(values: Map<string, string>): void {
    for (const [name, value] of values) this.#values.set(name, value);
  }
}

/** A value given in one word (`save "3600 1"`) is split as CONFIG SET would. */
function parseWords(directive: Directive, words: readonly string[], current: string): string {
  const whole = directive.type.multiArg && words.length === 1 && words[0] !== "";
  return directive.type.parse(whole ? words[0]!.split(" ") : words, current);
}

function failure(name: string, why: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`;
}
