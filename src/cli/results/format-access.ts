import type { AccessRecord } from '@tsbuild/distribution-server'
import { safeJson, safeText } from '../render/safe-text.ts'
import { formatBytes } from '../../units.ts'

/** One line of the access log of a registry: for people, or a JSON object. */
export function formatAccess(record: AccessRecord, mode: 'plain' | 'json'): string {
  if (mode === 'json') return safeJson(record)
  const { time, client, user = '-', method, target, status, received, sent, duration, agent = '-', error } = record
  const bytes = received > 0 ? `${formatBytes(received)} in` : `${formatBytes(sent)} out`
  const words = [
    time,
    client,
    user,
    method,
    target.slice(0, 500),
    status === 0 ? 'broken' : status,
    bytes,
    `${duration}ms`,
    agent,
  ]
  return safeText(`${words.join(' ')}${error === undefined ? '' : `: ${error}`}`)
}
