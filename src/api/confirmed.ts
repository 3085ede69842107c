/** The consent of a person, as it stands on the resource. */
import { CONFIRM_ANNOTATION } from './names.ts';

/** Capabilities that the annotation lets happen; none where it is missing, or no text. */
export function confirmedCapabilities(annotations: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const text = annotations[CONFIRM_ANNOTATION];
  if (typeof text !== 'string') return new Set();
  return new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
}
