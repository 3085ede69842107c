/** A bar on the last line of a terminal, and nothing where the output is read by something else. */
import type { Output } from '../io.ts';

const WIDTH = 24;
const CLEAR = '\r\u001b[K';

export interface Progress {
  /** @param share From 0 to 1. */
  show(what: string, share: number): void;
  end(): void;
}

export function progressOn(out: Output): Progress {
  if (!out.colour) return { show: () => undefined, end: () => undefined };
  let last: { readonly what: string; readonly full: number } | undefined;
  return {
    show: (what, share) => {
      const full = Math.round(share * WIDTH);
      // Nearly all of some hundred thousand looks change nothing that can be seen.
      if (last?.what === what && last.full === full) return;
      last = { what, full };
      out.write(`${CLEAR}${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${what}`);
    },
    end: () => out.write(CLEAR),
  };
}
