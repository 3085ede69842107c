/** One number out of an answer of Prometheus' query API. */
import { known, type Instant, type Known } from '../../model/reading.ts';
import { SourceFailure } from '../failure.ts';

/** Tolerated between their clock and ours before a sample counts as one of the future. */
const SKEW_MS = 60_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The sample of a scalar, or of the only element of a vector. */
function sampleOf(data: Record<string, unknown>): unknown {
  const { resultType, result } = data;
  if (resultType === 'scalar') return result;
  if (resultType !== 'vector' || !Array.isArray(result)) {
    throw new SourceFailure('NotANumber', 'the query gives no single number; make it a scalar or a vector');
  }
  if (result.length === 0) {
    throw new SourceFailure(
      'EmptyResult',
      'the query gives nothing; does the metric exist, and is it scraped?',
    );
  }
  if (result.length > 1) {
    throw new SourceFailure('NotANumber', 'the query gives several series; make it one, with sum() or max()');
  }
  return isRecord(result[0]) ? result[0]['value'] : undefined;
}

/**
 * The value with the time that Prometheus gives for it. Warnings do not matter; NaN and infinities are not numbers.
 * @throws SourceFailure
 */
export function resultOf(answer: unknown, now: Instant): Known {
  if (!isRecord(answer) || answer['status'] !== 'success' || !isRecord(answer['data'])) {
    throw new SourceFailure(
      'SourceRefused',
      'what answered is not the query API of Prometheus; check the URL',
    );
  }
  const sample = sampleOf(answer['data']);
  if (!Array.isArray(sample) || typeof sample[0] !== 'number' || typeof sample[1] !== 'string') {
    throw new SourceFailure('NotANumber', 'Prometheus gave a sample that cannot be read');
  }
  const value = sample[1].trim() === '' ? Number.NaN : Number(sample[1]);
  const at = sample[0] * 1_000;
  if (!Number.isFinite(value)) {
    throw new SourceFailure('NotANumber', 'the query gives NaN or infinity; is it divided by zero?');
  }
  if (!(at <= now + SKEW_MS)) {
    throw new SourceFailure('OutOfRange', 'the sample is of the future; compare the clocks');
  }
  return known(value, Math.min(at, now));
}
