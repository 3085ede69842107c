/** PHP's serialisation of an object with plain properties, which is how Laravel keeps a job inside its payload. */

export type Scalar = string | number | boolean | null;

export interface PhpObject {
  readonly className: string;
  readonly properties: Readonly<Record<string, Scalar>>;
}

export class NotSerialised extends Error {
  override readonly name = 'NotSerialised';
}

const text = (value: string) => `s:${Buffer.byteLength(value)}:"${value}";`;

function scalar(value: Scalar): string {
  if (value === null) return 'N;';
  if (typeof value === 'boolean') return `b:${value ? 1 : 0};`;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? `i:${value};` : `d:${value};`;
  return text(value);
}

export function serialise({ className, properties }: PhpObject): string {
  const entries = Object.entries(properties);
  const body = entries.map(([name, value]) => `${text(name)}${scalar(value)}`).join('');
  return `O:${Buffer.byteLength(className)}:"${className}":${entries.length}:{${body}}`;
}

/** @throws NotSerialised where it is not such an object; PHP counts bytes, so this reads bytes. */
export function unserialise(serialised: string): PhpObject {
  const bytes = Buffer.from(serialised);
  let at = 0;
  const until = (stop: string): string => {
    const end = bytes.indexOf(stop, at);
    if (end < 0) throw new NotSerialised(`nothing ends at byte ${at} with ${stop}`);
    const found = bytes.toString('utf8', at, end);
    at = end + stop.length;
    return found;
  };
  const expect = (what: string): void => {
    if (bytes.toString('utf8', at, at + what.length) !== what)
      throw new NotSerialised(`no ${what} at byte ${at}`);
    at += what.length;
  };
  const quoted = (): string => {
    const length = Number(until(':'));
    expect('"');
    const found = bytes.toString('utf8', at, at + length);
    at += length;
    expect('"');
    return found;
  };
  const value = (): Scalar => {
    const type = String.fromCharCode(bytes[at] ?? 0);
    if (type === 'N') {
      expect('N;');
      return null;
    }
    at += 1;
    expect(':');
    if (type === 's') {
      const found = quoted();
      expect(';');
      return found;
    }
    const found = until(';');
    if (type === 'b') return found === '1';
    if (type === 'i' || type === 'd') return Number(found);
    throw new NotSerialised(`a property of type ${type}`);
  };

  expect('O:');
  const className = quoted();
  expect(':');
  const count = Number(until(':'));
  expect('{');
  const properties: [string, Scalar][] = [];
  for (let index = 0; index < count; index += 1) properties.push([String(value()), value()]);
  expect('}');
  return { className, properties: Object.fromEntries(properties) };
}
