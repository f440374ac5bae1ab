import { drain } from '../http.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Asks whether a registry speaks the API and takes our credentials (distribution-spec § Determining
 * Support).
 */
export function ping(): Endpoint<void> {
  return {
    method: 'GET',
    path: '/v2/',
    actions: [],
    describe: 'ask',
    expects: [200],
    decode: async (response) => void (await drain(response)),
  }
}
