import { configDefaults, defineConfig } from 'vitest/config'

/**
 * Tests are named by their cost, and the costly ones wait until the cheap ones are through. The order starts at 1,
 * because on a machine with few cores vitest puts what has order 0 at the end.
 */
const INTEGRATION = '{packages,examples,bench,scripts}/**/*.integration.test.ts'
const E2E = '{packages,examples,bench,scripts}/**/*.e2e.test.ts'
const ANY = '{packages,examples,bench,scripts}/**/*.test.ts'
const EXCLUDED = [...configDefaults.exclude, '**/dist/**']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          maxWorkers: '100%',
          // Far more than any needs: a busy machine is no failure.
          testTimeout: 30_000,
          include: [ANY],
          exclude: [...EXCLUDED, INTEGRATION, E2E],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration',
          maxWorkers: '100%',
          include: [INTEGRATION],
          exclude: EXCLUDED,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: [E2E],
          exclude: EXCLUDED,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Whole processes, installs and power cuts: two at once would only measure each other.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
