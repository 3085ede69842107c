/** What one user writes, as its audit log grows: each look reads only what has come since the one before. */
import { open } from 'node:fs/promises';
import { type AuditEvent, resourceOf } from '../../../testbed/audit-log.ts';

export interface Write {
  /** In ms since the epoch, when the API server received it. */
  readonly at: number;
  readonly verb: string;
  /** Plural, with the subresource, like `leadplatforms/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const CHUNK = 4 * 2 ** 20;

export class AuditTail {
  readonly #path: string;
  readonly #user: string;
  #offset = 0;
  #rest = Buffer.alloc(0);

  constructor(path: string, user: string) {
    this.#path = path;
    this.#user = user;
  }

  /** The writes that have been answered since the last call, those of leases left out. */
  async read(): Promise<readonly Write[]> {
    const writes: Write[] = [];
    const file = await open(this.#path);
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, this.#offset);
        if (bytesRead === 0) return writes;
        this.#offset += bytesRead;
        const bytes = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
        const end = bytes.lastIndexOf(0x0a) + 1;
        this.#rest = bytes.subarray(end);
        for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) {
          const write = line.includes(this.#user) ? writeOf(line, this.#user) : undefined;
          if (write !== undefined) writes.push(write);
        }
      }
    } finally {
      await file.close();
    }
  }
}

function writeOf(line: string, user: string): Write | undefined {
  const event = JSON.parse(line) as AuditEvent;
  if (event.user?.username !== user || event.stage !== 'ResponseComplete') return undefined;
  if (!WRITES.has(event.verb) || event.objectRef?.resource === 'leases') return undefined;
  const { namespace = '', name = '' } = event.objectRef ?? {};
  return {
    at: Date.parse(event.requestReceivedTimestamp),
    verb: event.verb,
    resource: resourceOf(event),
    namespace,
    name,
    code: event.responseStatus?.code ?? 0,
  };
}
