import { resolve } from 'node:path'
import { isReapiUrl, type ReapiServer } from '../../../reapi/server-options.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import type { SpecFields } from '../specs/spec-fields.ts'

const headerPrefix = 'header.'

/** Directory for relative paths, and variables that values name. */
export interface Surroundings {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * A server of the Remote Execution API: the fields `url`, `instance`, `token-env`, `header.NAME`,
 * `ca`, `cert` and `key`. Throws `UsageError`.
 */
export function readReapiServer(fields: SpecFields, { cwd, env }: Surroundings): ReapiServer {
  const url = fields.text('url') ?? ''
  if (!isReapiUrl(url))
    throw new UsageError(`${fields.flag} needs url=grpc://HOST:PORT or url=grpcs://HOST:PORT, got "${url}"`)
  const instance = fields.text('instance')
  const headers = { ...readHeaders(fields), ...readToken(fields, env) }
  return {
    url,
    ...(instance !== undefined && { instance }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...readFiles(fields, cwd),
  }
}

/** `token-env=VARIABLE` is `authorization: Bearer …`: no secret is in the command line. */
function readToken(fields: SpecFields, env: Surroundings['env']): Readonly<Record<string, string>> {
  const variable = fields.text('token-env')
  if (variable === undefined) return {}
  const token = env[variable]
  if (token) return { authorization: `Bearer ${token}` }
  throw new UsageError(`${fields.flag} token-env=${variable}: the variable is not set`)
}

function readHeaders(fields: SpecFields): Readonly<Record<string, string>> {
  const names = fields.keys().filter((key) => key.startsWith(headerPrefix))
  return Object.fromEntries(
    names.map((name) => {
      const header = name.slice(headerPrefix.length)
      const value = fields.text(name) ?? ''
      if (/^[a-z0-9_.-]+$/.test(header) && !/[\r\n\0]/.test(value)) return [header, value]
      throw new UsageError(`invalid ${fields.flag} header "${header}"`)
    }),
  )
}

function readFiles(fields: SpecFields, cwd: string): Pick<ReapiServer, 'ca' | 'cert' | 'key'> {
  const paths = (['ca', 'cert', 'key'] as const).flatMap((name) => {
    const path = fields.text(name)
    return path ? [[name, resolve(cwd, path)] as const] : []
  })
  return Object.fromEntries(paths)
}
