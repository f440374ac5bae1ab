import { expect, test } from 'vitest'
import { parsePort } from './parse-port.ts'

test.each<[spec: string, ports: readonly string[]]>([
  ['80', ['80/tcp']],
  ['80/UDP', ['80/udp']],
  ['80/', ['80/tcp']],
  ['9000-9002/sctp', ['9000/sctp', '9001/sctp', '9002/sctp']],
  ['8080:80', ['80/tcp']],
  ['127.0.0.1:8080:80', ['80/tcp']],
  ['127.0.0.1::80', ['80/tcp']],
  ['[::1]:8080:80', ['80/tcp']],
  ['8000-9000:80', ['80/tcp']],
  ['65535', ['65535/tcp']],
  ['0', ['0/tcp']],
  ['80-80', ['80/tcp']],
  ['+5', ['5/tcp']],
  ['1-2:3-4/Udp', ['3/udp', '4/udp']],
])('%s', (spec, ports) => {
  expect(parsePort(spec).ports).toEqual(ports)
})

test('what the lint rules ask for', () => {
  expect(parsePort('80/TCP')).toMatchObject({ upperCase: true, mapped: false })
  expect(parsePort('1:80')).toMatchObject({ upperCase: false, mapped: true })
})

test.each([
  ['80/foo', 'invalid port: "80/foo": invalid proto: foo'],
  ['/tcp', 'invalid port: "/tcp": no port specified'],
  ['90-80', 'invalid containerPort: 90-80'],
  ['81-80', 'invalid containerPort: 81-80'],
  ['80-', 'invalid containerPort: 80-'],
  ['80-65536', 'invalid containerPort: 80-65536'],
  ['80:', 'invalid port: "80:": no port specified'],
  ['80/tcp/x', 'invalid port: "80/tcp/x": invalid proto: tcp/x'],
  ['2-1:80', 'invalid hostPort: 2-1'],
  ['65536', 'invalid containerPort: 65536'],
  ['-1', 'invalid containerPort: -1'],
  ['#', 'invalid containerPort: #'],
  ['x:80', 'invalid hostPort: x'],
  ['1-3:80-81', 'invalid ranges specified for container and host Ports: 80-81 and 1-3'],
  ['1.2.3:1:80', 'invalid IP address: 1.2.3'],
])('%s is refused', (spec, message) => {
  expect(() => parsePort(spec)).toThrow(expect.objectContaining({ code: 'PORT_INVALID', message }))
})
