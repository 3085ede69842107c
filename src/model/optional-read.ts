/** What was read of something that may be done without: a value, or why there is none. */

/** `Forbidden`: nobody has granted it. `Absent`: the cluster has no such thing. `Failed`: it may well succeed later. */
export type Unavailable = 'Forbidden' | 'Absent' | 'Failed';

export type OptionalRead<T> =
  | { readonly value: T }
  /** `reason`: a sentence for a person, in the words of the server. */
  | { readonly unavailable: Unavailable; readonly reason: string };

/** The value; `otherwise` where there is none. */
export const valueOr = <T, U>(read: OptionalRead<T>, otherwise: U): T | U =>
  'value' in read ? read.value : otherwise;
