import { randomUUID } from 'node:crypto'
import type { CiService } from './ci-service.ts'

/**
 * GitHub Actions, and the services that speak its commands (Gitea, Forgejo).
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export const github: CiService = {
  name: 'github',
  marker: ['GITHUB_ACTIONS', 'true'],
  checkout: 'GITHUB_WORKSPACE',
  files: {
    summary: 'GITHUB_STEP_SUMMARY',
    outputs: 'GITHUB_OUTPUT',
    // The mark of the end must not be in the value.
    encode: (name, value) => {
      const end = `end_${randomUUID()}`
      return `${name}<<${end}\n${value}\n${end}\n`
    },
  },
  open: ({ title }) => `::group::${escapeData(title)}`,
  close: () => '::endgroup::',
  annotate: ({ level, message, ...place }) => {
    const { file, line, column: col } = place
    const properties = Object.entries({ file, line, col }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`],
    )
    return `::${level}${properties.length === 0 ? '' : ` ${properties.join(',')}`}::${escapeData(message)}`
  },
  mask: (text) => `::add-mask::${escapeData(text)}`,
  // The older form of a command counts anywhere in a line, the present one at its start.
  disarm: (line) => line.replaceAll('##[', '## [').replace(/^(\s*):(?=:)/, '$1: '),
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
