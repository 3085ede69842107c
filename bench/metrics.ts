/** A look at the metrics of the operator, in Prometheus' text format. */

export interface Metrics {
  /** Over all series of a name. */
  sum(name: string): number;
  /** How many series a name has. */
  count(name: string): number;
}

export async function scrape(url: string): Promise<Metrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-z_]+)(?:\{.*\})? (\S+)$/i.exec(line) ?? [];
    if (name === undefined) continue;
    const all = values.get(name);
    if (all === undefined) values.set(name, [Number(value)]);
    else all.push(Number(value));
  }
  return {
    sum: (name) => (values.get(name) ?? []).reduce((sum, value) => sum + value, 0),
    count: (name) => values.get(name)?.length ?? 0,
  };
}
