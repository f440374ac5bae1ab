import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { categoryOfCode, type ErrorCategory, type ErrorCode, errorCodes } from '@tsbuild/errors'
import { exitCodes } from '../src/exit-codes.ts'
import { buildErrors } from './error-texts/builds.ts'
import { dockerfileErrors } from './error-texts/dockerfile.ts'
import { imageErrors } from './error-texts/images.ts'
import { networkErrors } from './error-texts/network.ts'

/** Cause and remedy of every code, with ` | ` between them: two cells of a table. */
const texts: Readonly<Record<ErrorCode, string>> = {
  ...dockerfileErrors,
  ...imageErrors,
  ...buildErrors,
  ...networkErrors,
}

const categories: Readonly<Record<ErrorCategory, string>> = {
  usage: 'The call is wrong: a flag, an option or the path of the context.',
  build: 'The build failed. An error of this category takes the category of its cause.',
  isolation: 'RUN cannot be isolated on this machine.',
  network: 'A registry, a git server, a web server or the network is at fault.',
  aborted: 'The caller ended the build.',
  internal: 'A fault of tsbuild.',
}

const opening = `# Errors

Every error has one of these codes. \`describeFailure\` and \`--progress=json\` print it as \`code\`; the
library exports the union as \`ErrorCode\`. The category decides the exit code. \`node
scripts/error-page.ts\` writes this page.
`

/** Path of the page. */
export const errorPagePath: string = join(import.meta.dirname, '../docs/errors.md')

/** Text of docs/errors.md: a table of codes for each category. */
export function formatErrorPage(): string {
  const names = Object.keys(categories) as readonly ErrorCategory[]
  return [opening, ...names.map(formatCategory)].join('\n')
}

function formatCategory(category: ErrorCategory): string {
  const codes = errorCodes.filter((code) => categoryOfCode(code) === category)
  const rows = codes.map((code) => `| \`${code}\` | ${texts[code]} |`)
  const heading = `## ${category}: exit code ${exitCodes[category]}\n\n${categories[category]}\n`
  return `${heading}\n| code | cause | remedy |\n|---|---|---|\n${rows.join('\n')}\n`
}

if (import.meta.main) writeFileSync(errorPagePath, formatErrorPage())
