/** index: what users import, no more. */
export { KvasmError, type KvasmErrorCode } from "./errors.ts";
