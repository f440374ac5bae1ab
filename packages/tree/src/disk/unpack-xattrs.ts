import type { Metadata } from '../model/entry.ts'
import type { HostPath } from './host-path.ts'
import { accessAcl, capability, defaultAcl, isLayerXattr, modeWithoutAcl } from '../model/layer-xattrs.ts'
import { loadSystemCalls, requireSystemCalls } from './system-calls.ts'

export interface XattrOptions {
  readonly chown: boolean
  /** A ledger keeps the attributes that are not those of users. */
  readonly opened?: boolean
}

/**
 * Sets the extended attributes that a layer holds, but default ACLs. Without `chown` it leaves out
 * ACLs and what the kernel refuses. Returns the mode to set afterwards, which is narrower where an
 * ACL is left out.
 */
export function setLayerXattrs(
  host: HostPath,
  { mode, xattrs }: Metadata,
  { chown, opened = false }: XattrOptions,
): number {
  let allowed = mode
  for (const [name, value] of xattrs ?? []) {
    if (name === defaultAcl || !isLayerXattr(name) || (opened && !name.startsWith('user.'))) continue
    const isSet =
      (chown || name !== accessAcl) && trySetXattr(host, { name, value, needed: chown && name === capability })
    if (name === accessAcl && !isSet) allowed = modeWithoutAcl(mode, value)
  }
  return allowed
}

/** Sets an extended attribute. Without `needed`, false if that fails. */
export function trySetXattr(
  host: HostPath,
  { name, value, needed = false }: { readonly name: string; readonly value: Uint8Array; readonly needed?: boolean },
): boolean {
  try {
    requireSystemCalls().setXattr(host, name, value)
    return true
  } catch (error) {
    if (needed) throw error
    return false
  }
}

/** Removes the attributes that a directory has from other layers. */
export function clearLayerXattrs(host: HostPath): void {
  const calls = loadSystemCalls()
  for (const name of calls?.getXattrs(host).keys() ?? []) if (isLayerXattr(name)) calls?.removeXattr(host, name)
}
