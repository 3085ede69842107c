import * as z from 'zod';
import { image } from '../kubernetes.ts';
import { credentialRef } from '../stores.ts';

const identifier = (what: string) =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Za-z_][A-Za-z0-9_$]*$/, 'must be a plain SQL identifier, like created_at')
    .meta({ description: what });

const DatabaseIndex = z
  .strictObject({
    name: identifier(
      'The name of the index. Default: one of the table, the columns and a hash, which begins with lp_.',
    ).optional(),
    table: z
      .string()
      .min(1)
      .max(127)
      .regex(
        /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/,
        'must be a plain SQL identifier, optionally schema.name',
      )
      .meta({ description: 'The table, schema-qualified where needed.' }),
    columns: z.array(identifier('A column.')).min(1).max(8).meta({
      description: 'The columns, in order.',
      'x-kubernetes-list-type': 'atomic',
    }),
    method: z.enum(['btree', 'brin']).default('btree').meta({
      description:
        'btree finds any row; brin is a thousand times smaller, and good for columns that grow with the table, like created_at. Default: btree.',
    }),
    unique: z.boolean().default(false).meta({ description: 'No two rows have the same. Default: false.' }),
    where: z.string().min(1).max(1_000).optional().meta({
      description:
        'An SQL condition: only rows for which it holds are in the index. Such an index is known by its name alone. Default: all rows.',
    }),
  })
  .meta({ description: 'An index that is to be there.' });
export type DatabaseIndex = z.output<typeof DatabaseIndex>;

export const DatabaseIndexes = z
  .strictObject({
    indexes: z.array(DatabaseIndex).min(1).max(20).optional().meta({
      description:
        'The indexes that are to be there. Default: those that the queries of signals need, leads(created_at).',
      'x-kubernetes-list-type': 'atomic',
    }),
    adminSecretRef: credentialRef(
      'the user name',
      'The Secret of a role that owns the tables. Only the Job that makes indexes gets it; the operator never reads it.',
    ),
    jobImage: image().optional().meta({ description: "The image of the Job. Default: the operator's own." }),
  })
  .meta({ description: 'Indexes that queries by time and status need.' });
