/** One Event, as a plan gives it. */
import { clip } from '../../text/time.ts';
import type { PlatformEvent } from '../types.ts';
import type { EventReason } from './event-reasons.ts';
import { MOST_KEY } from '../../api/schema/status.ts';

/** Kubernetes allows 1,024 characters. */
const MOST_NOTE = 1_000;

function event(
  type: PlatformEvent['type'],
  reason: EventReason,
  subject: string,
  message: string,
): PlatformEvent {
  return { type, reason, message: clip(message, MOST_NOTE), key: clip(`${reason}/${subject}`, MOST_KEY) };
}

/** @param subject What it is about: with the reason it is the key by which the same is told once. */
export const normal = (reason: EventReason, subject: string, message: string): PlatformEvent =>
  event('Normal', reason, subject, message);
/** @param subject What it is about: with the reason it is the key by which the same is told once. */
export const warning = (reason: EventReason, subject: string, message: string): PlatformEvent =>
  event('Warning', reason, subject, message);
