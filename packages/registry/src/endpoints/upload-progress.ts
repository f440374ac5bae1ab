import { drain, type HttpResponse } from '../http.ts'
import type { Endpoint } from './endpoint.ts'
import { uploadLocation } from './start-upload.ts'

/** State of an upload: where its next bytes go, and how many a registry has. */
export interface UploadProgress {
  readonly location: string
  /** Bytes; undefined when the registry left it out. */
  readonly received: number | undefined
}

/**
 * Asks how much of an upload has arrived (distribution-spec § Pushing a blob in chunks). Undefined
 * for an upload that the registry has forgotten.
 */
export function readProgress(location: string): Endpoint<UploadProgress | undefined> {
  return {
    method: 'GET',
    path: location,
    actions: ['pull', 'push'],
    describe: 'continue an upload to',
    expects: [200, 202, 204, 404],
    decode: async (response) => {
      if (response.status !== 404) return uploadProgress(response)
      await drain(response)
      return undefined
    },
  }
}

/** Reads the `Location` and `Range` headers of an answer about an upload. */
export async function uploadProgress(response: HttpResponse): Promise<UploadProgress> {
  const location = await uploadLocation(response)
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers.get('range') ?? '')?.[1]
  // Some registries say 0-0 for an empty upload. One that has a single byte refuses it a second
  // time, and the upload begins anew.
  const received = last === undefined ? undefined : last === '0' ? 0 : Number(last) + 1
  return { location, received }
}
