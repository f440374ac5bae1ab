import type { Option } from 'commander'
import { isolationNames } from '../../option-words.ts'
import type { Isolation } from '../../option-values.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { notAllowed } from '../invocation/not-allowed.ts'
import { flag } from './declare-flag.ts'
import { UsageError } from '../invocation/usage-error.ts'

/** `--isolation` of every command that has it. */
export function isolationFlag(): Option {
  return flag(
    '--isolation <rung>',
    'isolation of RUN (default: $TSBUILD_ISOLATION, else the strongest that works)',
  ).argParser(parseIsolation)
}

/** Words of docker and buildah for the isolation that fits. */
const usual: ReadonlySet<string> = new Set(['default', 'rootless'])

/** A value of `--isolation`. Throws `UsageError` for an unknown name. */
function parseIsolation(text: string): string {
  if (usual.has(text)) return 'auto'
  if (isolationNames.some((name) => name === text)) return text
  throw notAllowed('--isolation', text, isolationNames)
}

/** The rung that the call or `TSBUILD_ISOLATION` names; undefined for the strongest that works. */
export function chooseIsolation(
  { isolation }: { readonly isolation?: string },
  env: Invocation['env'],
): Isolation | undefined {
  const wanted = isolation ?? (env['TSBUILD_ISOLATION'] || 'auto')
  const named = isolationNames.find((name) => name === wanted)
  if (named === undefined) {
    throw new UsageError(`invalid TSBUILD_ISOLATION "${wanted}": expected one of ${isolationNames.join(', ')}`, {
      hint: 'run tsbuild doctor to see which work here',
    })
  }
  return named === 'auto' ? undefined : named
}
