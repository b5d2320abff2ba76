import { enableCompileCache } from 'node:module';

// What one start has compiled the next one finds, where there is a place to keep it. In JavaScript,
// for types would have to be stripped before it is open: by a parser that stays for good.
enableCompileCache();
await import('./program.ts');
