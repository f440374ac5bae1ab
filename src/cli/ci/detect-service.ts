import { notAllowed } from '../invocation/not-allowed.ts'
import { azure } from './azure.ts'
import { buildkite } from './buildkite.ts'
import type { CiService } from './ci-service.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'

const services: readonly CiService[] = [github, gitlab, buildkite, azure]

/**
 * The CI service that TSBUILD_CI names, else the one whose runners set these variables. Undefined
 * for none. Throws `UsageError` where TSBUILD_CI names another.
 */
export function detectService(env: Readonly<Record<string, string | undefined>>): CiService | undefined {
  const name = env['TSBUILD_CI'] || 'auto'
  if (name === 'none') return undefined
  if (name === 'auto') return services.find(({ marker: [variable, value] }) => env[variable] === value)
  const service = services.find((candidate) => candidate.name === name)
  if (service === undefined)
    throw notAllowed('TSBUILD_CI', name, ['auto', ...services.map((known) => known.name), 'none'])
  return service
}
