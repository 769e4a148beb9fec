/** seed: property tests draw the same values in every run, so that one that is green stays so; KVASM_SEED draws others. */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["KVASM_SEED"] ?? 20240) });
