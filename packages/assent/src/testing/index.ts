/** How a store, a transport or a whole coordinator is proved; for whoever writes one, or runs many. */
export * from '@assent/testkit'
export * from '@assent/testkit/conformance/store'
export * from '@assent/testkit/conformance/transport'
