import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Path in a test's context: text of a file (mode 0644), or more. */
export type TreeNode =
  | string
  | Uint8Array
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly directory: number }

/**
 * Modification time of everything `writeTree` makes, seconds: fixed, so that layers made of it are.
 */
export const treeTime = 1_600_000_000

/**
 * Makes files, links and directories (`{ directory: mode }`; parents get 0755 with any umask) below
 * `root`.
 */
export async function writeTree(root: string, nodes: Readonly<Record<string, TreeNode>>): Promise<void> {
  await mkdir(root, { recursive: true })
  for (const [path, node] of Object.entries(nodes)) {
    await makeParents(root, path)
    const full = join(root, path)
    if (typeof node === 'string' || node instanceof Uint8Array) await writeWithMode(full, node, 0o644)
    else if ('text' in node) await writeWithMode(full, node.text, node.mode)
    else if ('link' in node) await symlink(node.link, full)
    else {
      await mkdir(full, { recursive: true })
      await chmod(full, node.directory)
    }
  }
}

async function makeParents(root: string, path: string): Promise<void> {
  const parents = dirname(path)
    .split('/')
    .filter((name) => name !== '.' && name !== '')
  for (let depth = 1; depth <= parents.length; depth += 1) {
    const parent = join(root, ...parents.slice(0, depth))
    if ((await mkdir(parent, { recursive: true })) !== undefined) await chmod(parent, 0o755)
  }
}

async function writeWithMode(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  await writeFile(path, content)
  await chmod(path, mode)
  await utimes(path, treeTime, treeTime)
}
