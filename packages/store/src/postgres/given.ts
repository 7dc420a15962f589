import type { TransactionWrite } from '@assent/engine'
import { escapedText } from '../escaped-text.ts'
import { labelsToKeep } from '../labels.ts'
import { bigintArray, booleanArray, textArray } from './arrays.ts'

/** A batch as rows of a statement: one array for each column. */
export const GIVEN = `
  given AS MATERIALIZED (
    SELECT gid, expect, owner, write_id, status, mode, name, application, labels::jsonb AS labels, created_at,
      updated_at, due_at, ended_at, attention, content, state
    FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::boolean[], $15::text[], $16::text[])
      AS g(gid, expect, owner, write_id, status, mode, name, application, labels, created_at, updated_at, due_at,
        ended_at, attention, content, state))`

/** The values of GIVEN. */
export function valuesOf(batch: readonly TransactionWrite[]): Buffer[] {
  const texts = (text: (write: TransactionWrite) => string): Buffer =>
    textArray(batch.map((write) => escapedText(text(write))))
  const numbers = (number: (write: TransactionWrite) => number | null): Buffer =>
    bigintArray(batch.map(number))
  return [
    texts(({ gid }) => gid),
    numbers(({ expect }) => expect),
    textArray(batch.map(({ owner }) => (owner === null ? null : escapedText(owner)))),
    texts(({ writeId }) => writeId),
    texts(({ status }) => status),
    texts(({ mode }) => mode),
    texts(({ name }) => name),
    texts(({ application }) => application),
    textArray(batch.map(({ labels }) => labelsToKeep(labels))),
    numbers(({ createdAt }) => createdAt),
    numbers(({ updatedAt }) => updatedAt),
    numbers(({ dueAt }) => dueAt),
    numbers(({ endedAt }) => endedAt),
    booleanArray(batch.map(({ attention }) => attention)),
    texts(({ content }) => content),
    texts(({ state }) => state),
  ]
}
