import { enableCompileCache } from 'node:module';

// What one start has compiled the next one finds, where there is a place to keep it.
enableCompileCache();
await import('./program.ts');
