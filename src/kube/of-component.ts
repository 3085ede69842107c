/**
 * Which objects are of one component: they are made with its Deployment, and go when that has gone. A kind of which each component has
 * one is a word here; the platform's own Service is of none, so one of a component needs a look at its label, too.
 */
import { CAPABILITY_LABEL } from './labels.ts';
import type { KubeObject } from './object.ts';

/** Kinds of which each component has one object, by its own name. */
const COMPONENT_KINDS: ReadonlySet<string> = new Set(['Deployment', 'PodDisruptionBudget']);

/**
 * Whether an object is there for one component: it is made with the Deployment of that, and goes when that has gone. What a
 * capability adds is no component's.
 */
export const isOfComponent = ({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): boolean =>
  COMPONENT_KINDS.has(kind) && metadata.labels?.[CAPABILITY_LABEL] === undefined;
