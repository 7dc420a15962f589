/** `npm run example order-saga`, and with a word behind it what else there is to be seen. */
const PROGRAMS: Readonly<Record<string, { about: string; run: () => Promise<unknown> }>> = {
  tour: {
    about: 'orders that end in each of the three ways, with what happened (as without a word)',
    run: () => import('./launch/tour.ts'),
  },
  serve: { about: 'keeps the services up, for curl', run: () => import('./launch/serve.ts') },
  tests: { about: 'the tests of this example', run: () => import('./launch/tests.ts') },
  soak: { about: 'orders under faults, as long as is asked for', run: () => import('../faults/soak.ts') },
}

const [word = 'tour'] = process.argv.slice(2)
const program = Object.hasOwn(PROGRAMS, word) ? PROGRAMS[word] : undefined
if (program === undefined) {
  const known = Object.entries(PROGRAMS).map(([name, { about }]) => `  ${name.padEnd(6)} ${about}`)
  console.error(`npm run example order-saga WORD, of which there are:\n${known.join('\n')}`)
  process.exitCode = 2
} else {
  await program.run()
}
