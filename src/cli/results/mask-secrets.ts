import { readFile, stat } from 'node:fs/promises'
import type { SecretSource } from '../../option-values.ts'
import { detectService } from '../ci/detect-service.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseBoolean } from '../values/parse-boolean.ts'

const variable = 'TSBUILD_CI_MASK'
/** Shorter lines are parts of many words: the log would be unreadable. */
const shortest = 4
/** Bytes of a secret; larger ones are refused when a step needs them. */
const largest = 500 << 10

/**
 * Asks the CI service to hide the secrets of a build in its log, line by line, if TSBUILD_CI_MASK
 * is true. The request itself holds the secret: a service removes it from the page, but a copy of
 * standard error keeps it. So it is off by default. Throws `UsageError` where a service has no such
 * request.
 */
export async function maskSecrets(
  secrets: Readonly<Record<string, SecretSource>>,
  { env, stderr }: Pick<Invocation, 'env' | 'stderr'>,
): Promise<void> {
  const wanted = env[variable]
  if (!wanted || !parseBoolean(variable, wanted)) return
  const service = detectService(env)
  if (service?.mask === undefined)
    throw new UsageError(`${variable} needs GitHub Actions or Azure Pipelines`, {
      hint: `leave ${variable} out; GitLab and Buildkite mask variables by their settings`,
    })
  const values = await Promise.all(Object.values(secrets).map((source) => readSecret(source, env)))
  const lines = new Set(values.flatMap((value) => value.split(/\r?\n/)).filter(({ length }) => length >= shortest))
  for (const line of lines) stderr.write(`${service.mask(line)}\n`)
}

/** Empty for a secret that is missing, and for a pipe, which only the step may read. */
async function readSecret(source: SecretSource, env: Invocation['env']): Promise<string> {
  if ('value' in source) return Buffer.from(source.value).toString('utf8')
  if ('env' in source) return env[source.env] ?? ''
  const found = await stat(source.file).catch(() => undefined)
  const isReadable = found?.isFile() === true && found.size <= largest
  return isReadable ? await readFile(source.file, 'utf8').catch(() => '') : ''
}
