import { expect, test } from 'vitest'
import { hostsFile, resolvFile } from './network-files.ts'

test('the hosts file names the process and the hosts asked for', () => {
  const extraHosts = ['db:10.0.0.1', 'six:::1', 'six2:[fe80::1]', 'gw:host-gateway', 'eq=1.2.3.4']
  expect(hostsFile({ hostname: 'buildkitsandbox', extraHosts })).toBe(
    '127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n' +
      '10.0.0.1\tdb\n::1\tsix\nfe80::1\tsix2\n127.0.0.1\tgw\n1.2.3.4\teq\n',
  )
})

test.each(['db', 'db:', ':1.2.3.4', 'db:1.2.3.4\n6.6.6.6 bank', 'a b:1.2.3.4'])('the host "%s" is refused', (line) => {
  expect(() => hostsFile({ hostname: 'h', extraHosts: [line] })).toThrow(expect.objectContaining({ code: 'BAD_HOST' }))
})

test('the stub of systemd-resolved is replaced by the servers behind it', () => {
  const files: Readonly<Record<string, string>> = {
    '/etc/resolv.conf': 'nameserver 127.0.0.53\noptions edns0\n',
    '/run/systemd/resolve/resolv.conf': 'nameserver 10.1.1.1\n',
  }
  expect(resolvFile((path) => files[path] ?? '')).toBe('nameserver 10.1.1.1\n')
  expect(resolvFile((path) => (path === '/etc/resolv.conf' ? 'nameserver 127.0.0.53\n' : ''))).toBe('nameserver 127.0.0.53\n')
  expect(resolvFile((path) => (path === '/etc/resolv.conf' ? 'nameserver 127.0.0.53\nnameserver 9.9.9.9\n' : 'no'))).toContain('9.9.9.9')
})
