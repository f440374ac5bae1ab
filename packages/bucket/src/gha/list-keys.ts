import { BucketError, errorFrom } from '../store/bucket-error.ts'
import { readText, toHttp } from '@tsbuild/cloud'
import type { GhaOptions } from './gha-options.ts'

const pageSize = 100
/** Pages of each scope that are read; a cache has fewer layers. */
const maxPages = 30

/**
 * Sizes in bytes of the entries of these scopes whose keys begin with `prefix`, by key, from the
 * API of GitHub.
 */
export async function listKeys(
  { githubToken = '', repository, env, http }: GhaOptions,
  prefix: string,
  scopes: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const name = repository ?? env['GITHUB_REPOSITORY'] ?? ''
  if (!/^[\w.-]+\/[\w.-]+$/.test(name) || name.includes('..'))
    throw new BucketError('BUCKET_FAILED', 'no repository to list the caches of', {
      hint: 'set repository=OWNER/NAME or GITHUB_REPOSITORY',
    })
  const base = `${(env['GITHUB_API_URL'] || 'https://api.github.com').replace(/\/+$/, '')}/repos/${name}/actions/caches`
  const headers = { authorization: `Bearer ${githubToken}`, accept: 'application/vnd.github+json' }
  const keys = new Map<string, number>()
  const readScope = async (ref: string): Promise<void> => {
    for (let page = 1; page <= maxPages; page++) {
      const url = new URL(base)
      url.search = String(new URLSearchParams({ key: prefix, ref, per_page: String(pageSize), page: String(page) }))
      const response = await http.fetch(toHttp({ method: 'GET', url, headers, signal: http.signal }))
      if (response.status !== 200) throw await errorFrom(response, 'list the caches of the repository')
      const entries = decodePage(await readText(response))
      for (const [key, size] of entries) keys.set(key, size)
      if (entries.length < pageSize) return
    }
  }
  await Promise.all(scopes.map(readScope))
  return keys
}

function decodePage(text: string): readonly (readonly [key: string, size: number])[] {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('actions_caches' in value)) return []
  const entries: unknown = value.actions_caches
  return (Array.isArray(entries) ? entries.slice(0, pageSize) : []).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('key' in entry) || !('size_in_bytes' in entry)) return []
    return [[String(entry.key), Number(entry.size_in_bytes)] as const]
  })
}
