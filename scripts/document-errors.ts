/** Writes docs/errors.md from the error table. */
import { ERRORS } from '@assent/contract'
import { type GeneratedPage, writePage } from './generated-page.ts'

const INTRODUCTION = `# Errors

<!-- Generated from packages/contract/src/errors.ts by scripts/document-errors.ts. -->

Every error has one shape, whichever way it comes:

\`\`\`json
{
  "error": "Invalid request",
  "code": "INVALID_REQUEST",
  "message": "branches[0].actoin is not known; did you mean action?",
  "details": [{ "path": "branches[0].actoin", "problem": "is not known; did you mean action?" }],
  "help": "/errors/INVALID_REQUEST"
}
\`\`\`

Recognise an error by \`code\`; \`error\` is the code's fixed title, \`message\` says what is wrong in this case and
what to do, \`details\` is a list of problems or the code's own fields, and \`help\` leads to the row below on the
server that answered. Over JSON-RPC the same stands in \`error.data\`; in a process it is an \`AssentError\`.

A 503, a 500 or no answer at all means *unknown*: it may have happened or not. Repeat the request with the same
gid, which is always harmless. Any other error has changed nothing, but for \`BRANCH_REFUSED\`, which keeps
the refusal.
`

export const ERRORS_PAGE: GeneratedPage = {
  path: 'docs/errors.md',
  text: `${INTRODUCTION}${Object.entries(ERRORS)
    .map(
      ([code, { http, grpc, title, meaning, remedy }]) =>
        `\n## ${code}\n\n${title} · HTTP ${http} · gRPC ${grpc}\n\n${meaning}\n\n${remedy}\n`,
    )
    .join('')}`,
  command: 'node scripts/bootstrap.js scripts/document-errors.ts',
}

if (import.meta.main) writePage(ERRORS_PAGE)
