/** errors: what this package throws. Match on `code`, never on the text. */

export type KvasmErrorCode =
  /** The .wasm is of another version than these bindings. */
  | "ABI_MISMATCH"
  /** An assertion of the engine failed: its state is not to be trusted any more. */
  | "ENGINE_BUG"
  /** The instance has no memory for this. */
  | "OUT_OF_MEMORY"
  /** The instance has been closed. */
  | "CLOSED"
  /** The .wasm could not be read or compiled, or what is on disk could not be loaded; `cause` says why. */
  | "LOAD_FAILED"
  /** Bytes given as an image are damaged, or of another build of kvasm. */
  | "IMAGE_INVALID"
  /** `listen()` with an append-only file that is synchronized always: the command was run, but the disk has not taken it. */
  | "NOT_SAVED"
  /** Another process persists in the same folder. */
  | "FOLDER_LOCKED"
  /** The store cannot listen there, or listens already; `cause` may say why. */
  | "LISTEN_FAILED"
  /** This runtime, or this form of use, lacks something that is needed. */
  | "UNSUPPORTED";

export class KvasmError extends Error {
  /** One of KvasmErrorCode; of a ReplyError the first word of Redis' text. */
  readonly code: KvasmErrorCode | (string & {});

  constructor(code: KvasmErrorCode | (string & {}), message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KvasmError";
    this.code = code;
  }
}

/** A command answered with an error: `message` is Redis' text to the byte, `code` its first word (ERR, WRONGTYPE, OOM, …). */
export class ReplyError extends KvasmError {
  constructor(text: string) {
    const end = text.indexOf(" ");
    super(end < 0 ? text : text.slice(0, end), text);
    this.name = "ReplyError";
  }
}

/** An argument is of a type that commands do not take. Nothing has been changed. */
export class ArgumentError extends TypeError {
  readonly code = "ARGUMENT";

  constructor(message: string) {
    super(message);
    this.name = "ArgumentError";
  }
}
