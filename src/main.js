import { enableCompileCache } from 'node:module';

// Compiled code is cached on disk for the next start, if there is a directory for it. This file is
// JavaScript, because TypeScript here would load a parser before the cache is open, and keep it in
// memory.
enableCompileCache();
await import('./program.ts');
