import type { Arch } from '../../machine/machine-code.ts'
import { EINVAL, ELOOP, ENOTDIR, EXDEV, O_CLOEXEC, O_PATH, openFlags } from '../../listener/kernel.ts'
import type { Tracee } from '../../listener/tracee.ts'
import type { Location } from './location.ts'
import type { OpenMount } from './mount-table.ts'
import type { GuestFiles } from './guest-files.ts'
import { EXECUTE, type Permissions } from '../permissions.ts'
import { findInProc, type ProcFile } from './proc-paths.ts'
import type { ProcessTable } from '../processes.ts'
import type { Trail } from './trail.ts'

/** Place at which a walk ended. `mount` alone: the file that a mount shows. */
export type Found =
  | { readonly parent: number; readonly name: string; readonly mount: OpenMount }
  | { readonly mount: OpenMount }
  | ProcFile

/** Symlinks that are followed before a path counts as a loop (path_resolution(7)). */
export const mostLinks = 40

/** State that a walk reads. */
export interface Surroundings {
  readonly arch: Arch
  readonly tracee: Tracee
  readonly permissions: Permissions
  readonly processes: ProcessTable
}

/**
 * Follows paths name by name: through mounts, past symlinks, and through directories that the
 * caller may search.
 */
export class Walker {
  readonly #paths: GuestFiles
  readonly #tracee: Tracee
  readonly #permissions: Permissions
  readonly #processes: ProcessTable
  readonly #flags: (typeof openFlags)[Arch]

  constructor(paths: GuestFiles, { arch, tracee, permissions, processes }: Surroundings) {
    this.#paths = paths
    this.#tracee = tracee
    this.#permissions = permissions
    this.#processes = processes
    this.#flags = openFlags[arch]
  }

  /** Follows a path name by name. The descriptors of the result belong to the trail. */
  walk(trail: Trail, { text, restrictions }: Location, follow: boolean): Found | number {
    const names = splitPath(text)
    const endsInDirectory = /\/\.?$/.test(text)
    for (let links = 0; ; ) {
      const name = names.pop()
      if (name === undefined) return { parent: trail.fd, name: '.', mount: trail.mount }
      const refused = this.#maySearch(trail.fd)
      if (refused !== 0) return refused
      if (name === '..') {
        if (restrictions?.staysBelow === true && trail.isAtRoot) return -EXDEV
        trail.leave()
        continue
      }
      const mount = this.#paths.mounts.at(trail.pathOf(name))
      if (mount !== undefined) {
        if (mount.type === 'proc') {
          const inProc = findInProc(names.toReversed(), {
            follow,
            paths: this.#paths,
            processes: this.#processes,
            tracee: this.#tracee,
          })
          if (typeof inProc !== 'string') return inProc
          if (++links > mostLinks || restrictions?.noSymlinks === true) return -ELOOP
          if (restrictions?.staysBelow === true) return -EXDEV
          const next = this.#paths.locate(inProc)
          trail.restart(next.root)
          names.splice(0, names.length, ...splitPath(next.text))
          continue
        }
        if (mount.type === 'file') return names.length === 0 ? { mount } : -ENOTDIR
        trail.enterMount(name, mount)
        continue
      }
      const isLast = names.length === 0
      const link = isLast && !follow && !endsInDirectory ? -EINVAL : this.#paths.readLink(trail.fd, name)
      if (typeof link === 'string') {
        if (++links > mostLinks || restrictions?.noSymlinks === true) return -ELOOP
        if (link.startsWith('/')) {
          if (restrictions?.staysBelow === true) return -EXDEV
          trail.restart()
        }
        names.push(...splitPath(link))
        continue
      }
      if (isLast) return { parent: trail.fd, name: endsInDirectory ? `${name}/` : name, mount: trail.mount }
      const next = this.#tracee.system.call(
        'openat',
        trail.fd,
        this.#tracee.pathAt(name),
        O_PATH | O_CLOEXEC | this.#flags.directory | this.#flags.noFollow,
      )
      if (next < 0) return next
      trail.enter(name, next)
    }
  }

  #maySearch(directory: number): number {
    const { credentials } = this.#paths.caller
    return credentials.privileged ? 0 : this.#permissions.check(credentials, this.#tracee.status(directory), EXECUTE)
  }
}

/** Names of a path, the first one last. */
function splitPath(path: string): string[] {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .toReversed()
}
