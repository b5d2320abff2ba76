import { type DestinationStream, pino } from 'pino';

/** Standard output, for everything that writes lines there: two ways to it would tear them. */
export interface Output extends DestinationStream {
  /** Writes a line soon, together with others, a tenth of a second later at most. */
  write(line: string): void;
  /** Writes a line, and all that was written before it, before it returns; throws if it can't. */
  writeNow(line: string): void;
}

/** What a pipe takes in one piece, whichever processes write to it (pipe(7), `PIPE_BUF`). */
const pieceBytes = 4_096;
const gatheredBytes = 3_072;

/**
 * Opens standard output. Lines leave many at a time, for a write for each would cost more than the
 * line; whoever does not read them holds the process up, as with everything Node writes to a pipe.
 * They are gathered as bytes, for of texts all that is gathered is measured anew with each line.
 */
export function openOutput(): Output {
  const stream = pino.destination({
    ...{ dest: 1, sync: true, periodicFlush: 100 },
    ...{ contentMode: 'buffer', minLength: gatheredBytes, maxWrite: pieceBytes },
  });
  process.once('exit', () => stream.flushSync());
  // It takes bytes in this mode, which its types don't know.
  const write = (line: string) => void stream.write(Buffer.from(line) as unknown as string);
  return {
    write,
    writeNow(line) {
      write(line);
      stream.flushSync();
    },
  };
}
