/** What an application holds that speaks to an Assent server: no engine, no store, no drivers. */
export * from '@assent/client'
