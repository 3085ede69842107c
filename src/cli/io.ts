/** What a command touches of the world. Commands get it as an argument, so that a test can stand in for a terminal. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

export interface Output {
  write(text: string): void;
  /** Whether colours and bold may be written. */
  readonly colour: boolean;
  readonly columns: number;
}

export interface Io {
  readonly out: Output;
  readonly err: Output;
  /** The text of a file, or of standard input for `-`. */
  read(path: string): Promise<string>;
  /** Milliseconds since the epoch. */
  now(): number;
}

const WIDTH = 80;

function output(stream: NodeJS.WriteStream): Output {
  const plain = (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
  return {
    write: (content) => void stream.write(content),
    colour: stream.isTTY && !plain,
    columns: WIDTH,
  };
}

/** The process that runs now. */
export function processIo(): Io {
  // A reader that has seen enough (`… | head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: output(process.stdout),
    err: output(process.stderr),
    read: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    now: () => Date.now(),
  };
}
