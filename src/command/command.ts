import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/**
 * The exit codes of every command. `fault`: it ran, and found or met a fault. `usage` and
 * `configuration` are EX_USAGE and EX_CONFIG of sysexits.h.
 */
export const exitCodes = { done: 0, fault: 1, usage: 64, configuration: 78 } as const;
/** The exit code of a command. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The arguments of a command, as they were given. */
export interface GivenArguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** The world around a command: its environment, and where it writes. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a line of the result to standard output. */
  print(line: string): void;
  /** Writes a line about a fault or about progress to standard error. */
  complain(line: string): void;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** One command: `atlas-gateway <name>`. */
export interface Command {
  readonly name: string;
  /** The names of its positional arguments, all of which are needed. */
  readonly positionals: readonly string[];
  /** Its work, in one sentence. */
  readonly summary: string;
  /** The rest of its help: options, variables and exit codes. */
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  run(given: GivenArguments, context: CommandContext): Promise<ExitCode>;
}

/** A wrong use of a command, in one sentence with the cure. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Reads the arguments of a command. Throws a UsageError, which quotes no value that was given. */
export function readArguments(command: Command, args: readonly string[]): GivenArguments {
  const { positionals: names, options } = command;
  let given: GivenArguments;
  try {
    given = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    }) as GivenArguments; // no option is given more than once
  } catch {
    throw new UsageError(`${command.name} does not have these options.`);
  }
  if (given.positionals.length !== names.length) {
    throw new UsageError(`${command.name} takes ${names.join(' and ') || 'no arguments'}.`);
  }
  return given;
}

/** Returns the whole help of a command. */
export function toHelp({ name, positionals, summary, help }: Command): string {
  return [`npx atlas-gateway ${[name, ...positionals].join(' ')}`, '', summary, '', help].join(
    '\n',
  );
}
