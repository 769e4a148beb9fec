/** errors: what this package throws. Match on `code`, never on the text. */

export type KvasmErrorCode =
  /** A command answered with an error; `message` is Redis' text, its first word `redisCode`. */
  | "REPLY"
  /** The .wasm is of another version than these bindings. */
  | "ABI_MISMATCH"
  /** An assertion of the engine failed: its state is not to be trusted any more. */
  | "ENGINE_BUG"
  /** The instance has no memory for this. */
  | "OUT_OF_MEMORY"
  /** The instance has been closed. */
  | "CLOSED"
  /** An argument is of a type that commands do not take. */
  | "ARGUMENT"
  /** This runtime lacks something that is needed. */
  | "UNSUPPORTED";

export class KvasmError extends Error {
  readonly code: KvasmErrorCode;

  constructor(code: KvasmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KvasmError";
    this.code = code;
  }
}
