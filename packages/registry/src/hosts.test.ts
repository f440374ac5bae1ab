import { expect, test } from 'vitest'
import { canonicalRegistry, isInsecure, isLoopback, registryOrigin } from './hosts.ts'

test.each([
  ['docker.io', 'https://registry-1.docker.io/'],
  ['index.docker.io', 'https://registry-1.docker.io/'],
  ['registry.example', 'https://registry.example/'],
  ['Registry.Example:8443', 'https://registry.example:8443/'],
  ['localhost', 'http://localhost/'],
  ['localhost:5000', 'http://localhost:5000/'],
  ['127.1.2.3:5000', 'http://127.1.2.3:5000/'],
  ['[::1]:5000', 'http://[::1]:5000/'],
  ['10.0.0.1:5000', 'https://10.0.0.1:5000/'],
  ['127.0.0.1.example.com', 'https://127.0.0.1.example.com/'],
  ['localhost.example.com', 'https://localhost.example.com/'],
])('%s answers at %s', (registry, origin) => {
  expect(registryOrigin(registry).href).toBe(origin)
})

test('an insecure registry is one with the same host and port', () => {
  expect(registryOrigin('dev.example:5000', ['dev.example:5000']).protocol).toBe('http:')
  expect(registryOrigin('dev.example', ['dev.example:5000']).protocol).toBe('https:')
  expect(registryOrigin('sub.dev.example:5000', ['dev.example:5000']).protocol).toBe('https:')
})

test.each(['', 'a/b', 'user@host', 'host:port', 'http://host', 'a b', 'host?x', '[::1', 'host:123456'])(
  'refuses %j',
  (registry) => {
    expect(() => registryOrigin(registry)).toThrow(expect.objectContaining({ code: 'REGISTRY_PROTOCOL' }))
  },
)

test('Docker Hub has one name, other hosts keep theirs', () => {
  expect(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'Quay.io'].map(canonicalRegistry)).toEqual([
    'docker.io',
    'docker.io',
    'docker.io',
    'quay.io',
  ])
})

test('loopback is loopback only', () => {
  expect(['localhost', '127.0.0.1', '[::1]:80'].map(isLoopback)).toEqual([true, true, true])
  expect(['0.0.0.0', '128.0.0.1', 'mylocalhost', '[::2]'].map(isLoopback)).toEqual([false, false, false, false])
})

test.each([
  ['10.1.2.3:5000', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['[fd00::7]:5000', 'fd00::/8', true],
  ['[fe80::7]', 'fd00::/8', false],
  ['10.1.2.3', 'fd00::/8', false],
  ['registry.example', '10.0.0.0/8', false],
  ['10.1.2.3', '10.0.0.0/99', false],
  ['10.1.2.3', 'a/8', false],
])('%s in the insecure range %s: %s', (host, range, expected) => {
  expect(isInsecure(host, [range])).toBe(expected)
})
