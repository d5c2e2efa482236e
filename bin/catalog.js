#!/usr/bin/env node
// JavaScript: for TypeScript that comes before the compile cache, Node would load its compiler (40 ms).
import { enableCompileCache } from "node:module";

enableCompileCache();
await import("./catalog.ts");
