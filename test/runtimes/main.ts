/** main: imports the package by its name, runs the battery, prints the results as a line of JSON. For any runtime. */
import { type Package, runBattery } from "./battery.ts";

const name = "kvasm"; // as a variable, for the sources have no such package
const kvasm = (await import(name)) as Package;
// eslint-disable-next-line no-console
console.log(JSON.stringify(await runBattery(kvasm)));
