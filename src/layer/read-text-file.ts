import { resolvePath, type TreeView } from '@tsbuild/tree'

const maximumSize = 8 << 20

/**
 * Text of a file in a tree, symlinks followed inside it. Undefined if it is missing or larger than
 * 8 MiB.
 */
export async function readTextFile(view: TreeView, path: string): Promise<string | undefined> {
  const entry = view.get(resolvePath(view, path, { followLast: true }))
  if (entry?.type !== 'file' || entry.content.size > maximumSize) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of entry.content.open()) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
