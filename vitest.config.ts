import { configDefaults, defineConfig } from 'vitest/config'

/** Tests are named by their cost; the costly ones wait until the cheap ones are through. */
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
          include: [ANY],
          exclude: [...EXCLUDED, INTEGRATION, E2E],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: [INTEGRATION],
          exclude: EXCLUDED,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
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
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
