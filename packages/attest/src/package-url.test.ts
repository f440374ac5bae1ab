import { expect, test } from 'vitest'
import { imagePackageUrl } from './package-url.ts'

const digest = `sha256:${'a'.repeat(64)}`
const amd64 = { os: 'linux', architecture: 'amd64' }

test.for<[Parameters<typeof imagePackageUrl>, string]>([
  [['docker', 'alpine', amd64], 'pkg:docker/alpine@latest?platform=linux%2Famd64'],
  [['docker', 'docker.io/library/alpine:3.20'], 'pkg:docker/alpine@3.20'],
  [['docker', 'grafana/grafana:11'], 'pkg:docker/grafana/grafana@11'],
  [['docker', '127.0.0.1:5000/team/app:1.0', amd64], 'pkg:docker/127.0.0.1%3A5000/team/app@1.0?platform=linux%2Famd64'],
  [['docker', `app@${digest}`, amd64], `pkg:docker/app?digest=${digest}&platform=linux%2Famd64`],
  [['docker', `app:1@${digest}`], `pkg:docker/app@1?digest=${digest}`],
  [
    ['oci', `layout@${digest}`, { ...amd64, architecture: 'arm', variant: 'v7' }],
    `pkg:oci/layout?digest=${digest}&platform=linux%2Farm%2Fv7`,
  ],
])('%j is %s', ([request, expected]) => {
  expect(imagePackageUrl(...request)).toBe(expected)
})
