/** The audit log of an API server: one line of JSON for each stage of a request. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface AuditEvent {
  /** `ResponseStarted` of a watch, `ResponseComplete` of everything when it ends. */
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly user?: {
    readonly username?: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Its events so far, from the beginning.
 * @param mentions Only lines that hold one of these: most are of others, and parsing is what takes the time.
 */
export async function* auditEvents(
  log: string,
  mentions: readonly string[] = [''],
): AsyncGenerator<AuditEvent> {
  for await (const line of createInterface({ input: createReadStream(log), crlfDelay: Infinity })) {
    if (!mentions.some((text) => line.includes(text))) continue;
    const event = parsed(line);
    if (event !== undefined) yield event;
  }
}

/** Nothing for the last line, which may be half written. */
function parsed(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}

/** Plural, with the subresource, like `leadplatforms/status`. */
export function resourceOf({ objectRef: { resource = '', subresource } = {} }: AuditEvent): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
