import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Standard output, for everything that writes lines there: two ways to it would tear them. */
export interface Output extends DestinationStream {
  /**
   * Writes a line soon, together with others, a tenth of a second later at most. A line that
   * can't be written, because the reader has gone, is dropped.
   */
  write(line: string): void;
  /** Writes a line, and all that was written before it, before it returns; throws if it can't. */
  writeNow(line: string): void;
}

const standardOutput = 1;
/** The most bytes that a pipe takes in one piece, with several writers (pipe(7), `PIPE_BUF`). */
const pieceBytes = 4_096;
const gatheredBytes = 3_072;
const gatheredMs = 100;
/** How long to wait for whoever reads, where all that may wait for them does. */
const fullMs = 10;

/**
 * Opens standard output. Lines leave many at a time, for a write for each would cost more than the
 * line; whoever does not read them holds the process up, as with everything Node writes to a pipe.
 * They are gathered as bytes, for of texts all that is gathered is measured anew with each line.
 */
export function openOutput(): Output {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let gathered: Buffer[] = [];
  let length = 0;

  function writeWhole(bytes: Buffer): void {
    let left = bytes;
    while (left.length > 0) {
      try {
        left = left.subarray(writeSync(standardOutput, left));
      } catch (error) {
        // Full, and not at an end; anything else will be no better the next time.
        if (!isFull(error)) throw error;
        Atomics.wait(sleeper, 0, 0, fullMs);
      }
    }
  }

  function flush(): void {
    const bytes = Buffer.concat(gathered, length);
    gathered = [];
    length = 0;
    writeWhole(bytes);
  }

  function gather(line: string): void {
    const bytes = Buffer.from(line);
    if (length + bytes.length > pieceBytes) flush();
    gathered.push(bytes);
    length += bytes.length;
  }

  const flushWhatCanBe = () => dropping(flush);
  setInterval(flushWhatCanBe, gatheredMs).unref();
  process.once('exit', flushWhatCanBe);
  return {
    write(line) {
      dropping(() => gather(line));
      if (length > gatheredBytes) flushWhatCanBe();
    },
    writeNow(line) {
      gather(line);
      flush();
    },
  };
}

/** There is no other place to tell it. */
function dropping(act: () => void): void {
  try {
    act();
  } catch {
    // Dropped with what was gathered.
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
