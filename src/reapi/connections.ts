import { readFile } from 'node:fs/promises'
import type { Channel, Patience, ReapiActionCache, ReapiContent, ReapiEndpoint, ReapiExecution } from '@tsbuild/reapi'
import type { ReapiServer } from './server-options.ts'

/** The parts of a connected server. */
export interface ReapiConnection {
  readonly content: ReapiContent
  readonly results: ReapiActionCache
  readonly execution: ReapiExecution
}

/** Opens connections; each server has one for each patience. */
export interface ReapiConnections extends Disposable {
  open(server: ReapiServer, patience: Patience): Promise<ReapiConnection>
}

/** Connections that end with their disposal, or with the signal. */
export function reapiConnections(signal: AbortSignal): ReapiConnections {
  const known = new Map<string, Promise<ReapiConnection>>()
  const channels: Channel[] = []
  const connect = async (server: ReapiServer, patience: Patience): Promise<ReapiConnection> => {
    const { Channel, ReapiActionCache, ReapiContent, ReapiExecution } = await import('@tsbuild/reapi')
    const channel = new Channel(await readEndpoint(server), { patience, signal })
    channels.push(channel)
    return {
      content: new ReapiContent(channel),
      results: new ReapiActionCache(channel),
      execution: new ReapiExecution(channel),
    }
  }
  return {
    open: (server, patience) => {
      const name = JSON.stringify([server, patience])
      const connection = known.get(name) ?? connect(server, patience)
      known.set(name, connection)
      return connection
    },
    [Symbol.dispose]: () => {
      for (const channel of channels) channel[Symbol.dispose]()
    },
  }
}

async function readEndpoint({ ca, cert, key, ...server }: ReapiServer): Promise<ReapiEndpoint> {
  const files = await Promise.all(
    Object.entries({ ca, cert, key }).map(async ([name, path]) =>
      path === undefined ? [] : [[name, await readFile(path, 'utf8')] as const],
    ),
  )
  return { ...server, ...(files.some(({ length }) => length > 0) && { tls: Object.fromEntries(files.flat()) }) }
}
