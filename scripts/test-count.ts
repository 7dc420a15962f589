/** How many tests passed and failed, where whatever else went wrong with the run counts as a failure too. */

/** The part of vitest's JSON report that is read here. */
export type VitestResult = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[]
}

export type TestCount = { passed: number; failed: number; remarks: string[] }

export function countOf(result: VitestResult | undefined, exitCode: number): TestCount {
  if (!result) return { passed: 0, failed: 1, remarks: ['The test run ended without a result.'] }
  const remarks: string[] = []

  // A file that can't be loaded, or whose hooks fail, has no failed test of its own to be counted.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  for (const file of brokenFiles) remarks.push(`Failed outside of its tests: ${file.name}`)

  const passed = result.numPassedTests
  let failed = result.numFailedTests + brokenFiles.length
  const skipped = result.numPendingTests + result.numTodoTests
  if (skipped > 0) remarks.push(`${skipped} skipped`)
  if (failed === 0 && passed === 0) {
    failed = 1
    remarks.push('No test ran, which counts as a failure.')
  } else if (failed === 0 && exitCode !== 0) {
    failed = 1
    remarks.push('Every test passed, yet the run failed: see the errors above.')
  }
  return { passed, failed, remarks }
}
