import { expect, test } from 'vitest'
import { describeNetwork } from './describe-network.ts'

test.each(['root', 'userns', 'chroot'] as const)('%s: every mode says what it reaches, or why it is refused', (rung) => {
  const modes = new Map(describeNetwork(rung))
  expect([...modes.keys()]).toEqual(['default', 'private', 'none', 'host'])
  expect(modes.get('default')).toContain('loopback services and abstract sockets')
  expect(modes.get('none')?.startsWith('refused')).toBe(rung === 'chroot')
})

test('a private network without pasta names its package', () => {
  const before = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  expect(new Map(describeNetwork('root')).get('private')).toContain('package passt')
  process.env['PATH'] = before
})
