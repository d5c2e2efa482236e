#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Both before anything large is imported: the one spares compiling 50 modules anew, the other a stack trace per token.
enableCompileCache();
process.env.CDKTN_DISABLE_CREATION_STACK ??= "1";
await import("../lib/synth.ts");
