/**
 * The end of the web side without a request that fails. A connection that is closed while its client writes the next
 * request on it costs that request, and no client may send it again by itself. So from the signal on every answer says
 * `Connection: close`, and connections that are idle are left alone for as long as clients may use them (the keep-alive
 * time that they were told). Only then does the server close.
 */
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What clients are told, in ms. */
export const KEEP_ALIVE_MS = 5_000;
/** A request may be under way when the time is over. */
const MARGIN_MS = 1_000;
const LOOK_MS = 50;

/** Settles when the last answer is out and the last connection closed. */
export async function drain(server: Server): Promise<void> {
  const end = performance.now() + KEEP_ALIVE_MS + MARGIN_MS;
  while (performance.now() < end && (await connections(server)) > 0) await delay(LOOK_MS);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

function connections(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => resolve(error === null ? count : 0));
  });
}
