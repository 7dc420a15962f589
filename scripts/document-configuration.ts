/** Writes docs/configuration.md from the settings. */
import { configurationPage } from '@assent/server'
import { type GeneratedPage, writePage } from './generated-page.ts'

export const CONFIGURATION_PAGE: GeneratedPage = {
  path: 'docs/configuration.md',
  text: configurationPage(),
  command: 'node scripts/bootstrap.js scripts/document-configuration.ts',
}

if (import.meta.main) writePage(CONFIGURATION_PAGE)
