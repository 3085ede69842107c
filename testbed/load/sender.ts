/**
 * Sends leads at a steady rate, whatever becomes of them: a server that is slow does not make the sender slow, and a request
 * that fails is not sent again but reported. Connections are kept and used again, as a real sender's are.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent } from 'undici';
import { nearUrl } from './addresses.ts';

export interface LoadOptions {
  /** Where leads are posted: `http://10.96.0.12/api/leads`. */
  readonly url: string;
  /** Leads at most; to 1,000,000. */
  readonly count: number;
  /** Leads a second; to 5,000. All of it must be sent within an hour. */
  readonly rate: number;
  /** The job of a lead, as the stand-in understands it. */
  readonly work?: (index: number) => object;
  /** Connections at most; 32 when left out. */
  readonly connections?: number;
  /** ms after which a request without an answer has failed; 15,000 when left out. */
  readonly timeoutMs?: number;
  /** Called with each answer, and with each failure. */
  readonly onAnswer?: (failure?: FailedRequest) => void;
  /** Sends no more leads once aborted; those that are under way are still waited for. */
  readonly signal?: AbortSignal;
}

/** A request that was not answered with 200 or 201. */
export interface FailedRequest {
  readonly leadId: string;
  /** When it was sent, and how long it took to fail: ms since the epoch, and ms. */
  readonly at: number;
  readonly ms: number;
  readonly status?: number;
  /** Code or message of the error of the socket. */
  readonly error?: string;
}

export interface LoadOutcome {
  /** Ids of all leads that were sent. */
  readonly sent: readonly string[];
  /** Ids of those that the platform said it has. */
  readonly accepted: readonly string[];
  readonly failed: readonly FailedRequest[];
}

export class LoadOutOfBounds extends Error {
  override readonly name = 'LoadOutOfBounds';
}

const MOST_LEADS = 1_000_000;
const MOST_A_SECOND = 5_000;
const LONGEST_S = 3_600;
const TICK_MS = 5;

/** Back when every request has an answer or has failed. @throws FarAway, LoadOutOfBounds */
export async function sendLeads(options: LoadOptions): Promise<LoadOutcome> {
  const { count, rate, work, signal, onAnswer, connections = 32, timeoutMs = 15_000 } = options;
  const url = nearUrl(options.url);
  if (!(
    count >= 0 &&
    count <= MOST_LEADS &&
    rate > 0 &&
    rate <= MOST_A_SECOND &&
    count / rate <= LONGEST_S
  )) {
    throw new LoadOutOfBounds(
      `${count} leads at ${rate} a second; send ${MOST_LEADS} at most, ${MOST_A_SECOND} a second at most, within ${LONGEST_S} s`,
    );
  }
  const isStopped = () => signal?.aborted === true;
  const run = randomBytes(4).toString('hex');
  const agent = new Agent({ connections, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  const sent: string[] = [];
  const accepted: string[] = [];
  const failed: FailedRequest[] = [];

  const send = async (index: number): Promise<void> => {
    const leadId = `${run}-${index}`;
    sent.push(leadId);
    const at = Date.now();
    const since = performance.now();
    const fail = (why: Pick<FailedRequest, 'status' | 'error'>) => {
      const failure = { leadId, at, ms: Math.round(performance.now() - since), ...why };
      failed.push(failure);
      onAnswer?.(failure);
    };
    try {
      const { statusCode, body } = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          lead_id: leadId,
          phone: `+1555${String(index).padStart(7, '0')}`,
          ...(work !== undefined && { work: work(index) }),
        }),
      });
      await body.dump();
      if (statusCode === 200 || statusCode === 201) {
        accepted.push(leadId);
        onAnswer?.();
      } else fail({ status: statusCode });
    } catch (error) {
      fail({ error: (error as NodeJS.ErrnoException).code ?? String(error) });
    }
  };

  try {
    const underWay: Promise<void>[] = [];
    const start = performance.now();
    while (underWay.length < count && !isStopped()) {
      const due = Math.min(count, Math.ceil(((performance.now() - start) * rate) / 1_000));
      while (underWay.length < due) underWay.push(send(underWay.length));
      await delay(TICK_MS);
    }
    await Promise.all(underWay);
    return { sent, accepted, failed };
  } finally {
    await agent.destroy();
  }
}
