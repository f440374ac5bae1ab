import { once } from 'node:events'
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'
import { digestOf } from '@tsbuild/oci'
import { keyOfDigest } from '../digest.ts'
import type { ByteStream } from '../generated/bytestream_pb.ts'
import { type Fault, faultOf, type LiveLog, type ServerState } from './faults.ts'
import { corrupt } from './storage.ts'

const chunkSize = 64 * 1024

/** Streams of content; a half-written one can be continued. */
export function byteStreams({ blobs, logs }: ServerState): ServiceImpl<typeof ByteStream> {
  const partial = new Map<string, { chunks: Uint8Array[]; size: number }>()
  return {
    async *read({ resourceName, readOffset }, { requestHeader }) {
      const log = logs.get(resourceName)
      if (log !== undefined) return yield* follow(log, Number(readOffset), faultOf(requestHeader))
      const stored = blobs.get(nameOf(resourceName))
      if (stored === undefined) throw new ConnectError('no such content', Code.NotFound)
      const fault = faultOf(requestHeader)
      const bytes = fault?.kind === 'corrupt' ? corrupt(stored) : Uint8Array.from(stored)
      let sent = 0
      for (let at = Number(readOffset); at < bytes.length; at += chunkSize) {
        if (fault?.kind === 'break' && sent >= fault.after) throw new ConnectError('broken', Code.Unavailable)
        const data = bytes.subarray(at, at + chunkSize)
        sent += data.length
        yield { data }
      }
    },
    async write(requests, { requestHeader }) {
      const fault = faultOf(requestHeader)
      let name = ''
      let received = 0
      for await (const { resourceName, writeOffset, finishWrite, data } of requests) {
        name = resourceName || name
        if (blobs.has(nameOf(name))) return { committedSize: BigInt(sizeOf(name)) }
        const known = partial.get(name) ?? { chunks: [], size: 0 }
        if (Number(writeOffset) !== known.size) throw new ConnectError('wrong offset', Code.InvalidArgument)
        partial.set(name, known)
        known.chunks.push(data)
        known.size += data.length
        received += data.length
        if (fault?.kind === 'break' && received >= fault.after) throw new ConnectError('broken', Code.Unavailable)
        if (finishWrite) break
      }
      const bytes = Buffer.concat(partial.get(name)?.chunks ?? [])
      if (keyOfDigest({ digest: digestOf(bytes), size: bytes.length }) !== nameOf(name))
        throw new ConnectError('wrong digest', Code.InvalidArgument)
      blobs.set(nameOf(name), bytes)
      return { committedSize: BigInt(bytes.length) }
    },
    queryWriteStatus: ({ resourceName }) => {
      const known = partial.get(resourceName)
      if (known === undefined) throw new ConnectError('unknown', Code.NotFound)
      return { committedSize: BigInt(known.size), complete: blobs.has(nameOf(resourceName)) }
    },
  }
}

/** The output of an action, until it ends. */
async function* follow(log: LiveLog, offset: number, fault: Fault | undefined): AsyncGenerator<{ data: Uint8Array }> {
  for (let at = offset; ; ) {
    const data = Uint8Array.from(log.bytes.subarray(at))
    at += data.length
    if (data.length > 0) yield { data }
    if (fault?.kind === 'break' && at > offset) throw new ConnectError('broken', Code.Unavailable)
    if (log.isEnded) return
    if (at === log.bytes.length) await once(log.news, 'news')
  }
}

/** `[uploads/UUID/]blobs/HASH/SIZE` as key of content. */
function nameOf(resource: string): string {
  const [, hash = '', size = ''] = /(?:^|\/)blobs\/([0-9a-f]{64})\/(\d+)$/.exec(resource) ?? []
  return `sha256:${hash}/${size}`
}

function sizeOf(resource: string): number {
  return Number(resource.slice(resource.lastIndexOf('/') + 1))
}
