import {
  AttemptSchema,
  AttentionSchema,
  BranchViewSchema,
  ErrorSchema,
  ProblemSchema,
  RefusalSchema,
  StandingSchema,
  TransactionSchema,
} from './transactions/answer-schemas.ts'
import { BranchSchema, OptionsSchema, RetrySchema } from './transactions/schemas.ts'

/** The wire, as JSON Schema: what doors validate, and what OpenAPI publishes. */
export * from './transactions/answer-schemas.ts'
export { AnyJson, closed, shared } from './transactions/field-schemas.ts'
export * from './transactions/schemas.ts'

/** Schemas that others refer to by name; a validator must know them before it compiles any other. */
export const SHARED_SCHEMAS = [
  RetrySchema,
  BranchSchema,
  OptionsSchema,
  ProblemSchema,
  ErrorSchema,
  RefusalSchema,
  StandingSchema,
  AttemptSchema,
  BranchViewSchema,
  AttentionSchema,
  TransactionSchema,
] as const
