/** A line of JSON on standard error, where Laravel's `stderr` channel writes too. */
export type Log = (level: 'info' | 'warning' | 'error', message: string, fields?: object) => void;

export const log: Log = (level, message, fields = {}) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
};

/** What may be logged of an error: its class, code and message. Never the object: clients hang credentials on it. */
export function said(error: unknown): { error: string; code?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  const { code, errors } = error as Error & { code?: unknown; errors?: unknown };
  // Where a name has several addresses, what went wrong is inside.
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const message = error.message === '' && first instanceof Error ? first.message : error.message;
  return { error: `${error.name}: ${message}`, ...(typeof code === 'string' && { code }) };
}
