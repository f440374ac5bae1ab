import { expect, test } from 'vitest'
import { remedies } from '../../src/diagnosis/remedies.ts'
import { applyProposal } from './proposals.ts'

const user = { flags: ['-u', '1000', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'], lines: [] }

/** Restrictions of a sandbox or namespace that is in no container. */
const elsewhere: readonly string[] = ['setfcap', 'few-ids']

test.for(Object.entries(remedies).filter(([obstacle]) => !elsewhere.includes(obstacle)))(
  'the change for %s can be made to a container, or is one of the machine',
  ([, { words, otherwise }]) => {
    const proposal = words.docker ?? otherwise
    const containers = applyProposal(user, [proposal])
    if (proposal.includes('sysctl')) expect(containers).toEqual([])
    else expect(containers).not.toContainEqual(user)
  },
)

test('alternatives and removed flags', () => {
  const root = { flags: ['--security-opt', 'no-new-privileges'], lines: [] }
  expect(applyProposal(user, [remedies['no-new-privileges'].words.docker ?? ''])).toEqual([
    { flags: ['-u', '1000', '--cap-drop', 'ALL'], lines: [] },
  ])
  const [first, second] = applyProposal(user, [remedies['default-capabilities'].words.docker ?? ''])
  expect(first).toEqual(root)
  expect(second?.flags).toEqual(expect.arrayContaining(['--cap-drop', 'ALL', '--cap-add', 'SYS_CHROOT']))
  expect(applyProposal(root, [remedies['sys-admin'].words.docker ?? '']).at(-1)?.flags).toEqual([
    ...root.flags,
    '--privileged',
  ])
})

test('unknown words are an error', () => {
  expect(() => applyProposal(user, ['ask the administrator'])).toThrow('unknown change')
})
