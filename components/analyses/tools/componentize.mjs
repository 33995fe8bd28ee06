// Makes a component of an analysis in JavaScript: node componentize.mjs SOURCE WIT OUTPUT
//
// package.json asks for the oldest jco that will do: later ones bring compilers that are not needed here.
import { writeFile } from "node:fs/promises";
import { argv } from "node:process";

import { componentize } from "@bytecodealliance/componentize-js";

const [, , sourcePath, witPath, output] = argv;
const { component } = await componentize({
  sourcePath,
  witPath,
  worldName: "analyst",
  // An analysis imports nothing: no output, no clock, no randomness, no network.
  disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
});
await writeFile(output, component);
