/** The consent of a person, as it stands on the resource. */
import { suggestion } from './did-you-mean.ts';
import {
  CAPABILITY_NAMES,
  CONFIRM_ANNOTATION,
  DATA_MOVED_ANNOTATION,
  DATA_MOVED_BACK_ANNOTATION,
  REMOVAL_ANNOTATION,
} from './names.ts';
import { problem } from './problems.ts';

/** Capabilities that the annotation lets happen; none where it is missing, or no text. */
export function confirmedCapabilities(annotations: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return namesIn(annotations[CONFIRM_ANNOTATION]);
}

/** Capabilities whose data may go on the way down. */
export function confirmedRemovals(annotations: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return namesIn(annotations[REMOVAL_ANNOTATION]);
}

/** What the application says that it has moved, and moved back. */
export function movedData(annotations: Readonly<Record<string, unknown>>): {
  readonly there: ReadonlySet<string>;
  readonly back: ReadonlySet<string>;
} {
  return {
    there: namesIn(annotations[DATA_MOVED_ANNOTATION]),
    back: namesIn(annotations[DATA_MOVED_BACK_ANNOTATION]),
  };
}

function namesIn(text: unknown): ReadonlySet<string> {
  if (typeof text !== 'string') return new Set();
  return new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
}

/** How many unknown names are told of. */
const MOST_TOLD = 3;

/** A sentence for each name in the annotation that is no capability: whoever wrote it waits for something in vain. */
export function unknownConfirmations(annotations: Readonly<Record<string, unknown>>): readonly string[] {
  const known = new Set<string>(CAPABILITY_NAMES);
  return [...confirmedCapabilities(annotations)]
    .filter((name) => !known.has(name))
    .slice(0, MOST_TOLD)
    .map((name) => {
      const given = name.length <= 60 ? name : `${name.slice(0, 59)}…`;
      const hint = suggestion(name, CAPABILITY_NAMES);
      return problem(
        '',
        `${CONFIRM_ANNOTATION} names "${given}", which is no capability${hint === '' ? '.' : hint}`,
      ).message;
    });
}
