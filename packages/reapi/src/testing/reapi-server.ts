import { createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import type { ConnectRouter } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { ByteStream } from '../generated/bytestream_pb.ts'
import { Operations } from '../generated/longrunning_pb.ts'
import { blobOf, keyOfDigest, toWire } from '../digest.ts'
import {
  ActionCache,
  ActionResultSchema,
  Capabilities,
  ContentAddressableStorage,
  Execution,
} from '../generated/remote_execution_pb.ts'
import { byteStreams } from './byte-streams.ts'
import { faulty, type ServerState } from './faults.ts'
import { actionCache, contentStorage } from './storage.ts'
import { executions, type Workers } from './workers.ts'

export type { Fault } from './faults.ts'

/** A server of the Remote Execution API in this process, with workers that run real commands. */
export interface ReapiTestServer extends ServerState, AsyncDisposable {
  readonly url: string
  readonly workers: Workers
  /** Breaks all connections that are open. */
  breakConnections(): void
  /** From now on every file of every remembered result has this content. */
  replaceOutputs(bytes: Uint8Array): void
}

export interface ReapiServerOptions {
  /** Actions that run at the same time. Default: 4. */
  readonly slots?: number
  /** Calls at the same time on one connection. Default: any number. */
  readonly calls?: number
}

/**
 * Starts a server on a free port of loopback. It verifies digests, answers for the instance without
 * a name, executes equal actions once, and remembers those that ended with 0.
 */
export async function startReapiServer({ slots = 4, calls }: ReapiServerOptions = {}): Promise<ReapiTestServer> {
  const state: ServerState = {
    blobs: new Map(),
    results: new Map(),
    logs: new Map(),
    calls: new Map(),
    fault: () => undefined,
    remembersFailures: false,
    streamsLogs: true,
    headers: new Headers(),
  }
  const { service, operations, workers } = executions(state, slots)
  const routes = (router: ConnectRouter): void => {
    router.service(ContentAddressableStorage, contentStorage(state))
    router.service(ActionCache, actionCache(state))
    router.service(ByteStream, byteStreams(state))
    router.service(Execution, service)
    router.service(Operations, operations)
    router.service(Capabilities, {
      getCapabilities: () => ({
        cacheCapabilities: { digestFunctions: [1], actionCacheUpdateCapabilities: { updateEnabled: true } },
        executionCapabilities: { digestFunction: 1, execEnabled: true },
      }),
    })
  }
  const sessions = new Set<{ destroy(): void }>()
  const server = createServer(
    calls === undefined ? {} : { settings: { maxConcurrentStreams: calls } },
    connectNodeAdapter({ routes, readMaxBytes: 5 * 1024 * 1024, interceptors: [faulty(state)] }),
  )
  server.on('session', (session) => sessions.add(session))
  await listen(server)
  const { port } = server.address() as AddressInfo
  return Object.assign(state, {
    url: `grpc://127.0.0.1:${port}`,
    workers,
    replaceOutputs: (bytes: Uint8Array) => replaceOutputs(state, bytes),
    breakConnections: () => {
      for (const session of sessions) session.destroy()
      sessions.clear()
    },
    [Symbol.asyncDispose]: async () => {
      workers.kill()
      for (const session of sessions) session.destroy()
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      await promise
    },
  })
}

async function listen(server: Http2Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', resolve)
  await promise
}

function replaceOutputs({ blobs, results }: ServerState, bytes: Uint8Array): void {
  const blob = blobOf(bytes)
  blobs.set(keyOfDigest(blob), bytes)
  for (const [key, remembered] of results) {
    const result = fromBinary(ActionResultSchema, remembered)
    const outputFiles = result.outputFiles.map((file) => ({ ...file, digest: toWire(blob), contents: Buffer.alloc(0) }))
    results.set(key, toBinary(ActionResultSchema, { ...result, outputFiles }))
  }
}
