/** The keys of one of Laravel's queues. */
export function queueKeys(prefix: string, clusterNames: boolean, name: string) {
  const list = `${prefix}queues:${clusterNames ? `{${name}}` : name}`;
  return { list, delayed: `${list}:delayed`, reserved: `${list}:reserved` };
}
