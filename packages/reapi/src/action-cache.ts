import { create } from '@bufbuild/protobuf'
import { type Client, Code, ConnectError } from '@connectrpc/connect'
import type { Channel } from './channel.ts'
import { type Named, toWire } from './digest.ts'
import { ActionCache, type ActionResult, ActionResultSchema } from './generated/remote_execution_pb.ts'

/** A file that an action made. */
export interface OutputFile extends Named {
  readonly path: string
}

/** Results of actions that a server remembers. */
export class ReapiActionCache {
  readonly #channel: Channel
  readonly #client: Client<typeof ActionCache>

  constructor(channel: Channel) {
    this.#channel = channel
    this.#client = channel.client(ActionCache)
  }

  /**
   * Result of an action; undefined if the server has none. `inline` names small files whose
   * contents the server may send with it.
   */
  async get(
    action: Named,
    { inline = [], signal }: { readonly inline?: readonly string[]; readonly signal?: AbortSignal } = {},
  ): Promise<ActionResult | undefined> {
    const request = { ...this.#instance(), actionDigest: toWire(action), inlineOutputFiles: [...inline] }
    return this.#channel.call(
      'read an action result',
      async (options) => {
        try {
          return await this.#client.getActionResult(request, options)
        } catch (error) {
          if (error instanceof ConnectError && error.code === Code.NotFound) return undefined
          throw error
        }
      },
      signal,
    )
  }

  /** Remembers these files as the result of an action; all content it names is stored already. */
  async put(action: Named, files: readonly OutputFile[], signal?: AbortSignal): Promise<void> {
    const actionResult = create(ActionResultSchema, {
      outputFiles: files.map((file) => ({ path: file.path, digest: toWire(file) })),
      executionMetadata: { worker: 'tsbuild' },
    })
    await this.#channel.call(
      'store an action result',
      (options) =>
        this.#client.updateActionResult({ ...this.#instance(), actionDigest: toWire(action), actionResult }, options),
      signal,
    )
  }

  #instance(): { readonly instanceName: string } {
    return { instanceName: this.#channel.endpoint.instance ?? '' }
  }
}
