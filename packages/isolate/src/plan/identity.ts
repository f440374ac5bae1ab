import type { Call } from '../machine/call.ts'
import type { ProcessSpec } from '../model/process.ts'

/**
 * Becomes the user. The output streams are given to it first, because programs open /dev/stdout
 * anew.
 */
export function planIdentity({ uid, gid, groups }: ProcessSpec['user']): readonly Call[] {
  return [
    ...[1, 2].map(
      (fd): Call => ({
        name: 'fchown',
        args: [fd, uid, gid],
        purpose: `give output stream ${fd} to user ${uid}`,
        ignore: 'all',
      }),
    ),
    {
      name: 'setgroups',
      args: [groups.length, new Uint8Array(Uint32Array.from(groups).buffer)],
      purpose: `set the supplementary groups ${groups.join(' ')}`,
    },
    { name: 'setgid', args: [gid], purpose: `become group ${gid}` },
    { name: 'setuid', args: [uid], purpose: `become user ${uid}` },
  ]
}
