import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A CA, a server certificate for `localhost` alone, by openssl: files of that folder. */
export async function certificates(folder: string): Promise<Record<'ca' | 'cert' | 'key', string>> {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run('openssl', args);
  const newKey = ['req', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await openssl(...newKey, '-x509', '-subj', '/CN=ca', '-keyout', at('ca.key'), '-out', at('ca.crt'));
  const signed = ['-CA', at('ca.crt'), '-CAkey', at('ca.key')];
  await openssl(
    ...[...newKey, '-x509', ...signed, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', at('tls.key'), '-out', at('tls.crt')],
  );
  return { ca: at('ca.crt'), cert: at('tls.crt'), key: at('tls.key') };
}
