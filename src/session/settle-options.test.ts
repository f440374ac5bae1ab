import { expect, test } from 'vitest'
import { settleOptions } from './settle-options.ts'

const image = { kind: 'image', names: ['app:1'], push: false, pushByDigest: false, insecure: false }

test.for([
  [{}, [image]],
  [{ push: true }, [{ ...image, push: true }]],
  [{ outputs: [{ kind: 'image', names: ['other'] }], push: true }, [{ ...image, names: ['other'], push: true }]],
  [
    { outputs: [{ kind: 'oci', dest: 'a.tar' }], push: true },
    [
      { kind: 'oci', dest: '/work/a.tar', tar: true, names: ['app:1'] },
      { ...image, push: true },
    ],
  ],
  [
    { outputs: [{ kind: 'local', dest: 'out' }], args: { BUILDKIT_MULTI_PLATFORM: '1' } },
    [{ kind: 'local', dest: '/work/out', mode: 'copy', platformSplit: true }],
  ],
] as const)('%j has outputs with all defaults', ([options, outputs]) => {
  expect(settleOptions({ context: '.', cwd: '/work', tags: ['app:1'], ...options }).outputs).toEqual(outputs)
})

test('a push needs a name', () => {
  expect(() => settleOptions({ context: '.', push: true })).toThrow('tag is needed when pushing to registry')
})

test('hosts, limits and volumes have the form that RUN takes', () => {
  expect(
    settleOptions({
      context: '.',
      addHosts: { a: '::1', b: ['10.0.0.1', 'host-gateway'] },
      ulimits: { nofile: 1024, core: { soft: 0, hard: -1 } },
      volumes: [{ source: '/a', target: '/b' }],
    }),
  ).toMatchObject({
    addHosts: ['a:::1', 'b:10.0.0.1', 'b:127.0.0.1'],
    ulimits: ['nofile=1024', 'core=0:-1'],
    volumes: [{ source: '/a', target: '/b', readonly: false }],
  })
})
