/** What the engines that the operator runs for a platform have in common: a volume, and what their pods may use. */
import * as z from 'zod';
import { Resources } from '../resources.ts';
import { objectName } from '../primitives.ts';

export const storage = (fallback: string) =>
  z
    .string()
    .min(2)
    .max(20)
    .regex(/^[1-9]\d*(Mi|Gi|Ti|M|G|T)$/, 'must be the size of a volume like 10Gi')
    .default(fallback)
    .meta({ description: `The size of each volume. Default: ${fallback}.` });

export const storageClassName = () =>
  objectName().optional().meta({ description: "The class of the volumes. Default: the cluster's own." });

export const engineResources = () => Resources.optional();

export const httpUrl = (what: string) =>
  z
    .string()
    .min(8)
    .max(500)
    .regex(/^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/, 'must be an http or https URL without a user name in it')
    .meta({ description: what });
