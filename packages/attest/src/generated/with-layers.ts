import type { Digest } from '@tsbuild/oci'
import { type Path, rootedPath } from '@tsbuild/tree'
import { isObject, type JsonObject, readList, readText } from '../json.ts'
import type { Statement } from '../statement.ts'

/**
 * A bill of materials in which every file says the layer it is from, as a comment, where it has
 * none yet; `version` of tsbuild is among the creators then. What is no SPDX document in JSON comes
 * back as it is.
 */
export function withLayers(
  statement: Statement,
  version: string,
  layerOf: (path: Path) => Digest | undefined,
): Statement {
  const { predicate } = statement
  if (!isObject(predicate) || !isObject(predicate['creationInfo'])) return statement
  const { files, creationInfo } = predicate
  const commented = (file: unknown): unknown => (isObject(file) ? withLayer(file, layerOf) : file)
  return {
    ...statement,
    predicate: {
      ...predicate,
      creationInfo: { ...creationInfo, creators: [...readList(creationInfo['creators']), `Tool: tsbuild-${version}`] },
      ...(Array.isArray(files) && { files: files.map(commented) }),
    },
  }
}

function withLayer(file: JsonObject, layerOf: (path: Path) => Digest | undefined): JsonObject {
  const name = readText(file['fileName'])
  const layer = name === undefined || readText(file['comment']) !== undefined ? undefined : layerOf(rootedPath(name))
  return layer === undefined ? file : { ...file, comment: `layerID: ${layer}` }
}
