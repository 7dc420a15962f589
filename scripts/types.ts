/** Checks the types: everything as it is, and what must run anywhere once more without a platform's types. */
import { runProgram } from './command.ts'

const PROJECTS = ['tsconfig.json', 'tsconfig.platform-free.json']

const codes: number[] = []
for (const project of PROJECTS) codes.push(await runProgram('tsc', ['--project', project]))
process.exitCode = Math.max(...codes)
