#!/usr/bin/env node
// keyward-stands-before-the-real-program: by this line another copy of keyward knows this one.
"use strict";

const { createContext, main } = require("../dist/cli/main.cjs");

void (async () => {
  process.exitCode = await main("jean2", process.argv.slice(2), createContext());
})();
