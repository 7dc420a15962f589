import { describe, expect, it } from 'vitest'
import { countOf, type VitestResult } from './test-count.ts'

function result(changes: Partial<VitestResult> = {}): VitestResult {
  return {
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] }],
    ...changes,
  }
}

describe('the count of the tests', () => {
  it('is what passed and what failed', () => {
    const failing = { name: 'a.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] }
    expect(countOf(result(), 0)).toEqual({ passed: 3, failed: 0, remarks: [] })
    expect(countOf(result({ numFailedTests: 1, testResults: [failing] }), 1)).toMatchObject({
      passed: 3,
      failed: 1,
    })
  })

  it('has a failure for each file that broke outside of its tests', () => {
    const broken = { name: 'a.test.ts', status: 'failed', assertionResults: [] }
    const count = countOf(result({ testResults: [broken, broken] }), 1)
    expect(count).toMatchObject({ passed: 3, failed: 2 })
  })

  it('is never a success when nothing ran', () => {
    expect(countOf(undefined, 0)).toMatchObject({ passed: 0, failed: 1 })
    expect(countOf(result({ numPassedTests: 0, testResults: [] }), 0)).toMatchObject({
      passed: 0,
      failed: 1,
    })
  })

  it('is a failure when the run failed though every test passed', () => {
    expect(countOf(result(), 1)).toMatchObject({ passed: 3, failed: 1 })
  })

  it('names what was skipped', () => {
    expect(countOf(result({ numPendingTests: 2, numTodoTests: 1 }), 0).remarks).toEqual(['3 skipped'])
  })
})
