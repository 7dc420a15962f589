import type { Figure, Report, Table } from './finding.ts'

/** A report as a page. */
export function reportPage(report: Report): string {
  const { question, asks, settings, figures, tables, command, at, machine } = report
  return `# ${question}

${asks}

${table(figuresTable(figures))}

\`${command}\`, ${at.slice(0, 10)}, on ${machine.join(', ')}.${others(report)}

${settings.map((setting) => `- ${setting}`).join('\n')}

${tables.map((each) => `## ${each.title}\n\n${table(each)}`).join('\n\n')}
`
}

/** All figures of all questions on one page. */
export function summaryPage(reports: readonly Report[]): string {
  const rows = reports.flatMap((report) =>
    report.figures.map((figure) => [
      `[${report.question}](${report.question}.md)`,
      ...figureRow(figure),
      report.othersCores.toFixed(1),
    ]),
  )
  const summary = { title: '', head: ['question', ...FIGURE_HEAD, 'cores that other programs took'], rows }
  return `# What was measured

Written by \`npm run bench\`; each question's page says how, on what, and what every process spent.

${table(summary)}
`
}

/** What must be known before a figure is believed. */
function others({ othersCores }: Report): string {
  const others = othersCores > BUSY_CORES ? '**The machine was busy:** other' : 'Other'
  return ` ${others} programs took ${othersCores.toFixed(1)} cores meanwhile.`
}

const BUSY_CORES = 0.25

const FIGURE_HEAD = ['figure', 'measured', 'asked for', '']

function figuresTable(figures: readonly Figure[]): Table {
  return { title: '', head: FIGURE_HEAD, rows: figures.map(figureRow) }
}

function figureRow({ what, measured, target, met }: Figure): string[] {
  return [what, measured, target ?? '', met === undefined ? '' : met ? 'met' : '**missed**']
}

export function table({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
