import { readBuild, toBuildLine } from '../build.ts';
import { ConfigError } from '../config/config-error.ts';
import { StoreError } from '../store/store.ts';
import { backup, restore } from './backup.ts';
import { check } from './check.ts';
import {
  type Command,
  type CommandContext,
  type ExitCode,
  exitCodes,
  readArguments,
  toHelp,
  UsageError,
} from './command.ts';
import { key } from './key.ts';
import { smoke } from './smoke.ts';
import { watch } from './watch.ts';

/** Every command, in the order of the help. */
const commands: readonly Command[] = [check, key, backup, restore, smoke, watch];

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());

const context: CommandContext = {
  env: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  signal: ending.signal,
};

process.exitCode = await main(process.argv.slice(2));

/** Runs the command that the arguments name; returns its exit code. */
async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === '--version' || name === '-v') {
    context.print(toBuildLine(readBuild()));
    return exitCodes.done;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const [about] = args;
    const command = commands.find((each) => each.name === about);
    context.print(command ? toHelp(command) : toOverview());
    return exitCodes.done;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    context.complain(
      name === undefined ? toOverview() : `There is no such command.\n\n${toOverview()}`,
    );
    return exitCodes.usage;
  }
  if (args.includes('--help') || args.includes('-h')) {
    context.print(toHelp(command));
    return exitCodes.done;
  }
  return await run(command, args);
}

async function run(command: Command, args: readonly string[]): Promise<ExitCode> {
  try {
    return await command.run(readArguments(command, args), context);
  } catch (error) {
    if (error instanceof UsageError) {
      context.complain(`${error.message}\n\n${toHelp(command)}`);
      return exitCodes.usage;
    }
    if (error instanceof ConfigError) {
      context.complain(error.message);
      return exitCodes.configuration;
    }
    if (error instanceof StoreError) {
      context.complain(error.message);
      return exitCodes.fault;
    }
    throw error;
  }
}

function toOverview(): string {
  const width = Math.max(...commands.map((each) => toLine(each).length));
  return [
    'npx atlas-gateway COMMAND, also as npm run COMMAND -- …',
    '',
    ...commands.map((each) => `  ${toLine(each).padEnd(width)}   ${each.summary}`),
    '',
    '  --version   The version, and the commit if it is known.',
    '  --help      This text; COMMAND --help tells more of one.',
    '',
    'Settings are read from the environment, as the gateway reads them.',
    'Exit codes: 0 done, 1 a fault was found or met, 64 wrong usage, 78 a fault of the configuration.',
  ].join('\n');
}

function toLine({ name, positionals }: Command): string {
  return [name, ...positionals].join(' ');
}
