/**
 * Words that go into Pods and other children as they are written. What is accepted here the API server accepts there: a
 * child that is refused would stand refused until its author finds out why.
 */
import * as z from 'zod';
import { ruled, textMap } from './primitives.ts';

/** An image. A space in it passes in a Deployment, whose Pods are then refused. */
export const image = () =>
  z
    .string()
    .min(1)
    .max(500)
    .regex(/^\S+$/, 'must be an image without spaces in it, like registry.example/brain:1.4.0');

/** The name of an environment variable. Two dots at its beginning are refused. */
export const envName = () =>
  z
    .string()
    .max(253)
    .regex(
      /^([-_a-zA-Z]|\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$/,
      'must be the name of an environment variable: letters, digits, and -_. but no digit or two dots first',
    );

/** What is put before names of environment variables; the empty text is nothing. */
export const envPrefix = () =>
  z
    .string()
    .max(100)
    .regex(
      /^(([-_a-zA-Z]|\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*)?$/,
      'must be the beginning of an environment variable: letters, digits, and -_. but no digit or two dots first',
    );

/** `team`, or `example.com/team`. */
const QUALIFIED_NAME =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LONGEST_DOMAIN = 253;

const hasShortDomain = (name: string): boolean => name.indexOf('/') <= LONGEST_DOMAIN;
const LONG_DOMAIN = `has a domain of more than ${LONGEST_DOMAIN} characters before its slash; choose a shorter one`;

/** The key of a taint. The empty text is every key. */
export const taintKey = () =>
  ruled(
    z
      .string()
      .max(317)
      .regex(
        new RegExp(`^$|${QUALIFIED_NAME.source}`),
        'must be the key of a taint, like dedicated or example.com/dedicated',
      ),
    {},
    {
      rule: `self.indexOf('/') <= ${LONGEST_DOMAIN}`,
      message: LONG_DOMAIN,
      holds: hasShortDomain,
    },
  );

export const labelValue = () =>
  z
    .string()
    .max(63)
    .regex(
      /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
      'must be the value of a label: letters, digits, and -_. between them',
    );

/**
 * The keys of a map are judged offline alone: the API server costs a rule on them as if they had no longest length, and
 * refuses it.
 */
const qualifiedName = (
  message: string,
  isKey: (key: string) => boolean = (key) => QUALIFIED_NAME.test(key),
) => z.string().max(317).refine(isKey, { message }).refine(hasShortDomain, { message: LONG_DOMAIN });

/** Labels of objects, or of nodes. */
export const labels = (description: string) =>
  textMap(
    qualifiedName('must be the key of a label, like team or example.com/team'),
    labelValue(),
    50,
    description,
  );

/** Annotations of objects. Kubernetes allows capitals in the domain of their keys, too. */
export const annotations = (description: string, most: number, longest: number) =>
  textMap(
    qualifiedName('must be the key of an annotation, like team or example.com/team', (key) =>
      QUALIFIED_NAME.test(key.toLowerCase()),
    ),
    z.string().max(longest),
    most,
    description,
  );

/** Paths for which an Ingress has no rule: it could not tell them from others. */
const INGRESS_REFUSES = ['//', '/./', '/../', '%2f', '%2F'] as const;
const INGRESS_REFUSES_LAST = ['/.', '/..'] as const;

/**
 * The prefix of paths whose requests are sent somewhere. Without quotes, brackets and the like: ingress controllers write it into
 * the configuration of their server.
 */
export const pathPrefix = () =>
  ruled(
    z
      .string()
      .min(1)
      .max(500)
      .regex(
        /^\/[-A-Za-z0-9._~%/]*$/,
        'must be a path of letters, digits, and any of -._~%/, that begins with a slash, like /up',
      ),
    {},
    {
      rule: [
        ...INGRESS_REFUSES.map((text) => `!self.contains('${text}')`),
        ...INGRESS_REFUSES_LAST.map((text) => `!self.endsWith('${text}')`),
      ].join(' && '),
      message:
        'must be a path without //, /./, /../ or an encoded slash in it, for routes have no such paths',
      holds: (path) =>
        !INGRESS_REFUSES.some((text) => path.includes(text)) &&
        !INGRESS_REFUSES_LAST.some((text) => path.endsWith(text)),
    },
  );
