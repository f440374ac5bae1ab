import { expect, test } from 'vitest'
import { hostsFile, resolverFile } from './network-files.ts'

test('the hosts file names the process and the requested hosts', () => {
  const extraHosts = ['db:10.0.0.1', 'six:::1', 'six2:[fe80::1]', 'gw:host-gateway', 'eq=1.2.3.4']
  expect(hostsFile({ hostname: 'buildkitsandbox', extraHosts, network: 'default' })).toBe(
    '127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n' +
      '10.0.0.1\tdb\n::1\tsix\nfe80::1\tsix2\n127.0.0.1\tgw\n1.2.3.4\teq\n',
  )
})

test.each(['db', 'db:', ':1.2.3.4', 'db:1.2.3.4\n6.6.6.6 bank', 'a b:1.2.3.4'])('the host "%s" is refused', (line) => {
  expect(() => hostsFile({ hostname: 'h', extraHosts: [line], network: 'default' })).toThrow(
    expect.objectContaining({ code: 'BAD_HOST' }),
  )
})

test('in a private network, host-gateway is refused', () => {
  expect(() => hostsFile({ hostname: 'h', extraHosts: ['gw:host-gateway'], network: 'private' })).toThrow(
    expect.objectContaining({ code: 'BAD_HOST', hint: expect.stringContaining('--network=default') }),
  )
})

test('in a private network, resolvers on loopback addresses have another address', () => {
  const text = '# made by hand\nnameserver 127.0.0.53\n nameserver ::1\nnameserver 9.9.9.9\nsearch example.org\n'
  expect(resolverFile(text, 'default')).toBe(text)
  expect(resolverFile(text, 'private')).toBe('nameserver 169.254.1.1\n# made by hand\nsearch example.org\n')
  expect(resolverFile('nameserver 9.9.9.9\n', 'private')).toBe('nameserver 9.9.9.9\n')
})
