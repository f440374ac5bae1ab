import { expect, test } from 'vitest'
import { describeNetwork } from './describe-network.ts'

test.each(['root', 'userns', 'chroot'] as const)(
  '%s: every mode says what it reaches, or why it is refused',
  (rung) => {
    const modes = new Map(describeNetwork(rung, { refusal: undefined, scoped: false }))
    expect([...modes.keys()]).toEqual(['default', 'private', 'none', 'host'])
    expect(modes.get('default')).toContain('loopback services and abstract sockets')
    const scoped = new Map(describeNetwork(rung, { refusal: undefined, scoped: true }))
    expect(['default', 'host'].map((mode) => scoped.get(mode)?.includes('abstract sockets'))).toEqual([false, true])
    expect(modes.get('none')?.startsWith('refused')).toBe(rung === 'chroot')
  },
)

test('a private network that does not work says why and what helps', () => {
  const refusal = { reason: 'pasta is not installed', hint: 'install the package passt' }
  expect(new Map(describeNetwork('root', { refusal, scoped: true })).get('private')).toBe(
    'refused: pasta is not installed; install the package passt',
  )
})
