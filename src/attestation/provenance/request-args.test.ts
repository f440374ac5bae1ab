import { expect, test } from 'vitest'
import { settleOptions } from '../../session/settle-options.ts'
import { requestArgs } from './request-args.ts'

test('options have the names that BuildKit gives them; defaults are left out', () => {
  expect(
    requestArgs(settleOptions({ context: '.', network: 'default', noCache: false, tags: ['app'], addHosts: {} })),
  ).toEqual({})
  expect(
    requestArgs(
      settleOptions({
        context: '.',
        args: { A: '1', HTTP_PROXY: 'http://me:secret@proxy:3128' },
        labels: { l: 'v' },
        contexts: {
          dir: '/home/me/x',
          base: 'docker-image://alpine',
          lay: 'oci-layout:///home/me/y:1',
          repo: 'https://t:k@host/x.git',
        },
        target: 'app',
        noCache: ['a', 'b'],
        network: 'none',
        addHosts: { db: '::1' },
        shmSize: 7,
        ulimits: { nofile: { soft: 1, hard: 2 } },
        secrets: { token: { value: 'hush' } },
      }),
    ),
  ).toEqual({
    'build-arg:A': '1',
    'build-arg:HTTP_PROXY': 'http://xxxxx:xxxxx@proxy:3128',
    'context:base': 'docker-image://alpine',
    'context:dir': 'local:dir',
    'context:lay': 'oci-layout://lay:1',
    'context:repo': 'https://xxxxx:xxxxx@host/x.git',
    'label:l': 'v',
    'add-hosts': 'db=::1',
    'force-network-mode': 'none',
    'no-cache': 'a,b',
    'shm-size': '7',
    target: 'app',
    ulimit: 'nofile=1:2',
  })
  expect(requestArgs(settleOptions({ context: '.', noCache: true }))).toEqual({ 'no-cache': '' })
})
