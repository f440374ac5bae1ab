import { decodeDevice, deviceAttribute } from '@tsbuild/isolate'
import type { Change, Diff, Entry } from '@tsbuild/tree'
import type { EarlierState } from './earlier-state.ts'

type Device = NonNullable<ReturnType<typeof decodeDevice>>

/** A diff with the devices that empty files represent where the kernel makes none. */
export function diffWithDevices(diff: Diff): Diff {
  const shown = (change: Change): Change => {
    if (change.type === 'remove' || !change.entry.xattrs?.has(deviceAttribute)) return change
    const { entry } = change
    const first = entry.type === 'hardlink' ? diff.get(entry.target) : change
    const device = first?.type === 'set' ? findDevice(first.entry) : undefined
    return device === undefined ? change : { ...change, entry: shownEntry(entry, device) }
  }
  return new Map([...diff].map(([path, change]) => [path, shown(change)]))
}

/** An earlier state with such devices. */
export function stateWithDevices(state: EarlierState): EarlierState {
  return {
    ...state,
    find: (path) => {
      const found = state.find(path)
      const device = found && findDevice(found.entry)
      return found && device ? { ...found, entry: shownEntry(found.entry, device) } : found
    },
  }
}

function findDevice(entry: Entry): Device | undefined {
  const value = entry.type === 'file' && entry.content.size === 0 ? entry.xattrs?.get(deviceAttribute) : undefined
  return value && decodeDevice(value)
}

/** Every name of a device has an entry of its own in a layer: hard links are of files. */
function shownEntry({ mode, uid, gid, mtime, xattrs }: Entry, device: Device): Entry {
  const kept = new Map([...(xattrs ?? [])].filter(([name]) => name !== deviceAttribute))
  return { type: 'device', mode, uid, gid, mtime, ...device, ...(kept.size > 0 && { xattrs: kept }) }
}
