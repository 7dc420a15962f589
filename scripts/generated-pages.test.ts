import { describe, expect, it } from 'vitest'
import { CONFIGURATION_PAGE } from './document-configuration.ts'
import { ERRORS_PAGE } from './document-errors.ts'
import { isStale } from './generated-page.ts'

describe('a generated page', () => {
  it.each([CONFIGURATION_PAGE, ERRORS_PAGE])('says what the code says: $path', (page) => {
    expect(isStale(page), `run ${page.command}`).toBe(false)
  })

  it('is stale as soon as the code says something else', () => {
    expect(isStale({ ...ERRORS_PAGE, text: `${ERRORS_PAGE.text}\n## NEW\n` })).toBe(true)
    expect(isStale({ ...ERRORS_PAGE, path: 'docs/not-there.md' })).toBe(true)
  })
})
