import { findPasta, type Rung } from '@tsbuild/isolate'

/** What RUN reaches in each mode of `--network` on a rung, for people. */
export function describeNetwork(rung: Rung['name']): readonly (readonly [mode: string, reaches: string])[] {
  const shared = 'the network of the machine; reaches its loopback services and abstract sockets'
  return [
    ['default', `${shared}; ${rawSockets[rung]}`],
    ['private', privateNetwork(rung)],
    ['none', rung === 'chroot' ? 'refused: needs the rung root or userns' : 'loopback of its own; reaches nothing'],
    ['host', rung === 'userns' ? 'as default' : `${shared}, and all raw sockets`],
  ]
}

const rawSockets: Readonly<Record<Rung['name'], string>> = {
  root: 'raw sockets for ping only',
  userns: 'no raw sockets',
  chroot: 'no raw sockets',
}

function privateNetwork(rung: Rung['name']): string {
  if (rung === 'chroot') return 'refused: needs the rung root or userns'
  if (findPasta() === undefined) return 'refused: install the package passt, which has pasta'
  return 'a network of its own with a way to the outside; reaches nothing on the machine'
}
