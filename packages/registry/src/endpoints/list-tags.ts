import { RegistryError } from '../errors.ts'
import { readBody } from '../http.ts'
import type { Endpoint } from './endpoint.ts'
import { nextPage } from './next-page.ts'

/** Some tags, in the registry's order, and where the next ones are. */
export interface TagPage {
  readonly tags: readonly string[]
  readonly next: string | undefined
}

const maxPage = 4 * 1024 * 1024

/**
 * Asks for one page of tags (distribution-spec § Listing Tags). `path` comes from `firstTagPage` or
 * the page before.
 */
export function listTags(path: string): Endpoint<TagPage> {
  return {
    method: 'GET',
    path,
    accept: ['application/json'],
    actions: ['pull'],
    describe: 'list tags of',
    expects: [200],
    decode: async (response) => ({ tags: parseTags(await readBody(response, maxPage)), next: nextPage(response) }),
  }
}

export function firstTagPage(repository: string, size: number): string {
  return `/v2/${repository}/tags/list?n=${size}`
}

function parseTags(bytes: Buffer): readonly string[] {
  let body: unknown
  try {
    body = JSON.parse(bytes.toString())
  } catch (cause) {
    throw new RegistryError('REGISTRY_PROTOCOL', 'the list of tags is not JSON', { cause })
  }
  // Registries written in Go answer null for an empty list.
  const tags: unknown = typeof body === 'object' && body !== null && 'tags' in body ? (body.tags ?? []) : undefined
  if (!Array.isArray(tags) || !tags.every(isTag))
    throw new RegistryError('REGISTRY_PROTOCOL', 'the list of tags is malformed')
  return tags
}

function isTag(value: unknown): value is string {
  return typeof value === 'string' && /^[\w][\w.-]{0,127}$/.test(value)
}
