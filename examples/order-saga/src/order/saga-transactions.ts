/**
 * The coordinator's transactions as rows of sagas, for people and for whoever reads the table of that name. It shows what
 * is durable: where a saga stands may lag behind what has happened, and one that ended a week ago is gone.
 *
 * `current_step` counts from 0: the step that is under way or has failed, or how many there are when all are done.
 */
export const SAGA_TRANSACTIONS = `
  CREATE VIEW saga_transactions AS
  SELECT
    kept.gid::uuid AS id,
    steps.steps,
    (coalesce(steps.failed, steps.open, steps.count + 1) - 1)::integer AS current_step,
    CASE
      WHEN kept.status = 'COMMITTED' THEN 'Completed'
      WHEN kept.status = 'ABORTED' THEN 'Compensated'
      WHEN kept.status = 'ABORTING' THEN 'Compensating'
      WHEN steps.open = 1 THEN 'Started'
      ELSE 'InProgress'
    END AS status,
    jsonb_strip_nulls(jsonb_build_object(
      'order_data', saga -> 'payload',
      'failed_step', saga -> 'failedBranch',
      'reason', saga -> 'reason',
      'error', saga -> 'refusal' -> 'message'
    )) AS context,
    to_timestamp(kept.created_at / 1000.0) AS created_at,
    to_timestamp(kept.updated_at / 1000.0) AS updated_at
  FROM assent.transactions AS kept
  CROSS JOIN LATERAL (SELECT kept.state::jsonb -> 'transaction' AS saga) AS states
  CROSS JOIN LATERAL (
    SELECT
      jsonb_agg(jsonb_build_object(
        'step', branch -> 'request' -> 'branchId',
        'topic', split_part(split_part(branch -> 'request' ->> 'action', '/', 1), ':', 2),
        'command_type', split_part(branch -> 'request' ->> 'action', '/', 2),
        'compensation_type', split_part(branch -> 'request' ->> 'compensate', '/', 2),
        'status', branch -> 'status',
        'attempts', coalesce(branch -> 'attemptCount', '0')
      ) ORDER BY position) AS steps,
      count(*) AS count,
      min(position) FILTER (WHERE branch ->> 'status' NOT IN ('SUCCEED', 'CONFIRMED')) AS open,
      min(position) FILTER (WHERE branch -> 'request' -> 'branchId' = saga -> 'failedBranch') AS failed
    FROM jsonb_array_elements(saga -> 'branches') WITH ORDINALITY AS listed (branch, position)
  ) AS steps
  WHERE kept.name = 'order'`
