import { join } from 'node:path'
import { expect, it } from 'vitest'
import { faultRun, runMaxMs } from './run.ts'
import { type FaultSettings, faultSettings } from './settings.ts'
import { verdict } from './verdict/verdict.ts'

/** What a short run meets is partly the machine's, so it is given a few. */
const RUNS_MAX = 3

const planted = (name: string): string => join(import.meta.dirname, 'planted', `${name}.ts`)
const SHORT: Partial<FaultSettings> = { faults: 1, restMs: 3_000 }

/** What is found in a system that lacks something: the verdict of the first run that shows it, or of the last. */
async function foundIn(settings: FaultSettings, sign: RegExp): Promise<string> {
  let found = ''
  for (let run = 1; run <= RUNS_MAX && !sign.test(found); run += 1) {
    const { evidence, remove } = await faultRun({ ...settings, seed: run })
    found = verdict(evidence).join('\n')
    remove()
  }
  return found
}

it.each<[missing: string, settings: FaultSettings, sign: RegExp]>([
  [
    'a payment service that forgets what it has done charges twice',
    faultSettings({ ...SHORT, scripts: { 'payment-service': planted('payment-service-that-forgets') } }),
    /^order \S+ was charged \d times$/m,
  ],
  [
    'an inventory service that looks first and writes then miscounts',
    faultSettings({
      ...SHORT,
      scripts: { 'inventory-service': planted('inventory-service-that-miscounts') },
    }),
    /^of \d+ of \S+ there are \d+ available and \d+ reserved|are reserved, by approved orders/m,
  ],
])(
  'a run finds that %s',
  { timeout: RUNS_MAX * runMaxMs(faultSettings(SHORT)) },
  async (_what, settings, sign) => {
    expect(await foundIn(settings, sign)).toMatch(sign)
  },
)
