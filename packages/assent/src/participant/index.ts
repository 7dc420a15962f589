/** What a called service holds: the barrier, and handlers for its calls. */
export * from '@assent/participant'
