import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../test/support/obstacle.ts'

/** Source or destination of a copy. */
export type Place =
  | { readonly kind: 'registry'; readonly reference: string }
  /** An OCI layout on disk, whose image is called `1`. */
  | { readonly kind: 'layout'; readonly directory: string }
  /** tsbuild's store in `root`; its peers, whose stores keep unpacked layers, use `directory`. */
  | { readonly kind: 'store'; readonly root: string; readonly reference: string; readonly directory: string }
  | { readonly kind: 'archive'; readonly file: string }

/** A program that copies images. */
export interface Tool {
  readonly name: string
  /** Undefined when the tool cannot copy in this way. */
  copy(from: Place, to: Place): Command | undefined
}

interface Command {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * The peers that are installed on this machine or in `tree`, the root directory of a newer system,
 * whose programs run with the loader and the libraries of that system.
 */
export function findPeers(tree: string | undefined): readonly Tool[] {
  const programs = (name: string): readonly (readonly [name: string, program: readonly string[]])[] => {
    const path = findProgram(name)
    const inTree = tree === undefined ? undefined : programInTree(tree, name)
    return [
      ...(path === undefined ? [] : ([[name, [path]]] as const)),
      ...(inTree === undefined ? [] : ([[`${name} of the tree`, inTree]] as const)),
    ]
  }
  return [
    ...programs('skopeo').map(([name, program]) => skopeo(name, program)),
    ...programs('crane').map(([name, program]) => crane(name, program)),
  ]
}

function programInTree(tree: string, name: string): readonly string[] | undefined {
  const program = join(tree, 'usr/bin', name)
  if (!existsSync(program)) return undefined
  const [loader, libraries] =
    process.arch === 'arm64'
      ? ['lib/ld-linux-aarch64.so.1', 'usr/lib/aarch64-linux-gnu']
      : ['lib64/ld-linux-x86-64.so.2', 'usr/lib/x86_64-linux-gnu']
  return [join(tree, loader), '--library-path', join(tree, libraries), program]
}

export const tsbuild: Tool = {
  name: 'tsbuild',
  copy: (from, to) => {
    const program = [findProgram('node') ?? process.execPath, join(import.meta.dirname, '../../dist/cli.js')]
    const store = [from, to].find((place) => place.kind === 'store')
    const name = (place: Place): string => {
      if (place.kind === 'layout') return `oci:${place.directory}:1`
      if (place.kind === 'archive') return `oci-archive:${place.file}`
      return place.kind === 'store' ? `store:${place.reference}` : place.reference
    }
    return {
      command: [...program, 'copy', '--quiet', name(from), name(to)],
      env: store === undefined ? {} : { TSBUILD_ROOT: store.root },
    }
  },
}

function skopeo(name: string, program: readonly string[]): Tool {
  const place = (each: Place): string => {
    if (each.kind === 'registry') return `docker://${each.reference}`
    return each.kind === 'archive' ? `oci-archive:${each.file}:1` : `oci:${each.directory}:1`
  }
  const flags = ['--quiet', '--src-tls-verify=false', '--dest-tls-verify=false']
  return {
    name,
    copy: (from, to) => ({
      command: [...program, '--insecure-policy', 'copy', ...flags, place(from), place(to)],
      env: {},
    }),
  }
}

function crane(name: string, program: readonly string[]): Tool {
  const words = (from: Place, to: Place): readonly string[] | undefined => {
    if (from.kind === 'archive' || to.kind === 'archive') return undefined
    if (from.kind === 'registry' && to.kind === 'registry') return ['copy', from.reference, to.reference]
    if (from.kind === 'registry' && to.kind !== 'registry')
      return ['pull', '--format=oci', from.reference, to.directory]
    return from.kind !== 'registry' && to.kind === 'registry' ? ['push', from.directory, to.reference] : undefined
  }
  return {
    name,
    copy: (from, to) => {
      const found = words(from, to)
      return found && { command: [...program, '--insecure', ...found], env: {} }
    },
  }
}
