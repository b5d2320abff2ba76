import { fork } from 'node:child_process';

/** The duties of a program by name, each with one argument. */
export type Duties = Readonly<Record<string, (argument: never) => unknown>>;

/** A program of the benchmark, in a process of its own. */
export interface Program<Given extends Duties> {
  readonly pid: number;
  call<Name extends keyof Given & string>(
    name: Name,
    ...argument: Parameters<Given[Name]>
  ): Promise<Awaited<ReturnType<Given[Name]>>>;
  stop(): Promise<void>;
}

interface Order {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Does in this process what its parent asks for, and ends with it. */
export function serveDuties(duties: Duties): void {
  process.once('disconnect', () => process.exit());
  process.on('message', ({ id, name, argument }: Order) => {
    // The caller is typed by the same duties, so the argument is the one this duty takes.
    const duty = duties[name] as ((given: unknown) => unknown) | undefined;
    const done = new Promise((resolve) => {
      if (duty === undefined) throw new Error(`there is no duty ${name}`);
      resolve(duty(argument));
    });
    const send = (reply: Reply) => process.send?.(reply);
    done.then(
      (value) => send({ id, value }),
      (error: unknown) => send({ id, error: String(error) }),
    );
  });
}

/** Starts a program beside this one; a duty that fails there rejects here. */
export function startProgram<Given extends Duties>(
  file: URL,
  execArgv: readonly string[] = [],
): Program<Given> {
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = fork(file, { execArgv: [...execArgv], env, serialization: 'advanced' });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  child.on('message', ({ id, value, error }: Reply) => {
    const order = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) order?.resolve(value);
    else order?.reject(new Error(error));
  });
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) {
      reject(new Error(`${file.pathname} ended with ${signal ?? code}`));
    }
  });

  return {
    pid: child.pid ?? 0,
    call(name, ...[argument]) {
      const order = Promise.withResolvers<unknown>();
      count += 1;
      waiting.set(count, order);
      child.send({ id: count, name, argument } satisfies Order);
      // The program serves the very duties that `Given` names.
      return order.promise as ReturnType<Program<Given>['call']> as never;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
