/**
 * How an application's transactions are rehearsed and tested, and how a store, a transport or a whole coordinator is
 * proved, for whoever writes one.
 */
export * from '@assent/testkit'
export * from '@assent/testkit/broker'
export * from '@assent/testkit/conformance/broker'
export * from '@assent/testkit/conformance/store'
export * from '@assent/testkit/conformance/transport'
