/** The routes of the web side. */
import { hostname } from 'node:os';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { recordCall } from '../jobs.ts';
import { log, said } from '../log.ts';
import { payloadOf } from '../queue/payload.ts';
import { health, RESPONSE_TIME_KEY, type HealthDeps } from './health.ts';
import { Lead, takeLead } from './leads.ts';
import { callEvent } from './webhook.ts';

/** The response time is written at most so often, and forgotten after a while without requests. */
const RESPONSE_TIME_EVERY_MS = 1_000;
const RESPONSE_TIME_KEPT_S = 300;

/** @param quit Aborted when the server is to take leave of its clients. */
export function webApp(deps: HealthDeps, quit: AbortSignal): Express {
  const { config, pool, queue } = deps;
  const { webhookPath, syncQueue } = config.platform;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const takeLeave = leaveTaking(quit);
  app.use((_request, response, next) => {
    response.set('x-served-by', hostname());
    takeLeave(response);
    next();
  });

  // For the kubelet: asks nobody, so that an outage of a store restarts no replica.
  app.get('/up', (_request, response) => void response.type('text').send('Application up\n'));
  app.get('/', (_request, response) => {
    response.type('text').send('A stand-in for the lead platform. POST /api/leads takes leads in.\n');
  });
  app.get(
    literal(config.standIn.healthPath),
    answering(async (_request, response) => {
      response.json(await health(deps));
    }),
  );

  app.use(express.json({ limit: '64kb' }), express.urlencoded({ extended: false, limit: '64kb' }));
  const noteTime = responseTimes(deps);
  const leads = answering(async (request, response) => {
    const since = performance.now();
    const lead = Lead.safeParse(request.body ?? {});
    if (!lead.success) {
      const errors = lead.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
      response.status(422).json({ message: 'The lead is not valid.', errors });
      return;
    }
    const outcome = await takeLead(pool, queue, syncQueue, lead.data);
    response.status(outcome === 'created' ? 201 : 200).json({ lead_id: lead.data.lead_id, outcome });
    noteTime(performance.now() - since);
  });
  app.post('/api/leads', leads);

  const webhook = answering(async (request, response) => {
    const now = Date.now();
    const event = callEvent(request.query, request.body, now);
    if (event === undefined) {
      response.status(422).json({ message: 'The call event names neither a lead nor a call.' });
      return;
    }
    await queue.push(syncQueue, payloadOf(recordCall(event), now));
    response.type('text').send('OK\n');
  });
  app.get(literal(webhookPath), webhook);
  app.post(literal(webhookPath), webhook);

  app.use((_request, response) => void response.status(404).json({ message: 'Not found.' }));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    // What the body parser refuses has a status of its own.
    const { status } = error as { status?: unknown };
    if (typeof status === 'number' && status >= 400 && status < 500) {
      response.status(status).json({ message: 'The request cannot be read.' });
      return;
    }
    log('error', 'Failing at a request', { method: request.method, path: request.path, ...said(error) });
    response.status(503).set('retry-after', '1').json({ message: 'The platform cannot take this now.' });
  });
  return app;
}

/** A path as it stands: to express, some characters mean something. */
const literal = (path: string) => path.replaceAll(/[{}()[\]+?!:*\\]/g, '\\$&');

/** Has every answer that is not on its way yet say that its connection ends, once that is so. */
function leaveTaking(quit: AbortSignal): (response: Response) => void {
  const open = new Set<Response>();
  const takeLeave = (response: Response) => {
    if (!response.headersSent) response.set('connection', 'close');
  };
  quit.addEventListener('abort', () => open.forEach(takeLeave), { once: true });
  return (response) => {
    if (quit.aborted) takeLeave(response);
    open.add(response);
    response.once('close', () => open.delete(response));
  };
}

/** A handler whose failure is answered rather than lost. */
function answering(handle: (request: Request, response: Response) => Promise<void>): RequestHandler {
  const answer = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    try {
      await handle(request, response);
    } catch (error) {
      next(error);
    }
  };
  return (...args) => void answer(...args);
}

/** Leaves a response time in the cache, for whoever measures. That it fails costs nothing. */
function responseTimes({ cache }: HealthDeps): (ms: number) => void {
  let written = -Infinity;
  return (ms) => {
    const now = performance.now();
    if (now - written < RESPONSE_TIME_EVERY_MS) return;
    written = now;
    cache.putNumber(RESPONSE_TIME_KEY, Math.round(ms * 10) / 10, RESPONSE_TIME_KEPT_S).catch(() => undefined);
  };
}
