/** How call logs come back from Vici. */
import * as z from 'zod';
import { cronJobSchedule, cronJobTimeZone } from './cron-job.ts';
import { pathPrefix } from './kubernetes.ts';

const command = (fallback: string[]) =>
  z
    .array(z.string().max(1_000))
    .min(1)
    .max(50)
    .default(fallback)
    .meta({ description: `The command of the job. Default: ${fallback.join(' ')}.` });

const pass = (what: string, when: string, run: string[]) =>
  z
    .strictObject({
      schedule: cronJobSchedule()
        .default(when)
        .meta({ description: `Five cron fields. Default: ${when}.` }),
      command: command(run),
    })
    .prefault({})
    .meta({ description: what });

export const CallLogSync = z
  .strictObject({
    strategy: z.enum(['Webhook', 'Polling', 'Batch', 'Hybrid', 'None']).default('Hybrid').meta({
      description:
        'Webhook: as calls happen. Polling: every few minutes. Batch: nightly. Hybrid: webhook, hourly for what was missed, and nightly. None: no jobs. Default: Hybrid.',
    }),
    webhook: z
      .strictObject({
        // The default service answers it by a route.
        path: pathPrefix().default('/webhook/vici/call-event').meta({
          description: 'The path that Vici calls, by GET and POST. Default: /webhook/vici/call-event.',
        }),
      })
      .prefault({})
      .meta({ description: 'The webhook of Webhook and Hybrid; the application serves it.' }),
    polling: pass('The pass of Polling.', '*/5 * * * *', [
      'php',
      'artisan',
      'vici:sync-call-logs',
      '--last-hour',
    ]),
    hourly: pass('The hourly pass of Hybrid.', '7 * * * *', [
      'php',
      'artisan',
      'vici:sync-call-logs',
      '--last-hour',
    ]),
    nightly: pass('The nightly pass of Batch and Hybrid.', '0 2 * * *', [
      'php',
      'artisan',
      'vici:reconcile-all-calls',
    ]),
    timeZone: cronJobTimeZone()
      .default('UTC')
      .meta({ description: 'The time zone of the schedules. Default: UTC.' }),
  })
  .meta({ description: 'How call logs come back from Vici: the jobs, and the path of the webhook.' });
export type CallLogSync = z.output<typeof CallLogSync>;
