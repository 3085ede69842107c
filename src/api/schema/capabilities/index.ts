/** Settings of single capabilities; one file each, and all of them optional: a capability has defaults, or says what it lacks. */
import { z } from 'zod';

export const CapabilitySettings = z
  .strictObject({})
  .meta({ description: 'Settings of single capabilities. Default: those of each capability.' });
export type CapabilitySettings = z.output<typeof CapabilitySettings>;
