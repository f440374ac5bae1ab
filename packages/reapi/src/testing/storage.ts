import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'
import { digestOf } from '@tsbuild/oci'
import { fromWire, keyOfDigest, toWire } from '../digest.ts'
import {
  type ActionCache,
  type ActionResult,
  ActionResultSchema,
  type ContentAddressableStorage,
} from '../generated/remote_execution_pb.ts'
import { faultOf, type ServerState } from './faults.ts'

/** Content in memory, verified as it arrives. */
export function contentStorage({ blobs }: ServerState): ServiceImpl<typeof ContentAddressableStorage> {
  return {
    findMissingBlobs: ({ blobDigests }) => ({
      missingBlobDigests: blobDigests.filter((digest) => !blobs.has(keyOfDigest(fromWire(digest)))),
    }),
    batchUpdateBlobs: ({ requests }) => ({
      responses: requests.map(({ digest, data }) => {
        const named = fromWire(digest)
        if (digestOf(data) !== named.digest || data.length !== named.size)
          return { digest: toWire(named), status: { code: Code.InvalidArgument, message: 'wrong digest' } }
        blobs.set(keyOfDigest(named), data)
        return { digest: toWire(named), status: { code: 0, message: '' } }
      }),
    }),
    batchReadBlobs: ({ digests }, { requestHeader }) => ({
      responses: digests.map((digest) => {
        const data = blobs.get(keyOfDigest(fromWire(digest)))
        if (data === undefined) return { digest, status: { code: Code.NotFound, message: 'missing' } }
        return { digest, data: faultOf(requestHeader)?.kind === 'corrupt' ? corrupt(data) : data }
      }),
    }),
  }
}

/** Results of actions; one that names missing content does not exist. */
export function actionCache({ blobs, results }: ServerState): ServiceImpl<typeof ActionCache> {
  return {
    getActionResult: ({ actionDigest, inlineOutputFiles }, { requestHeader }) => {
      const bytes = results.get(keyOfDigest(fromWire(actionDigest)))
      const result = bytes && fromBinary(ActionResultSchema, bytes)
      if (result === undefined || !isComplete(result, blobs)) throw new ConnectError('no result', Code.NotFound)
      for (const file of result.outputFiles) {
        const content = blobs.get(keyOfDigest(fromWire(file.digest)))
        if (content !== undefined && inlineOutputFiles.includes(file.path))
          file.contents = Uint8Array.from(faultOf(requestHeader)?.kind === 'corrupt' ? corrupt(content) : content)
      }
      return result
    },
    updateActionResult: ({ actionDigest, actionResult }) => {
      const named = fromWire(actionDigest)
      if (actionResult === undefined) throw new ConnectError('no result', Code.InvalidArgument)
      if (!blobs.has(keyOfDigest(named))) throw new ConnectError('the action is missing', Code.FailedPrecondition)
      results.set(keyOfDigest(named), toBinary(ActionResultSchema, actionResult))
      return actionResult
    },
  }
}

function isComplete({ outputFiles }: ActionResult, blobs: ServerState['blobs']): boolean {
  return outputFiles.every(({ digest }) => digest?.sizeBytes === 0n || blobs.has(keyOfDigest(fromWire(digest))))
}

export function corrupt(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes)
  copy[0] = (copy[0] ?? 0) ^ 0xff
  return copy
}
