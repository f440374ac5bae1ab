import { drain } from '../http.ts'
import type { Endpoint } from './endpoint.ts'

/** Cancels an unfinished upload (distribution-spec § Canceling an Upload). */
export function cancelUpload(location: string): Endpoint<void> {
  return {
    method: 'DELETE',
    path: location,
    actions: ['pull', 'push'],
    describe: 'cancel an upload to',
    expects: [200, 202, 204, 404],
    decode: async (response) => void (await drain(response)),
  }
}
