/**
 * What a record itself has under a name that somebody else chose: a server, the author of a LeadPlatform, another object.
 * `record['constructor']` is a function of every object, though nobody put it there.
 */
export function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
