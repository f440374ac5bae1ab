import { RegistryError } from '../errors.ts'
import { drain, type HttpResponse } from '../http.ts'
import type { Endpoint } from './endpoint.ts'

/** An upload that a registry has opened. */
export interface StartedUpload {
  readonly location: string
  /** Times that the request was sent. */
  readonly attempts: number
}

/**
 * Begins a blob upload (distribution-spec § Starting An Upload). Answers where to send the bytes.
 * `attempts` bounds the requests.
 */
export function startUpload(repository: string, attempts: number): Endpoint<StartedUpload> {
  return {
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/`,
    actions: ['pull', 'push'],
    describe: 'start an upload to',
    attempts,
    expects: [202],
    decode: async (response) => ({ location: await uploadLocation(response), attempts: response.attempts ?? 1 }),
  }
}

/** The URL a registry wants the bytes at, absolute. */
export async function uploadLocation(response: HttpResponse): Promise<string> {
  await drain(response)
  const location = response.headers.get('location')
  if (location === null || !URL.canParse(location, response.url.href)) {
    throw new RegistryError('REGISTRY_PROTOCOL', 'the registry named no place to upload to', {
      status: response.status,
    })
  }
  return new URL(location, response.url).href
}
