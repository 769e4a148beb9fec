/** A module as bytes: what the bundler makes of an import of one (scripts/lib/bundle.mjs). */
declare module "*.wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
