/** version: what we are, and which Redis we behave as; clients switch features on the latter. */

/** Set by the bundler from package.json. */
declare const KVASM_VERSION: string | undefined;

export const REDIS_VERSION = "8.0.2";
export const OUR_VERSION = typeof KVASM_VERSION === "string" ? KVASM_VERSION : "0.0.0-source";
