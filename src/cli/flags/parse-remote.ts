import type { RemoteOptions } from '../../remote/remote-options.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseFields } from '../values/specs/csv.ts'
import { readReapiServer, type Surroundings } from '../values/servers/parse-reapi.ts'
import { SpecFields } from '../values/specs/spec-fields.ts'

/**
 * A `--remote` value: `grpc://HOST:PORT` alone, or the fields of a server with `timeout`, `jobs`,
 * `node` and `worker-store`. Throws `UsageError`.
 */
export function parseRemote(text: string, surroundings: Surroundings): RemoteOptions {
  const parsed = parseFields(text)
  const isUrl = parsed.length === 1 && parsed[0]?.value === undefined
  const fields = new SpecFields('--remote', text, isUrl ? [{ key: 'url', value: text }] : parsed)
  const [timeout, jobs] = [readNumber(fields, 'timeout'), readNumber(fields, 'jobs')]
  const [node, workerStore] = [fields.text('node'), fields.text('worker-store')]
  const server = readReapiServer(fields, surroundings)
  const [key] = fields.keys()
  if (key !== undefined) throw new UsageError(`unknown key "${key}" in --remote`)
  return {
    ...server,
    ...(timeout !== undefined && { timeout }),
    ...(jobs !== undefined && { jobs }),
    ...(node !== undefined && { node }),
    ...(workerStore !== undefined && { workerStore }),
  }
}

function readNumber(fields: SpecFields, key: string): number | undefined {
  const text = fields.text(key)
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UsageError(`invalid --remote ${key} "${text}": expected a number from 1 to 999999`)
}
