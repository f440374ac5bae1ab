import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { BuildOptions } from '../../options.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseRetry } from '../values/parse-retry.ts'
import type { BuildFlags } from './build-flags.ts'

type ImageOptions = Pick<
  BuildOptions,
  'squash' | 'imageEnv' | 'unsetEnv' | 'unsetLabels' | 'omitHistory' | 'ignoreFile' | 'pull' | 'jobs' | 'retry'
>

/** Options that podman and buildah have and docker has not. Throws `UsageError`. */
export function readImageOptions(
  flags: BuildFlags,
  { env, cwd }: Pick<Invocation, 'env' | 'cwd'>,
): ImageOptions & Required<Pick<ImageOptions, 'pull'>> {
  const retry = parseRetry(flags)
  const jobs = flags.jobs === undefined ? 0 : readNumber('--jobs', flags.jobs)
  const unsetEnv = flags.unsetenv.flatMap((text) => text.split(','))
  const unsetLabels = flags.unsetlabel.flatMap((text) => text.split(','))
  const squash = flags.squashAll === true ? 'all' : flags.squash === true ? 'new' : undefined
  return {
    ...(squash !== undefined && { squash }),
    ...(flags.env.length !== 0 && { imageEnv: readVariables(flags.env, env) }),
    ...(unsetEnv.length !== 0 && { unsetEnv }),
    ...(unsetLabels.length !== 0 && { unsetLabels }),
    ...(flags.omitHistory === true && { omitHistory: true }),
    ...(flags.ignorefile !== undefined && { ignoreFile: resolve(cwd, flags.ignorefile) }),
    pull: flags['pull=never'] === true ? 'never' : (flags.pull ?? false),
    ...(jobs !== 0 && { jobs }),
    ...(retry && { retry }),
  }
}

/** `NAME=VALUE` lines of `--build-arg-file`, as arguments of `--build-arg`. */
export async function readArgFiles(files: readonly string[], cwd: string): Promise<readonly string[]> {
  const texts = await Promise.all(
    files.map((file) =>
      readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
        throw new UsageError(`cannot read --build-arg-file "${file}"`, { cause: error })
      }),
    ),
  )
  return texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** `NAME=VALUE`; a bare name has the value of the environment, or none where that has none. */
function readVariables(texts: readonly string[], env: Invocation['env']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name = ''] = text.split('=', 1)
      if (name === '') throw new UsageError(`invalid --env "${text}": expected NAME=value or NAME`)
      return [name, text === name ? (env[name] ?? '') : text.slice(name.length + 1)]
    }),
  )
}

function readNumber(flag: string, text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new UsageError(`invalid ${flag} "${text}": expected a number from 0 to 9999`)
  return Number(text)
}
