/** The battery in the Node that runs the tests. */
import { testRuntime } from "./run.ts";

testRuntime({ name: "node", program: process.execPath, args: [] });
