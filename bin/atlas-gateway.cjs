#!/usr/bin/env node
// Runs a command of Atlas Gateway. It is written for any Node from 12 on, because `npx` may start an
// older one than the gateway needs: then the Node that the dependencies bring takes over.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const leastMajor = 24;
const configurationFault = 78; // EX_CONFIG of sysexits.h
const program = join(__dirname, '..', 'src', 'command', 'main.ts');

if (Number(process.versions.node.split('.')[0]) >= leastMajor) {
  import('../src/command/main.ts');
} else {
  const bundled = join(__dirname, '..', 'node_modules', 'node', 'bin', 'node');
  if (existsSync(bundled)) {
    const { status } = spawnSync(bundled, [program, ...process.argv.slice(2)], {
      stdio: 'inherit',
    });
    process.exitCode = status === null ? 1 : status;
  } else {
    process.stderr.write(
      `This needs Node ${leastMajor} or newer, and runs on ${process.version}.\n`,
    );
    process.exitCode = configurationFault;
  }
}
