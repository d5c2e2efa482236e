#!/usr/bin/env node
// JavaScript: for TypeScript that comes before the compile cache, Node would load its compiler (40 ms).
import { enableCompileCache } from "node:module";

// It spares compiling 50 modules anew; and cdktn need not take a stack trace per token.
enableCompileCache();
process.env.CDKTN_DISABLE_CREATION_STACK ??= "1";
await import("./tap.ts");
