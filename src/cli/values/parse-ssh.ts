import { parseCsv } from './specs/csv.ts'
import { UsageError } from '../invocation/usage-error.ts'

/**
 * Value of `--ssh`: `default`, or `id=path[,path]` with an agent socket or private key files. An id
 * without paths means the agent of `SSH_AUTH_SOCK`; throws `UsageError` when that is not set.
 */
export function parseSsh(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly [id: string, paths: readonly string[]] {
  const equals = text.indexOf('=')
  const id = equals < 0 ? text : text.slice(0, equals)
  if (id === '') throw new UsageError(`invalid --ssh "${text}": expected "default" or id=path[,path]`)
  const paths = equals < 0 ? [] : parseCsv(text.slice(equals + 1)).filter((path) => path !== '')
  if (paths.length > 0) return [id, paths]
  const socket = env['SSH_AUTH_SOCK']
  if (!socket) {
    throw new UsageError(`--ssh ${id} needs an SSH agent, but SSH_AUTH_SOCK is not set`, {
      hint: `start one (eval "$(ssh-agent)"; ssh-add) or name a key: --ssh ${id}=$HOME/.ssh/id_ed25519`,
    })
  }
  return [id, [socket]]
}
