import assert from 'node:assert/strict'
import { AssentError, ERRORS, isAssentError } from '@assent/contract'

assert.ok(Object.keys(ERRORS).length > 0)
assert.equal(isAssentError(new Error('of another kind')), false)
assert.equal(AssentError.prototype instanceof Error, true)
